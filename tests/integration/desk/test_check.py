"""`brevdue check`: what it says of a batch on disk before anything is sent."""

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from brevdue.cli import app
from brevdue.sample.sample import Sample
from brevdue.sample.senders import INSURER, MUNICIPALITY
from brevdue.sender_yaml import as_yaml
from postal.senders import Sender, Settings
from tests.support import pdfs
from tests.support.office import START

SAMPLE = Sample(60, 1, START)


@pytest.fixture(scope="module")
def municipality(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the municipality's batch, of 20 letters."""
    folder = tmp_path_factory.mktemp("sample")
    return {batch.sender.id: batch.write(folder) for batch in SAMPLE.batches}[MUNICIPALITY.id]


def _sender(folder: Path, sender: Sender) -> str:
    file = folder / f"{sender.id}.yaml"
    file.write_text(as_yaml(sender), encoding="utf-8")
    return str(file)


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *arguments])
    return result.exit_code, result.output


def _report(*arguments: str) -> tuple[int, dict[str, Any]]:
    exit_code, output = _run(*arguments, "--json")
    return exit_code, json.loads(output)


HEADER = "reference;recipient;title;document;name;address_1;postal_code;city;delivery"


def _batch(folder: Path, *lines: str, **documents: bytes) -> Path:
    folder.mkdir()
    (folder / "manifest.csv").write_text("\r\n".join((HEADER, *lines)), encoding="utf-8")
    for name, data in {"1.pdf": pdfs.document(pdfs.A4), **documents}.items():
        (folder / name).write_bytes(data)
    return folder


def _line(reference: str, document: str = "1.pdf", delivery: str = "", title: str = "Vedtak") -> str:
    return f"{reference};01817010055;{title};{document};Kari Eksempel;Storgata 1;0150;Nordvik;{delivery}"


def test_corrected_rows_are_a_batch_without_errors(municipality: Path, tmp_path: Path) -> None:
    sender = _sender(tmp_path, MUNICIPALITY)
    mistakes = SAMPLE.batches[0].faults().total()
    exit_code, report = _report(str(municipality), "--sender", sender)
    assert (exit_code, report["rows"], report["refused"]) == (1, 20, mistakes)

    text = (municipality / "to_correct.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert len(rows) == mistakes
    assert all(row["error"] and row["remedy"] for row in rows)
    corrected = tmp_path / "rettet"
    corrected.mkdir()
    book = load_workbook(municipality / "to_correct.xlsx")
    header, *cells = book.worksheets[0].iter_rows()
    for place, name in enumerate(header):
        for row in cells:
            row[place].value = {"Tittel": "Vedtak", "Mottaker": "01817010055"}.get(str(name.value), row[place].value)
    book.save(corrected / "to_correct.xlsx")
    (corrected / "documents").symlink_to(municipality / "documents")

    exit_code, report = _report(str(corrected), "--sender", sender)
    assert (exit_code, report["rows"], report["errors"], report["to_correct"]) == (0, mistakes, [], "")


def test_twenty_errors_are_shown_and_all_are_written(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b", *(_line(f"r{n}", title="" if n < 25 else "Vedtak") for n in range(30)))

    exit_code, output = _run(str(folder))

    assert exit_code == 1
    assert output.count("Fill it in.") == 20
    assert "25  VALUE_MISSING" in " ".join(output.split(" ")).replace("   ", "  ")
    assert "25 of 30 rows with errors." in output
    assert len((folder / "to_correct.csv").read_bytes().splitlines()) == 26
    assert len(_report(str(folder))[1]["errors"]) == 25


def test_a_file_that_somebody_is_correcting_is_left_alone(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b", _line("r1", title=""))
    assert _report(str(folder))[1]["to_correct"] == str(folder / "to_correct.csv")
    assert _report(str(folder))[1]["to_correct"] == str(folder / "to_correct.csv")
    (folder / "to_correct.csv").write_text("half corrected")

    assert _report(str(folder))[1]["to_correct"] == str(folder / "to_correct-2.csv")
    assert (folder / "to_correct.csv").read_text() == "half corrected"
    names = {file.stem for file in folder.glob("to_correct*")}
    assert names == {"to_correct", "to_correct-2"}


def test_a_reference_is_held_by_the_row_that_check_in_would_accept(tmp_path: Path) -> None:
    lines = [_line("r1", title=""), _line("r1", "2.pdf"), _line("r1")]
    folder = _batch(tmp_path / "b", *lines, **{"2.pdf": b"found to be damaged when it is printed"})

    _, report = _report(str(folder))

    told = [(error["row"], error["code"]) for error in report["errors"]]
    assert told == [(1, "VALUE_MISSING"), (2, "NOT_A_PDF"), (3, "DUPLICATE_REFERENCE")]
    assert "row 2" in report["errors"][2]["message"]


def test_what_is_not_used_is_a_warning(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b", _line("r1"), **{"2.pdf": b"", "Notat.pdf": b""})
    text = (folder / "manifest.csv").read_text().replace("delivery", "delivry")
    (folder / "manifest.csv").write_text(text)

    exit_code, output = _run(str(folder))

    assert exit_code == 0
    assert "the column “delivry” is not known and not used; did you mean delivery?" in output
    assert "no row names 2 PDFs: 2.pdf, Notat.pdf" in output
    assert "No errors." in output


def test_landscape_matters_only_where_paper_may_follow(tmp_path: Path) -> None:
    wide = pdfs.document(b"/MediaBox [0 0 842 595]")
    folder = _batch(tmp_path / "b", _line("r1", "w.pdf", "digital_only"), _line("r2", "w.pdf"), **{"w.pdf": wide})

    errors = _report(str(folder))[1]["errors"]

    assert [(error["row"], error["code"]) for error in errors] == [(2, "NOT_A4")]


def test_attachments_count_for_the_envelope(tmp_path: Path) -> None:
    thick = pdfs.document(*[pdfs.A4] * 90)
    folder = _batch(
        tmp_path / "b", _line("r1", "a.pdf|b.pdf"), _line("r2", "a.pdf"), **{"a.pdf": thick, "b.pdf": thick}
    )

    errors = _report(str(folder))[1]["errors"]

    assert [(error["row"], error["code"]) for error in errors] == [(1, "TOO_MANY_PAGES")]


@pytest.mark.parametrize(
    ("setting", "consequence", "says"),
    [
        ({}, "rows_refused", "the rows with errors come back"),
        ({"bad_rows": "refuse_batch"}, "batch_refused", "the whole batch is refused"),
        ({"bad_rows": "await_approval", "bad_rows_percent": 40}, "awaits_approval", "until you approve or cancel"),
        ({"bad_rows": "await_approval", "bad_rows_percent": 60}, "rows_refused", "the rows with errors come back"),
    ],
)
def test_what_would_become_of_the_batch_is_said(
    tmp_path: Path, setting: dict[str, object], consequence: str, says: str
) -> None:
    sender = msgspec.structs.replace(MUNICIPALITY, settings=msgspec.convert(setting, Settings))
    folder = _batch(tmp_path / "b", _line("r1"), _line("r2", title=""))
    arguments = (str(folder), "--sender", _sender(tmp_path, sender))

    assert _report(*arguments)[1]["consequence"] == consequence
    assert says in _run(*arguments)[1]


def test_faults_that_check_in_does_not_see_have_no_such_consequence(tmp_path: Path) -> None:
    sender = msgspec.structs.replace(MUNICIPALITY, settings=Settings(bad_rows="refuse_batch"))
    folder = _batch(tmp_path / "b", _line("r1", "no.pdf"), **{"no.pdf": b"no PDF"})
    arguments = (str(folder), "--sender", _sender(tmp_path, sender))

    exit_code, report = _report(*arguments)

    assert (exit_code, report["refused"], report["refused_late"], report["consequence"]) == (1, 1, 1, "none")
    assert "1 of them would pass check-in and fail later." in _run(*arguments)[1]


@pytest.mark.parametrize(
    ("recipient", "consent", "regime"),
    [("01817010055", "", "no_public"), ("0101575000", "", "dk_public"), ("0101575000", "vilkaar", "dk_private")],
)
def test_without_a_sender_the_rows_tell_the_regime(tmp_path: Path, recipient: str, consent: str, regime: str) -> None:
    folder = _batch(tmp_path / "b")
    text = f"{HEADER};consent;consent_at\r\n{_line('r1').replace('01817010055', recipient)};{consent};2026-01-01\r\n"
    (folder / "manifest.csv").write_text(text)

    exit_code, output = _run(str(folder))

    assert exit_code == 0
    assert f"Read as of a sender under {regime}" in output


def test_a_workbook_that_template_wrote_needs_its_documents_only(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    made = CliRunner().invoke(app, ["template", str(folder / "brev.xlsx"), "--regime", "no_public"])
    assert made.exit_code == 0
    names = [row[3].value for row in load_workbook(folder / "brev.xlsx").worksheets[0].iter_rows(min_row=2)][:2]

    before = _report(str(folder))[1]["kinds"]
    for name in "|".join(map(str, names)).split("|"):
        (folder / name).write_bytes(pdfs.document(pdfs.A4))

    assert set(before) == {"DOCUMENT_MISSING"}
    assert _report(str(folder))[0] == 0


def test_the_lines_of_a_workbook_are_its_rows(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b")
    (folder / "manifest.csv").unlink()
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        [],
        HEADER.split(";"),
        _line("r1").replace("Storgata 1", "Vei\n1").split(";"),
        _line("r2", title="").split(";"),
    ):
        sheet.append(row)
    book.save(folder / "brev.xlsx")

    errors = _report(str(folder))[1]["errors"]

    assert [(error["code"], error["row"], error["line"]) for error in errors] == [
        ("LINE_BREAK_IN_FIELD", 1, 3),
        ("VALUE_MISSING", 2, 4),
    ]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((), "holds no manifest: put manifest.csv or an .xlsx sheet there"),
        (("a.xlsx", "b.csv"), "several that may be the manifest: a.xlsx, b.csv. Leave one of them there"),
        (("a.xls",), "a.xls is no .xlsx: open it in your spreadsheet and save it as .xlsx"),
        (("a.xlsx",), "a.xlsx cannot be read as an .xlsx file"),
    ],
)
def test_a_folder_without_a_batch_is_told(tmp_path: Path, files: tuple[str, ...], says: str) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"?")

    result = CliRunner().invoke(app, ["check", str(tmp_path)], env={"COLUMNS": "1000"})

    assert result.exit_code == 2
    assert says in result.output


def test_a_manifest_of_the_usual_name_stands_before_others(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b", _line("r1"))
    (folder / "eksport.xlsx").write_bytes(b"?")
    (folder / "notater.csv").write_bytes(b"?")

    assert _report(str(folder))[0] == 0


def test_a_sender_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    folder = _batch(tmp_path / "b", _line("r1"))
    (tmp_path / "s.yaml").write_text("{id: xy, name: X, regime: no_publc}")

    result = CliRunner().invoke(
        app, ["check", str(folder), "--sender", str(tmp_path / "s.yaml")], env={"COLUMNS": "1000"}
    )

    assert result.exit_code == 2
    assert "regime: 'no_publc' is none of no_public, dk_private, dk_public" in result.output


def test_an_insurers_sample_is_read_as_it_is(tmp_path: Path) -> None:
    folder = SAMPLE.batches[1].write(tmp_path)
    exit_code, report = _report(str(folder), "--sender", _sender(tmp_path, INSURER))

    assert exit_code == 1
    assert report["rows"] == 20
    # Consents that are no evidence pass check-in, and cost the letter all the same.
    assert report["refused"] == SAMPLE.batches[1].faults().total() + report["refused_late"]
