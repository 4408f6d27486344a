from hypothesis import given
from hypothesis import strategies as st

from postal import rowsets


@given(st.sets(st.integers(1, 2_000)))
def test_what_is_encoded_is_decoded(rows: set[int]) -> None:
    assert rowsets.decode(rowsets.encode(rows)) == sorted(rows)


def test_neighbours_become_ranges() -> None:
    assert rowsets.encode([7, 1, 2, 3, 5, 6]) == "1-3,5-7"
    assert rowsets.encode(range(1, 401)) == "1-400"
    assert rowsets.encode([]) == ""
