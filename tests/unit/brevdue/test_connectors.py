"""The connectors collect each dispatch once and answer it, the same for the same seed."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from brevdue.connectors import Connectors, Habits
from ingest.tracking_files import parse_line
from postal.keys import UploadKind, parse_upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
LATER = timedelta(hours=8)


class Bucket:
    """As much of S3 as a connector uses."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.read: list[str] = []

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803 - as boto3 has them
        self.read.append(Key)
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: ARG002, N803 - as boto3 has them
        assert Key not in self.objects
        self.objects[Key] = Body

    def get_paginator(self, _name: str) -> "Bucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: ARG002, N803
        found = sorted(key for key in self.objects if key.startswith(Prefix))
        listed = [{"Key": key, "Size": len(self.objects[key])} for key in found]
        yield {"Contents": listed[:2]}
        yield {"Contents": listed[2:]} if listed[2:] else {}

    def dispatch(self, channel: str, name: str, rows: range, attempt: int = 1) -> None:
        lines = [{"letter": f"nordvik/b1/{row}", "attempt": attempt, "title": "Et brev"} for row in rows]
        self.objects[f"outbox/{channel}/{name}.jsonl"] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def answers(self) -> list[dict[str, Any]]:
        answers = [data for key, data in sorted(self.objects.items()) if key.startswith("tracking/")]
        return [json.loads(line) for data in answers for line in data.splitlines()]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def _connectors(bucket: Bucket, seed: int = 1, habits: Habits | None = None) -> Connectors:
    return Connectors(cast("S3Client", bucket), "bucket", seed, habits)


def test_a_consignment_is_delivered_but_for_the_refused_letters(bucket: Bucket) -> None:
    bucket.dispatch("altinn", "nordvik/b1/00000-1", range(1, 401))
    connectors = _connectors(bucket)

    assert connectors.play(NOW)

    *refused, delivered = bucket.answers()
    rows = [int(line["letter"].rpartition("/")[2]) for line in refused]
    assert delivered == {
        "event": "delivered",
        "at": "2026-11-18T09:00:00Z",
        "dispatch": "nordvik/b1/00000-1",
        "except": rows,
    }
    assert 1 <= len(rows) <= 20
    assert all(line["event"] == "refused" and line["code"] and line["attempt"] == 1 for line in refused)
    assert connectors.tally.collected == 400
    assert connectors.tally.delivered == 400 - len(rows)


def test_a_dispatch_is_answered_once(bucket: Bucket) -> None:
    bucket.dispatch("eboks", "nordvik/b1/00000-1", range(1, 3))
    connectors = _connectors(bucket, habits=Habits(opened=0))

    assert [connectors.play(NOW), connectors.play(NOW), connectors.play(NOW + LATER)] == [True, False, False]
    assert bucket.read == ["outbox/eboks/nordvik/b1/00000-1.jsonl"]


def test_letters_are_opened_at_their_times_and_once(bucket: Bucket) -> None:
    bucket.dispatch("digipost", "nordvik/b1/00000-1", range(1, 401))
    connectors = _connectors(bucket)
    connectors.play(NOW)
    expected = connectors.to_open
    for minutes in range(0, 481, 60):
        connectors.play(NOW + timedelta(minutes=minutes))

    opened = [line for line in bucket.answers() if line["event"] == "opened"]
    refused = {line["letter"] for line in bucket.answers() if line["event"] == "refused"}
    assert len({line["letter"] for line in opened}) == len(opened) == expected == connectors.tally.opened
    assert 0.45 < len(opened) / 400 < 0.65
    assert all("2026-11-18T09:00:00Z" < line["at"] <= "2026-11-18T17:00:00Z" for line in opened)
    assert not refused.intersection(line["letter"] for line in opened)


def test_a_letter_that_is_sent_again_is_another_question(bucket: Bucket) -> None:
    bucket.dispatch("altinn", "nordvik/b1/letter-0000007-2", range(7, 8), attempt=2)
    connectors = _connectors(bucket, habits=Habits(refused=0, opened=1))
    connectors.play(NOW)
    connectors.play(NOW + LATER)

    delivered, opened = bucket.answers()
    assert delivered["dispatch"] == "nordvik/b1/letter-0000007-2"
    assert (opened["letter"], opened["attempt"]) == ("nordvik/b1/7", 2)


def test_a_consignment_of_refused_letters_is_not_delivered(bucket: Bucket) -> None:
    bucket.dispatch("altinn", "nordvik/b1/00000-1", range(1, 4))
    _connectors(bucket, habits=Habits(refused=1)).play(NOW)

    assert [line["event"] for line in bucket.answers()] == ["refused"] * 3


def test_the_same_seed_answers_the_same(bucket: Bucket) -> None:
    other = Bucket()
    third = Bucket()
    for one, seed in ((bucket, 1), (other, 1), (third, 2)):
        one.dispatch("altinn", "nordvik/b1/00000-1", range(1, 401))
        connectors = _connectors(one, seed)
        connectors.play(NOW)
        connectors.play(NOW + LATER)

    assert bucket.answers() == other.answers()
    assert bucket.answers() != third.answers()


def test_answers_have_the_names_and_the_form_that_the_post_office_reads(bucket: Bucket) -> None:
    bucket.dispatch("altinn", "nordvik/b1/00000-1", range(1, 401))
    bucket.dispatch("eboks", "nordvik/b1/letter-0000401-2", range(401, 402), attempt=2)
    connectors = _connectors(bucket)
    connectors.play(NOW)
    connectors.play(NOW + LATER)

    names = [key for key in bucket.objects if key.startswith("tracking/")]
    assert names
    for name in names:
        upload = parse_upload(name)
        assert upload is not None
        assert upload.kind is UploadKind.TRACKING
        for line in bucket.objects[name].splitlines():
            parse_line(line)


def test_complaints_are_no_dispatches(bucket: Bucket) -> None:
    bucket.objects["outbox/altinn/_tracking/x.jsonl.errors.jsonl"] = b"{}\n"
    bucket.objects["outbox/altinn/_tracking/all-was-good.jsonl.errors.jsonl"] = b""
    connectors = _connectors(bucket)

    assert not connectors.play(NOW)
    assert connectors.complaints() == ["outbox/altinn/_tracking/x.jsonl.errors.jsonl"]
