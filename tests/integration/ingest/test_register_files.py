import json
from typing import Any

import pytest

from ingest import register_files
from postal import keys, messages, register
from postal.messages import TakeEvents
from tests.integration.ingest.conftest import BulkFiles, calls_of, dying_at
from tests.support.office import Office
from tests.support.people import DANES, NORWEGIANS

KEY = "register/2026-11-18.jsonl"
ANSWER = "register-errors/2026-11-18.jsonl.errors.jsonl"


def _event(recipient: str, **facts: Any) -> dict[str, Any]:
    said = {"type": "registered", "recipient": recipient, "occurred_at": "2026-11-18T09:00:00+01:00", **facts}
    return said if said["type"] != "registered" else {"mailbox": "eboks", **said}


def _jsonl(*lines: Any) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def _answered(office: Office, key: str = ANSWER) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in map(json.loads, office.bucket.read(key).splitlines())]


def test_events_go_to_the_register_queue_in_the_order_of_the_file(office: Office, bulk: BulkFiles) -> None:
    events = [_event(DANES[n % len(DANES)]) for n in range(250)]

    bulk.take(bulk.upload(KEY, _jsonl(*events)))

    sent = bulk.sent()
    assert all(isinstance(message, TakeEvents) for message in sent)
    taken = [message.events for message in sent if isinstance(message, TakeEvents)]
    assert [len(some) for some in taken] == [100, 100, 50]
    assert [register.encode(event) for some in taken for event in some] == [
        register.encode(register.decode(json.dumps(event))) for event in events
    ]
    assert _answered(office) == []
    assert office.stack.refusals == []


def test_bad_lines_are_answered_without_whom_they_speak_of(office: Office, bulk: BulkFiles) -> None:
    bad = [b"nonsense", _event(DANES[1], mailbox="print"), _event(DANES[2][:-1]), _event(DANES[3], mailbox=DANES[3])]
    bulk.take(bulk.upload(KEY, _jsonl(_event(DANES[0]), *bad, _event(DANES[4]))))

    (sent,) = bulk.sent()
    assert isinstance(sent, TakeEvents)
    assert [event.recipient for event in sent.events] == [DANES[0], DANES[4]]
    assert _answered(office) == [
        (2, "LINE_INVALID"),
        (3, "EVENT_IMPOSSIBLE"),
        (4, "EVENT_IMPOSSIBLE"),
        (5, "LINE_INVALID"),
    ]
    assert not [recipient for recipient in DANES if recipient[-10:].encode() in office.bucket.read(ANSWER)]


def test_the_register_keeps_what_a_spreadsheet_says(office: Office) -> None:
    rows = [
        "Type;Recipient;Occurred at;Mailbox;Mobile",
        f"mailbox_chosen;{NORWEGIANS[0]};2026-11-18T09:00:00+01:00;digipost;",
        f"contact_changed;{NORWEGIANS[0]};2026-11-18T09:00:00+01:00;;'+4799999999",
        f"opted_out;{NORWEGIANS[1]};2026-11-18T09:00:00+01:00;;",
    ]
    office.bucket.put("register/kontaktregister.csv", "\r\n".join(rows).encode("utf-8-sig"))

    office.stack.run()

    item = office.recipients_table.get(pk=NORWEGIANS[0], sk=keys.PROFILE_SK) or {}
    assert (item["chosen"], item["contact"]["mobile"]) == ("digipost", "+4799999999")
    assert (office.recipients_table.get(pk=NORWEGIANS[1], sk=keys.PROFILE_SK) or {})["opted_out"] is True
    assert _answered(office, "register-errors/kontaktregister.csv.errors.jsonl") == []
    assert (office.stack.refusals, office.stack.dead_letters()) == ([], {})


@pytest.mark.parametrize("data", [b"", b"\xff\xfet\0y\0p\0e\0", b"PK\x03\x04"])
def test_what_is_no_file_of_text_is_answered(office: Office, bulk: BulkFiles, data: bytes) -> None:
    bulk.take(bulk.upload(KEY, data))
    assert bulk.sent() == []
    ((line, code),) = _answered(office)
    assert (line, code[:9]) == (0, "MANIFEST_")


def test_a_corrected_file_takes_the_place_of_the_errors(office: Office, bulk: BulkFiles) -> None:
    first = bulk.upload(KEY, b"nonsense\n")
    bulk.take(first)
    assert _answered(office) == [(1, "LINE_INVALID")]

    bulk.take(bulk.upload(KEY, _jsonl(_event(DANES[0]))))
    assert _answered(office) == []
    # Events come in any order, and more than once.
    bulk.take(first)
    assert _answered(office) == []


def test_of_too_many_lines_the_first_are_taken_and_the_rest_is_told(
    office: Office, bulk: BulkFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_files, "MOST_ROWS", 3)
    bulk.take(bulk.upload(KEY, _jsonl(*(_event(recipient) for recipient in DANES[:5]))))

    (sent,) = bulk.sent()
    assert isinstance(sent, TakeEvents)
    assert [event.recipient for event in sent.events] == DANES[:3]
    assert _answered(office) == [(4, "MANIFEST_TOO_MANY_ROWS"), (4, "REST_NOT_READ")]


def test_a_repeat_or_a_death_at_any_call_ends_the_same(office: Office, bulk: BulkFiles) -> None:
    lines = _jsonl(*(_event(DANES[n % len(DANES)]) for n in range(1_050)), b"nonsense")
    event = bulk.upload(KEY, lines)
    points = calls_of(office, lambda: bulk.take(event))
    expected = {messages.encode(message) for message in bulk.sent()}
    answer = office.bucket.read(ANSWER)
    # Three looks at the file, its content, two requests to send, the answer.
    assert len(points) == 2 * 7
    assert len(expected) <= 11

    for point in points:
        office.reset()
        event = bulk.upload(KEY, lines)
        dying_at(office, point, lambda event=event: bulk.take(event))  # type: ignore[misc]
        bulk.take(event)
        assert {messages.encode(message) for message in bulk.sent()} == expected, point
        assert office.bucket.read(ANSWER) == answer, point
