"""Asking for things a little ahead of who works on them, so that waiting costs little and memory is bounded."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")


def ahead(ask: Callable[[T], A], things: Iterable[T], most: int) -> Iterator[tuple[T, A]]:
    """Each thing with the answer to it, in order.

    The next is asked for once one was worked on, so that there are never more than `most` that were asked for,
    beside that which was worked on last.

    Args:
        ask: called in a thread.
        things: each taken when there is room for its answer.
        most: so many threads too.

    Raises:
        Exception: what `ask` raises.
    """
    rest = iter(things)
    with ThreadPoolExecutor(most) as threads:
        asked: deque[tuple[T, Future[A]]] = deque((thing, threads.submit(ask, thing)) for thing in islice(rest, most))
        while asked:
            thing, answer = asked.popleft()
            yield thing, answer.result()
            del answer
            asked.extend((thing, threads.submit(ask, thing)) for thing in islice(rest, 1))
