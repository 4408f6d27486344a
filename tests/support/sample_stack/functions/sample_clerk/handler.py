"""Makes the AWS call that its event describes, and counts events of schedules."""

import os
from typing import Any

import boto3

from cloud import clients, clock

TABLE = os.environ["TABLE"]

dynamodb = clients.dynamodb()


def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    if "call" in event:
        service, operation = event["call"]
        answer = getattr(boto3.client(service), operation)(**event["parameters"])
        return {"status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    if "hoard_mb" in event:
        print("hoarding")  # noqa: T201
        return {"length": len(b"x" * (event["hoard_mb"] * 1024 * 1024)), "now": clock.now().isoformat()}
    if "about" in event:
        return {"name": context.function_name, "left_ms": context.get_remaining_time_in_millis()}
    kind = event.get("tick") or event["source"]
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"tick {kind}"}},
        UpdateExpression="ADD done :one SET latest = :now",
        ExpressionAttributeValues={":one": {"N": "1"}, ":now": {"S": clock.now().isoformat()}},
    )
    return None
