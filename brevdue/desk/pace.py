"""How often somebody looks again, and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from time import monotonic, sleep


@dataclass(frozen=True, slots=True)
class Pace:
    """Looking again and again.

    Attributes:
        every_s: seconds between two looks.
        for_s: seconds after which the last look is taken; without end by default.
        clock: tells seconds.
        sleep: lets seconds pass.
    """

    every_s: float
    for_s: float = inf
    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], object] = sleep

    def looks(self) -> Iterator[None]:
        """One for each look: the first at once, the last when the time is over."""
        end = self.clock() + self.for_s
        yield
        while (left := end - self.clock()) > 0:
            self.sleep(min(self.every_s, left))
            yield
