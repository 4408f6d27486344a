"""A letter's status, derived in one place from what is stored of its page."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from postal import pages, rowsets
from postal.channels import Channel
from postal.consignments import Consignment, LetterItem, PageItems
from postal.letters import Letter
from postal.reasons import Reason, Unopened, Way, reason_of
from postal.rows import Row


class Status(StrEnum):
    """What became of a letter."""

    REJECTED = "rejected"
    WAITING = "waiting"
    IN_TRANSIT = "in_transit"
    HELD = "held"
    DELIVERED = "delivered"
    OPENED = "opened"
    NOTICE_FAILED = "notice_failed"
    TO_PRINT = "to_print"
    PRINTED = "printed"
    RETURNED = "returned"
    EXPIRED = "expired"
    RECALLED = "recalled"
    STOPPED = "stopped"
    FAILED = "failed"


class LetterState(Struct, frozen=True, kw_only=True):
    """A letter's status, with the reason and the time that belong to it.

    Attributes:
        reason: None for a letter that has not been sorted.
        at: when it got this status; None for a letter that has not been sorted.
        delivered_at: when it lay in its mailbox; None where it never did.
        held_until: until when its sender wants it held; None for the sender's usual time.
        is_claimed: a print job has it, so that nothing but the printer can stop it.
        has_responded: the sender has said that the recipient has reacted.
    """

    row: int
    status: Status
    reason: Reason | None
    at: datetime | None
    delivered_at: datetime | None = None
    held_until: datetime | None = None
    is_claimed: bool = False
    has_responded: bool = False


_FINAL = frozenset(
    {
        Status.REJECTED,
        Status.DELIVERED,
        Status.OPENED,
        Status.NOTICE_FAILED,
        Status.PRINTED,
        Status.RETURNED,
        Status.EXPIRED,
        Status.RECALLED,
        Status.STOPPED,
        Status.FAILED,
    }
)

#: The status of a letter that does not leave through a mailbox.
_STATUS_OF_WAY = {
    Way.PRINT: Status.TO_PRINT,
    Way.HELD: Status.HELD,
    Way.WAITING: Status.WAITING,
    Way.REJECTED: Status.REJECTED,
    Way.RETURNED_UNSENT: Status.EXPIRED,
    Way.STOPPED: Status.STOPPED,
    Way.FAILED: Status.FAILED,
    Way.RECALLED: Status.RECALLED,
}


def is_final(state: LetterState, row: Row) -> bool:
    """Whether a letter's status stays, unless its recipient opens it.

    Args:
        state: of the letter.
        row: the letter itself; one that may only go digitally is never followed by paper.
    """
    if paper_follows(state, row):
        return False
    return state.status in _FINAL


def paper_follows(state: LetterState, row: Row) -> bool:
    """Whether a letter goes on paper if it stays unopened in its mailbox."""
    return (
        isinstance(row, Letter)
        and row.delivery != "digital_only"
        and state.reason is not None
        and state.reason.unopened is Unopened.PAPER
        and state.status is not Status.OPENED
    )


def states(items: PageItems, rows: range) -> Iterator[LetterState]:
    """The state of each of a page's rows, in order.

    Raises:
        KeyError: a mark that is unknown here.
    """
    if items.sorting is None:
        for row in rows:
            is_recalled = row in items.recalled
            yield LetterState(
                row=row,
                status=Status.RECALLED if is_recalled else Status.WAITING,
                reason=Reason.RECALLED_BY_SENDER if is_recalled else None,
                at=None,
                has_responded=row in items.letters and items.letters[row].responded_at is not None,
            )
        return
    latest: dict[int, Consignment] = {}
    for leaving in sorted(items.consignments, key=lambda c: c.n):
        if leaving.channel is not Channel.PRINT:
            latest.update(dict.fromkeys(rowsets.decode(leaving.rows), leaving))
    delivered = {id(c): c.delivery_times() for c in items.consignments}
    printed = {c.n: delivered[id(c)] for c in items.print_consignments}
    for row, sorted_mark in zip(rows, items.sorting.marks, strict=True):
        letter = items.letters.get(row)
        mark, decided_at = sorted_mark, items.sorting.sorted_at
        handed_over_at = delivered_at = None
        consignment = latest.get(row)
        if consignment is not None:
            handed_over_at, delivered_at = consignment.handed_over_at, delivered[id(consignment)].get(row)
            if row in consignment.left_out:
                mark = Reason.RECALLED_BY_SENDER.mark
        if letter is not None and letter.mark:
            mark, decided_at = letter.mark, letter.decided_at or decided_at
            handed_over_at, delivered_at = letter.handed_over_at, letter.delivered_at or delivered_at
        state = _derived(row, reason_of(mark), decided_at, handed_over_at, delivered_at)
        printed_at = printed.get(letter.claimed_for, {}).get(row) if letter is not None else None
        yield state if letter is None else _with_facts(state, letter, printed_at)


def state_of(items: PageItems, row: int, batch_rows: int) -> LetterState:
    """The state of one row of a page.

    Args:
        items: everything that is stored of the page.
        row: counted from 1.
        batch_rows: of its batch.

    Raises:
        KeyError: a mark that is unknown here.
    """
    rows = pages.rows_of(pages.page_of(row), batch_rows)
    return next(state for state in states(items, rows) if state.row == row)


def _derived(
    row: int, reason: Reason, decided_at: datetime, handed_over_at: datetime | None, delivered_at: datetime | None
) -> LetterState:
    if reason.way.mailbox is None:
        status, at = _STATUS_OF_WAY[reason.way], decided_at
    elif delivered_at is not None:
        status, at = Status.DELIVERED, delivered_at
    elif handed_over_at is not None:
        status, at = Status.IN_TRANSIT, handed_over_at
    else:
        status, at = Status.WAITING, decided_at
    return LetterState(row=row, status=status, reason=reason, at=at, delivered_at=delivered_at)


def _with_facts(state: LetterState, letter: LetterItem, printed_at: datetime | None) -> LetterState:
    """The state with what happened to the letter alone.

    `opened` is accepted from every status until a print job has the letter; a failed notice
    speaks of a delivered letter.
    """
    status, at = state.status, state.at
    is_claimed = bool(letter.claimed_for) and state.status is Status.TO_PRINT
    if is_claimed:
        if letter.returned_at is not None:
            status, at = Status.RETURNED, letter.returned_at
        elif printed_at is not None:
            status, at = Status.PRINTED, printed_at
    elif letter.opened_at is not None:
        status, at = Status.OPENED, letter.opened_at
    elif letter.notice_failed_at is not None and state.status is Status.DELIVERED:
        status, at = Status.NOTICE_FAILED, letter.notice_failed_at
    return structs.replace(
        state,
        status=status,
        at=at,
        held_until=letter.held_until,
        is_claimed=is_claimed,
        has_responded=letter.responded_at is not None,
    )
