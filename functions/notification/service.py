"""What notification does: tell the recipients of a delivery, in order, in slices.

E-mail goes at once; an SMS waits for the hours in which it may be sent. E-mail at least
once: progress is written after each slice, so a redelivery repeats none and a crash
repeats at most one slice. An SMS at most once. Notices that have to wait, for their turn,
for a service or for the morning, have a due entry, never a message in the queue: so
waiting makes no dead letter, and no loop. The entry that asked for a message is deleted
once the message is done with, after what is left has an entry of its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.time_left import TimeLeft
from notification import events
from notification.feedback import Feedback
from notification.hours import sms_from
from notification.notifier import WAITS
from notification.telling import Fate, Slice, Teller, Told, Way
from postal import messages, rowsets
from postal.batches import Batch
from postal.consignments import FIRST_ATTEMPT, Delivered, LetterItem
from postal.messages import NotifyConsignment, NotifyLetter

if TYPE_CHECKING:
    from postal.letters import Letter

#: How many recipients are told between two notes of progress.
SLICE: Final = 50

#: A slice begins only where there is so much time left; one that takes longer ends early.
_SLICE_TAKES: Final = timedelta(seconds=30)

#: How long to wait for another function that is at the same delivery.
_WAIT_FOR_OTHER: Final = timedelta(minutes=5)

_SECOND: Final = timedelta(seconds=1)

M = TypeVar("M", NotifyConsignment, NotifyLetter)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """Tells recipients of delivered letters, and takes what is heard of that later."""

    bucket: Bucket
    batches: Batches
    teller: Teller
    feedback: Feedback

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the notices queue, or on one event of a notice.

        Raises:
            ValueError: the message is none of ours, or speaks of what does not exist.
        """
        if events.is_event(body):
            self.feedback.take(body, now)
            return
        message = messages.decode(body)
        match message:
            case NotifyConsignment():
                self._notify_consignment(message, now, time_left)
            case NotifyLetter():
                self._notify_letter(message, now, time_left)
            case _:
                raise ValueError(f"notification takes no {type(message).__name__}")
        if message.due_sk:
            # What is left to do has an entry of its own; one at the same key has another token.
            self.batches.due_entries.disarm(message.due_sk, message.token)

    def _notify_consignment(self, message: NotifyConsignment, now: datetime, time_left: TimeLeft) -> None:
        page, key = message.page, message.delivery
        consignment = self.batches.consignment(page, message.channel, message.n)
        if consignment is None or key not in consignment.deliveries:
            raise ValueError("a delivery that is not recorded")
        batch = self.batches.committed(page.sender, page.batch)
        texts_from = sms_from(now, batch.sender.country)
        letters: dict[int, Letter] = {}
        while some := _next_rows(message, consignment.deliveries[key], may_text=texts_from <= now):
            message = self._with_turn(message, len(some.rows), batch, now)
            if wait_until := _turn_to_come(message, now):
                self._wait(message, wait_until)
                return
            some = replace(some, rows=some.rows[: min(SLICE, message.turn_left)])
            if time_left.is_short(_SLICE_TAKES):
                self._wait(message, now)
                return
            if not self.batches.begin_notices(page, consignment, key, now):
                self._wait(message, now + _WAIT_FOR_OTHER)
                return
            letters = letters or row_files.letters_of(self.bucket, page)
            told = self.teller.tell(some, letters, batch, now, time_left)
            after = _after(consignment.deliveries[key], some, told)
            consignment = self.batches.end_notices(page, consignment, key, after)
            message = structs.replace(message, turn_left=message.turn_left - len(told.fates))
            if told.halted:
                self._wait(message, now + WAITS[told.halted])
                return
            if told.sms_halted:
                texts_from = now + WAITS[told.sms_halted]
        if consignment.deliveries[key].sms_waits:
            self._wait(structs.replace(message, turn_at=None), texts_from)

    def _notify_letter(self, message: NotifyLetter, now: datetime, time_left: TimeLeft) -> None:
        page = message.page
        letter = self.batches.letter(page, message.row)
        if letter is None:
            raise ValueError("a letter to which nothing has happened")
        if letter.attempt != message.attempt:
            return
        batch = self.batches.committed(page.sender, page.batch)
        texts_from = sms_from(now, batch.sender.country)
        some = _slice_of_one(message, letter, may_text=texts_from <= now)
        if some is not None:
            message = self._with_turn(message, 1, batch, now)
            if wait_until := _turn_to_come(message, now):
                self._wait(message, wait_until)
                return
            told = self.teller.tell(some, row_files.letters_of(self.bucket, page), batch, now, time_left)
            halted = told.halted or (told.sms_halted if _is_nothing_done(some, told) else None)
            if halted or not told.fates:
                self._wait(message, now + (WAITS[halted] if halted else _SECOND))
                return
            message = structs.replace(message, turn_left=message.turn_left - len(told.fates))
            if message.reminder:
                self.batches.set_reminded(page, letter, message.reminder)
                return
            if told.sms_halted:
                texts_from = now + WAITS[told.sms_halted]
            sms_waits = bool(told.rows(Fate.SMS_WAITS, Fate.ONLY_SMS_WAITS))
            unreached = bool(told.rows(Fate.ONLY_SMS_WAITS))
            letter = self.batches.set_told(page, letter, now, sms_waits=sms_waits, unreached=unreached)
        if letter is None:
            return
        if letter.sms_waits or (message.reminder and message.reminder not in letter.reminded):
            self._wait(structs.replace(message, turn_at=None), texts_from)

    def _with_turn(self, message: M, count: int, batch: Batch, now: datetime) -> M:
        """The message with its sender's turn: as it has booked one, else as is booked now.

        A turn is for no more than goes out in a minute, so that nobody waits for a whole batch.
        """
        if message.turn_left > 0:
            return message
        rate = batch.sender.settings.notice_rate
        turn = min(count, max(SLICE, rate))
        turn_at = self.batches.book_notices(batch.sender.id, turn, rate, now)
        return structs.replace(message, turn_at=turn_at, turn_left=turn)

    def _wait(self, message: NotifyConsignment | NotifyLetter, until: datetime) -> None:
        """Have a message come again at a time, of which its entry keeps whole seconds."""
        at = until if until == until.replace(microsecond=0) else until.replace(microsecond=0) + _SECOND
        self.batches.due_entries.arm_notices(message, at)
        metrics.add_metric(name="NoticesWaiting", unit=MetricUnit.Count, value=1)


def _turn_to_come(message: NotifyConsignment | NotifyLetter, now: datetime) -> datetime | None:
    """When a message's turn is, where it is not yet."""
    return message.turn_at if message.turn_at is not None and message.turn_at > now else None


def _next_rows(message: NotifyConsignment, delivered: Delivered, *, may_text: bool) -> Slice | None:
    """Whom to tell next of a delivery; None where all are told, as far as they may be now."""
    if may_text and (waiting := delivered.rows_to_text()):
        rows, way = waiting, Way.SMS_AFTER
    else:
        rows, way = delivered.rows_to_tell(), Way.BOTH if may_text else Way.EMAIL_FIRST
    if not rows:
        return None
    return Slice(
        page=message.page,
        mailbox=message.channel,
        rows=rows,
        way=way,
        of=f"{message.channel}-{message.n}-{message.delivery}",
        attempt=FIRST_ATTEMPT,
        unreached=rowsets.decode(delivered.unreached),
        is_reminder=delivered.is_reminder,
    )


def _slice_of_one(message: NotifyLetter, letter: LetterItem, *, may_text: bool) -> Slice | None:
    """The recipient of a letter that left alone; None where it is told, as far as it may be now."""
    if message.reminder:
        # A reminder has time: both ways at once, in the hours of an SMS.
        way = Way.BOTH if may_text and message.reminder not in letter.reminded else None
    elif letter.notified_at is None:
        way = Way.BOTH if may_text else Way.EMAIL_FIRST
    else:
        way = Way.SMS_AFTER if may_text and letter.sms_waits else None
    if way is None:
        return None
    return Slice(
        page=message.page,
        mailbox=message.channel,
        rows=[letter.row],
        way=way,
        of="-".join(filter(None, (str(message.attempt), message.reminder))),
        attempt=message.attempt,
        unreached=[letter.row] if letter.unreached else [],
        is_reminder=bool(message.reminder),
    )


def _is_nothing_done(some: Slice, told: Told) -> bool:
    """Whether nothing was sent that could be noted: an SMS after an e-mail, or the only part of a reminder."""
    return not told.fates or (some.is_reminder and bool(told.rows(Fate.ONLY_SMS_WAITS)))


def _after(delivered: Delivered, some: Slice, told: Told) -> Delivered:
    """A delivery once a slice was told as far as it was."""
    if not told.fates:
        return delivered
    last = max(told.fates)
    if some.way is Way.SMS_AFTER:
        return delivered.texted(last)
    return delivered.told(last, told.rows(Fate.SMS_WAITS, Fate.ONLY_SMS_WAITS), told.rows(Fate.ONLY_SMS_WAITS))
