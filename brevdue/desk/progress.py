"""How far something is, for whoever waits in front of the screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Waiting(Protocol):
    """Somebody who waits."""

    def begin(self, what: str, total: int | None) -> None:
        """Something begins, of so many steps; None where nobody knows how many."""

    def advance(self, count: int) -> None:
        """So many steps of it are done."""


class Nobody:
    """Nobody waits."""

    def begin(self, what: str, total: int | None) -> None:
        """See Waiting."""

    def advance(self, count: int) -> None:
        """See Waiting."""


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None) -> None:
        """See Waiting."""
        self._task = self._bars.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """See Waiting."""
        if self._task is not None:
            self._bars.advance(self._task, count)


@contextmanager
def bars() -> Iterator[Waiting]:
    """Bars on standard error; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        yield _Bars(shown)
