"""`disclosure: neutral`: what is written, and when."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from postal.batches import BatchState
from postal.channels import Channel
from postal.consignments import Consignment, LetterItem
from postal.messages import WriteReceipts
from postal.orders import Answer, OrderAnswers, OrderLine
from postal.pages import Page
from postal.reasons import Reason
from postal.senders import Settings
from tests.integration.receipts.world import PREFIX, World
from tests.unit.receipts import samples
from tests.unit.receipts.samples import refused

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAMES = {"receipts.jsonl", "receipts.csv", "changes-0001.csv", "to_correct.csv", "report.html", "summary.json"}
NEUTRAL = Settings(disclosure="neutral")


def page_of(world: World, marks: str, settings: Settings = NEUTRAL) -> Page:
    """A batch of letters, of which the second is refused, sorted as `marks` say."""
    rows = [refused(row) if mark == "r" else samples.letter(row) for row, mark in enumerate(marks, start=1)]
    world.commit(rows, samples.sender(settings=settings))
    page = world.sort(0, marks)
    batch = world.batches.batch("kommunekemi", "2026-11")
    assert batch
    world.batches.set_sorted(batch, NOW)
    return page


def run_due(world: World, now: datetime) -> None:
    """A run as its due entry sends it, and no other than that one is armed."""
    world.run(now, world.arm(now))
    assert world.due() == []


def told(world: World) -> list[tuple[str, str, str]]:
    listed = [json.loads(line) for line in world.read("receipts.jsonl").splitlines()]
    return [(line["status"], line["code"], line["channel"]) for line in listed]


def versions(world: World) -> dict[str, list[str]]:
    return {name: world.versions(name) for name in world.files()}


def test_a_neutral_list_has_no_file_of_held_letters(world: World) -> None:
    page_of(world, "HrKcPSxn")
    run_due(world, NOW)
    assert set(world.files()) == NAMES
    summary = json.loads(world.read("summary.json"))
    assert set(summary["files"]) == NAMES - {"summary.json"}
    assert summary["statuses"] == {"expired": 2, "in_transit": 4, "rejected": 2}
    assert summary["channels"] == {}
    assert (summary["state"], summary["sorted_at"]) == ("open", None)
    accepted, unsent = ("in_transit", "ACCEPTED", ""), ("expired", "NOT_SENT", "")
    assert told(world) == [
        accepted,
        ("rejected", "DOCUMENT_MISSING", ""),
        accepted,
        ("rejected", "CONSENT_NOT_EVIDENCED", ""),
        accepted,
        unsent,
        accepted,
        unsent,
    ]


def test_what_is_not_seen_writes_nothing(world: World) -> None:
    """Delivered, told in vain, opened and settled: no list, no changes, no summary anew."""
    page = page_of(world, "HrK")
    run_due(world, NOW)
    before = versions(world)
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "3", LATER)
    run_due(world, LATER)
    world.batches.set_fact(page, 3, "notice_failed_at", LATER, LATER)
    run_due(world, LATER + timedelta(hours=1))
    world.batches.set_fact(page, 3, "opened_at", LATER, LATER)
    run_due(world, LATER + timedelta(hours=2))
    world.batches.decide_again(
        page,
        LetterItem(row=1, mark=Reason.RECIPIENT_CLOSED.mark, attempt=1, decided_at=LATER),
        LetterItem(row=1),
    )
    run_due(world, LATER + timedelta(hours=3))
    assert versions(world) == before
    assert world.state() is BatchState.SETTLED
    assert {len(found) for found in before.values()} == {1}


def test_an_end_writes_the_next_list(world: World) -> None:
    page = page_of(world, "HK", structs.replace(NEUTRAL, fallback="return"))
    run_due(world, NOW)
    ended = LetterItem(row=1, mark=Reason.DECLINED_TO_SENDER.mark, attempt=1, decided_at=LATER)
    world.batches.decide_again(page, ended, LetterItem(row=1))
    run_due(world, LATER)
    assert told(world) == [("expired", "NOT_SENT", ""), ("in_transit", "ACCEPTED", "")]
    assert world.read("changes-0002.csv").count(b"\r\n") == 2
    before = versions(world)
    world.batches.set_fact(page, 1, "opened_at", LATER, LATER)
    run_due(world, LATER + timedelta(hours=1))
    assert versions(world) == before


def test_a_run_that_is_not_due_waits_for_its_time(world: World) -> None:
    page_of(world, "HK")
    world.run(NOW, WriteReceipts(sender="kommunekemi", batch="2026-11"))
    assert world.files() == {}
    (entry,) = world.due()
    assert entry["sk"].startswith("2026-11-18T10:00:00Z#")
    world.run(LATER, WriteReceipts(sender="kommunekemi", batch="2026-11", due_sk=entry["sk"], token=entry["token"]))
    assert set(world.files()) == NAMES | {"changes-0001.csv"}
    assert world.due() == []


@pytest.mark.parametrize("is_delivered", [True, False])
def test_until_all_is_sorted_lists_are_due_at_every_cadence(world: World, is_delivered: bool) -> None:  # noqa: FBT001 - pytest names it
    world.commit([samples.letter(row) for row in range(1, 402)], samples.sender(settings=NEUTRAL))
    page = world.sort(0, "K" * 400)
    world.run(NOW, world.arm(NOW))
    if is_delivered:
        world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "1-400", NOW)
    (entry,) = world.due()
    assert entry["sk"].startswith("2026-11-18T10:00:00Z#")
    assert set(told(world)) == {("in_transit", "ACCEPTED", "")}
    assert len(world.versions("receipts.jsonl")) == 1


def test_a_summary_of_before_the_commit_is_replaced_once(world: World) -> None:
    world.bucket.put(PREFIX + "summary.json", b'{"state": "open"}')
    page_of(world, "K")
    run_due(world, NOW)
    run_due(world, LATER)
    assert len(world.versions("summary.json")) == 2


# Worlds that differ in nothing but in what only the register knows

ORDERS = "orders.csv@v1"
BY = "2026-11-18T09:45:00Z"


def play(world: World, mark: str, answer: Answer, happen: Callable[[World, Page], None]) -> list[dict[str, bytes]]:
    """All that a sender has after each run: before, after something happened to the letter, and past its day."""
    batch = world.commit(
        [
            samples.letter(1, respond_by=BY),
            samples.letter(2, respond_by=BY),
            refused(3),
            samples.letter(4, recipient="", respond_by=BY),
        ],
        samples.sender(settings=NEUTRAL),
    )
    page = world.sort(0, f"{mark}Hra")
    world.batches.set_sorted(batch, NOW)
    lines = enumerate(("recall", "extend", "print", "return", "responded"), start=2)
    world.order(ORDERS, *(OrderLine(line=n, order=order, reference="ref-1", until="", row=1) for n, order in lines))
    seen = []
    for n, now in enumerate((NOW, LATER, LATER + timedelta(hours=1))):
        if n == 1:
            happen(world, page)
            answers = dict.fromkeys(("2", "3", "4", "5"), answer)
            world.answer(page, ORDERS, 2, OrderAnswers(lines={**answers, "6": Answer.DONE}))
        run_due(world, now)
        seen.append(world.files())
    assert {len(world.versions(name)) for name in seen[-1]} == {1}
    return seen


def nothing(_world: World, _page: Page) -> None:
    pass


def delivered(world: World, page: Page) -> None:
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "1", LATER)


def opened(world: World, page: Page) -> None:
    delivered(world, page)
    world.batches.set_fact(page, 1, "opened_at", LATER, LATER)


def answered(world: World, page: Page) -> None:
    world.batches.set_fact(page, 1, "responded_at", LATER, LATER)


def held_longer(world: World, page: Page) -> None:
    assert world.batches.extend(page, 1, None, LATER + timedelta(days=100))


def claimed(world: World, page: Page) -> None:
    assert world.batches.claim(page, 1, None, 1, LATER)
    assert world.batches.claim(page, 4, None, 1, LATER)


def only_the_other_claimed(world: World, page: Page) -> None:
    assert world.batches.claim(page, 4, None, 1, LATER)


def moved_on(reason: Reason) -> Callable[[World, Page], None]:
    def happen(world: World, page: Page) -> None:
        assert world.batches.move_on(page, LetterItem(row=1, mark=reason.mark, attempt=1, decided_at=LATER), None)

    return happen


def left_out(world: World, page: Page) -> None:
    put = Consignment(channel=Channel.EBOKS, n=1, rows="1")
    world.batches.put_consignment(page, put)
    assert world.batches.leave_out(page, put, [1])


FATES: Mapping[str, tuple[str, Answer, Callable[[World, Page], None]]] = {
    "never answered": ("K", Answer.TOO_LATE, nothing),
    "delivered": ("K", Answer.TOO_LATE, delivered),
    "opened": ("K", Answer.TOO_LATE, opened),
    "recalled in time": ("K", Answer.DONE, left_out),
    "held longer": ("H", Answer.DONE, held_longer),
    "recalled": ("H", Answer.DONE, moved_on(Reason.RECALLED_BY_SENDER)),
    "ordered back": ("H", Answer.DONE, moved_on(Reason.SENDER_ORDERED_RETURN)),
    "ordered on paper": ("H", Answer.DONE, moved_on(Reason.SENDER_ORDERED_PAPER)),
    "signed up": ("H", Answer.NOT_HELD, moved_on(Reason.REGISTERED_IN_EBOKS)),
    "answered": ("H", Answer.NOT_HELD, answered),
    "closed": ("x", Answer.TOO_LATE, nothing),
    "at the printer": ("P", Answer.NOT_HELD, claimed),
    "not at the printer": ("P", Answer.NOT_HELD, only_the_other_claimed),
}


def test_nothing_tells_letters_apart_before_an_end(make_world: Callable[[], World]) -> None:
    expected = play(make_world(), "H", Answer.DONE, nothing)
    assert set(expected[0]) == NAMES | {"orders.csv"}
    assert expected[0] == expected[1] == expected[2]
    for name, fate in FATES.items():
        assert play(make_world(), *fate) == expected, name
