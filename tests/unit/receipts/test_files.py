from hypothesis import given
from hypothesis import strategies as st

from receipts.lists import changed


def test_all_lines_are_changes_where_there_was_no_list() -> None:
    assert changed([b"a", b"b"], []) == [0, 1]


@given(st.lists(st.tuples(st.binary(max_size=2), st.binary(max_size=2))))
def test_changes_are_the_lines_that_differ(pairs: list[tuple[bytes, bytes]]) -> None:
    new, old = [new for new, _ in pairs], [old for _, old in pairs]
    found = changed(new, old)
    assert found == sorted(set(found))
    assert all((new[n] != old[n]) == (n in found) for n in range(len(pairs)))
