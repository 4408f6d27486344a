"""What fallback does: one Query for what is due, then page by page what that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud.batches import Batches
from cloud.due_entries import DueEntry
from cloud.observability import metrics
from cloud.queues import Queue
from fallback.closing import Closing
from fallback.sweeps import Sweeps
from postal import messages
from postal.messages import CheckManifest, CloseJob, NotifyConsignment, NotifyLetter, Sweep, WriteReceipts

#: How many entries one tick sends on; the next tick goes on with the rest.
_MOST_ENTRIES: Final = 1_000

#: The message group of what is no sender's: closing print jobs.
_PRINTERS: Final = "print-jobs"


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Looks after what falls due."""

    batches: Batches
    sweeps: Sweeps
    closing: Closing
    due: Queue
    receipts: Queue
    notices: Queue
    uploads: Queue

    def send_due(self, now: datetime) -> None:
        """Send on every entry that is due and in nobody's hands.

        Sent first and noted after, so that an entry may be sent twice, but is never missed.
        """
        waiting = (entry for entry in self.batches.due_entries.due(now) if not entry.was_sent_lately(now))
        to_send = list(islice(waiting, _MOST_ENTRIES))
        for sender, entries in groupby(sorted(to_send, key=_sender_of), key=_sender_of):
            of_sender = list(entries)
            self.due.send_all(_sweeps(of_sender), group=sender or _PRINTERS)
            self.receipts.send_all(_receipt_runs(of_sender), group=sender)
            self.notices.send_all(_notices(of_sender), group=sender)
            self.uploads.send_all(_manifests(of_sender), group=sender)
        for entry in to_send:
            self.batches.due_entries.set_sent(entry, now)
        metrics.add_metric(name="EntriesDue", unit=MetricUnit.Count, value=len(to_send))

    def handle(self, body: str, now: datetime) -> None:
        """Act on one message of the due queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
        """
        match messages.decode(body):
            case Sweep() as sweep:
                self.sweeps.sweep(sweep, now)
            case CloseJob() as job:
                self.closing.close(job, now)
            case message:
                raise ValueError(f"fallback takes no {type(message).__name__}")


def _sender_of(entry: DueEntry) -> str:
    return entry.page.sender if entry.page else entry.sender


def _sweeps(entries: list[DueEntry]) -> Iterator[Sweep | CloseJob]:
    for entry in entries:
        if entry.page is not None:
            yield Sweep(page=entry.page, due_sk=entry.sk, token=entry.token, tries=entry.tries)
        elif entry.cut_off is not None:
            yield CloseJob(printer=entry.printer, cut_off=entry.cut_off, due_sk=entry.sk, token=entry.token)


def _receipt_runs(entries: list[DueEntry]) -> Iterator[WriteReceipts]:
    for entry in entries:
        if entry.page is None and entry.notices is None and entry.manifest is None and entry.cut_off is None:
            yield WriteReceipts(sender=entry.sender, batch=entry.batch, due_sk=entry.sk, token=entry.token)


def _notices(entries: list[DueEntry]) -> Iterator[NotifyConsignment | NotifyLetter]:
    for entry in entries:
        if entry.notices is not None:
            yield structs.replace(entry.notices, due_sk=entry.sk, token=entry.token)


def _manifests(entries: list[DueEntry]) -> Iterator[CheckManifest]:
    for entry in entries:
        if entry.manifest is not None:
            yield structs.replace(entry.manifest, due_sk=entry.sk, token=entry.token)
