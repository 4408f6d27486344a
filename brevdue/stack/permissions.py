"""Which IAM actions, on which resources, an AWS call needs, and on the keys of what is encrypted.

After the Service Authorization Reference. A call that is not in the table is
refused: whoever uses it first adds it here, with what AWS asks for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from brevdue.stack.policies import Facts

# A request's parameters, as boto3 takes them.
Params: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack lives."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Need:
    """One permission a call needs: the action on one of the resources.

    Attributes:
        action: as policies name it, "s3:GetObject".
        resources: ARNs, of which one must be allowed; the first names the need in messages.
        facts: what the request tells to conditions.
    """

    action: str
    resources: tuple[str, ...]
    facts: Facts = field(default_factory=dict)


_Needs: TypeAlias = Iterator[Need]
_Builder: TypeAlias = Callable[[Params, Place], _Needs]


def needs(service: str, operation: str, params: Params, place: Place) -> list[Need] | None:
    """What the call `service.operation(**params)` needs; None where the table does not know it."""
    build = _TABLE.get((service, operation))
    return None if build is None else list(build(params, place))


# --- What is encrypted ---


def holder(resource: str) -> str:
    """The ARN of the bucket, table or queue that `resource` is, or is a part of."""
    service = resource.split(":", 3)[2] if resource.startswith("arn:") else ""
    match service:
        case "s3":
            return resource.partition("/")[0]
        case "dynamodb":
            return resource.partition("/index/")[0]
    return resource


def needs_on_key(need: Need, key: str, place: Place) -> _Needs:
    """What a need brings with it where what it acts on is encrypted with the key of that ARN."""
    service = need.action.partition(":")[0]
    facts = {"kms:viaservice": (f"{service}.{place.region}.amazonaws.com",), "kms:calleraccount": (place.account,)}
    for action in _ON_THE_KEY.get(need.action, ()):
        yield Need(action, (key,), facts)


# --- S3 ---


def _object_arn(params: Params) -> str:
    return f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"


def bucket_arn(params: Params) -> str:
    """The ARN of the bucket a request names."""
    return f"arn:aws:s3:::{params['Bucket']}"


def _object(action: str, params: Params, _place: Place) -> _Needs:
    yield Need(action, (_object_arn(params),))


def _version(action: str, params: Params, place: Place) -> _Needs:
    """A version has an action of its own, which replaces the plain one."""
    yield from _object(f"{action}Version" if params.get("VersionId") else action, params, place)


_ENCRYPTION: Final = {
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
}


def _put(params: Params, place: Place) -> _Needs:
    facts = {key: (params[name],) for name, key in _ENCRYPTION.items() if params.get(name)}
    yield Need("s3:PutObject", (_object_arn(params),), facts)
    if params.get("IfMatch"):
        yield from _object("s3:GetObject", params, place)
    if params.get("Tagging"):
        yield from _object("s3:PutObjectTagging", params, place)
    if params.get("ACL"):
        yield from _object("s3:PutObjectAcl", params, place)


def _copy(params: Params, place: Place) -> _Needs:
    source = params["CopySource"]
    if isinstance(source, str):
        bucket, _, rest = source.lstrip("/").partition("/")
        key, _, version = rest.partition("?versionId=")
        source = {"Bucket": bucket, "Key": key, "VersionId": version}
    yield from _version("s3:GetObject", source, place)
    yield from _put(params, place)


def _delete_objects(params: Params, place: Place) -> _Needs:
    for entry in params["Delete"]["Objects"]:
        yield from _version("s3:DeleteObject", {"Bucket": params["Bucket"], **entry}, place)


def _bucket(action: str, params: Params, _place: Place) -> _Needs:
    yield Need(action, (bucket_arn(params),), {"s3:prefix": (params.get("Prefix", ""),)})


# --- DynamoDB ---


def _table_arn(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _table(action: str, params: Params, place: Place) -> _Needs:
    arn = _table_arn(params["TableName"], place)
    yield Need(f"dynamodb:{action}", (f"{arn}/index/{params['IndexName']}" if params.get("IndexName") else arn,))


def _batch(action: str, params: Params, place: Place) -> _Needs:
    for name in params["RequestItems"]:
        yield Need(f"dynamodb:{action}", (_table_arn(name, place),))


_TRANSACTED: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def _transaction(params: Params, place: Place) -> _Needs:
    for item in params["TransactItems"]:
        for kind, request in item.items():
            yield from _table(_TRANSACTED[kind], request, place)


# --- SQS, SES, SMS, KMS ---


def queue_arn(url: str, place: Place) -> str:
    """The ARN of the queue with this URL."""
    account, name = urlsplit(url).path.rstrip("/").split("/")[-2:]
    return Place(account, place.region).arn("sqs", name)


def _queue(action: str, params: Params, place: Place) -> _Needs:
    yield Need(f"sqs:{action}", (queue_arn(params["QueueUrl"], place),))


def _queue_url(params: Params, place: Place) -> _Needs:
    yield Need("sqs:GetQueueUrl", (place.arn("sqs", params["QueueName"]),))


def _send_email(params: Params, place: Place) -> _Needs:
    action = "ses:SendRawEmail" if "Raw" in params["Content"] else "ses:SendEmail"
    sender = parseaddr(params.get("FromEmailAddress", ""))[1]
    identities: Sequence[str] = (
        [params["FromEmailAddressIdentityArn"]]
        if "FromEmailAddressIdentityArn" in params
        else [place.arn("ses", f"identity/{name}") for name in (sender, sender.rpartition("@")[2])]
    )
    facts = {"ses:fromaddress": (sender,)}
    yield Need(action, tuple(identities), facts)
    if name := params.get("ConfigurationSetName"):
        yield Need(action, (place.arn("ses", f"configuration-set/{name}"),), facts)


def _send_text(params: Params, place: Place) -> _Needs:
    """A sender id is a resource for each country; which one that is, the number tells."""
    identity = params["OriginationIdentity"]
    if identity.startswith("+"):
        raise NotImplementedError("SMS from numbers are not known here: add what they need")
    country = "DK" if params["DestinationPhoneNumber"].startswith("+45") else "NO"
    yield Need("sms-voice:SendTextMessage", (place.arn("sms-voice", f"sender-id/{identity}/{country}"),))


def _key(action: str, params: Params, place: Place) -> _Needs:
    key = params["KeyId"]
    if "alias/" in key:
        raise NotImplementedError(f"name the key itself, not {key}: a policy cannot allow an alias")
    yield Need(f"kms:{action}", (key if key.startswith("arn:") else place.arn("kms", f"key/{key}"),))


# What is stored in parts is read again when it is put together; a queue's key is checked before it is used.
_WRITE: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_READ: Final = ("kms:Decrypt",)
_ON_THE_KEY: Final[Mapping[str, tuple[str, ...]]] = {
    "s3:GetObject": _READ,
    "s3:GetObjectVersion": _READ,
    "s3:PutObject": _WRITE,
    "sqs:ReceiveMessage": _READ,
    "sqs:SendMessage": _WRITE,
    # A table has a key of its own, which the customer's encrypts.
    **{
        f"dynamodb:{action}": _READ
        for action in (*_TRANSACTED.values(), "Query", "Scan", "BatchGetItem", "BatchWriteItem")
    },
}

_TABLE: Final[Mapping[tuple[str, str], _Builder]] = {
    ("s3", "GetObject"): partial(_version, "s3:GetObject"),
    ("s3", "HeadObject"): partial(_version, "s3:GetObject"),
    ("s3", "GetObjectTagging"): partial(_version, "s3:GetObjectTagging"),
    ("s3", "PutObject"): _put,
    ("s3", "CopyObject"): _copy,
    ("s3", "CreateMultipartUpload"): _put,
    ("s3", "UploadPart"): partial(_object, "s3:PutObject"),
    ("s3", "UploadPartCopy"): _copy,
    ("s3", "CompleteMultipartUpload"): _put,
    ("s3", "AbortMultipartUpload"): partial(_object, "s3:AbortMultipartUpload"),
    ("s3", "ListParts"): partial(_object, "s3:ListMultipartUploadParts"),
    ("s3", "DeleteObject"): partial(_version, "s3:DeleteObject"),
    ("s3", "DeleteObjects"): _delete_objects,
    ("s3", "HeadBucket"): partial(_bucket, "s3:ListBucket"),
    ("s3", "ListObjects"): partial(_bucket, "s3:ListBucket"),
    ("s3", "ListObjectsV2"): partial(_bucket, "s3:ListBucket"),
    ("s3", "ListObjectVersions"): partial(_bucket, "s3:ListBucketVersions"),
    ("s3", "ListMultipartUploads"): partial(_bucket, "s3:ListBucketMultipartUploads"),
    **{
        ("dynamodb", action): partial(_table, action)
        for action in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable")
    },
    ("dynamodb", "BatchGetItem"): partial(_batch, "BatchGetItem"),
    ("dynamodb", "BatchWriteItem"): partial(_batch, "BatchWriteItem"),
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "TransactWriteItems"): _transaction,
    **{
        ("sqs", operation): partial(_queue, operation.removesuffix("Batch"))
        for operation in (
            "SendMessage",
            "SendMessageBatch",
            "ReceiveMessage",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "GetQueueAttributes",
        )
    },
    ("sqs", "GetQueueUrl"): _queue_url,
    ("sesv2", "SendEmail"): _send_email,
    ("pinpoint-sms-voice-v2", "SendTextMessage"): _send_text,
    **{
        ("kms", action): partial(_key, action)
        for action in (
            "Sign",
            "Verify",
            "GetPublicKey",
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
            "GenerateMac",
            "VerifyMac",
        )
    },
}
