"""`brevdue watch`: what moves, and what is left when nothing moves any more."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from brevdue.connectors import Connectors
from brevdue.desk import watching
from brevdue.desk.connection import Connection
from brevdue.desk.pace import Pace
from brevdue.desk.summaries import BatchSummary
from brevdue.desk.watching import Ending, Watched
from brevdue.printers import Printers
from brevdue.sample.sample import Sample
from postal.senders import Sender, Settings
from postal.status import Status
from tests.integration.desk.conftest import Brevdue
from tests.integration.ingest.conftest import Uploads, row
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter, refused
from tests.support.people import DANES, NORWEGIANS

MINUTE = timedelta(minutes=1)


@pytest.fixture
def uploads(office: Office) -> Uploads:
    return Uploads(office)


@pytest.fixture
def look(office: Office) -> Callable[..., Watched]:
    """Watches a batch, while the office works and nobody waits: its clock is the only one."""

    def watch(
        sender: str = "nordby",
        batch: str = "b1",
        minutes: int = 0,
        seen: Callable[[BatchSummary | None], object] = lambda _: None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Watched:
        def seconds() -> float:
            return office.now.timestamp()

        def let_pass(time: float) -> None:
            meanwhile()
            office.stack.advance(timedelta(seconds=time))

        pace = Pace(60, minutes * 60, seconds, let_pass)
        return watching.watch(Connection(office.s3, office.bucket_name), sender, batch, pace, seen)

    return watch


def _admit(office: Office, sender: Sender = NORWEGIAN, **settings: Any) -> None:
    office.senders.put(msgspec.structs.replace(sender, settings=msgspec.convert(settings, Settings)))


def _list(office: Office) -> None:
    """Let the office sort what it has, and write the list that follows within the hour."""
    office.stack.advance(61 * MINUTE)
    office.stack.settle()


def _texts(brevdue: Brevdue, *arguments: str) -> tuple[int, str]:
    """How watching ends, in one line."""
    result = brevdue("watch", *arguments, "--timeout", "0")
    assert result.stderr == ""
    return result.exit_code, " ".join(result.stdout.split())


def test_a_batch_that_was_never_sent_is_not_waited_for(brevdue: Brevdue) -> None:
    result = brevdue("watch", "b1", "--sender", "nordby")

    assert result.exit_code == 1
    assert result.stdout.startswith("nothing was sent as b1")


def test_a_batch_is_watched_from_its_manifest_to_the_end(
    office: Office, uploads: Uploads, look: Callable[..., Watched]
) -> None:
    _admit(office, receipt_cadence_minutes=1)
    uploads.manifest([row(1, document="a.pdf", delivery="digital_only"), row(2, title="")])
    uploads.documents("a.pdf")
    connectors = Connectors(office.s3, office.bucket_name, 1)
    seen: list[dict[str, int] | None] = []

    found = look(
        minutes=60 * 24 * 7,
        seen=lambda summary: seen.append(dict(summary.statuses) if summary else None),
        meanwhile=lambda: connectors.play(office.now),
    )

    assert (found.ending, found.is_well) == (Ending.SETTLED, True)
    assert seen[0] is None
    assert {"in_transit": 1, "rejected": 1} in seen
    assert found.summary is not None
    assert (found.summary.rows, found.summary.refused_rows) == (2, 1)
    assert seen[-1] == dict(found.summary.statuses)


def test_a_summary_that_is_the_same_is_shown_once(office: Office, look: Callable[..., Watched]) -> None:
    office.sort(office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])]))
    seen: list[BatchSummary | None] = []

    found = look(minutes=5, seen=seen.append)

    assert found.ending is Ending.TIMEOUT
    assert len(seen) == 1
    assert not found.is_well


def test_what_is_left_waits_for_a_time_that_is_told(office: Office, brevdue: Brevdue) -> None:
    office.register(DANES[0], mailboxes=["eboks"])
    waits = "2026-12-01T08:00:00Z"
    later = msgspec.structs.replace(consenting(3, DANES[2]), deliver_after=waits)
    office.commit(DANISH, [consenting(1, DANES[0]), consenting(2, DANES[1]), later, refused(4)])
    office.stack.advance(16 * MINUTE)
    _list(office)

    code, text = _texts(brevdue, "b1", "--sender", "havblik")
    assert (code, "letters are still on their way" in text) == (1, True)

    Connectors(office.s3, office.bucket_name, 1).play(office.now)
    office.stack.run()
    _list(office)
    code, text = _texts(brevdue, "b1", "--sender", "havblik")

    assert code == 0
    assert "1 held until their recipients sign up, until 2026-12-18T" in text
    assert "1 waiting for the date that you chose, until 2026-12-01T09:00:00+01:00" in text
    assert "1 refused: they are in to_correct.csv" in text
    assert "next: brevdue receipts b1 --sender havblik" in text
    found = json.loads(brevdue("watch", "b1", "--sender", "havblik", "--json").stdout)
    assert (found["sender"], found["batch"], found["ending"]) == ("havblik", "b1", "waits")
    assert [(wait["status"], wait["letters"]) for wait in found["waits"]] == [("held", 1), ("waiting", 1)]


def test_a_letter_that_waits_to_leave_is_still_on_its_way(
    office: Office, brevdue: Brevdue, look: Callable[..., Watched]
) -> None:
    # Sorted, and its list written, but its mailbox's messages lie in the queue.
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    lines = b'{"status":"waiting","until":""}\n{"status":"delivered"}\n'
    summary = {
        "state": "open",
        "number": 1,
        "rows": 2,
        "manifest_sha256": "0" * 64,
        "sorted_at": "2026-11-18T10:00:00+01:00",
        "statuses": {"waiting": 1, "delivered": 1},
        "files": {"held.csv": ""},
    }
    office.bucket.put("receipts/nordby/b1/receipts.jsonl", lines)
    office.bucket.put("receipts/nordby/b1/summary.json", json.dumps(summary).encode())

    assert look().ending is Ending.TIMEOUT

    office.bucket.put("receipts/nordby/b1/receipts.jsonl", lines.replace(b'""', b'"2026-12-01T09:00:00+01:00"'))
    found = look()
    assert found.ending is Ending.WAITS
    assert [(wait.status, wait.letters, wait.first) for wait in found.waits] == [
        (Status.WAITING, 1, "2026-12-01T09:00:00+01:00")
    ]

    office.bucket.put("receipts/nordby/b1/receipts.jsonl", b'{"status":"delivered"}\n')
    code, text = _texts(brevdue, "b1", "--sender", "nordby")
    assert (code, "nothing is on its way any more; what lies unopened may still be opened" in text) == (0, True)


def test_a_refused_batch_ends_with_1_and_says_why(office: Office, uploads: Uploads, brevdue: Brevdue) -> None:
    uploads.put("manifest.csv", b"no;header\r\n1;2\r\n")
    office.stack.run()

    code, text = _texts(brevdue, "b1", "--sender", "nordby")

    assert code == 1
    assert "the whole batch was refused: correct it and send it again" in text
    assert "mangler" in text


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.jsonl"])
def test_an_old_refusal_is_not_the_answer_to_a_better_manifest(
    office: Office, uploads: Uploads, look: Callable[..., Watched], name: str
) -> None:
    uploads.documents("a.pdf")
    uploads.put("manifest.csv", b"no;header\r\n1;2\r\n")
    office.stack.run()
    better = json.dumps(row(1, document="a.pdf")).encode()
    if name == "manifest.csv":
        uploads.manifest([row(1, document="a.pdf")])
    else:
        uploads.put(name, better)
    assert look().ending is Ending.TIMEOUT

    office.stack.run()
    found = look()

    assert (found.ending, found.summary and found.summary.rows) == (Ending.TIMEOUT, 1)


def test_a_batch_that_awaits_approval_says_how_to_give_it(office: Office, uploads: Uploads, brevdue: Brevdue) -> None:
    _admit(office, bad_rows="await_approval", bad_rows_percent=0)
    uploads.documents("a.pdf")
    uploads.manifest([row(1, document="a.pdf"), row(2, title="", document="a.pdf")])
    office.stack.run()

    code, text = _texts(brevdue, "b1", "--sender", "nordby")

    assert code == 0
    assert "1 of 2 rows have errors, which is more than you let pass: nothing is sent before you approve" in text
    assert "next: brevdue order b1 approve --sender nordby next: brevdue order b1 cancel --sender nordby" in text
    _list(office)
    code, text = _texts(brevdue, "b1", "--sender", "nordby")
    assert (code, "1 av 2 rader har feil (50 %)" in text) == (0, True)


def test_documents_that_are_missing_are_named(office: Office, uploads: Uploads, brevdue: Brevdue) -> None:
    uploads.manifest([row(1, document="a.pdf")])
    office.stack.run()

    code, text = _texts(brevdue, "b1", "--sender", "nordby")

    assert code == 1
    assert "1 letters wait until 2026-11-18T10:15:00+01:00 for documents: a.pdf" in text


def test_neutral_receipts_end_with_the_first_list(office: Office, brevdue: Brevdue) -> None:
    office.commit(DANISH, [consenting(1, DANES[0])], settings=Settings(disclosure="neutral"))
    office.stack.advance(16 * MINUTE)
    _list(office)

    code, text = _texts(brevdue, "b1", "--sender", "havblik")

    assert code == 0
    assert "your receipts are neutral" in text
    assert "1 held" not in text


def test_progress_is_shown_on_a_terminal_and_beside_the_result(
    uploads: Uploads, office: Office, brevdue: Brevdue, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads.manifest([row(1, document="a.pdf")])
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    for says in ("b1 waits for check-in", "letters wait until"):
        result = brevdue("watch", "b1", "--sender", "nordby", "--timeout", "0", "--json")
        assert says in result.stderr
        assert json.loads(result.stdout)["ending"] == "timeout"
        office.stack.run()


def test_the_sample_comes_to_rest(office: Office, brevdue: Brevdue, look: Callable[..., Watched]) -> None:
    sample = Sample(60, 1, START, hurried=True)
    dynamodb, names = office.stack.client("dynamodb"), office.stack.names
    sample.put_senders(dynamodb, names["SendersTable"])
    sample.put_register(dynamodb, names["RecipientsTable"], lambda _: None)
    others = (Connectors(office.s3, office.bucket_name, 1), Printers(office.s3, office.bucket_name, 1))
    insurer = sample.batches[1]
    insurer.upload(office.s3, office.bucket_name)

    found = look(insurer.sender.id, insurer.id, 60, meanwhile=lambda: [other.play(office.now) for other in others])

    assert found.ending is Ending.WAITS
    assert found.summary is not None
    assert {wait.status: wait.letters for wait in found.waits} == {
        status: found.summary.statuses[status]
        for status in (Status.HELD, Status.TO_PRINT)
        if status in found.summary.statuses
    }
    assert found.summary.statuses["held"] > 0
    code, text = _texts(brevdue, insurer.id, "--sender", insurer.sender.id)
    assert (code, "held until their recipients sign up" in text) == (0, True)
