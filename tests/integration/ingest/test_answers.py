"""The answer on a bulk file is about its latest version, in whatever order its versions are taken, and whoever dies."""

import json
from collections.abc import Callable

import pytest

from brevdue.stack.stack import Call
from tests.integration.ingest.conftest import BulkFiles, calls_of, dying_at
from tests.support.office import TERMS, Office
from tests.support.people import DANES

_OPENED = {"event": "opened", "letter": "nordby/b1/1", "attempt": 1, "at": "2026-11-18T10:00:00+01:00"}
_REGISTERED = {
    "type": "registered",
    "recipient": DANES[0],
    "occurred_at": "2026-11-18T09:00:00+01:00",
    "mailbox": "eboks",
}
_ENROLMENTS = "recipient;consent;consent_at\r\n"

#: A file's key, its answer's, a bad version and a corrected one.
FILES = {
    "tracking": (
        "tracking/altinn/day.jsonl",
        "outbox/altinn/_tracking/day.jsonl.errors.jsonl",
        "nonsense\n",
        json.dumps(_OPENED),
    ),
    "register": (
        "register/day.jsonl",
        "register-errors/day.jsonl.errors.jsonl",
        "nonsense\n",
        json.dumps(_REGISTERED),
    ),
    "enrolments": (
        "enrolments/havblik/day.csv",
        "receipts/havblik/_enrolments/day.csv",
        f"{_ENROLMENTS}x;y;z",
        f"{_ENROLMENTS}{DANES[0].removeprefix('dk-cpr:')};{TERMS.id};2026-02-01",
    ),
}

pytestmark = pytest.mark.parametrize("kind", [*FILES])


def _at(office: Office, point: Call, act: Callable[[], None]) -> None:
    """Have something done once, at a point of a function."""

    def meanwhile(call: Call) -> None:
        if (call.number, call.phase) == (point.number, point.phase):
            office.stack.on_call = None
            act()

    office.stack.on_call = meanwhile


def test_whatever_comes_while_a_file_is_taken_is_answered_in_the_end(office: Office, bulk: BulkFiles, kind: str) -> None:
    key, answer, bad, good = FILES[kind]
    bulk.take(bulk.upload(key, good))
    expected = office.bucket.read(answer)
    office.reset()
    points = calls_of(office, lambda: bulk.take(bulk.upload(key, bad)))

    for point in points:
        office.reset()
        event = bulk.upload(key, bad)
        _at(office, point, lambda: bulk.take(bulk.upload(key, good)))
        bulk.take(event)
        assert office.bucket.read(answer) == expected, point
        assert office.stack.refusals == []


def test_two_versions_may_be_taken_in_any_order_with_any_death(office: Office, bulk: BulkFiles, kind: str) -> None:
    key, answer, bad, good = FILES[kind]
    bulk.take(bulk.upload(key, good))
    expected = office.bucket.read(answer)
    office.reset()
    old, new = bulk.upload(key, bad), bulk.upload(key, good)
    bulk.take(new)
    points = calls_of(office, lambda: bulk.take(old))

    for point in points:
        office.reset()
        old, new = bulk.upload(key, bad), bulk.upload(key, good)
        bulk.take(new)
        dying_at(office, point, lambda: bulk.take(old))  # noqa: B023 - called at once
        bulk.take(old)
        assert office.bucket.read(answer) == expected, point
