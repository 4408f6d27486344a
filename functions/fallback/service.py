"""What fallback does: it sends on what is due, and then looks after it page by page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud.batches import Batches
from cloud.chunks import chunks
from cloud.due_entries import DueEntry
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.stuck import StuckPages
from cloud.time_left import TimeLeft
from fallback.closing import Closing
from fallback.sweeps import Sweeps
from postal import messages, stuck
from postal.messages import CheckManifest, CloseJob, NotifyConsignment, NotifyLetter, Sweep, WriteReceipts
from postal.turns import take_turns

#: How many entries one tick sends on; the next tick goes on with the rest.
_MOST_SENT: Final = 1_000
#: How many it reads for that: those of an hour, which may be in somebody's hands, and as many again.
_MOST_READ: Final = 120_000
#: So many are sent, then noted: a tick that dies has sent no more than these for nothing.
_NOTED_TOGETHER: Final = 100
#: What is kept back of the time while reading, for sending what was read; and while sending, for a last chunk.
_TO_SEND: Final = timedelta(seconds=60)
_TO_NOTE: Final = timedelta(seconds=20)

#: The message group of what is no sender's: closing print jobs.
_PRINTERS: Final = "print-jobs"


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Looks after what falls due."""

    batches: Batches
    sweeps: Sweeps
    closing: Closing
    stuck: StuckPages
    due: Queue
    receipts: Queue
    notices: Queue
    uploads: Queue

    def tick(self, now: datetime, time_left: TimeLeft) -> None:
        """Send on what is due, and tell how many letters are stuck."""
        self._send_due(now, time_left)
        letters = sum(max(one.letters, 1) for page in self.stuck.all() for one in page.stuck)
        metrics.add_metric(name="LettersStuck", unit=MetricUnit.Count, value=letters)

    def _send_due(self, now: datetime, time_left: TimeLeft) -> None:
        """Send on what is due and in nobody's hands, by turns of the senders, as much as a tick can.

        Sent first and noted after, so that an entry may be sent twice, but is never missed.
        """
        waiting = self._waiting(now, time_left)
        sent = 0
        for some in chunks(take_turns(waiting, _group_of, _MOST_SENT), _NOTED_TOGETHER):
            if time_left.is_short(_TO_NOTE):
                break
            self._send([entry.sent(now) for entry in some], now)
            sent += len(some)
        left = len(waiting) - sent
        metrics.add_metric(name="EntriesDue", unit=MetricUnit.Count, value=sent)
        metrics.add_metric(name="EntriesLeft", unit=MetricUnit.Count, value=left)
        if left:
            logger.warning("more is due than one tick sends on", extra={"sent": sent, "left": left})

    def _waiting(self, now: datetime, time_left: TimeLeft) -> list[DueEntry]:
        """What is due and in nobody's hands, the oldest first."""
        waiting: list[DueEntry] = []
        for count, entry in enumerate(self.batches.due_entries.due(now)):
            if count == _MOST_READ or time_left.is_short(_TO_SEND):
                logger.warning("more is due than one tick reads", extra={"read": count})
                break
            if not entry.was_sent_lately(now):
                waiting.append(entry)
        return waiting

    def _send(self, entries: Sequence[DueEntry], now: datetime) -> None:
        """Send entries on, and note it."""
        for entry in entries:
            if entry.is_given_up and entry.page is not None:
                # Before its sweep is sent, which takes the note away if it works.
                self.stuck.note(entry.page, [stuck.unswept(entry.at)], now)
        for group, some in groupby(sorted(entries, key=_group_of), key=_group_of):
            of_group = list(some)
            self.due.send_all(_sweeps(of_group), group=group)
            self.receipts.send_all(_receipt_runs(of_group), group=group)
            self.notices.send_all(_notices(of_group), group=group)
            self.uploads.send_all(_manifests(of_group), group=group)
        for entry in entries:
            self.batches.due_entries.set_sent(entry)

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the due queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
            OutOfTimeError: the invocation ends before the work does; to be tried again.
        """
        match messages.decode(body):
            case Sweep() as sweep:
                self.sweeps.sweep(sweep, now, time_left)
            case CloseJob() as job:
                self.closing.close(job, now, time_left)
            case message:
                raise ValueError(f"fallback takes no {type(message).__name__}")


def _group_of(entry: DueEntry) -> str:
    """Whose an entry is: a sender's, or the printers'."""
    return (entry.page.sender if entry.page else entry.sender) or _PRINTERS


def _sweeps(entries: Iterable[DueEntry]) -> Iterator[Sweep | CloseJob]:
    for entry in entries:
        if entry.page is not None:
            yield Sweep(page=entry.page, due_sk=entry.sk, token=entry.token, tries=entry.tries)
        elif entry.cut_off is not None:
            yield CloseJob(printer=entry.printer, cut_off=entry.cut_off, due_sk=entry.sk, token=entry.token)


def _receipt_runs(entries: Iterable[DueEntry]) -> Iterator[WriteReceipts]:
    for entry in entries:
        if entry.page is None and entry.notices is None and entry.manifest is None and entry.cut_off is None:
            yield WriteReceipts(sender=entry.sender, batch=entry.batch, due_sk=entry.sk, token=entry.token)


def _notices(entries: Iterable[DueEntry]) -> Iterator[NotifyConsignment | NotifyLetter]:
    for entry in entries:
        if entry.notices is not None:
            yield structs.replace(entry.notices, due_sk=entry.sk, token=entry.token)


def _manifests(entries: Iterable[DueEntry]) -> Iterator[CheckManifest]:
    for entry in entries:
        if entry.manifest is not None:
            yield structs.replace(entry.manifest, due_sk=entry.sk, token=entry.token)
