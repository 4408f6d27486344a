"""`orders.csv`: what became of what the sender ordered."""

import csv
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Final

import pytest

from postal.batches import BatchState
from postal.orders import Answer, OrderAnswers, OrderLine
from postal.senders import Language, Settings
from tests.integration.receipts.world import PAGE, PREFIX, Calls, World, letters
from tests.unit.receipts import samples
from tests.unit.receipts.samples import refused

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
COLUMNS: Final = ["file", "line", "order", "reference", "until", "answer", "letters", "text"]

FILE, OF_ALL, APPROVAL = "stop.csv@v1", "all.csv@v2", "approve.csv@v3"


def order(line: int, order: str, row: int = 0, until: str = "", error: str = "") -> OrderLine:
    return OrderLine(line=line, order=order, reference=f"ref-{row}" if row else "", until=until, row=row, error=error)


def rows_of(world: World) -> list[list[str]]:
    data = world.read("orders.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    columns, *found = csv.reader(StringIO(data[3:].decode(), newline=""), delimiter=";")
    assert columns == COLUMNS
    return found


def answers(world: World) -> list[tuple[str, str, str]]:
    return [(row[1], row[5], row[6]) for row in rows_of(world)]


def test_a_batch_without_orders_has_no_such_file(world: World) -> None:
    world.commit(letters(1))
    world.run(NOW)
    assert "orders.csv" not in world.files()
    assert "orders.csv" not in json.loads(world.read("summary.json"))["files"]


def test_every_order_is_answered(world: World) -> None:
    world.commit([*letters(2), refused(3)], samples.sender(language="en"))
    page = world.sort(0, "HKr")
    world.order(
        FILE,
        order(2, "recall", 1),
        order(3, "extend", 2, "2027-01-31"),
        order(4, "print", 1),
        order(5, "besvaret", 2),
        order(7, "=cmd", error="Order is none of recall, extend. Write one of them."),
    )
    world.answer(page, FILE, 2, OrderAnswers(lines={"2": Answer.DONE, "3": Answer.NOT_HELD}))
    world.answer(page, FILE, 4, OrderAnswers(lines={"4": Answer.TOO_LATE}))
    world.run(NOW)
    assert rows_of(world) == [
        ["stop.csv", "2", "recall", "ref-1", "", "done", "1", "The order was carried out."],
        [
            "stop.csv",
            "3",
            "extend",
            "ref-2",
            "2027-01-31",
            "not_held",
            "1",
            "The order is for held letters only, and this one is not held.",
        ],
        ["stop.csv", "4", "print", "ref-1", "", "too_late", "1", "The order came too late to change anything."],
        [
            "stop.csv",
            "5",
            "besvaret",
            "ref-2",
            "",
            "waiting",
            "1",
            "The order was received and is not carried out yet.",
        ],
        ["stop.csv", "7", "'=cmd", "", "", "refused", "", "Order is none of recall, extend. Write one of them."],
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "Ordren er modtaget og ikke udført endnu."),
        ("nb", "Ordren er mottatt og ikke utført ennå."),
        ("nn", "Ordren er mottatt og ikke utført ennå."),
    ],
)
def test_answers_are_in_the_language_of_the_sender(world: World, language: Language, text: str) -> None:
    world.commit(letters(1), samples.sender(language=language))
    world.order(FILE, order(2, "recall", 1))
    world.run(NOW)
    assert [row[7] for row in rows_of(world)] == [text]


def test_an_order_for_all_letters_counts_them_by_what_became_of_them(world: World) -> None:
    world.commit([*letters(800), refused(801)])
    first, second = world.sort(0, "K" * 400), world.sort(1, "K" * 400)
    world.order(OF_ALL, order(2, "recall"))
    world.run(NOW)
    assert answers(world) == [("2", "waiting", "800")]
    world.answer(first, OF_ALL, 2, OrderAnswers(letters={"2": {Answer.DONE: 380, Answer.TOO_LATE: 20}}))
    world.run(NOW)
    assert answers(world) == [("2", "done", "380"), ("2", "too_late", "20"), ("2", "waiting", "400")]
    world.answer(second, OF_ALL, 2, OrderAnswers(letters={"2": {Answer.DONE: 400}}))
    world.run(NOW)
    assert answers(world) == [("2", "done", "780"), ("2", "too_late", "20")]


def test_an_order_for_the_batch_is_answered_by_what_ingest_made_of_it(world: World) -> None:
    batch = world.commit([*letters(2), refused(3)], state=BatchState.AWAITING_APPROVAL)
    world.order(APPROVAL, order(2, "godkend"), order(3, "cancel"))
    world.batches.put_batch_answers(batch, APPROVAL, OrderAnswers(lines={"2": Answer.DONE, "3": Answer.TOO_LATE}))
    world.run(NOW)
    assert answers(world) == [("2", "done", "2"), ("3", "too_late", "2")]


def test_files_come_by_name_and_every_version_of_one(world: World) -> None:
    world.commit(letters(1))
    for file in ("b.csv@v1", "a.csv@v2", "a.csv@v1", "a-1.csv@v9"):
        world.order(file, order(2, "recall", 1))
    world.answer(PAGE, "a.csv@v2", 2, OrderAnswers(lines={"2": Answer.DONE}))
    world.run(NOW)
    assert [(row[0], row[5]) for row in rows_of(world)] == [
        ("a-1.csv", "waiting"),
        ("a.csv", "waiting"),
        ("a.csv", "done"),
        ("b.csv", "waiting"),
    ]


def test_an_answer_makes_a_new_file_and_summary_but_no_list(world: World) -> None:
    world.commit(letters(1))
    page = world.sort(0, "K")
    world.order(FILE, order(2, "responded", 1))
    world.run(NOW)
    world.run(LATER)
    assert len(world.versions("orders.csv")) == len(world.versions("summary.json")) == 1
    world.answer(page, FILE, 2, OrderAnswers(lines={"2": Answer.DONE}))
    world.run(LATER)
    assert len(world.versions("orders.csv")) == len(world.versions("summary.json")) == 2
    assert len(world.versions("receipts.jsonl")) == len(world.versions("receipts.csv")) == 1
    hashed = sha256(world.read("orders.csv")).hexdigest()
    assert json.loads(world.read("summary.json"))["files"]["orders.csv"] == hashed
    info = world.bucket.head(PREFIX + "orders.csv")
    assert info
    assert info.metadata == {"number": "1", "sha256": hashed}


def test_an_order_file_that_was_taken_and_is_not_there_fails_the_run(world: World) -> None:
    batch = world.commit(letters(1))
    world.batches.note_order_file(batch, FILE)
    with pytest.raises(LookupError, match="not there"):
        world.run(NOW)


def test_a_long_file_is_written_in_parts(world: World) -> None:
    world.commit(letters(1))
    world.order(FILE, *(order(line, "extend", error="x" * 1_000) for line in range(2, 6_002)))
    with world.watch(Calls()) as calls:
        world.run(NOW)
    assert "CompleteMultipartUpload" in calls.made
    assert len(rows_of(world)) == 6_000


def test_the_answers_of_a_page_are_read_with_it(world: World) -> None:
    world.commit(letters(2))
    page = world.sort(0, "KK")
    world.answer(page, FILE, 2, OrderAnswers(lines={"2": Answer.DONE}, letters={"3": {Answer.TOO_LATE: 2}}))
    world.answer(page, FILE, 1_002, OrderAnswers(lines={"1002": Answer.NOT_HELD}))
    world.answer(page, OF_ALL, 2, OrderAnswers(letters={"2": {Answer.DONE: 2}}))
    items = world.batches.page_items("kommunekemi", "2026-11", 0)
    assert items.answers == {
        FILE: OrderAnswers(lines={"2": Answer.DONE, "1002": Answer.NOT_HELD}, letters={"3": {Answer.TOO_LATE: 2}}),
        OF_ALL: OrderAnswers(letters={"2": {Answer.DONE: 2}}),
    }
    assert (items.letters, items.recalled) == ({}, frozenset())


def test_the_rows_that_were_recalled_are_read_before_and_after_the_page_is_sorted(world: World) -> None:
    world.commit(letters(2))
    assert world.batches.recall_unsorted(PAGE, [2])
    assert world.batches.recall_unsorted(PAGE, [1])
    before = world.batches.page_items("kommunekemi", "2026-11", 0)
    assert (before.sorting, before.recalled) == (None, frozenset({1, 2}))


# A sender with neutral receipts


NEUTRAL = Settings(disclosure="neutral", bad_rows="await_approval")


def test_a_neutral_sender_is_told_that_orders_for_letters_were_received(world: World) -> None:
    batch = world.commit([*letters(2), refused(3)], samples.sender(language="en", settings=NEUTRAL))
    page = world.sort(0, "HKr")
    world.batches.set_sorted(batch, NOW)
    lines = [order(n, name, 1) for n, name in enumerate(("recall", "extend", "print", "return", "responded"), start=2)]
    world.order(FILE, *lines, order(7, "recall", error="No letter has this reference."))
    world.order(OF_ALL, order(2, "recall"))
    world.run(NOW, world.arm(NOW))
    before = world.files()
    assert rows_of(world) == [
        [
            "all.csv",
            "2",
            "recall",
            "",
            "",
            "accepted",
            "",
            "The order was received. This list does not tell what came of it.",
        ],
        *(
            [
                "stop.csv",
                str(line.line),
                line.order,
                "ref-1",
                "",
                "accepted",
                "1",
                "The order was received. This list does not tell what came of it.",
            ]
            for line in lines
        ),
        ["stop.csv", "7", "recall", "", "", "refused", "", "No letter has this reference."],
    ]
    for n, answer in enumerate((Answer.DONE, Answer.TOO_LATE, Answer.NOT_HELD, Answer.DONE, Answer.DONE), start=2):
        world.answer(page, FILE, n, OrderAnswers(lines={str(n): answer}))
    world.answer(page, OF_ALL, 2, OrderAnswers(letters={"2": {Answer.DONE: 1, Answer.TOO_LATE: 1}}))
    world.run(LATER, world.arm(LATER))
    assert world.files() == before
    assert len(world.versions("orders.csv")) == len(world.versions("summary.json")) == 1


def test_a_neutral_sender_is_told_what_became_of_its_approval(world: World) -> None:
    by = samples.sender(settings=NEUTRAL)
    batch = world.commit([*letters(2), refused(3)], by, BatchState.AWAITING_APPROVAL)
    world.order(APPROVAL, order(2, "approve"))
    world.batches.put_batch_answers(batch, APPROVAL, OrderAnswers(lines={"2": Answer.DONE}))
    world.run(NOW, world.arm(NOW))
    assert answers(world) == [("2", "done", "2")]
