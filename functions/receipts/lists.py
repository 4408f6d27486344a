"""`receipts.jsonl`, the whole list and the commit of a run: a line a letter, in row order.

A version of it carries its number (1, 2, 3 ...) and the S3 version of the list
before it. It is written over its predecessor and over nothing else, and not
written when nothing has changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from msgspec import Struct

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.chunks import chunks
from postal import keys, pages, rows, status
from postal.batches import Batch
from postal.orders import OrderAnswers
from postal.pages import PAGE_SIZE
from postal.times import to_text
from receipts import objects
from receipts.lines import encode, keep_ends, line

_PREVIOUS: Final = "previous"
_WRITTEN_AT: Final = "written-at"


class Listed(Struct, frozen=True, kw_only=True):
    """A version of a batch's list.

    Attributes:
        number: counted from 1, without gaps.
        version: S3 version id.
        previous: S3 version id of the list before; empty for the first.
        written_at: the time of the run that wrote it, as `postal.times` writes it.
    """

    number: int
    version: str
    previous: str
    written_at: str


class Standing(Struct, frozen=True, kw_only=True):
    """The list that stands, with the ETag over which the next one is written."""

    listed: Listed
    etag: str


class ListPage(Struct, frozen=True, kw_only=True):
    """A page as it is now.

    Attributes:
        lines: of the list.
        is_final: nothing can fall due for its letters any more.
        answers: what became of orders for its letters, by order file.
    """

    lines: list[bytes]
    is_final: bool
    answers: Mapping[str, OrderAnswers] = {}


class Run(Struct, frozen=True, kw_only=True):
    """What a run found: the list that stands after it, whether it wrote that, whether every letter is final."""

    listed: Listed
    is_new: bool
    is_final: bool


def list_key(batch: Batch) -> str:
    """Where a batch's list lies."""
    return keys.receipt_list(batch.sender.id, batch.id)


def standing(bucket: Bucket, batch: Batch) -> Standing | None:
    """The list that stands, or None before the first."""
    info = bucket.head(list_key(batch))
    if info is None:
        return None
    listed = Listed(
        number=objects.number_of(info),
        version=info.version,
        previous=info.metadata.get(_PREVIOUS, ""),
        written_at=info.metadata[_WRITTEN_AT],
    )
    return Standing(listed=listed, etag=info.etag)


def list_pages(bucket: Bucket, batches: Batches, batch: Batch, now: datetime) -> Iterator[ListPage]:
    """The list as it is at a time, made of what is stored, page by page as it is asked for.

    Raises:
        ValueError: the row file has not as many rows as the batch.
        KeyError: a mark that is unknown here; to be retried, never guessed.
    """
    found = 0
    lines = bucket.stream_lines(batch.row_file, batch.row_file_version)
    for number, page in enumerate(chunks(lines, PAGE_SIZE)):
        items = batches.page_items(batch.sender.id, batch.id, number)
        states = list(status.states(items, pages.rows_of(number, batch.rows)))
        letters = rows.decode_page(b"\n".join(page))
        found += len(letters)
        yield ListPage(
            lines=[encode(line(letter, state, batch, now)) for letter, state in zip(letters, states, strict=True)],
            is_final=all(status.is_final(state, letter) for state, letter in zip(states, letters, strict=True)),
            answers=items.answers,
        )
    if found != batch.rows:
        raise ValueError(f"a row file of {found} rows for a batch of {batch.rows}")


def write(bucket: Bucket, batch: Batch, over: Standing | None, now_pages: Iterable[ListPage], now: datetime) -> Run:
    """Write the list where it differs from the one that stands.

    The new list goes into the writer while the standing one is read beside it;
    where both end alike, the writer is dropped.

    Args:
        bucket: where it stands.
        batch: of the list.
        over: the list that stood before anything was read of what the new one tells.
        now_pages: of the new list.
        now: the time of the run.

    Raises:
        ConflictError: another run has written a list meanwhile; what it found may be newer.
    """
    before = over.listed if over else None
    listed = Listed(
        number=before.number + 1 if before else 1,
        version="",
        previous=before.version if before else "",
        written_at=to_text(now),
    )
    key = list_key(batch)
    old = bucket.stream_lines(key, before.version) if before else iter(())
    is_same, is_final = before is not None, True
    with bucket.writer(key, metadata=_metadata(listed), only_over=over.etag if over else "") as writer:
        for page in now_pages:
            old_lines = list(islice(old, len(page.lines)))
            new_lines = keep_ends(page.lines, old_lines) if batch.sender.is_neutral else page.lines
            writer.write(b"\n".join([*new_lines, b""]))
            is_same = is_same and old_lines == new_lines
            is_final = is_final and page.is_final
        if before and is_same:
            return Run(listed=before, is_new=False, is_final=is_final)
        version = writer.close()
    written = Listed(number=listed.number, version=version, previous=listed.previous, written_at=listed.written_at)
    return Run(listed=written, is_new=True, is_final=is_final)


def changed(new: Sequence[bytes], old: Sequence[bytes]) -> list[int]:
    """Which lines of a page, counted from 0, differ from the list before; all of them where there was none."""
    return [n for n, line_ in enumerate(new) if n >= len(old) or old[n] != line_]


def _metadata(listed: Listed) -> dict[str, str]:
    metadata = {**objects.metadata(listed.number), _PREVIOUS: listed.previous, _WRITTEN_AT: listed.written_at}
    # A header without a value is not worth the trouble of every proxy and client between here and S3.
    return {name: value for name, value in metadata.items() if value}
