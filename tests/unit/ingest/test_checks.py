import pytest

from ingest.checks import check, ground_of
from ingest.errors import Code
from ingest.raw import RawRow
from postal.letters import Address, Letter
from postal.senders import Regime, Sender, Settings
from tests.unit.ingest.manifest_texts import HAVBLIK, NORDBY, codes, good

NO_ADDRESS = {"name": None, "address_1": None, "postal_code": None, "city": None}
ADDRESS = Address(name="Kari Eksempel", lines=("Storgata 1",), postal_code="0150", city="Oslo", country="NO")


def _letter(row: dict[str, str], sender: Sender = NORDBY) -> Letter:
    result = check(RawRow(1, 2, row, tuple(row), tuple(row.values())), ground_of(sender))
    assert result.letter is not None, result.problems
    return result.letter


def _paths(document: str) -> tuple[str, ...]:
    row = good(document=document)
    return check(RawRow(1, 2, row, tuple(row), tuple(row.values())), ground_of(NORDBY)).paths


def test_a_good_row_becomes_a_letter() -> None:
    row = good(
        delivery="Kun digitalt",
        consent="vilkaar-2026",
        consent_at="2026-02-01 12:00:00 +01:00",
        deliver_after="2026-07-01",
        respond_by="2026-12-31T12:00:00.5Z",
        colour="Ja",
        duplex="nei",
        language="Bokmål",
        address_2="c/o Hansen",
    )

    letter = _letter(row)

    assert letter == Letter(
        row=1,
        reference="F-1001",
        recipient="no-fnr:02013299997",
        title="Vedtak om barnehageplass",
        documents=(),
        delivery="digital_only",
        consent="vilkaar-2026",
        consent_at="2026-02-01T11:00:00Z",
        deliver_after="2026-06-30T22:00:00Z",
        respond_by="2026-12-31T12:00:00Z",
        address=Address(
            name="Kari Eksempel", lines=("Storgata 1", "c/o Hansen"), postal_code="0150", city="Oslo", country="NO"
        ),
        colour=True,
        duplex=False,
        language="nb",
    )


@pytest.mark.parametrize(
    ("recipient", "sender", "expected"),
    [
        ("02013299997", NORDBY, "no-fnr:02013299997"),
        ("020132 99997", NORDBY, "no-fnr:02013299997"),
        ("991825827", NORDBY, "no-orgnr:991825827"),
        ("991 825 827", NORDBY, "no-orgnr:991825827"),
        ("NO-ORGNR:991825827", NORDBY, "no-orgnr:991825827"),
        ("dk-cvr: 25674154", NORDBY, "dk-cvr:25674154"),
        ("211062-5629", HAVBLIK, "dk-cpr:2110625629"),
        ("2110625629", HAVBLIK, "dk-cpr:2110625629"),
        ("25674154", HAVBLIK, "dk-cvr:25674154"),
        ("DK25674154", HAVBLIK, "dk-cvr:25674154"),
        ("DK-25 67 41 54", HAVBLIK, "dk-cvr:25674154"),
        ("no-fnr:02013299997", HAVBLIK, "no-fnr:02013299997"),
    ],
)
def test_recipients_are_read_as_of_the_senders_country(recipient: str, sender: Sender, expected: str) -> None:
    assert _letter(good(recipient=recipient), sender).recipient == expected


@pytest.mark.parametrize(
    ("recipient", "sender", "code"),
    [
        ("Kari", NORDBY, Code.RECIPIENT_UNREADABLE),
        ("DKxx", HAVBLIK, Code.RECIPIENT_UNREADABLE),
        ("se-pnr:1", NORDBY, Code.RECIPIENT_SCHEME_UNKNOWN),
        ("0192:991825827", NORDBY, Code.RECIPIENT_SCHEME_UNKNOWN),
        ("no-fnr:1", NORDBY, Code.RECIPIENT_LENGTH),
        ("1234567", NORDBY, Code.RECIPIENT_LENGTH),
        ("99999999999", NORDBY, Code.RECIPIENT_BIRTH_DATE),
        ("3113625629", HAVBLIK, Code.RECIPIENT_BIRTH_DATE),
        ("15108695077", NORDBY, Code.RECIPIENT_CHECK_DIGITS),
        ("991825828", NORDBY, Code.RECIPIENT_CHECK_DIGITS),
        ("2013299997", NORDBY, Code.LEADING_ZERO_LOST),
        ("101901234", HAVBLIK, Code.LEADING_ZERO_LOST),
        ("dk-cpr:101901234", HAVBLIK, Code.LEADING_ZERO_LOST),
        ("1,01E+10", HAVBLIK, Code.SCIENTIFIC_NOTATION),
        ("2.0132E+10", NORDBY, Code.SCIENTIFIC_NOTATION),
    ],
)
def test_recipients_are_refused_by_name(recipient: str, sender: Sender, code: Code) -> None:
    assert codes(good(recipient=recipient), sender) == [code]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("reference", None, Code.VALUE_MISSING),
        ("title", None, Code.VALUE_MISSING),
        ("document", None, Code.VALUE_MISSING),
        ("reference", "r" * 101, Code.VALUE_TOO_LONG),
        ("title", "t" * 101, Code.VALUE_TOO_LONG),
        ("name", "n" * 101, Code.VALUE_TOO_LONG),
        ("reference", "A\tB", Code.CONTROL_CHARACTER),
        ("reference", "\tB", Code.CONTROL_CHARACTER),
        ("title", "A\x00B", Code.CONTROL_CHARACTER),
        ("title", "A\u202eB", Code.CONTROL_CHARACTER),
        ("city", "Os\u2028lo", Code.CONTROL_CHARACTER),
        ("reference", "=1+1", Code.REFERENCE_IS_FORMULA),
        ("reference", "+47", Code.REFERENCE_IS_FORMULA),
        ("reference", "-1", Code.REFERENCE_IS_FORMULA),
        ("reference", "@a", Code.REFERENCE_IS_FORMULA),
        ("title", "<b>Viktig</b>", Code.TITLE_NOT_PLAIN),
        ("title", "</script", Code.TITLE_NOT_PLAIN),
        ("title", "Til 02013299997", Code.TITLE_HAS_IDENTIFIER),
        ("title", "Til 020132 99997.", Code.TITLE_HAS_IDENTIFIER),
        ("title", "Til 211062-5629", Code.TITLE_HAS_IDENTIFIER),
        ("delivery", "by pigeon", Code.CHOICE_UNKNOWN),
        ("colour", "purple", Code.CHOICE_UNKNOWN),
        ("duplex", "2", Code.CHOICE_UNKNOWN),
        ("language", "sv", Code.CHOICE_UNKNOWN),
        ("deliver_after", "31.12.2026", Code.SPREADSHEET_DATE),
        ("respond_by", "31-12-26", Code.SPREADSHEET_DATE),
        ("respond_by", "12/31/2026 09:00", Code.SPREADSHEET_DATE),
        ("respond_by", "2026/12/31", Code.SPREADSHEET_DATE),
        ("respond_by", "46022", Code.SPREADSHEET_DATE),
        ("consent_at", "2026-12-31T09:00", Code.TIME_WITHOUT_ZONE),
        ("consent_at", "2026-12-31 09:00:00", Code.TIME_WITHOUT_ZONE),
        ("consent_at", "2026-02-30", Code.TIME_UNREADABLE),
        ("consent_at", "0001-01-01", Code.TIME_UNREADABLE),
        ("consent_at", "9999-12-31T23:59:59-12:00", Code.TIME_UNREADABLE),
        ("consent_at", "i morgen", Code.TIME_UNREADABLE),
        ("document", "a.docx", Code.DOCUMENT_NOT_PDF),
        ("document", "a.pdf.exe", Code.DOCUMENT_NOT_PDF),
        ("document", "/a.pdf", Code.DOCUMENT_PATH_ABSOLUTE),
        ("document", "C:/a.pdf", Code.DOCUMENT_PATH_ABSOLUTE),
        ("document", "https://example.com/a.pdf", Code.DOCUMENT_PATH_ABSOLUTE),
        ("document", "b\\a.pdf", Code.DOCUMENT_PATH_BACKSLASH),
        ("document", "C:\\b\\a.pdf", Code.DOCUMENT_PATH_BACKSLASH),
        ("document", "../a.pdf", Code.DOCUMENT_PATH_UPWARDS),
        ("document", "b/../a.pdf", Code.DOCUMENT_PATH_UPWARDS),
        ("document", "./a.pdf", Code.DOCUMENT_PATH_UPWARDS),
        ("document", "b/..", Code.DOCUMENT_PATH_UPWARDS),
        ("document", "b//a.pdf", Code.DOCUMENT_PATH_EMPTY_PART),
        ("document", "a.pdf|", Code.DOCUMENT_PATH_EMPTY_PART),
        ("document", ".pdf", Code.DOCUMENT_PATH_EMPTY_PART),
        ("document", "a\tb.pdf", Code.CONTROL_CHARACTER),
        ("document", "a" * 93 + ".pdf", Code.DOCUMENT_NAME_TOO_LONG),
        ("document", "f" * 97 + "/a.pdf", Code.DOCUMENT_NAME_TOO_LONG),
        ("document", ("æ" * 90 + "/") * 4 + "a.pdf", Code.DOCUMENT_NAME_TOO_LONG),
        ("document", "|".join(f"{n}.pdf" for n in range(21)), Code.TOO_MANY_DOCUMENTS),
        ("document", "a" * 14_100 + ".pdf", Code.VALUE_TOO_LONG),
        ("postal_code", "150", Code.POSTAL_CODE_INVALID),
        ("postal_code", "0150 Oslo", Code.POSTAL_CODE_INVALID),
        ("country", "Atlantis", Code.COUNTRY_UNKNOWN),
        ("address_1", None, Code.ADDRESS_INCOMPLETE),
    ],
)
def test_values_are_refused_by_name(column: str, value: str | None, code: Code) -> None:
    assert codes(good(**{column: value})) == [code]


@pytest.mark.parametrize(
    "document",
    [
        "a.pdf",
        "A.PDF",
        "brev og bilag/æøå ÆØÅ.pdf",
        "..a.pdf",
        "a..b.pdf",
        "2026/08/a.b.c.pdf",
        "a:b.pdf".replace(":", ";"),
        "x" * 92 + ".pdf",
        ("f" * 96 + "/") * 6 + "a.pdf",
        "=a.pdf",
    ],
)
def test_good_paths(document: str) -> None:
    assert _paths(document) == (document,)


def test_attachments_follow_the_document() -> None:
    assert _paths("brev.pdf | bilag/1.pdf|bilag/2.pdf") == ("brev.pdf", "bilag/1.pdf", "bilag/2.pdf")


@pytest.mark.parametrize(
    "title",
    ["a < b", "Faktura 1234567890", "Sak 99999999999", "Konto 1234.56.78903", "Ring 12345678901234", "Åse & <3"],
)
def test_titles_that_only_look_sensitive(title: str) -> None:
    assert codes(good(title=title)) == []


def test_all_errors_of_a_row_are_told() -> None:
    row = good(
        reference="=1", title="x" * 101, recipient="1", document="a.txt|../b.pdf", respond_by="1.1.26", city=None
    )
    assert sorted(codes(row)) == sorted(
        [
            Code.REFERENCE_IS_FORMULA,
            Code.VALUE_TOO_LONG,
            Code.RECIPIENT_LENGTH,
            Code.DOCUMENT_NOT_PDF,
            Code.DOCUMENT_PATH_UPWARDS,
            Code.SPREADSHEET_DATE,
            Code.ADDRESS_INCOMPLETE,
        ]
    )


def test_swapped_columns_are_told_as_that() -> None:
    assert codes(good(reference="02013299997", recipient="F-1001")) == [Code.COLUMNS_SWAPPED]
    assert codes(good(title="02013299997", recipient="Vedtak")) == [Code.COLUMNS_SWAPPED]
    assert codes(good(reference="2110625629", recipient="F1"), HAVBLIK) == [Code.COLUMNS_SWAPPED]
    assert codes(good(reference="02013299997")) == []


PAPER_AFTER_HOLD = Sender(id="sund", name="Sund", regime=Regime.DK_PRIVATE)
PUBLIC_DANE = Sender(id="by", name="By", regime=Regime.DK_PUBLIC, settings=Settings(fallback="return"))


@pytest.mark.parametrize(
    ("sender", "delivery", "expected"),
    [
        (NORDBY, "digital_or_paper", [Code.ADDRESS_INCOMPLETE]),
        (NORDBY, "paper", [Code.ADDRESS_INCOMPLETE]),
        (NORDBY, "digital_only", []),
        (HAVBLIK, "digital_or_paper", []),
        (HAVBLIK, "paper", [Code.ADDRESS_INCOMPLETE]),
        (HAVBLIK, "digital_only", []),
        (PAPER_AFTER_HOLD, "digital_or_paper", [Code.ADDRESS_INCOMPLETE]),
        (PAPER_AFTER_HOLD, "digital_only", []),
        (PUBLIC_DANE, "digital_or_paper", [Code.ADDRESS_INCOMPLETE]),
    ],
)
def test_whatever_may_print_needs_an_address(sender: Sender, delivery: str, expected: list[Code]) -> None:
    recipient = "no-fnr:02013299997"
    assert codes(good(**NO_ADDRESS, delivery=delivery, recipient=recipient), sender) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"delivery": "paper"}, []),
        ({"delivery": "digital_only"}, [Code.RECIPIENT_MISSING]),
        ({"city": None}, [Code.ADDRESS_INCOMPLETE]),
        (NO_ADDRESS, [Code.RECIPIENT_MISSING]),
    ],
)
def test_a_row_without_recipient_needs_a_complete_address(changes: dict[str, str | None], expected: list[Code]) -> None:
    assert codes(good(recipient=None, **changes)) == expected


def test_an_address_is_kept_where_it_is_complete_and_dropped_where_it_is_not_needed() -> None:
    assert _letter(good()).address == ADDRESS
    assert _letter(good(delivery="digital_only")).address == ADDRESS
    assert _letter(good(delivery="digital_only", city=None)).address is None
    assert _letter(good(delivery="digital_only", postal_code="x")).address is None


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [("Sverige", "111 22", "SE"), ("dk", "2100", "DK"), ("GB", "SW1A 1AA", "GB"), ("Danmark", "0800", "DK")],
)
def test_addresses_abroad(country: str, postal_code: str, expected: str) -> None:
    address = _letter(good(country=country, postal_code=postal_code)).address
    assert address is not None
    assert (address.country, address.postal_code) == (expected, postal_code)


def test_the_danish_senders_country_is_the_default() -> None:
    row = good(recipient="2110625629", postal_code="2100", city="København Ø")
    address = _letter(row, HAVBLIK).address
    assert address is not None
    assert address.country == "DK"


def test_missing_consent_is_left_to_sorting() -> None:
    assert codes(good(recipient="2110625629"), HAVBLIK) == []
    assert codes(good(recipient="2110625629", consent_at="ja"), HAVBLIK) == [Code.TIME_UNREADABLE]
