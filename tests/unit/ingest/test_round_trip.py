"""Rows that were refused come back in `to_correct.csv`; corrected, they are a manifest again."""

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.columns import UnknownColumns
from ingest.documents import Documents
from ingest.duplicates import Digests
from ingest.intake import Intake, raw_rows
from postal import cells, corrections, rows
from postal.letters import Letter, RefusedRow
from postal.senders import Sender
from tests.unit.ingest.manifest_texts import HAVBLIK, NORDBY, csv_text, good, jsonl_text, pieces
from tests.unit.ingest.test_intake import PREFIX, EveryDocument

Correct = Callable[[dict[str, str]], Mapping[str, str]]


def _take(
    data: bytes, name: str = "manifest.csv", sender: Sender = NORDBY
) -> tuple[list[rows.Row], tuple[tuple[str, str], ...]]:
    """The rows of a manifest, and its unknown columns."""
    intake = Intake(sender, Documents(EveryDocument(), PREFIX), waits=False)
    written: list[bytes] = []
    unknown = UnknownColumns()
    intake.run(raw_rows(name, pieces(data), unknown), Digests(), written.append)
    return rows.decode_page(b"".join(written)), unknown.pairs()


def _to_correct(refused: Sequence[RefusedRow]) -> bytes:
    """`to_correct.csv` as receipts makes it."""
    return cells.BYTE_ORDER_MARK + b"".join(corrections.lines(lambda: refused))


def _corrected(file: bytes, correct: Correct) -> bytes:
    """The file as a program gives it back that reads CSV, changes some cells, and writes CSV."""
    reader = csv.DictReader(StringIO(file.decode("utf-8-sig"), newline=""), delimiter=";")
    text = StringIO(newline="")
    writer = csv.DictWriter(text, reader.fieldnames or (), delimiter=";")
    writer.writeheader()
    writer.writerows(correct(row) for row in reader)
    return text.getvalue().encode("utf-8-sig")


def _refused(data: bytes, name: str = "manifest.csv", sender: Sender = NORDBY) -> list[RefusedRow]:
    taken, _ = _take(data, name, sender)
    assert all(isinstance(row, RefusedRow) for row in taken)
    return [row for row in taken if isinstance(row, RefusedRow)]


def _untouched(row: dict[str, str]) -> Mapping[str, str]:
    return row


@pytest.mark.parametrize("sender", [NORDBY, HAVBLIK])
def test_corrected_rows_are_letters(sender: Sender) -> None:
    number = "0101575001" if sender is HAVBLIK else "02013299997"
    manifest = csv_text(
        [
            good(recipient=number, reference="A", title="- 10 % på alt", delivery="post"),
            good(recipient=number, reference="B", title="'- 10 % i citat", document=""),
            good(recipient=number, reference="=C", title="Brev", address_2="@ Åse; 'vest'"),
        ]
    ).replace("@ Åse; 'vest'", "\"@ Åse; 'vest'\"")
    file = _to_correct(_refused(manifest.encode("cp1252"), sender=sender))

    letters, unknown = _take(
        _corrected(file, lambda row: {**row, "reference": row["reference"][-1], "delivery": "", "document": "a.pdf"}),
        sender=sender,
    )

    assert unknown == ()
    assert [(row.reference, row.title) for row in letters if isinstance(row, Letter)] == [
        ("A", "- 10 % på alt"),
        # One apostrophe before a formula is what spreadsheets show as none.
        ("B", "- 10 % i citat"),
        ("C", "Brev"),
    ]
    assert isinstance(letters[2], Letter)
    assert letters[2].address is not None
    assert letters[2].address.lines == ("Storgata 1", "@ Åse; 'vest'")


def test_uncorrected_rows_come_back_the_same_for_ever() -> None:
    bad = [good(title="=1+1", postal_code="15"), good(reference="", title="'=1"), good(name="''+x", recipient="5")]
    first = _refused(csv_text(bad).encode())
    again = _refused(_corrected(_to_correct(first), _untouched))
    third = _refused(_corrected(_to_correct(again), _untouched))

    assert [row.errors for row in again] == [row.errors for row in first]
    assert _to_correct(third) == _to_correct(again) == _to_correct(first)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                column: st.text("=+-@'\uff1d;\",| aæ1", max_size=8)
                for column in ("title", "name", "address_2", "extra", "note")
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_cell_survives_the_round(written: list[dict[str, str]]) -> None:
    manifest = StringIO(newline="")
    header = ["reference", "recipient", "document", "title", "name", "address_2", "extra", "note"]
    writer = csv.DictWriter(manifest, header, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    # A reference that is a formula refuses each row.
    writer.writerows({"reference": "=1", "recipient": "1", "document": "a.pdf", **row} for row in written)
    first = _refused(manifest.getvalue().encode())
    again = _refused(_corrected(_to_correct(first), _untouched))

    own = ["extra", "note", "title", "name", "address_2"]
    for before, after in zip(first, again, strict=True):
        assert {name: after.cells[name] for name in own} == {name: before.cells[name] for name in own}


@pytest.mark.parametrize("names", [("error", "remedy"), ("Error", "REMEDY"), (" error ", "remedy")])
def test_the_columns_of_the_answer_are_passed_over(names: tuple[str, str]) -> None:
    row = {**good(), names[0]: "Titlen er tom.", names[1]: "Udfyld den.", "fejl": "x"}
    for data, name in [(csv_text([row]), "manifest.csv"), (jsonl_text([row]), "manifest.jsonl")]:
        taken, unknown = _take(data.encode(), name)
        assert [type(one) for one in taken] == [Letter]
        assert [column for column, _ in unknown] == ["fejl"]


@pytest.mark.parametrize(("left", "code"), [("I alt;2;;;;;;", "TOTAL_LINE"), (";;;;;;;", "EMPTY_ROW")])
def test_what_a_spreadsheet_left_behind_is_still_told_apart(left: str, code: str) -> None:
    taken, _ = _take(f"{csv_text([good()])}{left}\r\n{csv_text([good(reference='B')]).splitlines()[1]}\r\n".encode())
    refused = [row for row in taken if isinstance(row, RefusedRow)]
    again = _refused(_corrected(_to_correct(refused), _untouched))
    assert [[error.code for error in row.errors] for row in (*refused, *again)] == [[code], [code]]


def test_a_missing_column_is_not_taken_for_an_answer() -> None:
    data = b"reference;recipient;document;error;remedy;titre\nA;1;a.pdf;;;t\n"
    taken = raw_rows("manifest.csv", [data], UnknownColumns())
    with pytest.raises(Exception, match="COLUMN_MISSING") as raised:
        list(taken)
    assert raised.value.problem.facts == {"missing": "title (“titre”?)"}  # type: ignore[attr-defined]


def test_rows_of_json_come_back_as_csv_has_them() -> None:
    row = {**good(title=""), "document": ["a.pdf", "b.pdf"], "address_2": None, "duplex": False, "deliver_after": None}
    file = _to_correct(_refused(jsonl_text([row]).encode(), "manifest.jsonl"))

    ((letter,), _) = _take(_corrected(file, lambda row: {**row, "title": "Brev"}))

    assert isinstance(letter, Letter)
    assert [document.path for document in letter.documents] == ["a.pdf", "b.pdf"]
    assert (letter.duplex, letter.deliver_after) == (False, "")
    assert letter.address is not None
    assert letter.address.lines == ("Storgata 1",)
