"""What goes wrong inside of a function: it dies at one of its calls, or others go on while it is at one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from brevdue.stack.stack import Call, Crash
from tests.simulation.plan import Crossing, Dying


@dataclass(slots=True)
class Watch:
    """Looks on at every call of every function.

    Attributes:
        cross: lets others go on.
        has_died: a function died since somebody last asked.
    """

    cross: Callable[[], None]
    has_died: bool = False
    _dying: Dying | None = None
    _crossing: Crossing | None = None
    _calls: int = 0
    _crossings: int = 0
    _is_inside: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def die_at(self, dying: Dying) -> None:
        """A function dies soon, once."""
        self._dying, self._calls = dying, 0

    def cross_at(self, crossing: Crossing) -> None:
        """Others go on in the middle of a function, until another takes its place."""
        self._crossing, self._crossings = crossing, 0

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self._dying = self._crossing = None

    def look(self, call: Call) -> None:
        """Called before and after each call; a function may call from several threads."""
        if self._is_time_to_die(call):
            raise Crash(f"{call.phase} {call.operation} of {call.function}")
        if self._is_time_to_cross(call):
            self._is_inside = True
            self.cross()
            self._is_inside = False

    def _is_time_to_die(self, call: Call) -> bool:
        with self._lock:
            dying = self._dying
            if dying is None or (call.function, call.phase) != (dying.function, dying.phase):
                return False
            self._calls += 1
            if self._calls < dying.call:
                return False
            self._dying, self.has_died = None, True
            return True

    def _is_time_to_cross(self, call: Call) -> bool:
        crossing = self._crossing
        if crossing is None or self._is_inside or threading.current_thread() is not threading.main_thread():
            return False
        if (call.function, call.operation, call.phase) != (crossing.function, crossing.operation, "before"):
            return False
        self._crossings += 1
        return self._crossings % crossing.every == 0
