"""What notification does: tell the recipients of a delivery, in order, in slices.

At least once: progress is written after each slice, so a redelivery repeats none
and a crash repeats at most one slice. A notice that has to wait goes back to the
queue as a new message, so waiting never makes it a dead letter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.queues import Queue
from cloud.recipients import Recipients
from notification.notifier import Notifier, Outcome
from notification.texts import language_of, notice
from postal import messages
from postal.batches import Batch
from postal.channels import Channel
from postal.letters import Letter
from postal.messages import NotifyConsignment, NotifyLetter
from postal.pages import Page
from postal.recipients import Recipient
from postal.rows import decode_page
from postal.times import next_full

#: How many recipients are told between two notes of progress.
SLICE: Final = 50

#: How long a throttled notice waits.
_WAIT_WHEN_THROTTLED: Final = timedelta(minutes=1)
#: How long to wait for another function that is at the same delivery.
_WAIT_FOR_OTHER: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """Tells recipients of delivered letters."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    notices: Queue
    notifier: Notifier

    def handle(self, body: str, now: datetime) -> None:
        """Act on one message of the notices queue.

        Raises:
            ValueError: the message is none of ours, or speaks of what does not exist.
        """
        match messages.decode(body):
            case NotifyConsignment() as message:
                self._notify_consignment(message, now)
            case NotifyLetter() as message:
                self._notify_letter(message, now)
            case message:
                raise ValueError(f"notification takes no {type(message).__name__}")

    def _notify_consignment(self, message: NotifyConsignment, now: datetime) -> None:
        page, key = message.page, message.delivery
        consignment = self.batches.consignment(page, message.channel, message.n)
        if consignment is None or key not in consignment.deliveries:
            raise ValueError("a delivery that is not recorded")
        batch = self._batch(page)
        letters: dict[int, Letter] = {}
        while rows := consignment.deliveries[key].rows_to_tell()[:SLICE]:
            if not self.batches.begin_notices(page, consignment, key, now):
                self._wait(message, _WAIT_FOR_OTHER)
                return
            turn = self.batches.reserve_notices(page.sender, len(rows), batch.sender.settings.notice_rate, now)
            letters = letters or self._letters(page)
            told = [] if turn else self._tell([letters[row] for row in rows], batch, page, message.channel, now)
            last = told[-1] if told else consignment.deliveries[key].notified_to
            consignment = self.batches.end_notices(page, consignment, key, last)
            if len(told) < len(rows):
                self._wait(message, turn or _WAIT_WHEN_THROTTLED)
                return

    def _notify_letter(self, message: NotifyLetter, now: datetime) -> None:
        page = message.page
        letter = self.batches.letter(page, message.row)
        if letter is None:
            raise ValueError("a letter to which nothing has happened")
        if letter.attempt != message.attempt or letter.notified_at is not None:
            return
        batch = self._batch(page)
        turn = self.batches.reserve_notices(page.sender, 1, batch.sender.settings.notice_rate, now)
        if turn or not self._tell([self._letters(page)[message.row]], batch, page, message.channel, now):
            self._wait(message, turn or _WAIT_WHEN_THROTTLED)
            return
        self.batches.set_letter(page, message.row, "notified_at", now, attempt=message.attempt)

    def _tell(self, letters: list[Letter], batch: Batch, page: Page, mailbox: Channel, now: datetime) -> list[int]:
        """Tell the recipients of letters, in order, up to one that is throttled; the rows that are done."""
        recipients = self.recipients.recipients(letter.recipient for letter in letters)
        done: list[int] = []
        failed: list[int] = []
        for letter in letters:
            outcome = self._tell_one(letter, recipients[letter.recipient], batch, mailbox, now)
            if outcome is Outcome.THROTTLED:
                break
            if outcome is Outcome.UNREACHABLE:
                failed.append(letter.row)
            done.append(letter.row)
        for row in failed:
            self.batches.set_fact(page, row, "notice_failed_at", now)
        if failed:
            cadence = timedelta(minutes=batch.sender.settings.receipt_cadence_minutes)
            self.batches.arm_receipts(page.sender, page.batch, next_full(now, cadence))
        metrics.add_metric(name="RecipientsTold", unit=MetricUnit.Count, value=len(done) - len(failed))
        metrics.add_metric(name="RecipientsNotReached", unit=MetricUnit.Count, value=len(failed))
        return done

    def _tell_one(self, letter: Letter, recipient: Recipient, batch: Batch, mailbox: Channel, now: datetime) -> Outcome:
        language = language_of(letter.language, recipient.language, batch.sender.language)
        return self.notifier.send(
            notice(batch.sender.name, mailbox, language),
            email=recipient.contact.fresh_email(now),
            mobile=recipient.contact.fresh_mobile(now),
        )

    def _wait(self, message: NotifyConsignment | NotifyLetter, wait: timedelta) -> None:
        seconds = max(1, int(wait.total_seconds()))
        self.notices.send(message, group=message.page.sender, delay_seconds=seconds)
        metrics.add_metric(name="NoticesWaiting", unit=MetricUnit.Count, value=1)

    def _batch(self, page: Page) -> Batch:
        batch = self.batches.batch(page.sender, page.batch)
        if batch is None:
            raise ValueError("a delivery of a batch that is not committed")
        return batch

    def _letters(self, page: Page) -> dict[int, Letter]:
        data = self.bucket.read_range(page.key, page.version, page.first, page.last)
        return {row.row: row for row in decode_page(data) if isinstance(row, Letter)}
