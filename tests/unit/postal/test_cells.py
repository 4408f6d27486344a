import csv
import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.cells import encode, escaped, unescaped

ANY_CELL = st.text(max_size=30) | st.text(alphabet="=+-@\t\r\n\0'\"; \uff1daæ1", max_size=8)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+47 12345678", "'+47 12345678"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\tplain", "' plain"),
        ("\x08=1", "' =1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("D'Arc", "D'Arc"),
        ("'quoted'", "'quoted'"),
        ("two\r\nlines", "two lines"),
        ("Næstved «æøå»", "Næstved «æøå»"),
        ("", ""),
    ],
)
def test_a_cell_never_starts_a_formula(cell: str, shown: str) -> None:
    assert escaped(cell) == shown


@given(ANY_CELL)
def test_what_is_shown_is_one_line_of_text_and_no_formula(cell: str) -> None:
    shown = escaped(cell)
    assert not re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\0]", shown)
    assert not re.search(r"[\x00-\x1f]", shown)


@given(st.text(alphabet="=+-@'\uff1d abc1", max_size=8))
def test_the_apostrophe_can_be_taken_away_again(cell: str) -> None:
    shown = escaped(cell)
    assert (shown[1:] if re.match(r"'[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]", shown) else shown) == cell


@given(st.lists(st.lists(ANY_CELL, min_size=2, max_size=4), max_size=5))
def test_cells_come_back_as_shown(rows: list[list[str]]) -> None:
    text = encode(rows).decode()
    assert list(csv.reader(StringIO(text, newline=""), delimiter=";")) == [
        [escaped(cell) for cell in row] for row in rows
    ]


def test_rows_end_as_spreadsheets_end_them() -> None:
    assert encode([["a", "b;c"], ['d"e', ""]]) == b'a;"b;c"\r\n"d""e";\r\n'


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


@given(PLAIN_CELL)
def test_what_was_read_once_comes_back_the_same_for_ever(cell: str) -> None:
    read = unescaped(cell)
    assert unescaped(escaped(read)) == read
