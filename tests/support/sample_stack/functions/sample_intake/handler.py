"""Keeps one item for each object that is uploaded, and sends its key on."""

import json
import os
from typing import Any
from urllib.parse import unquote_plus

from cloud import clients, clock

TABLE = os.environ["TABLE"]
WORK_QUEUE = os.environ["WORK_QUEUE"]
GREETING = os.environ["GREETING"]

s3 = clients.s3()
dynamodb = clients.dynamodb()
sqs = clients.sqs()


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    failures = []
    for record in event["Records"]:
        try:
            _take(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001
            print(f"failed: {error}")  # noqa: T201
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _take(notification: dict[str, Any]) -> None:
    for entry in notification.get("Records", []):
        bucket, thing = entry["s3"]["bucket"]["name"], entry["s3"]["object"]
        key = unquote_plus(thing["key"])
        text = s3.get_object(Bucket=bucket, Key=key, VersionId=thing["versionId"])["Body"].read().decode()
        if text == "bad":
            raise ValueError(key)
        item = {"pk": key, "text": text, "greeting": GREETING, "at": clock.now().isoformat()}
        dynamodb.put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})
        sqs.send_message(QueueUrl=WORK_QUEUE, MessageBody=key)
