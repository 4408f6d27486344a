"""A letter's status, derived in one place from what is stored of its page."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

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
    """

    row: int
    status: Status
    reason: Reason | None
    at: datetime | None


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
}


def is_final(state: LetterState, row: Row) -> bool:
    """Whether nothing can fall due for a letter any more.

    Args:
        state: of the letter.
        row: the letter itself; one that may only go digitally is never followed by paper.
    """
    may_print = isinstance(row, Letter) and row.delivery != "digital_only"
    if may_print and state.reason is not None and state.reason.unopened is Unopened.PAPER:
        return state.status is Status.OPENED
    return state.status in _FINAL


def states(items: PageItems, rows: range) -> Iterator[LetterState]:
    """The state of each of a page's rows, in order.

    Raises:
        KeyError: a mark that is unknown here.
    """
    if items.sorting is None:
        for row in rows:
            yield LetterState(row=row, status=Status.WAITING, reason=None, at=None)
        return
    latest: dict[int, Consignment] = {}
    for leaving in sorted(items.consignments, key=lambda c: c.n):
        latest.update(dict.fromkeys(leaving.leaving_rows(), leaving))
    delivered = {id(c): c.delivery_times() for c in items.consignments}
    for row, sorted_mark in zip(rows, items.sorting.marks, strict=True):
        letter = items.letters.get(row)
        mark, decided_at = sorted_mark, items.sorting.sorted_at
        handed_over_at = delivered_at = None
        if letter is not None and letter.mark:
            mark, decided_at = letter.mark, letter.decided_at or decided_at
            handed_over_at, delivered_at = letter.handed_over_at, letter.delivered_at
        elif (consignment := latest.get(row)) is not None:
            handed_over_at, delivered_at = consignment.handed_over_at, delivered[id(consignment)].get(row)
        state = _derived(row, reason_of(mark), decided_at, handed_over_at, delivered_at)
        yield _with_facts(state, letter)


def _derived(
    row: int, reason: Reason, decided_at: datetime, handed_over_at: datetime | None, delivered_at: datetime | None
) -> LetterState:
    if reason.way.mailbox is None:
        return LetterState(row=row, status=_STATUS_OF_WAY[reason.way], reason=reason, at=decided_at)
    if delivered_at is not None:
        return LetterState(row=row, status=Status.DELIVERED, reason=reason, at=delivered_at)
    if handed_over_at is not None:
        return LetterState(row=row, status=Status.IN_TRANSIT, reason=reason, at=handed_over_at)
    return LetterState(row=row, status=Status.WAITING, reason=reason, at=decided_at)


def _with_facts(state: LetterState, letter: LetterItem | None) -> LetterState:
    """`opened` is accepted from every status; a failed notice speaks of a delivered letter."""
    if letter is None:
        return state
    if letter.opened_at is not None:
        return LetterState(row=state.row, status=Status.OPENED, reason=state.reason, at=letter.opened_at)
    if letter.notice_failed_at is not None and state.status is Status.DELIVERED:
        return LetterState(row=state.row, status=Status.NOTICE_FAILED, reason=state.reason, at=letter.notice_failed_at)
    return state
