"""What routing does: decide each letter of a page, write that down once, and act on what is written.

The sorting is the commit. Whoever comes again finds it there, decides nothing,
and does every after-step again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.recipients import Recipients
from postal import messages, pages, rowsets, rules
from postal.batches import Batch, BatchState
from postal.consignments import LetterItem, PageItems, Sorting, Tried
from postal.letters import Letter
from postal.messages import SortPage, SortRefused, WriteReceipts
from postal.pages import Page
from postal.reasons import Reason
from postal.recipients import Recipient
from postal.rows import Row, decode_page
from routing.after_steps import AfterSteps


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Sorts pages, and sorts letters again that a mailbox refused."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    after_steps: AfterSteps
    receipts: Queue

    def handle(self, body: str, now: datetime) -> None:
        """Act on one message of the pages queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
        """
        match messages.decode(body):
            case SortPage(page=page):
                self._sort(page, now)
            case SortRefused() as refused:
                self._sort_again(refused, now)
            case message:
                raise ValueError(f"routing takes no {type(message).__name__}")

    def _sort(self, page: Page, now: datetime) -> None:
        batch = self.batches.committed(page.sender, page.batch)
        if batch.state not in {BatchState.OPEN, BatchState.SETTLED}:
            return
        items = self.batches.page_items(page.sender, page.batch, page.number)
        rows = self._rows(page)
        known: Mapping[str, Recipient] = {}
        if items.sorting is None:
            reasons, known = self._decide(rows, batch, now)
            sorting = Sorting(marks="".join(reason.mark for reason in reasons), sorted_at=now, page=page)
            if self.batches.sort(sorting):
                items = PageItems(sorting=sorting, letters=items.letters)
            else:
                items = self.batches.page_items(page.sender, page.batch, page.number)
        self.after_steps.do(batch, page, items, _letters(rows), known, now)
        self._note_sorted(batch, page, now)
        logger.info("page sorted", extra={"sender": page.sender, "batch": page.batch, "page": page.number})

    def _decide(self, rows: Iterable[Row], batch: Batch, now: datetime) -> tuple[list[Reason], Mapping[str, Recipient]]:
        """A reason for each row; only recipients that may be looked up are looked up, each once."""
        reasons = {
            row.row: rules.decide_unseen(row, batch.sender, now) if isinstance(row, Letter) else Reason.ROW_REFUSED
            for row in rows
        }
        seen = [row for row in rows if isinstance(row, Letter) and reasons[row.row] is None]
        recipients = self.recipients.recipients(letter.recipient for letter in seen)
        for letter in seen:
            reasons[letter.row] = rules.decide(letter, recipients[letter.recipient], batch.sender, now)
        return [reason for reason in reasons.values() if reason is not None], recipients

    def _sort_again(self, refused: SortRefused, now: datetime) -> None:
        """Decide letters again that a mailbox confirmed it refuses, without that mailbox."""
        page = refused.page
        batch = self.batches.committed(page.sender, page.batch)
        items = self.batches.page_items(page.sender, page.batch, page.number)
        letters = _letters(self._rows(page))
        undecided = {
            row: items.letters.get(row) or LetterItem(row=row)
            for row in rowsets.decode(refused.rows)
            if row not in items.letters or items.letters[row].attempt <= refused.attempt
        }
        recipients = self.recipients.recipients(letters[row].recipient for row in undecided)
        for row, item in undecided.items():
            tried = (*item.tried, Tried(channel=refused.channel, code=refused.code))
            channels = [mailbox.channel for mailbox in tried]
            reason = rules.decide(letters[row], recipients[letters[row].recipient], batch.sender, now, channels)
            self.batches.decide_again(
                page,
                LetterItem(row=row, mark=reason.mark, attempt=refused.attempt + 1, tried=tried, decided_at=now),
            )
        items = self.batches.page_items(page.sender, page.batch, page.number)
        self.after_steps.do(batch, page, items, letters, recipients, now)
        self.batches.arm_next_receipts(batch, now)

    def _note_sorted(self, batch: Batch, page: Page, now: datetime) -> None:
        noted = self.batches.note_sorted(batch, page.number)
        sets = -(-pages.page_count(batch.rows) // pages.PAGES_PER_SET)
        if len(noted.full_sets) == sets and noted.sorted_at is None:
            self.receipts.send(WriteReceipts(sender=page.sender, batch=page.batch), group=page.sender)
            self.batches.set_sorted(batch, now)
            metrics.add_metric(name="BatchesSorted", unit=MetricUnit.Count, value=1)

    def _rows(self, page: Page) -> list[Row]:
        return decode_page(self.bucket.read_range(page.key, page.version, page.first, page.last))


def _letters(rows: Iterable[Row]) -> dict[int, Letter]:
    return {row.row: row for row in rows if isinstance(row, Letter)}
