"""Many small things in few messages."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

MOST_THINGS: Final = 100
#: Well below the 1 MiB that SQS takes, as ten messages travel in one request.
MOST_BYTES: Final = 90_000


def bundles(things: Iterable[S]) -> Iterator[tuple[S, ...]]:
    """The things in their order, as many together as a message takes; each read when it is asked for."""
    bundle: list[S] = []
    size = 0
    for thing in things:
        length = len(msgspec.json.encode(thing)) + 1
        if bundle and (len(bundle) == MOST_THINGS or size + length > MOST_BYTES):
            yield tuple(bundle)
            bundle, size = [], 0
        bundle.append(thing)
        size += length
    if bundle:
        yield tuple(bundle)
