"""A Lambda may die before or after any of its calls."""

import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from brevdue.stack.stack import Call, Crash, Stack


def crash_at(function: str, number: int, phase: str) -> Callable[[Call], None]:
    def watch(call: Call) -> None:
        if (call.function, call.number, call.phase) == (function, number, phase):
            raise Crash(f"{call.phase} {call.operation}")

    return watch


def test_calls_are_shown_before_and_after(stack: Stack) -> None:
    calls: list[Call] = []
    stack.on_call = calls.append
    stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/a", Body=b"text")
    stack.run()
    seen = [(call.function, call.operation, call.number, call.phase) for call in calls]
    assert seen == [
        ("sample_intake", "GetObject", 1, "before"),
        ("sample_intake", "GetObject", 1, "after"),
        ("sample_intake", "PutItem", 2, "before"),
        ("sample_intake", "PutItem", 2, "after"),
        ("sample_intake", "SendMessage", 3, "before"),
        ("sample_intake", "SendMessage", 3, "after"),
        ("sample_work", "UpdateItem", 1, "before"),
        ("sample_work", "UpdateItem", 1, "after"),
    ]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_after_a_crash_the_message_comes_again(stack: Stack, number: int, phase: str) -> None:
    stack.on_call = crash_at("sample_intake", number, phase)
    stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/a", Body=b"text")
    before = stack.run()
    assert [type(failure.error) for failure in stack.failures] == [Crash]
    assert stack.run() == {}
    after = stack.settle()
    assert after["sample_intake"] == 1
    # What took effect before the crash stands: a message that was sent is sent again.
    sent = before.get("sample_work", 0) + after["sample_work"]
    assert sent == (2 if (number, phase) == (3, "after") else 1)
    assert stack.dead_letters() == {}


def test_a_dead_lambda_calls_nobody_and_a_new_one_comes(stack: Stack) -> None:
    stack.invoke("sample_clerk", {"source": "test"})
    old = sys.modules["sample_clerk.handler"]
    stack.on_call = crash_at("sample_clerk", 2, "before")
    with pytest.raises(Crash):
        stack.invoke("sample_clerk", {"source": "test"})
    stack.on_call = None
    with pytest.raises(Crash):
        old.dynamodb.get_item(TableName=stack.names["Table"], Key={"pk": {"S": "a"}})
    stack.invoke("sample_clerk", {"source": "test"})
    assert sys.modules["sample_clerk.handler"] is not old


def test_an_exception_leaves_the_lambda_warm(stack: Stack) -> None:
    stack.invoke("sample_clerk", {"source": "test"})
    warm = sys.modules["sample_clerk.handler"]
    with pytest.raises(KeyError):
        stack.invoke("sample_clerk", {})
    stack.invoke("sample_clerk", {"source": "test"})
    assert sys.modules["sample_clerk.handler"] is warm


def test_a_crash_in_a_schedule_stops_nothing(stack: Stack) -> None:
    stack.on_call = crash_at("sample_clerk", 1, "before")
    stack.advance(timedelta(hours=1))
    assert len(stack.failures) == 1
    stack.advance(timedelta(minutes=1))
    key = {"pk": {"S": "tick aws.scheduler"}}
    assert stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key=key)["Item"]["done"]["N"] == "1"
