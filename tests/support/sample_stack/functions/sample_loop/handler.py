"""Counts down: sends the number of each message, less one, to the queue that it reads, until that is 0."""

import os
from typing import Any

from cloud import clients

LOOP_QUEUE = os.environ["LOOP_QUEUE"]

sqs = clients.sqs()


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        if left := int(record["body"]):
            sqs.send_message(QueueUrl=LOOP_QUEUE, MessageBody=str(left - 1))
