from postal.corrections import cells_of, columns_of
from tests.unit.receipts.samples import refused


def test_columns_come_in_the_order_in_which_they_first_appear() -> None:
    rows = [refused(1, {"ref": "1", "fil": "a"}), refused(2, {"titel": "x", "ref": "2"})]
    assert columns_of(rows) == ["ref", "fil", "titel"]


def test_columns_of_answers_are_not_repeated_when_a_corrected_file_comes_back() -> None:
    assert columns_of([refused(1, {"ref": "1", "Error": "old", "remedy ": "old"})]) == ["ref"]


def test_columns_are_limited() -> None:
    assert len(columns_of(refused(n, {f"{n}-{m}": "" for m in range(150)}) for n in range(10))) == 200


def test_a_row_comes_back_as_it_was_written_with_each_remedy_once() -> None:
    row = refused(3, {"ref": "3", "fil": "a.pdf"})
    assert cells_of(row, ["titel", "fil", "ref"]) == [
        "",
        "a.pdf",
        "3",
        "Dokumentet »a.pdf« mangler. Titlen er tom.",
        "Upload det under documents/. Skriv en titel.",
    ]
