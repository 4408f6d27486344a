from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from brevdue.desk.sheets import Lines, SheetError, from_csv, to_csv
from ingest.columns import UnknownColumns
from ingest.intake import raw_rows
from postal import cells

HEADER = ("Reference", "Modtager", "Titel", "Dokument")


def _sheet(tmp_path: Path, *rows: Sequence[object], formats: dict[str, str] | None = None) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
        # What begins with = is text here, as after an apostrophe.
        cell.data_type = "s"
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    path = tmp_path / "breve.xlsx"
    book.save(path)
    return path


def _csv(path: Path) -> tuple[list[str], Lines]:
    target = BytesIO()
    lines = to_csv(path, target)
    return target.getvalue().decode("utf-8-sig").split("\r\n")[:-1], lines


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        ("0707060599", "@", "0707060599"),
        (707060599, "0000000000", "0707060599"),
        (707060599, "General", "707060599"),
        (707060599.0, "General", "707060599"),
        (12.5, "General", "12.5"),
        (1.25e20, "General", "1.25E+20"),
        (date(2026, 12, 31), "dd-mm-yy", "2026-12-31"),
        (datetime(2026, 12, 31), "yyyy-mm-dd", "2026-12-31"),  # noqa: DTZ001 - a sheet knows no zones
        (datetime(2026, 12, 31, 9, 30), "d/m/yyyy h:mm", "2026-12-31T09:30:00"),  # noqa: DTZ001 - as above
        (True, "General", "yes"),
        ("Æble; ”øl” å", "General", '"Æble; ”øl” å"'),
        ("+1+1", "@", "'+1+1"),
    ],
)
def test_cells_are_written_as_they_are_read(tmp_path: Path, value: object, number_format: str, expected: str) -> None:
    path = _sheet(tmp_path, HEADER, ("ref-1", value), formats={"B2": number_format})

    assert _csv(path)[0] == [";".join(HEADER), f"ref-1;{expected};;"]


def test_lines_lead_back_to_the_rows_of_the_sheet(tmp_path: Path) -> None:
    path = _sheet(tmp_path, (), HEADER, ("a", "x", "t", "Vej 1\nst. tv.\nOpg. B"), (), ("b", "y", "t", "1.pdf"), (), ())
    lines, found = _csv(path)

    assert lines[:2] == ["", ";".join(HEADER)]
    assert lines[-1] == "b;y;t;1.pdf"
    physical = "\r\n".join(lines).replace("\r\n", "\n").split("\n")
    assert found.row_of(physical.index("b;y;t;1.pdf") + 1) == 5
    assert found.row_of(3) == 3


def test_the_sheet_with_the_letters_is_taken(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["Forklaring"])
    hidden = book.create_sheet("Gammel")
    hidden.append([*HEADER, "Navn"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Breve").append(list(HEADER))
    book.save(tmp_path / "book.xlsx")

    assert _csv(tmp_path / "book.xlsx")[0] == [";".join(HEADER)]


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 locked"])
def test_what_is_no_workbook_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "breve.xlsx").write_bytes(data)
    with pytest.raises(SheetError, match=r"breve.xlsx cannot be read as an .xlsx file: open it .* without a password"):
        _csv(tmp_path / "breve.xlsx")


def test_a_workbook_made_of_csv_keeps_zeros_and_has_no_formulas(tmp_path: Path) -> None:
    rows = [("reference", "postal_code"), ("=1+1", "0150"), ("-A", "2026-12-31"), ('Æ;"ø"', "")]
    (tmp_path / "a.csv").write_bytes(cells.BYTE_ORDER_MARK + cells.encode(rows))

    from_csv(tmp_path / "a.csv", tmp_path / "a.xlsx")

    read = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [tuple(cell.value or "" for cell in row) for row in read.iter_rows()] == rows
    assert {(cell.data_type, cell.number_format) for row in read.iter_rows() for cell in row if cell.value} == {
        ("s", "@")
    }


_CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=8))
def test_check_in_reads_what_stands_in_the_cells(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    header = ("reference", "recipient", "title", "document")
    path = _sheet(tmp_path_factory.mktemp("sheet"), header, *((f"r{n}", *row) for n, row in enumerate(rows)))
    target = BytesIO()
    to_csv(path, target)

    read = list(raw_rows("manifest.csv", [target.getvalue()], UnknownColumns()))

    assert [[row.values.get(column, "") for column in header[1:]] for row in read] == [
        [cell.strip(" \u00a0") for cell in row] for row in rows
    ]
