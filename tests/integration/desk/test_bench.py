"""The bench counts as AWS bills, runs, and sees what it is there to see."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench.due import Bench, Cost, Run, problems
from bench.meter import Meter, Operation, size_of
from brevdue.office import Office as Deployed
from cloud.table import Table
from tests.support.office import Office

QUERY = Operation("fallback", "dynamodb Query", "read")
SCAN = Operation("fallback", "dynamodb Scan", "read")


@pytest.fixture
def table(office: Office) -> Table:
    """The Batches table, by a client that is counted."""
    return Table(office.stack.client("dynamodb"), office.stack.names["BatchesTable"])


@pytest.fixture
def meter(office: Office) -> Meter:
    return Meter(office.stack.client("dynamodb"))


def _item(sk: str, size: int) -> dict[str, object]:
    """An item of so many bytes."""
    return {"pk": "p", "sk": sk, "x": "x" * (size - len("pkp") - len(f"sk{sk}") - len("x"))}


def _units(meter: Meter) -> dict[str, float]:
    return {name.call.removeprefix("dynamodb "): units for name, units in meter.units.items()}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "blå"}, 4),
        ({"N": "0"}, 1),
        ({"N": "17"}, 2),
        ({"N": "-12345"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + 2 + 3),
        ({"M": {"ab": {"S": "cd"}}}, 3 + 1 + 4),
    ],
)
def test_items_are_as_large_as_dynamodb_says(value: dict[str, Any], size: int) -> None:
    assert size_of({"name": value}) == 4 + size


def test_writes_are_billed_by_the_larger_of_before_and_after(table: Table, meter: Meter) -> None:
    table.put(_item("large", 3_000))
    with meter.on():
        table.put(_item("new", 1_025))
        table.put(_item("large", 100))

    assert _units(meter) == {"PutItem": 2 + 3}
    assert meter.calls.total() == 2


def test_a_condition_that_does_not_hold_is_billed_too(table: Table, meter: Meter) -> None:
    table.put(_item("there", 2_000))
    with meter.on():
        assert not table.put_new(_item("there", 10))
        table.update({"pk": "p", "sk": "there"}, "SET y = :y", {":y": "y"}, condition="attribute_exists(nothing)")
        table.delete({"pk": "p", "sk": "nowhere"})

    assert _units(meter) == {"PutItem": 2, "UpdateItem": 2, "DeleteItem": 1}


def test_reads_are_billed_by_what_they_cover(table: Table, meter: Meter) -> None:
    table.put_many([_item("a", 5_000), _item("b", 2_000), _item("c", 2_000)])
    with meter.on():
        table.get(pk="p", sk="a")
        table.get(pk="p", sk="nowhere")
        list(table.query("p"))
        list(table.query("nobody"))
        list(table.get_many([{"pk": "p", "sk": sk} for sk in ("a", "b", "nowhere")]))

    assert _units(meter) == {"GetItem": 2 + 1, "Query": 3 + 1, "BatchGetItem": 2 + 1 + 1}


def test_a_batch_of_writes_is_billed_item_by_item(table: Table, meter: Meter) -> None:
    with meter.on():
        table.put_many([_item("a", 1_500), _item("b", 100)])

    assert (_units(meter), meter.calls.total()) == ({"BatchWriteItem": 3}, 1)


def test_eventually_consistent_reads_are_half_as_dear(office: Office, meter: Meter) -> None:
    name = office.stack.names["BatchesTable"]
    with meter.on():
        office.stack.client("dynamodb").get_item(TableName=name, Key={"pk": {"S": "p"}, "sk": {"S": "s"}})

    assert _units(meter) == {"GetItem": 0.5}


def test_messages_are_billed_by_what_they_carry(office: Office, meter: Meter) -> None:
    sqs, url = office.stack.client("sqs"), office.stack.names["RegisterQueue"]
    with meter.on():
        sqs.send_message(QueueUrl=url, MessageBody="x" * 70_000)
        sqs.receive_message(QueueUrl=url)
        sqs.receive_message(QueueUrl=url)

    assert dict(meter.units) == {
        Operation("(poller)", "sqs SendMessage", "request"): 2,
        Operation("(poller)", "sqs ReceiveMessage", "request"): 3,
    }


def test_what_cannot_be_counted_is_refused(office: Office, meter: Meter) -> None:
    client, name = office.stack.client("dynamodb"), office.stack.names["BatchesTable"]
    with meter.on():
        with pytest.raises(NotImplementedError, match="TransactGetItems is not counted"):
            client.transact_get_items(
                TransactItems=[{"Get": {"TableName": name, "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}]
            )
        with pytest.raises(NotImplementedError, match="reads more than it answers"):
            client.query(
                TableName=name,
                KeyConditionExpression="pk = :pk",
                FilterExpression="x = :pk",
                ExpressionAttributeValues={":pk": {"S": "p"}},
            )
        with pytest.raises(ClientError):
            client.query(TableName="no-such-table", KeyConditionExpression="pk = :pk")


def test_letters_fall_due_beside_others_that_do_not(office: Office) -> None:
    run = Bench(Deployed(office.stack), due=2, page=10).run(not_due=30)

    assert run.printed == 2
    assert dict(run.idle.calls) == {QUERY: 9}
    assert sum("#later-" in entry["sk"] and entry["sk"].endswith("#page") for entry in office.due()) == 3
    assert list(problems(run, run, 2)) == []
    assert ("fallback", "dynamodb UpdateItem") in {(name.caller, name.call) for name in run.cost.calls}


def _run(not_due: int, *, reads: int = 7, idle: Operation = QUERY, idle_calls: int = 1, printed: int = 1_000) -> Run:
    return Run(
        not_due=not_due,
        cost=Cost(Counter({QUERY: 7}), Counter({QUERY: reads})),
        idle=Cost(Counter({idle: idle_calls}), Counter({idle: idle_calls})),
        printed=printed,
    )


@pytest.mark.parametrize(
    ("many", "problem"),
    [
        (_run(1_000_000), None),
        (
            _run(1_000_000, reads=8),
            "fallback dynamodb Query does not cost the same beside 10,000 and 1,000,000 letters",
        ),
        (_run(1_000_000, idle=SCAN), "fallback scans a table"),
        (_run(1_000_000, idle_calls=10), "10 calls in a minute in which nothing is due, beside 1,000,000 letters"),
        (_run(1_000_000, printed=999), "999 letters went to paper, and not 1,000"),
    ],
)
def test_what_should_not_be_is_told(many: Run, problem: str | None) -> None:
    assert list(problems(_run(10_000), many, 1_000)) == ([problem] if problem else [])
