"""Runs that die, overlap or come twice: in the end the same files stand, and no list's changes are missing."""

import csv
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO

import pytest

from cloud.bucket import ConflictError
from cloud.errors import OutOfTimeError
from cloud.time_left import TimeLeft
from postal import messages
from postal.batches import Batch, BatchState
from postal.messages import WriteReceipts
from postal.orders import Answer, OrderAnswers, OrderLine
from postal.pages import Page
from postal.reasons import Reason
from receipts import lines
from tests.integration.receipts.world import Calls, CrashError, World
from tests.unit.receipts import samples

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

#: More calls than a run of these small batches makes.
MOST_CALLS = 60

Contents = dict[str, bytes]


def changed_references(files: Contents, number: int) -> list[str]:
    text = files[f"changes-{number:04d}.csv"].decode("utf-8-sig")
    return [row[0] for row in csv.reader(StringIO(text, newline=""), delimiter=";")][1:]


ORDERS = "orders.csv@v1"


def two_letters(world: World) -> Page:
    """Two letters, of which one was delivered at the time of the first list, and the other is to be recalled."""
    world.commit([samples.letter(1), samples.letter(2)])
    page = world.sort(0, "KK")
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "1", NOW)
    world.order(ORDERS, OrderLine(line=2, order="recall", reference="ref-2", until="", row=2))
    return page


def deliver_the_other(world: World, page: Page) -> None:
    """The other letter is delivered, so that it is too late to recall it."""
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 2, "2", LATER)
    world.answer(page, ORDERS, 2, OrderAnswers(lines={"2": Answer.TOO_LATE}))


def assert_whole(files: Contents) -> None:
    """Every number has its changes, and applied to each other they are the list that stands."""
    number = json.loads(files["summary.json"])["number"]
    assert {name for name in files if name.startswith("changes-")} == {
        f"changes-{n:04d}.csv" for n in range(1, number + 1)
    }
    rows: dict[str, list[str]] = {}
    for n in range(1, number + 1):
        text = files[f"changes-{n:04d}.csv"].decode("utf-8-sig")
        rows |= {row[0]: row for row in csv.reader(StringIO(text, newline=""), delimiter=";")}
    whole = csv.reader(StringIO(files["receipts.csv"].decode("utf-8-sig"), newline=""), delimiter=";")
    assert list(rows.values()) == list(whole)
    listed = [json.loads(line) for line in files["receipts.jsonl"].splitlines()]
    assert [[str(line[column]) for column in lines.COLUMNS] for line in listed] == list(rows.values())[1:]
    assert json.loads(files["summary.json"])["files"] == {
        name: sha256(data).hexdigest()
        for name, data in files.items()
        if name == f"changes-{number:04d}.csv" or not name.startswith(("changes-", "summary"))
    }


def undisturbed(world: World) -> tuple[Contents, Contents]:
    """The files after the first run and after the last letter was delivered."""
    page = two_letters(world)
    world.run(NOW, world.arm(NOW))
    first = world.files()
    deliver_the_other(world, page)
    world.run(LATER, world.arm(LATER))
    return first, world.files()


@pytest.fixture
def expected(make_world: Callable[[], World]) -> tuple[Contents, Contents]:
    return undisturbed(make_world())


def test_a_run_that_dies_before_any_call_is_made_whole_by_the_next(
    make_world: Callable[[], World], expected: tuple[Contents, Contents]
) -> None:
    for number in range(MOST_CALLS):
        world = make_world()
        page = two_letters(world)
        world.run(NOW)
        deliver_the_other(world, page)
        asked = world.arm(LATER)
        try:
            with world.watch(Calls(crash_before=number)):
                world.run(LATER, asked)
        except CrashError:
            world.run(LATER, asked)
            assert world.files() == expected[1]
            assert len(world.versions("receipts.jsonl")) == 2
            assert world.state() is BatchState.SETTLED
            assert world.due() == []
        else:
            return
    pytest.fail("more calls than thought")


def test_what_a_dead_run_listed_is_told_before_the_next_change(make_world: Callable[[], World]) -> None:
    """The list of the dead run is there, its other files are not, and meanwhile the next letter has changed."""
    for number in range(MOST_CALLS):
        world = make_world()
        page = two_letters(world)
        try:
            with world.watch(Calls(crash_before=number)):
                world.run(NOW)
        except CrashError:
            was_listed = bool(world.versions("receipts.jsonl"))
            deliver_the_other(world, page)
            world.run(LATER)
            files = world.files()
            assert_whole(files)
            assert changed_references(files, 1) == ["ref-1", "ref-2"]
            assert ("changes-0002.csv" in files) == was_listed
            assert not was_listed or changed_references(files, 2) == ["ref-2"]
        else:
            return
    pytest.fail("more calls than thought")


def test_overlapping_runs_never_put_an_older_list_over_a_newer_one(
    make_world: Callable[[], World], expected: tuple[Contents, Contents]
) -> None:
    """Before each call of one run, the last letter is delivered and another run goes from start to end."""
    conflicts = 0
    for number in range(MOST_CALLS):
        world = make_world()
        page = two_letters(world)

        def meanwhile(world: World = world, page: Page = page) -> None:
            deliver_the_other(world, page)
            with world.watch(Calls()):
                retried(world)

        calls = Calls(meanwhile_at=number, meanwhile=meanwhile)
        with world.watch(calls):
            try:
                world.run(NOW)
            except ConflictError:
                conflicts += 1
        if calls.meanwhile is not None:
            assert conflicts
            return
        files = world.files()
        assert files["orders.csv"] == expected[1]["orders.csv"]
        assert_whole(files)
        retried(world)
        files = world.files()
        assert_whole(files)
        assert files["held.csv"] == expected[1]["held.csv"]
        assert json.loads(files["summary.json"])["state"] == "settled"
        assert [line["status"] for line in map(json.loads, files["receipts.jsonl"].splitlines())] == ["delivered"] * 2
    pytest.fail("more calls than thought")


def test_overlapping_runs_never_put_older_answers_over_newer_ones(make_world: Callable[[], World]) -> None:
    """Before each call of one run, the next order is answered and another run goes through. No list changes."""
    conflicts = 0
    for number in range(MOST_CALLS):
        world = make_world()
        world.commit([samples.letter(1)])
        page = world.sort(0, "K")
        lines_ = [OrderLine(line=n, order="recall", reference="ref-1", until="", row=1) for n in (2, 3)]
        world.order(ORDERS, *lines_)
        world.run(NOW)
        world.answer(page, ORDERS, 2, OrderAnswers(lines={"2": Answer.TOO_LATE}))

        def meanwhile(world: World = world, page: Page = page) -> None:
            world.answer(page, ORDERS, 3, OrderAnswers(lines={"3": Answer.TOO_LATE}))
            with world.watch(Calls()):
                retried(world)

        calls = Calls(meanwhile_at=number, meanwhile=meanwhile)
        with world.watch(calls):
            try:
                world.run(NOW)
            except ConflictError:
                conflicts += 1
        if calls.meanwhile is not None:
            assert conflicts
            return
        files = world.files()
        assert files["orders.csv"].count(b";too_late;") == 2
        assert_whole(files)
    pytest.fail("more calls than thought")


def test_what_was_approved_while_its_list_is_made_is_told_by_no_late_run_to_wait(
    make_world: Callable[[], World],
) -> None:
    for number in range(MOST_CALLS):
        world = make_world()
        batch = world.commit([samples.letter(1)], state=BatchState.AWAITING_APPROVAL)

        def meanwhile(world: World = world, batch: Batch = batch) -> None:
            world.batches.decide(batch, BatchState.OPEN, "approve.csv@v1")
            with world.watch(Calls()):
                retried(world)

        calls = Calls(meanwhile_at=number, meanwhile=meanwhile)
        with world.watch(calls), suppress(ConflictError):
            world.run(NOW)
        if calls.meanwhile is not None:
            return
        files = world.files()
        assert_whole(files)
        assert b"WAITING_TO_BE_SORTED" in files["receipts.jsonl"]
        assert json.loads(files["summary.json"])["state"] == "open"
    pytest.fail("more calls than thought")


def test_files_for_which_there_is_no_time_are_made_by_the_next_run(make_world: Callable[[], World]) -> None:
    world = make_world()
    world.commit([samples.letter(1)])
    world.sort(0, "K")
    # Time for one look: for the one page of the list.
    looks = iter([900_000])
    body = messages.encode(WriteReceipts(sender="kommunekemi", batch="2026-11"))
    with pytest.raises(OutOfTimeError):
        world.receipts.handle(body, NOW, TimeLeft(lambda: next(looks, 0)))
    listed = world.versions("receipts.jsonl")
    assert len(listed) == 1
    assert "summary.json" not in world.files()

    world.run(LATER)

    assert_whole(world.files())
    assert world.versions("receipts.jsonl") == listed


def retried(world: World) -> None:
    """A run, again after a conflict, as its queue would have it."""
    for _ in range(3):
        try:
            world.run(LATER)
        except ConflictError:
            continue
        return
    pytest.fail("conflicts do not end")


def test_two_repeats_of_the_same_run_make_the_same(
    make_world: Callable[[], World], expected: tuple[Contents, Contents]
) -> None:
    world = make_world()
    two_letters(world)
    for _ in range(3):
        world.run(NOW)
    assert world.files() == expected[0]


def test_a_list_in_parts_is_completed_only_over_its_predecessor(
    make_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """moto does not look at the condition of a multipart upload, so what is sent is looked at here."""
    monkeypatch.setattr("cloud.bucket.PART_BYTES", 100)
    world = make_world()
    page = two_letters(world)
    sent: list[str | None] = []
    world.s3.meta.events.register(
        "before-call.s3.CompleteMultipartUpload",
        lambda params, **_: sent.append(params["headers"].get("If-Match") or params["headers"].get("If-None-Match")),
    )
    world.run(NOW)
    assert set(sent) == {"*"}
    etag = world.s3.head_object(Bucket=world.name, Key="receipts/kommunekemi/2026-11/receipts.jsonl")["ETag"]
    sent.clear()
    deliver_the_other(world, page)
    world.run(LATER)
    assert sent[0] == etag
    assert_whole(world.files())
    assert world.s3.list_multipart_uploads(Bucket=world.name).get("Uploads", []) == []
    world.run(LATER)
    assert world.s3.list_multipart_uploads(Bucket=world.name).get("Uploads", []) == []
