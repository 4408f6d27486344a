"""A function has only so much time, and a message that failed comes again when its error lets it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from brevdue.stack.stack import Call, Crash
from cloud import errors
from postal.channels import Channel
from postal.messages import Event, Report, SortPage, Tracking
from tests.support.office import NORWEGIAN, Office, letter, shared_office
from tests.support.people import NORWEGIANS


@pytest.fixture
def office() -> Iterator[Office]:
    """A deployed Brevdue in which calls take no time again in the end."""
    found = shared_office()
    yield found
    found.reset()


def _takes(seconds: int, operation: str) -> Callable[[Call], timedelta]:
    return lambda call: timedelta(seconds=seconds if call.operation == operation else 0)


def test_a_function_whose_calls_take_too_long_is_killed(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    office.stack.takes = _takes(121, "Query")
    office.sort([page])

    assert [(one.function, type(one.error)) for one in office.stack.failures] == [("routing", Crash)]
    assert "timed out" in str(office.stack.failures[0].error)


def test_reports_for_which_there_is_no_time_are_recorded_by_the_next_invocation(office: Office) -> None:
    made = office.commit(NORWEGIAN, [letter(row, NORWEGIANS[0], delivery="digital_only") for row in range(1, 31)])
    office.sort(made)
    office.stack.takes = _takes(2, "UpdateItem")
    reports = [
        Report(event=Event.OPENED, n=0, rows=str(row), attempt=1, at="2026-11-18T10:00:00Z") for row in range(1, 31)
    ]
    message = Tracking(sender="nordby", batch="b1", page=0, channel=Channel.ALTINN, reports=tuple(reports))
    office.send("TrackingQueue", message)
    office.stack.settle(timedelta(minutes=2))

    # Twenty-five of them take up the 60 seconds of an invocation, but for the ten that are kept back.
    assert set(office.statuses(made[0], 30)) == {"opened"}
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}


def _failing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("routing.service.Routing._sort", fail)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [("LostRaceError", [2, 4, 8, 16]), ("BusyError", [30, 60, 120, 240]), ("ValueError", [10, 10, 10, 10])],
)
def test_a_message_comes_again_as_its_error_says(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: str, seconds: list[int]
) -> None:
    _failing(getattr(errors, error, ValueError)(), monkeypatch)
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    tried: list[float] = []
    began = office.now
    office.stack.on_invocation = lambda function, _: (
        tried.append((office.now - began).total_seconds()) if function == "routing" else None
    )
    office.send("PagesQueue", SortPage(page=page))
    office.stack.settle(timedelta(minutes=14))
    office.stack.on_invocation = lambda _function, _messages: None

    waits = [round(after - before) for before, after in pairwise(tried)]
    assert waits[:4] == seconds


UPLOADS = {
    "inbox/nordby/late/manifest.csv": "reference;recipient;title;document;name;address_1;postal_code;city\r\n"
    "F-1;02013299997;Vedtak;brev.pdf;Kari Eksempel;Storgata 1;0150;Oslo\r\n",
    "inbox/nordby/b1/orders/stop.csv": "order;reference\r\nrecall;ref-1\r\n",
    "tracking/altinn/day.jsonl": '{"event": "opened", "letter": "nordby/b1/1", "at": "2026-11-18T10:00:00Z"}\n',
    "register/day.jsonl": '{"type": "opted_out", "recipient": "no-fnr:02013299997", '
    '"occurred_at": "2026-11-18T08:00:00Z"}\n',
    "enrolments/havblik/day.csv": "recipient;consent;consent_at\r\n0101578234;vilkaar-2026;2026-02-01\r\n",
}


@pytest.mark.parametrize("key", UPLOADS)
def test_an_upload_for_which_there_is_no_time_is_read_by_the_next_invocation(office: Office, key: str) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    slow = [timedelta(seconds=895)]
    office.stack.takes = lambda call: slow.pop() if call.operation == "HeadObject" and slow else timedelta(0)
    handled: list[str] = []
    office.stack.on_invocation = lambda function, _: handled.append(function)
    calls: list[str] = []
    office.stack.on_call = lambda call: calls.append(call.operation) if len(handled) == 1 else None
    office.s3.put_object(Bucket=office.bucket_name, Key=key, Body=UPLOADS[key].encode())
    office.stack.settle(timedelta(minutes=1))
    office.stack.on_invocation = lambda _function, _messages: None

    assert handled[:2] == ["ingest", "ingest"]
    # Nothing was written, committed or sent by the first.
    assert not {"PutObject", "CompleteMultipartUpload", "SendMessageBatch", "PutItem", "UpdateItem"} & set(calls)
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}
