import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from cloud import clock
from postal import messages
from postal.messages import WriteReceipts
from tests.integration.receipts.world import World
from tests.unit.receipts import samples

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
HANDLER = "receipts.handler"


@dataclass
class Context:
    function_name: str = "receipts"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-north-1:123456789012:function:receipts"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def handler(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The handler, imported as Lambda imports it: after the environment is there."""
    monkeypatch.setenv("BUCKET", world.name)
    monkeypatch.setenv("BATCHES_TABLE", world.name)
    monkeypatch.setattr(clock, "_source", lambda: NOW)
    before = sys.modules.pop(HANDLER, None)
    yield importlib.import_module(HANDLER)
    sys.modules.pop(HANDLER, None)
    if before is not None:
        sys.modules[HANDLER] = before


def record(message_id: str, body: str) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-north-1:123456789012:receipts",
        "awsRegion": "eu-north-1",
    }


def test_a_message_that_fails_fails_alone(world: World, handler: Any, capsys: pytest.CaptureFixture[str]) -> None:
    world.commit([samples.letter(1)])
    event = {
        "Records": [
            record("unknown", messages.encode(WriteReceipts(sender="kommunekemi", batch="nowhere"))),
            record("known", messages.encode(WriteReceipts(sender="kommunekemi", batch="2026-11"))),
            record("garbage", "{"),
        ]
    }
    answer = handler.lambda_handler(event, Context())
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["unknown", "garbage"]
    info = world.bucket.head("receipts/kommunekemi/2026-11/receipts.jsonl")
    assert info
    assert info.metadata["written-at"] == "2026-11-18T09:30:00Z"
    out = capsys.readouterr().out
    assert "ref-1" not in out
    assert "0101010000" not in out


def test_a_missing_variable_is_named(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert handler
    monkeypatch.delenv("BATCHES_TABLE")
    del sys.modules[HANDLER]
    with pytest.raises(ValueError, match="BATCHES_TABLE missing"):
        importlib.import_module(HANDLER)
