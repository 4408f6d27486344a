"""The sample: a sender of each regime, a register, and a batch of each sender. The same seed makes the same."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from brevdue.sample.batches import SampleBatch, danish_municipality_batch, insurer_batch, municipality_batch
from brevdue.sample.letters import Danish, DanishPublic, Norwegian, Rows
from brevdue.sample.people import Recipient
from brevdue.sample.register import events_of_customer, events_of_norwegian, events_of_resident
from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from cloud.chunks import chunks
from cloud.recipients import Recipients
from cloud.senders import Senders
from cloud.table import Table
from postal import recipients, register
from postal.register import Event, Facts
from postal.senders import Sender

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Profile = tuple[recipients.Recipient, Facts]

SMALLEST: Final = 3
#: Letters of a batch that have a document of their own; a larger mailing shares one a kind.
OWN_DOCUMENTS: Final = 2_000
_PUT_AT_ONCE: Final = 500


class Sample:
    """Everything that the sample puts into a post office.

    Args:
        rows: letters of all batches together.
        seed: of all chance.
        now: by which facts of the register are fresh or stale.
        own_documents: letters of a batch that have a document of their own.
        hurried: whether the senders wait minutes where they would wait hours, for somebody who looks on.

    Attributes:
        seed: as given.
        senders: one of each regime.
        batches: one of each.
    """

    def __init__(
        self, rows: int, seed: int, now: datetime, *, own_documents: int = OWN_DOCUMENTS, hurried: bool = False
    ) -> None:
        if rows < SMALLEST:
            raise ValueError(f"a sample has at least {SMALLEST} letters")
        self.seed = seed
        self._now = now
        self._norwegian = Norwegian(seed, own_documents)
        self._danish = Danish(seed, own_documents, now)
        self._danish_public = DanishPublic(seed, own_documents)
        senders = (MUNICIPALITY, INSURER, DANISH_MUNICIPALITY)
        self.senders = tuple(map(_hurried, senders)) if hurried else senders
        third = rows // 3
        self.batches: tuple[SampleBatch, SampleBatch, SampleBatch] = (
            municipality_batch(rows - 2 * third, self._norwegian),
            insurer_batch(third, self._danish),
            danish_municipality_batch(third, self._danish_public),
        )

    def profiles(self) -> Iterator[Profile]:
        """Every recipient whom the register knows, each once, and the facts from which it knows them."""
        norwegian, danish, danish_public = self.batches
        yield from self._profiles(self._norwegian, norwegian.count, events_of_norwegian)
        yield from self._profiles(self._danish, danish.count, events_of_customer)
        yield from self._profiles(self._danish_public, danish_public.count, events_of_resident)

    def _profiles(
        self, rows: Rows, count: int, events: Callable[[int, Recipient, datetime], list[Event]]
    ) -> Iterator[Profile]:
        seen = 0
        for number in range(1, count + 1):
            recipient = rows.recipient(number)
            if recipient.index > seen:
                seen = recipient.index
                facts = register.apply_all({}, events(self.seed, recipient, self._now))
                if facts:
                    yield register.profile(recipient.id, facts), facts

    def put_senders(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Put the senders into their table."""
        senders = Senders(Table(dynamodb, table))
        for sender in self.senders:
            senders.put(sender)

    def put_register(self, dynamodb: "DynamoDBClient", table: str, done: Callable[[int], object]) -> None:
        """Put the profiles into the Recipients table; `done` hears how many, now and then."""
        known = Recipients(Table(dynamodb, table))
        for profiles in chunks(self.profiles(), _PUT_AT_ONCE):
            known.put_profiles(profiles)
            done(len(profiles))


def _hurried(sender: Sender) -> Sender:
    return replace(sender, settings=replace(sender.settings, receipt_cadence_minutes=1, document_wait_minutes=1))
