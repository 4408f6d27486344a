"""Cutting work to the size that an API takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of `size`, the last one shorter; each read when it is asked for."""
    iterator = iter(things)
    while chunk := list(islice(iterator, size)):
        yield chunk
