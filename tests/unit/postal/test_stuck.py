"""Letters that stand longer than they ever should are found, with the reason; others are not."""

from datetime import UTC, datetime, timedelta

import pytest

from postal import stuck
from postal.consignments import LetterItem
from postal.due import Due, Work
from postal.reasons import Reason
from postal.status import LetterState, Status

START = datetime(2026, 11, 18, 9, tzinfo=UTC)


def _found(
    status: Status,
    reason: Reason | None,
    after: timedelta,
    *,
    item: LetterItem | None = None,
    dues: tuple[Due, ...] = (),
) -> list[tuple[Status | None, int]]:
    state = LetterState(row=1, status=status, reason=reason, at=START if reason else None)
    found = stuck.find([state], {1: item} if item else {}, dues, START, START + after)
    assert all(one.why and one.since >= START for one in found)
    return [(one.status, one.letters) for one in found]


@pytest.mark.parametrize(
    ("status", "reason", "longest"),
    [
        (Status.WAITING, None, stuck.LEAVES_WITHIN),
        (Status.WAITING, Reason.CHOSE_EBOKS, stuck.LEAVES_WITHIN),
        (Status.IN_TRANSIT, Reason.CHOSE_EBOKS, stuck.ANSWERED_WITHIN),
        (Status.TO_PRINT, Reason.OPTED_OUT, stuck.CLAIMED_WITHIN),
    ],
)
def test_a_letter_is_stuck_once_its_longest_time_is_over(
    status: Status, reason: Reason | None, longest: timedelta
) -> None:
    assert _found(status, reason, longest) == []
    assert _found(status, reason, longest + timedelta(seconds=1)) == [(status, 1)]


def test_a_claimed_letter_is_the_printers_until_it_says_that_it_is_posted() -> None:
    item = LetterItem(row=1, claimed_for=1, claimed_at=START + timedelta(days=1))

    assert _found(Status.TO_PRINT, Reason.OPTED_OUT, stuck.PRINTED_WITHIN, item=item) == []
    assert _found(Status.TO_PRINT, Reason.OPTED_OUT, stuck.PRINTED_WITHIN + timedelta(days=2), item=item) == [
        (Status.TO_PRINT, 1)
    ]


def test_what_is_due_and_not_done_is_stuck_whatever_its_status() -> None:
    dues = (Due(row=1, at=START + timedelta(days=1), work=Work.DECIDE),)

    assert _found(Status.HELD, Reason.HELD_FOR_SENDER, timedelta(days=2), dues=dues) == []
    assert _found(Status.HELD, Reason.HELD_FOR_SENDER, timedelta(days=3), dues=dues) == [(Status.HELD, 1)]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.WAITING, Reason.DELIVER_LATER),
        (Status.HELD, Reason.HELD_FOR_SENDER),
        (Status.DELIVERED, Reason.CHOSE_EBOKS),
        (Status.PRINTED, Reason.OPTED_OUT),
    ],
)
def test_what_may_stand_for_long_is_never_stuck_by_age_alone(status: Status, reason: Reason) -> None:
    assert _found(status, reason, timedelta(days=1_000)) == []
