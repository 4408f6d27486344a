import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import duplicates
from ingest.duplicates import Digest, Digests, FirstRows
from ingest.errors import Code, ManifestError


def _colliding(reference: str) -> int:
    return len(reference) - 2


def _earlier(rows: list[tuple[str, bool]], digest: Digest) -> list[int]:
    """For each reference, of a row that is good or not, the earlier row that holds it, or 0, by both passes."""
    digests = Digests(digest)
    assert [digests.earlier(reference) for reference, _ in rows] == [0] * len(rows)
    first_rows = FirstRows(digests.repeated(), digest)
    found: list[int] = []
    for row, (reference, is_good) in enumerate(rows, 1):
        found.append(first_rows.earlier(reference))
        if is_good and not found[-1]:
            first_rows.hold(reference, row)
    assert first_rows.repeated() == frozenset()
    return found


@given(st.lists(st.tuples(st.text("abc", max_size=4), st.booleans()), max_size=60), st.sampled_from([hash, _colliding]))
def test_the_first_good_row_stands_and_later_ones_name_it_however_digests_collide(
    rows: list[tuple[str, bool]], digest: Digest
) -> None:
    assert _earlier(rows, digest) == [
        next((row for row, one in enumerate(rows[:before], 1) if one == (reference, True)), 0)
        for before, (reference, _) in enumerate(rows)
    ]


def test_distinct_references_leave_nothing_to_settle() -> None:
    digests = Digests()
    for row in range(10_000):
        digests.earlier(f"F-{row}")
    assert digests.repeated() == frozenset()


def test_eight_bytes_a_row() -> None:
    digests = Digests()
    for row in range(100_000):
        digests.earlier(f"F-{row}")
    # Arrays grow ahead of need by an eighth.
    assert sum(shelf.buffer_info()[1] * shelf.itemsize for shelf in digests._shelves) == 800_000
    assert sum(shelf.__sizeof__() for shelf in digests._shelves) < 1_000_000


def test_one_reference_on_every_row_is_remembered_once() -> None:
    found = _earlier([("same", True)] * 1_000, hash)
    assert found == [0, *[1] * 999]


def test_a_manifest_pasted_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_REPEATED", 100)
    digests = Digests()
    for row in range(2_000):
        digests.earlier(f"F-{row % 1_000}")
    with pytest.raises(ManifestError) as raised:
        digests.repeated()
    assert raised.value.problem.code is Code.TOO_MANY_DUPLICATES
