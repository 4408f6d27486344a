"""A page with more to check for print than one invocation can: it ends all the same, each letter printed once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from brevdue.stack.stack import Call
from postal import portions, rowsets
from postal.channels import Channel
from postal.consignments import Consignment
from postal.letters import Document
from postal.pages import Page
from tests.support import pdfs
from tests.support.office import NORWEGIAN, Office, letter
from tests.support.people import NORWEGIANS

CUT_OFF = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
FOLDER = "print/default/20261118T163000Z/"


@pytest.fixture
def office(office: Office) -> Iterator[Office]:
    """A deployed Brevdue in which calls take no time again in the end."""
    yield office
    office.reset()


def _for_paper(office: Office, count: int) -> list[Page]:
    """A page of letters for paper, each with a document of its own, at the minute before their cut-off."""
    content = pdfs.document(pdfs.A4)
    letters = []
    for row in range(1, count + 1):
        version = office.bucket.put(f"inbox/nordby/b1/documents/{row}.pdf", content)
        documents = (Document(path=f"{row}.pdf", version=version, size=len(content), etag="e"),)
        letters.append(letter(row, NORWEGIANS[0], documents=documents, delivery="paper"))
    made = office.commit(NORWEGIAN, letters)
    office.sort(made)
    office.stack.advance(CUT_OFF - timedelta(minutes=1) - office.now)
    return made


def _parts(office: Office, folder: str = FOLDER) -> list[list[str]]:
    """The letters of each part of a job."""
    return [
        [json.loads(line)["letter"] for line in office.bucket.read(key).splitlines()]
        for key in office.bucket.list_keys(f"{folder}parts/")
    ]


def test_a_page_whose_checks_take_longer_than_an_invocation_is_printed_all_the_same(office: Office) -> None:
    _for_paper(office, 400)
    reads = 0

    def takes(call: Call) -> timedelta:
        nonlocal reads
        is_document = call.operation == "GetObject" and "/documents/" in call.resource
        reads += is_document
        return timedelta(seconds=5 if is_document else 0)

    office.stack.takes = takes
    for _ in range(12):
        office.stack.advance(timedelta(minutes=1))

    parts = _parts(office)
    assert [len(part) for part in parts] == [portions.MOST_DOCUMENTS] * 5
    assert sorted(one for part in parts for one in part) == sorted(f"nordby/b1/{row}" for row in range(1, 401))
    # What was checked is not checked again: each invocation hands over what it began.
    assert reads == 400
    assert json.loads(office.bucket.read(f"{FOLDER}job.json"))["letters"] == 400
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}


def test_what_is_left_of_a_page_is_gone_on_with_whatever_of_it_leaves_later(office: Office) -> None:
    (page,) = _for_paper(office, 240)
    for n, rows, cut_off in ((1, range(1, 81), None), (2, range(81, 161), CUT_OFF + timedelta(days=1))):
        made = Consignment(
            channel=Channel.PRINT, n=n, rows=rowsets.encode(rows), leaving_at=office.now, cut_off=cut_off
        )
        office.batches.put_consignment(page, made)
    office.stack.takes = _slow_documents
    for _ in range(10):
        office.stack.advance(timedelta(minutes=1))

    assert [len(part) for part in _parts(office)] == [80, 80]
    assert json.loads(office.bucket.read(f"{FOLDER}job.json"))["letters"] == 160


def test_every_job_that_has_passed_waits_for_what_is_left_of_a_page(office: Office) -> None:
    (page,) = _for_paper(office, 240)
    before = CUT_OFF - timedelta(days=1)
    for n, rows, cut_off in ((1, range(1, 81), None), (2, range(81, 161), CUT_OFF), (3, range(161, 241), before)):
        made = Consignment(
            channel=Channel.PRINT, n=n, rows=rowsets.encode(rows), leaving_at=office.now, cut_off=cut_off
        )
        office.batches.put_consignment(page, made)
    office.stack.takes = _slow_documents
    office.stack.advance(timedelta(minutes=1))

    assert len(_parts(office)) == 1
    assert all(office.batches.due_entries.pages_due_at(at, "default") for at in (before, CUT_OFF))
    for _ in range(10):
        office.stack.advance(timedelta(minutes=1))
    assert [len(part) for part in _parts(office)] == [80, 80]
    assert [len(part) for part in _parts(office, "print/default/20261117T163000Z/")] == [80]


def _slow_documents(call: Call) -> timedelta:
    return timedelta(seconds=5 if call.operation == "GetObject" and "/documents/" in call.resource else 0)


def test_a_consignment_without_time_for_all_of_its_checks_begins_again_and_is_printed_once(office: Office) -> None:
    _for_paper(office, 80)
    slow = True

    def takes(call: Call) -> timedelta:
        if not slow or call.operation != "GetObject":
            return timedelta()
        # Those in flight together are counted one after the other: they fit into what is kept back.
        return timedelta(seconds=7 if "/documents/" in call.resource else 200)

    office.stack.takes = takes
    office.stack.advance(timedelta(minutes=1))
    assert _parts(office) == []
    assert office.stack.failures == []
    slow = False
    for _ in range(10):
        office.stack.advance(timedelta(minutes=1))

    assert [len(part) for part in _parts(office)] == [80]
    assert json.loads(office.bucket.read(f"{FOLDER}job.json"))["letters"] == 80
    assert office.stack.dead_letters() == {}


def test_letters_are_claimed_as_far_as_there_is_time(office: Office) -> None:
    _for_paper(office, 70)

    def takes(call: Call) -> timedelta:
        return timedelta(seconds=9 if call.operation == "UpdateItem" and call.function == "fallback" else 0)

    office.stack.takes = takes
    for _ in range(10):
        office.stack.advance(timedelta(minutes=1))
    office.stack.settle(timedelta(minutes=5))

    assert [len(part) for part in _parts(office)] == [70]
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}
    assert json.loads(office.bucket.read(f"{FOLDER}job.json"))["letters"] == 70
