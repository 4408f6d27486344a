from datetime import UTC, datetime

import msgspec
import pytest

from ingest.columns import UnknownColumns, with_required
from ingest.csv_rows import csv_rows
from ingest.enrolment_files import _RECEIVED, enrolment
from ingest.errors import Code, ManifestError
from ingest.intake import text_lines
from ingest.raw import RawRow
from postal import rules
from postal.recipients import Enrolment
from postal.senders import Sender, Terms
from postal.times import from_text
from tests.unit.ingest.manifest_texts import HAVBLIK, pieces

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TERMS = Terms(id="vilkaar-2026", document_sha256="a" * 64, valid_from=datetime(2026, 1, 1, tzinfo=UTC))
SENDER = msgspec.structs.replace(HAVBLIK, terms=(TERMS,))
HEADER = "recipient;consent;consent_at"
GOOD = ("0101575001", "vilkaar-2026", "2026-02-01")


def _rows(text: str | bytes) -> list[RawRow]:
    data = text if isinstance(text, bytes) else text.encode()
    columns = with_required(("recipient", "consent", "consent_at"))
    return list(csv_rows(text_lines(pieces(data)), UnknownColumns(), columns))


def _found(*cells: str, sender: Sender = SENDER) -> Enrolment | list[Code]:
    (raw,) = _rows(f"{HEADER}\n{';'.join(cells)}\n")
    found = enrolment(raw, sender, "enrolments/kunder.csv", NOW)
    return found if isinstance(found, Enrolment) else [problem.code for problem in found]


def test_a_row_is_the_evidence_of_one_consent() -> None:
    assert _found(*GOOD) == Enrolment(
        recipient="dk-cpr:0101575001",
        sender="havblik",
        terms="vilkaar-2026",
        document_sha256="a" * 64,
        # Midnight in Copenhagen.
        consent_at="2026-01-31T23:00:00Z",
        ground="enrolments/kunder.csv",
    )


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("recipient;consent;consent_at", "utf-8"),
        ("Modtager;Samtykke;Samtykkedato", "utf-8-sig"),
        ("Mottaker,Vilkår,Samtykketidspunkt", "cp1252"),
        ("CPR-nr.,Samtykke ID,Samtykke dato", "utf-8"),
    ],
)
def test_headers_in_three_languages_and_any_dialect(header: str, encoding: str) -> None:
    delimiter = ";" if ";" in header else ","
    (raw,) = _rows(f"{header}\r\n{delimiter.join(GOOD)}\r\n".encode(encoding))
    assert isinstance(enrolment(raw, SENDER, "g", NOW), Enrolment)


@pytest.mark.parametrize("recipient", ["010157-5001", "dk-cpr:0101575001", "DK-CPR:010157-5001", " 0101575001 "])
def test_recipients_are_written_as_in_manifests(recipient: str) -> None:
    found = _found(recipient, *GOOD[1:])
    assert isinstance(found, Enrolment)
    assert found.recipient == "dk-cpr:0101575001"


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (("", *GOOD[1:]), [Code.VALUE_MISSING]),
        ((GOOD[0], "", ""), [Code.VALUE_MISSING, Code.VALUE_MISSING]),
        (("", "", ""), [Code.EMPTY_ROW]),
        (("101575001", *GOOD[1:]), [Code.LEADING_ZERO_LOST]),
        (("9901575001", *GOOD[1:]), [Code.RECIPIENT_BIRTH_DATE]),
        (("1,01E+09", *GOOD[1:]), [Code.SCIENTIFIC_NOTATION]),
        ((GOOD[0], "vilkaar-2025", GOOD[2]), [Code.CONSENT_TERMS_UNKNOWN]),
        ((*GOOD[:2], "01-02-2026"), [Code.SPREADSHEET_DATE]),
        ((*GOOD[:2], "2026-02-01T10:00"), [Code.TIME_WITHOUT_ZONE]),
        ((*GOOD[:2], "yesterday"), [Code.TIME_UNREADABLE]),
        ((*GOOD[:2], "2025-12-31T23:59:59Z"), [Code.CONSENT_OUT_OF_TIME]),
        ((*GOOD[:2], "2026-11-18T09:00:01Z"), [Code.CONSENT_OUT_OF_TIME]),
        (("x", "y", "z"), [Code.RECIPIENT_UNREADABLE, Code.TIME_UNREADABLE, Code.CONSENT_TERMS_UNKNOWN]),
        (GOOD[:2], [Code.FIELD_COUNT]),
    ],
)
def test_everything_that_is_wrong_with_a_row_is_told(cells: tuple[str, ...], codes: list[Code]) -> None:
    assert _found(*cells) == codes


@pytest.mark.parametrize("consent_at", ["2026-01-01T00:00:00Z", "2026-11-18T09:00:00Z"])
def test_terms_hold_from_their_first_second_to_now(consent_at: str) -> None:
    assert isinstance(_found(*GOOD[:2], consent_at), Enrolment)


def test_a_sender_without_terms_enrols_nobody() -> None:
    assert _found(*GOOD, sender=HAVBLIK) == [Code.CONSENT_TERMS_UNKNOWN]


@pytest.mark.parametrize("consent_at", ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-11-19T00:00:00Z", ""])
@pytest.mark.parametrize("terms", ["vilkaar-2026", "other", ""])
def test_enrolling_and_sorting_know_one_rule(consent_at: str, terms: str) -> None:
    is_evidenced = rules.accepted_terms(SENDER, terms, consent_at, NOW) is not None
    assert isinstance(_found(GOOD[0], terms, consent_at), Enrolment) == is_evidenced
    assert is_evidenced == (terms == TERMS.id and consent_at != "" and TERMS.valid_from <= from_text(consent_at) <= NOW)


@pytest.mark.parametrize("text", ["recipient;consent\n1;2\n", "010157-5001;vilkaar-2026;2026-02-01\n", "consent_at\n"])
def test_a_file_without_its_columns_is_refused_without_quoting_data(text: str) -> None:
    with pytest.raises(ManifestError) as raised:
        _rows(text)
    assert raised.value.problem.code is Code.COLUMN_MISSING
    assert "5001" not in str(raised.value.problem.facts)


def test_every_language_says_that_evidence_was_received() -> None:
    assert set(_RECEIVED) == {"da", "nb", "nn", "en"}
    assert all(text.endswith(".") for text in _RECEIVED.values())
