"""Orders for letters: each is written where the letter's next step would have to see it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from brevdue.stack.stack import Call, Crash
from postal.channels import Channel
from postal.messages import Event, FollowOrders, Report, SortPage
from postal.orders import Answer, LetterOrder, Order
from postal.pages import Page
from postal.register import Registered
from postal.status import Status
from postal.times import to_text
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS

USER = NORWEGIANS[0]
STRANGER = DANES[0]
UNTIL = START + timedelta(days=60)


def _order(office: Office, page: Page, *orders: LetterOrder, file: str = "o.csv@v1") -> None:
    office.send("PagesQueue", FollowOrders(page=page, file=file, orders=orders))
    office.stack.settle(timedelta(minutes=30))


def _answers(office: Office, page: Page, file: str = "o.csv@v1") -> dict[str, Answer]:
    found = office.batches.page_items(page.sender, page.batch, page.number).answers
    return dict(found[file].lines)


def _recall(*rows: int) -> tuple[LetterOrder, ...]:
    return tuple(LetterOrder(line=row + 1, row=row, order=Order.RECALL) for row in rows)


def test_a_letter_recalled_before_its_page_is_sorted_never_leaves(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER), letter(2, USER)])
    _order(office, page, *_recall(1))
    assert office.batches.page_items("nordby", "b1", 0).recalled == {1}

    office.sort([page])

    assert office.statuses(page, 2) == [Status.RECALLED, Status.IN_TRANSIT]
    (dispatch,) = office.dispatched(Channel.ALTINN).values()
    assert [line["letter"] for line in dispatch] == ["nordby/b1/2"]
    assert _answers(office, page) == {"2": Answer.DONE}


def test_a_letter_recalled_before_its_consignment_leaves_is_left_out(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER), letter(2, USER)])
    office.sort([page])
    key = {"pk": "nordby#b1#0", "sk": "consignment#altinn#1"}
    office.batches_table.update(key, "REMOVE leaving_at, handed_over_at", {})
    office.s3.delete_object(Bucket=office.bucket_name, Key="outbox/altinn/nordby/b1/00000-1.jsonl")

    _order(office, page, *_recall(1))

    assert office.statuses(page, 2) == [Status.RECALLED, Status.IN_TRANSIT]
    (dispatch,) = office.dispatched(Channel.ALTINN).values()
    assert [line["letter"] for line in dispatch] == ["nordby/b1/2"]
    assert _answers(office, page) == {"2": Answer.DONE}


@pytest.mark.parametrize("event", [None, Event.DELIVERED, Event.OPENED])
def test_what_a_mailbox_has_received_is_too_late(office: Office, event: Event | None) -> None:
    office.register(USER)
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])
    if event is not None:
        n = 1 if event is Event.DELIVERED else 0
        rows = "" if n else "1"
        report = Report(event=event, n=n, rows=rows, attempt=1, at=to_text(START))
        office.report(page, Channel.ALTINN, report)
    before = office.statuses(page, 1)

    _order(office, page, *_recall(1))

    assert office.statuses(page, 1) == before
    assert _answers(office, page) == {"2": Answer.TOO_LATE}


def test_a_held_letter_is_recalled_and_not_released_any_more(office: Office) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER)])
    office.sort([page])

    _order(office, page, *_recall(1))
    office.tell(Registered(recipient=STRANGER, occurred_at=START, mailbox=Channel.EBOKS))

    assert office.statuses(page, 1) == [Status.RECALLED]
    assert office.held(STRANGER) == []
    assert office.dispatched(Channel.EBOKS) == {}


def test_a_letter_for_paper_that_was_never_in_a_mailbox_is_recalled(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, "", delivery="paper")])
    office.sort([page])
    assert office.statuses(page, 1) == [Status.TO_PRINT]

    _order(office, page, *_recall(1))
    office.stack.advance(timedelta(hours=12))

    assert office.statuses(page, 1) == [Status.RECALLED]
    assert list(office.bucket.list_keys("print/")) == []


def test_a_hold_is_extended_and_ends_then(office: Office) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER), consenting(2, DANES[1])])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=1, order=Order.EXTEND, until=to_text(UNTIL)))
    office.stack.advance(timedelta(days=31))
    office.stack.advance(timedelta(minutes=1))
    assert office.statuses(page, 2) == [Status.HELD, Status.TO_PRINT]
    office.stack.advance(timedelta(days=30))
    office.stack.advance(timedelta(minutes=1))

    assert office.statuses(page, 1) == [Status.TO_PRINT]


@pytest.mark.parametrize(("order", "status"), [(Order.PRINT, Status.TO_PRINT), (Order.RETURN, Status.EXPIRED)])
def test_a_hold_is_ended_by_order(office: Office, order: Order, status: Status) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER), consenting(2, DANES[1])])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=1, order=order))

    assert office.statuses(page, 2) == [status, Status.HELD]
    assert _answers(office, page) == {"2": Answer.DONE}


def test_an_order_for_a_letter_that_is_not_held_says_so(office: Office) -> None:
    office.register(USER)
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=1, order=Order.EXTEND, until=to_text(UNTIL)))

    assert _answers(office, page) == {"2": Answer.NOT_HELD}


def test_a_whole_batch_is_recalled_as_far_as_it_has_not_left(office: Office) -> None:
    office.register(USER)
    (page,) = office.commit(NORWEGIAN, [letter(1, USER), letter(2, "", delivery="paper"), letter(3, USER)])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=0, order=Order.RECALL))

    assert office.statuses(page, 3) == [Status.IN_TRANSIT, Status.RECALLED, Status.IN_TRANSIT]
    answers = office.batches.page_items("nordby", "b1", 0).answers["o.csv@v1"]
    assert answers.letters == {"2": {Answer.DONE: 1, Answer.TOO_LATE: 2}}


def test_what_the_sender_says_of_a_response_is_kept(office: Office) -> None:
    office.register(USER)
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=1, order=Order.RESPONDED))

    assert office.states(page, 1)[0].has_responded
    assert _answers(office, page) == {"2": Answer.DONE}


def test_orders_end_the_same_wherever_routing_dies(
    office: Office, record_property: Callable[[str, object], None]
) -> None:
    orders = (
        *_recall(1, 2),
        LetterOrder(line=4, row=3, order=Order.EXTEND, until=to_text(UNTIL)),
        LetterOrder(line=5, row=4, order=Order.PRINT),
        LetterOrder(line=6, row=5, order=Order.RETURN),
        LetterOrder(line=7, row=6, order=Order.RECALL),
    )

    def play(watch: Callable[[Call], None]) -> tuple[list[Status], dict[str, Answer]]:
        for user in DANES[5:6]:
            office.recipients_table.put({"pk": user, "sk": "profile", "mailboxes": {"eboks"}})
        (page,) = office.commit(DANISH, [consenting(row, person) for row, person in enumerate(DANES[:6], start=1)])
        office.sort([page])
        office.stack.on_call = watch
        _order(office, page, *orders)
        office.send("PagesQueue", SortPage(page=page))
        office.stack.settle(timedelta(hours=3))
        return office.statuses(page, 6), _answers(office, page)

    made: list[int] = []
    expected = play(lambda call: made.append(call.number) if call.function == "routing" else None)
    assert expected[0] == [
        Status.RECALLED, Status.RECALLED, Status.HELD, Status.TO_PRINT, Status.EXPIRED, Status.IN_TRANSIT,
    ]  # fmt: skip
    points = [(number, phase) for number in range(1, max(made) + 1) for phase in ("before", "after")]
    for point in points:
        office.reset()
        died: list[Call] = []

        def crash(call: Call, point: tuple[int, str] = point, died: list[Call] = died) -> None:
            is_first = call.function == "routing" and (call.number, call.phase) == point
            if is_first and not died:
                died.append(call)
                raise Crash(call.operation)

        assert play(crash) == expected, point
        assert office.stack.dead_letters() == {}, point
    record_property("fault points", f"orders: {len(points)}")


def test_letters_that_have_only_an_address_are_recalled(office: Office) -> None:
    rows = range(1, 9)
    (page,) = office.commit(NORWEGIAN, [letter(row, "", delivery="paper") for row in rows])
    office.sort([page])

    _order(office, page, LetterOrder(line=2, row=0, order=Order.RECALL))

    assert office.statuses(page, len(rows)) == [Status.RECALLED] * len(rows)
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}


def _calls_to_recall(
    office: Office, letters: int, *orders: LetterOrder, delivery: str = "digital_or_paper"
) -> Counter[str]:
    """How many calls of each kind routing makes to recall all letters of a page whose consignment has not left."""
    office.reset()
    (page,) = office.commit(NORWEGIAN, [letter(row, USER, delivery=delivery) for row in range(1, letters + 1)])
    office.sort([page])
    if delivery != "paper":
        key = {"pk": "nordby#b1#0", "sk": "consignment#altinn#1"}
        office.batches_table.update(key, "REMOVE leaving_at, handed_over_at", {})
    calls: Counter[str] = Counter()
    office.stack.on_call = lambda call: (
        calls.update([call.operation]) if (call.function, call.phase) == ("routing", "before") else None
    )
    _order(office, page, *orders or [LetterOrder(line=2, row=0, order=Order.RECALL)])
    office.stack.on_call = None
    assert set(office.statuses(page, letters)) == {Status.RECALLED}
    return calls


@pytest.mark.parametrize("delivery", ["digital_or_paper", "paper"])
def test_a_recall_of_a_page_costs_as_much_a_letter_however_many_there_are(office: Office, delivery: str) -> None:
    few, some, many = (_calls_to_recall(office, letters, delivery=delivery) for letters in (50, 100, 400))

    assert many["Query"] == few["Query"]
    assert (many - few).total() == 350 / 50 * (some - few).total()


def test_recalls_of_one_letter_each_read_the_page_once(office: Office) -> None:
    few, many = (_calls_to_recall(office, letters, *_recall(*range(1, letters + 1))) for letters in (5, 50))

    assert many["Query"] == few["Query"]


def test_a_letter_that_a_file_orders_about_twice_is_as_the_first_order_left_it(office: Office) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER)])
    office.sort([page])

    _order(
        office,
        page,
        LetterOrder(line=2, row=1, order=Order.RECALL),
        LetterOrder(line=3, row=1, order=Order.PRINT),
        LetterOrder(line=4, row=1, order=Order.RECALL),
    )

    assert office.statuses(page, 1) == [Status.RECALLED]
    assert _answers(office, page) == {"2": Answer.DONE, "3": Answer.NOT_HELD, "4": Answer.DONE}
