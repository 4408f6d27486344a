"""`to_correct.csv`: the refused rows as their sender wrote them, with what is wrong and what to do.

Corrected in a spreadsheet it is a manifest again, so its own two columns mean nothing there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from postal import cells
from postal.letters import RefusedRow

NAME: Final = "to_correct.csv"

#: The columns that it adds to the sender's own.
ANSWERS: Final = ("error", "remedy")

#: Columns that it repeats; JSON rows may each have names of their own.
_MOST_COLUMNS: Final = 200


def is_answer(name: str) -> bool:
    """Whether a column is one that `to_correct.csv` adds."""
    return name.strip().casefold() in ANSWERS


def lines(refused: Callable[[], Iterable[RefusedRow]]) -> Iterator[bytes]:
    """The file's lines, after the byte order mark.

    Args:
        refused: gives the rows; called twice, for the columns and for the rows, so that nobody keeps them.
    """
    columns = columns_of(refused())
    rows = (cells_of(row, columns) for row in refused())
    return (cells.encode([row]) for row in chain([[*columns, *ANSWERS]], rows))


def columns_of(refused: Iterable[RefusedRow]) -> list[str]:
    """The sender's own columns of refused rows, in the order in which they first appear.

    Left out are the two that `to_correct.csv` adds: the manifest may be a corrected one.
    """
    columns: dict[str, None] = {}
    for row in refused:
        if len(columns) >= _MOST_COLUMNS:
            break
        columns.update(dict.fromkeys(row.cells))
    return list(islice((column for column in columns if not is_answer(column)), _MOST_COLUMNS))


def cells_of(row: RefusedRow, columns: Sequence[str]) -> list[str]:
    """A refused row as the sender wrote it, then what is wrong with it and what to do."""
    written = [row.cells.get(column, "") for column in columns]
    # Several errors may have the same remedy; it is said once.
    remedies = dict.fromkeys(error.remedy for error in row.errors if error.remedy)
    return [*written, " ".join(error.message for error in row.errors), " ".join(remedies)]
