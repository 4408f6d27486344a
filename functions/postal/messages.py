"""What travels through the queues: pointers, never rows.

A message is one JSON object with its `type`. Only the messages of the tracking and
register queues carry ids, and those queues are encrypted with the customer's key.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from postal import register
from postal.channels import Channel
from postal.orders import LetterOrder
from postal.pages import Page
from postal.recipients import Enrolment


class CheckManifest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ingest looks at a manifest again, because documents were missing.

    Attributes:
        due_sk, token: the due entry that asked for it; empty where none did.
    """

    key: str
    version: str
    due_sk: str = ""
    token: str = ""


class SortPage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Routing sorts a page, or does the after-steps of its sorting again."""

    page: Page


class SortRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Routing decides letters again that a channel has refused.

    Attributes:
        channel, attempt: the refused attempt.
        rows: as `postal.rowsets` writes them.
        code: the channel's own word for why.
    """

    page: Page
    channel: Channel
    attempt: int
    rows: str
    code: str


class FollowOrders(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Routing carries out what a sender orders for letters of a page.

    Attributes:
        file: the order file, as its answers name it.
        orders: in the file's order.
    """

    page: Page
    file: str
    orders: tuple[LetterOrder, ...]


class DeliverConsignment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Delivery hands a consignment to its channel."""

    page: Page
    channel: Channel
    n: int


class DeliverLetter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Delivery hands a letter that leaves alone to its channel."""

    page: Page
    channel: Channel
    row: int
    attempt: int


class NotifyConsignment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Notification tells the recipients of one recorded delivery of a consignment, as far as they may be told now.

    Attributes:
        delivery: key of the delivery within the consignment.
        due_sk, token: the due entry that asked for it; empty where none did.
        turn_at: when it is the sender's turn to send more; None where none is booked, or it has come.
        turn_left: how many recipients may be told in that turn.
    """

    page: Page
    channel: Channel
    n: int
    delivery: str
    due_sk: str = ""
    token: str = ""
    turn_at: datetime | None = None
    turn_left: int = 0


class NotifyLetter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Notification tells the recipient of a letter that left alone, as far as it may be told now.

    Attributes:
        reminder: which reminder it is, as `postal.due` names them; empty for the first notice.
        due_sk, token: the due entry that asked for it; empty where none did.
        turn_at: when it is the sender's turn to send it; None where none is booked, or it has come.
        turn_left: how many recipients may be told in that turn.
    """

    page: Page
    channel: Channel
    row: int
    attempt: int
    reminder: str = ""
    due_sk: str = ""
    token: str = ""
    turn_at: datetime | None = None
    turn_left: int = 0


class Sweep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Fallback looks after a page of which something has fallen due.

    Attributes:
        due_sk, token: the due entry, which is deleted only under this token.
        tries: how many sweeps before this one found the page unfinished.
    """

    page: Page
    due_sk: str
    token: str
    tries: int


class CloseJob(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Fallback closes a print job, once nothing of its cut-off is left to join it.

    Attributes:
        due_sk, token: the due entry, which is deleted only under this token.
    """

    printer: str
    cut_off: datetime
    due_sk: str
    token: str


class WriteReceipts(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Receipts writes the lists of a batch.

    Attributes:
        due_sk, token: the due entry that asked for it; empty where none did.
    """

    sender: str
    batch: str
    due_sk: str = ""
    token: str = ""


class TakeEvents(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Register takes what a bulk file says of recipients, in the file's order."""

    events: tuple[register.Event, ...]


class Enrol(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Register keeps evidence of consent, and enrols who is known."""

    enrolments: tuple[Enrolment, ...]


class ReleaseHeld(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Register decides a recipient's held letters again.

    Attributes:
        after: key of the held letter after which to go on; empty to begin.
    """

    recipient: str
    after: str = ""


class Event(StrEnum):
    """What a channel can say of a letter."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    OPENED = "opened"
    PRINTED = "printed"
    RETURNED = "returned"
    NOTICE_FAILED = "notice_failed"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a channel says.

    Attributes:
        n: of the consignment it speaks of; 0 where it names letters.
        rows: the letters it names; for a consignment the exceptions, of which it says nothing.
            Both as `postal.rowsets` writes them.
        attempt: the attempt it speaks of.
        at: when it happened.
        code: the channel's own word, for a refusal or a notice that failed.
    """

    event: Event
    n: int
    rows: str
    attempt: int
    at: str
    code: str = ""


class Tracking(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The reports of one channel on one page, in the order in which the channel gave them."""

    sender: str
    batch: str
    page: int
    channel: Channel
    reports: tuple[Report, ...]


Message = (
    CheckManifest
    | SortPage
    | SortRefused
    | FollowOrders
    | DeliverConsignment
    | DeliverLetter
    | NotifyConsignment
    | NotifyLetter
    | Sweep
    | CloseJob
    | WriteReceipts
    | Tracking
    | TakeEvents
    | Enrol
    | ReleaseHeld
)

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Message)


def encode(message: Message) -> str:
    """The message as a body."""
    return _ENCODER.encode(message).decode()


def decode(body: str) -> Message:
    """The message of a body; raises msgspec.DecodeError where it is no message of ours."""
    message: Message = _DECODER.decode(body)
    return message
