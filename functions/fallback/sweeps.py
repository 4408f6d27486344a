"""A sweep: a page is looked after, what has fallen due is done, and the next look is armed.

A page's entry is deleted only after that, so none is missed, and a page has one
until nothing can fall due for its letters any more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.outages import Outages
from cloud.queues import Queue
from cloud.stuck import StuckPages
from cloud.time_left import TimeLeft
from fallback.printing import Printing
from postal import due, pages, rowsets, rules, status, stuck
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consignments import Delivered, PageItems
from postal.due import Due, Work
from postal.letters import Letter
from postal.messages import NotifyConsignment, NotifyLetter, SortPage, Sweep
from postal.pages import Page
from postal.reasons import Reason, reason_of
from postal.status import LetterState, Status
from postal.stuck import Stuck

_FIRST_RETRY: Final = timedelta(minutes=15)
_LAST_RETRY: Final = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a sweep has found of a page that it is done with.

    Attributes:
        again_at: when to look again, each time of its own; none where nothing can fall due any more.
        tries: how often the page was found unfinished by then.
        stuck: its letters that are.
    """

    again_at: Collection[datetime] = ()
    tries: int = 0
    stuck: Sequence[Stuck] = ()


@dataclass(frozen=True, kw_only=True)
class Sweeps:
    """Looks after pages."""

    bucket: Bucket
    batches: Batches
    outages: Outages
    stuck: StuckPages
    printing: Printing
    pages: Queue
    notices: Queue

    def sweep(self, asked: Sweep, now: datetime, time_left: TimeLeft) -> None:
        """Do what has fallen due for a page, and arm the next look.

        Raises:
            LookupError: its batch does not exist.
            OutOfTimeError: the invocation ends before the work does; a repeat finds done what is done.
        """
        page = asked.page
        batch = self.batches.committed(page.sender, page.batch)
        seen = Seen() if batch.state is BatchState.CANCELLED else self._look(batch, asked, now, time_left)
        # Only now, for until here its sweep may still fail, and a page whose sweep fails stays noted.
        self.stuck.note(page, seen.stuck, now)
        for at in seen.again_at:
            self.batches.due_entries.arm_page(batch, page, at, seen.tries)
        self.batches.due_entries.disarm(asked.due_sk, asked.token)

    def _look(self, batch: Batch, asked: Sweep, now: datetime, time_left: TimeLeft) -> Seen:
        """Do what has fallen due."""
        page = asked.page
        retry_at = now + min(_FIRST_RETRY * (1 << min(asked.tries, 10)), _LAST_RETRY)
        if batch.state is BatchState.AWAITING_APPROVAL:
            return Seen(again_at=[retry_at], tries=asked.tries + 1)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        letters = row_files.letters_of(self.bucket, page)
        if items.sorting is None and asked.tries and (wakes_at := due.wakes_at(letters.values(), now)):
            # Every letter of it waits for a date, and routing has been asked once.
            return Seen(again_at=[wakes_at])
        states = list(status.states(items, pages.rows_of(page.number, batch.rows)))
        dues = self._dues(letters, items, batch, now)
        found = stuck.find(states, items.letters, dues, batch.accepted_at, now)
        times: list[datetime | None] = [due.next_at(dues, now)]
        tries = 0
        if self._is_to_route(page, items, letters, dues, now):
            # Routing decides, and does every after-step again, so sending the page is every repair.
            self.pages.send(SortPage(page=page), group=page.sender)
            metrics.add_metric(name="PagesSentAgain", unit=MetricUnit.Count, value=1)
            times.append(retry_at)
            tries = asked.tries + 1
        self._remind(page, items, [one for one in dues if one.at <= now and one.work is Work.REMIND], time_left)
        to_print = [one.row for one in dues if one.at <= now and one.work is Work.PRINT]
        for_paper = self.printing.gather(batch, page, items, letters, to_print, now, time_left)
        if any(_is_watched(state) for state in states):
            times.append(now + _LAST_RETRY)
        soonest = min((at for at in [*times, *for_paper] if at is not None), default=None)
        # The next look sees what falls due later; but the job of each cut-off that has passed waits for its own entry.
        passed = {at for at in for_paper if at <= now}
        return Seen(again_at=passed | {soonest} if soonest else passed, tries=tries, stuck=found)

    def _dues(self, letters: Mapping[int, Letter], items: PageItems, batch: Batch, now: datetime) -> list[Due]:
        """What falls due for a page; outages are looked up only where they could put something off."""
        if items.sorting is None:
            return []
        rows = pages.rows_of(items.sorting.page.number, batch.rows)
        dues = due.of_page(letters, items, rows, batch.sender, now)
        if any(one.at <= now and one.work is Work.DECIDE for one in dues):
            dues = due.of_page(letters, items, rows, batch.sender, now, self.outages.of(Channel.ALTINN))
        return dues

    def _is_to_route(
        self, page: Page, items: PageItems, letters: Mapping[int, Letter], dues: Sequence[Due], now: datetime
    ) -> bool:
        """Whether routing has something to do for a page: a decision whose time has come, or a step that is missing."""
        if any(one.at <= now and one.work is Work.DECIDE for one in dues):
            return True
        return not (is_handed_over(items, letters) and self.batches.is_noted_sorted(page))

    def _remind(self, page: Page, items: PageItems, dues: Sequence[Due], time_left: TimeLeft) -> None:
        """Have the recipients told once more, together where their letters were delivered together."""
        by_name: dict[str, set[int]] = {}
        for one in dues:
            by_name.setdefault(one.reminder, set()).add(one.row)
        for name, rows in time_left.each(by_name.items()):
            alone = {row for row in rows if _left_alone(items, row)}
            self._remind_alone(page, items, name, alone, time_left)
            self._remind_together(page, items, name, rows - alone, next(one.at for one in dues if one.reminder == name))

    def _remind_together(self, page: Page, items: PageItems, name: str, rows: set[int], at: datetime) -> None:
        for consignment in items.consignments:
            for delivery, delivered in consignment.deliveries.items():
                reminded = rows.intersection(delivered.row_numbers())
                if delivered.is_reminder or not reminded:
                    continue
                key = due.reminder_key(delivery, name)
                if key not in consignment.deliveries:
                    reminder = Delivered(at=at, rows=rowsets.encode(reminded), is_reminder=True)
                    self.batches.add_reminder(page, consignment, key, reminder)
                message = NotifyConsignment(page=page, channel=consignment.channel, n=consignment.n, delivery=key)
                self.notices.send(message, group=page.sender)
                metrics.add_metric(name="Reminders", unit=MetricUnit.Count, value=len(reminded))

    def _remind_alone(self, page: Page, items: PageItems, name: str, rows: Iterable[int], time_left: TimeLeft) -> None:
        for row in time_left.each(sorted(rows)):
            letter = items.letters[row]
            mailbox = reason_of(letter.mark).way.mailbox
            if mailbox is not None:
                message = NotifyLetter(page=page, channel=mailbox, row=row, attempt=letter.attempt, reminder=name)
                self.notices.send(message, group=page.sender)
                metrics.add_metric(name="Reminders", unit=MetricUnit.Count, value=1)


def is_handed_over(items: PageItems, letters: Mapping[int, Letter]) -> bool:
    """Whether all that was decided for a page's letters has been done but for paper: handed over, stored or let go."""
    if any(c.handed_over_at is None for c in items.consignments if c.channel is not Channel.PRINT):
        return False
    for letter in items.letters.values():
        if letter.lets_go_of:
            return False
        reason = reason_of(letter.mark) if letter.mark else None
        if reason is None or letter.claimed_for or letter.opened_at is not None:
            continue
        if rules.is_stored(letters[letter.row], reason) and letter.stored_at is None:
            return False
        if reason.way.mailbox is not None and letter.handed_over_at is None:
            return False
    return True


def _left_alone(items: PageItems, row: int) -> bool:
    letter = items.letters.get(row)
    return letter is not None and bool(letter.mark)


def _is_watched(state: LetterState) -> bool:
    """Whether a letter waits for somebody whose answer may never come."""
    match state.status:
        case Status.IN_TRANSIT | Status.TO_PRINT:
            return True
        case Status.WAITING:
            return state.reason is not Reason.DELIVER_LATER
        case _:
            return False
