"""What notification does: tell the recipients of a delivery, in order, in slices.

E-mail goes at once; an SMS waits for the hours in which it may be sent. At least
once: progress is written after each slice, so a redelivery repeats none and a crash
repeats at most one slice. A notice that has to wait for its turn goes back to the
queue as a new message, so waiting never makes it a dead letter; one that waits for
the morning has a due entry, which is deleted once its message is done with.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from math import ceil
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.queues import Queue
from cloud.recipients import Recipients
from notification.hours import sms_from
from notification.notifier import Notifier, Outcome
from notification.texts import language_of, notice
from postal import messages, rowsets
from postal.batches import Batch
from postal.channels import Channel
from postal.consignments import Delivered, LetterItem
from postal.letters import Letter
from postal.messages import NotifyConsignment, NotifyLetter
from postal.pages import Page
from postal.reasons import reason_of
from postal.recipients import Recipient

#: How many recipients are told between two notes of progress.
SLICE: Final = 50

#: How long a throttled notice waits.
_WAIT_WHEN_THROTTLED: Final = timedelta(minutes=1)
#: How long to wait for another function that is at the same delivery.
_WAIT_FOR_OTHER: Final = timedelta(minutes=5)

_NO_WAIT: Final = timedelta(0)


class Way(Enum):
    """How recipients are told just now."""

    BOTH = auto()
    EMAIL_FIRST = auto()
    SMS_AFTER = auto()


class Fate(Enum):
    """What became of telling a recipient, once it is done.

    SMS_WAITS: an e-mail was sent, and an SMS follows in its hours. ONLY_SMS_WAITS: an SMS
    is what is left. AS_BEFORE: was told already, or need not be told any more.
    """

    TOLD = auto()
    SMS_WAITS = auto()
    ONLY_SMS_WAITS = auto()
    NOT_REACHED = auto()
    AS_BEFORE = auto()


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Recipients who are told between two notes of progress.

    Attributes:
        unreached: rows whom no e-mail has reached, where the SMS comes after it.
        is_reminder: they were told before.
    """

    page: Page
    mailbox: Channel
    rows: list[int]
    way: Way
    unreached: Collection[int] = ()
    is_reminder: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """How far a slice was told.

    Attributes:
        fates: of those who are done with, in order.
        wait: how long the others have to wait.
    """

    fates: Mapping[int, Fate]
    wait: timedelta = _NO_WAIT

    def rows(self, *fates: Fate) -> list[int]:
        """The rows that met one of these fates, in order."""
        return [row for row, fate in self.fates.items() if fate in fates]


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
        message = messages.decode(body)
        match message:
            case NotifyConsignment():
                self._notify_consignment(message, now)
            case NotifyLetter():
                self._notify_letter(message, now)
            case _:
                raise ValueError(f"notification takes no {type(message).__name__}")
        if message.due_sk:
            # What is left to do is in the queue again, or has an entry of its own.
            self.batches.due_entries.disarm(message.due_sk, message.token)

    def _notify_consignment(self, message: NotifyConsignment, now: datetime) -> None:
        page, key = message.page, message.delivery
        consignment = self.batches.consignment(page, message.channel, message.n)
        if consignment is None or key not in consignment.deliveries:
            raise ValueError("a delivery that is not recorded")
        batch = self.batches.committed(page.sender, page.batch)
        opening = sms_from(now, batch.sender.country)
        letters: dict[int, Letter] = {}
        while some := _next_slice(message, consignment.deliveries[key], may_text=opening <= now):
            turn_at = self._turn(message, len(some.rows), batch, now)
            held = structs.replace(message, turn_at=turn_at)
            if turn_at > now:
                self._wait(held, turn_at - now)
                return
            if not self.batches.begin_notices(page, consignment, key, now):
                self._wait(held, _WAIT_FOR_OTHER)
                return
            # A turn is for one slice.
            message = structs.replace(message, turn_at=None)
            letters = letters or row_files.letters_of(self.bucket, page)
            told = self._tell(some, letters, batch, now)
            after = _after(consignment.deliveries[key], some, told)
            consignment = self.batches.end_notices(page, consignment, key, after)
            if told.wait:
                self._wait(held, told.wait)
                return
        if consignment.deliveries[key].sms_waits:
            self.batches.due_entries.arm_notices(message, opening)

    def _notify_letter(self, message: NotifyLetter, now: datetime) -> None:
        page = message.page
        letter = self.batches.letter(page, message.row)
        if letter is None:
            raise ValueError("a letter to which nothing has happened")
        if letter.attempt != message.attempt:
            return
        batch = self.batches.committed(page.sender, page.batch)
        opening = sms_from(now, batch.sender.country)
        some = _slice_of_one(message, letter, may_text=opening <= now)
        if some is not None:
            turn_at = self._turn(message, 1, batch, now)
            held = structs.replace(message, turn_at=turn_at)
            if turn_at > now:
                self._wait(held, turn_at - now)
                return
            message = structs.replace(message, turn_at=None)
            told = self._tell(some, row_files.letters_of(self.bucket, page), batch, now)
            if told.wait:
                self._wait(held, told.wait)
                return
            if message.reminder:
                self.batches.set_reminded(page, letter, message.reminder)
                return
            sms_waits = bool(told.rows(Fate.SMS_WAITS, Fate.ONLY_SMS_WAITS))
            unreached = bool(told.rows(Fate.ONLY_SMS_WAITS))
            letter = self.batches.set_told(page, letter, now, sms_waits=sms_waits, unreached=unreached)
        if letter is None:
            return
        if letter.sms_waits or (message.reminder and message.reminder not in letter.reminded):
            self.batches.due_entries.arm_notices(message, opening)

    def _turn(self, message: NotifyConsignment | NotifyLetter, count: int, batch: Batch, now: datetime) -> datetime:
        """When it is the sender's turn: as the message has booked it, else as is booked now."""
        if message.turn_at is not None:
            return message.turn_at
        return self.batches.book_notices(batch.sender.id, count, batch.sender.settings.notice_rate, now)

    def _tell(self, some: Slice, letters: Mapping[int, Letter], batch: Batch, now: datetime) -> Told:
        """Tell the recipients of a slice, in order, up to one that is throttled."""
        recipients = self.recipients.recipients(letters[row].recipient for row in some.rows)
        opened = self._need_no_more(some.page) if some.is_reminder or some.way is Way.SMS_AFTER else ()
        fates: dict[int, Fate] = {}
        for row in some.rows:
            recipient = recipients[letters[row].recipient]
            done = row in opened or recipient.closed
            fate = Fate.AS_BEFORE if done else self._tell_one(some, letters[row], recipient, batch, now)
            if fate is None:
                break
            fates[row] = fate
        told = Told(fates=fates, wait=_NO_WAIT if len(fates) == len(some.rows) else _WAIT_WHEN_THROTTLED)
        if not some.is_reminder:
            self._note_not_reached(told.rows(Fate.NOT_REACHED), some.page, batch, now)
        metrics.add_metric(
            name="RecipientsTold", unit=MetricUnit.Count, value=len(told.rows(Fate.TOLD, Fate.SMS_WAITS))
        )
        return told

    def _tell_one(self, some: Slice, letter: Letter, recipient: Recipient, batch: Batch, now: datetime) -> Fate | None:
        """Tell one recipient; None where the services have had enough for now."""
        language = language_of(letter.language, recipient.language, batch.sender.language)
        email, mobile = recipient.contact.fresh_email(now), recipient.contact.fresh_mobile(now)
        outcome = self.notifier.send(
            notice(batch.sender.name, some.mailbox, language, is_reminder=some.is_reminder),
            email="" if some.way is Way.SMS_AFTER else email,
            mobile="" if some.way is Way.EMAIL_FIRST else mobile,
        )
        if outcome is Outcome.THROTTLED:
            return None
        sent = outcome is Outcome.SENT
        if some.way is Way.EMAIL_FIRST and mobile:
            return Fate.SMS_WAITS if sent else Fate.ONLY_SMS_WAITS
        if some.way is Way.SMS_AFTER and letter.row not in some.unreached:
            return Fate.AS_BEFORE
        return Fate.TOLD if sent else Fate.NOT_REACHED

    def _note_not_reached(self, rows: list[int], page: Page, batch: Batch, now: datetime) -> None:
        for row in rows:
            self.batches.set_fact(page, row, "notice_failed_at", now, now)
        if rows:
            self.batches.due_entries.arm_page_soon(batch, page, now)
            self.batches.due_entries.arm_next_receipts(batch, now)
        metrics.add_metric(name="RecipientsNotReached", unit=MetricUnit.Count, value=len(rows))

    def _need_no_more(self, page: Page) -> set[int]:
        """The letters of which nobody is told any more: opened meanwhile (Digdir, as in `hours`), or on paper."""
        letters = self.batches.page_items(page.sender, page.batch, page.number).letters
        return {
            row
            for row, letter in letters.items()
            if letter.opened_at is not None or (letter.mark and reason_of(letter.mark).way.mailbox is None)
        }

    def _wait(self, message: NotifyConsignment | NotifyLetter, wait: timedelta) -> None:
        seconds = max(1, ceil(wait.total_seconds()))
        again = structs.replace(message, due_sk="", token="")
        self.notices.send(again, group=message.page.sender, delay_seconds=seconds)
        metrics.add_metric(name="NoticesWaiting", unit=MetricUnit.Count, value=1)


def _next_slice(message: NotifyConsignment, delivered: Delivered, *, may_text: bool) -> Slice | None:
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
        rows=rows[:SLICE],
        way=way,
        unreached=rowsets.decode(delivered.unreached),
        is_reminder=delivered.is_reminder,
    )


def _slice_of_one(message: NotifyLetter, letter: LetterItem, *, may_text: bool) -> Slice | None:
    """The recipient of a letter that left alone; None where it is told, as far as it may be now."""
    page, mailbox, rows = message.page, message.channel, [letter.row]
    if message.reminder:
        # A reminder has time: both ways at once, in the hours of an SMS.
        is_due = may_text and message.reminder not in letter.reminded
        return Slice(page=page, mailbox=mailbox, rows=rows, way=Way.BOTH, is_reminder=True) if is_due else None
    if letter.notified_at is None:
        way = Way.BOTH if may_text else Way.EMAIL_FIRST
    elif may_text and letter.sms_waits:
        way = Way.SMS_AFTER
    else:
        return None
    return Slice(page=page, mailbox=mailbox, rows=rows, way=way, unreached=rows if letter.unreached else [])


def _after(delivered: Delivered, some: Slice, told: Told) -> Delivered:
    """A delivery once a slice was told as far as it was."""
    if not told.fates:
        return delivered
    last = max(told.fates)
    if some.way is Way.SMS_AFTER:
        return delivered.texted(last)
    return delivered.told(last, told.rows(Fate.SMS_WAITS, Fate.ONLY_SMS_WAITS), told.rows(Fate.ONLY_SMS_WAITS))
