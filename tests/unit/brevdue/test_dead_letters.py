"""What a dead letter is, is told without a word of whom it is about."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brevdue.operate.dead_letters import Kind, kind_of
from postal import messages, register
from postal.channels import Channel
from postal.messages import Event, Message, Report
from postal.pages import Page
from tests.support.template import ROOT

PERSON = "no-fnr:01817010055"
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
PAGE = Page(sender="nordby", batch="b1", number=0, key="rows/nordby/b1/v.jsonl", version="v", first=0, last=9)
CLOSED = register.Closed(recipient=PERSON, occurred_at=NOW)
REPORT = Report(event=Event.OPENED, n=0, rows="1", attempt=1, at="2026-11-18T09:00:00Z")
SENT = [
    messages.CheckManifest(key="inbox/nordby/b1/manifest.csv", version="v"),
    messages.SortPage(page=PAGE),
    messages.WriteReceipts(sender="nordby", batch="b1"),
    messages.Tracking(sender="nordby", batch="b1", page=0, channel=Channel.ALTINN, reports=(REPORT,)),
    messages.CloseJob(printer="default", cut_off=NOW, due_sk="s", token="t"),  # noqa: S106 - no secret
    messages.TakeEvents(events=(CLOSED,)),
    messages.ReleaseHeld(recipient=PERSON),
]


@pytest.mark.parametrize("message", SENT, ids=lambda message: type(message).__name__)
def test_a_message_is_told_by_its_type_and_batch(message: Message) -> None:
    kind = kind_of(messages.encode(message))

    assert kind.type.startswith(type(message).__name__)
    assert (kind.sender, kind.batch) in {("nordby", "b1"), ("", "")}
    assert PERSON not in repr(kind)


def test_what_registers_say_is_told_by_its_type() -> None:
    assert kind_of(register.encode(CLOSED)) == Kind(type="Closed")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("inbox/nordby/b1/manifest.csv", Kind(type="S3 event, manifest", sender="nordby", batch="b1")),
        ("inbox/nordby/b1/orders/01817010055.csv", Kind(type="S3 event, orders", sender="nordby", batch="b1")),
        ("enrolments/nordby/01817010055.csv", Kind(type="S3 event, enrolments", sender="nordby")),
        ("tracking/altinn/01817010055.jsonl", Kind(type="S3 event, tracking")),
        ("register/01817010055.jsonl", Kind(type="S3 event, register")),
        ("elsewhere/01817010055", Kind(type="S3 event")),
    ],
)
def test_an_upload_is_told_without_its_name(key: str, kind: Kind) -> None:
    assert kind_of(json.dumps({"Records": [{"s3": {"object": {"key": key, "versionId": "v"}}}]})) == kind


@pytest.mark.parametrize(
    "body", ["", "words", "[]", "17", "{}", '{"Records": [{}]}', '{"Records": 1}', '{"type": "No"}']
)
def test_what_is_none_of_ours_is_unknown(body: str) -> None:
    assert kind_of(body) == Kind(type="unknown")


@pytest.mark.parametrize("path", sorted((ROOT / "events").glob("*.json")), ids=lambda path: path.stem)
def test_every_real_event_is_known(path: Path) -> None:
    for record in json.loads(path.read_text(encoding="utf-8")).get("Records", ()):
        assert kind_of(record["body"]).type != "unknown"


@pytest.mark.parametrize("name", ["notice-events", "notice-events-sms"])
def test_an_event_of_a_notice_is_told_by_its_batch(name: str) -> None:
    (record,) = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))["Records"]
    event = json.loads(record["body"])

    assert kind_of(record["body"]) == Kind(type="notice event", sender="nordby", batch="2026-11")
    assert kind_of(json.dumps({**event, "detail": {}})) == Kind(type="notice event")
