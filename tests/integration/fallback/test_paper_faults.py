"""Paper ends the same wherever fallback dies: each letter in one part, of one job, that is closed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec import structs

from brevdue.stack.stack import Call, Crash
from cloud.print_jobs import JobState, PrintJobs
from postal.channels import Channel
from postal.letters import Document
from postal.messages import Event, Report
from postal.register import SenderDeclined
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from tests.support import pdfs
from tests.support.office import DANISH, NORWEGIAN, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS

CUT_OFF = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
FOLDER = "print/default/20261118T163000Z/"


def _play(office: Office, watch: Callable[[Call], None]) -> tuple[list[Status], list[str], int]:
    """Three letters for paper, one of which was opened and one of which is no PDF; the cut-off, and the hours after."""
    contents = [pdfs.document(pdfs.A4), pdfs.document(pdfs.A4, pdfs.A4), b"no pdf"]
    letters = []
    for row, content in enumerate(contents, start=1):
        version = office.bucket.put(f"inbox/nordby/b1/documents/{row}.pdf", content)
        document = Document(path=f"{row}.pdf", version=version, size=len(content), etag="e")
        letters.append(letter(row, NORWEGIANS[row], documents=(document,), delivery="paper"))
    (page,) = made = office.commit(NORWEGIAN, letters)
    office.sort(made)
    office.batches.set_fact(page, 1, "opened_at", office.now, office.now)
    office.stack.on_call = watch
    # The cut-off, and times at which what was lost comes again: messages after an hour, entries after another.
    for minutes in (0, 1, 2, 62, 63, 124, 125, 186, 187):
        office.stack.advance(CUT_OFF + timedelta(minutes=minutes) - office.now)
    office.stack.on_call = None
    report = Report(event=Event.PRINTED, n=1, rows="", attempt=1, at=to_text(office.now))
    office.report(page, Channel.PRINT, report)
    parts = [
        json.loads(line)["letter"]
        for key in office.bucket.list_keys("print/")
        if "/parts/" in key
        for line in office.bucket.read(key).splitlines()
    ]
    return office.statuses(page, 3), parts, json.loads(office.bucket.read(f"{FOLDER}job.json"))["letters"]


def test_paper_ends_the_same_wherever_fallback_dies(
    office: Office, record_property: Callable[[str, object], None]
) -> None:
    made: list[Call] = []
    expected = _play(office, lambda call: made.append(call) if _is_done(call) else None)
    assert expected == ([Status.OPENED, Status.PRINTED, Status.FAILED], ["nordby/b1/2"], 1)
    points = range(len(made))
    for point in points:
        office.reset()
        left = point

        def crash(call: Call) -> None:
            nonlocal left
            # Between two calls nothing is done outside: after one is before the next.
            if _is_done(call):
                left -= 1
                if left == -1:
                    raise Crash(call.operation)

        assert _play(office, crash) == expected, made[point]
        assert office.stack.dead_letters() == {}, made[point]
        job = PrintJobs(office.batches_table).job("default", CUT_OFF)
        assert job is not None, made[point]
        assert (job.state, job.in_hand) == (JobState.CLOSED, frozenset()), made[point]
    record_property("fault points", f"paper: {len(points)}")


def test_what_a_neutral_sender_learns_by_paper_is_noted_wherever_fallback_dies(office: Office) -> None:
    """What is noted stands before the part does: a repeat that finds the part does nothing more."""

    def play(watch: Callable[[Call], None]) -> set[str]:
        data = pdfs.document(pdfs.A4)
        version = office.bucket.put("inbox/havblik/b1/documents/1.pdf", data)
        documents = (Document(path="1.pdf", version=version, size=len(data), etag="e"),)
        office.tell(SenderDeclined(recipient=DANES[0], occurred_at=office.now, sender="havblik"))
        made = office.commit(
            DANISH,
            [structs.replace(consenting(1, DANES[0]), documents=documents)],
            settings=Settings(disclosure="neutral"),
        )
        office.sort(made)
        office.stack.on_call = watch
        for minutes in (0, 1, 62, 63, 124, 125):
            office.stack.advance(CUT_OFF + timedelta(minutes=minutes) - office.now)
        office.stack.on_call = None
        assert office.statuses(made[0], 1) == [Status.TO_PRINT]
        return {item["code"] for item in office.recipients_table.query(DANES[0], beginning="disclosed#")}

    made: list[Call] = []
    assert play(lambda call: made.append(call) if _is_done(call) else None) == {"SENT_ON_PAPER"}
    for point in range(len(made)):
        office.reset()
        left = point

        def crash(call: Call) -> None:
            nonlocal left
            if _is_done(call):
                left -= 1
                if left == -1:
                    raise Crash(call.operation)

        assert play(crash) == {"SENT_ON_PAPER"}, made[point]


def _is_done(call: Call) -> bool:
    return (call.function, call.phase) == ("fallback", "after")
