"""Rows as they stand in a manifest, before they are checked."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from ingest.columns import canonical
from ingest.errors import Problem

#: Spaces that people and spreadsheets leave around a value.
SPACES: Final = " \u00a0"

#: Under which a line is given back that could not be taken apart.
WHOLE_LINE: Final = "line"


class RawRow(NamedTuple):
    """A row of any dialect.

    Attributes:
        row: counted from 1, without the header.
        line: the physical line, counted from 1.
        values: what is filled in, by canonical column, without surrounding spaces.
        headings, cells: the row as the sender wrote it.
        problems: why the row could not be read; then `values` is empty or incomplete.
    """

    row: int
    line: int
    values: dict[str, str]
    headings: Sequence[str]
    cells: Sequence[object]
    problems: tuple[Problem, ...] = ()

    def heading(self, column: str) -> str:
        """What the sender calls a column; its canonical name where the row has none."""
        return next((name for name in self.headings if canonical(name) == column), column)

    def as_written(self) -> dict[str, str]:
        """The row by the sender's own column names, for giving it back."""
        named: dict[str, str] = {}
        for n, cell in enumerate(self.cells):
            name = self.headings[n] if n < len(self.headings) else ""
            if not name or name in named:
                name = f"{name or 'column'} {n + 1}"
            named[name] = as_text(cell)
        return named


def as_text(cell: object) -> str:
    """A cell as a CSV manifest would have it; what it could not have, as JSON writes it."""
    match cell:
        case str():
            return cell
        case None:
            return ""
        case list() if all(isinstance(part, str) for part in cell):
            return "|".join(cell)
    return msgspec.json.encode(cell).decode()
