"""Letters that have stood in a status for longer than they ever should, and why that may be."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from postal.consignments import LetterItem
from postal.due import Due
from postal.reasons import Reason
from postal.status import LetterState, Status

#: How long work that has fallen due may take; sweeps come again within twelve hours.
OVERDUE_AFTER: Final = timedelta(hours=24)
#: How long a page may take to be sorted, and a letter to leave.
LEAVES_WITHIN: Final = timedelta(hours=2)
#: How long a mailbox may take to say what became of a letter.
ANSWERED_WITHIN: Final = timedelta(hours=24)
#: How long a letter waits for a print job at the most: a cut-off missed before the longest row of days off.
CLAIMED_WITHIN: Final = timedelta(days=7)
#: How long a printer may take to say that a letter is posted.
PRINTED_WITHIN: Final = timedelta(days=7)


class Stuck(Struct, frozen=True, kw_only=True):
    """Letters of a page that are stuck in one status, for one reason.

    Attributes:
        status: None where nobody could look at the page.
        why: for the operator.
        letters: how many; 0 where nobody could look.
        since: since when the first of them has stood so.
    """

    status: Status | None
    why: str
    letters: int
    since: datetime


def unswept(since: datetime) -> Stuck:
    """A page whose sweep fails again and again, since it fell due: what is stuck of it nobody knows.

    No print job waits for it.
    """
    return Stuck(status=None, why="the sweep of its page fails: see the due dead letters", letters=0, since=since)


def find(
    states: Iterable[LetterState],
    letters: Mapping[int, LetterItem],
    dues: Sequence[Due],
    accepted_at: datetime,
    now: datetime,
) -> list[Stuck]:
    """The letters of a page that are stuck.

    Args:
        states: of its letters.
        letters: their own items, by row.
        dues: what falls due for them.
        accepted_at: when their batch was committed.
        now: the present time.
    """
    overdue = {due.row: due.at for due in dues if due.at + OVERDUE_AFTER < now and due.work != "print"}
    found: dict[tuple[Status, str], list[datetime]] = {}
    for state in states:
        item = letters.get(state.row)
        since, longest, why = _watched(state, item, accepted_at, overdue.get(state.row))
        if since is not None and since + longest < now:
            found.setdefault((state.status, why), []).append(since)
    return [
        Stuck(status=status, why=why, letters=len(times), since=min(times)) for (status, why), times in found.items()
    ]


def _watched(
    state: LetterState, item: LetterItem | None, accepted_at: datetime, overdue: datetime | None
) -> tuple[datetime | None, timedelta, str]:
    """Since when a letter waits for the next thing, how long that may take, and why it may take longer."""
    if overdue is not None:
        return overdue, OVERDUE_AFTER, "its time has come, and its sweep has not acted: see the due dead letters"
    match state.status:
        case Status.WAITING if state.reason is not Reason.DELIVER_LATER:
            why = "it is not sorted, or has not left: see the dead letters of pages and of its mailbox"
            return state.at or accepted_at, LEAVES_WITHIN, why
        case Status.IN_TRANSIT:
            return state.at, ANSWERED_WITHIN, "its mailbox has not answered: see the connector, and tracking"
        case Status.TO_PRINT if item is not None and item.claimed_for:
            return item.claimed_at, PRINTED_WITHIN, "its printer has not said that it is posted"
        case Status.TO_PRINT:
            return state.at, CLAIMED_WITHIN, "no print job has taken it"
        case _:
            return None, OVERDUE_AFTER, ""
