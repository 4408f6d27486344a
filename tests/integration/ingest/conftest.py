import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from brevdue.stack.stack import Call, Crash
from postal import rows
from postal.batches import Batch
from postal.letters import RefusedRow
from postal.messages import Message, decode
from tests.support.office import Office

PDF = b"%PDF-1.7 a letter"


def manifest_text(rows_: Iterable[Mapping[str, str]]) -> str:
    listed = list(rows_)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    lines = [columns, *([row.get(column, "") for column in columns] for row in listed)]
    return "".join(";".join(line) + "\r\n" for line in lines)


def row(n: int, **changes: str) -> dict[str, str]:
    """A good Norwegian row."""
    return {
        "reference": f"F-{n}",
        "recipient": "02013299997",
        "title": "Vedtak",
        "document": f"brev-{n:06}.pdf",
        "name": "Kari Eksempel",
        "address_1": "Storgata 1",
        "postal_code": "0150",
        "city": "Oslo",
        **changes,
    }


class Uploads:
    """A sender's hands: uploads, and what comes back."""

    def __init__(self, office: Office, sender: str = "nordby", batch: str = "b1") -> None:
        self.office = office
        self.sender = sender
        self.batch_id = batch

    def put(self, path: str, data: bytes) -> str:
        """Put an object under the batch's prefix; its version."""
        return self.office.bucket.put(f"inbox/{self.sender}/{self.batch_id}/{path}", data)

    def documents(self, *paths: str) -> None:
        for path in paths:
            self.put(f"documents/{path}", PDF)

    def manifest(self, listed: Iterable[Mapping[str, str]], name: str = "manifest.csv") -> str:
        data = manifest_text(listed).encode()
        return self.put(name, gzip.compress(data, mtime=0) if name.endswith(".gz") else data)

    def batch(self) -> Batch | None:
        return self.office.batches.batch(self.sender, self.batch_id)

    def committed(self) -> Batch:
        batch = self.batch()
        assert batch is not None
        return batch

    def rows(self) -> list[rows.Row]:
        batch = self.committed()
        return rows.decode_page(self.office.bucket.read(batch.row_file, batch.row_file_version))

    def errors(self) -> dict[int, list[str]]:
        """The codes of each refused row."""
        return {row.row: [error.code for error in row.errors] for row in self.rows() if isinstance(row, RefusedRow)}

    def receipt(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(
            self.office.bucket.read(f"receipts/{self.sender}/{self.batch_id}/{name}.json")
        )
        return content

    def receipt_names(self) -> list[str]:
        prefix = f"receipts/{self.sender}/{self.batch_id}/"
        listed = self.office.s3.list_objects_v2(Bucket=self.office.bucket_name, Prefix=prefix).get("Contents", [])
        return [entry["Key"].removeprefix(prefix) for entry in listed]


@pytest.fixture
def uploads(office: Office) -> Uploads:
    return Uploads(office)


class BulkFiles:
    """Bulk files and order files as ingest takes them: their events, and what is sent on.

    Nobody gets the messages, unless the stack runs.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._sqs = office.stack.client("sqs")

    def upload(self, key: str, data: bytes | str) -> str:
        """Upload a file; the body of its event."""
        self._office.bucket.put(key, data.encode() if isinstance(data, str) else data)
        (body,) = self._received("UploadsQueue")
        return body

    def take(self, event: str) -> None:
        """Have ingest act on an event; it may die of what it is told to."""
        record = {"messageId": "m", "body": event, "attributes": {"ApproximateReceiveCount": "1"}}
        assert self._office.stack.invoke("ingest", {"Records": [record]}) == {"batchItemFailures": []}

    def sent(self, queue: str = "RegisterQueue") -> list[Message]:
        """The messages in a queue, which is empty then."""
        return [decode(body) for body in self._received(queue)]

    def _received(self, queue: str) -> list[str]:
        url = self._office.stack.names[queue]
        bodies: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies


@pytest.fixture
def bulk(office: Office) -> BulkFiles:
    return BulkFiles(office)


def calls_of(office: Office, act: Callable[[], None]) -> list[Call]:
    """The points at which ingest can die while something is done: before and after each of its AWS calls."""
    points: list[Call] = []
    office.stack.on_call = lambda call: points.append(call) if call.function == "ingest" else None
    act()
    office.stack.on_call = None
    return points


def dying_at(office: Office, point: Call, act: Callable[[], None]) -> None:
    """Do something, with ingest dying at a point."""

    def crash(call: Call) -> None:
        if (call.function, call.number, call.phase) == (point.function, point.number, point.phase):
            raise Crash(f"{call.phase} {call.operation}")

    office.stack.on_call = crash
    with pytest.raises(Crash):
        act()
    office.stack.on_call = None
