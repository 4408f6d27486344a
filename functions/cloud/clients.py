"""boto3 clients, made the same way everywhere.

They come from boto3's default session. Retries are botocore's standard mode;
parameter validation is off because the adapters build every request and
validating walks each item again.

boto3 is the one of Lambda's runtime, of whatever version (docs/decisions/0008). A service model that does not know what
is sent would fail in the midst of the work, with a bare name. So a client is made only where the model knows all that
the adapters send.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore
from botocore.config import Config
from botocore.model import ListShape, OperationModel, OperationNotFoundError, ServiceModel, Shape, StructureShape

from cloud import environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


class OutdatedBotocoreError(RuntimeError):
    """botocore's model of a service lacks something that is sent to it."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a call is waited for.

    Attributes:
        connect: seconds until it is connected, and has sent what it sends.
        read: seconds in which nothing comes back.
        attempts: how often it is tried in all.
    """

    connect: int = 2
    read: int
    attempts: int

    @property
    def longest(self) -> timedelta:
        """How long a call may take at worst, with the waits between its attempts.

        They double from a second, to 20 at most (botocore's standard mode; AWS SDKs and Tools Reference Guide,
        "Retry behavior").
        """
        waits = sum(min(2**n, 20) for n in range(self.attempts - 1))
        return timedelta(seconds=self.attempts * (self.connect + self.read) + waits)


#: By service. The least of a function's time is 60 seconds, of which one call may take no more than a part.
PATIENCE: Final[Mapping[str, Patience]] = {
    "dynamodb": Patience(read=3, attempts=4),
    "s3": Patience(connect=3, read=8, attempts=3),
    "sesv2": Patience(read=10, attempts=3),
    # Once: a request whose answer was lost may have sent an SMS.
    "pinpoint-sms-voice-v2": Patience(read=10, attempts=1),
    "sqs": Patience(read=4, attempts=4),
}

_OBJECT: Final = "Bucket Key ExpectedBucketOwner"
_LISTING: Final = "Bucket Prefix ExpectedBucketOwner"
_CONDITION: Final = "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"

#: What the adapters send: members of each operation's request, a dot between a list and what its entries have.
MEMBERS: Final[Mapping[str, Mapping[str, str]]] = {
    "dynamodb": {
        "BatchGetItem": "RequestItems",
        "BatchWriteItem": "RequestItems",
        "DeleteItem": f"TableName Key {_CONDITION}",
        "GetItem": "TableName Key ConsistentRead",
        "PutItem": "TableName Item ConditionExpression",
        "Query": "TableName KeyConditionExpression ExpressionAttributeValues ConsistentRead ExclusiveStartKey Limit",
        "UpdateItem": f"TableName Key UpdateExpression ReturnValues {_CONDITION}",
    },
    "s3": {
        "AbortMultipartUpload": f"{_OBJECT} UploadId",
        "CompleteMultipartUpload": f"{_OBJECT} UploadId MultipartUpload IfMatch IfNoneMatch",
        "CreateMultipartUpload": f"{_OBJECT} ContentType Metadata",
        "GetObject": f"{_OBJECT} VersionId Range",
        "HeadObject": f"{_OBJECT} VersionId",
        "ListObjectVersions": f"{_LISTING} KeyMarker",
        "ListObjectsV2": f"{_LISTING} ContinuationToken",
        "PutObject": f"{_OBJECT} Body ContentType Metadata IfMatch IfNoneMatch",
        "UploadPart": f"{_OBJECT} UploadId PartNumber Body",
    },
    "sesv2": {
        "SendEmail": "FromEmailAddress Destination Content ConfigurationSetName"
        " EmailTags EmailTags.Name EmailTags.Value"
    },
    "pinpoint-sms-voice-v2": {
        "SendTextMessage": "DestinationPhoneNumber OriginationIdentity MessageBody MessageType ConfigurationSetName"
        " Context TimeToLive"
    },
    "sqs": {
        "ChangeMessageVisibility": "QueueUrl ReceiptHandle VisibilityTimeout",
        "SendMessageBatch": "QueueUrl Entries Entries.Id Entries.MessageBody Entries.MessageGroupId",
    },
}


def dynamodb() -> "DynamoDBClient":
    """A client for the three tables."""
    client: DynamoDBClient = _client("dynamodb")
    return client


def s3() -> "S3Client":
    """A client for the bucket, which speaks to it only while it is the account's: names are the world's."""
    owner = environment.read(environment.Shared).bucket_owner

    def expect_owner(params: dict[str, Any], model: OperationModel, **_event: object) -> None:
        if model.input_shape and "ExpectedBucketOwner" in model.input_shape.members:
            params["ExpectedBucketOwner"] = owner

    client: S3Client = _client("s3")
    client.meta.events.register_first("provide-client-params.s3", expect_owner)
    return client


def sqs() -> "SQSClient":
    """A client for the queues."""
    client: SQSClient = _client("sqs")
    return client


def sesv2() -> "SESV2Client":
    """A client for e-mail."""
    client: SESV2Client = _client("sesv2")
    return client


def sms() -> Any:  # noqa: ANN401 - there are no stubs for it
    """A client for SMS."""
    return _client("pinpoint-sms-voice-v2")


def check(model: ServiceModel, needed: Mapping[str, str]) -> None:
    """Refuse a service model that does not know all that is sent.

    Args:
        model: as botocore has it.
        needed: as `MEMBERS` of a service.

    Raises:
        OutdatedBotocoreError: it lacks some of it; names what, where, and what to do.
    """
    if lacks := [
        f"{operation} {member}"
        for operation, members in needed.items()
        for member in _lacks(model, operation, members.split())
    ]:
        raise OutdatedBotocoreError(
            f"botocore {botocore.__version__} does not know of {model.service_name}: {', '.join(lacks)}. Each call"
            " with it would fail, so nothing is started. Use a runtime with a newer boto3, or ship one:"
            " name boto3 in functions/requirements.txt"
        )


def _client(service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    patience = PATIENCE[service]
    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
        parameter_validation=False,
        tcp_keepalive=True,
    )
    client = boto3.client(service, config=config)  # type: ignore[call-overload]
    check(client.meta.service_model, MEMBERS[service])
    return client


def _lacks(model: ServiceModel, operation: str, members: list[str]) -> Iterator[str]:
    try:
        request = model.operation_model(operation).input_shape
    except OperationNotFoundError:
        yield "(the operation)"
        return
    for path in members:
        shape: Shape | None = request
        for name in path.split("."):
            if isinstance(shape, ListShape):
                shape = shape.member
            shape = shape.members.get(name) if isinstance(shape, StructureShape) else None
        if shape is None:
            yield path
