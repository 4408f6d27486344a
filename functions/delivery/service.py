"""What delivery does: say that letters leave, hand them over, say that they are handed over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from delivery.channels.channel import Channel, Dispatch, DispatchDocument, DispatchLetter
from postal import keys, messages
from postal.batches import Batch
from postal.channels import Channel as Name
from postal.consignments import FIRST_ATTEMPT, LetterItem
from postal.letters import Letter, letter_id
from postal.messages import DeliverConsignment, DeliverLetter
from postal.pages import Page
from postal.reasons import reason_of


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Hands consignments, and letters that leave alone, to their channels."""

    bucket: Bucket
    batches: Batches
    channels: Mapping[Name, Channel]

    def handle(self, body: str, now: datetime) -> None:
        """Act on one message of a mailbox's queue.

        Raises:
            ValueError: the message is none of ours, or speaks of what does not exist.
        """
        match messages.decode(body):
            case DeliverConsignment() as message:
                self._deliver_consignment(message, now)
            case DeliverLetter() as message:
                self._deliver_letter(message, now)
            case message:
                raise ValueError(f"delivery takes no {type(message).__name__}")

    def _deliver_consignment(self, message: DeliverConsignment, now: datetime) -> None:
        page = message.page
        consignment = self.batches.consignment(page, message.channel, message.n)
        if consignment is None:
            raise ValueError("a consignment that does not exist")
        batch = self.batches.committed(page.sender, page.batch)
        if consignment.handed_over_at is None:
            if consignment.leaving_at is None:
                # Nobody can leave a letter out any more: read what leaves after saying that it does.
                self.batches.set_leaving(page, consignment, now)
                consignment = self.batches.consignment(page, message.channel, message.n) or consignment
            rows = consignment.leaving_rows()
            name = keys.dispatch_name(page.sender, page.batch, page.number, message.n)
            self._hand_over(batch, page, message.channel, name, rows, FIRST_ATTEMPT)
            self.batches.set_handed_over(page, consignment, now)
        self.batches.due_entries.arm_next_receipts(batch, now)

    def _deliver_letter(self, message: DeliverLetter, now: datetime) -> None:
        page = message.page
        letter = self.batches.letter(page, message.row)
        if letter is None:
            raise ValueError("a letter to which nothing has happened")
        batch = self.batches.committed(page.sender, page.batch)
        if letter.leaving_at is None and _leaves_by(message, letter):
            # Nobody can stop it any more: read what leaves after saying that it does.
            self.batches.set_letter_leaving(page, letter, now)
            letter = self.batches.letter(page, message.row) or letter
        if letter.leaving_at is not None and letter.handed_over_at is None and _leaves_by(message, letter):
            name = keys.letter_dispatch_name(page.sender, page.batch, message.row, message.attempt)
            self._hand_over(batch, page, message.channel, name, [message.row], message.attempt)
            self.batches.set_letter(page, message.row, "handed_over_at", now, attempt=message.attempt)
        self.batches.due_entries.arm_next_receipts(batch, now)

    def _hand_over(  # noqa: PLR0913, PLR0917 - what leaves, from where and to where, as which attempt
        self, batch: Batch, page: Page, channel: Name, name: str, rows: Collection[int], attempt: int
    ) -> None:
        leaving = set(rows)
        letters = tuple(
            _dispatch_letter(letter, batch, attempt)
            for row, letter in row_files.letters_of(self.bucket, page).items()
            if row in leaving
        )
        if letters:
            self.channels[channel].hand_over(Dispatch(channel=channel, name=name, letters=letters))
            metrics.add_metric(name="LettersHandedOver", unit=MetricUnit.Count, value=len(letters))


def _leaves_by(message: DeliverLetter, letter: LetterItem) -> bool:
    """Whether a letter still stands as it was sent here."""
    return letter.attempt == message.attempt and reason_of(letter.mark).way.mailbox is message.channel


def _dispatch_letter(letter: Letter, batch: Batch, attempt: int) -> DispatchLetter:
    prefix = keys.documents_prefix(batch.sender.id, batch.id)
    return DispatchLetter(
        letter=letter_id(batch.sender.id, batch.id, letter.row),
        attempt=attempt,
        recipient=letter.recipient,
        from_id=batch.sender.id,
        from_name=batch.sender.name,
        title=letter.title,
        documents=tuple(
            DispatchDocument(
                key=prefix + document.path, version=document.version, size=document.size, etag=document.etag
            )
            for document in letter.documents
        ),
        language=letter.language or batch.sender.language,
        respond_by=letter.respond_by,
    )
