"""Dead letters: what failed too often. Looked at without a word of whom they are about, and moved back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from brevdue.operate.status import counts_of
from brevdue.remote import QueuePair
from cloud.chunks import chunks
from cloud.s3_events import is_s3_event, new_objects
from notification import events
from postal import keys, messages, register

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# SQS gives and takes no more at a time.
_AT_A_TIME: Final = 10
#: More are counted, but not looked at one by one.
_MOST_LOOKED_AT: Final = 1_000
#: How long what was received is hidden from others: longer than looking takes.
_HIDDEN_S: Final = 120
#: With a wait, SQS asks all its servers, and an empty answer means that there are none.
_WAIT_S: Final = 1


class Kind(Struct, frozen=True, kw_only=True):
    """What a message is, as far as it may be told: nothing of recipients, and no file names.

    Attributes:
        sender, batch: empty where it is of none.
    """

    type: str
    sender: str = ""
    batch: str = ""


class DeadLetters(Struct, frozen=True, kw_only=True):
    """Dead messages of one kind; `oldest` is when the first of them was sent."""

    kind: Kind
    messages: int
    oldest: datetime


class Look(Struct, frozen=True, kw_only=True):
    """What lies in a dead-letter queue.

    Attributes:
        count: of all messages.
        found: those that were looked at, the most first.
    """

    count: int
    found: list[DeadLetters]

    @property
    def looked_at(self) -> int:
        """How many were looked at."""
        return sum(one.messages for one in self.found)


def look(sqs: "SQSClient", pair: QueuePair) -> Look:
    """Look at the dead letters of a queue, and leave them where they are."""
    received: dict[str, MessageTypeDef] = {}
    try:
        for some in _receive(sqs, pair.dead_letters, _MOST_LOOKED_AT):
            received |= {message["MessageId"]: message for message in some}
    finally:
        _let_go(sqs, pair.dead_letters, list(received.values()))
    found: dict[Kind, list[datetime]] = {}
    for message in received.values():
        found.setdefault(kind_of(message["Body"]), []).append(_sent_at(message))
    kinds = [DeadLetters(kind=kind, messages=len(times), oldest=min(times)) for kind, times in found.items()]
    kinds.sort(key=lambda one: (-one.messages, one.kind.type, one.kind.sender, one.kind.batch))
    return Look(count=max(len(received), sum(counts_of(sqs, pair.dead_letters))), found=kinds)


def move_back(sqs: "SQSClient", pair: QueuePair, most: int) -> int:
    """Move up to so many dead letters back into their queue, in their message groups; how many were moved.

    Each is sent first and deleted after: whatever ends this in between, none is lost, and
    one that was moved twice is a repeat, which every function takes.
    """
    moved = 0
    for some in _receive(sqs, pair.dead_letters, most):
        for message in some:
            _send(sqs, pair.url, message)
            sqs.delete_message(QueueUrl=pair.dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def kind_of(body: str) -> Kind:
    """What the body of a message of any of our queues is."""
    try:
        return _of_message(messages.decode(body))
    except msgspec.DecodeError:
        pass
    try:
        return Kind(type=type(register.decode(body)).__name__)
    except msgspec.DecodeError:
        return _of_notice(body) if events.is_event(body) else _of_s3(body)


def _of_message(message: messages.Message) -> Kind:
    type_ = type(message).__name__
    match message:
        case messages.CheckManifest(key=key):
            return _of_key(type_, key)
        case messages.WriteReceipts() | messages.Tracking():
            return Kind(type=type_, sender=message.sender, batch=message.batch)
        case messages.CloseJob() | messages.TakeEvents() | messages.Enrol() | messages.ReleaseHeld():
            return Kind(type=type_)
        case _:
            return Kind(type=type_, sender=message.page.sender, batch=message.page.batch)


def _of_notice(body: str) -> Kind:
    """What EventBridge brought of a notice."""
    news = events.decode(body)
    if news is None:
        return Kind(type="notice event")
    return Kind(type="notice event", sender=news.pointer.sender, batch=news.pointer.batch)


def _of_s3(body: str) -> Kind:
    """A notification of S3; of another shape, it is nothing of ours."""
    try:
        event = json.loads(body)
        if isinstance(event, dict) and is_s3_event(event):
            objects = new_objects(event)
            return _of_key("S3 event", objects[0].key if objects else "")
    except (ValueError, KeyError, TypeError):
        pass
    return Kind(type="unknown")


def _of_key(type_: str, key: str) -> Kind:
    upload = keys.parse_upload(key)
    if upload is None:
        return Kind(type=type_)
    is_senders = upload.kind in {keys.UploadKind.MANIFEST, keys.UploadKind.ORDERS, keys.UploadKind.ENROLMENTS}
    return Kind(type=f"{type_}, {upload.kind}", sender=upload.owner if is_senders else "", batch=upload.batch)


def _receive(sqs: "SQSClient", url: str, most: int) -> Iterator[list["MessageTypeDef"]]:
    left = most
    while left > 0:
        some = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(left, _AT_A_TIME),
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not some:
            return
        yield some
        left -= len(some)


def _let_go(sqs: "SQSClient", url: str, received: list["MessageTypeDef"]) -> None:
    for some in chunks(received, _AT_A_TIME):
        sqs.change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for n, message in enumerate(some)
            ],
        )


def _send(sqs: "SQSClient", url: str, message: "MessageTypeDef") -> None:
    group = message.get("Attributes", {}).get("MessageGroupId")
    attributes = message.get("MessageAttributes", {})
    if group:
        sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageAttributes=attributes, MessageGroupId=group)
    else:
        sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageAttributes=attributes)


def _sent_at(message: "MessageTypeDef") -> datetime:
    """When it was sent first: the time stays with it when it dies."""
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) // 1000, UTC)
