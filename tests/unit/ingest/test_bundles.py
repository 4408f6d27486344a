from collections.abc import Iterator

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from ingest.bundles import MOST_BYTES, MOST_THINGS, bundles


class Thing(Struct, frozen=True):
    text: str


@given(st.lists(st.sampled_from([0, 1, 500, 1_000, 80_000]), max_size=250))
def test_everything_is_in_one_bundle_in_order_and_no_bundle_is_too_large(sizes: list[int]) -> None:
    things = [Thing("x" * size) for size in sizes]
    made = list(bundles(things))
    assert [thing for bundle in made for thing in bundle] == things
    assert all(0 < len(bundle) <= MOST_THINGS for bundle in made)
    assert all(len(msgspec.json.encode(bundle)) <= MOST_BYTES + 1 for bundle in made)


def test_a_bundle_is_made_when_it_is_asked_for() -> None:
    read: list[int] = []

    def things() -> Iterator[Thing]:
        for n in range(1_000):
            read.append(n)
            yield Thing("x")

    made = bundles(things())
    assert read == []
    assert len(next(made)) == MOST_THINGS
    assert len(read) == MOST_THINGS + 1
