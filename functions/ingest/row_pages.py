"""Where the pages of a row file lie."""

from collections.abc import Iterable, Iterator

from cloud.chunks import chunks
from postal.batches import Batch
from postal.pages import PAGE_SIZE, Page


def page_ends(lines: Iterable[bytes]) -> Iterator[int]:
    """After how many bytes of a row file each of its pages ends.

    Args:
        lines: of the row file, without their line breaks.
    """
    end = 0
    for page in chunks(lines, PAGE_SIZE):
        end += sum(len(line) + 1 for line in page)
        yield end


def pages_of(batch: Batch, ends: Iterable[int]) -> list[Page]:
    """All pages of a committed batch.

    Args:
        batch: the batch.
        ends: after how many bytes of its row file each page ends.
    """
    pages: list[Page] = []
    first = 0
    for number, end in enumerate(ends):
        pages.append(
            Page(
                sender=batch.sender.id,
                batch=batch.id,
                number=number,
                key=batch.row_file,
                version=batch.row_file_version,
                first=first,
                last=end - 1,
            )
        )
        first = end
    return pages
