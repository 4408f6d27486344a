"""Taking turns, so that who has much to do keeps nobody waiting who has little."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import TypeVar

T = TypeVar("T")


def take_turns(things: Iterable[T], whose: Callable[[T], str], most: int) -> list[T]:
    """The first `most` things, by turns of whose they are.

    Nobody gets a second turn before everybody has had a first one. Everybody's own things stay in their order,
    and who stands first in `things` is first in each round.

    Args:
        things: in their order.
        whose: whose a thing is.
        most: how many are taken.
    """
    had: Counter[str] = Counter()
    rounds: list[list[T]] = []
    for thing in things:
        turn = had[whose(thing)]
        had[whose(thing)] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(thing)
    return list(islice(chain.from_iterable(rounds), most))
