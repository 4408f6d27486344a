"""What was made quicker answers as before."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto import mock_aws

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


@pytest.mark.parametrize("ask", [ask_dynamodb, ask_sqs])
def test_answers_are_the_same(ask: Callable[[], list[Any]]) -> None:
    with mock_aws():
        plain = ask()
    with moto_follows(StackClock.real()):
        assert ask() == plain
