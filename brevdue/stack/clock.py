"""The stack's clock: it stands still until it is told to move."""

from datetime import UTC, datetime, timedelta


class StackClock:
    """A clock for a whole stack: the handlers, the queues and the objects follow it.

    Attributes:
        running: whether it follows real time, plus what it was moved ahead.
        speed: how many times as fast it runs as real time.
    """

    def __init__(self, start: datetime, *, running: bool = False, speed: int = 1) -> None:
        self.running = running
        self.speed = speed
        self._shown = start.astimezone(UTC)
        self._set_at = datetime.now(UTC)

    @classmethod
    def real(cls, speed: int = 1) -> "StackClock":
        """A clock that runs, from the present time."""
        return cls(datetime.now(UTC), running=True, speed=speed)

    def now(self) -> datetime:
        """The stack's time, with zone UTC."""
        if not self.running:
            return self._shown
        return self._shown + (datetime.now(UTC) - self._set_at) * self.speed

    def advance(self, by: timedelta) -> None:
        """Move ahead by `by`.

        Raises:
            ValueError: `by` is negative.
        """
        self.move_to(self.now() + by)

    def move_to(self, moment: datetime) -> None:
        """Move ahead to `moment`, which has a zone.

        Raises:
            ValueError: it lies in the past.
        """
        if moment < self.now():
            raise ValueError(f"the clock shows {self.now()} and does not go back to {moment}")
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Show `moment`, be it in the past: only for a stack without data."""
        self._shown = moment.astimezone(UTC)
        self._set_at = datetime.now(UTC)
