"""What a run shows of its progress, whoever shows it."""

from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """A part of a run, in the order in which they begin; the value is what people read."""

    REGISTER = "Register filled"
    UPLOAD = "Files uploaded"
    SORT = "Letters sorted"
    DELIVER = "Letters delivered"
    CHANGES = "Register changed"
    OPEN = "Letters opened"
    PAPER = "Letters on paper"
    LISTS = "Receipt lists written"


class Watch(Protocol):
    """Somebody who watches a run."""

    def expect(self, stage: Stage, total: int) -> None:
        """A stage has so much to do, or it turns out that it has."""

    def reached(self, stage: Stage, count: int) -> None:
        """So much of a stage is done."""

    def note(self, text: str) -> None:
        """What is going on."""


class Nobody:
    """Nobody watches."""

    def expect(self, stage: Stage, total: int) -> None:
        """See Watch."""

    def reached(self, stage: Stage, count: int) -> None:
        """See Watch."""

    def note(self, text: str) -> None:
        """See Watch."""
