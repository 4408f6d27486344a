"""What is stored of a page once it is sorted: its sorting, its consignments, its letters.

`postal.status` alone turns these into a letter's status.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, structs

from postal import rowsets
from postal.channels import Channel
from postal.notices import Means
from postal.orders import OrderAnswers
from postal.pages import Page
from postal.reasons import RULES_VERSION, Reason

#: Letters of a consignment are at their first attempt; one that was refused leaves alone.
FIRST_ATTEMPT = 1


class Sorting(Struct, frozen=True, kw_only=True):
    """The decision for each letter of a page, written once.

    Attributes:
        marks: one character a letter, in row order: the marks of `postal.reasons`.
        page: where the page's rows stand.
        rules_version: that of `postal.reasons` by which it was decided; 0 where that was not kept yet.
    """

    marks: str
    sorted_at: datetime
    page: Page
    rules_version: int = 0


class Delivered(Struct, frozen=True, kw_only=True):
    """Letters that a channel said were delivered, all at once, or of which their recipients are reminded together.

    On a print consignment it says that they were printed and posted, and nobody is told.

    Attributes:
        at: when they were delivered, or when the reminder fell due.
        is_reminder: of letters that were delivered before.
        rows: as `postal.rowsets` writes them; no row is in two of a consignment's deliveries.
        notified_to: the last row whose recipient was told; rows are told in order.
        sms_waits: of these, the rows whose SMS waits for the hours in which it may be sent.
        unreached: of those, the rows whom nothing else has reached.
        notifying_since: when a slice of recipients was begun that is not yet noted in these.
    """

    at: datetime
    rows: str
    is_reminder: bool = False
    notified_to: int = 0
    sms_waits: str = ""
    unreached: str = ""
    notifying_since: datetime | None = None

    def row_numbers(self) -> list[int]:
        """The rows, ascending."""
        return rowsets.decode(self.rows)

    def rows_to_tell(self) -> list[int]:
        """The rows whose recipients are still to be told, ascending."""
        return [row for row in self.row_numbers() if row > self.notified_to]

    def rows_to_text(self) -> list[int]:
        """The rows whose recipients were told, but for an SMS that waits, ascending."""
        return rowsets.decode(self.sms_waits)

    def told(self, last: int, sms_waits: Iterable[int], unreached: Iterable[int]) -> "Delivered":
        """As it is once the recipients up to and including a row are told, but for those whose SMS waits."""
        return structs.replace(
            self,
            notified_to=last,
            sms_waits=rowsets.encode([*self.rows_to_text(), *sms_waits]),
            unreached=rowsets.encode([*rowsets.decode(self.unreached), *unreached]),
        )

    def texted(self, last: int) -> "Delivered":
        """As it is once no SMS waits any more for the rows up to and including one."""
        return structs.replace(
            self,
            sms_waits=rowsets.encode(row for row in self.rows_to_text() if row > last),
            unreached=rowsets.encode(row for row in rowsets.decode(self.unreached) if row > last),
        )


class Refused(Struct, frozen=True, kw_only=True):
    """Letters that a channel confirmed it refuses, with its own word for why."""

    at: datetime
    rows: str
    code: str


class Consignment(Struct, frozen=True, kw_only=True):
    """Letters of a page that leave together through one channel.

    Attributes:
        n: counted from 1 for each channel.
        rows: as `postal.rowsets` writes them.
        left_out: rows that were stopped before it left.
        leaving_at: set before the first outside act; nothing can be left out after it.
        handed_over_at: the channel has it.
        cut_off: of a print consignment: that of the print job it leaves with.
        revision: rises with every recorded report.
        deliveries: by a key that counts up; reminders by a key of their own.
        refusals: by a key that counts up.
    """

    channel: Channel
    n: int
    rows: str
    left_out: frozenset[int] = frozenset()
    leaving_at: datetime | None = None
    handed_over_at: datetime | None = None
    cut_off: datetime | None = None
    revision: int = 0
    deliveries: Mapping[str, Delivered] = {}
    refusals: Mapping[str, Refused] = {}

    def leaving_rows(self) -> list[int]:
        """The rows that leave, ascending."""
        return [row for row in rowsets.decode(self.rows) if row not in self.left_out]

    def delivery_times(self) -> dict[int, datetime]:
        """When each delivered row was delivered."""
        return {
            row: delivered.at
            for delivered in self.deliveries.values()
            if not delivered.is_reminder
            for row in delivered.row_numbers()
        }

    def refused_rows(self) -> dict[int, Refused]:
        """The refusal of each refused row."""
        return {row: refused for refused in self.refusals.values() for row in rowsets.decode(refused.rows)}


class Tried(Struct, frozen=True, kw_only=True):
    """A mailbox that refused a letter, with its own word for why."""

    channel: Channel
    code: str


class Decided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision that another one took the place of.

    Attributes:
        rules_version: as of `Sorting`.
        handed_over_at, refused_at: of one that a mailbox refused: when it got the letter, and when it said so.
    """

    mark: str
    at: datetime
    rules_version: int = 0
    handed_over_at: datetime | None = None
    refused_at: datetime | None = None


class LetterItem(Struct, frozen=True, kw_only=True):
    """A letter to which something happened alone.

    A letter that was decided again has a mark and an attempt of its own, and is its
    own consignment; of another, only what happened to it stands here.

    Attributes:
        mark: of the latest decision; empty where the page's sorting still holds.
        attempt: of the latest decision; 0 where it is the consignment's.
        tried: mailboxes that refused it.
        decided_at: when it was decided again.
        rules_version: of that decision, as of `Sorting`.
        before: the letter's own decisions before this one, the oldest first.
        stored_at: when its held item was written.
        lets_go_of: the attempt whose held item is still to be deleted, for the letter has moved on; 0 for none.
        leaving_at, handed_over_at, delivered_at: as a consignment of its own.
        refused_at: when the attempt that stands here was refused.
        notified_at: when its recipient was told, as a consignment of its own.
        sms_waits: its recipient was told, but for an SMS that waits for the hours in which it may be sent.
        unreached: of such a letter: nothing else has reached the recipient.
        opened_at: when the recipient first opened it, in whichever mailbox.
        failed_means: by which means its notice did not arrive, of the attempt that stands here.
        notice_failed_at: when it was certain that no notice reaches the recipient.
        held_until: until when the sender wants it held; None for the sender's usual time.
        reminded: reminders that were sent, by their keys; of a letter that left alone.
        responded_at: when the sender said that the recipient has reacted.
        claimed_for: number of the print consignment that it leaves with; 0 for none.
        claimed_at: since when nothing but the printer can stop it.
        returned_at: when it came back as returned mail.
        opened_noted_at, notice_failed_noted_at, returned_noted_at: when that became known here, where it did later.
    """

    row: int
    mark: str = ""
    attempt: int = 0
    tried: tuple[Tried, ...] = ()
    decided_at: datetime | None = None
    rules_version: int = 0
    before: tuple[Decided, ...] = ()
    stored_at: datetime | None = None
    lets_go_of: int = 0
    leaving_at: datetime | None = None
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    refused_at: datetime | None = None
    notified_at: datetime | None = None
    sms_waits: bool = False
    unreached: bool = False
    opened_at: datetime | None = None
    failed_means: frozenset[Means] = frozenset()
    notice_failed_at: datetime | None = None
    held_until: datetime | None = None
    reminded: frozenset[str] = frozenset()
    responded_at: datetime | None = None
    claimed_for: int = 0
    claimed_at: datetime | None = None
    returned_at: datetime | None = None
    opened_noted_at: datetime | None = None
    notice_failed_noted_at: datetime | None = None
    returned_noted_at: datetime | None = None


def after(read: LetterItem | None, row: int, reason: Reason, now: datetime, *, lets_go: bool = False) -> LetterItem:
    """A letter's next decision, at the attempt it is at: without a refusal no attempt is another's.

    Args:
        read: the letter's item as it was read, if there was one.
        row: the letter.
        reason: of the decision.
        now: when it is made.
        lets_go: the letter was stored with its recipient, and is no more.
    """
    attempt = read.attempt if read is not None and read.attempt else FIRST_ATTEMPT
    return LetterItem(
        row=row,
        mark=reason.mark,
        attempt=attempt,
        decided_at=now,
        rules_version=RULES_VERSION,
        lets_go_of=attempt if lets_go else 0,
    )


class PageItems(Struct, frozen=True, kw_only=True):
    """Everything that is stored of one page.

    Attributes:
        recalled: rows that were recalled before the page was sorted.
        answers: of the orders for its letters, by order file.
    """

    sorting: Sorting | None = None
    recalled: frozenset[int] = frozenset()
    consignments: tuple[Consignment, ...] = ()
    letters: Mapping[int, LetterItem] = {}
    answers: Mapping[str, OrderAnswers] = {}

    @property
    def print_consignments(self) -> list[Consignment]:
        """The consignments that leave with print jobs, the first first."""
        return sorted((c for c in self.consignments if c.channel is Channel.PRINT), key=lambda c: c.n)

    def consignment(self, channel: Channel, n: int) -> Consignment | None:
        """The consignment of that channel and number, if there is one."""
        return next((c for c in self.consignments if c.channel is channel and c.n == n), None)
