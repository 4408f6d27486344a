from hypothesis import given
from hypothesis import strategies as st

from receipts.files import cells_to_correct, columns_of
from receipts.lists import changed
from tests.unit.receipts.samples import refused


def test_all_lines_are_changes_where_there_was_no_list() -> None:
    assert changed([b"a", b"b"], []) == [0, 1]


@given(st.lists(st.tuples(st.binary(max_size=2), st.binary(max_size=2))))
def test_changes_are_the_lines_that_differ(pairs: list[tuple[bytes, bytes]]) -> None:
    new, old = [new for new, _ in pairs], [old for _, old in pairs]
    found = changed(new, old)
    assert found == sorted(set(found))
    assert all((new[n] != old[n]) == (n in found) for n in range(len(pairs)))


def test_columns_come_in_the_order_in_which_they_first_appear() -> None:
    rows = [refused(1, {"ref": "1", "fil": "a"}), refused(2, {"titel": "x", "ref": "2"})]
    assert columns_of(rows) == ["ref", "fil", "titel"]


def test_columns_of_answers_are_not_repeated_when_a_corrected_file_comes_back() -> None:
    assert columns_of([refused(1, {"ref": "1", "Error": "old", "remedy ": "old"})]) == ["ref"]


def test_columns_are_limited() -> None:
    assert len(columns_of(refused(n, {f"{n}-{m}": "" for m in range(150)}) for n in range(10))) == 200


def test_a_row_comes_back_as_it_was_written_with_each_remedy_once() -> None:
    row = refused(3, {"ref": "3", "fil": "a.pdf"})
    assert cells_to_correct(row, ["titel", "fil", "ref"]) == [
        "",
        "a.pdf",
        "3",
        "Dokumentet »a.pdf« mangler. Titlen er tom.",
        "Upload det under documents/. Skriv en titel.",
    ]
