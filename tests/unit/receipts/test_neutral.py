"""`disclosure: neutral`: what a line tells, and what it may not depend on."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from postal.batches import BatchState
from postal.consent import UNSEEN
from postal.letters import Delivery
from postal.reasons import NextStep, Reason
from postal.senders import Regime, Sender, Settings
from postal.status import LetterState, Status
from receipts import lines, summary
from receipts.lists import Listed
from receipts.summary import Counts
from tests.unit.receipts.samples import ACCEPTED_AT, DELIVERED_AT, SORTED_AT, batch, letter, refused, sender, state

NEUTRAL = Settings(disclosure="neutral")

#: The statuses that show outside of Brevdue too; all others are one to a neutral list.
ENDS = {Status.PRINTED, Status.RETURNED, Status.EXPIRED, Status.REJECTED, Status.FAILED}

LOOKED_UP = sorted(set(Reason) - UNSEEN, key=lambda reason: reason.mark)

any_time = st.integers(0, 400 * 24 * 60).map(lambda minutes: ACCEPTED_AT + timedelta(minutes=minutes))
any_settings = st.builds(
    Settings,
    disclosure=st.just("neutral"),
    fallback=st.sampled_from(("print", "return")),
    hold_days=st.integers(1, 390),
    unopened_hours=st.integers(24, 240),
)


@given(
    status=st.sampled_from(sorted(set(Status) - ENDS)),
    reason=st.sampled_from(LOOKED_UP) | st.none(),
    at=any_time,
    delivery=st.sampled_from(("digital_or_paper", "digital_only", "paper")),
    by=st.builds(sender, st.sampled_from(Regime), st.sampled_from(("da", "nb", "nn", "en")), any_settings),
)
def test_a_line_is_the_same_whatever_became_of_the_letter(
    status: Status,
    reason: Reason | None,
    at: datetime,
    delivery: Delivery,
    by: Sender,
) -> None:
    unsorted = LetterState(row=1, status=Status.WAITING, reason=None, at=None)
    line = lines.line(letter(delivery=delivery), state(status, reason, at), by, ACCEPTED_AT)
    assert line == lines.line(letter(), unsorted, sender(by.regime, by.language, NEUTRAL), ACCEPTED_AT)
    assert (line.status, line.code, line.channel, line.controller, line.next_step) == (
        Status.IN_TRANSIT,
        "ACCEPTED",
        "",
        "sender",
        NextStep.NONE,
    )
    assert line.time == "2026-11-18T09:00:00+01:00"


@given(status=st.sampled_from(sorted(ENDS)), reason=st.sampled_from(LOOKED_UP), other=st.sampled_from(LOOKED_UP))
def test_an_end_is_told_without_why(status: Status, reason: Reason, other: Reason) -> None:
    by = sender(settings=NEUTRAL)
    line = lines.line(letter(), state(status, reason), by, ACCEPTED_AT)
    assert line == lines.line(letter(), state(status, other), by, ACCEPTED_AT)
    assert line.code in {"SENT_ON_PAPER", "NOT_SENT"}
    assert line.controller == "sender"


def test_all_ways_of_not_being_sent_are_one() -> None:
    by = sender(settings=NEUTRAL)
    declined = state(Status.EXPIRED, Reason.DECLINED_TO_SENDER)
    no_way = state(Status.REJECTED, Reason.NO_DIGITAL_WAY)
    failed = state(Status.FAILED, Reason.REFUSED_BY_DIGITAL_POST)
    told = {lines.line(letter(), one, by, ACCEPTED_AT) for one in (declined, no_way, failed)}
    assert [(line.status, line.code, line.next_step) for line in told] == [
        (Status.EXPIRED, "NOT_SENT", NextStep.SENDER_FIXES)
    ]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED),
        (Status.TO_PRINT, Reason.NO_DIGITAL_ID),
        (Status.PRINTED, Reason.NO_DIGITAL_ID),
        (Status.RETURNED, Reason.NO_DIGITAL_ID),
        (Status.RECALLED, Reason.DELIVER_LATER),
    ],
)
def test_what_needed_no_look_up_is_told_as_ever(status: Status, reason: Reason) -> None:
    neutral = lines.line(letter(), state(status, reason), sender(settings=NEUTRAL), ACCEPTED_AT)
    assert neutral == lines.line(letter(), state(status, reason), sender(), ACCEPTED_AT)


def test_a_refused_row_is_told_as_ever() -> None:
    waiting = state(Status.WAITING, None, None)
    neutral = lines.line(refused(), waiting, sender(settings=NEUTRAL), ACCEPTED_AT)
    assert neutral == lines.line(refused(), waiting, sender(), ACCEPTED_AT)


def test_a_letter_that_waits_for_its_date_reads_as_it_will_when_it_is_looked_up() -> None:
    later = state(Status.WAITING, Reason.DELIVER_LATER)
    assert lines.line(letter(), later, sender(settings=NEUTRAL), ACCEPTED_AT).code == "ACCEPTED"


def _encoded(status: Status, reason: Reason | None = Reason.ALTINN_BY_DEFAULT, row: int = 1) -> bytes:
    told = lines.line(letter(row), state(status, reason, row=row), sender(settings=NEUTRAL), ACCEPTED_AT)
    return lines.encode(told)


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
    old = [lines.encode(lines.line(letter(), state(Status.REJECTED, Reason.CONSENT_NOT_EVIDENCED), by, ACCEPTED_AT))]
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
