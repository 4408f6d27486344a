"""A deployed post office as its operator reaches it: on AWS, or as `brevdue up` serves it.

Physical names come from the outputs of the CloudFormation stack, so a command needs
to know nothing but where to look for that.
"""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from cloud.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

#: What the embedded stack's deployment is called, and most others are.
STACK: Final = "brevdue"
#: What the stack's output says where no address is told of alarms.
NOBODY: Final = "nobody"
#: The key and the secret that `brevdue up` tells its clients to send; nobody checks them.
LOOPBACK_KEYS: Final = ("any", "any")
#: Where `brevdue up` says that it is.
LOOPBACK_REGION: Final = "eu-north-1"

#: An operator waits in front of the screen: what cannot be reached is told soon.
_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=30)

_QUEUE: Final = re.compile(r"(\w+)QueueUrl")

_NO_CREDENTIALS: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
    exceptions.NoAuthTokenError,
    exceptions.LoginError,
)
_NO_ANSWER: Final = (exceptions.ConnectionError, exceptions.HTTPClientError)
_NOT_ACCEPTED: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
#: Whoever sets one of these wants to be known by it, also on loopback.
_OWN_CREDENTIALS: Final = frozenset({"AWS_ACCESS_KEY_ID", "AWS_PROFILE"})
_SIGN_IN: Final = "run `aws configure` or `aws sso login`, or name a profile with --profile"

#: What the libraries raise where something between here and the post office is wrong.
TROUBLE: Final = (BotoCoreError, ClientError, ResponseParserError)


class RemoteError(Exception):
    """The post office cannot be reached, or is not there; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a post office is.

    Attributes:
        endpoint_url: of what answers as AWS does; empty for AWS itself.
        profile: of the AWS configuration; empty for the usual one.
        region: empty for that of the configuration.
        stack: the CloudFormation stack's name.
    """

    endpoint_url: str = ""
    profile: str = ""
    region: str = ""
    stack: str = STACK

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        host = urlsplit(self.endpoint_url).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class QueuePair:
    """A queue and its dead letters, by their URLs."""

    name: str
    url: str
    dead_letters: str


class Remote:
    """A deployed post office.

    Args:
        session: with credentials and a region.
        where: it is.
        outputs: of its stack, by name.
    """

    def __init__(self, session: boto3.Session, where: Where, outputs: "Mapping[str, str]") -> None:
        """Use `connect`."""
        self._session = session
        self._where = where
        self._outputs = outputs

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self._where.stack

    @property
    def region(self) -> str:
        """Where the stack is."""
        return self._session.region_name or ""

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._output("BucketName")

    @property
    def batches_table(self) -> str:
        """The name of the Batches table."""
        return self._output("BatchesTableName")

    @property
    def recipients_table(self) -> str:
        """The name of the Recipients table."""
        return self._output("RecipientsTableName")

    @property
    def senders_table(self) -> str:
        """The name of the Senders table."""
        return self._output("SendersTableName")

    @property
    def batches(self) -> Table:
        """The Batches table."""
        return Table(self.dynamodb, self.batches_table)

    @property
    def recipients(self) -> Table:
        """The Recipients table."""
        return Table(self.dynamodb, self.recipients_table)

    @property
    def senders(self) -> Table:
        """The Senders table."""
        return Table(self.dynamodb, self.senders_table)

    @property
    def proof_key(self) -> str:
        """The ARN of the key that signs proofs."""
        return self._output("ProofKeyArn")

    @property
    def operator(self) -> str:
        """Who runs the post office."""
        return self._output("OperatorName")

    @property
    def alarms_go_to(self) -> str:
        """The address that is told of alarms; empty where nobody is."""
        address = self._output("AlarmsGoTo")
        return "" if address == NOBODY else address

    @property
    def queues(self) -> list[QueuePair]:
        """Every queue, in the template's order."""
        names = [match[1] for match in map(_QUEUE.fullmatch, self._outputs) if match]
        if not names:
            # Asked for by its name, so that the answer is the usual one.
            self._output("UploadsQueueUrl")
        return [
            QueuePair(_plain(name), self._output(f"{name}QueueUrl"), self._output(f"{name}DeadLettersUrl"))
            for name in names
        ]

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client for the tables."""
        return self.client("dynamodb")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> "S3Client":
        """A client for the bucket."""
        return self.client("s3")  # type: ignore[no-any-return]

    @cached_property
    def sqs(self) -> "SQSClient":
        """A client for the queues."""
        return self.client("sqs")  # type: ignore[no-any-return]

    @cached_property
    def kms(self) -> "KMSClient":
        """A client for the key that signs proofs."""
        return self.client("kms")  # type: ignore[no-any-return]

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """A client of any service."""
        return _client(self._session, self._where, service)

    def _output(self, name: str) -> str:
        if name not in self._outputs:
            raise RemoteError(
                f'the stack "{self.stack}" has no output {name}: it is another stack, which --stack can name, '
                "or of an older release, and the present template.yaml is to be deployed"
            )
        return self._outputs[name]


def connect(where: Where) -> Remote:
    """The post office at a place.

    Raises:
        RemoteError: it is not there, or cannot be reached.
    """
    _check_address(where)
    try:
        session = _session(where)
        outputs = _outputs(session, where)
    except TROUBLE as error:
        raise RemoteError(explain(error, where)) from error
    return Remote(session, where, outputs)


def s3_of(where: Where, config: Config) -> "S3Client":
    """A client for S3 at a place, of whoever needs nothing else there and knows the bucket.

    Raises:
        RemoteError: the place is none, or there is nobody to speak as.
    """
    _check_address(where)
    try:
        return _client(_session(where), where, "s3", config)  # type: ignore[no-any-return]
    except TROUBLE as error:
        raise RemoteError(explain(error, where)) from error


def _check_address(where: Where) -> None:
    if where.endpoint_url and not _is_address(where.endpoint_url):
        raise RemoteError(f"{where.endpoint_url} is no address: write one as in http://127.0.0.1:4566")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def explain(error: Exception, where: Where) -> str:
    """What went wrong between here and a post office, and what to do."""
    match error:
        case exceptions.ProfileNotFound():
            return f"{error}: name another with --profile"
        case exceptions.NoRegionError():
            return "no AWS region is set: name it with --region, or set AWS_REGION"
        case _ if isinstance(error, _NO_CREDENTIALS):
            return (
                f"no AWS credentials were found: {_SIGN_IN}; "
                "for a post office that `brevdue up` serves, name its address with --endpoint-url"
            )
        case _ if isinstance(error, _NO_ANSWER):
            return _no_answer(where)
        case ClientError():
            return _refused(error, where)
        case _:
            return _strange(where) if isinstance(error, ResponseParserError) else str(error)


def _no_answer(where: Where) -> str:
    if where.endpoint_url:
        return f"nothing answers at {where.endpoint_url}: is `brevdue up` running? It says its address when it starts"
    return "AWS does not answer: check the network, and the region"


def _refused(error: ClientError, where: Where) -> str:
    code = _code(error)
    if code in _NOT_ACCEPTED:
        return f"AWS does not accept the credentials ({code}): {_SIGN_IN}"
    if code in _FORBIDDEN:
        return f"the credentials do not allow {error.operation_name}: use those of an operator"
    if not code or code.isdigit():
        # Whatever answered knows nothing but HTTP.
        return _strange(where)
    return f"{error.operation_name} failed: {error.response['Error'].get('Message', '')} ({code})"


def is_forbidden(error: BaseException | None) -> bool:
    """Whether it was refused for want of a right; what has no body, as the answer to a HEAD, says 403."""
    return isinstance(error, ClientError) and _code(error) in {*_FORBIDDEN, "403"}


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _strange(where: Where) -> str:
    return f"what answers at {where.endpoint_url or 'that address'} is no AWS: check --endpoint-url"


def _session(where: Where) -> boto3.Session:
    region = where.region or None
    if not where.is_loopback:
        return boto3.Session(profile_name=where.profile or None, region_name=region)
    if not where.profile and not _OWN_CREDENTIALS.intersection(os.environ):
        # Those of a configuration file are somebody's on AWS, and stay here.
        return boto3.Session(*LOOPBACK_KEYS, region_name=region or LOOPBACK_REGION)
    session = boto3.Session(profile_name=where.profile or None, region_name=region)
    if session.region_name:
        return session
    return boto3.Session(profile_name=where.profile or None, region_name=LOOPBACK_REGION)


def _outputs(session: boto3.Session, where: Where) -> dict[str, str]:
    cloudformation = _client(session, where, "cloudformation")
    try:
        (stack,) = cloudformation.describe_stacks(StackName=where.stack)["Stacks"]
    except ClientError as error:
        if _code(error) != "ValidationError":
            raise
        raise RemoteError(
            f'there is no stack "{where.stack}" in {session.region_name}: '
            "name yours with --stack or BREVDUE_STACK, and its region with --region"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


def _client(session: boto3.Session, where: Where, service: str, config: Config = _CONFIG) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    return session.client(service, endpoint_url=where.endpoint_url or None, config=config)  # type: ignore[call-overload]


def _plain(name: str) -> str:
    """`digital-post` for `DigitalPost`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
