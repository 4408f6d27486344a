"""From a queue to a function: what Lambda's poller does with messages."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from brevdue.stack.deployment import QueueSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# SQS gives and takes no more at a time.
_AT_A_TIME: Final = 10


def receive(sqs: "SQSClient", source: QueueSource) -> list["MessageTypeDef"]:
    """Up to a batch of visible messages."""
    messages: list[MessageTypeDef] = []
    while (room := source.batch_size - len(messages)) > 0:
        more = sqs.receive_message(
            QueueUrl=source.url,
            MaxNumberOfMessages=min(room, _AT_A_TIME),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        messages += more
        if len(more) < _AT_A_TIME:
            break
    return messages


def delete(sqs: "SQSClient", source: QueueSource, messages: list["MessageTypeDef"]) -> None:
    """Delete messages that were received."""
    for start in range(0, len(messages), _AT_A_TIME):
        sqs.delete_message_batch(
            QueueUrl=source.url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + _AT_A_TIME])
            ],
        )


def event(source: QueueSource, region: str, messages: Iterable["MessageTypeDef"]) -> dict[str, Any]:
    """The event that Lambda makes of messages."""
    return {"Records": [_record(source, region, message) for message in messages]}


def _record(source: QueueSource, region: str, message: "MessageTypeDef") -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "dataType": value["DataType"],
                **({"stringValue": value["StringValue"]} if "StringValue" in value else {}),
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source.arn,
        "awsRegion": region,
    }


def succeeded(source: QueueSource, answer: object, messages: list["MessageTypeDef"]) -> list["MessageTypeDef"]:
    """The messages that Lambda deletes after the function gave `answer`.

    All, unless the source lets the function report failures. A report that
    Lambda cannot read, or that names a message it did not send, fails them all.
    """
    if not source.report_failures or answer is None:
        return messages
    if not isinstance(answer, Mapping):
        return []
    failures = answer.get("batchItemFailures") or []
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return []
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]
