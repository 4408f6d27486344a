"""Mistakes that people make with spreadsheets and folders: each is told by row and column, with what to do.

Every batch has one more good row, which no mistake costs.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from openpyxl import Workbook
from typer.testing import CliRunner

from brevdue.cli import app
from tests.support import pdfs
from tests.support.people import DANES, NORWEGIANS

PDF = pdfs.document(pdfs.A4)
CPR = "0101575000"
FNR = NORWEGIANS[0].removeprefix("no-fnr:")

SENDERS = {
    "no": "{id: nordvik, name: Nordvik kommune, regime: no_public, languages: [en]}",
    "dk": (
        "{id: havblik, name: Havblik, regime: dk_private, languages: [en], terms: [{id: vilkaar-2026, "
        f"document_sha256: {'a' * 64}, valid_from: '2026-01-01T00:00:00Z'}}]}}"
    ),
}
ROWS = {
    "no": {
        "Referanse": "F-1001",
        "Mottaker": FNR,
        "Tittel": "Vedtak",
        "Dokument": "1.pdf",
        "Navn": "Kari Eksempel",
        "Adresse": "Storgata 1",
        "Postnummer": "0150",
        "Poststed": "Nordvik",
    },
    "dk": {
        "Reference": "P-1001",
        "Modtager": CPR,
        "Titel": "Police",
        "Dokument": "1.pdf",
        "Samtykke": "vilkaar-2026",
        "Samtykkedato": "2026-02-01",
        "Navn": "Karen Eksempel",
        "Adresse": "Havnevej 1",
        "Postnummer": "0301",
        "By": "Havneby",
    },
}
GOOD = {"no": {**ROWS["no"], "Referanse": "F-1"}, "dk": {**ROWS["dk"], "Reference": "P-1", "Modtager": DANES[1]}}

Folder = Callable[[Path], None]
#: Code, row and column of an error.
Told = tuple[str, int, str]


def _csv(rows: Sequence[Mapping[str, str]], delimiter: str = ";", encoding: str = "utf-8-sig") -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _manifest(data: bytes, **documents: bytes) -> Folder:
    def write(folder: Path) -> None:
        (folder / "manifest.csv").write_bytes(data)
        (folder / "documents").mkdir()
        for file, content in {"1.pdf": PDF, **documents}.items():
            (folder / "documents" / file).write_bytes(content)

    return write


def _row(country: str, **changes: str) -> Folder:
    return _manifest(_csv([GOOD[country], {**ROWS[country], **changes}]))


def _lines(*lines: str) -> Folder:
    """The good row, then lines as they are."""
    return _manifest(_csv([GOOD["no"]]) + "".join(f"{line}\r\n" for line in lines).encode())


def _pdf(content: bytes) -> Folder:
    return _manifest(_csv([GOOD["no"], {**ROWS["no"], "Dokument": "2.pdf"}]), **{"2.pdf": content})


def _document(path: str) -> Folder:
    return _row("no", Dokument=path)


def _sheet(*cells: object) -> Folder:
    """A workbook with the good row, and a row of which the first cells are as given."""

    def write(folder: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(list(GOOD["dk"]))
        sheet.append(list(GOOD["dk"].values()))
        sheet.append([*cells, *list(ROWS["dk"].values())[len(cells) :]])
        book.save(folder / "breve.xlsx")
        (folder / "1.pdf").write_bytes(PDF)

    return write


def _encrypted() -> bytes:
    made = FPDF(format="A4")
    made.add_page()
    made.set_encryption("owner")
    return bytes(made.output())


ROW = ";".join(ROWS["no"].values())

MISTAKES: dict[str, tuple[str, Folder, Told]] = {
    # The file
    "tabs for delimiters": ("no", _manifest(_csv([GOOD["no"]], "\t")), ("COLUMN_MISSING", 0, "reference")),
    "UTF-16": ("no", _manifest(_csv([GOOD["no"]], encoding="utf-16")), ("MANIFEST_UTF16", 0, "")),
    "a workbook named csv": ("no", _manifest(b"PK\x03\x04..."), ("MANIFEST_SPREADSHEET", 0, "")),
    "a PDF named csv": ("no", _manifest(PDF), ("MANIFEST_BINARY", 0, "")),
    "an empty file": ("no", _manifest(b""), ("MANIFEST_EMPTY", 0, "")),
    "a header alone": ("no", _manifest(_csv([GOOD["no"]]).splitlines()[0]), ("MANIFEST_WITHOUT_ROWS", 0, "")),
    "no header": ("no", _manifest(f"{ROW}\r\n{ROW}\r\n".encode()), ("COLUMN_MISSING", 0, "reference")),
    "a column left out": (
        "no",
        _manifest(_csv([{name: value for name, value in GOOD["no"].items() if name != "Dokument"}])),
        ("COLUMN_MISSING", 0, "document"),
    ),
    "two columns of one meaning": ("no", _row("no", Emne="Vedtak"), ("COLUMN_TWICE", 0, "title")),
    "JSON named csv": ("no", _manifest(b'{"reference": "1"}'), ("MANIFEST_NOT_CSV", 0, "")),
    "two encodings": (
        "no",
        _manifest(_csv([{**GOOD["no"], "Navn": "Åse"}]) + ROW.replace("Kari", "Åse").encode("cp1252")),
        ("ENCODING_MIXED", 2, ""),
    ),
    # The row
    "Alt+Enter in a cell": ("no", _row("no", Adresse="Storgata 1\nInngang B"), ("LINE_BREAK_IN_FIELD", 2, "")),
    "a quote that is not closed": ("no", _lines(ROW.replace("Vedtak", '"Vedtak')), ("QUOTE_UNBALANCED", 2, "")),
    "the delimiter in a field": ("no", _lines(ROW.replace("Vedtak", "Vedtak; nytt")), ("FIELD_COUNT", 2, "")),
    "an empty row in the middle": ("no", _lines(";;;;;;;", ROW), ("EMPTY_ROW", 2, "")),
    "empty rows at the end": ("no", _lines(ROW, ";;;;;;;"), ("EMPTY_ROW", 3, "")),
    "a total at the bottom": ("no", _lines(ROW, "Totalt;2;;;;;;"), ("TOTAL_LINE", 3, "")),
    "the same reference twice": ("no", _row("no", Referanse="F-1"), ("DUPLICATE_REFERENCE", 2, "reference")),
    "a formula for a reference": ("no", _row("no", Referanse="=A1&B1"), ("REFERENCE_IS_FORMULA", 2, "reference")),
    "a reference that is too long": ("no", _row("no", Referanse="F" * 101), ("VALUE_TOO_LONG", 2, "reference")),
    "a tab in a field": ("no", _row("no", Navn="Kari\tEksempel"), ("CONTROL_CHARACTER", 2, "name")),
    "a failed look-up": ("no", _row("no", Adresse="#I/T"), ("SPREADSHEET_ERROR", 2, "address_1")),
    # The recipient
    "columns swapped": ("no", _row("no", Mottaker="Vedtak", Tittel=FNR), ("COLUMNS_SWAPPED", 2, "title")),
    "a lost leading zero": ("dk", _row("dk", Modtager=CPR[1:]), ("LEADING_ZERO_LOST", 2, "recipient")),
    "a lost leading zero in a workbook": ("dk", _sheet("P-2", int(CPR)), ("LEADING_ZERO_LOST", 2, "recipient")),
    "scientific notation": ("no", _row("no", Mottaker="1,81701E+10"), ("SCIENTIFIC_NOTATION", 2, "recipient")),
    "a number too large for a workbook": ("dk", _sheet("P-2", 1.0e20), ("SCIENTIFIC_NOTATION", 2, "recipient")),
    "a digit mistyped": (
        "no",
        _row("no", Mottaker=f"{FNR[:-1]}{9 - int(FNR[-1])}"),
        ("RECIPIENT_CHECK_DIGITS", 2, "recipient"),
    ),
    "no birth date": ("dk", _row("dk", Modtager="9901575000"), ("RECIPIENT_BIRTH_DATE", 2, "recipient")),
    "a digit left out": ("no", _row("no", Mottaker=FNR[:8]), ("RECIPIENT_LENGTH", 2, "recipient")),
    "a name for a number": ("no", _row("no", Mottaker="Kari"), ("RECIPIENT_UNREADABLE", 2, "recipient")),
    "an unknown scheme": ("no", _row("no", Mottaker=f"fnr:{FNR}"), ("RECIPIENT_SCHEME_UNKNOWN", 2, "recipient")),
    # The other columns
    "no title": ("no", _row("no", Tittel=""), ("VALUE_MISSING", 2, "title")),
    "a number in the title": ("no", _row("no", Tittel=f"Vedtak {FNR}"), ("TITLE_HAS_IDENTIFIER", 2, "title")),
    "markup in the title": ("no", _row("no", Tittel="<b>Vedtak</b>"), ("TITLE_NOT_PLAIN", 2, "title")),
    "a spreadsheet's date": ("no", _row("no", Svarfrist="31.12.2026"), ("SPREADSHEET_DATE", 2, "respond_by")),
    "a date as a number": ("no", _row("no", Svarfrist="46387"), ("SPREADSHEET_DATE", 2, "respond_by")),
    "a time without a zone": (
        "no",
        _row("no", Svarfrist="2026-12-31T09:00"),
        ("TIME_WITHOUT_ZONE", 2, "respond_by"),
    ),
    "an unknown word": ("no", _row("no", Levering="brevpost"), ("CHOICE_UNKNOWN", 2, "delivery")),
    "an address cut short": ("no", _row("no", Poststed=""), ("ADDRESS_INCOMPLETE", 2, "city")),
    "a postal code without its zero": ("no", _row("no", Postnummer="150"), ("POSTAL_CODE_INVALID", 2, "postal_code")),
    "an unknown country": ("no", _row("no", Land="Nordpolen"), ("COUNTRY_UNKNOWN", 2, "country")),
    "no consent": ("dk", _row("dk", Samtykke=""), ("VALUE_MISSING", 2, "consent")),
    "unknown terms": ("dk", _row("dk", Samtykke="vilkaar-2025"), ("CONSENT_TERMS_UNKNOWN", 2, "consent")),
    "consent before the terms": (
        "dk",
        _row("dk", Samtykkedato="2025-12-31"),
        ("CONSENT_OUT_OF_TIME", 2, "consent_at"),
    ),
    # The documents
    "a document that is not there": ("no", _document("2.pdf"), ("DOCUMENT_MISSING", 2, "document")),
    "a document in other letters": ("no", _document("1.PDF"), ("DOCUMENT_MISSING", 2, "document")),
    "two dots in a path": ("no", _document("../1.pdf"), ("DOCUMENT_PATH_UPWARDS", 2, "document")),
    "a path on somebody's disk": ("no", _document("C:/brev/1.pdf"), ("DOCUMENT_PATH_ABSOLUTE", 2, "document")),
    "a path with backslashes": ("no", _document("brev\\1.pdf"), ("DOCUMENT_PATH_BACKSLASH", 2, "document")),
    "a name that is too long": ("no", _document(f"{'a' * 97}.pdf"), ("DOCUMENT_NAME_TOO_LONG", 2, "document")),
    "a Word document": ("no", _document("1.docx"), ("DOCUMENT_NOT_PDF", 2, "document")),
    "a stray separator": ("no", _document("1.pdf|"), ("DOCUMENT_PATH_EMPTY_PART", 2, "document")),
    "an empty PDF": ("no", _pdf(b""), ("DOCUMENT_EMPTY", 2, "document")),
    "a PDF of more than 10 MB": ("no", _pdf(PDF + b" " * 10_000_000), ("DOCUMENT_TOO_LARGE", 2, "document")),
    "a Word document named pdf": ("no", _pdf(b"PK\x03\x04..."), ("NOT_A_PDF", 2, "document")),
    "a PDF that breaks off": ("no", _pdf(PDF[: len(PDF) // 2]), ("DAMAGED", 2, "document")),
    "a PDF with a password": ("no", _pdf(_encrypted()), ("ENCRYPTED", 2, "document")),
    "a PDF in landscape": ("no", _pdf(pdfs.document(b"/MediaBox [0 0 842 595]")), ("NOT_A4", 2, "document")),
    "a PDF too thick for an envelope": ("no", _pdf(pdfs.document(*[pdfs.A4] * 161)), ("TOO_MANY_PAGES", 2, "document")),
}


def _check(folder: Path, country: str) -> tuple[int, dict[str, Any]]:
    sender = folder.with_name("sender.yaml")
    sender.write_text(SENDERS[country], encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(folder), "--sender", str(sender), "--json"])
    assert result.exit_code in {0, 1}, result.output
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_by_row_and_column_with_what_to_do(tmp_path: Path, mistake: str) -> None:
    country, write, told = MISTAKES[mistake]
    folder = tmp_path / "batch"
    folder.mkdir()
    write(folder)

    exit_code, report = _check(folder, country)

    assert exit_code == 1
    assert [(error["code"], error["row"], error["column"]) for error in report["errors"]] == [told]
    (error,) = report["errors"]
    # The header is in line 1; and the row after a field with a line break in it is not moved.
    assert error["line"] == (error["row"] + 1 if error["row"] else error["line"])
    assert error["message"].endswith((".", ")."))
    assert error["remedy"].endswith(".")
    assert "{" not in error["message"] + error["remedy"]
    if error["row"]:
        assert (folder / "to_correct.csv").read_bytes().count(b"\r\n") == 2
    for number in (CPR, FNR):
        assert number not in error["message"] + error["remedy"]


def test_names_with_spaces_and_nordic_letters_are_no_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "Årets brev"
    folder.mkdir()
    row = {**ROWS["no"], "Dokument": "Ærlig talt/Brev på nynorsk nr. 1.pdf", "Mottaker": f" {FNR[:6]} {FNR[6:]} "}
    _manifest(_csv([GOOD["no"], row], encoding="cp1252"))(folder)
    (folder / "documents" / "Ærlig talt").mkdir()
    (folder / "documents" / "Ærlig talt" / "Brev på nynorsk nr. 1.pdf").write_bytes(PDF)

    exit_code, report = _check(folder, "no")

    assert (exit_code, report["rows"], report["errors"], report["first_unused"]) == (0, 2, [], [])


def test_blank_lines_at_the_end_are_no_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    folder.mkdir()
    _lines(ROW, "", "")(folder)

    exit_code, report = _check(folder, "no")

    assert (exit_code, report["rows"], report["errors"]) == (0, 2, [])


def test_a_row_is_told_of_everything_that_is_wrong_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    folder.mkdir()
    _row("no", Mottaker="Kari", Tittel="", Dokument="../1.pdf", Postnummer="150")(folder)

    codes = [error["code"] for error in _check(folder, "no")[1]["errors"]]

    assert sorted(codes) == ["DOCUMENT_PATH_UPWARDS", "POSTAL_CODE_INVALID", "RECIPIENT_UNREADABLE", "VALUE_MISSING"]
