from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from postal.turns import take_turns

#: Things as they come: whose, and the how manieth.
THINGS = st.lists(st.sampled_from("abcde"), max_size=60).map(
    lambda senders: list(zip(senders, range(60), strict=False))
)


def _sender(thing: tuple[str, int]) -> str:
    return thing[0]


def test_a_great_batch_keeps_nobody_waiting() -> None:
    things = [*(("great", n) for n in range(10)), ("small", 0), ("smaller", 0), ("small", 1)]

    assert take_turns(things, _sender, 6) == [
        ("great", 0),
        ("small", 0),
        ("smaller", 0),
        ("great", 1),
        ("small", 1),
        ("great", 2),
    ]


@given(THINGS, st.integers(0, 70))
def test_nobody_waits_while_another_gets_a_turn_more(things: list[tuple[str, int]], most: int) -> None:
    taken = take_turns(things, _sender, most)

    assert len(taken) == min(most, len(things))
    got, asked = Counter(map(_sender, taken)), Counter(map(_sender, things))
    for sender in asked:
        assert got[sender] == asked[sender] or all(got[other] <= got[sender] + 1 for other in asked)


@given(THINGS, st.integers(0, 70))
def test_everybodys_own_first_things_are_taken_in_their_order(things: list[tuple[str, int]], most: int) -> None:
    taken = take_turns(things, _sender, most)

    for sender in set(map(_sender, things)):
        own = [thing for thing in things if _sender(thing) == sender]
        of_sender = [thing for thing in taken if _sender(thing) == sender]
        assert of_sender == own[: len(of_sender)]
