from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.letters import Delivery
from postal.reasons import NextStep, Reason, Way
from postal.senders import Language, Regime, Settings
from postal.status import LetterState, Status
from receipts import lines, words
from tests.unit.receipts.samples import ACCEPTED_AT, DELIVERED_AT, letter, refused, sender, state

NEUTRAL = Settings(disclosure="neutral")

#: Every way in which a line can read: status, reason, delivery, what becomes of held letters.
CASES: tuple[tuple[Status, Reason | None, Delivery, Settings], ...] = (
    (Status.WAITING, None, "digital_or_paper", Settings()),
    (Status.WAITING, Reason.DELIVER_LATER, "digital_or_paper", Settings()),
    (Status.WAITING, Reason.REGISTERED_IN_EBOKS, "digital_or_paper", Settings()),
    (Status.IN_TRANSIT, Reason.CHOSE_DIGIPOST, "digital_or_paper", Settings()),
    (Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED, "digital_or_paper", Settings()),
    (Status.HELD, Reason.HELD_FOR_SENDER, "digital_or_paper", Settings()),
    (Status.HELD, Reason.HELD_FOR_SENDER, "digital_only", Settings()),
    (Status.HELD, Reason.HELD_AFTER_REFUSAL, "digital_or_paper", Settings(fallback="return")),
    (Status.DELIVERED, Reason.MANDATORY_DIGITAL_POST, "digital_or_paper", Settings()),
    (Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, "digital_or_paper", Settings(unopened_hours=72)),
    (Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, "digital_only", Settings()),
    (Status.OPENED, Reason.ORGANISATION_IN_ALTINN, "digital_or_paper", Settings()),
    (Status.NOTICE_FAILED, Reason.REGISTERED_IN_EBOKS, "digital_or_paper", Settings()),
    (Status.NOTICE_FAILED, Reason.ALTINN_AFTER_REFUSAL, "digital_or_paper", Settings()),
    (Status.TO_PRINT, Reason.OPTED_OUT, "digital_or_paper", Settings()),
    (Status.PRINTED, Reason.EXEMPT, "digital_or_paper", Settings()),
    (Status.RETURNED, Reason.NO_DIGITAL_ID, "paper", Settings()),
    (Status.EXPIRED, Reason.DECLINED_TO_SENDER, "digital_or_paper", Settings(fallback="return")),
    (Status.RECALLED, Reason.SENDER_CHOSE_PAPER, "paper", Settings()),
    (Status.STOPPED, Reason.RECIPIENT_CLOSED, "digital_or_paper", Settings()),
    (Status.FAILED, Reason.REFUSED_BY_DIGITAL_POST, "digital_or_paper", Settings()),
    (Status.HELD, Reason.HELD_FOR_SENDER, "digital_or_paper", NEUTRAL),
    (Status.PRINTED, Reason.DECLINED_TO_PAPER, "digital_or_paper", NEUTRAL),
    (Status.RETURNED, Reason.DECLINED_TO_PAPER, "digital_or_paper", NEUTRAL),
    (Status.EXPIRED, Reason.DECLINED_TO_SENDER, "digital_or_paper", NEUTRAL),
    (Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED, "digital_or_paper", NEUTRAL),
)
LANGUAGES: tuple[Language, ...] = ("da", "nb", "en")
GOLDEN = Path(__file__).with_name("texts.golden.txt")


def as_text(status: Status, reason: Reason | None, delivery: Delivery, settings: Settings) -> str:
    at = DELIVERED_AT if reason else None
    told = [
        lines.line(
            letter(delivery=delivery),
            LetterState(row=1, status=status, reason=reason, at=at),
            sender(language=language, settings=settings),
            ACCEPTED_AT,
        )
        for language in LANGUAGES
    ]
    first = told[0]
    fallback = f", {settings.fallback}" if status is Status.HELD else ""
    neutral = ", neutral" if settings == NEUTRAL else ""
    head = f"{status} ({delivery}{fallback}{neutral}): {first.code}, {first.channel or '-'}, {first.controller}"
    texts = (f"  {language}: {line.text}" for language, line in zip(LANGUAGES, told, strict=True))
    return "\n".join((f"{head}, {first.next_step}", *texts, ""))


def test_every_status_reads_as_agreed_in_three_languages() -> None:
    assert "\n".join(as_text(*case) for case in CASES) == GOLDEN.read_text(encoding="utf-8")


def test_every_status_is_among_the_agreed_texts() -> None:
    assert {status for status, *_ in CASES} == set(Status)
    assert set(words.OF_STATUS) == set(Status)


def test_nynorsk_reads_bokmaal() -> None:
    held = state(Status.HELD, Reason.HELD_FOR_SENDER)
    texts = {lines.line(letter(), held, sender(language=language), ACCEPTED_AT).text for language in ("nb", "nn")}
    assert len(texts) == 1


def test_a_refused_row_tells_all_its_errors_and_the_code_of_the_first() -> None:
    sorted_later = state(Status.REJECTED, Reason.ROW_REFUSED)
    line = lines.line(refused(), sorted_later, sender(), ACCEPTED_AT)
    assert lines.cells(line) == (
        "ref-1",
        "1",
        "rejected",
        "DOCUMENT_MISSING",
        "",
        "2026-11-18T09:00:00+01:00",
        "sender",
        "Dokumentet »a.pdf« mangler. Upload det under documents/. Titlen er tom. Skriv en titel.",
        "sender_fixes",
    )


def test_a_refused_row_reads_the_same_before_and_after_it_is_sorted() -> None:
    before, after = state(Status.WAITING, None, None), state(Status.REJECTED, Reason.ROW_REFUSED)
    assert lines.line(refused(), before, sender(), ACCEPTED_AT) == lines.line(refused(), after, sender(), ACCEPTED_AT)


@pytest.mark.parametrize(
    ("regime", "moment", "text"),
    [
        (Regime.NO_PUBLIC, datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "2026-07-02T00:30:00+02:00"),
        (Regime.DK_PUBLIC, datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01T00:30:00+01:00"),
        (Regime.DK_PRIVATE, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (Regime.DK_PRIVATE, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
    ],
)
def test_times_are_the_senders_with_their_offset(regime: Regime, moment: datetime, text: str) -> None:
    delivered = state(Status.DELIVERED, Reason.MANDATORY_DIGITAL_POST, moment)
    assert lines.line(letter(), delivered, sender(regime), ACCEPTED_AT).time == text


@given(
    status=st.sampled_from(Status),
    reason=st.sampled_from(Reason),
    delivery=st.sampled_from(("digital_or_paper", "digital_only", "paper")),
    language=st.sampled_from(LANGUAGES),
)
def test_every_reason_in_every_status_gives_a_whole_line(
    status: Status, reason: Reason, delivery: Delivery, language: Language
) -> None:
    line = lines.line(letter(delivery=delivery), state(status, reason), sender(language=language), ACCEPTED_AT)
    assert line.code == reason.name
    assert line.text.startswith(reason.explanation(language))
    assert "{" not in line.text
    assert (line.controller == "recipient") == (status in {Status.DELIVERED, Status.OPENED, Status.NOTICE_FAILED})
    assert lines.decode(lines.encode(line)) == line
    assert dict(zip(lines.COLUMNS, lines.cells(line), strict=True))["next_step"] == line.next_step


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.way is Way.PRINT])
def test_what_goes_on_paper_goes_through_print(reason: Reason) -> None:
    assert lines.line(letter(), state(Status.TO_PRINT, reason), sender(), ACCEPTED_AT).channel == "print"


def test_an_unopened_letter_is_waited_for_only_where_paper_follows() -> None:
    def next_step(reason: Reason, delivery: Delivery) -> NextStep:
        line = lines.line(letter(delivery=delivery), state(Status.DELIVERED, reason), sender(), ACCEPTED_AT)
        return line.next_step

    assert next_step(Reason.ALTINN_BY_DEFAULT, "digital_or_paper") is NextStep.WAIT
    assert next_step(Reason.ALTINN_BY_DEFAULT, "digital_only") is NextStep.NONE
    assert next_step(Reason.CHOSE_EBOKS, "digital_or_paper") is NextStep.NONE


def test_a_line_holds_nothing_of_the_recipient() -> None:
    encoded = lines.encode(lines.line(letter(), state(Status.HELD, Reason.HELD_FOR_SENDER), sender(), ACCEPTED_AT))
    assert b"0101010000" not in encoded
    assert b"Faktura" not in encoded
