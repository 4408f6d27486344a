"""Telling the recipients of a slice: e-mail first, then SMS, in order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.observability import metrics
from cloud.recipients import Recipients
from cloud.time_left import TimeLeft
from notification.notifier import WAITS, Notifier, Outcome
from notification.texts import Notice, language_of, notice
from notification.unreached import Unreached
from postal.batches import Batch
from postal.channels import Channel
from postal.letters import Letter
from postal.notices import Means, NoticePointer
from postal.pages import Page
from postal.reasons import reason_of
from postal.recipients import Recipient


class Way(Enum):
    """How recipients are told just now."""

    BOTH = auto()
    EMAIL_FIRST = auto()
    SMS_AFTER = auto()


class Fate(Enum):
    """What became of telling a recipient, once it is done.

    SMS_WAITS: an e-mail was sent, and an SMS follows. ONLY_SMS_WAITS: an SMS is what is left.
    AS_BEFORE: was told already, or need not be told any more.
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
        of: which of their letters' notices it is.
        attempt: of their letters.
        unreached: rows whom no e-mail has reached, where the SMS comes after it.
        is_reminder: they were told before.
    """

    page: Page
    mailbox: Channel
    rows: list[int]
    way: Way
    of: str
    attempt: int
    unreached: Collection[int] = ()
    is_reminder: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """How far a slice was told.

    Attributes:
        fates: of those who are done with, in order.
        halted: why the one after them is not told yet; None where it is for want of time, or all are.
        sms_halted: why no SMS is sent for now; None where they are.
    """

    fates: Mapping[int, Fate]
    halted: Outcome | None = None
    sms_halted: Outcome | None = None

    def rows(self, *fates: Fate) -> list[int]:
        """The rows that met one of these fates, in order."""
        return [row for row, fate in self.fates.items() if fate in fates]


@dataclass(frozen=True, kw_only=True)
class _One:
    """A recipient who is being told."""

    letter: Letter
    notice: Notice
    email: str
    mobile: str


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells the recipients of slices."""

    batches: Batches
    recipients: Recipients
    notifier: Notifier
    unreached: Unreached

    def tell(
        self, some: Slice, letters: Mapping[int, Letter], batch: Batch, now: datetime, time_left: TimeLeft
    ) -> Told:
        """Tell the recipients of a slice, in order, up to one who has to wait."""
        recipients = self.recipients.recipients(letters[row].recipient for row in some.rows)
        opened = self._need_no_more(some.page) if some.is_reminder or some.way is Way.SMS_AFTER else ()
        fates: dict[int, Fate] = {}
        halted: Outcome | None = None
        sms_halted: Outcome | None = None
        for row in some.rows:
            if time_left.is_short():
                break
            recipient = recipients[letters[row].recipient]
            if row in opened or recipient.closed:
                fates[row] = Fate.AS_BEFORE
                continue
            one = _one(some, letters[row], recipient, batch, now)
            email, sms = self._email(some, one), None
            if email in WAITS:
                halted = email
                break
            if email is Outcome.UNREACHABLE:
                # As if there were no address: no bounce will come to say so.
                one, email = replace(one, email=""), None
            if some.way is not Way.EMAIL_FIRST and not sms_halted:
                sms = self._sms(some, one, now)
                sms_halted = sms if sms in WAITS else None
            if sms_halted and some.way is Way.SMS_AFTER:
                break
            fates[row] = _fate(some, one, email, sms)
            if sms is Outcome.UNREACHABLE and _is_told_otherwise(some, one, email) and not some.is_reminder:
                # Should the e-mail come back later, neither has reached the recipient.
                both = frozenset(Means)
                self.unreached.note_failed(some.page, batch, row, some.attempt, Means.SMS, both, now)
        told = Told(fates=fates, halted=halted, sms_halted=sms_halted)
        self._count(told)
        if not some.is_reminder:
            self.unreached.note_not_reached(told.rows(Fate.NOT_REACHED), some.page, batch, now)
        return told

    def _email(self, some: Slice, one: _One) -> Outcome | None:
        """Send the e-mail; None where none is to be sent now."""
        if some.way is Way.SMS_AFTER or not one.email:
            return None
        of = frozenset({Means.EMAIL, Means.SMS} if one.mobile else {Means.EMAIL})
        return self.notifier.send_email(one.notice, one.email, _pointer(some, one, Means.EMAIL, of))

    def _sms(self, some: Slice, one: _One, now: datetime) -> Outcome:
        """Send the SMS, unless it was sent before: what is noted of it counts, for a repeat rings again."""
        row = one.letter.row
        if not one.mobile:
            return Outcome.UNREACHABLE
        if not self.batches.note_sms(some.page, row, some.of, now):
            return Outcome.SENT
        has_email = row not in some.unreached if some.way is Way.SMS_AFTER else bool(one.email)
        of = frozenset({Means.EMAIL, Means.SMS} if has_email else {Means.SMS})
        outcome = self.notifier.send_sms(one.notice, one.mobile, _pointer(some, one, Means.SMS, of))
        if outcome is not Outcome.SENT:
            self.batches.take_back_sms(some.page, row, some.of)
        return outcome

    def _need_no_more(self, page: Page) -> set[int]:
        """The letters of which nobody is told any more: opened meanwhile (Digdir, as in `hours`), or on paper."""
        letters = self.batches.page_items(page.sender, page.batch, page.number).letters
        return {
            row
            for row, letter in letters.items()
            if letter.opened_at is not None or (letter.mark and reason_of(letter.mark).way.mailbox is None)
        }

    def _count(self, told: Told) -> None:
        halts = (told.halted, told.sms_halted)
        reached = len(told.rows(Fate.TOLD, Fate.SMS_WAITS))
        metrics.add_metric(name="RecipientsTold", unit=MetricUnit.Count, value=reached)
        metrics.add_metric(name="NoticesWithheld", unit=MetricUnit.Count, value=halts.count(Outcome.WITHHELD))
        metrics.add_metric(name="NoticesRefused", unit=MetricUnit.Count, value=halts.count(Outcome.REFUSED))


def _one(some: Slice, letter: Letter, recipient: Recipient, batch: Batch, now: datetime) -> _One:
    language = language_of(letter.language, recipient.language, batch.sender.language)
    return _One(
        letter=letter,
        notice=notice(batch.sender.name, some.mailbox, language, is_reminder=some.is_reminder),
        email=recipient.email_for_notices(now),
        mobile=recipient.mobile_for_notices(now),
    )


def _pointer(some: Slice, one: _One, means: Means, of: frozenset[Means]) -> NoticePointer:
    page = some.page
    return NoticePointer(
        sender=page.sender,
        batch=page.batch,
        row=one.letter.row,
        attempt=some.attempt,
        means=means,
        of=of,
        is_reminder=some.is_reminder,
    )


def _fate(some: Slice, one: _One, email: Outcome | None, sms: Outcome | None) -> Fate:
    """What became of telling one recipient. An SMS of which nothing is said is still to come, if there is a number."""
    if some.way is Way.SMS_AFTER and one.letter.row not in some.unreached:
        return Fate.AS_BEFORE
    if one.mobile and (sms is None or sms in WAITS):
        return Fate.ONLY_SMS_WAITS if email is None else Fate.SMS_WAITS
    return Fate.TOLD if Outcome.SENT in {email, sms} else Fate.NOT_REACHED


def _is_told_otherwise(some: Slice, one: _One, email: Outcome | None) -> bool:
    """Whether an e-mail went out beside the SMS, which was due too."""
    if some.way is Way.SMS_AFTER:
        return one.letter.row not in some.unreached
    return email is Outcome.SENT and bool(one.mobile)
