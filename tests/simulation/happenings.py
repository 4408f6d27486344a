"""What happened, in plain words: what the simulation tells the model of a month.

Nothing of the post office is imported here. Times are in UTC and whole minutes.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An organisation that sends letters, and what it chose."""

    id: str
    regime: str
    country: str
    fallback: str = "print"
    hold_days: int = 30
    unopened_hours: int = 40
    cut_off: str = "17:30"
    is_neutral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A row of a manifest.

    Attributes:
        id: `sender/batch/row`.
        person: `scheme:value`; empty where the letter has only an address.
        deliver_after: None where the sender chose no date.
        is_bad: the row has an error.
        fault: what a printer could not do with its documents; empty where they are in order.
    """

    id: str
    sender: Sender
    reference: str
    person: str
    delivery: str = "digital_or_paper"
    has_consent: bool = True
    has_address: bool = True
    deliver_after: datetime | None = None
    is_bad: bool = False
    fault: str = ""

    @property
    def batch(self) -> str:
        return self.id.rpartition("/")[0]

    @property
    def row(self) -> int:
        return int(self.id.rpartition("/")[2])

    @property
    def is_to_person(self) -> bool:
        """Whether its recipient is no organisation."""
        return self.person.startswith(("no-fnr:", "dk-cpr:"))


@dataclass(frozen=True, slots=True)
class Ticked:
    """The schedule fired."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch was uploaded."""

    batch: str


@dataclass(frozen=True, slots=True)
class Told:
    """The register was told facts of a person that came true together.

    Attributes:
        facts: name and value: `mailbox.eboks`, `opted_out`, `exempt`, `closed`, `reached` and `declined.sender`
            are so or not; `chosen` is a mailbox.
    """

    person: str
    facts: tuple[tuple[str, str | bool], ...]
    true_since: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A mailbox or a printer said something of a letter.

    Attributes:
        event: `delivered`, `refused`, `opened`, `notice_failed`, `printed` or `returned`.
        since: when it happened, by its own clock.
    """

    letter: str
    channel: str
    attempt: int
    event: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """A sender ordered something for a letter."""

    letter: str
    order: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WasDown:
    """The operator recorded that Altinn had been down."""

    begin: datetime
    end: datetime


What = Ticked | Sent | Told | Said | Ordered | WasDown


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened.

    Attributes:
        number: its place in the log.
        at: when it was uploaded, told or fired.
    """

    number: int
    at: datetime
    what: What


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A time in which a function died, or nothing fired the schedule."""

    begin: datetime
    end: datetime


@dataclass(slots=True)
class Log:
    """All that happened, in order.

    What happens alone takes effect at once. What was uploaded together, or while a function died,
    takes effect somewhere between its place and the place that `ends` gives for it.

    Attributes:
        letters: all that were sent, by id.
        happenings: in the order in which they were begun.
        ends: by number, the number before which it has taken effect.
        closed_at: by the latter, when that was.
    """

    letters: dict[str, Letter] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)
    closed_at: dict[int, datetime] = field(default_factory=dict)
    disturbances: list[Disturbance] = field(default_factory=list)

    def add(self, at: datetime, what: What) -> int:
        """Note what happens; its number."""
        number = len(self.happenings)
        self.happenings.append(Happening(number, at, what))
        return number

    def close(self, begin: int, now: datetime, *, ticks_too: bool) -> None:
        """Say that all since a number has taken effect by now, and that until now it may not have.

        Args:
            begin: the first number.
            now: the time.
            ticks_too: a function died or was interrupted, so that what was due may have waited as well.
        """
        end = len(self.happenings)
        self.closed_at[end] = now
        for one in self.happenings[begin:end]:
            if ticks_too or not isinstance(one.what, Ticked):
                self.ends[one.number] = end

    def accepted_by(self, one: Happening) -> datetime:
        """When something had certainly taken effect."""
        return self.closed_at[self.ends[one.number]] if one.number in self.ends else one.at

    def disturbed(self, begin: datetime, end: datetime) -> datetime | None:
        """Until when work was disturbed in a time; None where it was not."""
        first = bisect_left(self.disturbances, begin, key=lambda one: one.end)
        late = [one.end for one in self.disturbances[first:] if one.begin <= end]
        return max(late, default=None)

    def ticks(self) -> Iterator[datetime]:
        """When the schedule fired."""
        return (one.at for one in self.happenings if isinstance(one.what, Ticked))


def ago(moment: datetime, **how_long: float) -> datetime:
    """A time before another."""
    return moment - timedelta(**how_long)
