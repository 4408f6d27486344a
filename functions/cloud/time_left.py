"""The time that an invocation has left: whoever loops over letters, documents or slices looks at it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from cloud.errors import OutOfTimeError

T = TypeVar("T")

#: What is kept back: for the step that is being done, and for writing down how far one has come.
RESERVE: Final = timedelta(seconds=10)


@dataclass(frozen=True)
class TimeLeft:
    """The time left of one invocation.

    Attributes:
        milliseconds: asks how many are left, as Lambda's context tells.
    """

    milliseconds: Callable[[], int]

    def is_short(self, step: timedelta = RESERVE) -> bool:
        """Whether too little is left for another step, which takes no longer than `step`."""
        return timedelta(milliseconds=self.milliseconds()) < step

    def check(self, step: timedelta = RESERVE) -> None:
        """Go on only where there is time for another step.

        Raises:
            OutOfTimeError: there is not. What was done by then is to be written down, or found done by a repeat.
        """
        if self.is_short(step):
            raise OutOfTimeError("the invocation has no time left for the rest")

    def each(self, things: Iterable[T]) -> Iterator[T]:
        """The things, each as long as there is time for another step.

        Raises:
            OutOfTimeError: there is not; as `check`.
        """
        for thing in things:
            self.check()
            yield thing
