"""What follows from a page's decisions, each step harmless to repeat.

Which steps are still to be done is read from what is stored, so that whoever
comes again, for whatever reason, does what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cloud.batches import Batches
from cloud.queues import Queue
from cloud.recipients import HeldLetter, Recipients
from cloud.time_left import TimeLeft
from postal import consent, due, pages, rowsets, rules
from postal.batches import Batch
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, Consignment, LetterItem, PageItems
from postal.letters import Letter
from postal.messages import DeliverConsignment, DeliverLetter, ReleaseHeld
from postal.pages import Page
from postal.reasons import Reason, reason_of
from postal.recipients import Recipient
from postal.times import from_text

#: Letters by their rows.
Letters = Mapping[int, Letter]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What stands for a letter: the page's sorting, or its own later decision."""

    reason: Reason
    at: datetime
    attempt: int
    item: LetterItem | None


@dataclass(frozen=True, kw_only=True)
class AfterSteps:
    """Does what follows: stores and lets go, enrols, tells what was disclosed, sends on, and arms what comes next."""

    batches: Batches
    recipients: Recipients
    mailboxes: Mapping[Channel, Queue]
    register: Queue

    def do(  # noqa: PLR0913, PLR0917 - what is known, and what is decided of it
        self,
        batch: Batch,
        page: Page,
        items: PageItems,
        letters: Letters,
        known: Mapping[str, Recipient],
        now: datetime,
        time_left: TimeLeft,
    ) -> None:
        """Do every after-step of a page.

        Args:
            batch: the page's batch.
            page: the page.
            items: everything that is stored of it; it is sorted.
            letters: the page's letters.
            known: recipients that were looked up just now.
            now: the time.
            time_left: what there is none for is left to a repeat.

        Raises:
            OutOfTimeError: something was left.
        """
        decided = _decisions(page, items)
        self._let_go(batch, page, items, letters, time_left)
        self._store(batch, page, decided, letters, now, time_left)
        self._enrol(batch, decided, letters, known, time_left)
        self.recipients.disclose(
            consent.disclosures(
                ((letter, decided[row].reason, decided[row].at) for row, letter in letters.items()),
                batch.id,
                batch.sender,
            )
        )
        self._consign(page, items, decided)
        self._arm(batch, page, items, letters, now)

    def _let_go(self, batch: Batch, page: Page, items: PageItems, letters: Letters, time_left: TimeLeft) -> None:
        """Keep letters no more with their recipients that waited there and have moved on."""
        for item in time_left.each(item for item in items.letters.values() if item.lets_go_of):
            held = HeldLetter.of(batch, page, letters[item.row], item.lets_go_of, reason_of(item.mark))
            self.recipients.let_go(held)
            self.batches.set_let_go(page, item)

    def _store(  # noqa: PLR0913, PLR0917 - what is decided of which letters, and the times
        self,
        batch: Batch,
        page: Page,
        decided: Mapping[int, Decision],
        letters: Letters,
        now: datetime,
        time_left: TimeLeft,
    ) -> None:
        """Store with their recipients the letters that still wait for them: held, or for paper and never in a mailbox.

        Then look again: a recipient whose profile changed meanwhile did not see them.
        """
        waiting = {row: decision for row, decision in decided.items() if _is_to_store(decision, letters.get(row))}
        if not waiting:
            return
        self.recipients.hold(
            HeldLetter.of(batch, page, letters[row], decision.attempt, decision.reason)
            for row, decision in waiting.items()
        )
        again = self.recipients.recipients(letters[row].recipient for row in waiting)
        to_release = {
            letters[row].recipient
            for row, decision in waiting.items()
            if rules.decide_stored(
                letters[row], decision.reason, again[letters[row].recipient], batch.sender, now, _tried(decision)
            )
            is not decision.reason
        }
        self.register.send_all(
            [ReleaseHeld(recipient=recipient) for recipient in sorted(to_release)], group=page.sender
        )
        alone = [row for row, decision in waiting.items() if decision.item is not None and decision.item.mark]
        for row in time_left.each(alone):
            self.batches.set_letter(page, row, "stored_at", now, attempt=waiting[row].attempt)

    def _enrol(
        self,
        batch: Batch,
        decided: Mapping[int, Decision],
        letters: Letters,
        known: Mapping[str, Recipient],
        time_left: TimeLeft,
    ) -> None:
        """The first delivery enrols the recipient with the sender."""
        delivered = [letters[row] for row, one in decided.items() if one.reason is Reason.REGISTERED_IN_EBOKS]
        unknown = [letter.recipient for letter in delivered if letter.recipient not in known]
        recipients = {**known, **self.recipients.recipients(unknown)}
        first = {letter.recipient: letter for letter in reversed(delivered)}
        new = [one for one in first.values() if batch.sender.id not in recipients[one.recipient].enrolled]
        for letter in time_left.each(new):
            evidence = consent.enrolment(letter, batch.id, batch.sender)
            if evidence is not None:
                self.recipients.enrol(evidence)
                self.recipients.set_enrolled(letter.recipient, batch.sender.id)

    def _consign(self, page: Page, items: PageItems, decided: Mapping[int, Decision]) -> None:
        """Make the page's consignments and send them to their mailboxes, with the letters that leave alone."""
        for channel, rows in _rows_by_mailbox(page, items).items():
            consignment = items.consignment(channel, 1)
            if consignment is None:
                self.batches.put_consignment(page, Consignment(channel=channel, n=1, rows=rowsets.encode(rows)))
            if consignment is None or consignment.handed_over_at is None:
                self.mailboxes[channel].send(DeliverConsignment(page=page, channel=channel, n=1), group=page.sender)
        alone: dict[Channel, list[DeliverLetter]] = {}
        for row, decision in decided.items():
            mailbox = decision.reason.way.mailbox
            if decision.item is not None and decision.item.mark and mailbox and not decision.item.handed_over_at:
                letter = DeliverLetter(page=page, channel=mailbox, row=row, attempt=decision.attempt)
                alone.setdefault(mailbox, []).append(letter)
        for mailbox, letters in alone.items():
            self.mailboxes[mailbox].send_all(letters, group=page.sender)

    def _arm(self, batch: Batch, page: Page, items: PageItems, letters: Letters, now: datetime) -> None:
        """Have the page looked after when the first thing falls due, and receipts written as reactions do."""
        dues = due.of_page(letters, items, pages.rows_of(page.number, batch.rows), batch.sender, now)
        at = due.next_at(dues, now)
        if at is not None:
            self.batches.due_entries.arm_page(batch, page, at)
        if not batch.sender.is_neutral:
            wanted = {from_text(letter.respond_by) for letter in letters.values() if letter.respond_by}
            self.batches.due_entries.arm_receipts_at(batch, sorted(moment for moment in wanted if moment > now))


def _is_to_store(decision: Decision, letter: Letter | None) -> bool:
    """Whether a letter waits for a change of its recipient's profile, and is not stored for that yet."""
    if letter is None:
        return False
    item = decision.item
    if item is not None and (item.stored_at is not None or item.claimed_for or item.opened_at is not None):
        return False
    return rules.is_stored(letter, decision.reason)


def _decisions(page: Page, items: PageItems) -> dict[int, Decision]:
    """What stands for each row of a sorted page."""
    decided: dict[int, Decision] = {}
    for row, mark in _marks(page, items):
        item = items.letters.get(row)
        if item is not None and item.mark and item.decided_at is not None:
            decided[row] = Decision(reason=reason_of(item.mark), at=item.decided_at, attempt=item.attempt, item=item)
        elif items.sorting is not None:
            decided[row] = Decision(
                reason=reason_of(mark), at=items.sorting.sorted_at, attempt=FIRST_ATTEMPT, item=item
            )
    return decided


def _rows_by_mailbox(page: Page, items: PageItems) -> dict[Channel, list[int]]:
    """The rows that the sorting sends to each mailbox."""
    rows: dict[Channel, list[int]] = {}
    for row, mark in _marks(page, items):
        mailbox = reason_of(mark).way.mailbox
        if mailbox is not None:
            rows.setdefault(mailbox, []).append(row)
    return rows


def _marks(page: Page, items: PageItems) -> list[tuple[int, str]]:
    marks = items.sorting.marks if items.sorting else ""
    return list(enumerate(marks, start=page.number * pages.PAGE_SIZE + 1))


def _tried(decision: Decision) -> list[Channel]:
    return [mailbox.channel for mailbox in decision.item.tried] if decision.item else []
