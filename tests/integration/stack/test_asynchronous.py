"""What a schedule's function fails for comes again, as the template asks."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from brevdue.stack.stack import Stack
from tests.integration.stack.conftest import HOUR, fail_for, invoked


@pytest.fixture
def stack(stack: Stack) -> Iterator[Stack]:
    yield stack
    stack.on_call = None
    stack.on_invocation = lambda _function, _messages: None
    stack.throttled = lambda _function: False


def test_a_failed_event_comes_again_twice(stack: Stack) -> None:
    times = invoked(stack)
    fail_for(stack, 10)

    stack.advance(HOUR)
    stack.settle()

    # An event that is failing keeps its times, whatever its schedule does meanwhile.
    assert times == [timedelta(0), timedelta(minutes=1), timedelta(minutes=3)]
    assert len(stack.failures) == 3


def test_an_event_that_was_handled_comes_no_more(stack: Stack) -> None:
    times = invoked(stack)
    fail_for(stack, 1)

    stack.advance(HOUR)
    stack.settle()

    assert times == [timedelta(0), timedelta(minutes=1)]


def test_a_throttled_event_comes_again_more_and_more_seldom(stack: Stack) -> None:
    asked: list[timedelta] = []
    began = stack.clock.now()

    def throttled(function: str) -> bool:
        asked.append(stack.clock.now() - began - HOUR)
        return function == "sample_clerk"

    stack.throttled = throttled
    stack.advance(HOUR)
    while (moment := stack._next_moment()) is not None and moment < began + HOUR + timedelta(minutes=50):
        stack.clock.move_to(moment)
        stack.tick()

    assert [time.total_seconds() for time in asked[:10]] == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]
    assert {after - before for before, after in pairwise(asked[10:])} == {timedelta(minutes=5)}
    stack.throttled = lambda _function: False
    times = invoked(stack)
    stack.settle()
    assert len(times) == 1


def test_messages_of_a_throttled_function_come_again(stack: Stack) -> None:
    stack.throttled = lambda function: function == "sample_work"
    stack.client("sqs").send_message(QueueUrl=stack.names["Work"], MessageBody="a")
    stack.run()
    stack.throttled = lambda _function: False

    assert stack.settle() == {"sample_work": 1}
