"""What a sender sees of a letter. Everything that it sees of one passes `line`.

Under `disclosure: neutral` nothing that a sender sees depends on the register, but
for what it would learn from the postman too: that a letter went on paper, or that
it comes back unsent. All else is one line, the same in every column.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct, structs

from postal import due
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consent import NOT_SENT, SENT_ON_PAPER, UNSEEN
from postal.letters import Letter, RefusedRow
from postal.reasons import NextStep, Reason, Way
from postal.rows import Row
from postal.senders import Country, Language, Sender
from postal.status import LetterState, Status, paper_follows
from postal.times import from_text, local_time
from receipts import words
from receipts.words import Words

Controller = Literal["sender", "recipient"]

#: The code of a letter that no rule has looked at yet; the others are the codes of `Reason`.
TO_BE_SORTED: Final = "WAITING_TO_BE_SORTED"
#: The code of a letter that no rule looks at before its sender approves the batch.
AWAITS_APPROVAL: Final = "AWAITING_APPROVAL"

#: The code of a neutral list for what a look at the register decides, before an end that shows outside too.
ACCEPTED: Final = "ACCEPTED"

_ENDS: Final = frozenset({SENT_ON_PAPER, NOT_SENT})

#: The columns of the files that repeat a line; what else a line has is for programs, or for a file of its own.
COLUMNS: Final = ("reference", "row", "status", "code", "channel", "time", "controller", "text", "next_step")

#: Where the recipient has the letter, the relation to the mailbox takes over from the sender's.
_WITH_RECIPIENT: Final = frozenset({Status.DELIVERED, Status.OPENED, Status.NOTICE_FAILED})
#: Paper came to nothing: what lies in a mailbox is all that there is of the letter.
_NEVER_ON_PAPER: Final = frozenset({Status.STOPPED, Status.FAILED})
_ON_PAPER: Final = frozenset({Status.TO_PRINT, Status.PRINTED, Status.RETURNED})
_IN_A_MAILBOX: Final = frozenset({Status.WAITING, Status.IN_TRANSIT}) | _WITH_RECIPIENT

#: Statuses in which it is worth asking whether the recipient has reacted; in the others the letter
#: is over, or its sender is asked to act already.
_MAY_BE_OVERDUE: Final = _IN_A_MAILBOX | {Status.HELD, Status.TO_PRINT, Status.PRINTED}

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
    Status.RECALLED: NextStep.NONE,
}

_THEN_PAPER: Final[Mapping[Status, Words]] = {
    Status.HELD: words.HELD_THEN_PAPER,
    Status.DELIVERED: words.DELIVERED_THEN_PAPER,
    Status.NOTICE_FAILED: words.NOTICE_FAILED_THEN_PAPER,
}

#: What a status means for a reason that makes it mean something else than usual.
_OF_REASON: Final[Mapping[tuple[Status, Reason], Words]] = {
    (Status.EXPIRED, Reason.SENDER_ORDERED_RETURN): words.RETURNED_BY_ORDER,
    (Status.FAILED, Reason.PDF_DAMAGED): words.CORRECT_DOCUMENT,
    (Status.FAILED, Reason.PDF_ENCRYPTED): words.CORRECT_DOCUMENT,
    (Status.FAILED, Reason.PDF_NOT_A4): words.CORRECT_DOCUMENT,
    (Status.FAILED, Reason.PDF_TOO_LONG): words.CORRECT_DOCUMENT,
}


class ReceiptLine(Struct, frozen=True, kw_only=True):
    """A line of the receipt list: what became of one letter.

    Attributes:
        reference: the sender's own, as far as it could be read.
        code: of the reason, or of a refused row's first error.
        channel: the mailbox or `print` that the letter goes through; empty where it goes through none.
        time: since when the status holds, ISO 8601 in the sender's zone with its offset.
        controller: whose the letter is as personal data (GDPR art. 4(7)): the sender's until the
            recipient has it in the mailbox; a letter on paper is the sender's.
        text: the same in words, in the sender's language.
        next_step: who acts next.
        until: when what the letter waits for comes by itself, as `time`: its hold ends, the date that its
            sender chose, the next print run; empty where that is not certain.
        respond_by: until when its sender asked for a response, as `time`; empty where it did not.
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
    until: str = ""
    respond_by: str = ""


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(ReceiptLine)


def line(row: Row, state: LetterState, batch: Batch, now: datetime) -> ReceiptLine:
    """What the sender sees of a letter.

    Args:
        row: the letter, or what check-in refused.
        state: of the same row.
        batch: of the row; its copy of the sender rules, and it was accepted when what has no time of its own began.
        now: the time of the run, by which a response is overdue.
    """
    country = batch.sender.country
    if isinstance(row, RefusedRow):
        return _refused(row, local_time(batch.accepted_at, country))
    shown = _shown(row, state, batch, now)
    said = shown.said
    return ReceiptLine(
        reference=row.reference,
        row=row.row,
        status=said.status,
        code=said.code,
        channel=said.channel,
        time=local_time(shown.at or batch.accepted_at, country),
        controller=said.controller,
        text=said.text,
        next_step=said.next_step,
        until=local_time(shown.until, country) if shown.until else "",
        respond_by=_local_text(row.respond_by, country),
    )


def sorted_at_shown(batch: Batch) -> datetime | None:
    """What the sender sees of when a batch was sorted: in a neutral list nothing, for it varies with the work."""
    return None if batch.sender.is_neutral else batch.sorted_at


def keep_ends(new: Sequence[bytes], old: Sequence[bytes]) -> list[bytes]:
    """The lines of a page of a neutral list, where an end that was told stays told.

    What the printer refused may still be opened in a mailbox, for one. A line that went
    back to `ACCEPTED` would say so.

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
def _local_text(text: str, country: Country) -> str:
    """A time of the row file as clocks in a country show it; empty where there is none."""
    return local_time(from_text(text), country) if text else ""


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


class _Said(NamedTuple):
    """The part of a line that is the same for all letters of the same case."""

    status: Status
    code: str
    channel: str
    controller: Controller
    text: str
    next_step: NextStep


class _Shown(NamedTuple):
    """What a letter's line shows: what is said, since when, and until when."""

    said: _Said
    at: datetime | None = None
    until: datetime | None = None


def _shown(letter: Letter, state: LetterState, batch: Batch, now: datetime) -> _Shown:
    sender = batch.sender
    if batch.state is BatchState.CANCELLED:
        # No page of it was ever sorted, so the register has no part in it.
        return _Shown(_said(_case(letter, _cancelled(letter), sender, now)))
    if batch.state is BatchState.AWAITING_APPROVAL and (state.status is Status.WAITING or sender.is_neutral):
        return _Shown(_awaits_approval(sender.language))
    if not sender.is_neutral:
        return _Shown(_said(_case(letter, state, sender, now)), state.at, _until(letter, state, sender))
    if _is_known_without_look_up(letter, state):
        # That a print job has the letter makes no list of its own: it would show with the next one, and
        # when that one comes may depend on others.
        unclaimed = structs.replace(state, is_claimed=False)
        return _Shown(_said(_case(letter, unclaimed, sender, now)), state.at)
    said = _neutral(state.status, sender.language, is_ordered=state.reason is Reason.SENDER_ORDERED_RETURN)
    if said.code != ACCEPTED:
        return _Shown(said, state.at)
    # The date that the sender chose stands as long as the line, whether it is waited for or past.
    return _Shown(said, None, from_text(letter.deliver_after) if letter.deliver_after else None)


def _cancelled(letter: Letter) -> LetterState:
    return LetterState(row=letter.row, status=Status.RECALLED, reason=Reason.RECALLED_BY_SENDER, at=None)


def _until(letter: Letter, state: LetterState, sender: Sender) -> datetime | None:
    """When what a letter waits for comes by itself."""
    if state.at is None or state.is_claimed:
        return None
    match state.status:
        case Status.WAITING if state.reason is Reason.DELIVER_LATER:
            return from_text(letter.deliver_after)
        case Status.HELD:
            return due.hold_ends(state, sender)
        case Status.TO_PRINT:
            return due.cut_off_after(state.at, sender)
    return None


class _Case(NamedTuple):
    """All that what is said of a letter depends on. A batch has a few dozen cases for up to a million letters.

    Attributes:
        is_paper_next: paper follows by itself, if nothing else happens.
        was_delivered: it lies in a mailbox, whatever became of it since.
        is_claimed: a print job has it.
        is_overdue: a response was asked for by now, and none is reported.
        hours: how long it may stay unopened.
    """

    reason: Reason | None
    status: Status
    is_paper_next: bool
    was_delivered: bool
    is_claimed: bool
    is_overdue: bool
    hours: int
    language: Language


def _case(letter: Letter, state: LetterState, sender: Sender, now: datetime) -> _Case:
    return _Case(
        reason=state.reason,
        status=state.status,
        is_paper_next=_is_paper_next(letter, state, sender),
        was_delivered=state.delivered_at is not None,
        is_claimed=state.is_claimed,
        is_overdue=_is_overdue(letter, state, sender, now),
        hours=sender.settings.unopened_hours,
        language=sender.language,
    )


def _is_paper_next(letter: Letter, state: LetterState, sender: Sender) -> bool:
    if state.status is Status.HELD:
        may_print = letter.address is not None and letter.delivery != "digital_only"
        return may_print and sender.settings.fallback == "print"
    return paper_follows(state, letter)


def _is_overdue(letter: Letter, state: LetterState, sender: Sender, now: datetime) -> bool:
    """Whether the sender may want to ask the recipient itself; a neutral list cannot say so of some letters only."""
    return (
        bool(letter.respond_by)
        and state.status in _MAY_BE_OVERDUE
        and not state.has_responded
        and not sender.is_neutral
        and from_text(letter.respond_by) <= now
    )


@lru_cache(maxsize=1024)
def _said(case: _Case) -> _Said:
    said = _said_in_time(case, case.reason) if case.reason else _to_be_sorted(case.language)
    if not case.is_overdue:
        return said
    return said._replace(
        text=f"{said.text} {words.NO_REACTION.read_in(case.language)}",
        next_step=NextStep.FOLLOW_UP,
    )


def _said_in_time(case: _Case, reason: Reason) -> _Said:
    """What is said of a sorted letter whose response is not overdue."""
    meaning = _meaning(case, reason).read_in(case.language)
    is_recipients = case.status in _WITH_RECIPIENT or (case.was_delivered and case.status in _NEVER_ON_PAPER)
    return _Said(
        status=case.status,
        code=reason.code,
        channel=_channel(reason, case.status),
        controller="recipient" if is_recipients else "sender",
        text=f"{reason.explanation(case.language)} {meaning.format(hours=case.hours)}",
        next_step=_next_step(case, reason),
    )


def _to_be_sorted(language: Language) -> _Said:
    text = words.TO_BE_SORTED.read_in(language)
    return _Said(Status.WAITING, TO_BE_SORTED, "", "sender", text, NextStep.WAIT)


@lru_cache(maxsize=8)
def _awaits_approval(language: Language) -> _Said:
    text = words.AWAITS_APPROVAL.read_in(language)
    return _Said(Status.WAITING, AWAITS_APPROVAL, "", "sender", text, NextStep.SENDER_FIXES)


def _is_known_without_look_up(letter: Letter, state: LetterState) -> bool:
    """Whether a letter's line tells of its row alone: nobody was looked up for it, and nobody will be."""
    return state.status is not Status.WAITING and (not letter.recipient or state.reason in UNSEEN)


@lru_cache(maxsize=256)
def _neutral(status: Status, language: Language, *, is_ordered: bool) -> _Said:
    """What a neutral list says of a letter whose recipient was or will be looked up.

    Only an end that shows outside of Brevdue too is told, once it has come and without
    why: `to_print` is not, for the recipient may still get a mailbox, decline or die. An
    end of the hold that the sender orders is not told either: at no cost and at any time,
    it would tell who was held.
    """
    match status:
        case Status.PRINTED:
            code, channel, next_step = SENT_ON_PAPER, Channel.PRINT.value, NextStep.NONE
        case Status.RETURNED:
            code, channel, next_step = SENT_ON_PAPER, Channel.PRINT.value, NextStep.SENDER_FIXES
        case Status.EXPIRED | Status.REJECTED | Status.FAILED if not is_ordered:
            status, code, channel, next_step = Status.EXPIRED, NOT_SENT, "", NextStep.SENDER_FIXES
        case _:
            text = words.ACCEPTED.read_in(language)
            return _Said(Status.IN_TRANSIT, ACCEPTED, "", "sender", text, NextStep.NONE)
    return _Said(status, code, channel, "sender", words.OF_STATUS[status].read_in(language), next_step)


def _meaning(case: _Case, reason: Reason) -> Words:
    if case.is_paper_next and case.status in _THEN_PAPER:
        return _THEN_PAPER[case.status]
    if case.status is Status.WAITING and reason.way is not Way.WAITING:
        return words.READY_TO_LEAVE
    if case.status is Status.OPENED and reason.way is Way.PRINT:
        return words.OPENED_INSTEAD_OF_PAPER
    if case.status is Status.TO_PRINT and case.is_claimed:
        return words.IN_A_PRINT_RUN
    if case.was_delivered and case.status in words.OF_STATUS_IN_A_MAILBOX:
        return words.OF_STATUS_IN_A_MAILBOX[case.status]
    return _OF_REASON.get((case.status, reason), words.OF_STATUS[case.status])


def _channel(reason: Reason, status: Status) -> str:
    if status in _ON_PAPER:
        return Channel.PRINT.value
    if status in _IN_A_MAILBOX and reason.way.mailbox is not None:
        return reason.way.mailbox.value
    return ""


def _next_step(case: _Case, reason: Reason) -> NextStep:
    if case.is_paper_next and case.status in _THEN_PAPER:
        return NextStep.WAIT
    return _NEXT_STEPS.get(case.status, reason.next_step)
