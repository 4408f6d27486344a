"""What a sender sees of a letter. Everything that it sees of one passes `line`.

Under `disclosure: neutral` nothing that a sender sees depends on the register, but
for what it would learn from the postman too: that a letter went on paper, or that
it comes back unsent. All else is one line, the same in every column.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from postal.batches import Batch
from postal.channels import Channel
from postal.consent import UNSEEN
from postal.letters import Letter, RefusedRow
from postal.reasons import NextStep, Reason, Unopened, Way
from postal.rows import Row
from postal.senders import COUNTRY, Language, Sender
from postal.status import LetterState, Status
from receipts import words
from receipts.words import Words

Controller = Literal["sender", "recipient"]

#: The code of a letter that no rule has looked at yet; the others are the codes of `Reason`.
TO_BE_SORTED: Final = "WAITING_TO_BE_SORTED"

#: The codes of a neutral list for what a look at the register decides.
ACCEPTED: Final = "ACCEPTED"
SENT_ON_PAPER: Final = "SENT_ON_PAPER"
NOT_SENT: Final = "NOT_SENT"

_ENDS: Final = frozenset({SENT_ON_PAPER, NOT_SENT})

_ZONES: Final[Mapping[str, ZoneInfo]] = {"no": ZoneInfo("Europe/Oslo"), "dk": ZoneInfo("Europe/Copenhagen")}

#: Where the recipient has the letter, the relation to the mailbox takes over from the sender's.
_WITH_RECIPIENT: Final = frozenset({Status.DELIVERED, Status.OPENED, Status.NOTICE_FAILED})
_ON_PAPER: Final = frozenset({Status.TO_PRINT, Status.PRINTED, Status.RETURNED})
_IN_A_MAILBOX: Final = frozenset({Status.WAITING, Status.IN_TRANSIT}) | _WITH_RECIPIENT

#: Who acts next, where the status alone tells.
_NEXT_STEPS: Final[Mapping[Status, NextStep]] = {
    Status.WAITING: NextStep.WAIT,
    Status.IN_TRANSIT: NextStep.WAIT,
    Status.HELD: NextStep.WAIT,
    Status.DELIVERED: NextStep.NONE,
    Status.OPENED: NextStep.NONE,
    Status.NOTICE_FAILED: NextStep.NONE,
    Status.TO_PRINT: NextStep.WAIT,
    Status.PRINTED: NextStep.NONE,
    Status.RETURNED: NextStep.SENDER_FIXES,
    Status.EXPIRED: NextStep.SENDER_FIXES,
    Status.RECALLED: NextStep.NONE,
}

_THEN_PAPER: Final[Mapping[Status, Words]] = {
    Status.HELD: words.HELD_THEN_PAPER,
    Status.DELIVERED: words.DELIVERED_THEN_PAPER,
    Status.NOTICE_FAILED: words.NOTICE_FAILED_THEN_PAPER,
}


class ReceiptLine(Struct, frozen=True, kw_only=True):
    """A line of the receipt list: what became of one letter.

    Attributes:
        reference: the sender's own, as far as it could be read.
        code: of the reason, or of a refused row's first error.
        channel: the mailbox or `print` that the letter goes through; empty where it goes through none.
        time: since when the status holds, ISO 8601 in the sender's zone with its offset.
        controller: whose the letter is as personal data (GDPR art. 4(7)): the sender's until the
            recipient has it.
        text: the same in words, in the sender's language.
        next_step: who acts next.
    """

    reference: str
    row: int
    status: Status
    code: str
    channel: str
    time: str
    controller: Controller
    text: str
    next_step: NextStep


COLUMNS: Final = ReceiptLine.__struct_fields__

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(ReceiptLine)


def line(row: Row, state: LetterState, sender: Sender, accepted_at: datetime) -> ReceiptLine:
    """What the sender sees of a letter.

    Args:
        row: the letter, or what check-in refused.
        state: of the same row.
        sender: the batch's copy of the sender.
        accepted_at: when the batch was committed: the time of what was refused then or is not sorted yet.
    """
    zone = COUNTRY[sender.regime]
    if isinstance(row, RefusedRow):
        return _refused(row, local_time(accepted_at, zone))
    if is_neutral(sender) and not _is_known_without_look_up(state):
        said = _neutral(state.status, sender.language)
    else:
        said = _said(
            state.reason,
            state.status,
            _is_paper_next(row, state, sender),
            sender.settings.unopened_hours,
            sender.language,
        )
    at = None if said.code == ACCEPTED else state.at
    return ReceiptLine(
        reference=row.reference,
        row=row.row,
        status=said.status,
        code=said.code,
        channel=said.channel,
        time=local_time(at or accepted_at, zone),
        controller=said.controller,
        text=said.text,
        next_step=said.next_step,
    )


def is_neutral(sender: Sender) -> bool:
    """Whether the sender's receipts tell nothing that only the register knows."""
    return sender.settings.disclosure == "neutral"


def sorted_at_shown(batch: Batch) -> datetime | None:
    """What the sender sees of when a batch was sorted: in a neutral list nothing, for it varies with the work."""
    return None if is_neutral(batch.sender) else batch.sorted_at


def keep_ends(new: Sequence[bytes], old: Sequence[bytes]) -> list[bytes]:
    """The lines of a page of a neutral list, where an end that was told stays told.

    A letter that was printed may be opened afterwards, for one. A line that went back
    to `ACCEPTED` would say so.

    Args:
        new: the page as it is now.
        old: the same page in the list before; empty where there was none.
    """
    kept = list(new)
    for n, (now, before) in enumerate(zip(new, old, strict=False)):
        if now != before and decode(now).code == ACCEPTED and decode(before).code in _ENDS:
            kept[n] = before
    return kept


def encode(receipt: ReceiptLine) -> bytes:
    """One line of the list, without a line break."""
    return _ENCODER.encode(receipt)


def decode(line_: bytes) -> ReceiptLine:
    """The line that `encode` wrote; raises msgspec.DecodeError where it is none."""
    receipt: ReceiptLine = _DECODER.decode(line_)
    return receipt


def cells(receipt: ReceiptLine) -> tuple[str, ...]:
    """The line as cells, in the order of `COLUMNS`."""
    return (
        receipt.reference,
        str(receipt.row),
        receipt.status,
        receipt.code,
        receipt.channel,
        receipt.time,
        receipt.controller,
        receipt.text,
        receipt.next_step,
    )


@lru_cache(maxsize=4096)
def local_time(moment: datetime, country: str) -> str:
    """`2026-11-18T10:00:00+01:00`: a zone-aware datetime as clocks in a country show it."""
    return moment.astimezone(_ZONES[country]).isoformat(timespec="seconds")


def _refused(row: RefusedRow, time: str) -> ReceiptLine:
    return ReceiptLine(
        reference=row.reference,
        row=row.row,
        status=Status.REJECTED,
        code=row.errors[0].code if row.errors else Reason.ROW_REFUSED.code,
        channel="",
        time=time,
        controller="sender",
        text=" ".join(part for error in row.errors for part in (error.message, error.remedy) if part),
        next_step=NextStep.SENDER_FIXES,
    )


def _is_paper_next(letter: Letter, state: LetterState, sender: Sender) -> bool:
    """Whether paper follows by itself, if nothing else happens."""
    if letter.delivery == "digital_only" or state.reason is None:
        return False
    if state.status is Status.HELD:
        return sender.settings.fallback == "print"
    return state.reason.unopened is Unopened.PAPER


class _Said(NamedTuple):
    """The part of a line that is the same for all letters of the same reason and status."""

    status: Status
    code: str
    channel: str
    controller: Controller
    text: str
    next_step: NextStep


# A batch has a few dozen combinations for up to a million letters.
@lru_cache(maxsize=1024)
def _said(reason: Reason | None, status: Status, is_paper_next: bool, hours: int, language: Language) -> _Said:  # noqa: FBT001 - keywords make the cached call slower
    if reason is None:
        return _Said(status, TO_BE_SORTED, "", "sender", words.TO_BE_SORTED.read_in(language), NextStep.WAIT)
    meaning = _meaning(reason, status, is_paper_next=is_paper_next).read_in(language)
    return _Said(
        status=status,
        code=reason.code,
        channel=_channel(reason, status),
        controller="recipient" if status in _WITH_RECIPIENT else "sender",
        text=f"{reason.explanation(language)} {meaning.format(hours=hours)}",
        next_step=_next_step(reason, status, is_paper_next=is_paper_next),
    )


def _is_known_without_look_up(state: LetterState) -> bool:
    """Whether a letter's line tells of its row alone: nobody was looked up for it, and nobody will be."""
    return state.reason in UNSEEN and state.status is not Status.WAITING


@lru_cache(maxsize=128)
def _neutral(status: Status, language: Language) -> _Said:
    """What a neutral list says of a letter whose recipient was or will be looked up.

    Only an end that shows outside of Brevdue too is told, once it has come and without
    why: `to_print` is not, for the recipient may still get a mailbox, decline or die.
    """
    match status:
        case Status.PRINTED:
            code, channel, next_step = SENT_ON_PAPER, Channel.PRINT.value, NextStep.NONE
        case Status.RETURNED:
            code, channel, next_step = SENT_ON_PAPER, Channel.PRINT.value, NextStep.SENDER_FIXES
        case Status.EXPIRED | Status.REJECTED | Status.FAILED:
            status, code, channel, next_step = Status.EXPIRED, NOT_SENT, "", NextStep.SENDER_FIXES
        case _:
            text = words.ACCEPTED.read_in(language)
            return _Said(Status.IN_TRANSIT, ACCEPTED, "", "sender", text, NextStep.NONE)
    return _Said(status, code, channel, "sender", words.OF_STATUS[status].read_in(language), next_step)


def _meaning(reason: Reason, status: Status, *, is_paper_next: bool) -> Words:
    if is_paper_next and status in _THEN_PAPER:
        return _THEN_PAPER[status]
    if status is Status.WAITING and reason.way is not Way.WAITING:
        return words.READY_TO_LEAVE
    return words.OF_STATUS[status]


def _channel(reason: Reason, status: Status) -> str:
    if status in _ON_PAPER:
        return Channel.PRINT.value
    if status in _IN_A_MAILBOX and reason.way.mailbox is not None:
        return reason.way.mailbox.value
    return ""


def _next_step(reason: Reason, status: Status, *, is_paper_next: bool) -> NextStep:
    if is_paper_next and status in _THEN_PAPER:
        return NextStep.WAIT
    return _NEXT_STEPS.get(status, reason.next_step)
