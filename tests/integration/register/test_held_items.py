"""A held item goes with what it stands for: wherever a function dies, and where its batch is deleted."""

from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from brevdue.stack.stack import Call, Crash
from postal import keys
from postal.channels import Channel
from postal.letters import Letter
from postal.messages import FollowOrders
from postal.orders import LetterOrder, Order
from postal.pages import Page
from postal.register import Closed, Registered
from postal.senders import Sender
from postal.status import Status
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS

STRANGER, USER = DANES[0], NORWEGIANS[0]
SIGNED_UP = Registered(recipient=STRANGER, occurred_at=START, mailbox=Channel.EBOKS)


def _commit(office: Office, sender: Sender, one: Letter) -> Page:
    (page,) = made = office.commit(sender, [one])
    office.sort(made)
    assert len(office.held(one.recipient)) == 1
    return page


def _dies_before_it_lets_go(office: Office, function: str) -> list[Call]:
    """Have a function die once, before it deletes a held item; the calls before which it did."""
    died: list[Call] = []

    def watch(call: Call) -> None:
        is_delete = call.operation == "DeleteItem" and "RecipientsTable" in call.resource
        if not died and is_delete and (call.function, call.phase) == (function, "before"):
            died.append(call)
            raise Crash(call.operation)

    office.stack.on_call = watch
    return died


def _order(office: Office, page: Page, order: Order) -> None:
    office.send(
        "PagesQueue", FollowOrders(page=page, file="o.csv@v1", orders=(LetterOrder(line=2, row=1, order=order),))
    )


def _wait(office: Office, days: int) -> None:
    office.stack.settle(timedelta(hours=1))
    for _ in range(2 * days):
        office.stack.advance(timedelta(hours=12))
        office.stack.settle(timedelta(hours=1))


@pytest.mark.parametrize(
    ("order", "status"), [(Order.RECALL, Status.RECALLED), (Order.RETURN, Status.EXPIRED)], ids=["recall", "return"]
)
def test_a_death_after_an_order_leaves_no_held_item(office: Office, order: Order, status: Status) -> None:
    page = _commit(office, DANISH, consenting(1, STRANGER))
    died = _dies_before_it_lets_go(office, "routing")

    _order(office, page, order)
    _wait(office, 1)

    assert len(died) == 1
    assert office.statuses(page, 1) == [status]
    assert office.held(STRANGER) == []


def test_a_death_after_a_hold_has_ended_leaves_no_held_item(office: Office) -> None:
    page = _commit(office, DANISH, structs.replace(consenting(1, STRANGER), delivery="digital_only"))
    died = _dies_before_it_lets_go(office, "routing")

    _wait(office, DANISH.settings.hold_days + 1)

    assert len(died) == 1
    assert office.statuses(page, 1) == [Status.EXPIRED]
    assert office.held(STRANGER) == []


def test_a_death_after_a_claim_leaves_no_held_item(office: Office) -> None:
    page = _commit(office, NORWEGIAN, letter(1, USER, delivery="paper"))
    died = _dies_before_it_lets_go(office, "fallback")

    _wait(office, 2)

    assert len(died) == 1
    assert office.states(page, 1)[0].at is not None
    assert office.batches.page_items(page.sender, page.batch, 0).letters[1].claimed_for == 1
    assert office.held(USER) == []


def test_who_is_closed_before_the_cut_off_keeps_no_held_item(office: Office) -> None:
    """Decided by the last look before paper, where the register's own release did not come first."""
    page = _commit(office, NORWEGIAN, letter(1, USER, delivery="paper"))
    office.recipients_table.put({"pk": USER, "sk": keys.PROFILE_SK, "closed": True})
    died = _dies_before_it_lets_go(office, "routing")

    _wait(office, 2)

    assert len(died) == 1
    assert office.statuses(page, 1) == [Status.STOPPED]
    assert office.held(USER) == []


def test_a_held_item_is_deleted_once_and_what_was_never_stored_not_at_all(office: Office) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER), letter(2, "", delivery="paper"), consenting(3, DANES[1])])
    office.sort([page])
    deletes: list[Call] = []

    def watch(call: Call) -> None:
        if (call.operation, call.phase) == ("DeleteItem", "before") and "RecipientsTable" in call.resource:
            deletes.append(call)

    office.stack.on_call = watch
    for line in (2, 3):
        for row in (1, 2):
            order = LetterOrder(line=line, row=row, order=Order.RECALL)
            office.send("PagesQueue", FollowOrders(page=page, file=f"{line}.csv@v1", orders=(order,)))
            office.stack.run()
    office.sort([page])

    assert office.statuses(page, 3) == [Status.RECALLED, Status.RECALLED, Status.HELD]
    assert len(deletes) == 1


def _delete_items(office: Office, pk: str) -> None:
    for item in list(office.batches_table.query(pk)):
        office.batches_table.delete({"pk": item["pk"], "sk": item["sk"]})


def _delete_batch(office: Office, page: Page) -> None:
    _delete_items(office, keys.batch_pk(page.sender, page.batch))
    _delete_items(office, keys.page_pk(page.sender, page.batch, page.number))


def _delete_rows(office: Office, page: Page) -> None:
    office.s3.delete_object(Bucket=office.bucket_name, Key=page.key, VersionId=page.version)


@pytest.mark.parametrize("delete", [_delete_batch, _delete_rows])
def test_what_is_left_of_a_deleted_batch_is_dropped_and_the_others_are_released(
    office: Office, delete: Callable[[Office, Page], None]
) -> None:
    gone = _commit(office, DANISH, consenting(1, STRANGER))
    office.stack.advance(timedelta(minutes=1))
    (page,) = office.commit(DANISH, [consenting(1, STRANGER)], batch="b2")
    office.sort([page])
    delete(office, gone)

    office.tell(SIGNED_UP)

    assert office.held(STRANGER) == []
    assert office.statuses(page, 1) == [Status.IN_TRANSIT]
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}


def test_a_held_letter_of_who_has_died_is_let_go(office: Office) -> None:
    page = _commit(office, DANISH, consenting(1, STRANGER))
    office.tell(Closed(recipient=STRANGER, occurred_at=START))
    assert office.statuses(page, 1) == [Status.STOPPED]
    assert office.held(STRANGER) == []


KEYS = st.text("ab", min_size=1, max_size=3).map("held#".__add__)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    there=st.sets(KEYS | st.sampled_from(["enrolment#a", "heldb", "profile"])), after=KEYS, at_once=st.integers(0, 3)
)
def test_a_query_goes_on_after_a_key_that_may_be_gone(
    office: Office, there: set[str], after: str, at_once: int
) -> None:
    table = office.recipients_table
    for item in list(table.query("p")):
        table.delete({"pk": "p", "sk": item["sk"]})
    table.put_many({"pk": "p", "sk": sk} for sk in there)

    found = [item["sk"] for item in table.query("p", beginning="held#", after=after, at_once=at_once)]

    assert found == sorted(sk for sk in there if sk.startswith("held#") and sk > after)


def test_each_slice_of_held_letters_is_read_from_where_the_last_one_ended(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 250
    made = office.commit(DANISH, [consenting(row, STRANGER) for row in range(1, many + 1)])
    office.sort(made)
    read: list[int] = []
    client: Any = office.recipients_table._client
    query = client.query

    def counted(**request: Any) -> Any:
        answer = query(**request)
        read.append(answer["ScannedCount"])
        return answer

    monkeypatch.setattr(client, "query", counted)
    after = ""
    for _ in range(3):
        after = list(islice(office.recipients.held(STRANGER, after=after), 100))[-1].sk

    assert sum(read) == many
