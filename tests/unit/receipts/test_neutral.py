"""`disclosure: neutral`: what a line tells, and what it may not depend on."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from postal.batches import BatchState
from postal.channels import Channel
from postal.consent import UNSEEN
from postal.consignments import Consignment, Delivered, LetterItem, PageItems, Sorting
from postal.letters import Letter
from postal.pages import Page
from postal.reasons import NextStep, Reason
from postal.senders import Regime, Sender, Settings
from postal.status import LetterState, Status, states
from receipts import lines, summary
from receipts.lists import Listed
from receipts.summary import Counts
from tests.unit.receipts.samples import (
    ACCEPTED_AT,
    DELIVERED_AT,
    NOW,
    SORTED_AT,
    batch,
    letter,
    line,
    refused,
    sender,
    state,
)

NEUTRAL = Settings(disclosure="neutral")
PAGE = Page(sender="s", batch="b", number=0, key="", version="", first=0, last=0)

#: The statuses that show outside of Brevdue too; all others are one to a neutral list.
ENDS = {Status.PRINTED, Status.RETURNED, Status.EXPIRED, Status.REJECTED, Status.FAILED}

LOOKED_UP = sorted(set(Reason) - UNSEEN, key=lambda reason: reason.mark)
#: An end of the hold that the sender orders is no end to a neutral list.
UNORDERED = [reason for reason in LOOKED_UP if reason is not Reason.SENDER_ORDERED_RETURN]

any_time = st.integers(0, 400 * 24 * 60).map(lambda minutes: ACCEPTED_AT + timedelta(minutes=minutes))
some_time = st.none() | any_time
any_settings = st.builds(
    Settings,
    disclosure=st.just("neutral"),
    fallback=st.sampled_from(("print", "return")),
    hold_days=st.integers(1, 390),
    unopened_hours=st.integers(24, 240),
)
any_sender = st.builds(sender, st.sampled_from(Regime), st.sampled_from(("da", "nb", "nn", "en")), any_settings)
any_letter = st.builds(
    letter,
    st.just(1),
    st.sampled_from(("digital_or_paper", "digital_only", "paper")),
    deliver_after=st.sampled_from(("", "2026-12-24T11:00:00Z")),
    respond_by=st.sampled_from(("", "2026-11-18T09:15:00Z", "2027-01-01T11:00:00Z")),
)


def facts(
    status: st.SearchStrategy[Status], reason: st.SearchStrategy[Reason | None]
) -> st.SearchStrategy[LetterState]:
    """States with all that happens to letters alone."""
    return st.builds(
        LetterState,
        row=st.just(1),
        status=status,
        reason=reason,
        at=any_time,
        delivered_at=some_time,
        held_until=some_time,
        is_claimed=st.booleans(),
        has_responded=st.booleans(),
    )


hidden = st.one_of(
    facts(st.sampled_from(sorted(set(Status) - ENDS)), st.sampled_from(LOOKED_UP) | st.none()),
    facts(st.just(Status.EXPIRED), st.just(Reason.SENDER_ORDERED_RETURN)),
    facts(st.just(Status.WAITING), st.just(Reason.DELIVER_LATER)),
)


@given(row=any_letter, stands=hidden, by=any_sender, now=any_time)
def test_a_line_is_the_same_whatever_became_of_the_letter(
    row: Letter, stands: LetterState, by: Sender, now: datetime
) -> None:
    unsorted = LetterState(row=1, status=Status.WAITING, reason=None, at=None)
    told = line(row, stands, by, now)
    expected = line(
        structs.replace(row, delivery="digital_or_paper"), unsorted, sender(by.regime, by.language, NEUTRAL)
    )
    assert told == expected
    assert (told.status, told.code, told.channel, told.controller, told.next_step) == (
        Status.IN_TRANSIT,
        "ACCEPTED",
        "",
        "sender",
        NextStep.NONE,
    )
    assert told.time == "2026-11-18T09:00:00+01:00"
    assert told.until == ("2026-12-24T12:00:00+01:00" if row.deliver_after else "")
    assert bool(told.respond_by) == bool(row.respond_by)


@given(
    row=any_letter,
    stands=facts(st.sampled_from(sorted(ENDS)), st.sampled_from(UNORDERED)),
    other=facts(st.just(Status.REJECTED), st.sampled_from(UNORDERED)),
    by=any_sender,
    now=any_time,
)
def test_an_end_is_told_without_why(
    row: Letter, stands: LetterState, other: LetterState, by: Sender, now: datetime
) -> None:
    told = line(row, stands, by, now)
    same_end = structs.replace(other, status=stands.status, at=stands.at)
    assert told == line(row, same_end, by)
    assert told.code in {"SENT_ON_PAPER", "NOT_SENT"}
    assert (told.controller, told.until) == ("sender", "")
    assert told.next_step is not NextStep.FOLLOW_UP


def test_all_ways_of_not_being_sent_are_one() -> None:
    by = sender(settings=NEUTRAL)
    told = {
        line(letter(), one, by)
        for one in (
            state(Status.EXPIRED, Reason.DECLINED_TO_SENDER),
            state(Status.EXPIRED, Reason.HOLD_ENDED),
            state(Status.REJECTED, Reason.NO_DIGITAL_WAY),
            state(Status.FAILED, Reason.REFUSED_BY_DIGITAL_POST),
            state(Status.FAILED, Reason.PDF_ENCRYPTED),
            state(Status.FAILED, Reason.REFUSED_BY_PRINTER),
        )
    }
    assert [(line.status, line.code, line.next_step) for line in told] == [
        (Status.EXPIRED, "NOT_SENT", NextStep.SENDER_FIXES)
    ]


# The same, from what is stored of a page rather than from states

#: What may stand on a page for a letter of somebody with consent before its hold ends, by what it is decided by.
STORED: Mapping[str, tuple[Reason, LetterItem | None]] = {
    "held": (Reason.HELD_FOR_SENDER, None),
    "held longer": (Reason.HELD_FOR_SENDER, LetterItem(row=1, held_until=DELIVERED_AT + timedelta(days=99))),
    "in e-Boks": (Reason.REGISTERED_IN_EBOKS, None),
    "opened": (Reason.REGISTERED_IN_EBOKS, LetterItem(row=1, opened_at=NOW)),
    "told in vain": (Reason.REGISTERED_IN_EBOKS, LetterItem(row=1, notice_failed_at=NOW)),
    "answered": (Reason.REGISTERED_IN_EBOKS, LetterItem(row=1, responded_at=NOW)),
    "closed": (Reason.RECIPIENT_CLOSED, None),
    "declined": (Reason.DECLINED_TO_PAPER, None),
    "at the printer": (Reason.DECLINED_TO_PAPER, LetterItem(row=1, claimed_for=1, claimed_at=NOW)),
    "recalled": (
        Reason.HELD_FOR_SENDER,
        LetterItem(row=1, mark=Reason.RECALLED_BY_SENDER.mark, attempt=1, decided_at=NOW),
    ),
    "ordered back": (
        Reason.HELD_FOR_SENDER,
        LetterItem(row=1, mark=Reason.SENDER_ORDERED_RETURN.mark, attempt=1, decided_at=NOW),
    ),
    "ordered on paper": (
        Reason.HELD_FOR_SENDER,
        LetterItem(row=1, mark=Reason.SENDER_ORDERED_PAPER.mark, attempt=1, decided_at=NOW),
    ),
}


any_consignment = st.builds(
    Consignment,
    channel=st.just(Channel.EBOKS),
    n=st.just(1),
    rows=st.just("1"),
    left_out=st.sampled_from((frozenset[int](), frozenset({1}))),
    handed_over_at=some_time,
    deliveries=st.sampled_from(({}, {"1": Delivered(at=NOW, rows="1")})),
)


@given(stored=st.sampled_from(sorted(STORED)), row=any_letter, by=any_sender, sent=any_consignment, now=any_time)
def test_what_is_stored_of_a_letter_is_not_told(
    stored: str, row: Letter, by: Sender, sent: Consignment, now: datetime
) -> None:
    reason, item = STORED[stored]
    items = PageItems(
        sorting=Sorting(marks=reason.mark, sorted_at=SORTED_AT, page=PAGE),
        consignments=(sent,) if reason.way.mailbox else (),
        letters={1: item} if item else {},
    )
    (stands,) = states(items, range(1, 2))
    (unsorted,) = states(PageItems(), range(1, 2))
    assert line(row, stands, by, now) == line(row, unsorted, by)


@pytest.mark.parametrize(
    ("status", "reason", "recipient"),
    [
        (Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED, "dk-cpr:0101010000"),
        (Status.REJECTED, Reason.NO_DIGITAL_WAY, ""),
        (Status.PRINTED, Reason.NO_DIGITAL_ID, ""),
        (Status.RETURNED, Reason.NO_DIGITAL_ID, ""),
        (Status.FAILED, Reason.PDF_TOO_LONG, ""),
        (Status.RECALLED, Reason.RECALLED_BY_SENDER, ""),
    ],
)
def test_what_needed_no_look_up_is_told_as_ever(status: Status, reason: Reason, recipient: str) -> None:
    row = letter(recipient=recipient)
    assert line(row, state(status, reason), sender(settings=NEUTRAL)) == line(row, state(status, reason))


def test_a_letter_of_an_address_says_nothing_of_the_print_job_that_has_it() -> None:
    """No list is made for that alone, so it would show with one that is made for another letter."""
    row, by = letter(recipient=""), sender(settings=NEUTRAL)
    to_print = state(Status.TO_PRINT, Reason.NO_DIGITAL_ID)
    told = line(row, to_print, by)
    assert (told.status, told.code, told.until) == (Status.TO_PRINT, "NO_DIGITAL_ID", "")
    assert line(row, structs.replace(to_print, is_claimed=True), by) == told
    assert structs.replace(line(row, to_print), until="") == told


def test_a_refused_row_is_told_as_ever() -> None:
    waiting = state(Status.WAITING, None, None)
    assert line(refused(), waiting, sender(settings=NEUTRAL)) == line(refused(), waiting)


def _encoded(status: Status, reason: Reason | None = Reason.ALTINN_BY_DEFAULT, row: int = 1) -> bytes:
    return lines.encode(line(letter(row), state(status, reason, row=row), sender(settings=NEUTRAL)))


def test_an_end_that_was_told_stays_told() -> None:
    old = [_encoded(Status.PRINTED), _encoded(Status.EXPIRED, row=2), _encoded(Status.HELD, row=3)]
    new = [_encoded(Status.OPENED), _encoded(Status.OPENED, row=2), _encoded(Status.OPENED, row=3)]
    assert lines.keep_ends(new, old) == old


def test_an_end_gives_way_to_another_end() -> None:
    old, new = [_encoded(Status.PRINTED)], [_encoded(Status.RETURNED)]
    assert lines.keep_ends(new, old) == new


def test_a_first_list_keeps_nothing() -> None:
    assert lines.keep_ends([_encoded(Status.HELD)], []) == [_encoded(Status.HELD)]


def test_a_refused_row_is_no_end_of_a_letter() -> None:
    by = sender(settings=NEUTRAL)
    old = [lines.encode(line(letter(), state(Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED), by))]
    new = [_encoded(Status.HELD)]
    assert lines.keep_ends(new, old) == new


@pytest.mark.parametrize(
    ("stands", "shown"),
    [
        (BatchState.AWAITING_APPROVAL, BatchState.AWAITING_APPROVAL),
        (BatchState.OPEN, BatchState.OPEN),
        (BatchState.SETTLED, BatchState.OPEN),
        (BatchState.CANCELLED, BatchState.CANCELLED),
    ],
)
def test_a_summary_tells_neither_that_all_is_final_nor_when_it_was_sorted(
    stands: BatchState, shown: BatchState
) -> None:
    by = sender(settings=NEUTRAL)
    made = [
        summary.summary_of(
            structs.replace(batch(1, sender_=by), state=stands, sorted_at=sorted_at),
            Listed(number=1, version="v", previous="", written_at="2026-11-18T09:30:00Z"),
            Counts(statuses={}, channels={}, files={}),
        )
        for sorted_at in (None, SORTED_AT, DELIVERED_AT + timedelta(days=1))
    ]
    assert {one.state for one in made} == {shown}
    assert {one.sorted_at for one in made} == {None}
