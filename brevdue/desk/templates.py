"""Sheets to fill in: a header, two invented letters to be replaced, and in a workbook what each column takes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from textwrap import wrap
from typing import Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from brevdue.desk import columns as model
from brevdue.desk.columns import Column, Language, Need
from ingest.intake import MOST_ROWS
from postal import cells
from postal.senders import Regime

#: How spreadsheets call the format of a cell that is text, whatever is typed into it.
_TEXT: Final = "@"

#: So that equal templates are equal files. Archives begin in that year.
_WRITTEN_AT: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - workbooks and archives have times without zones
_WIDTHS: Final = range(12, 32)
_EXPLANATION_WIDTHS: Final = (18, 18, 46, 52, 30)
_LINE_HEIGHT: Final = 15


class _Look(NamedTuple):
    """A heading's colours, which black-and-white print tells apart too."""

    font: Font
    fill: PatternFill


_FONT: Final = "Calibri"
_NEEDED: Final = _Look(Font(_FONT, bold=True, color="FFFFFF"), PatternFill("solid", start_color="1F4E79"))
_SOMETIMES: Final = _Look(Font(_FONT, bold=True, color="1F3552"), PatternFill("solid", start_color="BDD7EE"))
_OPTIONAL: Final = _Look(Font(_FONT, bold=True, color="404040"), PatternFill())
_LINE: Final = Side(style="thin", color="8EA9C1")


class _Words(NamedTuple):
    """What a workbook says besides its columns.

    Attributes:
        letters, explanation: names of its sheets.
        head: of the explanation.
        steps: what to do, in order.
        not_listed: what a spreadsheet says of a word that is not in a cell's list.
    """

    letters: str
    explanation: str
    title: str
    head: tuple[str, str, str, str, str]
    steps: tuple[str, ...]
    not_listed: str


_WORDS: Final[Mapping[Language, _Words]] = {
    "en": _Words(
        "Letters",
        "Explanation",
        "How to fill in the sheet “Letters”",
        ("Column", "Needed", "Meaning", "Written as", "Example"),
        (
            "One row is one letter. The two that are there are examples to be replaced: nobody in them exists.",
            "Columns may stand in any order, and those that are not needed may be deleted. Their names must stay.",
            "All cells are text, so that leading zeros stay. Paste values only: zeros can get lost with a format.",
            "The brevdue command takes this file as it is. To upload it otherwise, save “Letters” as “CSV UTF-8”.",
        ),
        "Choose from the list, or write the same in another language.",
    ),
    "da": _Words(
        "Breve",
        "Forklaring",
        "Sådan udfyldes arket “Breve”",
        ("Kolonne", "Påkrævet", "Betydning", "Skrives som", "Eksempel"),
        (
            "En række er et brev. De to, der står der, er eksempler, som skal erstattes: ingen i dem findes.",
            "Kolonnerne må stå i vilkårlig rækkefølge, og unødvendige må slettes. Navnene skal blive stående.",
            "Alle celler er tekst, så foranstillede nuller bliver. Indsæt kun værdier: nuller kan gå tabt med format.",
            "Kommandoen brevdue tager filen, som den er. Skal den uploades på anden vis, gem “Breve” som “CSV UTF-8”.",
        ),
        "Vælg fra listen, eller skriv det samme på et andet sprog.",
    ),
    "nb": _Words(
        "Brev",
        "Forklaring",
        "Slik fylles arket “Brev” ut",
        ("Kolonne", "Påkrevd", "Betydning", "Skrives som", "Eksempel"),
        (
            "En rad er et brev. De to som står der, er eksempler som skal erstattes: ingen i dem finnes.",
            "Kolonnene kan stå i hvilken som helst rekkefølge, og unødvendige kan slettes. Navnene må bli stående.",
            "Alle celler er tekst, så innledende nuller blir stående. Lim bare inn verdier: med format kan de gå tapt.",
            "Kommandoen brevdue tar filen som den er. Skal den lastes opp på annen måte, lagre “Brev” som “CSV UTF-8”.",
        ),
        "Velg fra listen, eller skriv det samme på et annet språk.",
    ),
}


def csv_sheet(regime: Regime, language: Language) -> bytes:
    """The header and the two example letters as CSV: `;`, UTF-8 with a byte order mark, CRLF."""
    columns = model.columns(regime, language)
    header = [column.heading for column in columns]
    return cells.BYTE_ORDER_MARK + cells.encode([header, *_example_rows(columns, regime, language)])


def workbook(regime: Regime, language: Language) -> bytes:
    """An .xlsx with a sheet for the letters and one that explains its columns; the same bytes each time."""
    columns = model.columns(regime, language)
    words = _WORDS[language]
    book = Workbook()
    letters = book.worksheets[0]
    letters.title = words.letters
    _fill_letters(letters, columns, _example_rows(columns, regime, language), words)
    _fill_explanation(book.create_sheet(words.explanation), columns, language)
    data = BytesIO()
    book.save(data)
    return _timeless(data, DocumentProperties(creator="Brevdue", title=words.letters))


#: What makes a template, by the suffix of its file.
MAKERS: Final[Mapping[str, Callable[[Regime, Language], bytes]]] = {".xlsx": workbook, ".csv": csv_sheet}


def headings(language: Language) -> tuple[str, ...]:
    """What the explanation of the columns has above its own: column, needed, meaning, written as, example."""
    return _WORDS[language].head


def _example_rows(columns: Sequence[Column], regime: Regime, language: Language) -> list[list[str]]:
    return [[letter.get(column.column, "") for column in columns] for letter in model.example_letters(regime, language)]


def _fill_letters(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[str]], words: _Words) -> None:
    for row in ([column.heading for column in columns], *rows):
        sheet.append(list(row))
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        longest = max(len(text) for text in (column.heading, column.example, *(row[place - 1] for row in rows)))
        sheet.column_dimensions[letter].width = min(max(longest + 3, _WIDTHS.start), _WIDTHS.stop)
        # The column's format is that of its cells which are not written yet.
        sheet.column_dimensions[letter].number_format = _TEXT
        for (cell,) in sheet.iter_rows(min_col=place, max_col=place):
            cell.number_format = _TEXT
        _dress(sheet.cell(1, place), column.needed)
        if column.choices:
            sheet.add_data_validation(_choice(column, f"{letter}2:{letter}{MOST_ROWS + 1}", words))
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "A2"
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"
    _fit(sheet, pages=2)


def _choice(column: Column, cell_range: str, words: _Words) -> DataValidation:
    """A drop-down list that only warns of other words: there are more that are understood."""
    return DataValidation(
        type="list",
        formula1=f'"{",".join(column.choices)}"',
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle=column.heading,
        error=words.not_listed,
        sqref=cell_range,
    )


def _fill_explanation(sheet: Worksheet, columns: Sequence[Column], language: Language) -> None:
    words = _WORDS[language]
    sheet.append([words.title])
    sheet["A1"].font = Font(_FONT, 14, bold=True)
    for number, step in enumerate(words.steps, start=1):
        sheet.append([f"{number}. {step}"])
    sheet.append([])
    sheet.append(words.head)
    for cell in sheet[sheet.max_row]:
        cell.font = Font(_FONT, bold=True)
        cell.border = Border(bottom=Side(style="medium", color="1F4E79"))
    for column in columns:
        sheet.append(
            [column.heading, column.needed.called(language), column.meaning, column.written_as, column.example]
        )
        for cell in sheet[sheet.max_row]:
            cell.number_format = _TEXT
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = Border(bottom=_LINE)
        _dress(sheet.cell(sheet.max_row, 1), column.needed)
        sheet.row_dimensions[sheet.max_row].height = _LINE_HEIGHT * _most_lines(sheet[sheet.max_row])
    sheet.append([])
    for need in model.needs(columns):
        sheet.append([need.called(language), None, need.explained(language)])
        sheet.cell(sheet.max_row, 1).font = Font(_FONT, italic=True)
    for place, width in enumerate(_EXPLANATION_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    _fit(sheet, pages=1)


def _most_lines(row: Sequence[Cell | MergedCell]) -> int:
    """How many lines the fullest cell needs; not every spreadsheet sees to it by itself."""
    return max(len(wrap(str(cell.value), width)) for cell, width in zip(row, _EXPLANATION_WIDTHS, strict=True))


def _dress(cell: Cell | MergedCell, need: Need) -> None:
    """Make a cell look like the heading of a column."""
    look = {Need.ALWAYS: _NEEDED, Need.NO: _OPTIONAL}.get(need, _SOMETIMES)
    cell.font, cell.fill = look
    cell.alignment = Alignment(vertical="center" if cell.row == 1 else "top")
    cell.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def _fit(sheet: Worksheet, *, pages: int) -> None:
    """Print a sheet across, on so many pages side by side."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _timeless(book: BytesIO, properties: DocumentProperties) -> bytes:
    """The workbook as it would have been written at one fixed time."""
    properties.created = properties.modified = _WRITTEN_AT
    data = BytesIO()
    with ZipFile(book) as source, ZipFile(data, "w") as target:
        for name in source.namelist():
            content = tostring(properties.to_tree()) if name == ARC_CORE else source.read(name)
            target.writestr(ZipInfo(name, _WRITTEN_AT.timetuple()[:6]), content, ZIP_DEFLATED)
    return data.getvalue()
