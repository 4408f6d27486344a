"""What routing does: decide each letter of a page, write that down once, and act on what is written.

The sorting is the commit. Whoever comes again finds it there, decides nothing,
and does every after-step again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.errors import LostRaceError
from cloud.observability import logger, metrics
from cloud.outages import Outages
from cloud.queues import Queue
from cloud.recipients import Recipients
from cloud.time_left import TimeLeft
from postal import due, messages, pages, rowsets, rules, status
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consignments import LetterItem, PageItems, Sorting, Tried, after
from postal.due import Work
from postal.letters import Letter, RefusedRow
from postal.messages import FollowOrders, SortPage, SortRefused, WriteReceipts
from postal.pages import Page
from postal.reasons import RULES_VERSION, Reason
from postal.recipients import Recipient
from postal.rows import Row
from postal.senders import Sender
from postal.status import LetterState, Status
from postal.times import next_full
from postal.working_hours import Pauses
from routing.after_steps import AfterSteps
from routing.orders import Orders

#: What an unsorted page may hold of letters and still wait for the first of them.
_WAITS: Final = frozenset({Reason.DELIVER_LATER, Reason.RECALLED_BY_SENDER})

#: How soon the sender reads what became of an order, where its receipts are not neutral.
_ANSWERED_WITHIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Sorts pages, decides letters again whose time has come or that a mailbox refused, and follows orders."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    after_steps: AfterSteps
    orders: Orders
    outages: Outages
    receipts: Queue

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the pages queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
            LostRaceError: others changed the page meanwhile; to be tried again.
            OutOfTimeError: there is no time for all letters; what is decided and done is found so.
        """
        match messages.decode(body):
            case SortPage(page=page):
                self._sort(page, now, time_left)
            case SortRefused() as refused:
                self._sort_again(refused, now, time_left)
            case FollowOrders() as asked:
                self._follow(asked, now, time_left)
            case message:
                raise ValueError(f"routing takes no {type(message).__name__}")

    def _sort(self, page: Page, now: datetime, time_left: TimeLeft) -> None:
        """Sort a page, decide those of its letters again whose time has come, and do what follows from both."""
        batch = self.batches.committed(page.sender, page.batch)
        if batch.state not in {BatchState.OPEN, BatchState.SETTLED}:
            return
        items = self.batches.page_items(page.sender, page.batch, page.number)
        rows = row_files.rows_of(self.bucket, page)
        letters = _letters(rows)
        known: Mapping[str, Recipient] = {}
        if items.sorting is None:
            unseen = _decide_unseen(rows, items, batch.sender, now)
            wakes_at = due.wakes_at(letters.values(), now)
            if wakes_at is not None and all(unseen[row] in _WAITS for row in letters):
                self.batches.due_entries.arm_page(batch, page, wakes_at)
                return
            known = self.recipients.recipients(letters[row].recipient for row, reason in unseen.items() if not reason)
            marks = "".join(
                (reason or rules.decide(letters[row], known[letters[row].recipient], batch.sender, now)).mark
                for row, reason in unseen.items()
            )
            items = self._write(Sorting(marks=marks, sorted_at=now, page=page, rules_version=RULES_VERSION), items)
        else:
            items = self._decide_due(batch, page, items, letters, now, time_left)
        self.after_steps.do(batch, page, items, letters, known, now, time_left)
        self._note_sorted(batch, page, now)
        logger.info("page sorted", extra={"sender": page.sender, "batch": page.batch, "page": page.number})

    def _write(self, sorting: Sorting, read: PageItems) -> PageItems:
        """Write the sorting of a page, once; what is stored of the page then."""
        page = sorting.page
        if self.batches.sort(sorting, read.recalled):
            return PageItems(sorting=sorting, letters=read.letters)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        if items.sorting is None:
            raise LostRaceError("rows were recalled while their page was sorted")
        return items

    def _decide_due(  # noqa: PLR0913, PLR0917 - the page as it was sent and as it is stored, and the times
        self,
        batch: Batch,
        page: Page,
        items: PageItems,
        letters: Mapping[int, Letter],
        now: datetime,
        time_left: TimeLeft,
    ) -> PageItems:
        """Decide letters again whose time has come; what is stored of the page then."""
        states = {state.row: state for state in status.states(items, pages.rows_of(page.number, batch.rows))}
        to_decide = self._due_now(batch, items, letters, states, now)
        if not to_decide:
            return items
        recipients = self.recipients.recipients(letters[row].recipient for row in to_decide if letters[row].recipient)
        for row in time_left.each(to_decide):
            letter, item = letters[row], items.letters.get(row)
            tried = [mailbox.channel for mailbox in item.tried] if item else []
            recipient = recipients.get(letter.recipient) or Recipient(id="")
            reason = rules.decide_due(letter, states[row], recipient, batch.sender, now, tried)
            decided = after(item, row, reason, now, lets_go=rules.is_let_go(letter, states[row].reason, reason))
            if self.batches.move_on(page, decided, item) is None:
                # Who opened it meanwhile, or moved it on, has won: there is nothing to decide any more.
                continue
            metrics.add_metric(name="LettersDecidedAgain", unit=MetricUnit.Count, value=1)
        self.batches.due_entries.arm_next_receipts(batch, now)
        return self.batches.page_items(page.sender, page.batch, page.number)

    def _due_now(
        self,
        batch: Batch,
        items: PageItems,
        letters: Mapping[int, Letter],
        states: Mapping[int, LetterState],
        now: datetime,
    ) -> list[int]:
        """The rows that are to be decided now; outages are looked up only where they could put something off."""

        def rows(pauses: Pauses) -> list[int]:
            dues = due.of_page(letters, items, range(min(states), max(states) + 1), batch.sender, now, pauses)
            return [one.row for one in dues if one.work is Work.DECIDE and one.at <= now]

        found = rows(())
        if any(states[row].status is Status.DELIVERED for row in found):
            found = rows(self.outages.of(Channel.ALTINN))
        return found

    def _sort_again(self, refused: SortRefused, now: datetime, time_left: TimeLeft) -> None:
        """Decide letters again that a mailbox confirmed it refuses, without that mailbox."""
        page = refused.page
        batch = self.batches.committed(page.sender, page.batch)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        letters = _letters(row_files.rows_of(self.bucket, page))
        undecided = {
            row: items.letters.get(row) or LetterItem(row=row)
            for row in rowsets.decode(refused.rows)
            if row not in items.letters or items.letters[row].attempt <= refused.attempt
        }
        recipients = self.recipients.recipients(letters[row].recipient for row in undecided)
        for row, item in time_left.each(undecided.items()):
            tried = (*item.tried, Tried(channel=refused.channel, code=refused.code))
            channels = [mailbox.channel for mailbox in tried]
            reason = rules.decide(letters[row], recipients[letters[row].recipient], batch.sender, now, channels)
            again = structs.replace(after(item, row, reason, now), attempt=refused.attempt + 1, tried=tried)
            self.batches.decide_again(page, again, item)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        self.after_steps.do(batch, page, items, letters, recipients, now, time_left)
        self.batches.due_entries.arm_next_receipts(batch, now)

    def _follow(self, asked: FollowOrders, now: datetime, time_left: TimeLeft) -> None:
        """Carry out what the sender orders for letters of a page."""
        page = asked.page
        batch = self.batches.committed(page.sender, page.batch)
        letters = _letters(row_files.rows_of(self.bucket, page))
        self.orders.follow(batch, asked, letters, now, time_left)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        if items.sorting is not None:
            self.after_steps.do(batch, page, items, letters, {}, now, time_left)
        if batch.sender.is_neutral:
            self.batches.due_entries.arm_next_receipts(batch, now)
        else:
            self.batches.due_entries.arm_receipts(page.sender, page.batch, next_full(now, _ANSWERED_WITHIN))

    def _note_sorted(self, batch: Batch, page: Page, now: datetime) -> None:
        noted = self.batches.note_sorted(batch, page.number)
        sets = -(-pages.page_count(batch.rows) // pages.PAGES_PER_SET)
        if len(noted.full_sets) == sets and noted.sorted_at is None:
            self.receipts.send(WriteReceipts(sender=page.sender, batch=page.batch), group=page.sender)
            self.batches.set_sorted(batch, now)
            metrics.add_metric(name="BatchesSorted", unit=MetricUnit.Count, value=1)


def _decide_unseen(rows: Iterable[Row], items: PageItems, sender: Sender, now: datetime) -> dict[int, Reason | None]:
    """What can be decided of each row without its recipient; None where a look-up is due."""
    unseen: dict[int, Reason | None] = {}
    for row in rows:
        if isinstance(row, RefusedRow):
            unseen[row.row] = Reason.ROW_REFUSED
        elif row.row in items.recalled:
            unseen[row.row] = Reason.RECALLED_BY_SENDER
        else:
            unseen[row.row] = rules.decide_unseen(row, sender, now)
    return unseen


def _letters(rows: Iterable[Row]) -> dict[int, Letter]:
    return {row.row: row for row in rows if isinstance(row, Letter)}
