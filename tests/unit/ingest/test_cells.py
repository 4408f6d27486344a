import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells import encode, escaped, unescaped
from receipts.cells import safe

ANY_CELL = st.text(max_size=30) | st.text(alphabet="=+-@\t\r\n\0'\"; \uff1d\u00e6\u00a01", max_size=8)
PLAIN_CELL = st.text(alphabet="=+-@'\"; \uff1d\uff0babc1\u00a0", max_size=8)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("'- 10 %", "- 10 %"),
        ("'=1+1", "=1+1"),
        ("'+47 99999999", "+47 99999999"),
        ("''=1", "'=1"),
        ("'  @x", "  @x"),
        ("'\uff0b47", "\uff0b47"),
        ("' after a tab", " after a tab"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("'quoted'", "'quoted'"),
        ("D'Arc", "D'Arc"),
        ("- 10 %", "- 10 %"),
        ("'", "'"),
        ("", ""),
    ],
)
def test_one_apostrophe_is_taken_away_where_it_hides_a_formula(cell: str, read: str) -> None:
    assert unescaped(cell) == read


@given(ANY_CELL)
def test_cells_are_hidden_as_receipts_hide_them(cell: str) -> None:
    assert escaped(cell) == safe(cell)


@given(PLAIN_CELL)
def test_what_was_read_once_comes_back_the_same_for_ever(cell: str) -> None:
    read = unescaped(cell)
    assert unescaped(safe(read)) == read


@given(st.lists(ANY_CELL, min_size=2, max_size=4))
def test_a_row_is_one_line(row: list[str]) -> None:
    line = encode(row).decode()
    assert line.endswith("\r\n")
    assert list(csv.reader(StringIO(line, newline=""), delimiter=";")) == [[safe(cell) for cell in row]]
