"""What is said of the columns is what check-in does with them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, get_args

import pytest
from msgspec.structs import replace

from brevdue.desk import columns as model
from brevdue.desk.columns import Column, Language, Need
from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from ingest import choices
from ingest.checks import Checked, check, ground_of
from ingest.columns import COLUMNS, canonical
from ingest.raw import RawRow
from postal import rules
from postal.senders import Regime, Sender

NOW: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)
SENDERS: Final = {sender.regime: sender for sender in (MUNICIPALITY, INSURER, DANISH_MUNICIPALITY)}
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "delivery": choices.DELIVERY,
    "colour": choices.YES_NO,
    "duplex": choices.YES_NO,
    "language": choices.LANGUAGE,
}

every_regime = pytest.mark.parametrize("regime", list(Regime))
every_language = pytest.mark.parametrize("language", LANGUAGES)


def _checked(values: Mapping[str, str], sender: Sender) -> Checked:
    return check(RawRow(1, 2, dict(values), tuple(values), tuple(values.values())), ground_of(sender))


def _examples(regime: Regime, language: Language) -> dict[str, str]:
    return {column.column: column.example for column in model.columns(regime, language)}


def _column(name: str, language: Language) -> Column:
    return next(one for one in model.columns(Regime.DK_PRIVATE, language) if one.column == name)


@every_language
def test_private_danish_senders_have_every_column_and_others_those_without_consent(language: Language) -> None:
    assert tuple(one.column for one in model.columns(Regime.DK_PRIVATE, language)) == COLUMNS
    for regime in (Regime.NO_PUBLIC, Regime.DK_PUBLIC):
        assert [one.column for one in model.columns(regime, language)] == [
            name for name in COLUMNS if name not in {"consent", "consent_at"}
        ]


@every_language
def test_headings_are_understood_as_their_columns(language: Language) -> None:
    assert [canonical(one.heading) for one in model.columns(Regime.DK_PRIVATE, language)] == list(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_other_names_are_understood_as_their_columns(name: str) -> None:
    names = model.other_names(name)

    assert name not in names
    assert {canonical(other) for other in names} == {name}


@every_language
@pytest.mark.parametrize("name", WORDS)
def test_every_choice_is_offered_in_one_word(name: str, language: Language) -> None:
    offered = _column(name, language).choices

    meanings = [WORDS[name][choices.word(word)] for word in offered]
    assert len(meanings) == len(set(meanings))
    assert set(meanings) == set(WORDS[name].values())
    assert ", ".join(offered) in _column(name, language).written_as


@every_language
@pytest.mark.parametrize("name", ["delivery", "colour", "duplex"])
def test_what_empty_is_said_to_mean_is_what_it_means(name: str, language: Language) -> None:
    values = _examples(Regime.DK_PRIVATE, language)
    del values[name]

    letter = _checked(values, INSURER).letter
    (default,) = (
        word
        for word in _column(name, language).choices
        if letter and WORDS[name][choices.word(word)] == getattr(letter, name)
    )
    assert _column(name, language).written_as.endswith(f" {default}.")


@every_regime
@every_language
def test_a_letter_of_all_examples_passes(regime: Regime, language: Language) -> None:
    row = _checked(_examples(regime, language), SENDERS[regime])

    assert row.problems == ()
    assert row.letter is not None
    assert row.letter.recipient.startswith(("no-fnr:0", "dk-cpr:0"))
    assert row.letter.language == model.LANGUAGE_OF[SENDERS[regime].country]


@every_regime
def test_a_row_needs_what_is_said_to_be_needed(regime: Regime) -> None:
    sender = SENDERS[regime]
    examples = _examples(regime, "en")
    for column in model.columns(regime, "en"):
        row = _checked({name: value for name, value in examples.items() if name != column.column}, sender)
        match column.needed:
            case Need.ALWAYS:
                assert [(one.code, one.column) for one in row.problems] == [("VALUE_MISSING", column.column)]
            case Need.PAPER:
                assert [(one.code, one.column) for one in row.problems] == [("ADDRESS_INCOMPLETE", column.column)]
            case Need.CONSENT:
                assert row.letter is not None
                assert not rules.consent_is_evidenced(row.letter, sender, NOW)
            case Need.EITHER | Need.NO:
                assert row.problems == ()


@every_regime
def test_a_letter_without_an_address_needs_a_recipient(regime: Regime) -> None:
    of_paper = {one.column for one in model.columns(regime, "en") if one.needed is Need.PAPER}
    digital = {name: value for name, value in _examples(regime, "en").items() if name not in of_paper}
    digital["delivery"] = _column("delivery", "en").choices[1]

    assert _checked(digital, SENDERS[regime]).problems == ()
    del digital["recipient"]
    assert [one.code for one in _checked(digital, SENDERS[regime]).problems] == ["RECIPIENT_MISSING"]


def test_who_gets_letters_back_needs_no_address() -> None:
    values = {name: value for name, value in _examples(Regime.DK_PRIVATE, "en").items() if name != "city"}
    returning = replace(INSURER, settings=replace(INSURER.settings, fallback="return"))

    assert _checked(values, returning).problems == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("reference", "=1", "REFERENCE_IS_FORMULA"),
        ("reference", "+1", "REFERENCE_IS_FORMULA"),
        ("reference", "-1", "REFERENCE_IS_FORMULA"),
        ("reference", "@1", "REFERENCE_IS_FORMULA"),
        ("title", "To 010157-5000", "TITLE_HAS_IDENTIFIER"),
        ("title", "<b>New</b>", "TITLE_NOT_PLAIN"),
        ("document", "letter.docx", "DOCUMENT_NOT_PDF"),
        ("document", "letters\\1.pdf", "DOCUMENT_PATH_BACKSLASH"),
        ("respond_by", "31.12.2026", "SPREADSHEET_DATE"),
        ("respond_by", "2026-12-31T09:00:00", "TIME_WITHOUT_ZONE"),
        ("postal_code", "305", "POSTAL_CODE_INVALID"),
        ("country", "Atlantis", "COUNTRY_UNKNOWN"),
    ],
)
def test_what_is_said_not_to_be_written_is_refused(name: str, value: str, code: str) -> None:
    row = _checked(_examples(Regime.DK_PUBLIC, "en") | {name: value}, DANISH_MUNICIPALITY)

    assert [one.code for one in row.problems] == [code]


@pytest.mark.parametrize("country", ["Norge", "Danmark", "Sverige", "Finland", "Island", "IS"])
def test_nordic_countries_are_understood_by_name(country: str) -> None:
    values = _examples(Regime.DK_PUBLIC, "en") | {"country": country}

    assert _checked(values, DANISH_MUNICIPALITY).problems == ()


@every_language
def test_a_table_has_a_line_for_every_column_and_escapes_what_parts_its_cells(language: Language) -> None:
    table = [line for line in model.markdown(language).splitlines() if line.startswith("|")]

    assert [line.split(" | ")[0] for line in table[2:]] == [f"| `{name}`" for name in COLUMNS]
    assert {line.replace("\\|", "").count("|") for line in table} == {5}
    assert [line for line in table if "`dk_private`" in line] == [
        line for line in table if line.startswith("| `consent")
    ]
