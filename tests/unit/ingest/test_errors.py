import string

import pytest

from ingest.checks import check, ground_of
from ingest.errors import _WORDS, Code, Problem, in_words
from ingest.intake import raw_rows  # noqa: F401 - the module that raises most manifest errors imports cleanly
from ingest.raw import RawRow
from postal.senders import Language
from tests.unit.ingest.manifest_texts import NORDBY, good

FACTS: dict[str, str | int] = {
    "limit": 100,
    "found": 5,
    "expected": 6,
    "first": 7,
    "second": "b",
    "choices": "x, y",
    "start": "=",
    "example": "no-orgnr:991825827",
    "path": "a.pdf",
    "missing": "city",
    "country": "NO",
    "since": "2026-01-01T00:00:00+01:00",
    "order": "approve",
    "latest": "2027-12-13T10:00:00+01:00",
}


@pytest.mark.parametrize("language", ["en", "da", "nb", "nn"])
@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_told_in_every_language(code: Code, language: Language) -> None:
    told = in_words(Problem(code, "reference", FACTS), language)
    assert told.code == code
    assert told.message.endswith(".")
    assert told.remedy.endswith(".")
    assert "{" not in told.message + told.remedy


@pytest.mark.parametrize("code", list(Code))
def test_languages_name_the_same_facts(code: Code) -> None:
    formatter = string.Formatter()
    fields = [
        {name for text in words for _, name, _, _ in formatter.parse(text) if name is not None}
        for words in _WORDS[code]
    ]
    assert fields[0] == fields[1] == fields[2]
    assert fields[0] <= FACTS.keys() | {"column"}


def test_languages_differ() -> None:
    for words in _WORDS.values():
        assert words.en != words.da
        assert words.en != words.nb


def test_nynorsk_reads_bokmal() -> None:
    problem = Problem(Code.EMPTY_ROW)
    assert in_words(problem, "nn") == in_words(problem, "nb")


def test_columns_are_called_as_the_sender_calls_them() -> None:
    headings = ("Referanse", "Mottaker")
    raw = RawRow(1, 2, {}, headings, ())
    told = in_words(Problem(Code.VALUE_MISSING, "recipient"), "nb", raw.heading)
    assert (told.column, told.message) == ("recipient", "Mottaker er tom.")
    assert in_words(Problem(Code.VALUE_MISSING, "title"), "en", raw.heading).message == "title is empty."


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recipient", "15108695077"),
        ("recipient", "2013299997"),
        ("recipient", "Kari Eksempel"),
        ("recipient", "secret:15108695088"),
        ("title", "Til 02013299997"),
        ("postal_code", "15"),
        ("name", "Kari\tEksempel"),
        ("country", "Atlantis"),
    ],
)
def test_no_identifier_or_address_is_ever_quoted(column: str, value: str) -> None:
    row = good(**{column: value})
    problems = check(RawRow(1, 2, row, tuple(row), ()), ground_of(NORDBY)).problems
    assert problems
    told = [in_words(problem, language) for problem in problems for language in ("en", "da", "nb")]
    assert not [error for error in told if value in error.message + error.remedy]
    assert not [error for error in told if "15108695088" in error.message]


def test_braces_in_what_a_sender_wrote_do_no_harm() -> None:
    problem = Problem(Code.DOCUMENT_MISSING, "document", {"path": "{column}.pdf"})
    assert "{column}.pdf" in in_words(problem, "en").message
