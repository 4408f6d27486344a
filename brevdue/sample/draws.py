"""Chance that comes out the same each time, on every Python."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")

_ONE: Final = 1 << 32


class Draws:
    """A dozen draws that are a function of a key alone; far cheaper to make than `random.Random`."""

    def __init__(self, *key: object) -> None:
        text = "/".join([str(part) for part in key])
        self._rest = int.from_bytes(blake2b(text.encode()).digest(), "big")

    def below(self, bound: int) -> int:
        """A whole number from 0, less than `bound`."""
        self._rest, drawn = divmod(self._rest, bound)
        return drawn

    def share(self) -> float:
        """A number from 0, less than 1."""
        return self.below(_ONE) / _ONE

    def one_of(self, things: Sequence[T]) -> T:
        """One of them, each as likely."""
        return things[self.below(len(things))]

    def weighted(self, things: Sequence[tuple[T, int]]) -> T:
        """One of them, as likely as its percentage says; these add up to 100."""
        drawn = self.below(100)
        for thing, percentage in things:
            drawn -= percentage
            if drawn < 0:
                return thing
        raise ValueError("percentages that do not add up to 100")
