"""Held letters, decided again with their recipient's profile as it is now.

A release claims the letter's item, sends the letter, and deletes the held item
last. Whoever finds the claim does the rest again; whoever finds that the letter has
moved on deletes the held item.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.queues import Queue
from cloud.recipients import HeldLetter, Recipients
from postal import consent, rules
from postal.batches import Batch
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, LetterItem
from postal.letters import Letter
from postal.messages import DeliverLetter, ReleaseHeld
from postal.pages import Page
from postal.reasons import Reason, Way, reason_of
from postal.recipients import Recipient
from postal.rows import decode_page

#: How many held letters are decided in one go; the rest goes on in a message of its own.
SLICE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Releases:
    """Releases held letters."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    mailboxes: Mapping[Channel, Queue]
    register: Queue

    def release(self, recipient: Recipient, after: str, now: datetime) -> None:
        """Decide a recipient's held letters again, in order, those after a key.

        Raises:
            LookupError: a held letter's batch or row does not exist.
        """
        held = self.recipients.held(recipient.id, after=after)
        some = list(islice(held, SLICE))
        pages: dict[Page, dict[int, Letter]] = {}
        batches: dict[tuple[str, str], Batch] = {}
        for one in some:
            named = (one.page.sender, one.page.batch)
            batch = batches.get(named) or self.batches.committed(*named)
            batches[named] = batch
            letters = pages.get(one.page) or self._letters(one.page)
            pages[one.page] = letters
            self._decide(one, letters[one.row], recipient, batch, now)
        if len(some) == SLICE:
            self.register.send(ReleaseHeld(recipient=recipient.id, after=some[-1].sk), group="register")

    def _decide(self, held: HeldLetter, letter: Letter, recipient: Recipient, batch: Batch, now: datetime) -> None:
        """Release one letter, leave it held, or drop what was already released."""
        item = self.batches.letter(held.page, held.row)
        if _has_moved_on(item, held):
            self.recipients.let_go(held)
            return
        if _is_held(item):
            tried = [mailbox.channel for mailbox in item.tried] if item else []
            reason = rules.decide(letter, recipient, batch.sender, now, tried)
            if reason.way is Way.HELD:
                return
            released = LetterItem(row=held.row, mark=reason.mark, attempt=held.attempt, decided_at=now)
            item = self.batches.release(held.page, released, item)
            if item is None:
                # Somebody else moved it on meanwhile, and does the rest or leaves it to the next who comes.
                raise TimeoutError("a held letter changed while it was released")
        if item is not None:
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
        self.batches.arm_next_receipts(batch, now)
        self.recipients.let_go(held)
        metrics.add_metric(name="LettersReleased", unit=MetricUnit.Count, value=1)

    def _letters(self, page: Page) -> dict[int, Letter]:
        data = self.bucket.read_range(page.key, page.version, page.first, page.last)
        return {row.row: row for row in decode_page(data) if isinstance(row, Letter)}


def _is_held(item: LetterItem | None) -> bool:
    """Whether a letter is held: by its page's sorting, of which the held item is witness, or by its own mark."""
    return item is None or not item.mark or reason_of(item.mark).way is Way.HELD


def _has_moved_on(item: LetterItem | None, held: HeldLetter) -> bool:
    """Whether the letter is past what the held item stands for: left, or held anew under a later attempt."""
    if item is None or not item.mark:
        return held.attempt != FIRST_ATTEMPT
    return item.attempt != held.attempt or item.leaving_at is not None
