"""A function may die before or after any AWS call: the receipts end the same.

The fault is no Exception, so no handler can catch it: as when Lambda ends a
process. What the process had not done is done by whoever comes next.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from brevdue.stack.stack import Call, Crash
from postal.channels import Channel
from postal.register import Registered
from tests.support.office import START, TERMS, Office

USERS = ["010157-5234", "010157-6234", "010157-7234"]
STRANGER = "010157-8234"
ROWS = 402
FUNCTIONS = ["ingest", "routing", "delivery", "tracking", "notification", "fallback", "receipts", "register"]

#: What becomes of the letters; the stranger of two of them signs up where the register is tried.
ENDS = {"delivered": 1, "held": 3, "opened": 1, "rejected": 397}
ENDS_OF_REGISTER = {"delivered": 1, "held": 1, "in_transit": 2, "opened": 1, "rejected": 397}

Receipt = tuple[str, str, str, str]


def _manifest() -> bytes:
    """Two pages: a few good letters on each, and between them rows that check-in refuses."""
    good = {1: USERS[0], 2: USERS[1], 3: STRANGER, 4: USERS[0], 401: USERS[2], 402: STRANGER}
    consent = f"{TERMS.id};2026-02-01"
    lines = ["reference;recipient;title;document;consent;consent_at;name;address_1;postal_code;city"]
    for row in range(1, ROWS + 1):
        title = "Et brev" if row in good else ""
        terms = "other-terms;2026-02-01" if row == 4 else consent
        recipient = good.get(row, USERS[0])
        lines.append(f"r{row};{recipient};{title};letter.pdf;{terms};Ida Eksempel;Byvej 1;1000;Havnestad")
    return "\r\n".join(lines).encode()


def _dk(value: str) -> str:
    return f"dk-cpr:{value.replace('-', '')}"


def _drain(office: Office) -> None:
    """Let the queues run dry, waiting out delays and visibility timeouts, without the schedule."""
    office.stack.run()
    while (moment := office.stack._next_visible()) is not None:
        office.stack.clock.move_to(moment)
        office.stack.run()


def _play(office: Office, function: str) -> list[Receipt]:
    """Send the batch, have e-Boks answer, and read the last receipt list; for the register, somebody signs up."""
    for user in USERS:
        office.register(_dk(user), mailboxes=["eboks"])
    bucket = office.bucket_name
    inbox = "inbox/havblik/b1"
    office.s3.put_object(Bucket=bucket, Key=f"{inbox}/documents/letter.pdf", Body=b"%PDF-1.7")
    office.s3.put_object(Bucket=bucket, Key=f"{inbox}/manifest.csv", Body=_manifest())
    _drain(office)
    _tick(office, timedelta(minutes=16), timedelta(minutes=90))
    if function == "register":
        office.tell(Registered(recipient=_dk(STRANGER), occurred_at=START, mailbox=Channel.EBOKS))
        _drain(office)
    at = "2026-11-18T12:00:00Z"
    reports: list[dict[str, Any]] = [
        {"event": "refused", "letter": "havblik/b1/2", "attempt": 1, "code": "unknown", "at": at},
        {"event": "delivered", "dispatch": "havblik/b1/00000-1", "except": [2], "at": at},
        {"event": "delivered", "dispatch": "havblik/b1/00001-1", "at": at},
        {"event": "opened", "letter": "havblik/b1/401", "attempt": 1, "at": at},
    ]
    body = b"".join(json.dumps(report).encode() + b"\n" for report in reports)
    office.s3.put_object(Bucket=bucket, Key="tracking/eboks/answer.jsonl", Body=body)
    _drain(office)
    _tick(office, timedelta(minutes=61), timedelta(minutes=61), timedelta(minutes=61))
    return _receipts(office)


def _tick(office: Office, *steps: timedelta) -> None:
    for step in steps:
        office.stack.advance(step)
        _drain(office)


def _receipts(office: Office) -> list[Receipt]:
    lines = office.bucket.read("receipts/havblik/b1/receipts.jsonl").splitlines()
    receipts = [json.loads(line) for line in lines]
    return [(r["reference"], r["status"], r["code"], r["channel"]) for r in receipts]


def _crash_at(function: str, number: int, phase: str) -> Callable[[Call], None]:
    def watch(call: Call) -> None:
        if (call.function, call.number, call.phase) == (function, number, phase):
            raise Crash(f"{phase} call {number} of {function}")

    return watch


def _calls_of(office: Office, function: str) -> tuple[int, list[Receipt]]:
    """How many AWS calls a function makes where nothing fails, and the receipts then."""
    made: list[int] = []
    office.stack.on_call = lambda call: made.append(call.number) if call.function == function else None
    receipts = _play(office, function)
    return max(made), receipts


def _summary(receipts: Sequence[Receipt]) -> dict[str, int]:
    statuses = [status for _, status, _, _ in receipts]
    return {status: statuses.count(status) for status in sorted(set(statuses))}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_receipts_end_the_same_wherever_a_function_dies(
    office: Office, function: str, record_property: Callable[[str, object], None]
) -> None:
    calls, expected = _calls_of(office, function)
    signs_up = function == "register"
    assert _summary(expected) == (ENDS_OF_REGISTER if signs_up else ENDS)

    points = 0
    for number in range(1, calls + 1):
        for phase in ("before", "after"):
            office.reset()
            office.stack.on_call = _crash_at(function, number, phase)
            where = f"{phase} call {number} of {function}"

            assert _play(office, function) == expected, where
            assert any(isinstance(failure.error, Crash) for failure in office.stack.failures), where
            assert office.stack.dead_letters() == {}, where
            assert office.stack.refusals == [], where
            _nothing_twice(office, signs_up=signs_up)
            points += 1
    record_property("fault points", f"{function}: {points}")


def _nothing_twice(office: Office, *, signs_up: bool) -> None:
    """One dispatch for each consignment, one notice for each delivered letter but for the slice that was lost."""
    released = ["havblik/b1/letter-0000003-1", "havblik/b1/letter-0000402-1"] if signs_up else []
    assert sorted(office.dispatched(Channel.EBOKS)) == ["havblik/b1/00000-1", "havblik/b1/00001-1", *released]
    held = [len(office.held(_dk(who))) for who in (USERS[0], USERS[1], USERS[2], STRANGER)]
    assert held == [0, 1, 0, 2 - len(released)]
    emails = office.emails()
    assert set(emails) == {f"{_dk(user)[-4:]}@example.com" for user in (USERS[0], USERS[2])}
    assert len(emails) <= 3
    listed = office.s3.list_objects_v2(Bucket=office.bucket_name, Prefix="receipts/havblik/b1/changes-")["Contents"]
    numbers = sorted(entry["Key"][-8:-4] for entry in listed)
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
