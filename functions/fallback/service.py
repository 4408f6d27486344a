"""What fallback does: one Query for what is due, and a sweep for each page of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud.batches import Batches, DueEntry
from cloud.observability import metrics
from cloud.queues import Queue
from postal import messages
from postal.batches import BatchState
from postal.consignments import PageItems
from postal.messages import NotifyConsignment, NotifyLetter, SortPage, Sweep, WriteReceipts
from postal.reasons import Way, reason_of

#: How many entries one tick sends on; the next tick goes on with the rest.
_MOST_ENTRIES: Final = 1_000

_FIRST_RETRY: Final = timedelta(minutes=15)
_LAST_RETRY: Final = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Looks after what falls due."""

    batches: Batches
    due: Queue
    pages: Queue
    receipts: Queue
    notices: Queue

    def send_due(self, now: datetime) -> None:
        """Send on every entry that is due and in nobody's hands.

        Sent first and noted after, so that an entry may be sent twice, but is never missed.
        """
        waiting = (entry for entry in self.batches.due(now) if not entry.was_sent_lately(now))
        to_send = list(islice(waiting, _MOST_ENTRIES))
        for sender, entries in groupby(sorted(to_send, key=_sender_of), key=_sender_of):
            of_sender = list(entries)
            self.due.send_all(_sweeps(of_sender), group=sender)
            self.receipts.send_all(_receipt_runs(of_sender), group=sender)
            self.notices.send_all(_notices(of_sender), group=sender)
        for entry in to_send:
            self.batches.set_sent(entry, now)
        metrics.add_metric(name="EntriesDue", unit=MetricUnit.Count, value=len(to_send))

    def handle(self, body: str, now: datetime) -> None:
        """Sweep the page of one message of the due queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
        """
        match messages.decode(body):
            case Sweep() as sweep:
                self._sweep(sweep, now)
            case message:
                raise ValueError(f"fallback takes no {type(message).__name__}")

    def _sweep(self, sweep: Sweep, now: datetime) -> None:
        """Have a page's work done again where it is unfinished, and look again later.

        Routing does every after-step again for a page that it has sorted, so sending the
        page is the repair for all of them: not sorted, not held, not handed over.
        """
        page = sweep.page
        batch = self.batches.committed(page.sender, page.batch)
        if batch.state is not BatchState.CANCELLED and not self._is_finished(sweep):
            if batch.state is not BatchState.AWAITING_APPROVAL:
                self.pages.send(SortPage(page=page), group=page.sender)
                metrics.add_metric(name="PagesRepaired", unit=MetricUnit.Count, value=1)
            self.batches.arm_pages([page], now + _retry_after(sweep.tries), sweep.tries + 1)
        self.batches.disarm(sweep.due_sk, sweep.token)

    def _is_finished(self, sweep: Sweep) -> bool:
        page = sweep.page
        return self.batches.is_noted_sorted(page) and is_handed_over(
            self.batches.page_items(page.sender, page.batch, page.number)
        )


def is_handed_over(items: PageItems) -> bool:
    """Whether all that was decided for a page's letters has been done: handed over, or stored."""
    if any(consignment.handed_over_at is None for consignment in items.consignments):
        return False
    for letter in items.letters.values():
        way = reason_of(letter.mark).way if letter.mark else None
        if way is Way.HELD and letter.stored_at is None:
            return False
        if way is not None and way.mailbox is not None and letter.handed_over_at is None:
            return False
    return True


def _retry_after(tries: int) -> timedelta:
    return min(_FIRST_RETRY * (1 << min(tries, 10)), _LAST_RETRY)


def _sender_of(entry: DueEntry) -> str:
    return entry.page.sender if entry.page else entry.sender


def _sweeps(entries: list[DueEntry]) -> Iterator[Sweep]:
    for entry in entries:
        if entry.page is not None:
            yield Sweep(page=entry.page, due_sk=entry.sk, token=entry.token, tries=entry.tries)


def _receipt_runs(entries: list[DueEntry]) -> Iterator[WriteReceipts]:
    for entry in entries:
        if entry.page is None and entry.notices is None:
            yield WriteReceipts(sender=entry.sender, batch=entry.batch, due_sk=entry.sk, token=entry.token)


def _notices(entries: list[DueEntry]) -> Iterator[NotifyConsignment | NotifyLetter]:
    for entry in entries:
        if entry.notices is not None:
            yield structs.replace(entry.notices, due_sk=entry.sk, token=entry.token)
