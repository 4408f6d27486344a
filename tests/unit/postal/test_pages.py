from hypothesis import given
from hypothesis import strategies as st

from postal import pages


@given(st.integers(1, 1_000_000))
def test_every_row_is_on_exactly_one_page(rows: int) -> None:
    last = pages.page_count(rows) - 1

    assert pages.rows_of(last, rows)[-1] == rows
    assert pages.rows_of(0, rows)[0] == 1
    assert pages.page_of(rows) == last
    assert rows in pages.rows_of(pages.page_of(rows), rows)


@given(st.integers(1, 3_000))
def test_the_sets_of_pages_add_up(count: int) -> None:
    sets = -(-count // pages.PAGES_PER_SET)

    assert sum(pages.set_size(number, count) for number in range(sets)) == count
