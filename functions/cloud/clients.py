"""boto3 clients, made the same way everywhere.

They come from boto3's default session. Retries are botocore's standard mode;
parameter validation is off because the adapters build every request and
validating walks each item again.
"""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cloud import environment

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4},
    parameter_validation=False,
    tcp_keepalive=True,
)


def dynamodb() -> "DynamoDBClient":
    """A client for the three tables."""
    return boto3.client("dynamodb", config=_CONFIG)


def s3() -> "S3Client":
    """A client for the bucket, which speaks to it only while it is the account's: names are the world's."""
    owner = environment.read(environment.Shared).bucket_owner

    def expect_owner(params: dict[str, Any], model: "OperationModel", **_: object) -> None:
        if model.input_shape and "ExpectedBucketOwner" in model.input_shape.members:
            params["ExpectedBucketOwner"] = owner

    client = boto3.client("s3", config=_CONFIG)
    client.meta.events.register("before-parameter-build.s3", expect_owner)
    return client


def sqs() -> "SQSClient":
    """A client for the queues."""
    return boto3.client("sqs", config=_CONFIG)


def sesv2() -> "SESV2Client":
    """A client for e-mail."""
    return boto3.client("sesv2", config=_CONFIG)


def sns() -> "SNSClient":
    """A client for SMS."""
    return boto3.client("sns", config=_CONFIG)
