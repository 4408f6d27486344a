"""The whole way of one letter, told from what is stored of it: nothing here decides anything anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from msgspec import Struct, structs

from brevdue.operate import grounds, history
from brevdue.operate import story_words as words
from brevdue.operate.story_words import Who
from postal import due, keys, pages, rowsets, status, working_hours
from postal.batches import Batch, BatchState
from postal.channels import MAILBOXES, Channel
from postal.consignments import Consignment, Decided, Delivered, LetterItem, PageItems
from postal.due import Work
from postal.letters import Letter, RefusedRow, letter_id
from postal.reasons import RULES_VERSION, NextStep, Reason, Way, reason_of
from postal.recipients import Recipient
from postal.register import Facts
from postal.rows import Row
from postal.senders import Country, Language
from postal.status import LetterState, Status
from postal.times import ZONES, from_text
from postal.working_hours import Pauses, Why
from receipts import lines
from receipts.words import OF_STATUS, OPENED_INSTEAD_OF_PAPER, Words


class Stored(Struct, frozen=True, kw_only=True):
    """Everything that is stored of a letter.

    Attributes:
        items: of its page.
        pauses: when Altinn was down.
        recipient, facts: as the register is now; None where the row names no recipient.
        same_reference: other rows of the batch with the reference by which it was asked for.
        listed: its line of the sender's latest list; empty where there is none, or nothing depends on it.
    """

    row: Row
    batch: Batch
    items: PageItems
    pauses: Pauses = ()
    recipient: Recipient | None = None
    facts: Facts = {}
    same_reference: tuple[int, ...] = ()
    listed: bytes = b""


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened.

    Attributes:
        at: local; None where the time is not stored.
        facts: of a decision: what held then, by which it was made.
    """

    at: datetime | None
    code: str
    text: str
    facts: list[str] = []


class Standing(Struct, frozen=True, kw_only=True):
    """Where a letter stands.

    Attributes:
        code: of the reason, or of a refused row's first error.
        text: the reason in words, with its code.
    """

    status: Status
    code: str
    channel: str
    at: datetime
    text: str


class SkippedDay(Struct, frozen=True, kw_only=True):
    """A day that did not count, or not whole."""

    date: date
    why: str


class Deadline(Struct, frozen=True, kw_only=True):
    """Since when and until when a letter may lie unopened before paper follows."""

    since: datetime
    at: datetime
    text: str


class NextStepTold(Struct, frozen=True, kw_only=True):
    """What comes next. `at` is None where that is not certain, or nothing comes by itself."""

    what: str
    at: datetime | None
    who: Who


class Story(Struct, frozen=True, kw_only=True):
    """The way of a letter.

    Attributes:
        letter: its id.
        sender: the sender's name.
        is_as_sender: it tells what the sender's receipts tell, and no more.
        asked: what the sender's row asks for.
        register: what the register says of the recipient now.
        skipped: of the time to open it.
    """

    letter: str
    reference: str
    sender: str
    language: Language
    country: Country
    is_as_sender: bool = False
    state: Standing
    asked: list[str] = []
    register: list[str] = []
    events: list[Event]
    deadline: Deadline | None = None
    skipped: list[SkippedDay] = []
    next: NextStepTold
    same_reference: tuple[int, ...] = ()


#: How soon what happens is usually reported.
REPORTED_WITHIN: Final = timedelta(minutes=10)

#: Who has to act where the letter waits.
_WAITED_FOR: Final[Mapping[Status, Who]] = {
    Status.IN_TRANSIT: Who.MAILBOX,
    Status.HELD: Who.RECIPIENT,
    Status.DELIVERED: Who.RECIPIENT,
}
_WHO: Final[Mapping[NextStep, Who]] = {
    NextStep.NONE: Who.NOBODY,
    NextStep.WAIT: Who.POST_OFFICE,
    NextStep.SENDER_FIXES: Who.SENDER,
    NextStep.FOLLOW_UP: Who.SENDER,
    NextStep.OPERATOR: Who.POST_OFFICE,
}


def tell(stored: Stored, language: Language, now: datetime) -> Story:
    """The whole way of a letter, as its operator may know it.

    Args:
        stored: of the letter.
        language: of what is told; what a refused row says of its errors stays in the sender's.
        now: the present time.

    Raises:
        KeyError: a mark that is unknown here.
    """
    return _Teller(stored, language, now).story()


def tell_as_sender(stored: Stored, language: Language, now: datetime) -> Story:
    """What the sender's receipts tell of a letter, and no more: see `tell`."""
    batch = read_in(stored.batch, language)
    line = lines.line(stored.row, _state(stored), batch, now)
    if stored.listed and batch.sender.is_neutral:
        (kept,) = lines.keep_ends([lines.encode(line)], [stored.listed])
        line = lines.decode(kept)
    at = datetime.fromisoformat(line.time)
    what = words.OF_STEP[line.next_step].read_in(language)
    until = datetime.fromisoformat(line.until) if line.until else None
    return Story(
        letter=letter_id(batch.sender.id, batch.id, line.row),
        reference=line.reference,
        sender=batch.sender.name,
        language=language,
        country=batch.sender.country,
        is_as_sender=True,
        state=Standing(
            status=line.status, code=line.code, channel=line.channel, at=at, text=f"{line.text} ({line.code})"
        ),
        events=[Event(at=at, code=line.code, text=line.text)],
        next=NextStepTold(what=what, at=until, who=_WHO[line.next_step]),
        same_reference=stored.same_reference,
    )


def read_in(batch: Batch, language: Language) -> Batch:
    """The batch of a sender that reads its receipts in a language."""
    return structs.replace(batch, sender=structs.replace(batch.sender, languages=(language,)))


def hiding_nothing(batch: Batch) -> Batch:
    """The batch of a sender whose receipts hide nothing."""
    settings = structs.replace(batch.sender.settings, disclosure="coded")
    return structs.replace(batch, sender=structs.replace(batch.sender, settings=settings))


def _state(stored: Stored) -> LetterState:
    return status.state_of(stored.items, stored.row.row, stored.batch.rows)


@dataclass(frozen=True)
class _Teller:
    """Tells one letter, in one language, at one time."""

    stored: Stored
    language: Language
    now: datetime

    def story(self) -> Story:
        stored, batch = self.stored, self.stored.batch
        is_letter = isinstance(stored.row, Letter)
        deadline = self._deadline()
        return Story(
            letter=letter_id(batch.sender.id, batch.id, stored.row.row),
            reference=stored.row.reference,
            sender=batch.sender.name,
            language=self.language,
            country=batch.sender.country,
            state=Standing(
                status=self._line.status,
                code=self._line.code,
                channel=self._line.channel,
                at=datetime.fromisoformat(self._line.time),
                text=self._why_so(),
            ),
            asked=list(self._asked(stored.row)) if isinstance(stored.row, Letter) else [],
            register=list(self._register()) if is_letter and stored.recipient else [],
            events=_in_order(self._events()),
            deadline=deadline,
            skipped=list(self._skipped(deadline.at)) if deadline else [],
            next=self._next(),
            same_reference=stored.same_reference,
        )

    # What is known of the letter

    @cached_property
    def _state(self) -> LetterState:
        return _state(self.stored)

    @cached_property
    def _line(self) -> lines.ReceiptLine:
        """What receipts that hide nothing would say."""
        batch = hiding_nothing(read_in(self.stored.batch, self.language))
        return lines.line(self.stored.row, self._state, batch, self.now)

    @cached_property
    def _explanation(self) -> str:
        """The reason in words, where the line speaks of one."""
        reason = Reason.__members__.get(self._line.code)
        return reason.explanation(self.language) if reason else ""

    def _why_so(self) -> str:
        said = self._opened() if self._line.status is Status.OPENED else None
        after_all = [self._say(OPENED_INSTEAD_OF_PAPER)] if said is words.OPENED_BEFORE_PRINT else []
        code = f"({self._line.code})"
        return " ".join([self._explanation or self._line.text, code, *after_all])

    @cached_property
    def _item(self) -> LetterItem:
        row = self.stored.row.row
        return self.stored.items.letters.get(row) or LetterItem(row=row)

    @cached_property
    def _own_decisions(self) -> list[Decided]:
        return history.own_decisions(self._item)

    @cached_property
    def _decisions(self) -> list[Decided]:
        return history.decisions(self.stored.items, self.stored.row.row, self.stored.batch.rows)

    @cached_property
    def _left_with(self) -> list[Consignment]:
        """The consignments with which the letter left for a mailbox."""
        row = self.stored.row.row
        found = [
            one
            for one in self.stored.items.consignments
            if one.channel is not Channel.PRINT and row in one.leaving_rows()
        ]
        return sorted(found, key=lambda one: one.n)

    # What the sender asked for, and what the register says

    def _asked(self, letter: Letter) -> Iterator[str]:
        if letter.delivery == "paper":
            yield self._say(words.WANTS_PAPER)
        if letter.delivery == "digital_only":
            yield self._say(words.ONLY_DIGITAL)
        if not letter.recipient:
            yield self._say(words.NO_RECIPIENT)
        if letter.address is None and letter.delivery != "digital_only":
            yield self._say(words.NO_ADDRESS)
        if letter.deliver_after:
            yield self._say(words.NOT_BEFORE, at=self._moment(from_text(letter.deliver_after)))
        if letter.respond_by:
            yield self._say(words.RESPOND_BY, at=self._moment(from_text(letter.respond_by)))
        if letter.consent and letter.consent_at:
            at = words.day(self._local(from_text(letter.consent_at)), self.language)
            yield self._say(words.CONSENT, terms=letter.consent, at=at)

    def _register(self) -> Iterator[str]:
        told = list(self._told_by_register())
        yield from told or [self._say(words.UNKNOWN_TO_REGISTER)]

    def _told_by_register(self) -> Iterator[str]:
        """What the register knows now that the rules ask for; of other senders, nothing."""
        recipient, sender = self.stored.recipient, self.stored.batch.sender.id
        if recipient is None:
            return
        for mailbox in MAILBOXES:
            name = f"mailbox.{mailbox}"
            if mailbox in recipient.mailboxes or name in self.stored.facts:
                said = words.HAS_MAILBOX if mailbox in recipient.mailboxes else words.HAS_NO_MAILBOX
                yield self._fact(name, self._say(said, mailbox=words.MAILBOXES[mailbox]))
        if recipient.chosen is not None:
            yield self._fact("chosen", self._say(words.CHOSE, mailbox=words.MAILBOXES[recipient.chosen]))
        for name, is_so, key in (
            ("opted_out", recipient.opted_out, "opted_out"),
            ("exempt", recipient.exempt, "exempt"),
            ("closed", recipient.closed, "closed"),
            (f"declined.{sender}", sender in recipient.declined, "declined"),
        ):
            if is_so or name in self.stored.facts:
                so, not_so = words.OF_FACT[key]
                yield self._fact(name, self._say(so if is_so else not_so))
        if sender in recipient.enrolled:
            yield self._say(words.FACT, fact=self._say(words.ENROLLED))

    def _fact(self, name: str, text: str) -> str:
        fact = self.stored.facts.get(name)
        if fact is None:
            return self._say(words.FACT, fact=text)
        is_later = bool(self._decisions) and fact.at > self._decisions[-1].at
        return self._say(words.FACT_LATER if is_later else words.FACT_SINCE, fact=text, at=self._moment(fact.at))

    # What happened, in the order in which it is stored; a time that is not stored is that of what stands before

    def _events(self) -> Iterator[Event]:
        batch, row = self.stored.batch, self.stored.row
        if isinstance(row, RefusedRow):
            yield self._event(batch.accepted_at, "row_refused", words.ROW_REFUSED, why=self._line.text)
            return
        yield self._event(batch.accepted_at, "accepted", words.ACCEPTED)
        if batch.decided_by:
            is_cancelled = batch.state is BatchState.CANCELLED
            code, said = ("cancelled", words.CANCELLED) if is_cancelled else ("approved", words.APPROVED)
            yield self._event(None, code, said, file=batch.decided_by.partition("@")[0])
        if self.stored.items.sorting is None and row.row in self.stored.items.recalled:
            yield self._recalled(None)
        for decided in self._decisions[:1]:
            yield self._decided(decided, "sorted", words.SORTED)
        yield from self._with_consignments()
        yield from self._decided_again()
        yield from self._alone()
        yield from self._alone_facts()
        yield from self._on_paper()

    def _with_consignments(self) -> Iterator[Event]:
        row = self.stored.row.row
        for consignment in self._left_with:
            mailbox = words.MAILBOXES[consignment.channel]
            if consignment.handed_over_at:
                yield self._event(consignment.handed_over_at, "handed_over", words.HANDED_OVER, mailbox=mailbox)
            refused = consignment.refused_rows().get(row)
            if refused is not None:
                yield self._refused(refused.at, consignment.channel, refused.code)
            for delivered in consignment.deliveries.values():
                if row in delivered.row_numbers():
                    yield from self._delivered(delivered, mailbox)
        is_left_out = any(row in one.left_out for one in self.stored.items.consignments)
        if is_left_out and not self._own_decisions:
            yield self._recalled(None)

    def _delivered(self, delivered: Delivered, mailbox: str) -> Iterator[Event]:
        """A delivery with its notices: when each recipient was told is not stored, only how far they are told."""
        row = self.stored.row.row
        is_told = row <= delivered.notified_to
        if delivered.is_reminder:
            if is_told and not self._is_spared(delivered.at):
                yield self._event(delivered.at, "reminded", words.REMINDED)
            return
        yield self._event(delivered.at, "delivered", words.DELIVERED, mailbox=mailbox)
        is_reached = row not in rowsets.decode(delivered.unreached) and self._item.notice_failed_at is None
        if is_told and is_reached and not self._is_spared(delivered.at):
            yield self._event(None, "told", words.TOLD)
        if row in delivered.rows_to_text():
            yield self._event(None, "sms_waits", words.SMS_WAITS)

    def _decided_again(self) -> Iterator[Event]:
        """The letter's own decisions, each with its mailbox's refusal where it left alone and was refused."""
        for before, decided in pairwise(self._decisions):
            code, said = _kind(reason_of(before.mark), reason_of(decided.mark))
            yield self._decided(decided, code, said)
            yield from self._refused_alone(decided)

    def _refused_alone(self, decided: Decided) -> Iterator[Event]:
        mailbox = reason_of(decided.mark).way.mailbox
        own = next((tried.code for tried in self._item.tried if tried.channel is mailbox), None)
        if mailbox is None or own is None or decided.refused_at is None:
            return
        if decided.handed_over_at:
            name = words.MAILBOXES[mailbox]
            yield self._event(decided.handed_over_at, "handed_over", words.HANDED_OVER, mailbox=name)
        yield self._refused(decided.refused_at, mailbox, own)

    def _alone(self) -> Iterator[Event]:
        """What is stored of a letter that left alone for a mailbox."""
        item = self._item
        mailbox = next(
            (way for decided in reversed(self._own_decisions) if (way := reason_of(decided.mark).way.mailbox)), None
        )
        if mailbox is None:
            return
        name = words.MAILBOXES[mailbox]
        if item.handed_over_at:
            yield self._event(item.handed_over_at, "handed_over", words.HANDED_OVER, mailbox=name)
        if item.delivered_at is None:
            return
        yield self._event(item.delivered_at, "delivered", words.DELIVERED, mailbox=name)
        is_told = item.notified_at is not None and not self._is_spared(item.notified_at)
        if is_told and not item.unreached and item.notice_failed_at is None:
            yield self._event(item.notified_at, "told", words.TOLD)
        if item.sms_waits:
            yield self._event(item.notified_at, "sms_waits", words.SMS_WAITS)
        yield from self._reminded_alone(item.delivered_at)

    def _reminded_alone(self, delivered_at: datetime) -> Iterator[Event]:
        letter, state = self.stored.row, self._as_delivered()
        if not isinstance(letter, Letter) or state is None:
            return
        fell_due = {
            one.reminder: one.at
            for one in due.of_letter(letter, state, self.stored.batch.sender, delivered_at, self.stored.pauses)
        }
        for reminder in sorted(self._item.reminded):
            at = fell_due.get(reminder)
            if at is None or not self._is_spared(at):
                yield self._event(at, "reminded", words.REMINDED)

    def _alone_facts(self) -> Iterator[Event]:
        item = self._item
        if item.notice_failed_at:
            yield self._reported(item.notice_failed_at, item.notice_failed_noted_at, "not_reached", words.NOT_REACHED)
        if item.held_until:
            yield self._event(None, "hold_extended", words.EXTENDED, until=self._moment(item.held_until))
        if item.opened_at:
            yield self._reported(item.opened_at, item.opened_noted_at, "opened", self._opened())
        if item.responded_at:
            yield self._event(item.responded_at, "responded", words.RESPONDED)

    def _opened(self) -> Words:
        item = self._item
        if item.claimed_for:
            is_late = item.claimed_at is not None and item.opened_at is not None and item.opened_at >= item.claimed_at
            return words.OPENED_AFTER_CLAIM if is_late else words.OPENED
        is_for_paper = bool(self._decisions) and reason_of(self._decisions[-1].mark).way is Way.PRINT
        return words.OPENED_BEFORE_PRINT if is_for_paper else words.OPENED

    def _on_paper(self) -> Iterator[Event]:
        item = self._item
        consignment = self.stored.items.consignment(Channel.PRINT, item.claimed_for) if item.claimed_for else None
        if consignment is not None and consignment.cut_off is not None:
            printer = self.stored.batch.sender.settings.printer
            yield self._event(
                item.claimed_at,
                "in_print_job",
                words.CLAIMED,
                cut_off=self._moment(consignment.cut_off),
                printer=printer,
                folder=keys.print_folder(printer, consignment.cut_off),
            )
            if consignment.handed_over_at and self._state.is_claimed:
                yield self._event(consignment.handed_over_at, "at_printer", words.AT_PRINTER)
            printed_at = consignment.delivery_times().get(item.row)
            if printed_at:
                yield self._event(printed_at, "printed", words.PRINTED)
        if item.returned_at:
            yield self._reported(item.returned_at, item.returned_noted_at, "returned", words.RETURNED)

    def _is_spared(self, at: datetime) -> bool:
        """Whether the recipient needed no notice any more: the letter was opened, or they had died or closed."""
        opened_at = self._item.opened_noted_at or self._item.opened_at
        closed = self.stored.facts.get("closed")
        is_closed = closed is not None and bool(closed.value) and closed.at <= at
        return is_closed or (opened_at is not None and opened_at <= at)

    # The time to open it

    def _as_delivered(self) -> LetterState | None:
        """The letter as it lay in its mailbox, whatever became of it since; None where it lay in none."""
        mailboxes = [reason for one in self._decisions if (reason := reason_of(one.mark)).way.mailbox is not None]
        at = self._state.delivered_at
        if not mailboxes or at is None:
            return None
        return LetterState(row=self._state.row, status=Status.DELIVERED, reason=mailboxes[-1], at=at, delivered_at=at)

    @cached_property
    def _pauses(self) -> Pauses:
        """The outages that put paper off; one that was recorded after the letter had gone on paper did not."""
        letter, state = self.stored.row, self._as_delivered()
        if not isinstance(letter, Letter) or state is None:
            return ()
        at = self._decide_at(letter, state, self.stored.pauses)
        on_paper = [one.at for one in self._own_decisions if reason_of(one.mark) is Reason.UNOPENED_IN_ALTINN]
        return () if at is None or any(at > gone_at for gone_at in on_paper) else self.stored.pauses

    def _decide_at(self, letter: Letter, state: LetterState, pauses: Pauses) -> datetime | None:
        dues = due.of_letter(letter, state, self.stored.batch.sender, self.now, pauses)
        return next((one.at for one in dues if one.work is Work.DECIDE), None)

    def _deadline(self) -> Deadline | None:
        letter, state = self.stored.row, self._as_delivered()
        if not isinstance(letter, Letter) or state is None or state.reason is None or state.at is None:
            return None
        mailbox, at = state.reason.way.mailbox, self._decide_at(letter, state, self._pauses)
        if (
            mailbox is None
            or at is None
            or any(reason_of(one.mark) is Reason.NOTICES_FAILED for one in self._decisions)
        ):
            return None
        hours = self.stored.batch.sender.settings.unopened_hours
        text = self._say(words.DEADLINE, mailbox=words.MAILBOXES[mailbox], hours=hours, at=self._moment(at))
        return Deadline(since=self._local(state.at), at=self._local(at), text=text)

    def _skipped(self, deadline: datetime) -> Iterator[SkippedDay]:
        delivered_at, country = self._state.delivered_at, self.stored.batch.sender.country
        if delivered_at is not None:
            for one in working_hours.skipped(delivered_at, deadline, country, self._pauses):
                yield SkippedDay(date=one.day, why=self._why(one))

    def _why(self, skipped: working_hours.Skipped) -> str:
        match skipped.why:
            case Why.WEEKEND:
                return self._say(words.WEEKEND)
            case Why.HOLIDAY:
                known = [(name, words.HOLIDAYS.get(name)) for name in skipped.holidays]
                names = ", ".join(self._say(said) if said else name for name, said in known)
                return self._say(words.HOLIDAY, name=names)
            case Why.PAUSE:
                begin = words.clock(self._local(skipped.begin), self.language)
                end = words.clock_of_end(self._local(skipped.end), self.language)
                return self._say(words.OUTAGE, mailbox=words.MAILBOXES[Channel.ALTINN], begin=begin, end=end)

    # What comes next

    def _next(self) -> NextStepTold:
        line, row = self._line, self.stored.row
        what = line.text.removeprefix(self._explanation).strip()
        who = _WHO[line.next_step]
        if isinstance(row, RefusedRow):
            what = self._say(OF_STATUS[Status.REJECTED])
        if line.next_step is NextStep.NONE:
            what = self._say(words.NOTHING)
        if line.next_step is NextStep.WAIT:
            who = Who.PRINTER if self._state.is_claimed else _WAITED_FOR.get(line.status, who)
        at: datetime | None = None
        if isinstance(row, Letter):
            page = pages.rows_of(pages.page_of(row.row), self.stored.batch.rows)
            sender, items = self.stored.batch.sender, self.stored.items
            dues = due.of_page({row.row: row}, items, page, sender, self.now, self.stored.pauses)
            at = min((one.at for one in dues if one.work is not Work.REMIND), default=None)
            reminder = due.next_at([one for one in dues if one.work is Work.REMIND], self.now)
            if reminder is not None:
                said = self._say(words.REMINDER, at=self._moment(reminder))
                what = f"{what} {said}" if line.next_step is not NextStep.NONE else said
        return NextStepTold(what=what, at=self._local(at) if at else None, who=who)

    # Words

    def _event(self, at: datetime | None, code: str, said: Words, **values: str) -> Event:
        return Event(at=self._local(at) if at else None, code=code, text=self._say(said, **values))

    def _reported(self, at: datetime, noted_at: datetime | None, code: str, said: Words) -> Event:
        """Something that is told with when it was noted, where that was later by more than reports usually are."""
        event = self._event(at, code, said)
        if noted_at is None or noted_at - at < REPORTED_WITHIN:
            return event
        return structs.replace(event, text=f"{event.text} {self._say(words.NOTED, at=self._moment(noted_at))}")

    def _decided(self, decided: Decided, code: str, said: Words) -> Event:
        reason = reason_of(decided.mark)
        why = f"{reason.explanation(self.language)} ({reason.code})"
        event = structs.replace(self._event(decided.at, code, said, why=why), facts=self._facts(decided))
        if reason.way is not Way.HELD:
            return event
        state = LetterState(row=self._item.row, status=Status.HELD, reason=reason, at=decided.at)
        until = self._moment(due.hold_ends(state, self.stored.batch.sender))
        return structs.replace(event, text=f"{event.text} {self._say(words.HOLD_LIMIT, until=until)}")

    def _facts(self, decided: Decided) -> list[str]:
        """What held when a decision was made; only the rules that made it can tell."""
        letter, sender = self.stored.row, self.stored.batch.sender
        if not isinstance(letter, Letter) or decided.rules_version != RULES_VERSION:
            return []
        before = self._decisions[: self._decisions.index(decided)]
        left_for = {reason_of(one.mark).way.mailbox for one in before}
        tried = [one.channel for one in self._item.tried if one.channel in left_for]
        found = grounds.of(reason_of(decided.mark), letter, sender, tried)
        return [self._say(grounds.WORDS[ground], terms=letter.consent) for ground in found]

    def _refused(self, at: datetime | None, channel: Channel, code: str) -> Event:
        return self._event(at, "refused", words.REFUSED, mailbox=words.MAILBOXES[channel], own=code or "?")

    def _recalled(self, at: datetime | None) -> Event:
        reason = Reason.RECALLED_BY_SENDER
        why = f"{reason.explanation(self.language)} ({reason.code})"
        return self._event(at, "recalled", words.DECIDED, why=why)

    def _say(self, said: Words, **values: object) -> str:
        return said.read_in(self.language).format(**values)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZONES[self.stored.batch.sender.country])

    def _moment(self, at: datetime) -> str:
        return words.moment(self._local(at), self.language)


def _kind(before: Reason, reason: Reason) -> tuple[str, Words]:
    """What a decision that follows another is called."""
    if reason.way.mailbox is not None:
        match before.way:
            case Way.HELD:
                return "released", words.RELEASED
            case Way.PRINT:
                return "turned_digital", words.TURNED_DIGITAL
            case _:
                return "decided_again", words.DECIDED_AGAIN
    match reason.way:
        case Way.PRINT:
            return "for_paper", words.FOR_PAPER
        case Way.HELD:
            return "held", words.DECIDED_AGAIN
        case other:
            return other.value, words.DECIDED


def _in_order(events: Iterator[Event]) -> list[Event]:
    """Events by their times; one without a time stays behind the one that it follows."""
    placed: list[tuple[datetime, int, Event]] = []
    for n, event in enumerate(events):
        at = event.at or (placed[-1][0] if placed else None)
        if at is None:
            raise ValueError("the first event has a time")
        placed.append((at, n, event))
    return [event for _, _, event in sorted(placed, key=lambda one: one[:2])]
