"""A chain of requests that invokes a function too often is stopped, as Lambda stops it."""

from datetime import datetime, timedelta

from brevdue.stack.lineage import MOST_INVOCATIONS, Lineage
from brevdue.stack.stack import Stack
from tests.integration.stack.conftest import count_down


def test_a_loop_is_cut_and_its_message_dies(stack: Stack) -> None:
    count_down(stack, 100)

    assert stack.deepest_chains == {"sample_loop": MOST_INVOCATIONS}
    # Lambda refuses each delivery of the message, until its queue has had enough.
    assert stack.stopped == ["sample_loop"] * 3
    assert stack.dead_letters() == {"LoopDead": [str(100 - MOST_INVOCATIONS)]}
    assert stack.failures == []


def test_a_chain_that_ends_in_time_is_none(stack: Stack) -> None:
    count_down(stack, MOST_INVOCATIONS - 1)

    assert stack.deepest_chains == {"sample_loop": MOST_INVOCATIONS}
    assert (stack.stopped, stack.dead_letters()) == ([], {})


def test_what_somebody_else_sends_begins_a_chain(stack: Stack) -> None:
    for _ in range(3):
        count_down(stack, MOST_INVOCATIONS - 1)

    assert (stack.stopped, stack.dead_letters()) == ([], {})


def test_a_message_that_comes_again_is_no_longer_a_chain(stack: Stack) -> None:
    for _ in range(MOST_INVOCATIONS + 1):
        stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/a", Body=b"bad")
        stack.advance(timedelta(minutes=2))

    assert stack.deepest_chains == {"sample_intake": 1}


def test_emptying_the_stack_forgets_its_chains(stack: Stack, start: datetime) -> None:
    count_down(stack, 100)
    stack.reset_data(at=start)

    assert (stack.deepest_chains, stack.stopped) == ({}, [])


def test_an_invocation_has_the_lineage_of_all_its_messages() -> None:
    lineage = Lineage(may_loop=())
    one = lineage.chain("a")
    lineage.invoked(one, ["1"])
    two = lineage.chain("b", ["1"])
    lineage.invoked(two, ["2"])
    lineage.invoked(lineage.chain("b", ["2"]), ["3"])

    assert lineage.chain("b", ["1", "3", "of nobody"]) == {"a": 1, "b": 3}
    lineage.handled(["3"])
    assert lineage.chain("b", ["1", "3"]) == {"a": 1, "b": 1}
