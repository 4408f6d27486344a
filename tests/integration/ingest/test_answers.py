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

#: A manifest that is refused, and newer ones: refused for something else, and accepted.
MANIFEST, SUMMARY = "inbox/nordby/b1/manifest.csv", "receipts/nordby/b1/summary.json"
NO_ROWS = "reference;recipient;title;document\r\n"
NEWER = {"refused": "PK\x03\x04", "open": f"{NO_ROWS}F-1;;;1.pdf"}


def _at(office: Office, point: Call, act: Callable[[], None]) -> None:
    """Have something done once, at a point of a function."""

    def meanwhile(call: Call) -> None:
        if (call.number, call.phase) == (point.number, point.phase):
            office.stack.on_call = None
            act()

    office.stack.on_call = meanwhile


@pytest.mark.parametrize("kind", [*FILES])
def test_whatever_comes_while_a_file_is_taken_is_answered_in_the_end(
    office: Office, bulk: BulkFiles, kind: str
) -> None:
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


@pytest.mark.parametrize("kind", [*FILES])
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


def _summary(office: Office) -> tuple[str, str]:
    """The state that is told, and of which version of the manifest."""
    told = json.loads(office.bucket.read(SUMMARY))
    return told["state"], told["version"]


@pytest.mark.parametrize("state", [*NEWER])
def test_a_refused_manifest_is_told_of_only_while_there_is_nothing_newer(
    office: Office, bulk: BulkFiles, state: str
) -> None:
    points = calls_of(office, lambda: bulk.take(bulk.upload(MANIFEST, NO_ROWS)))
    assert _summary(office)[0] == "refused"

    for point in points:
        office.reset()
        event = bulk.upload(MANIFEST, NO_ROWS)
        _at(office, point, lambda: bulk.take(bulk.upload(MANIFEST, NEWER[state])))
        bulk.take(event)
        newer = office.bucket.head(MANIFEST)
        assert newer is not None
        assert _summary(office) == (state, newer.version), point
        # Its event comes again.
        bulk.take(event)
        assert _summary(office) == (state, newer.version), point
        assert office.stack.refusals == []
