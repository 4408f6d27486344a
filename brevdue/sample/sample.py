"""The sample: two senders, a register, and a batch of each sender. The same seed makes the same."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from brevdue.sample.batches import SampleBatch, insurer_batch, municipality_batch
from brevdue.sample.letters import Danish, Norwegian
from brevdue.sample.register import Profile, danish_profile, norwegian_profile
from brevdue.sample.senders import INSURER, MUNICIPALITY
from cloud.chunks import chunks
from cloud.senders import Senders
from cloud.table import Table
from postal.senders import Sender

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SMALLEST: Final = 2
#: Letters of a batch that have a document of their own; a larger mailing shares one a kind.
OWN_DOCUMENTS: Final = 2_000
_PUT_AT_ONCE: Final = 500


class Sample:
    """Everything that the sample puts into a post office.

    Args:
        rows: letters of both batches together.
        seed: of all chance.
        now: by which facts of the register are fresh or stale.
        own_documents: letters of a batch that have a document of their own.
        hurried: whether the senders wait minutes where they would wait hours, for somebody who looks on.

    Attributes:
        senders: the two.
        batches: one of each.
    """

    def __init__(
        self, rows: int, seed: int, now: datetime, *, own_documents: int = OWN_DOCUMENTS, hurried: bool = False
    ) -> None:
        if rows < SMALLEST:
            raise ValueError(f"a sample has at least {SMALLEST} letters")
        self._seed = seed
        self._now = now
        self._norwegian = Norwegian(seed, own_documents)
        self._danish = Danish(seed, own_documents, now)
        senders = (MUNICIPALITY, INSURER)
        self.senders = tuple(map(_hurried, senders)) if hurried else senders
        self.batches: tuple[SampleBatch, SampleBatch] = (
            municipality_batch(rows - rows // 2, self._norwegian),
            insurer_batch(rows // 2, self._danish),
        )

    def profiles(self) -> Iterator[Profile]:
        """The profile item of every recipient whom the register knows, each once."""
        norwegian, danish = self.batches
        seen = 0
        for number in range(1, norwegian.count + 1):
            recipient = self._norwegian.recipient(number)
            if recipient.index > seen:
                seen = recipient.index
                yield norwegian_profile(self._seed, recipient, self._now)
        seen = 0
        for number in range(1, danish.count + 1):
            recipient = self._danish.recipient(number)
            if recipient.index > seen:
                seen = recipient.index
                profile = danish_profile(self._seed, recipient, self._now)
                if profile is not None:
                    yield profile

    def put_senders(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Put the senders into their table."""
        senders = Senders(Table(dynamodb, table))
        for sender in self.senders:
            senders.put(sender)

    def put_register(self, dynamodb: "DynamoDBClient", table: str, done: Callable[[int], object]) -> None:
        """Put the profiles into the Recipients table; `done` hears how many, now and then."""
        recipients = Table(dynamodb, table)
        for profiles in chunks(self.profiles(), _PUT_AT_ONCE):
            recipients.put_many(profiles)
            done(len(profiles))


def _hurried(sender: Sender) -> Sender:
    return replace(sender, settings=replace(sender.settings, receipt_cadence_minutes=1, document_wait_minutes=1))
