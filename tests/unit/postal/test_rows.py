import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import rows
from postal.letters import Address, Document, Letter, RefusedRow, RowError

TEXT = st.text(max_size=30)
LETTERS = st.builds(
    Letter,
    row=st.integers(1, 1_000_000),
    reference=TEXT,
    recipient=TEXT,
    title=TEXT,
    documents=st.lists(st.builds(Document, TEXT, TEXT, st.integers(0, 10**7), TEXT), max_size=3).map(tuple),
    address=st.none()
    | st.builds(
        Address, name=TEXT, lines=st.lists(TEXT, max_size=3).map(tuple), postal_code=TEXT, city=TEXT, country=TEXT
    ),
    colour=st.booleans(),
    duplex=st.booleans(),
)
REFUSED = st.builds(
    RefusedRow,
    row=st.integers(1, 1_000_000),
    line=st.integers(1, 1_000_000),
    reference=TEXT,
    errors=st.lists(st.builds(RowError, code=TEXT, column=TEXT, message=TEXT, remedy=TEXT), max_size=3).map(tuple),
    cells=st.dictionaries(TEXT, TEXT, max_size=4),
)


@given(st.lists(LETTERS | REFUSED, max_size=6))
def test_a_page_is_read_as_it_was_written(written: list[rows.Row]) -> None:
    lines = [rows.encode(row) for row in written]

    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines)
    assert rows.decode_page(b"".join(lines)) == written


def test_a_line_that_is_no_row_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        rows.decode(b'{"is":"something"}')
