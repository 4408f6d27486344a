"""A workbook to fill in: nothing in it but cells, the same each time, and plain in black and white."""

from datetime import datetime
from io import BytesIO
from typing import get_args
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from brevdue.desk import columns as model
from brevdue.desk import templates
from brevdue.desk.columns import Language, Need
from postal.senders import Regime

every_language = pytest.mark.parametrize("language", get_args(Language))


def _book(regime: Regime, language: Language) -> Workbook:
    return load_workbook(BytesIO(templates.workbook(regime, language)))


def test_no_part_of_a_workbook_tells_when_it_was_written() -> None:
    data = templates.workbook(Regime.NO_PUBLIC, "nb")

    properties = load_workbook(BytesIO(data)).properties
    assert properties.created == properties.modified == datetime(1980, 1, 1)  # noqa: DTZ001 - as openpyxl has it
    with ZipFile(BytesIO(data)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert templates.workbook(Regime.NO_PUBLIC, "nb") == data


@every_language
def test_a_workbook_has_no_formulas_macros_or_links(language: Language) -> None:
    data = templates.workbook(Regime.DK_PRIVATE, language)

    with ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
    assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]
    cells = [cell for sheet in load_workbook(BytesIO(data)) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]


@every_language
def test_the_letters_come_first_and_their_explanation_after(language: Language) -> None:
    letters, explanation = _book(Regime.DK_PRIVATE, language).worksheets

    columns = model.columns(Regime.DK_PRIVATE, language)
    assert letters.title == {"en": "Letters", "da": "Breve", "nb": "Brev"}[language]
    assert (letters.freeze_panes, letters.auto_filter.ref, letters.max_row) == ("A2", None, 3)
    explained = {row[0]: row for row in explanation.iter_rows(values_only=True)}
    for one in columns:
        assert explained[one.heading] == (
            one.heading, one.needed.called(language), one.meaning, one.written_as, one.example,
        )  # fmt: skip
    for need in Need:
        assert explained[need.called(language)][2] == need.explained(language)


def test_needed_columns_are_told_from_others_by_how_dark_they_are() -> None:
    letters = _book(Regime.DK_PRIVATE, "en").worksheets[0]

    shades = {
        column.needed: (cell.fill.fill_type and cell.fill.start_color.rgb, cell.font.color.rgb)
        for column, cell in zip(model.columns(Regime.DK_PRIVATE, "en"), letters[1], strict=True)
    }
    assert shades[Need.ALWAYS] == ("001F4E79", "00FFFFFF")
    assert shades[Need.EITHER] == shades[Need.CONSENT] == shades[Need.PAPER] == ("00BDD7EE", "001F3552")
    assert shades[Need.NO] == (None, "00404040")


@every_language
def test_a_list_warns_of_other_words_within_the_limits_of_a_spreadsheet(language: Language) -> None:
    letters = _book(Regime.DK_PRIVATE, language).worksheets[0]

    lists = letters.data_validations.dataValidation
    assert len(lists) == 4
    for one in lists:
        assert (one.type, one.errorStyle, one.allow_blank) == ("list", "warning", True)
        # Excel takes no more characters than these.
        assert len(one.formula1) <= 255
        assert len(one.error) <= 225
        assert len(one.errorTitle) <= 32
