"""`brevdue order`: what was typed becomes an order file, and its answers come back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brevdue.desk import ordering
from brevdue.desk.connection import Connection
from brevdue.desk.ordering import Line, Ordered
from brevdue.desk.pace import Pace
from postal.batches import BatchState
from postal.keys import UploadKind, parse_upload
from postal.orders import Order
from postal.senders import Settings
from postal.status import Status
from tests.integration.desk.batches import puts, watched_calls
from tests.integration.desk.conftest import Brevdue
from tests.integration.ingest.conftest import Uploads, row
from tests.support.office import DANISH, NORWEGIAN, Office, consenting
from tests.support.people import DANES

SUMMARY = "receipts/havblik/b1/summary.json"
TWO_MINUTES = timedelta(minutes=2)


@pytest.fixture
def held(office: Office) -> Office:
    """An office that holds three letters of a batch."""
    return _held(office)


def _held(office: Office, **settings: Any) -> Office:
    made = office.commit(
        DANISH, [consenting(n, DANES[n]) for n in (1, 2, 3)], settings=msgspec.convert(settings, Settings)
    )
    office.sort(made)
    # A neutral list is written an hour after the batch was accepted.
    office.stack.advance(timedelta(minutes=61))
    assert office.bucket.head(SUMMARY) is not None
    return office


def _order(brevdue: Brevdue, *arguments: str) -> dict[str, Any]:
    result = brevdue("order", "b1", *arguments, "--sender", "havblik", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _answers(office: Office, *lines: Line, sender: str = "havblik", minutes: int = 10) -> Ordered:
    """Order something, and have the office work until it is answered."""

    def seconds() -> float:
        return office.now.timestamp()

    def let_pass(time: float) -> None:
        office.stack.advance(timedelta(seconds=time))

    connection = Connection(office.s3, office.bucket_name)
    found, version = ordering.put(connection, sender, "b1", lines, office.now)
    return ordering.answers(connection, sender, "b1", found, version, Pace(60, minutes * 60, seconds, let_pass))


def _told(found: Ordered) -> list[tuple[str, str]]:
    return [(one.reference, one.answer.value) for one in found.answers]


def test_an_order_is_an_upload_that_ingest_takes(held: Office, brevdue: Brevdue) -> None:
    with watched_calls() as asked:
        found = _order(brevdue, "recall", "ref-1", "ref-2", "ref-1")

    (key,) = puts(asked)
    upload = parse_upload(key)
    assert upload is not None
    assert (upload.kind, upload.owner, upload.batch, upload.name) == (UploadKind.ORDERS, "havblik", "b1", found["file"])
    assert found["file"].startswith("20261118T100100Z-recall-")
    assert (found["orders"], found["answers"]) == (2, [])
    assert held.bucket.read(key).decode() == "\ufefforder;reference;until\r\nrecall;ref-1;\r\nrecall;ref-2;\r\n"
    held.stack.run()
    held.stack.advance(TWO_MINUTES)
    page = held.batches.page_items("havblik", "b1", 0)
    assert {row: item.mark for row, item in page.letters.items()}.keys() == {1, 2}


def test_what_is_ordered_twice_in_a_second_is_ordered_once(held: Office, brevdue: Brevdue) -> None:
    first, second = (_order(brevdue, "recall", "ref-1")["file"] for _ in range(2))

    assert first == second
    assert len(list(held.bucket.list_keys("inbox/havblik/b1/orders/"))) == 1


@pytest.mark.parametrize(
    ("order", "until", "status"),
    [
        (Order.RECALL, "", Status.RECALLED),
        (Order.EXTEND, "2027-01-31", Status.HELD),
        (Order.PRINT, "", Status.TO_PRINT),
        (Order.RETURN, "", Status.EXPIRED),
        (Order.RESPONDED, "", Status.HELD),
    ],
)
def test_each_order_is_carried_out_and_answered(held: Office, order: Order, until: str, status: Status) -> None:
    found = _answers(held, Line(order=order, reference="ref-2", until=until))

    assert (_told(found), found.is_well) == ([("ref-2", "done")], True)
    lines = [json.loads(line) for line in held.bucket.read("receipts/havblik/b1/receipts.jsonl").splitlines()]
    assert [line["status"] for line in lines] == ["held", status, "held"]
    assert (lines[1].get("until", "")[:10] == "2027-01-31") == (order is Order.EXTEND)


def test_a_whole_batch_is_recalled(held: Office, brevdue: Brevdue) -> None:
    assert _order(brevdue, "recall", "--all")["orders"] == 1
    held.stack.run()
    held.stack.advance(TWO_MINUTES)

    assert json.loads(held.bucket.read(SUMMARY))["statuses"] == {"recalled": 3}


def test_what_is_not_carried_out_is_not_well(held: Office) -> None:
    assert _told(_answers(held, Line(order=Order.RECALL, reference="ref-1"))) == [("ref-1", "done")]

    lines = [Line(order=Order.EXTEND, reference=f"ref-{n}", until="2027-01-31") for n in (1, 2, 9)]
    found = _answers(held, *lines)

    assert _told(found) == [("ref-1", "not_held"), ("ref-2", "done"), ("ref-9", "refused")]
    assert (found.is_answered, found.is_well) == (True, False)
    assert found.answers[2].text.startswith("Intet brev i batchen har denne reference.")


def test_only_the_answers_to_these_orders_count(held: Office) -> None:
    _answers(held, Line(order=Order.RECALL, reference="ref-9"))

    found = _answers(held, Line(order=Order.RECALL, reference="ref-1"))

    assert (_told(found), found.is_well) == ([("ref-1", "done")], True)


def test_an_answer_that_does_not_come_in_time_is_waited_for_no_longer(held: Office, brevdue: Brevdue) -> None:
    result = brevdue("order", "b1", "recall", "ref-1", "--sender", "havblik", "--wait", "0.01")

    assert result.exit_code == 1
    assert "the time is over, and not every order is answered yet" in result.stdout
    assert len(list(held.bucket.list_keys("inbox/havblik/b1/orders/"))) == 1


def test_an_order_file_that_is_refused_as_a_whole_says_why(held: Office) -> None:
    held.senders.put(msgspec.structs.replace(DANISH, disabled=True))

    found = _answers(held, Line(order=Order.RECALL, reference="ref-1"))

    assert ([error.code for error in found.errors], found.answers) == (["SENDER_DISABLED"], ())
    assert (found.is_answered, found.is_well) == (True, False)


def test_neutral_receipts_answer_that_it_was_taken(office: Office) -> None:
    _held(office, disclosure="neutral", receipt_cadence_minutes=1)

    found = _answers(office, Line(order=Order.EXTEND, reference="ref-1", until="2027-01-31"), minutes=120)

    assert (_told(found), found.is_well) == ([("ref-1", "accepted")], True)


@pytest.mark.parametrize(
    ("word", "state"),
    [("approve", BatchState.OPEN), ("godkend", BatchState.OPEN), ("cancel", BatchState.CANCELLED)],
)
def test_a_batch_is_decided(office: Office, brevdue: Brevdue, word: str, state: BatchState) -> None:
    settings = Settings(bad_rows="await_approval", bad_rows_percent=0)
    office.senders.put(msgspec.structs.replace(NORWEGIAN, settings=settings))
    uploads = Uploads(office)
    uploads.documents("a.pdf")
    uploads.manifest([row(1, document="a.pdf"), row(2, title="", document="a.pdf")])
    office.stack.run()

    assert brevdue("order", "b1", word, "--sender", "nordby").exit_code == 0
    office.stack.run()
    office.stack.advance(TWO_MINUTES)

    assert office.batches.committed("nordby", "b1").state is state
    watched = brevdue("watch", "b1", "--sender", "nordby", "--timeout", "0").stdout
    assert ("it was cancelled, and nothing of it is sent" in watched) == (state is BatchState.CANCELLED)
    again = brevdue("order", "b1", word, "--sender", "nordby", "--json")
    office.stack.run()
    office.stack.advance(TWO_MINUTES)
    orders = office.bucket.read("receipts/nordby/b1/orders.csv").decode()
    assert f"{json.loads(again.stdout)['file']};2;" in orders
    assert ";too_late;" in orders


def test_nothing_is_ordered_for_a_batch_that_is_not_there(office: Office, brevdue: Brevdue) -> None:
    with watched_calls() as asked:
        result = brevdue("order", "b1", "recall", "--all", "--sender", "nordby")
    assert (result.exit_code, result.stdout, puts(asked)) == (1, "", [])
    assert "nothing can be ordered for b1, which is not there" in result.stderr

    Uploads(office).put("manifest.csv", b"no;header\r\n1;2\r\n")
    office.stack.run()
    result = brevdue("order", "b1", "recall", "--all", "--sender", "nordby")
    assert (result.exit_code, "which is refused" in result.stderr) == (1, True)


def test_references_come_from_the_receipts_too(held: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    brevdue("receipts", "b1", "--sender", "havblik", "--into", str(tmp_path))

    found = _order(brevdue, "extend", "--file", str(tmp_path / "held.csv"), "--until", "2027-01-31")

    assert found["orders"] == 3
    (key,) = held.bucket.list_keys("inbox/havblik/b1/orders/")
    assert held.bucket.read(key).decode().splitlines()[1:] == [f"extend;ref-{n};2027-01-31" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fly", "ref-1"), "fly is none of recall, extend, print, return, responded, approve, cancel"),
        (("recall",), "recall is for letters: name references or --file, or --all"),
        (("print",), "print is for letters: name references or --file"),
        (("print", "--all"), "print is for letters"),
        (("print", "ref-1", "--all"), "--all is for recall without references"),
        (("recall", "ref-1", "--all"), "--all is for recall without references"),
        (("approve", "ref-1"), "approve is for the whole batch, and takes no references"),
        (("extend", "ref-1"), "extend needs --until"),
        (("extend", "ref-1", "--until", "31.01.2027"), "--until is written as a spreadsheet shows dates."),
        (("extend", "ref-1", "--until", "soon"), "--until is no date or time."),
        (("extend", "ref-1", "--until", "2026-11-18"), "--until 2026-11-18 is past"),
        (("recall", "ref-1", "--until", "2027-01-31"), "recall takes no --until: extend does"),
        (("recall", "--file", "no-such-file.csv"), "no-such-file.csv cannot be read"),
    ],
)
def test_what_makes_no_order_ends_with_2(brevdue: Brevdue, arguments: tuple[str, ...], says: str) -> None:
    with watched_calls() as asked:
        result = brevdue("order", "b1", *arguments, "--sender", "nordby", "--bucket", "b")

    assert (result.exit_code, result.stdout, asked) == (2, "", [])
    assert says in result.stderr
