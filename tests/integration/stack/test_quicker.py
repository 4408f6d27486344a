"""What was made quicker answers as before."""

import warnings
from collections.abc import Callable
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.kms.responses import KmsResponse

from brevdue.stack import quicker
from brevdue.stack.backend import moto_follows
from brevdue.stack.stack import StackClock

REGION = "eu-north-1"
KEYS = [("pk", "HASH"), ("sk", "RANGE")]


def ask_dynamodb() -> list[Any]:
    """The answers of a table with an index, to questions of many kinds."""
    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],  # type: ignore[typeddict-item]
        GlobalSecondaryIndexes=[
            {
                "IndexName": "turned",
                "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    values: list[Any] = [
        {"N": "7"}, {"BOOL": True}, {"NULL": True}, {"B": b"raw"}, {"SS": ["a", "b"]}, {"NS": ["1", "2"]},
        {"BS": [b"x"]}, {"L": [{"S": "a"}, {"B": b"raw"}, {"M": {"k": {"L": []}}}]}, {"M": {}}, {"M": {"k": {"S": ""}}},
    ]  # fmt: skip
    for number, value in enumerate(values):
        item = {"pk": {"S": f"p{number % 3}"}, "sk": {"S": f"s{number}"}, "value": value}
        client.put_item(TableName="t", Item=item)
    answers: list[Any] = [
        client.query(
            TableName="t",
            KeyConditionExpression="pk = :p AND sk > :s",
            ExpressionAttributeValues={":p": {"S": partition}, ":s": {"S": "s0"}},
            Limit=2,
            ScanIndexForward=forward,
        )
        for partition in ("p0", "p1", "p9")
        for forward in (True, False)
    ]
    answers += [
        client.query(
            TableName="t",
            IndexName="turned",
            KeyConditionExpression="sk = :s",
            ExpressionAttributeValues={":s": {"S": "s4"}},
        ),
        client.batch_get_item(
            RequestItems={"t": {"Keys": [{"pk": {"S": f"p{n % 3}"}, "sk": {"S": f"s{n}"}} for n in range(len(values))]}}
        ),
        client.update_item(
            TableName="t",
            Key={"pk": {"S": "p7"}, "sk": {"S": "s"}},
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"M": {"b": {"N": "1"}}}},
            ReturnValues="ALL_NEW",
        ),
    ]
    return [{key: part for key, part in answer.items() if key != "ResponseMetadata"} for answer in answers]


def ask_sqs() -> list[Any]:
    client = boto3.client("sqs", region_name=REGION)
    dead = client.create_queue(QueueName="dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 2}}'
    queue = client.create_queue(QueueName="q", Attributes={"RedrivePolicy": redrive, "KmsMasterKeyId": "key"})[
        "QueueUrl"
    ]
    for delay in (0, 0, 600):
        client.send_message(QueueUrl=queue, MessageBody="a", DelaySeconds=delay)
    client.receive_message(QueueUrl=queue)
    attributes = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    one = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"])[
        "Attributes"
    ]
    return [{key: value for key, value in attributes.items() if "Timestamp" not in key}, one]


def ask_s3() -> list[Any]:
    """Listings of versions, from markers that are keys and that are none, page by page."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="listed", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    client.put_bucket_versioning(Bucket="listed", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a/1", "a/2", "a/2", "a/3", "b/1", "b/2"):
        client.put_object(Bucket="listed", Key=key, Body=key.encode())
    client.delete_object(Bucket="listed", Key="a/3")
    answers: list[Any] = []
    for prefix in ("", "a/", "b/", "c"):
        for marker in ("", "a", "a/1", "a/2", "a/25", "a/3", "b/", "z"):
            for most in (1, 2, 1000):
                for delimiter in ("", "/"):
                    asked = {"Bucket": "listed", "Prefix": prefix, "KeyMarker": marker, "Delimiter": delimiter}
                    answer = client.list_object_versions(**asked, MaxKeys=most)  # type: ignore[arg-type]
                    named = [
                        (one["Key"], one["IsLatest"])
                        for one in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))
                    ]
                    rest = answer["IsTruncated"], answer.get("NextKeyMarker"), answer.get("CommonPrefixes")
                    answers.append((prefix, marker, most, delimiter, named, rest))
    return answers


def test_listings_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_follows(StackClock.real()):
        quick = ask_s3()
    monkeypatch.setattr(quicker, "patches", list)
    with moto_follows(StackClock.real()):
        assert ask_s3() == quick


@pytest.mark.parametrize("is_quick", [True, False])
@pytest.mark.parametrize(
    ("marker", "behind"),
    [
        ("a", ["a/1", "a/2", "a/2", "b/1", "b/2"]),
        ("a/1", ["a/2", "a/2", "b/1", "b/2"]),
        ("a/2", ["b/1", "b/2"]),
        ("a/25", ["b/1", "b/2"]),
        ("b/1", ["b/2"]),
        ("b/2", []),
    ],
)
def test_a_listing_begins_behind_its_marker(
    monkeypatch: pytest.MonkeyPatch, marker: str, behind: list[str], *, is_quick: bool
) -> None:
    if not is_quick:
        monkeypatch.setattr(quicker, "patches", list)
    with moto_follows(StackClock.real()):
        ask_s3()
        answer = boto3.client("s3", region_name=REGION).list_object_versions(Bucket="listed", KeyMarker=marker)
    assert [one["Key"] for one in answer.get("Versions", ()) if one["Key"] != "a/3"] == behind


class Gone:
    """What moto had, in a version that was not tried."""


def test_what_is_gone_is_not_made_quicker_and_warned_of() -> None:
    def small(_: object) -> object:
        return len

    there, gone = quicker.Target(SimpleNamespace(size=len), "size", small), quicker.Target(Gone, "size", small)
    with pytest.warns(UserWarning, match=r"moto .* was not tried: .*Gone.* has no size"):
        patches = quicker.patches([gone, there])
    assert len(patches) == 1


def test_in_the_versions_that_are_locked_nothing_is_gone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(quicker.patches()) == len(list(quicker._targets()))


def test_what_has_to_be_mended_and_is_gone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(KmsResponse, "sign")
    with (
        pytest.raises(RuntimeError, match=rf"moto {version('moto')} was not tried: .*KmsResponse.* has no sign"),
        moto_follows(StackClock.real()),
    ):
        pass


@pytest.mark.parametrize("ask", [ask_dynamodb, ask_sqs])
def test_answers_are_the_same(ask: Callable[[], list[Any]]) -> None:
    with mock_aws():
        plain = ask()
    with moto_follows(StackClock.real()):
        assert ask() == plain
