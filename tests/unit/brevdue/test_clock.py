from datetime import UTC, datetime, timedelta

import pytest

from brevdue.stack import clock
from brevdue.stack.clock import StackClock


@pytest.mark.parametrize("speed", [1, 30])
def test_a_clock_that_runs_is_as_fast_as_wished(monkeypatch: pytest.MonkeyPatch, speed: int) -> None:
    begin = datetime(2026, 11, 18, 10, tzinfo=UTC)
    real = begin

    class Real(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:  # type: ignore[override] # always UTC here
            return real

    monkeypatch.setattr(clock, "datetime", Real)
    running = StackClock.real(speed)
    real += timedelta(seconds=2)

    assert running.now() == begin + timedelta(seconds=2 * speed)

    running.advance(timedelta(hours=1))
    real += timedelta(seconds=1)

    assert running.now() == begin + timedelta(hours=1, seconds=3 * speed)
