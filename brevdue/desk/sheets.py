"""Spreadsheets as manifests, and back: what a person sees in the cells, as CSV that ingest reads.

What a spreadsheet has already lost, such as a leading zero or the last digits of a
long number, is not guessed: the check says what is wrong with it.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from zipfile import BadZipFile

from ingest.columns import canonical
from postal import cells

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

#: How far down a sheet its header is looked for.
_HEADER_WITHIN: Final = 20
#: As many digits as a spreadsheet keeps of a number (Excel specifications and limits).
_MOST_DIGITS: Final = 15
_HOW_TO_SAVE: Final = "open it in your spreadsheet and save it as .xlsx without a password, or as “CSV UTF-8”"


class SheetError(Exception):
    """A file cannot be read as a spreadsheet; the text says why and what to do."""


@dataclass(slots=True)
class Lines:
    """From the lines of the CSV to the rows of the sheet, which differ where a cell has line breaks.

    Attributes:
        breaks: the lines at which a row goes on.
    """

    breaks: list[int] = field(default_factory=list)

    def row_of(self, line: int) -> int:
        """The sheet's row that a line begins, both counted from 1."""
        return line - bisect_left(self.breaks, line)


def to_csv(sheet: Path, target: IO[bytes]) -> Lines:
    """Write the sheet that has the letters as CSV: `;`, UTF-8 with a byte order mark, CRLF, a line a row.

    Of several sheets it is the visible one whose header has the most known columns.

    Raises:
        SheetError: it is no .xlsx, or has a password, or nothing in it.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - half a second, where most batches are no spreadsheets
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(sheet, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise SheetError(f"{sheet.name} cannot be read as an .xlsx file: {_HOW_TO_SAVE}") from error
    try:
        visible = [one for one in book.worksheets if one.sheet_state == "visible"]
        if not visible:
            raise SheetError(f"{sheet.name} has no sheet that is shown: put the letters into one")
        return _write(_rows(max(visible, key=_known_columns)), target)
    finally:
        book.close()


def from_csv(source: Path, target: Path) -> None:
    """Write a CSV file, as Brevdue writes them, as a workbook of text: no zero is lost when that is opened."""
    from openpyxl import Workbook  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with source.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append([_as_text(sheet, cells.unescaped(cell)) for cell in row])
    book.save(target)


def _as_text(sheet: "WriteOnlyWorksheet", text: str) -> "Cell":
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    cell = WriteOnlyCell(sheet, text)
    cell.number_format = "@"
    # Nothing that begins as a formula is one.
    cell.data_type = "s"
    return cell


def _known_columns(sheet: "ReadOnlyWorksheet") -> int:
    return max(
        (sum(canonical(cell) is not None for cell in row) for row in islice(_rows(sheet), _HEADER_WITHIN)), default=0
    )


def _rows(sheet: "ReadOnlyWorksheet") -> Iterator[list[str]]:
    # Some programs write a wrong size of the sheet into it.
    sheet.reset_dimensions()
    for row in sheet.rows:
        texts = [_text(cell) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts


def _write(rows: Iterable[list[str]], target: IO[bytes]) -> Lines:
    lines = Lines()
    number = width = blanks = 0
    target.write(cells.BYTE_ORDER_MARK)
    for row in rows:
        if not row:
            # Sheets often end in formatted rows without anything in them.
            blanks += 1
            continue
        target.write(b"\r\n" * blanks)
        number, blanks = number + blanks + 1, 0
        width = width or len(row)
        data = _line([*row, *[""] * (width - len(row))])
        target.write(data)
        for _ in range(data.count(b"\n") - 1):
            number += 1
            lines.breaks.append(number)
    return lines


class _Line(list[str]):
    """What a CSV writer writes to."""

    def write(self, text: str) -> int:
        self.append(text)
        return len(text)


def _line(row: list[str]) -> bytes:
    """A row as CSV; line breaks in its cells are kept, for the check names them."""
    line = _Line()
    escaped = ("\n".join(map(cells.escaped, cell.split("\n"))) for cell in row)
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(escaped)
    return "".join(line).encode()


def _text(cell: "Cell | MergedCell") -> str:
    """A cell as a person reads it; dates as ISO 8601."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return "yes" if value else "no"
        case int() | float() as value:
            return _number(value, str(cell.number_format))
        case datetime() as value:
            return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
        case date() as value:
            return value.isoformat()
        case value:
            return str(value).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _number(value: float, number_format: str) -> str:
    """A number with all its digits, and with the leading zeros that its format shows."""
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 10.0**_MOST_DIGITS:
            return repr(value).upper()
        value = int(value)
    return str(value).zfill(len(number_format)) if set(number_format) == {"0"} else str(value)
