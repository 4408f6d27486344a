"""`brevdue template`, through the real command line, and its sheets through check-in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner, Result

from brevdue.cli import app
from brevdue.desk import offline
from brevdue.desk.columns import Language
from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from ingest.checks import check, ground_of
from ingest.columns import COLUMNS, UnknownColumns, canonical
from ingest.intake import raw_rows
from postal import cells, rules
from postal.letters import Letter
from postal.senders import Regime, Sender

NOW: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)

every_sender = pytest.mark.parametrize(
    "sender", [MUNICIPALITY, INSURER, DANISH_MUNICIPALITY], ids=lambda sender: sender.regime.value
)
every_language = pytest.mark.parametrize("language", get_args(Language))

#: Runs `brevdue template`.
Template = Callable[..., Result]


@pytest.fixture
def template() -> Template:
    return lambda *arguments: CliRunner().invoke(app, ["template", *map(str, arguments)])


def _letters(manifest: bytes, sender: Sender) -> list[Letter]:
    """The letters that check-in makes of a manifest, in which nothing is wrong."""
    unknown = UnknownColumns()
    rows = [check(raw, ground_of(sender)) for raw in raw_rows("manifest.csv", [manifest], unknown)]
    assert [row.problems for row in rows] == [()] * len(rows)
    assert unknown.pairs() == ()
    return [row.letter for row in rows if row.letter is not None]


def _saved_as_csv(sheet: Worksheet) -> bytes:
    rows = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    return cells.BYTE_ORDER_MARK + cells.encode(rows)


@every_sender
@every_language
def test_the_examples_of_both_files_are_letters(
    template: Template, tmp_path: Path, sender: Sender, language: Language
) -> None:
    sheet, text = tmp_path / "letters.xlsx", tmp_path / "letters.csv"
    for file in (sheet, text):
        assert template(file, "--regime", sender.regime.value, "--language", language).exit_code == 0

    letters = _letters(text.read_bytes(), sender)

    assert _letters(_saved_as_csv(load_workbook(sheet).worksheets[0]), sender) == letters
    assert [(letter.reference[:-2], letter.address is None) for letter in letters] == [
        ("example" if language == "en" else "eksempel", False),
        ("example" if language == "en" else "eksempel", True),
    ]
    if sender.regime is Regime.DK_PRIVATE:
        assert all(rules.consent_is_evidenced(letter, sender, NOW) for letter in letters)


@every_sender
@every_language
def test_a_sheet_keeps_leading_zeros_and_offers_words(
    template: Template, tmp_path: Path, sender: Sender, language: Language
) -> None:
    file = tmp_path / "letters.xlsx"
    template(file, "--regime", sender.regime.value, "--language", language)

    sheet = load_workbook(file).worksheets[0]
    names = [canonical(str(cell.value)) for cell in sheet[1]]
    assert names == [name for name in COLUMNS if sender.regime is Regime.DK_PRIVATE or "consent" not in name]
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    for place in range(1, len(names) + 1):
        assert sheet.column_dimensions[get_column_letter(place)].number_format == "@"
    assert str(sheet.cell(2, names.index("recipient") + 1).value).startswith("0")
    offered = {
        names[span.min_col - 1]: (span.min_row, span.max_row)
        for one in sheet.data_validations.dataValidation
        for span in one.sqref.ranges
    }
    assert offered == dict.fromkeys(("delivery", "colour", "duplex", "language"), (2, 1_000_001))


def test_a_csv_opens_with_the_right_letters(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"

    result = template(file, "--regime", "no_public")

    assert "Spreadsheets drop leading zeros" in result.stdout
    header, *rows, end = file.read_bytes().split(b"\r\n")
    assert header.startswith(b"\xef\xbb\xbfReferanse;Mottaker;Tittel;Dokument;Levering;")
    assert [row.decode().split(";")[2] for row in rows] == ["Årsoppgave for 2026", "Nye satser fra 1. januar 2027"]
    assert end == b""


@pytest.mark.parametrize(
    ("regime", "heading"), [("no_public", "Mottaker"), ("dk_private", "Modtager"), ("dk_public", "Modtager")]
)
def test_a_sheet_speaks_the_language_of_its_country(
    template: Template, tmp_path: Path, regime: str, heading: str
) -> None:
    result = template(tmp_path / "letters.csv", "--regime", regime, "--json")

    assert json.loads(result.stdout)["columns"][1]["heading"] == heading


def test_the_screen_says_what_was_written_and_explains_it(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "letters.xlsx"

    result = template(file, "--regime", "dk_private", "--language", "en")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{file}: 19 columns, and two example letters to be replaced\n")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["Column", "Needed", "Meaning", "Example"] in lines
    assert ["Title", "always"] in [line[:2] for line in lines]
    assert "for consent: in every row with a recipient\n" in result.stdout


def test_json_is_one_object_and_nothing_else(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "LETTERS.CSV"

    result = template(file, "--regime", "dk_public", "--language", "da", "--json")

    told = json.loads(result.stdout)
    assert told["file"] == str(file)
    assert [column["column"] for column in told["columns"]] == [name for name in COLUMNS if "consent" not in name]
    assert told["columns"][0] == {
        "column": "reference",
        "heading": "Reference",
        "needed": "always",
        "meaning": "Jeres eget id for brevet, som kvitteringer og ordrer nævner. Skriv ingen personoplysninger i det.",
        "written_as": "Højst 100 tegn, kun brugt én gang i batchen; begynder ikke med =, +, - eller @.",
        "example": "eksempel-1",
    }


@pytest.mark.parametrize("name", ["letters.xlsx", "letters.csv"])
def test_a_file_that_is_there_is_written_over_only_by_force(template: Template, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("precious")

    result = template(file, "--regime", "no_public")

    assert result.exit_code == 2
    assert "is there already: --force writes over it" in _flat(result.stderr)
    assert file.read_text() == "precious"
    assert template(file, "--regime", "no_public", "--force").exit_code == 0
    assert b"precious" not in file.read_bytes()


def test_an_unknown_suffix_says_which_are_known(template: Template, tmp_path: Path) -> None:
    result = template(tmp_path / "letters.ods", "--regime", "no_public")

    assert result.exit_code == 2
    assert "letters.ods is none of *.xlsx, *.csv" in _flat(result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(template: Template, tmp_path: Path) -> None:
    result = template(tmp_path / "nowhere" / "letters.csv", "--regime", "no_public")

    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in _flat(result.stderr)


def test_every_regime_and_language_can_be_asked_for() -> None:
    assert set(get_args(offline._Regime)) == {regime.value for regime in Regime}
    assert set(get_args(offline._Language)) == set(get_args(Language))


def _flat(text: str) -> str:
    """What stands in a box on the screen, in one line."""
    return " ".join(text.replace("│", " ").split())
