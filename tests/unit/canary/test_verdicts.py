"""How a canary fares, by what its sender gets back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.verdicts import Canary, Verdict, is_late, verdict
from postal.batches import BatchState
from postal.status import Status

SENT = datetime(2026, 11, 18, 5, tzinfo=UTC)
WITHIN = timedelta(hours=4)
HERE = {Status.DELIVERED, Status.OPENED}
COMING = {Status.WAITING, Status.IN_TRANSIT}


def _after(minutes: int, state: BatchState | None = None, status: Status | None = None) -> Verdict:
    return verdict(Canary(sent_at=SENT, state=state, status=status), SENT + timedelta(minutes=minutes), WITHIN)


@pytest.mark.parametrize(
    ("minutes", "state", "status", "expected"),
    [
        (0, None, None, Verdict.UNDER_WAY),
        (29, None, None, Verdict.UNDER_WAY),
        (30, None, None, Verdict.LATE),
        (30, BatchState.OPEN, None, Verdict.UNDER_WAY),
        (239, BatchState.OPEN, Status.IN_TRANSIT, Verdict.UNDER_WAY),
        (240, BatchState.OPEN, Status.IN_TRANSIT, Verdict.LATE),
        (240, BatchState.WAITING_FOR_DOCUMENTS, None, Verdict.LATE),
        (1, BatchState.REFUSED, None, Verdict.LATE),
        (1, BatchState.CANCELLED, Status.RECALLED, Verdict.LATE),
        (999, BatchState.SETTLED, Status.DELIVERED, Verdict.ARRIVED),
        (999, BatchState.OPEN, Status.OPENED, Verdict.ARRIVED),
    ],
)
def test_verdicts(minutes: int, state: BatchState | None, status: Status | None, expected: Verdict) -> None:
    assert _after(minutes, state, status) is expected


@pytest.mark.parametrize("status", sorted({*Status} - HERE - COMING))
def test_what_can_never_arrive_is_late_at_once(status: Status) -> None:
    assert _after(1, BatchState.OPEN, status) is Verdict.LATE


@pytest.mark.parametrize("state", [None, *BatchState])
@given(minutes=st.integers(0, 10_000), status=st.sampled_from([None, *Status]))
def test_late_stays_late_until_it_arrives(state: BatchState | None, minutes: int, status: Status | None) -> None:
    if _after(minutes, state, status) is Verdict.LATE:
        assert _after(minutes + 1, state, status) is Verdict.LATE
    assert (_after(minutes, state, status) is Verdict.ARRIVED) == (status in HERE)


@pytest.mark.parametrize(
    ("newest_first", "late"),
    [
        ([], False),
        ([Verdict.UNDER_WAY], False),
        ([Verdict.UNDER_WAY, Verdict.ARRIVED, Verdict.LATE], False),
        ([Verdict.UNDER_WAY, Verdict.LATE, Verdict.ARRIVED], True),
        ([Verdict.ARRIVED, Verdict.LATE], False),
        ([Verdict.LATE, Verdict.ARRIVED], True),
    ],
)
def test_the_newest_that_is_not_under_way_decides(newest_first: list[Verdict], late: bool) -> None:  # noqa: FBT001
    assert is_late(newest_first) is late
