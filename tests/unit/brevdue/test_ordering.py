"""References are read from what senders have at hand."""

from pathlib import Path

import pytest

from brevdue.desk.ordering import UsageError, lines, order_of, references_in
from postal.orders import Order
from tests.support.office import START


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "references"


@pytest.mark.parametrize(
    "data",
    [
        "A-1\nA-2\nsum-3\n",
        "\ufeffA-1\r\n\r\n  A-2  \r\nsum-3",
        "reference\nA-1\nA-2\nsum-3",
        "Referanse;Status\r\nA-1;held\r\nA-2;held\r\nsum-3;held\r\n",
        'row,reference\n1,"A-1"\n2,A-2\n3,sum-3\n',
        "\ufeffreference;row;since;days;code;text;until\r\nA-1;1;;0;X;x;2026-12-18\r\nA-2;2;;0;X;x;\r\nsum-3;3;;0;X;x;\r\n",
    ],
)
def test_references_are_found_in_lists_and_tables(file: Path, data: str) -> None:
    file.write_text(data, encoding="utf-8", newline="")

    assert references_in(file) == ["A-1", "A-2", "sum-3"]


def test_what_was_escaped_for_spreadsheets_is_as_it_was(file: Path) -> None:
    file.write_text("'=1+1\n'-2\n'quoted\n")
    assert references_in(file) == ["=1+1", "-2", "'quoted"]

    file.write_text("reference;x\n'=1+1;\n'quoted;\n")
    assert references_in(file) == ["=1+1", "'quoted"]


def test_windows_1252_is_read(file: Path) -> None:
    file.write_bytes("Sørby-1\nSørby-2\n".encode("cp1252"))

    assert references_in(file) == ["Sørby-1", "Sørby-2"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"reference\n", "there are no references in"),
        (b"name;status\nx;y\n", "reference"),
        (b"name,status\nx,y\n", "reference"),
        (b"order;reference;until\nprint;A-1;\n", "is an order file"),
        (b"reference;row\nA-1\n", "line 2: "),
        (b"PK\x03\x04", "Save the sheet"),
    ],
)
def test_what_holds_none_says_why(file: Path, data: bytes, says: str) -> None:
    file.write_bytes(data)

    with pytest.raises(UsageError) as caught:
        references_in(file)

    assert str(file) in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("word", "order"), [("recall", Order.RECALL), ("Forlæng", Order.EXTEND), ("send-tilbake", Order.RETURN)]
)
def test_orders_are_understood_in_three_languages(word: str, order: Order) -> None:
    assert order_of(word) is order


def test_each_letter_is_ordered_once_and_the_batch_without_a_reference() -> None:
    made = lines(Order.PRINT, ["b", "a", "b"], "", START, is_all=False)
    assert [(line.order, line.reference) for line in made] == [(Order.PRINT, "b"), (Order.PRINT, "a")]

    for order in (Order.APPROVE, Order.CANCEL, Order.RECALL):
        (line,) = lines(order, [], "", START, is_all=True)
        assert (line.order, line.reference, line.until) == (order, "", "")
