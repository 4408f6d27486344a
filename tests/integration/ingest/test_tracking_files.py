import json
from typing import Any

import pytest

from ingest import tracking_files
from postal.channels import Channel
from postal.messages import Tracking, decode
from tests.integration.ingest.conftest import BulkFiles
from tests.support.office import Office

ANSWER = "outbox/eboks/_tracking/2026-11-18.jsonl.errors.jsonl"
KEY = "tracking/eboks/2026-11-18.jsonl"


def _upload(office: Office, *lines: Any, name: str = "2026-11-18.jsonl") -> None:
    data = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    office.bucket.put(f"tracking/eboks/{name}", data)


def _said(letter: str, event: str = "opened") -> dict[str, object]:
    return {"event": event, "letter": letter, "attempt": 1, "at": "2026-11-18T10:00:00+01:00"}


def _answered(office: Office) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in map(json.loads, office.bucket.read(ANSWER).splitlines())]


def _sent(office: Office) -> list[Tracking]:
    """What ingest sends to the tracking queue, taken from there before tracking gets it."""
    url = office.stack.names["TrackingQueue"]
    sqs = office.stack.client("sqs")
    events = sqs.receive_message(QueueUrl=office.stack.names["UploadsQueue"], MaxNumberOfMessages=10)["Messages"]
    for event in events:
        record = {"messageId": "m", "body": event["Body"], "attributes": {"ApproximateReceiveCount": "1"}}
        assert office.stack.invoke("ingest", {"Records": [record]}) == {"batchItemFailures": []}
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    decoded = [decode(message["Body"]) for message in messages]
    assert all(isinstance(message, Tracking) for message in decoded)
    return [message for message in decoded if isinstance(message, Tracking)]


def test_reports_go_to_the_tracking_queue_by_page(office: Office) -> None:
    whole = {"event": "delivered", "dispatch": "havblik/b1/00001-1", "at": "2026-11-18T10:00:00Z", "except": [402]}
    _upload(office, whole, _said("havblik/b1/1"), _said("havblik/b1/2"), _said("nordby/b1/1"))

    sent = _sent(office)

    assert {
        (message.sender, message.page, message.channel): [(report.n, report.rows) for report in message.reports]
        for message in sent
    } == {
        ("havblik", 1, Channel.EBOKS): [(1, "402")],
        ("havblik", 0, Channel.EBOKS): [(0, "1-2")],
        ("nordby", 0, Channel.EBOKS): [(0, "1")],
    }
    assert office.bucket.read(ANSWER) == b""


def test_bad_lines_are_answered_and_stop_nothing(office: Office) -> None:
    _upload(office, b"nonsense", _said("havblik/b1/1"), _said("unknown"), b"x" * 70_000, _said("havblik/b1/2"))

    (sent,) = _sent(office)

    assert [report.rows for report in sent.reports] == ["1"]
    assert _answered(office) == [
        (1, "LINE_INVALID"),
        (3, "LETTER_UNKNOWN"),
        (4, "ROW_TOO_LARGE"),
        (4, "REST_NOT_READ"),
    ]
    assert office.stack.refusals == []


def test_an_empty_file_is_nothing(office: Office) -> None:
    office.bucket.put("tracking/eboks/empty.jsonl", b"")
    assert _sent(office) == []


def test_a_corrected_file_takes_the_place_of_the_errors(office: Office, bulk: BulkFiles) -> None:
    first = bulk.upload(KEY, b"nonsense\n")
    bulk.take(first)
    assert _answered(office) == [(1, "LINE_INVALID")]

    bulk.take(bulk.upload(KEY, json.dumps(_said("havblik/b1/1"))))
    assert _answered(office) == []
    # Events come in any order, and more than once.
    bulk.take(first)
    assert _answered(office) == []


def test_of_too_many_lines_the_first_are_taken_and_the_rest_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_files, "MOST_ROWS", 3)
    _upload(office, *(_said(f"havblik/b1/{row}") for row in range(1, 4)))
    (sent,) = _sent(office)
    assert ([report.rows for report in sent.reports], _answered(office)) == (["1-3"], [])

    _upload(office, *(_said(f"havblik/b1/{row}") for row in range(1, 9)))
    (sent,) = _sent(office)
    assert [report.rows for report in sent.reports] == ["1-3"]
    assert _answered(office) == [(4, "MANIFEST_TOO_MANY_ROWS"), (4, "REST_NOT_READ")]
