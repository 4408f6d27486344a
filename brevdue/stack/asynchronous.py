"""Events that nobody waits for: Lambda keeps them in a queue of its own, and tries them again.

What a function fails for comes again after one minute and after two more; what finds the function throttled
comes again after a second, then after twice as long each time, up to five minutes; both until the event is six
hours old. AWS::Lambda::EventInvokeConfig asks for fewer tries or a shorter time (AWS Lambda Developer Guide,
"How Lambda handles errors and retries with asynchronous invocation").
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from brevdue.stack.deployment import Function

_AFTER_FAILING: Final = (timedelta(minutes=1), timedelta(minutes=2))
_AFTER_A_THROTTLE: Final = timedelta(seconds=1)
_LONGEST_AFTER_A_THROTTLE: Final = timedelta(minutes=5)
#: More doublings than these are above the limit.
_MOST_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event that a function is to be invoked with, at some time or again.

    Attributes:
        function: its short name.
        content: what the function gets.
        sent_at: when it was sent to Lambda.
        at: when it is to be tried next.
        failed: how often the function has failed for it.
        throttled: how often the function was throttled.
    """

    function: str
    content: object
    sent_at: datetime
    at: datetime
    failed: int = 0
    throttled: int = 0


class WaitingEvents:
    """The events that wait to be tried again."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions
        self._waiting: list[WaitingEvent] = []

    def fail(self, event: WaitingEvent, now: datetime) -> None:
        """Have an event come again that its function failed for, unless it has come often enough."""
        if event.failed < self._functions[event.function].retries:
            again = replace(event, at=now + _AFTER_FAILING[event.failed], failed=event.failed + 1)
            self._wait(again)

    def throttle(self, event: WaitingEvent, now: datetime) -> None:
        """Have an event come again that found its function throttled."""
        wait = min(_AFTER_A_THROTTLE * (1 << min(event.throttled, _MOST_DOUBLINGS)), _LONGEST_AFTER_A_THROTTLE)
        self._wait(replace(event, at=now + wait, throttled=event.throttled + 1))

    def take_due(self, now: datetime) -> list[WaitingEvent]:
        """The events that are to be tried by now, in their order; they wait no more."""
        due = sorted((event for event in self._waiting if event.at <= now), key=lambda event: event.at)
        self._waiting = [event for event in self._waiting if event.at > now]
        return due

    def next_at(self) -> datetime | None:
        """When the next one is to be tried; None where none waits."""
        return min((event.at for event in self._waiting), default=None)

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()

    def _wait(self, event: WaitingEvent) -> None:
        longest = timedelta(seconds=self._functions[event.function].longest_wait_s)
        if event.at - event.sent_at <= longest:
            self._waiting.append(event)
