"""Rows of a CSV file as Nordic spreadsheets write it."""

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from ingest.columns import MANIFEST, Columns, UnknownColumns
from ingest.encodings import Decoder
from ingest.errors import Code, ManifestError, Problem
from ingest.raw import SPACES, WHOLE_LINE, RawRow
from postal.cells import unescaped
from postal.corrections import is_answer

_DELIMITERS: Final = ";,"
#: With which Excel names the delimiter in a first line of its own.
_EXCEL_DELIMITER: Final = "sep="
#: How many lines a field may span to be told from a quote that is never closed.
_MOST_LINES_A_FIELD: Final = 20
#: What the line says first that spreadsheets add below the data: a word for a total, maybe of what, maybe how many.
#: An id such as `sum-2026` is none.
_TOTAL: Final = re.compile(
    r"(grand |sub)?(totalt?|i ?alt|sum|antall?)([ \u00a0.:]+([^\W\d_]+|\d[\d,]*))*[ \u00a0.:]*", re.IGNORECASE
)
#: What else it says: a number, maybe with its unit.
_AMOUNT: Final = re.compile(r"([^\W\d_]{1,8}\.? )?-?\d[\d .,\u00a0]*([^\W\d_]{1,8}\.?)?")
_MOST_CELLS_OF_A_TOTAL: Final = 3
#: A heading with so many digits is none: the file has no header, and what was read as one is somebody's data.
_DIGITS_OF_DATA: Final = 5


class _Lines:
    """Physical lines with their numbers, of which some can be looked at ahead."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._ahead: deque[bytes] = deque()
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.number += 1
        return line

    def ahead(self, count: int) -> list[bytes]:
        """The next lines, up to so many, without taking them."""
        self._ahead.extend(islice(self._lines, max(0, count - len(self._ahead))))
        return list(islice(self._ahead, count))


class _Header(NamedTuple):
    """How to read the rows.

    Attributes:
        headings: the sender's column names, in order.
        known: each known column with its place.
        answers: the places of the columns that `to_correct.csv` has added.
        missing: from the columns that a line fills to those without which it is no row.
    """

    delimiter: str
    headings: tuple[str, ...]
    known: list[tuple[str, int]]
    answers: frozenset[int]
    missing: Callable[[Collection[str]], Sequence[str]]


def csv_rows(lines: Iterator[bytes], unknown: UnknownColumns, columns: Columns = MANIFEST) -> Iterator[RawRow]:
    """Every physical line of data as a row; blank lines at the very end are none.

    Args:
        lines: physical lines without line ends.
        unknown: gathers the columns that are not known.
        columns: of this kind of file.

    Raises:
        ManifestError: the header cannot be used.
    """
    source = _Lines(lines)
    decoder = Decoder()
    header = _read_header(source, decoder, columns)
    for name in header.headings:
        if columns.canonical(name) is None:
            unknown.add(name)
    row = 0
    blank_from = 0
    for line in source:
        if not line.strip():
            # Only what follows tells a blank line in the middle from one at the end.
            blank_from = blank_from or source.number
            continue
        if blank_from:
            for number in range(blank_from, source.number):
                row += 1
                yield RawRow(row, number, {}, header.headings, (), (Problem(Code.EMPTY_ROW),))
            blank_from = 0
        row += 1
        text, problem = decoder.decode(line)
        if problem is not None:
            yield _unread(row, source.number, text, problem)
        elif '"' in text:
            yield _quoted_row(row, text, source, decoder, header)
        else:
            yield _row(row, source.number, _split(text, header.delimiter), header)


def _read_header(source: _Lines, decoder: Decoder, columns: Columns) -> _Header:
    """The header: the first line that is not blank; raises ManifestError where it cannot be used."""
    delimiters = _DELIMITERS
    for line in source:
        text, problem = decoder.decode(line)
        if problem is not None:
            raise ManifestError(Problem(Code.HEADER_UNREADABLE), source.number)
        if not text.strip():
            continue
        if text.startswith(_EXCEL_DELIMITER) and text[len(_EXCEL_DELIMITER) :] in tuple(_DELIMITERS):
            delimiters = text[len(_EXCEL_DELIMITER) :]
            continue
        if "\r" in text:
            raise ManifestError(Problem(Code.MANIFEST_LINE_ENDINGS), source.number)
        if text.lstrip().startswith(("{", "[{")):
            raise ManifestError(Problem(Code.MANIFEST_NOT_CSV), source.number)
        readings = [(delimiter, _names(text, delimiter)) for delimiter in delimiters]
        delimiter, names = max(readings, key=lambda reading: _count_known(reading[1], columns))
        if not names:
            raise ManifestError(Problem(Code.HEADER_UNREADABLE), source.number)
        headings = tuple(name.strip() for name in names)
        answers = frozenset(place for place, name in enumerate(headings) if is_answer(name))
        known = _known_columns(headings, source.number, columns)
        return _Header(delimiter, headings, known, answers, columns.missing)
    raise ManifestError(Problem(Code.MANIFEST_EMPTY))


def _count_known(names: Sequence[str], columns: Columns) -> int:
    return sum(columns.canonical(name) is not None for name in names)


def _known_columns(headings: Sequence[str], line: int, columns: Columns) -> list[tuple[str, int]]:
    """Each known column with its place; raises ManifestError where they do not suffice."""
    places: dict[str, int] = {}
    for place, name in enumerate(headings):
        column = columns.canonical(name)
        if column in places:
            facts = {"first": headings[places[column]], "second": name}
            raise ManifestError(Problem(Code.COLUMN_TWICE, column, facts), line)
        if column is not None:
            places[column] = place
    missing = columns.missing(places)
    if missing:
        facts = {"missing": _missing_in_words(missing, headings, columns)}
        raise ManifestError(Problem(Code.COLUMN_MISSING, missing[0], facts), line)
    return list(places.items())


def _missing_in_words(missing: Sequence[str], headings: Sequence[str], columns: Columns) -> str:
    """The missing columns, each with the heading that may have been meant by it."""
    meant: dict[str, str] = {}
    if not any(sum(map(str.isdigit, name)) >= _DIGITS_OF_DATA for name in headings):
        unknown = [name for name in headings if name and not is_answer(name) and columns.canonical(name) is None]
        meant = columns.meant(missing, unknown)
    return ", ".join(f"{column} (“{meant[column]}”?)" if column in meant else column for column in missing)


def _names(text: str, delimiter: str) -> list[str]:
    """The names in a header; none where its quotes show that it has another delimiter, or are wrong."""
    try:
        return _split(text, delimiter)
    except csv.Error:
        return []


def _split(text: str, delimiter: str) -> list[str]:
    """The fields of a line; raises csv.Error where its quotes do not fit."""
    cells = next(csv.reader([text], delimiter=delimiter, strict=True)) if '"' in text else text.split(delimiter)
    return list(map(unescaped, cells)) if "'" in text else cells


def _quoted_row(row: int, text: str, source: _Lines, decoder: Decoder, header: _Header) -> RawRow:
    """The row of a line with quotes, and of the lines after it where a field breaks across them."""
    number = source.number
    try:
        return _row(row, number, _split(text, header.delimiter), header)
    except csv.Error:
        pass
    reader = csv.reader(_joined(text, source, decoder), delimiter=header.delimiter, strict=True)
    try:
        cells = list(map(unescaped, next(reader)))
    except csv.Error:
        return _unread(row, number, text, Problem(Code.QUOTE_UNBALANCED))
    if len(cells) != len(header.headings):
        return _unread(row, number, text, Problem(Code.QUOTE_UNBALANCED))
    for _ in range(reader.line_num - 1):
        next(source)
    values = _values(cells, header.known)
    return RawRow(row, number, values, header.headings, cells, (Problem(Code.LINE_BREAK_IN_FIELD),))


def _joined(text: str, source: _Lines, decoder: Decoder) -> Iterator[str]:
    """A line and those after it, as far as a field is allowed to span, read one by one."""
    yield text + "\n"
    for count in range(1, _MOST_LINES_A_FIELD):
        ahead = source.ahead(count)
        if len(ahead) < count:
            return
        yield decoder.decode(ahead[-1])[0] + "\n"


def _row(row: int, line: int, cells: list[str], header: _Header) -> RawRow:
    """The row of a line's fields; empty fields behind the last column are none."""
    expected = len(header.headings)
    if len(cells) < expected or any(cell.strip() for cell in cells[expected:]):
        fault = _no_letter(cells, header.answers) or Problem(
            Code.FIELD_COUNT, facts={"found": len(cells), "expected": expected}
        )
        # The reference mostly stands before the fault, and lets the sender find the row.
        known = [(column, place) for column, place in header.known if column == "reference" and place < len(cells)]
        return RawRow(row, line, _values(cells, known), header.headings, cells, (fault,))
    values = _values(cells, header.known)
    # A line that has all that a row needs is one, whatever it looks like.
    if len(values) <= _MOST_CELLS_OF_A_TOTAL and header.missing(values):
        problem = _no_letter(cells, header.answers)
        if problem is not None:
            return RawRow(row, line, values, header.headings, cells[:expected], (problem,))
    return RawRow(row, line, values, header.headings, cells[:expected] if len(cells) > expected else cells)


def _values(cells: Sequence[str], known: Sequence[tuple[str, int]]) -> dict[str, str]:
    return {column: value for column, place in known if (value := cells[place].strip(SPACES))}


def _no_letter(cells: Sequence[str], answers: Collection[int]) -> Problem | None:
    """Whether a row is none of the sender's letters but what a spreadsheet leaves below them."""
    own = [cell for place, cell in enumerate(cells) if place not in answers]
    filled = [cell.strip() for cell in own if cell and not cell.isspace()]
    if not filled:
        return Problem(Code.EMPTY_ROW)
    is_total = len(filled) <= _MOST_CELLS_OF_A_TOTAL and _TOTAL.fullmatch(filled[0])
    if is_total and all(_AMOUNT.fullmatch(cell) for cell in filled[1:]):
        return Problem(Code.TOTAL_LINE)
    return None


def _unread(row: int, line: int, text: str, problem: Problem) -> RawRow:
    return RawRow(row, line, {}, (WHOLE_LINE,), (text,), (problem,))
