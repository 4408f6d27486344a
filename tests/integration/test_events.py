"""Every file under events/ is an event that its function takes."""

import json
from typing import Any

import pytest

from postal.channels import Channel
from postal.messages import Event, Report
from postal.notices import Means
from postal.status import Status
from tests.support.office import NORWEGIAN, ROOT, Office, letter
from tests.support.template import functions

EVENTS = ROOT / "events"
USER = "no-fnr:15829012345"
NOTHING_FAILED: dict[str, list[object]] = {"batchItemFailures": []}


def _event(name: str, version: str = "", last: int = 0) -> dict[str, Any]:
    """The event, pointing at a row file that is there."""
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    text = text.replace("ROW_FILE_VERSION", version).replace("ROWS.jsonl", "m1.jsonl")
    loaded: dict[str, Any] = json.loads(text.replace(r"\"last\":0", rf"\"last\":{last}"))
    return loaded


@pytest.fixture
def pages_event(office: Office) -> dict[str, Any]:
    """The event of a page of a committed batch of one letter."""
    office.register(USER)
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)], batch="2026-11")
    return _event("pages", page.version, page.last)


def _like(pages_event: dict[str, Any], name: str) -> dict[str, Any]:
    page = json.loads(pages_event["Records"][0]["body"])["page"]
    return _event(name, page["version"], page["last"])


def test_the_way_of_a_letter_by_events(office: Office, pages_event: dict[str, Any]) -> None:
    (page,) = [office.batches.page_items("nordby", "2026-11", 0)]
    assert page.sorting is None

    assert office.stack.invoke("routing", pages_event) == NOTHING_FAILED
    assert office.stack.invoke("delivery", _like(pages_event, "consignments")) == NOTHING_FAILED
    assert office.stack.invoke("tracking", _like(pages_event, "tracking")) == NOTHING_FAILED
    assert office.stack.invoke("notification", _like(pages_event, "notices")) == NOTHING_FAILED
    assert office.stack.invoke("fallback", _like(pages_event, "due")) == NOTHING_FAILED
    assert office.stack.invoke("receipts", _like(pages_event, "receipts")) == NOTHING_FAILED

    sorting = office.batches.page_items("nordby", "2026-11", 0).sorting
    assert sorting is not None
    assert office.statuses(sorting.page, 1) == [Status.DELIVERED]
    assert office.emails() == [f"{USER[-4:]}@example.com"]
    receipt = json.loads(office.bucket.read("receipts/nordby/2026-11/receipts.jsonl"))
    assert receipt["status"] == "delivered"


@pytest.mark.parametrize(("name", "means"), [("notice-events", Means.EMAIL), ("notice-events-sms", Means.SMS)])
def test_what_came_of_a_notice_is_taken(office: Office, pages_event: dict[str, Any], name: str, means: Means) -> None:
    office.stack.invoke("routing", pages_event)
    assert office.stack.invoke("notification", _event(name)) == NOTHING_FAILED

    item = office.batches.page_items("nordby", "2026-11", 0).letters[1]
    assert item.failed_means == {means}
    assert item.notice_failed_at is not None


def test_an_upload_is_taken_in(office: Office) -> None:
    header = "reference;recipient;title;document;name;address_1;postal_code;city"
    manifest = f"{header}\r\n1;{USER.partition(':')[2]};Et brev;1.pdf;Kari;Storgata 1;0001;Nordby\r\n"
    office.s3.put_object(Bucket=office.bucket_name, Key="inbox/nordby/2026-11/manifest.csv", Body=manifest.encode())
    office.s3.put_object(Bucket=office.bucket_name, Key="inbox/nordby/2026-11/documents/1.pdf", Body=b"%PDF-1.7")

    assert office.stack.invoke("ingest", _event("uploads")) == NOTHING_FAILED

    batch = office.batches.batch("nordby", "2026-11")
    assert batch is not None
    assert batch.rows == 1


def test_a_tracking_file_is_taken_in(office: Office, pages_event: dict[str, Any]) -> None:
    office.stack.invoke("routing", pages_event)
    office.stack.run()
    line = {"event": "opened", "letter": "nordby/2026-11/1", "attempt": 1, "at": "2026-11-18T09:05:00Z"}
    office.s3.put_object(
        Bucket=office.bucket_name, Key="tracking/altinn/2026-11-18.jsonl", Body=json.dumps(line).encode()
    )

    assert office.stack.invoke("ingest", _event("uploads-tracking-file")) == NOTHING_FAILED
    office.stack.run()

    sorting = office.batches.page_items("nordby", "2026-11", 0).sorting
    assert sorting is not None
    assert office.statuses(sorting.page, 1) == [Status.OPENED]
    report = Report(event=Event.OPENED, n=0, rows="1", attempt=1, at="2026-11-18T09:05:00Z")
    office.report(sorting.page, Channel.ALTINN, report)
    assert office.statuses(sorting.page, 1) == [Status.OPENED]


def test_the_registers_event_is_taken(office: Office) -> None:
    assert office.stack.invoke("register", _event("register")) == NOTHING_FAILED

    recipient = "dk-cpr:0101575000"
    assert office.recipients.recipients([recipient])[recipient].mailboxes == {Channel.EBOKS}


def test_s3s_test_event_is_no_error(office: Office) -> None:
    assert office.stack.invoke("ingest", _event("uploads-test")) == NOTHING_FAILED


def test_the_schedules_tick_is_taken(office: Office) -> None:
    assert office.stack.invoke("fallback", _event("schedule")) is None


def test_every_event_is_described_and_every_function_has_one() -> None:
    described = (EVENTS / "README.md").read_text(encoding="utf-8")

    assert all(f"| {path.name} |" in described for path in EVENTS.glob("*.json"))
    assert all(f"| {name.capitalize()}Function |" in described for name in functions())
