"""What falls due for a letter, and when: the one place that knows.

A page's due entry stands at the earliest of these times. Whoever sweeps the page
asks again, with what is stored by then, so an entry too many changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from postal import status, working_hours
from postal.consignments import Consignment, PageItems
from postal.letters import Letter
from postal.reasons import Reason
from postal.senders import Sender
from postal.status import LetterState, Status
from postal.times import from_text
from postal.working_hours import Pauses

#: How long before `respond_by` a recipient who has not opened the letter is reminded.
REMINDED_BEFORE: Final = timedelta(days=3)


class Work(StrEnum):
    """What has to be done for a letter when its time has come.

    DECIDE: it is decided again. PRINT: it joins its sender's print job. REMIND: its recipient is told once more.
    """

    DECIDE = "decide"
    PRINT = "print"
    REMIND = "remind"


class Due(Struct, frozen=True, kw_only=True):
    """Something that falls due for a letter.

    Attributes:
        at: when.
        reminder: which one, where it is one: `d7` for that of the seventh day, `by-20261201T110000Z` for that of
            a day by which a response is wanted.
    """

    row: int
    at: datetime
    work: Work
    reminder: str = ""


def of_page(  # noqa: PLR0913, PLR0917 - the page as it was sent and as it is stored, whose it is, and the times
    letters: Mapping[int, Letter], items: PageItems, rows: range, sender: Sender, now: datetime, pauses: Pauses = ()
) -> list[Due]:
    """What falls due for the letters of a page, in any order, whether its time has come or not.

    Args:
        letters: by row; refused rows have none.
        items: everything that is stored of the page.
        rows: of the page.
        sender: the batch's copy of the sender.
        now: the present time, by which reminders that are pointless are left out.
        pauses: when mailboxes from which paper follows were down.
    """
    if items.sorting is None:
        return []
    told = _reminders(items)
    return [
        due
        for state in status.states(items, rows)
        if (letter := letters.get(state.row)) is not None
        for due in of_letter(letter, state, sender, now, pauses)
        if not due.reminder or due.reminder not in told.get(state.row, ())
    ]


def of_letter(letter: Letter, state: LetterState, sender: Sender, now: datetime, pauses: Pauses = ()) -> list[Due]:
    """What falls due for a letter, whether its time has come or not; reminders that were sent among it."""
    decide_at: datetime | None = None
    dues: list[Due] = []
    if state.at is None or state.is_claimed:
        return dues
    match state.status:
        case Status.WAITING if state.reason is Reason.DELIVER_LATER:
            decide_at = from_text(letter.deliver_after)
        case Status.HELD:
            decide_at = hold_ends(state, sender)
        case Status.TO_PRINT:
            dues = [Due(row=letter.row, at=cut_off_after(state.at, sender), work=Work.PRINT)]
        case Status.NOTICE_FAILED if status.paper_follows(state, letter):
            decide_at = state.at
        case Status.DELIVERED:
            dues = _reminders_due(letter, state.at, sender, now)
            if status.paper_follows(state, letter):
                decide_at = working_hours.deadline(state.at, sender.settings.unopened_hours, sender.country, pauses)
                dues = [due for due in dues if due.at < decide_at]
    return dues if decide_at is None else [*dues, Due(row=letter.row, at=decide_at, work=Work.DECIDE)]


def wakes_at(letters: Iterable[Letter], now: datetime) -> datetime | None:
    """When a page is sorted of which every letter waits for a date; None where some letter does not.

    Letters whose time comes later than that of the first are decided alone, when it comes.
    """
    times = [from_text(letter.deliver_after) if letter.deliver_after else now for letter in letters]
    return min(times) if times and all(at > now for at in times) else None


def hold_ends(state: LetterState, sender: Sender) -> datetime:
    """When a held letter is held no more.

    Raises:
        ValueError: the letter has not been sorted.
    """
    if state.at is None:
        raise ValueError("a letter that has not been sorted is not held")
    return state.held_until or state.at + timedelta(days=sender.settings.hold_days)


def cut_off_after(moment: datetime, sender: Sender) -> datetime:
    """The sender's next print cut-off after a moment."""
    return working_hours.next_cut_off(moment, time.fromisoformat(sender.settings.print_cut_off), sender.country)


def cut_off_before(moment: datetime, sender: Sender) -> datetime:
    """The sender's last print cut-off up to a moment."""
    return working_hours.latest_cut_off(moment, time.fromisoformat(sender.settings.print_cut_off), sender.country)


def next_at(dues: Sequence[Due], now: datetime) -> datetime | None:
    """The earliest time that is still to come."""
    return min((due.at for due in dues if due.at > now), default=None)


def reminder_key(delivery: str, reminder: str) -> str:
    """Under which a consignment keeps how far a reminder of one of its deliveries is told."""
    return f"{delivery}-{reminder}"


def _reminders_due(letter: Letter, delivered_at: datetime, sender: Sender, now: datetime) -> list[Due]:
    reminders = [
        Due(row=letter.row, at=delivered_at + timedelta(days=days), work=Work.REMIND, reminder=f"d{days}")
        for days in sender.reminder_days
        if days
    ]
    if letter.respond_by:
        by = from_text(letter.respond_by)
        if delivered_at < by - REMINDED_BEFORE and now < by:
            name = f"by-{by:%Y%m%dT%H%M%SZ}"
            reminders.append(Due(row=letter.row, at=by - REMINDED_BEFORE, work=Work.REMIND, reminder=name))
    return reminders


def _reminders(items: PageItems) -> dict[int, set[str]]:
    """The reminders of each row that are sent, or were not needed when their time came."""
    told: dict[int, set[str]] = {row: set(letter.reminded) for row, letter in items.letters.items()}
    for consignment in items.consignments:
        for row, reminder in _reminders_of(consignment):
            told.setdefault(row, set()).add(reminder)
    return told


def _reminders_of(consignment: Consignment) -> Iterator[tuple[int, str]]:
    rows_of = {
        key: delivered.row_numbers() for key, delivered in consignment.deliveries.items() if not delivered.is_reminder
    }
    for key, reminder in consignment.deliveries.items():
        delivery, _, name = key.partition("-")
        if reminder.is_reminder and not reminder.rows_to_tell():
            for row in rows_of.get(delivery, ()):
                yield row, name
