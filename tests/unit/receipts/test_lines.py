from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from postal import due
from postal.batches import BatchState
from postal.letters import Delivery
from postal.reasons import NextStep, Reason, Way
from postal.senders import Language, Regime, Settings
from postal.status import LetterState, Status
from receipts import lines, words
from tests.unit.receipts.samples import (
    ACCEPTED_AT,
    ADDRESS,
    DELIVERED_AT,
    NOW,
    batch,
    letter,
    line,
    refused,
    sender,
    state,
)

NEUTRAL = Settings(disclosure="neutral")
DELIVER_AFTER = "2026-12-24T11:00:00Z"
RESPOND_BY = "2026-11-18T09:15:00Z"


class Case(NamedTuple):
    """A way in which a line can read.

    Attributes:
        about: what the golden text calls it, besides its status.
        was_delivered: before it got the status.
        is_silent: a response was asked for, until before the list is written.
    """

    status: Status
    reason: Reason | None
    about: str = ""
    settings: Settings = Settings()
    delivery: Delivery = "digital_or_paper"
    recipient: str = "dk-cpr:0101010000"
    was_delivered: bool = False
    is_claimed: bool = False
    is_silent: bool = False
    batch: BatchState = BatchState.OPEN


#: Every way in which a line can read.
CASES = (
    Case(Status.WAITING, None),
    Case(Status.WAITING, None, "awaits approval", batch=BatchState.AWAITING_APPROVAL),
    Case(Status.WAITING, Reason.DELIVER_LATER),
    Case(Status.WAITING, Reason.REGISTERED_IN_EBOKS),
    Case(Status.IN_TRANSIT, Reason.CHOSE_DIGIPOST),
    Case(Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED),
    Case(Status.HELD, Reason.HELD_FOR_SENDER),
    Case(Status.HELD, Reason.HELD_FOR_SENDER, "digital only", delivery="digital_only"),
    Case(Status.HELD, Reason.HELD_AFTER_REFUSAL, "back to the sender", Settings(fallback="return", hold_days=10)),
    Case(Status.DELIVERED, Reason.MANDATORY_DIGITAL_POST),
    Case(Status.DELIVERED, Reason.MANDATORY_DIGITAL_POST, "overdue", is_silent=True),
    Case(Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, settings=Settings(unopened_hours=72)),
    Case(Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, "digital only", delivery="digital_only"),
    Case(Status.OPENED, Reason.ORGANISATION_IN_ALTINN),
    Case(Status.OPENED, Reason.NOTICES_FAILED, "instead of paper", was_delivered=True),
    Case(Status.NOTICE_FAILED, Reason.REGISTERED_IN_EBOKS),
    Case(Status.NOTICE_FAILED, Reason.ALTINN_AFTER_REFUSAL),
    Case(Status.TO_PRINT, Reason.OPTED_OUT),
    Case(Status.TO_PRINT, Reason.HOLD_ENDED_TO_PAPER, "claimed", is_claimed=True),
    Case(Status.TO_PRINT, Reason.UNOPENED_IN_ALTINN, "in a mailbox", was_delivered=True),
    Case(Status.TO_PRINT, Reason.NOTICES_FAILED, "in a mailbox, claimed", was_delivered=True, is_claimed=True),
    Case(Status.PRINTED, Reason.EXEMPT),
    Case(Status.PRINTED, Reason.UNOPENED_IN_ALTINN, "in a mailbox, overdue", was_delivered=True, is_silent=True),
    Case(Status.RETURNED, Reason.NO_DIGITAL_ID, delivery="paper"),
    Case(Status.RETURNED, Reason.UNOPENED_IN_ALTINN, "in a mailbox", was_delivered=True),
    Case(Status.EXPIRED, Reason.DECLINED_TO_SENDER),
    Case(Status.EXPIRED, Reason.HOLD_ENDED),
    Case(Status.EXPIRED, Reason.SENDER_ORDERED_RETURN),
    Case(Status.RECALLED, Reason.RECALLED_BY_SENDER),
    Case(Status.WAITING, None, "cancelled", batch=BatchState.CANCELLED),
    Case(Status.STOPPED, Reason.RECIPIENT_CLOSED),
    Case(Status.STOPPED, Reason.RECIPIENT_CLOSED, "in a mailbox", was_delivered=True),
    Case(Status.FAILED, Reason.REFUSED_BY_DIGITAL_POST),
    Case(Status.FAILED, Reason.PDF_ENCRYPTED),
    Case(Status.FAILED, Reason.REFUSED_BY_PRINTER),
    Case(Status.FAILED, Reason.PDF_NOT_A4, "in a mailbox", was_delivered=True),
    Case(Status.HELD, Reason.HELD_FOR_SENDER, "neutral, overdue", NEUTRAL, is_silent=True),
    Case(Status.WAITING, Reason.DELIVER_LATER, "neutral", NEUTRAL),
    Case(Status.RECALLED, Reason.RECALLED_BY_SENDER, "neutral", NEUTRAL),
    Case(Status.EXPIRED, Reason.SENDER_ORDERED_RETURN, "neutral", NEUTRAL),
    Case(Status.PRINTED, Reason.DECLINED_TO_PAPER, "neutral", NEUTRAL),
    Case(Status.RETURNED, Reason.DECLINED_TO_PAPER, "neutral", NEUTRAL),
    Case(Status.EXPIRED, Reason.DECLINED_TO_SENDER, "neutral", NEUTRAL),
    Case(Status.FAILED, Reason.PDF_DAMAGED, "neutral, only an address", NEUTRAL, recipient=""),
    Case(Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED, "neutral", NEUTRAL),
    Case(Status.WAITING, None, "neutral, cancelled", NEUTRAL, batch=BatchState.CANCELLED),
)
LANGUAGES: tuple[Language, ...] = ("da", "nb", "en")
GOLDEN = Path(__file__).with_name("texts.golden.txt")


def as_text(case: Case) -> str:
    row = letter(
        delivery=case.delivery,
        recipient=case.recipient,
        deliver_after=DELIVER_AFTER if case.reason is Reason.DELIVER_LATER else "",
        respond_by=RESPOND_BY if case.is_silent else "",
    )
    stands = LetterState(
        row=1,
        status=case.status,
        reason=case.reason,
        at=DELIVERED_AT if case.reason else None,
        delivered_at=DELIVERED_AT - timedelta(days=3) if case.was_delivered else None,
        is_claimed=case.is_claimed,
    )
    told = [
        lines.line(
            row, stands, batch(sender_=sender(language=language, settings=case.settings), state_=case.batch), NOW
        )
        for language in LANGUAGES
    ]
    first = told[0]
    about = f" ({case.about})" if case.about else ""
    facts = [first.code, first.channel or "-", first.controller, first.next_step]
    facts += [f"{name} {value}" for name, value in (("until", first.until), ("by", first.respond_by)) if value]
    texts = (f"  {language}: {line.text}" for language, line in zip(LANGUAGES, told, strict=True))
    return "\n".join((f"{first.status}{about}: {', '.join(facts)}", *texts, ""))


def test_every_status_reads_as_agreed_in_three_languages() -> None:
    assert "\n".join(as_text(case) for case in CASES) == GOLDEN.read_text(encoding="utf-8")


def test_every_status_is_among_the_agreed_texts() -> None:
    assert {case.status for case in CASES} == set(Status)
    assert set(words.OF_STATUS) == set(Status)
    assert {case.status for case in CASES if case.was_delivered} == {*words.OF_STATUS_IN_A_MAILBOX, Status.OPENED}


def test_nynorsk_reads_bokmaal() -> None:
    held = state(Status.HELD, Reason.HELD_FOR_SENDER)
    texts = {line(letter(), held, sender(language=language)).text for language in ("nb", "nn")}
    assert len(texts) == 1


def test_a_refused_row_tells_all_its_errors_and_the_code_of_the_first() -> None:
    sorted_later = state(Status.REJECTED, Reason.ROW_REFUSED)
    assert lines.cells(line(refused(), sorted_later)) == (
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


@pytest.mark.parametrize("stands", [BatchState.AWAITING_APPROVAL, BatchState.OPEN, BatchState.CANCELLED])
def test_a_refused_row_reads_the_same_whatever_becomes_of_its_batch(stands: BatchState) -> None:
    before, after = state(Status.WAITING, None, None), state(Status.REJECTED, Reason.ROW_REFUSED)
    assert lines.line(refused(), before, batch(state_=stands), NOW) == line(refused(), after)


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
    assert line(letter(), delivered, sender(regime)).time == text


any_state = st.builds(
    LetterState,
    row=st.just(1),
    status=st.sampled_from(Status),
    reason=st.sampled_from(Reason),
    at=st.just(DELIVERED_AT),
    delivered_at=st.sampled_from((None, DELIVERED_AT)),
    held_until=st.sampled_from((None, DELIVERED_AT + timedelta(days=90))),
    is_claimed=st.booleans(),
    has_responded=st.booleans(),
)
any_delivery = st.sampled_from(("digital_or_paper", "digital_only", "paper"))


@given(stands=any_state, delivery=any_delivery, language=st.sampled_from(LANGUAGES))
def test_every_reason_in_every_status_gives_a_whole_line(
    stands: LetterState, delivery: Delivery, language: Language
) -> None:
    assert stands.reason
    told = line(letter(delivery=delivery, deliver_after=DELIVER_AFTER), stands, sender(language=language))
    assert told.code == stands.reason.name
    assert told.text.startswith(stands.reason.explanation(language))
    assert "{" not in told.text
    assert lines.decode(lines.encode(told)) == told
    in_columns = dict(zip(lines.COLUMNS, lines.cells(told), strict=True))
    assert in_columns == {name: str(getattr(told, name)) for name in lines.COLUMNS}


@given(stands=any_state)
def test_a_letter_is_the_senders_until_its_recipient_has_it_in_the_mailbox(stands: LetterState) -> None:
    """Paper is the sender's; where none came of it, what lies in the mailbox is all that there is of the letter."""
    told = line(letter(deliver_after=DELIVER_AFTER), stands)
    in_mailbox = {Status.DELIVERED, Status.OPENED, Status.NOTICE_FAILED}
    if stands.delivered_at:
        in_mailbox |= {Status.STOPPED, Status.FAILED}
    assert (told.controller == "recipient") == (stands.status in in_mailbox)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.way is Way.PRINT])
@pytest.mark.parametrize("status", [Status.TO_PRINT, Status.PRINTED, Status.RETURNED])
@pytest.mark.parametrize("delivered_at", [None, ACCEPTED_AT])
def test_what_goes_on_paper_goes_through_print_after_a_mailbox_too(
    reason: Reason, status: Status, delivered_at: datetime | None
) -> None:
    stands = structs.replace(state(status, reason), delivered_at=delivered_at)
    assert line(letter(), stands).channel == "print"


def test_an_unopened_letter_is_waited_for_only_where_paper_follows() -> None:
    def next_step(reason: Reason, delivery: Delivery) -> NextStep:
        return line(letter(delivery=delivery), state(Status.DELIVERED, reason)).next_step

    assert next_step(Reason.ALTINN_BY_DEFAULT, "digital_or_paper") is NextStep.WAIT
    assert next_step(Reason.ALTINN_BY_DEFAULT, "digital_only") is NextStep.NONE
    assert next_step(Reason.CHOSE_EBOKS, "digital_or_paper") is NextStep.NONE


def test_who_ordered_a_letter_back_is_not_asked_to_act() -> None:
    assert line(letter(), state(Status.EXPIRED, Reason.SENDER_ORDERED_RETURN)).next_step is NextStep.NONE
    assert line(letter(), state(Status.EXPIRED, Reason.HOLD_ENDED)).next_step is NextStep.SENDER_FIXES


def test_a_held_letter_without_an_address_cannot_go_on_paper() -> None:
    held = state(Status.HELD, Reason.HELD_FOR_SENDER)
    without = structs.replace(letter(), address=None)
    assert ADDRESS is letter().address
    assert line(letter(), held, sender(language="en")).text.endswith("it goes on paper.")
    assert line(without, held, sender(language="en")).text.endswith("has to find another way.")


def test_a_line_holds_nothing_of_the_recipient() -> None:
    encoded = lines.encode(line(letter(), state(Status.HELD, Reason.HELD_FOR_SENDER)))
    assert b"0101010000" not in encoded
    assert b"Faktura" not in encoded


def test_a_list_of_before_the_times_were_told_can_still_be_read() -> None:
    told = line(letter(), state(Status.HELD, Reason.HELD_FOR_SENDER))
    before = lines.encode(told).replace(f',"until":"{told.until}","respond_by":""'.encode(), b"")
    assert lines.decode(before) == structs.replace(told, until="")


# Until


def test_a_held_letter_waits_for_the_end_of_its_hold_or_for_the_time_that_was_ordered() -> None:
    held = state(Status.HELD, Reason.HELD_FOR_SENDER)
    extended = structs.replace(held, held_until=datetime(2027, 3, 1, 11, tzinfo=UTC))
    assert line(letter(), held, sender(settings=Settings(hold_days=10))).until == "2026-11-28T10:00:00+01:00"
    assert line(letter(), extended).until == "2027-03-01T12:00:00+01:00"


def test_a_letter_waits_for_its_date_only_until_then() -> None:
    row = letter(deliver_after=DELIVER_AFTER)
    assert line(row, state(Status.WAITING, Reason.DELIVER_LATER)).until == "2026-12-24T12:00:00+01:00"
    assert line(row, state(Status.WAITING, None, None)).until == ""
    assert line(row, state(Status.WAITING, Reason.REGISTERED_IN_EBOKS)).until == ""


def test_a_letter_waits_for_its_print_run_until_a_job_has_it() -> None:
    to_print = state(Status.TO_PRINT, Reason.EXEMPT, datetime(2026, 11, 20, 17, tzinfo=UTC))
    assert line(letter(), to_print).until == "2026-11-23T17:30:00+01:00"
    assert line(letter(), structs.replace(to_print, is_claimed=True)).until == ""


@given(stands=any_state, hold_days=st.integers(1, 390))
def test_until_is_when_something_falls_due(stands: LetterState, hold_days: int) -> None:
    by = sender(settings=Settings(hold_days=hold_days))
    row = letter(deliver_after=DELIVER_AFTER)
    until = line(row, stands, by).until
    dues = [one.at for one in due.of_letter(row, stands, by, NOW)]
    if stands.status in {Status.WAITING, Status.HELD, Status.TO_PRINT}:
        assert [datetime.fromisoformat(until)] == dues if until else not dues
    else:
        assert until == ""


# A response that is overdue

FOLLOWED_UP = {
    Status.WAITING,
    Status.IN_TRANSIT,
    Status.HELD,
    Status.DELIVERED,
    Status.OPENED,
    Status.NOTICE_FAILED,
    Status.TO_PRINT,
    Status.PRINTED,
}


@given(stands=any_state, minutes=st.integers(-100, 100))
def test_a_response_is_overdue_from_its_day_on_until_the_sender_reports_one(stands: LetterState, minutes: int) -> None:
    row = letter(deliver_after=DELIVER_AFTER, respond_by="2026-11-18T09:30:00Z")
    told = line(row, stands, now=NOW + timedelta(minutes=minutes))
    before = line(row, stands, now=NOW - timedelta(seconds=1))
    assert told.respond_by == "2026-11-18T10:30:00+01:00"
    is_overdue = stands.status in FOLLOWED_UP and not stands.has_responded and minutes >= 0
    if is_overdue:
        assert told.next_step is NextStep.FOLLOW_UP
        assert told.text == f"{before.text} Svarfristen er udløbet, og afsender har ikke meldt nogen reaktion."
        assert structs.replace(told, next_step=before.next_step, text=before.text) == before
    else:
        assert told == before
        assert told.next_step is not NextStep.FOLLOW_UP


def test_a_letter_without_a_day_is_never_overdue() -> None:
    told = line(letter(), state(Status.DELIVERED, Reason.CHOSE_EBOKS), now=NOW + timedelta(days=999))
    assert (told.next_step, told.respond_by) == (NextStep.NONE, "")


# Batches as a whole


@given(stands=any_state, by=st.sampled_from((Settings(), NEUTRAL)))
def test_every_letter_of_a_cancelled_batch_is_recalled(stands: LetterState, by: Settings) -> None:
    row = letter(respond_by=RESPOND_BY, deliver_after=DELIVER_AFTER)
    told = lines.line(row, stands, batch(sender_=sender(settings=by), state_=BatchState.CANCELLED), NOW)
    assert (told.status, told.code, told.next_step, told.until) == (
        Status.RECALLED,
        "RECALLED_BY_SENDER",
        NextStep.NONE,
        "",
    )
    assert told.time == "2026-11-18T09:00:00+01:00"


@pytest.mark.parametrize("by", [Settings(), NEUTRAL])
def test_a_batch_that_awaits_approval_says_so_of_every_letter(by: Settings) -> None:
    awaiting = batch(sender_=sender(settings=by), state_=BatchState.AWAITING_APPROVAL)
    told = lines.line(letter(respond_by=RESPOND_BY), state(Status.WAITING, None, None), awaiting, NOW)
    assert (told.status, told.code, told.next_step) == (Status.WAITING, "AWAITING_APPROVAL", NextStep.SENDER_FIXES)


def test_a_letter_that_was_recalled_awaits_no_approval() -> None:
    recalled = state(Status.RECALLED, Reason.RECALLED_BY_SENDER, None)
    told = lines.line(letter(), recalled, batch(state_=BatchState.AWAITING_APPROVAL), NOW)
    assert (told.status, told.code) == (Status.RECALLED, "RECALLED_BY_SENDER")
