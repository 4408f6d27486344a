from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.row_pages import page_ends, pages_of
from postal.batches import Batch
from postal.pages import PAGE_SIZE, page_count
from tests.unit.ingest.manifest_texts import NORDBY


def _batch(rows: int) -> Batch:
    return Batch(
        id="b1",
        sender=NORDBY,
        row_file="rows/nordby/b1/m1.jsonl",
        row_file_version="r1",
        manifest="m",
        manifest_version="m1",
        manifest_sha256="0" * 64,
        rows=rows,
        refused_rows=0,
        accepted_at=datetime(2026, 11, 18, 9, tzinfo=UTC),
    )


@given(st.integers(1, 3 * PAGE_SIZE + 1))
def test_pages_cut_the_file_at_every_400th_line(count: int) -> None:
    lines = [b"x" * (n % 7) for n in range(count)]
    file = b"".join(line + b"\n" for line in lines)

    pages = pages_of(_batch(count), page_ends(lines))

    assert [page.number for page in pages] == list(range(page_count(count)))
    assert b"".join(file[page.first : page.last + 1] for page in pages) == file
    assert [file[page.first : page.last + 1].count(b"\n") for page in pages[:-1]] == [PAGE_SIZE] * (len(pages) - 1)
    assert {(page.sender, page.batch, page.key, page.version) for page in pages} == {
        ("nordby", "b1", "rows/nordby/b1/m1.jsonl", "r1")
    }
