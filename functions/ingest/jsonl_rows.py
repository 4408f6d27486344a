"""Rows of a JSONL manifest: one object a line, with the same column names as in CSV."""

from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.columns import UnknownColumns, canonical
from ingest.encodings import Decoder
from ingest.errors import Code, ManifestError, Problem
from ingest.raw import SPACES, WHOLE_LINE, RawRow

_decode: Final = msgspec.json.Decoder().decode


def jsonl_rows(lines: Iterator[bytes], unknown: UnknownColumns) -> Iterator[RawRow]:
    """Every line as a row; blank lines at the very end are none.

    Args:
        lines: physical lines without line ends.
        unknown: gathers the columns that are not known.

    Raises:
        ManifestError: the first line shows that this is no JSONL at all.
    """
    row = 0
    blank_from = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            # Only what follows tells a blank line in the middle from one at the end.
            blank_from = blank_from or number
            continue
        if row == 0:
            _expect_jsonl(line, number)
        if blank_from:
            for blank in range(blank_from, number):
                row += 1
                yield RawRow(row, blank, {}, (), (), (Problem(Code.EMPTY_ROW),))
            blank_from = 0
        row += 1
        yield _row(row, number, line, unknown)
    if row == 0:
        raise ManifestError(Problem(Code.MANIFEST_EMPTY))


def _expect_jsonl(line: bytes, number: int) -> None:
    """Tell a file of another kind from a file with a bad first row."""
    start = line.strip()
    # An array, an object spread over lines, or a CSV header: no line of it would be a row.
    names = [name.strip(' "') for name in Decoder().decode(start)[0].replace(";", ",").split(",")]
    is_header = sum(canonical(name) is not None for name in names) > 1
    if start in {b"[", b"{"} or start.startswith(b"[{") or is_header:
        raise ManifestError(Problem(Code.MANIFEST_NOT_JSONL), number)


def _row(row: int, number: int, line: bytes, unknown: UnknownColumns) -> RawRow:
    try:
        written = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        written = None
    if not isinstance(written, dict):
        text, mixed = Decoder().decode(line)
        code = Code.NOT_A_JSON_OBJECT if mixed is None and _is_utf8(line) else Code.ENCODING_MIXED
        return RawRow(row, number, {}, (WHOLE_LINE,), (text,), (Problem(code),))
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, cell in written.items():
        column = canonical(name)
        if column is None:
            unknown.add(name)
            continue
        value = _value(column, cell)
        if value is None:
            problems.append(Problem(Code.VALUE_NOT_TEXT, column))
        elif column in values:
            problems.append(Problem(Code.COLUMN_TWICE, column, {"first": column, "second": name}))
        elif value:
            values[column] = value
    if not written:
        problems.append(Problem(Code.EMPTY_ROW))
    return RawRow(row, number, values, tuple(written), tuple(written.values()), tuple(problems))


def _value(column: str, cell: object) -> str | None:
    """A value as CSV would have it; None where it is nothing that CSV could have."""
    match cell:
        case str():
            return cell.strip(SPACES)
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case int():
            return str(cell)
        case list() if column == "document" and all(isinstance(path, str) for path in cell):
            return "|".join(cell)
    return None


def _is_utf8(line: bytes) -> bool:
    return Decoder().decode(line)[1] is None and line.decode("utf-8", "ignore").encode() == line
