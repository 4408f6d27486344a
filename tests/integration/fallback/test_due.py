"""What is due: in shards, by turns of senders, in the time that there is; and what fails for ever is left behind."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from brevdue.stack.stack import Call, Crash
from cloud import observability
from cloud.due_entries import GIVEN_UP_AFTER
from cloud.print_jobs import JobState, PrintJobs
from cloud.stuck import StuckPages
from fallback import service
from postal import keys
from postal.letters import Document
from postal.pages import Page
from postal.senders import Regime, Sender, Settings
from postal.status import Status
from tests.support import pdfs
from tests.support.office import NORWEGIAN, START, Office, letter
from tests.support.people import NORWEGIANS

CUT_OFF = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
FOLDER = "print/default/20261118T163000Z/"
OTHER = Sender(id="vestby", name="Vestby", regime=Regime.NO_PUBLIC, languages=("nb",))


@pytest.fixture
def office(office: Office) -> Iterator[Office]:
    """A deployed Brevdue in which calls take no time again in the end."""
    yield office
    office.reset()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """What the ticks tell by metrics, by name."""
    told: dict[str, list[float]] = {}
    real = observability.metrics.add_metric

    def add_metric(*, name: str, unit: Any, value: float) -> None:
        told.setdefault(name, []).append(value)
        real(name=name, unit=unit, value=value)

    monkeypatch.setattr(observability.metrics, "add_metric", add_metric)
    return told


def _tick(office: Office) -> None:
    """Send on what is due, and leave it in the queues."""
    office.stack.invoke("fallback", {})


def _sent(office: Office) -> list[str]:
    """Whose entries were sent on."""
    return [entry["sender"] for entry in office.due() if "sent_at" in entry]


def _arm(office: Office, sender: str, batches: int, at: datetime = START) -> None:
    for n in range(batches):
        office.batches.due_entries.arm_receipts(sender, f"b{n}", at)


def test_what_is_put_again_at_the_same_time_is_one_entry_and_goes_only_under_its_last_token(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    batch = office.batches.committed("nordby", "b1")
    (first,) = office.due()
    office.batches.due_entries.arm_page(batch, page, START + timedelta(minutes=15))
    (second,) = office.due()

    assert (first["pk"], first["sk"]) == (second["pk"], second["sk"])
    office.batches.due_entries.disarm(first["sk"], first["token"])
    assert office.due() == [second]
    office.batches.due_entries.disarm(second["sk"], second["token"])
    assert office.due() == []


def test_a_great_batch_is_written_to_every_shard(office: Office) -> None:
    _arm(office, "nordby", 100)

    assert {entry["pk"] for entry in office.due()} == set(keys.DUE_PKS)


def test_a_great_batch_keeps_nobody_waiting_and_a_tick_tells_what_it_leaves(
    office: Office, told: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "_MOST_SENT", 10)
    _arm(office, "nordby", 30, START - timedelta(hours=1))
    _arm(office, "vestby", 2)

    _tick(office)
    assert sorted(_sent(office)) == ["nordby"] * 8 + ["vestby"] * 2
    assert (told["EntriesDue"], told["EntriesLeft"]) == ([10], [22])
    assert "more is due than one tick sends on" in caplog.text
    for _ in range(3):
        _tick(office)

    assert len(_sent(office)) == 32
    assert (told["EntriesDue"], told["EntriesLeft"]) == ([10, 10, 10, 2], [22, 12, 2, 0])


def test_a_tick_that_reads_no_further_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "_MOST_READ", 10)
    _arm(office, "nordby", 11)

    _tick(office)

    assert len(_sent(office)) == 10
    assert "more is due than one tick reads" in caplog.text


def test_a_tick_notes_what_it_sent_before_its_time_is_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_NOTED_TOGETHER", 1)
    _arm(office, "nordby", 60)
    sends = 0

    def takes(call: Call) -> timedelta:
        nonlocal sends
        sends += call.operation == "SendMessageBatch"
        return timedelta(seconds=15 if call.operation == "SendMessageBatch" else 0)

    office.stack.takes = takes
    _tick(office)

    assert sends == len(_sent(office)) == 39
    _tick(office)
    assert len(_sent(office)) == 60
    assert office.stack.failures == []


def test_an_entry_that_cannot_be_read_keeps_no_other_from_its_time(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    sk = keys.receipts_due_sk("2026-11-18T08:00:00Z", "nordby", "b0")
    office.batches_table.put({"pk": keys.due_pk(sk), "sk": sk, "token": "t", "page": {"of": "another kind"}})
    _arm(office, "nordby", 1)

    _tick(office)

    assert len([entry for entry in office.due() if "sent_at" in entry]) == 1
    assert "a due entry cannot be read" in caplog.text


def _for_paper(office: Office, sender: Sender, printer: str = "default") -> Page:
    """A page with a letter for paper."""
    content = pdfs.document(pdfs.A4)
    version = office.bucket.put(f"inbox/{sender.id}/b1/documents/1.pdf", content)
    documents = (Document(path="1.pdf", version=version, size=len(content), etag="e"),)
    made = office.commit(
        sender,
        [letter(1, NORWEGIANS[0], documents=documents, delivery="paper")],
        settings=Settings(printer=printer),
    )
    office.sort(made)
    return made[0]


def _poisoned(office: Office, printer: str) -> dict[str, Any]:
    """Let a sound page and one whose sweep fails come to the cut-off; the item that the latter lacks."""
    _for_paper(office, NORWEGIAN)
    _for_paper(office, OTHER, printer)
    office.stack.advance(CUT_OFF - timedelta(minutes=1) - office.now)
    item = office.batches_table.get(pk="vestby#b1", sk="batch")
    assert item is not None
    office.batches_table.delete({"pk": "vestby#b1", "sk": "batch"})
    return item


def _to(office: Office, moment: datetime) -> None:
    while office.now < moment:
        office.stack.advance(min(timedelta(minutes=10), moment - office.now))


def _state(office: Office) -> JobState:
    job = PrintJobs(office.batches_table).job("default", CUT_OFF)
    assert job is not None
    return job.state


def _stuck(office: Office) -> list[tuple[str, Status | None]]:
    return [(page.sender, one.status) for page in StuckPages(office.batches_table).all() for one in page.stuck]


def test_a_page_of_another_printer_that_cannot_be_swept_keeps_no_job_open(
    office: Office, told: dict[str, list[float]]
) -> None:
    _poisoned(office, "another")

    _to(office, CUT_OFF + timedelta(minutes=20))
    assert _state(office) is JobState.CLOSED
    assert office.bucket.head(f"{FOLDER}job.json") is not None
    assert told["LettersStuck"][-1] == 0
    _to(office, CUT_OFF + timedelta(hours=4, minutes=10))

    assert _stuck(office) == [("vestby", None)]
    assert told["LettersStuck"][-1] == 1


def test_a_job_waits_for_a_page_of_its_printer_until_that_is_given_up(
    office: Office, told: dict[str, list[float]]
) -> None:
    item = _poisoned(office, "default")

    _to(office, CUT_OFF + timedelta(hours=3, minutes=50))
    assert (_state(office), _stuck(office)) == (JobState.OPEN, [])
    _to(office, CUT_OFF + timedelta(hours=4, minutes=20))
    assert (_state(office), _stuck(office)) == (JobState.CLOSED, [("vestby", None)])
    assert office.bucket.head(f"{FOLDER}job.json") is not None
    assert told["LettersStuck"][-1] == 1

    # Its sweep works again: the note goes, and its letter leaves with the next job.
    office.batches_table.put(item)
    _to(office, CUT_OFF + timedelta(days=1, minutes=20))

    assert _stuck(office) == []
    assert told["LettersStuck"][-1] == 0
    assert [key for key in office.bucket.list_keys("print/") if "vestby" in key] == [
        "print/default/20261119T163000Z/parts/vestby/b1/00000-1.jsonl"
    ]
    assert office.bucket.head("print/default/20261119T163000Z/job.json") is not None


def test_a_page_that_is_given_up_is_tried_more_and_more_rarely(office: Office) -> None:
    _poisoned(office, "default")
    sent: list[int] = []
    for _ in range(72):
        office.stack.advance(timedelta(hours=1))
        sent += [entry["sends"] for entry in office.due() if entry["sk"].endswith("vestby#b1#0#page")]

    # Each hour until the fifth time, then after 1, 2, 4 and 8 hours, and from then on after 12.
    hours = [sent.count(sends) for sends in range(1, 11)]
    assert hours == [1, 1, 1, 1, 1, 2, 4, 8, 12, 12]


def test_a_page_that_dies_with_its_part_in_hand_is_left_behind_and_leaves_once_with_a_later_job(office: Office) -> None:
    _for_paper(office, NORWEGIAN)
    _for_paper(office, OTHER)

    def kill(call: Call) -> None:
        if (call.function, call.operation) == ("fallback", "GetObject") and "/vestby/b1/documents/" in call.resource:
            raise Crash("killed by a PDF")

    office.stack.on_call = kill
    _to(office, CUT_OFF + GIVEN_UP_AFTER - timedelta(minutes=10))
    assert _state(office) is JobState.CLOSING
    _to(office, CUT_OFF + GIVEN_UP_AFTER + timedelta(minutes=20))

    assert _state(office) is JobState.CLOSED
    assert _printed(office, FOLDER) == ["nordby/b1/1"]
    office.stack.on_call = None
    _to(office, CUT_OFF + timedelta(days=1, minutes=20))
    assert _printed(office, FOLDER) == ["nordby/b1/1"]
    assert _printed(office, "print/default/20261119T163000Z/") == ["vestby/b1/1"]
    assert _stuck(office) == []


def test_a_part_that_was_written_after_its_job_closed_without_it_is_none_of_that_job(office: Office) -> None:
    _for_paper(office, NORWEGIAN)
    _for_paper(office, OTHER)
    jobs, is_closing = PrintJobs(office.batches_table), False

    def close_first(call: Call) -> None:
        nonlocal is_closing
        is_part = call.operation == "PutObject" and "/parts/vestby/" in call.resource
        if is_closing or call.phase != "before" or not is_part:
            return
        is_closing = True
        jobs.close("default", CUT_OFF, office.now)
        assert jobs.leave_behind("default", CUT_OFF, "vestby/b1/00000-1")

    office.stack.on_call = close_first
    _to(office, CUT_OFF + timedelta(days=1, minutes=20))

    assert is_closing
    assert office.bucket.head(f"{FOLDER}parts/vestby/b1/00000-1.jsonl") is not None
    folders = [FOLDER, "print/default/20261119T163000Z/"]
    assert sorted(one for folder in folders for one in _printed(office, folder)) == ["nordby/b1/1", "vestby/b1/1"]
    assert "vestby/b1/1" in _printed(office, folders[1])
    assert office.stack.failures == []


def _printed(office: Office, folder: str) -> list[str]:
    """The letters of the parts that a job tells its printer of."""
    job = json.loads(office.bucket.read(f"{folder}job.json"))
    lines = [line for part in job["parts"] for line in office.bucket.read(folder + part["key"]).splitlines()]
    assert len(lines) == job["letters"]
    return [json.loads(line)["letter"] for line in lines]
