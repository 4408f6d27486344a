"""Letters that wait for their recipient, decided again with the profile as it is now.

A release claims the letter's item, sends the letter, and deletes the held item
last. Whoever finds the claim does the rest again; whoever finds that the letter has
moved on deletes the held item.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.errors import LostRaceError
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.recipients import HeldLetter, Recipients
from cloud.time_left import TimeLeft
from postal import consent, due, rules
from postal.batches import Batch
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, LetterItem, after
from postal.letters import Letter
from postal.messages import DeliverLetter, ReleaseHeld
from postal.reasons import Reason, Way, reason_of
from postal.recipients import Recipient

if TYPE_CHECKING:
    from postal.pages import Page

#: How many held letters are decided with one look at the profile, and with one reading of each page.
SLICE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Releases:
    """Releases held letters."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    mailboxes: Mapping[Channel, Queue]
    register: Queue

    def release(self, recipient: str, after: str, now: datetime, time_left: TimeLeft) -> None:
        """Decide a recipient's held letters again, in order, those after a key, with the profile as it is then.

        What there is no time for goes on in a message of its own, after a key that only rises.

        What is left of a batch that the operator has deleted is dropped: there is nothing to send any more.
        """
        held = self.recipients.held(recipient, after=after)
        while some := list(islice(held, SLICE)):
            profile = self.recipients.profile(recipient).recipient
            for one, letter, batch in self._read(some):
                self._decide(one, letter, profile, batch, now)
                if time_left.is_short():
                    self.register.send(ReleaseHeld(recipient=recipient, after=one.sk), group="register")
                    return

    def _read(self, held: Iterable[HeldLetter]) -> Iterator[tuple[HeldLetter, Letter, Batch]]:
        """Held letters with their rows and batches, read once each; what has none any more is dropped."""
        pages: dict[Page, dict[int, Letter]] = {}
        batches: dict[tuple[str, str], Batch | None] = {}
        for one in held:
            named = (one.page.sender, one.page.batch)
            if named not in batches:
                batches[named] = self.batches.batch(*named)
            batch = batches[named]
            if batch is not None and one.page not in pages:
                pages[one.page] = row_files.letters_left_of(self.bucket, one.page)
            letter = pages.get(one.page, {}).get(one.row)
            if batch is None or letter is None:
                self._drop(one)
            else:
                yield one, letter, batch

    def _drop(self, held: HeldLetter) -> None:
        """Keep no more with its recipient what has no batch, or no row, any more."""
        self.recipients.let_go(held)
        logger.warning(
            "a held letter of a batch that is deleted was dropped",
            extra={"sender": held.page.sender, "batch": held.page.batch},
        )
        metrics.add_metric(name="HeldLettersDropped", unit=MetricUnit.Count, value=1)

    def _decide(self, held: HeldLetter, letter: Letter, recipient: Recipient, batch: Batch, now: datetime) -> None:
        """Release one letter, leave it where it waits, or drop what was already released."""
        item = self.batches.letter(held.page, held.row)
        if _has_moved_on(item, held):
            self.recipients.let_go(held)
            return
        reason = _waits_for(held, letter, item)
        if reason is not None:
            tried = [mailbox.channel for mailbox in item.tried] if item else []
            again = rules.decide_stored(letter, reason, recipient, batch.sender, now, tried)
            if again is not reason:
                item = self.batches.move_on(held.page, after(item, held.row, again, now), item)
                if item is None:
                    # Somebody else moved it on meanwhile, and does the rest or leaves it to the next who comes.
                    raise LostRaceError("a stored letter changed while it was released")
            elif reason.way is Way.HELD:
                return
        if item is not None and item.mark:
            self._follow(held, letter, item, batch, now)

    def _follow(self, held: HeldLetter, letter: Letter, item: LetterItem, batch: Batch, now: datetime) -> None:
        """Do what follows from a claim, and let go of the held item last."""
        reason = reason_of(item.mark)
        self.recipients.disclose(
            consent.disclosures([(letter, reason, item.decided_at or now)], batch.id, batch.sender)
        )
        if reason is Reason.REGISTERED_IN_EBOKS:
            evidence = consent.enrolment(letter, batch.id, batch.sender)
            if evidence is not None:
                self.recipients.enrol(evidence)
                self.recipients.set_enrolled(letter.recipient, batch.sender.id)
        mailbox = reason.way.mailbox
        if mailbox is not None:
            self.mailboxes[mailbox].send(
                DeliverLetter(page=held.page, channel=mailbox, row=held.row, attempt=held.attempt),
                group=batch.sender.id,
            )
        self.batches.due_entries.arm_next_receipts(batch, now)
        if rules.is_stored(letter, reason):
            # For paper now: the job of that cut-off is not closed before its page was looked after.
            self.batches.due_entries.arm_page(batch, held.page, due.cut_off_after(item.decided_at or now, batch.sender))
            return
        self.recipients.let_go(held)
        metrics.add_metric(name="LettersReleased", unit=MetricUnit.Count, value=1)


def _waits_for(held: HeldLetter, letter: Letter, item: LetterItem | None) -> Reason | None:
    """The reason for which a letter waits: its own, else its page's; None where it waits no more."""
    reason = reason_of(item.mark if item and item.mark else held.mark)
    return reason if rules.is_stored(letter, reason) else None


def _has_moved_on(item: LetterItem | None, held: HeldLetter) -> bool:
    """Whether the letter is past what its pointer stands for: left, claimed, or waiting anew under a later attempt."""
    if item is None:
        return held.attempt != FIRST_ATTEMPT
    if item.leaving_at is not None or item.claimed_for or item.opened_at is not None:
        return True
    return item.attempt != held.attempt if item.mark else held.attempt != FIRST_ATTEMPT
