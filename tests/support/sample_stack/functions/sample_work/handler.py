"""Marks items as done; the body "bad" fails alone, "worse" fails the batch."""

import os
from typing import Any

from cloud import clients

TABLE = os.environ["TABLE"]

dynamodb = clients.dynamodb()


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    for body in bodies.values():
        if body == "worse":
            raise ValueError(body)
        dynamodb.update_item(
            TableName=TABLE,
            Key={"pk": {"S": body}},
            UpdateExpression="ADD done :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    return {"batchItemFailures": [{"itemIdentifier": key} for key, body in bodies.items() if body == "bad"]}
