"""A bucket and a table with one batch, on which runs can be disturbed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import structs

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.table import Table
from postal import keys, messages, orders, rows
from postal.batches import Batch, BatchState
from postal.consignments import Consignment, Delivered, Sorting
from postal.letters import RefusedRow
from postal.messages import WriteReceipts
from postal.orders import OrderAnswers, OrderLine
from postal.pages import Page
from postal.reasons import Reason
from postal.rows import Row
from postal.senders import Sender
from receipts.service import Receipts
from tests.support.times import PLENTY
from tests.unit.receipts import samples

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

PREFIX = "receipts/kommunekemi/2026-11/"


class CrashError(BaseException):
    """The process is gone: no `except Exception` sees it."""


@dataclass
class Calls:
    """Counts the calls to AWS; before one of them it ends the process, or lets something else happen.

    Attributes:
        made: the operations so far.
        crash_before: the number of the call, from 0, before which the process ends.
        meanwhile: what happens before the call `meanwhile_at`, once.
    """

    made: list[str] = field(default_factory=list)
    crash_before: int = -1
    meanwhile_at: int = -1
    meanwhile: Callable[[], None] | None = None
    is_dead: bool = False

    def before(self, event_name: str) -> None:
        number = len(self.made)
        self.made.append(event_name.rpartition(".")[2])
        if number == self.meanwhile_at and self.meanwhile is not None:
            happen, self.meanwhile = self.meanwhile, None
            happen()
        # Who is dead makes no call any more, also not while its `with` blocks are left.
        self.is_dead = self.is_dead or number == self.crash_before
        if self.is_dead:
            raise CrashError


@dataclass(frozen=True, kw_only=True)
class World:
    """A bucket and a table of the same name with one batch, and receipts over them."""

    name: str
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    bucket: Bucket
    batches: Batches
    receipts: Receipts
    watched: list[Calls]

    def commit(
        self, batch_rows: Iterable[Row], sender: Sender | None = None, state: BatchState = BatchState.OPEN
    ) -> Batch:
        listed = list(batch_rows)
        refused = sum(isinstance(row, RefusedRow) for row in listed)
        batch = samples.batch(len(listed), refused, sender, state)
        version = self.bucket.put(batch.row_file, b"".join(rows.encode(row) for row in listed))
        batch = structs.replace(batch, row_file_version=version)
        assert self.batches.commit(batch)
        return batch

    def sort(self, number: int, marks: str) -> Page:
        page = structs.replace(PAGE, number=number)
        assert self.batches.sort(Sorting(marks=marks, sorted_at=samples.SORTED_AT, page=page))
        return page

    def deliver(self, page: Page, reason: Reason, n: int, row_set: str, at: datetime) -> None:
        """A consignment that is handed over and delivered as a whole."""
        assert reason.way.mailbox
        put = Consignment(channel=reason.way.mailbox, n=n, rows=row_set)
        self.batches.put_consignment(page, put)
        self.batches.set_leaving(page, put, at)
        self.batches.set_handed_over(page, put, at)
        read = self.batches.consignment(page, put.channel, n)
        assert read
        assert self.batches.record(page, read, [Delivered(at=at, rows=row_set)])

    def order(self, file: str, *lines: OrderLine) -> None:
        """An order file that ingest has taken."""
        batch = self.batches.committed("kommunekemi", "2026-11")
        key = keys.order_file("kommunekemi", "2026-11", file)
        self.bucket.put(key, b"".join(orders.encode(line) for line in lines))
        self.batches.note_order_file(batch, file)

    def answer(self, page: Page, file: str, first_line: int, answers: OrderAnswers) -> None:
        """Routing has carried out a message's orders."""
        self.batches.put_answers(page, file, first_line, answers)

    def arm(self, at: datetime) -> WriteReceipts:
        self.batches.due_entries.arm_receipts("kommunekemi", "2026-11", at)
        (entry,) = self.due()
        return WriteReceipts(sender="kommunekemi", batch="2026-11", due_sk=entry["sk"], token=entry["token"])

    @contextmanager
    def watch(self, calls: Calls) -> Iterator[Calls]:
        """Watch the calls that are made in the block."""
        self.watched.append(calls)
        try:
            yield calls
        finally:
            self.watched.remove(calls)

    def run(self, now: datetime, asked: WriteReceipts | None = None) -> None:
        body = messages.encode(asked or WriteReceipts(sender="kommunekemi", batch="2026-11"))
        self.receipts.handle(body, now, PLENTY)

    def read(self, name: str) -> bytes:
        return self.bucket.read(PREFIX + name)

    def files(self) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket=self.name, Prefix=PREFIX).get("Contents", [])
        return {entry["Key"].removeprefix(PREFIX): self.bucket.read(entry["Key"]) for entry in listed}

    def versions(self, name: str) -> list[str]:
        found = self.s3.list_object_versions(Bucket=self.name, Prefix=PREFIX + name).get("Versions", [])
        return [version["VersionId"] for version in found]

    def state(self) -> BatchState:
        batch = self.batches.batch("kommunekemi", "2026-11")
        assert batch
        return batch.state

    def due(self) -> list[dict[str, Any]]:
        """The due entries, the oldest first."""
        table = Table(self.dynamodb, self.name)
        return sorted((item for pk in keys.DUE_PKS for item in table.query(pk)), key=itemgetter("sk"))


PAGE = Page(sender="kommunekemi", batch="2026-11", number=0, key="", version="", first=0, last=0)


def letters(count: int) -> list[Row]:
    return [samples.letter(row) for row in range(1, count + 1)]


def make_stores(s3: "S3Client", dynamodb: "DynamoDBClient", name: str) -> None:
    """The bucket with its versions, and the table."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
