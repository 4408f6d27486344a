"""`brevdue status`, through the real command line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from cloud.print_jobs import PrintJobs
from cloud.stuck import StuckPages
from postal.pages import Page
from postal.status import Status
from postal.stuck import Stuck, unswept
from tests.integration.desk.conftest import Brevdue
from tests.support.office import NORWEGIAN, START, Office, letter
from tests.support.people import NORWEGIANS

CUT_OFF = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)


def _report(brevdue: Brevdue, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(brevdue("status", "--json", *arguments).stdout)
    return found


def _stuck(office: Office, *pages: int) -> None:
    for number in pages:
        page = Page(sender="nordby", batch="b1", number=number, key="k", version="v", first=0, last=0)
        since = START - timedelta(hours=30 + number)
        stuck = Stuck(status=Status.IN_TRANSIT, why="its mailbox has not answered", letters=400, since=since)
        StuckPages(office.batches_table).note(page, [stuck], START)


def test_all_is_well_where_nothing_lies_about(brevdue: Brevdue) -> None:
    result = brevdue("status")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["uploads", *"·····"] in lines
    assert ["digital-post", *"·····"] in lines
    assert [line[:3] for line in lines].count(["none"]) == 2
    assert "2026-11-18T09:00:00Z" in result.stdout


def test_it_is_said_loudly_where_nobody_is_told_of_alarms(brevdue: Brevdue) -> None:
    assert "NOBODY IS TOLD" in brevdue("status").stdout
    assert _report(brevdue)["alarms_go_to"] == ""


def test_every_queue_is_counted(office: Office, brevdue: Brevdue) -> None:
    sqs, url = office.stack.client("sqs"), office.stack.names["TrackingQueue"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="waits")
    sqs.send_message(QueueUrl=url, MessageBody="comes later", DelaySeconds=60)
    sqs.receive_message(QueueUrl=url)
    # A metric of the queue, as CloudWatch has it.
    age = {"MetricName": "ApproximateAgeOfOldestMessage", "Value": 75, "Timestamp": START - timedelta(minutes=2)}
    dimensions = [{"Name": "QueueName", "Value": url.rpartition("/")[2]}]
    office.stack.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS", MetricData=[{**age, "Dimensions": dimensions}]
    )

    queues = {queue["queue"]: queue for queue in _report(brevdue)["queues"]}

    assert len(queues) == 12
    counts = {"waiting": 2, "delayed": 1, "in_flight": 1, "oldest_seconds": 75, "dead": 0}
    assert queues["tracking"] == {"queue": "tracking", **counts}
    assert {queue["waiting"] for name, queue in queues.items() if name != "tracking"} == {0}


def test_dead_letters_end_with_1(office: Office, brevdue: Brevdue) -> None:
    office.stack.client("sqs").send_message(QueueUrl=office.stack.names["PagesDeadLetters"], MessageBody="died")

    result = brevdue("status")

    assert result.exit_code == 1
    assert ["pages", "·", "·", "·", "·", "1"] in [line.split() for line in result.stdout.splitlines()]
    assert brevdue("status", "--json").exit_code == 1


def test_stuck_letters_end_with_1_and_have_a_line_a_batch(office: Office, brevdue: Brevdue) -> None:
    _stuck(office, 0, 1, 2)

    result = brevdue("status")

    assert result.exit_code == 1
    (line,) = (line for line in result.stdout.splitlines() if "nordby/b1" in line)
    assert line.split()[:5] == ["nordby/b1", "in", "transit", "1,200", "2026-11-17T01:00:00Z"]
    assert _report(brevdue)["stuck"] == [
        {
            "sender": "nordby",
            "batch": "b1",
            "status": "in_transit",
            "letters": 1200,
            "pages": 3,
            "since": "2026-11-17T01:00:00Z",
            "why": "its mailbox has not answered",
        }
    ]


def test_a_page_that_nobody_could_look_at_is_shown_without_what_is_not_known(office: Office, brevdue: Brevdue) -> None:
    page = Page(sender="nordby", batch="b1", number=0, key="k", version="v", first=0, last=0)
    StuckPages(office.batches_table).note(page, [unswept(CUT_OFF)], START)

    result = brevdue("status")

    assert result.exit_code == 1
    (line,) = (line for line in result.stdout.splitlines() if "nordby/b1" in line)
    assert line.split()[:5] == ["nordby/b1", "not", "known", "·", "2026-11-18T16:30:00Z"]
    (told,) = _report(brevdue)["stuck"]
    assert (told["status"], told["letters"], told["pages"]) == (None, 0, 1)


def test_the_next_due_is_a_query_a_shard_of_a_few_entries(
    office: Office, brevdue: Brevdue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    office.batches.due_entries.arm_receipts("nordby", "b1", START - timedelta(minutes=5))
    office.batches.due_entries.arm_closer("default", CUT_OFF, CUT_OFF)
    for hours in range(1, 20):
        office.batches.due_entries.arm_page(
            office.batches.committed("nordby", "b1"), page, START + timedelta(hours=24 + hours)
        )
    asked: list[tuple[str, dict[str, Any]]] = []
    real: Any = BaseClient._make_api_call  # type: ignore[attr-defined] # every call of every client

    def watch(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        asked.append((operation, params))
        return real(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", watch)
    due = _report(brevdue)["due"]

    assert due[:3] == [
        {"at": "2026-11-18T08:55:00Z", "kind": "receipts", "sender": "nordby", "batch": "b1"},
        {"at": "2026-11-18T09:15:00Z", "kind": "page", "sender": "nordby", "batch": "b1", "page": 0},
        {"at": "2026-11-18T16:30:00Z", "kind": "print job", "printer": "default"},
    ]
    assert len(due) == 5
    assert "Scan" not in {operation for operation, _ in asked}
    queries = [params for operation, params in asked if operation == "Query"]
    of_due = [query for query in queries if query["ExpressionAttributeValues"][":pk"]["S"].startswith("due#")]
    assert [query.get("Limit") for query in of_due] == [5] * 8


def test_the_next_due_is_told_in_words(office: Office, brevdue: Brevdue) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    office.batches.due_entries.arm_receipts("nordby", "b1", START - timedelta(minutes=5))
    office.batches.due_entries.arm_closer("default", CUT_OFF, CUT_OFF)

    output = brevdue("status").stdout

    for line in (
        "2026-11-18T08:55:00Z 5 min ago receipts of nordby/b1",
        "2026-11-18T09:15:00Z 15 min page 0 of nordby/b1",
        "2026-11-18T16:30:00Z 7 h print job of default",
    ):
        assert line in [" ".join(shown.split()) for shown in output.splitlines()]


def test_print_jobs_are_shown_until_they_are_closed(office: Office, brevdue: Brevdue) -> None:
    jobs = PrintJobs(office.batches_table)
    for printer in ("nordvik-trykk", "default"):
        jobs.join(printer, CUT_OFF, "nordby/b1/00000-1")
    jobs.leave("default", CUT_OFF, "nordby/b1/00000-1")
    jobs.close("default", CUT_OFF, CUT_OFF)

    assert _report(brevdue)["print_jobs"] == [
        {"printer": "nordvik-trykk", "cut_off": "2026-11-18T16:30:00Z", "state": "open", "in_hand": 1}
    ]
    assert ["nordvik-trykk", "2026-11-18T16:30:00Z", "open", "1"] in [
        line.split() for line in brevdue("status").stdout.splitlines()
    ]


def test_the_open_batches_of_a_sender_are_shown_the_latest_first(office: Office, brevdue: Brevdue) -> None:
    for batch, state in (("b1", "open"), ("b2", "settled"), ("b3", "awaiting_approval"), ("b4", "cancelled")):
        summary = {"sender": "nordby", "batch": batch, "state": state, "rows": 1000, "statuses": {"to_print": 7}}
        office.bucket.put(f"receipts/nordby/{batch}/summary.json", json.dumps(summary).encode())
        office.bucket.put(f"receipts/nordby/{batch}/receipts.jsonl", b"")
        office.stack.clock.advance(timedelta(minutes=1))
    office.bucket.put("receipts/nordby/_enrolments/summary.json", b"{}")
    office.bucket.put("receipts/nordby-2/b9/summary.json", b"{}")

    batches = _report(brevdue, "--sender", "nordby")["batches"]

    assert [(batch["batch"], batch["state"], batch["rows"]) for batch in batches] == [
        ("b3", "awaiting_approval", 1000),
        ("b1", "open", 1000),
    ]
    assert "1,000" in brevdue("status", "--sender", "nordby").stdout
    assert "7 to print" in brevdue("status", "--sender", "nordby").stdout
    assert "batches" not in {name for name, value in _report(brevdue).items() if value is not None}


def test_the_summary_of_a_real_batch_is_understood(office: Office, brevdue: Brevdue) -> None:
    office.sort(office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])]))
    office.stack.advance(timedelta(hours=2))
    office.stack.settle()

    (batch,) = _report(brevdue, "--sender", "nordby")["batches"]

    assert (batch["batch"], batch["state"], batch["rows"], batch["statuses"]) == ("b1", "open", 1, {"in_transit": 1})
    assert batch["accepted_at"] == "2026-11-18T10:00:00+01:00"


@pytest.mark.parametrize("sender", ["nobody", "../x"])
def test_an_unknown_sender_ends_with_2(brevdue: Brevdue, sender: str) -> None:
    result = brevdue("status", "--sender", sender)

    assert result.exit_code == 2
    assert f"there is no sender {sender}" in result.stderr
