"""What will happen in a month: who uploads, tells, orders and dies when, and what others do with each letter.

What a mailbox, a recipient or a printer would do with a letter stands here too, whether it comes to
that or not: so a change of the post office changes nothing of what others do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.simulation.happenings import Letter, Sender

NORDVIK: Final = Sender(id="nordvik", regime="no_public", country="no", cut_off="17:30")
HAVBLIK: Final = Sender(id="havblik", regime="dk_private", country="dk", hold_days=8, cut_off="16:18")
FJORDBANK: Final = Sender(
    id="fjordbank", regime="dk_private", country="dk", fallback="return", hold_days=11, cut_off="15:00", is_neutral=True
)
HAVNEBY: Final = Sender(id="havneby", regime="dk_public", country="dk", cut_off="17:30")
SENDERS: Final = (NORDVIK, HAVBLIK, FJORDBANK, HAVNEBY)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mailbox does with a letter, in minutes.

    Attributes:
        refuses: it does not take it.
        after: how long it takes.
        told_after: how much later it says so.
        again_after: how much later it says so once more; None where it does not.
        contradicts_after: how much later it says the contrary; None where it does not.
        notice_fails_after: how much later it says that nobody could be told; None where it does not.
    """

    refuses: bool
    after: int
    told_after: int
    again_after: int | None
    contradicts_after: int | None
    notice_fails_after: int | None


@dataclass(frozen=True, slots=True)
class Opening:
    """When somebody opens a letter.

    Attributes:
        when: `never`, `soon`, `late`, or at the deadline or the print cut-off after it.
        minutes: after delivery, or after that time, which may be before it.
        told_after: how many minutes later the mailbox says so.
        is_twice: it says so twice.
        midst: the mailbox says so in the midst of what follows, before its n-th call; 0 where it does not.
    """

    when: str
    minutes: int
    told_after: int
    is_twice: bool
    midst: int


@dataclass(frozen=True, slots=True)
class Printing:
    """What a printer does with a letter, in minutes after the job was closed.

    Attributes:
        refuses: it cannot print it.
        after: when it says that it is printed, or refused.
        is_twice: it says so twice.
        returned_after: when it says that it came back; None where it does not. It may be before it says
            that it was printed.
        recants_after: when it says of a printed letter that it cannot print it; None where it does not.
    """

    refuses: bool
    after: int
    is_twice: bool
    returned_after: int | None
    recants_after: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a manifest, and what others will do with the letter."""

    letter: Letter
    cells: dict[str, str]
    answers: tuple[Answer, ...]
    opening: Opening
    printing: Printing


@dataclass(frozen=True, slots=True)
class Upload:
    """A batch is uploaded.

    Attributes:
        is_jsonl: the manifest is JSONL, not CSV.
        documents_late: minutes after the manifest; 0 for documents first.
        whole_answer: whether mailboxes answer for a dispatch as a whole, and after how many minutes;
            None where they answer for each letter.
    """

    sender: Sender
    batch: str
    rows: tuple[Row, ...]
    documents: tuple[str, ...]
    is_jsonl: bool
    documents_late: int
    whole_answer: int | None


@dataclass(frozen=True, slots=True)
class Tell:
    """The register is told facts of a person that came true together."""

    person: str
    facts: tuple[tuple[str, str | bool], ...]
    true_since: datetime
    is_file: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A sender uploads orders: row (0 for all), order and until when."""

    batch: str
    orders: tuple[tuple[int, str, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The operator records that Altinn was down."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Dying:
    """From now on, a function dies at its n-th call, before it or after it took effect; once."""

    function: str
    call: int
    phase: str


Deed = Upload | Tell | Order | Record | Dying


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that somebody does at a time.

    Attributes:
        midst: it is done in the midst of what follows, before its n-th call; 0 where it is done alone.
    """

    at: datetime
    deed: Deed
    midst: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A month.

    Attributes:
        people: `scheme:value` and what is known of each at the beginning.
        contacts: of each: `both`, `email`, `mobile` or `none`.
        silence: when nothing fires the schedule.
    """

    start: datetime
    end: datetime
    people: dict[str, tuple[tuple[str, str | bool], ...]]
    contacts: dict[str, str]
    deeds: tuple[Planned, ...]
    silence: tuple[datetime, datetime]
