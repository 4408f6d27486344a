"""What goes wrong inside of functions: one dies at one of its calls, or others go on while it is at one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from brevdue.stack.stack import Call, Crash
from tests.simulation.plan import Dying

Doing = Callable[[], object]


@dataclass(slots=True)
class Watch:
    """Looks on at every call of every function.

    Attributes:
        has_died: a function died since somebody last asked.
        interruptions: how often others went on while a function was at a call.
    """

    has_died: bool = False
    interruptions: int = 0
    _dying: Dying | None = None
    _calls_of_dying: int = 0
    _calls: int = 0
    _waiting: list[tuple[int, Doing]] = field(default_factory=list)
    _is_inside: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def die_at(self, dying: Dying | None) -> None:
        """A function dies soon, once; or none any more."""
        self._dying, self._calls_of_dying = dying, 0

    def interrupt_at(self, call: int, doing: Doing) -> None:
        """Something is done in the midst of what comes: before its n-th call."""
        self._waiting.append((call, doing))

    def leftovers(self) -> list[Doing]:
        """What was to be done in the midst of things that are over by now; the next ones are counted anew."""
        waiting, self._waiting, self._calls = self._waiting, [], 0
        return [doing for _, doing in waiting]

    def look(self, call: Call) -> None:
        """Called before and after each call; a function may call from several threads."""
        if self._is_time_to_die(call):
            raise Crash(f"{call.phase} {call.operation} of {call.function}")
        # What is interrupted is interrupted by nothing more; and a thread is none of those that wait for others.
        if call.phase == "before" and not self._is_inside and threading.current_thread() is threading.main_thread():
            self._calls += 1
            self._interrupt([one for one in self._waiting if one[0] <= self._calls])

    def _interrupt(self, due: list[tuple[int, Doing]]) -> None:
        for one in due:
            self._waiting.remove(one)
            self.interruptions += 1
            self._is_inside = True
            one[1]()
            self._is_inside = False

    def _is_time_to_die(self, call: Call) -> bool:
        with self._lock:
            dying = self._dying
            if dying is None or (call.function, call.phase) != (dying.function, dying.phase):
                return False
            self._calls_of_dying += 1
            if self._calls_of_dying < dying.call:
                return False
            self._dying, self.has_died = None, True
            return True
