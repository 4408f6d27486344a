"""The one clock.

Handlers read it once per invocation and pass `now` on; nothing below a handler
asks the time. The embedded stack and the tests put a clock of their own in.
"""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present time in UTC, in whole seconds: what is decided with is what is stored."""
    return _source().replace(microsecond=0)


def use(source: Callable[[], datetime]) -> None:
    """Take the time from `source`, which returns zone-aware datetimes in UTC."""
    global _source  # noqa: PLW0603 - one clock is the point
    _source = source
