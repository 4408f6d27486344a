"""What routing does: decide each letter of a page, write that down once, and act on what is written.

The sorting is the commit. Whoever comes again finds it there, decides nothing,
and does every after-step again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.recipients import HeldLetter, Recipients
from postal import messages, pages, rowsets, rules, status
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, Consignment, LetterItem, PageItems, Sorting, Tried
from postal.letters import Letter, letter_id
from postal.messages import DeliverConsignment, DeliverLetter, SortPage, SortRefused, WriteReceipts
from postal.pages import Page
from postal.reasons import Reason, reason_of
from postal.rows import Row, decode_page
from postal.status import Status
from postal.times import next_full, to_text


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Sorts pages. `mailboxes` has the queue of each mailbox."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    mailboxes: Mapping[Channel, Queue]
    receipts: Queue

    def handle(self, body: str, now: datetime) -> None:
        """Act on one message of the pages queue.

        Raises:
            ValueError: the message is none of ours, or its batch does not exist.
        """
        match messages.decode(body):
            case SortPage(page=page):
                self._sort(page, now)
            case SortRefused() as refused:
                self._sort_again(refused, now)
            case message:
                raise ValueError(f"routing takes no {type(message).__name__}")

    def _sort(self, page: Page, now: datetime) -> None:
        batch = self._batch(page)
        if batch.state not in {BatchState.OPEN, BatchState.SETTLED}:
            return
        items = self.batches.page_items(page.sender, page.batch, page.number)
        if items.sorting is None:
            reasons = self._decide(self._rows(page), batch, now)
            sorting = Sorting(marks="".join(reason.mark for reason in reasons), sorted_at=now, page=page)
            if self.batches.sort(sorting):
                items = PageItems(sorting=sorting, letters=items.letters)
            else:
                items = self.batches.page_items(page.sender, page.batch, page.number)
        self._act(batch, page, items, now)
        self._note_sorted(batch, page, now)
        logger.info("page sorted", extra={"sender": page.sender, "batch": page.batch, "page": page.number})

    def _decide(self, rows: Iterable[Row], batch: Batch, now: datetime) -> list[Reason]:
        """A reason for each row; only recipients that may be looked up are looked up, each once."""
        rows = list(rows)
        unseen = {
            row.row: rules.decide_unseen(row, batch.sender, now) if isinstance(row, Letter) else Reason.ROW_REFUSED
            for row in rows
        }
        seen = [row for row in rows if isinstance(row, Letter) and unseen[row.row] is None]
        recipients = self.recipients.recipients(letter.recipient for letter in seen)
        for letter in seen:
            unseen[letter.row] = rules.decide(letter, recipients[letter.recipient], batch.sender, now)
        return [reason for row in rows if (reason := unseen[row.row]) is not None]

    def _sort_again(self, refused: SortRefused, now: datetime) -> None:
        """Decide letters again that a mailbox confirmed it refuses, without that mailbox."""
        page = refused.page
        batch = self._batch(page)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        undecided = {
            row: items.letters.get(row) or LetterItem(row=row)
            for row in rowsets.decode(refused.rows)
            if row not in items.letters or items.letters[row].attempt <= refused.attempt
        }
        letters = [row for row in self._rows(page) if isinstance(row, Letter) and row.row in undecided]
        recipients = self.recipients.recipients(letter.recipient for letter in letters)
        for letter in letters:
            tried = (*undecided[letter.row].tried, Tried(channel=refused.channel, code=refused.code))
            reason = rules.decide(
                letter, recipients[letter.recipient], batch.sender, now, [mailbox.channel for mailbox in tried]
            )
            self.batches.decide_again(
                page,
                LetterItem(row=letter.row, mark=reason.mark, attempt=refused.attempt + 1, tried=tried, decided_at=now),
            )
        self._act(batch, page, self.batches.page_items(page.sender, page.batch, page.number), now)
        cadence = timedelta(minutes=batch.sender.settings.receipt_cadence_minutes)
        self.batches.arm_receipts(page.sender, page.batch, next_full(now, cadence))

    def _act(self, batch: Batch, page: Page, items: PageItems, now: datetime) -> None:
        """Hold and send on what is decided and not yet done."""
        self._hold(batch, page, items, now)
        self._consign(page, items)

    def _hold(self, batch: Batch, page: Page, items: PageItems, now: datetime) -> None:
        held = [
            state.row
            for state in status.states(items, pages.rows_of(page.number, batch.rows))
            if state.status is Status.HELD
        ]
        # A letter that was decided again says itself that it is stored; for the others that the page is noted does.
        attempts = {row: items.letters[row].attempt if row in items.letters else 0 for row in held}
        to_store = {row for row in held if not attempts[row] or items.letters[row].stored_at is None}
        if not to_store:
            return
        self.recipients.hold(
            HeldLetter(
                recipient=row.recipient,
                accepted_at=to_text(batch.accepted_at),
                letter_id=letter_id(page.sender, page.batch, row.row),
                attempt=attempts[row.row] or FIRST_ATTEMPT,
                page=page,
                row=row.row,
            )
            for row in self._rows(page)
            if isinstance(row, Letter) and row.row in to_store
        )
        for row in sorted(to_store):
            if attempts[row]:
                self.batches.set_letter(page, row, "stored_at", now, attempt=attempts[row])

    def _consign(self, page: Page, items: PageItems) -> None:
        """Make the page's consignments and send them to their mailboxes, with the letters that leave alone."""
        for channel, rows in _rows_by_mailbox(page, items).items():
            consignment = items.consignment(channel, 1)
            if consignment is None:
                self.batches.put_consignment(page, Consignment(channel=channel, n=1, rows=rowsets.encode(rows)))
            if consignment is None or consignment.handed_over_at is None:
                self.mailboxes[channel].send(DeliverConsignment(page=page, channel=channel, n=1), group=page.sender)
        for letter in items.letters.values():
            mailbox = reason_of(letter.mark).way.mailbox if letter.mark else None
            if mailbox is not None and letter.handed_over_at is None:
                self.mailboxes[mailbox].send(
                    DeliverLetter(page=page, channel=mailbox, row=letter.row, attempt=letter.attempt),
                    group=page.sender,
                )

    def _note_sorted(self, batch: Batch, page: Page, now: datetime) -> None:
        noted = self.batches.note_sorted(batch, page.number)
        sets = -(-pages.page_count(batch.rows) // pages.PAGES_PER_SET)
        if len(noted.full_sets) == sets and noted.sorted_at is None:
            self.receipts.send(WriteReceipts(sender=page.sender, batch=page.batch), group=page.sender)
            self.batches.set_sorted(batch, now)
            metrics.add_metric(name="BatchesSorted", unit=MetricUnit.Count, value=1)

    def _batch(self, page: Page) -> Batch:
        batch = self.batches.batch(page.sender, page.batch)
        if batch is None:
            raise ValueError("a page of a batch that is not committed")
        return batch

    def _rows(self, page: Page) -> list[Row]:
        return decode_page(self.bucket.read_range(page.key, page.version, page.first, page.last))


def _rows_by_mailbox(page: Page, items: PageItems) -> dict[Channel, list[int]]:
    """The rows that the sorting sends to each mailbox."""
    rows: dict[Channel, list[int]] = {}
    marks = items.sorting.marks if items.sorting else ""
    for row, mark in enumerate(marks, start=page.number * pages.PAGE_SIZE + 1):
        mailbox = reason_of(mark).way.mailbox
        if mailbox is not None:
            rows.setdefault(mailbox, []).append(row)
    return rows
