"""Cells of CSV that no spreadsheet takes for a formula: an apostrophe stands before what would start one."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import Final

#: What opens a CSV file: it tells spreadsheets that the text is UTF-8.
BYTE_ORDER_MARK: Final = "\ufeff".encode()

CONTENT_TYPE: Final = "text/csv; charset=utf-8"

# What spreadsheets take for a formula, also in its full-width forms and after
# blanks (OWASP, "CSV Injection"; OWASP ASVS 5.0, 1.2.10). Apostrophes before it
# count too, so that the apostrophe that is put there can be taken away again.
_START: Final = r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA: Final = re.compile(_START)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_STARTS_WITH_CONTROL: Final = re.compile(f"'*{_CONTROLS.pattern}")
#: A control character at the start was written as a blank behind its apostrophe.
_ESCAPED: Final = re.compile(f"'(?:{_START}| )")


def escaped(cell: str) -> str:
    """The cell as one line of text: an apostrophe before what would start a formula, blanks for control characters.

    Source: OWASP, "CSV Injection".
    """
    text = cell if cell.isprintable() else _CONTROLS.sub(" ", cell)
    return f"'{text}" if _FORMULA.match(text) or _STARTS_WITH_CONTROL.match(cell) else text


def unescaped(cell: str) -> str:
    """The cell as it was before `escaped`: without its apostrophe, if it has one."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def encode(row: Sequence[str]) -> bytes:
    """A row of two cells or more as a line of CSV, in UTF-8, with its line break."""
    line = StringIO(newline="")
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow([escaped(cell) for cell in row])
    return line.getvalue().encode()
