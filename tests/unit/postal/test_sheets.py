import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.choices import _COUNTRY_CODES
from postal.letters import Address
from postal.senders import Country
from postal.sheets import MOST_SHEETS, Envelope, address_block, country_name, envelope_for, is_simplex, sheets

PAGES = st.lists(st.integers(1, 200), min_size=1, max_size=20)


def address(country: str = "NO", lines: tuple[str, ...] = ("Storgata 1",), postal_code: str = "0155") -> Address:
    return Address(name="Kari Eksempel", lines=lines, postal_code=postal_code, city="Oslo", country=country)


@pytest.mark.parametrize(
    ("pages", "simplex", "duplex"),
    [([1], 1, 1), ([2], 2, 1), ([3], 3, 2), ([1, 1], 2, 2), ([3, 1, 2], 6, 4), ([160], 160, 80), ([], 0, 0)],
)
def test_each_document_begins_on_a_new_sheet(pages: list[int], simplex: int, duplex: int) -> None:
    assert sheets(pages, duplex=False) == simplex
    assert sheets(pages, duplex=True) == duplex


@given(PAGES)
def test_two_sides_take_at_least_half_the_sheets_and_at_most_one_a_page(pages: list[int]) -> None:
    assert sheets(pages, duplex=False) == sum(pages)
    assert max(len(pages), sum(pages) / 2) <= sheets(pages, duplex=True) <= sum(pages)


@given(PAGES, st.booleans())
def test_the_sheets_of_a_letter_are_those_of_its_documents(pages: list[int], duplex: bool) -> None:  # noqa: FBT001 - drawn
    assert sheets(pages, duplex=duplex) == sum(sheets([of_document], duplex=duplex) for of_document in pages)


@pytest.mark.parametrize("pages", [[0], [2, 0], [-1]])
def test_a_document_without_pages_has_no_sheets(pages: list[int]) -> None:
    with pytest.raises(ValueError, match="without pages"):
        sheets(pages, duplex=True)


@pytest.mark.parametrize(
    ("pages", "duplex", "simplex"),
    [([1], True, True), ([1, 1], True, True), ([2], True, False), ([1, 2], True, False), ([2], False, True)],
)
def test_what_has_no_second_page_is_simplex(pages: list[int], duplex: bool, simplex: bool) -> None:  # noqa: FBT001 - a table
    assert is_simplex(pages, duplex=duplex) is simplex


@given(PAGES)
def test_what_is_simplex_takes_as_many_sheets_on_one_side(pages: list[int]) -> None:
    if is_simplex(pages, duplex=True):
        assert sheets(pages, duplex=True) == sheets(pages, duplex=False)


@pytest.mark.parametrize(
    ("sheet_count", "envelope"),
    [(1, Envelope.C5), (7, Envelope.C5), (8, Envelope.C4), (MOST_SHEETS, Envelope.C4)],
)
def test_more_than_seven_sheets_are_not_folded(sheet_count: int, envelope: Envelope) -> None:
    assert envelope_for(sheet_count) is envelope


@pytest.mark.parametrize(("country", "sender"), [("NO", "no"), ("DK", "dk"), ("SJ", "no")])
def test_a_domestic_address_names_no_country(country: str, sender: Country) -> None:
    assert address_block(address(country), sender) == ("Kari Eksempel", "Storgata 1", "0155 Oslo")


@pytest.mark.parametrize(
    ("country", "sender", "line"),
    [
        ("NO", "dk", "NORWAY"),
        ("DK", "no", "DENMARK"),
        ("SJ", "dk", "SVALBARD AND JAN MAYEN"),
        ("GL", "dk", "GREENLAND"),
        ("FO", "dk", "FAROE ISLANDS"),
        ("AX", "no", "ÅLAND ISLANDS"),
        ("CI", "no", "CÔTE D’IVOIRE"),  # noqa: RUF001 - the apostrophe of the table
        ("GB", "no", "UNITED KINGDOM"),
        ("US", "no", "UNITED STATES OF AMERICA"),
        ("KR", "dk", "SOUTH KOREA"),
        ("BA", "dk", "BOSNIA AND HERZEGOVINA"),
        ("XX", "dk", "XX"),
    ],
)
def test_a_foreign_address_ends_with_the_country_in_capitals(country: str, sender: Country, line: str) -> None:
    block = address_block(address(country), sender)
    assert block == ("Kari Eksempel", "Storgata 1", "0155 Oslo", line)


def test_no_line_of_an_address_is_empty() -> None:
    assert address_block(address(lines=(" c/o Ola ", "", "  "), postal_code=""), "no") == (
        "Kari Eksempel",
        "c/o Ola",
        "Oslo",
    )


@pytest.mark.parametrize("code", sorted(_COUNTRY_CODES))
def test_every_country_that_a_manifest_can_name_has_a_name(code: str) -> None:
    name = country_name(code)
    assert name != code
    assert "&" not in name
    assert "." not in name
    assert "(" not in name or code == "CC"
