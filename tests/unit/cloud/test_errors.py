from datetime import timedelta
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from cloud.bucket import ConflictError
from cloud.errors import BusyError, LostRaceError, NotYetError, OutOfTimeError, wait_after
from cloud.queues import SendError
from cloud.time_left import TimeLeft

SECOND = timedelta(seconds=1)
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")


@pytest.mark.parametrize("error", [LostRaceError(), ConflictError("key")])
def test_who_lost_a_race_runs_again_within_seconds(error: Exception) -> None:
    assert [wait_after(error, tries) // SECOND for tries in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    "error", [BusyError(), SendError(), THROTTLED, ReadTimeoutError(endpoint_url="https://sqs.example")]
)
def test_a_service_is_given_time_from_half_a_minute_on_doubling(error: Exception) -> None:
    assert [wait_after(error, tries) // SECOND for tries in range(1, 8)] == [30, 60, 120, 240, 480, 900, 900]


def test_what_is_not_yet_comes_at_its_own_time() -> None:
    assert wait_after(NotYetError("not sorted yet", timedelta(minutes=7)), 3) == timedelta(minutes=7)


def test_what_ran_out_of_time_goes_on_at_once_and_later_where_that_does_not_help() -> None:
    assert [wait_after(OutOfTimeError(), tries) // SECOND for tries in (1, 2, 3, 10, 100)] == [1, 2, 4, 512, 900]


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError("?"),
        ZeroDivisionError(),
        ClientError({"Error": {"Code": "ValidationException"}}, "PutItem"),
        ClientError({"Error": {"Code": "NoSuchVersion"}}, "GetObject"),
    ],
)
def test_what_is_our_own_fault_is_soon_with_the_dead_letters(error: Exception) -> None:
    assert [wait_after(error, tries) // SECOND for tries in (1, 5, 100)] == [10, 10, 10]


@given(
    st.sampled_from([LostRaceError(), BusyError(), THROTTLED, ValueError(), OutOfTimeError()]), st.integers(0, 10**6)
)
def test_a_wait_is_never_shorter_for_a_later_try_and_never_too_long_for_sqs(error: Exception, tries: int) -> None:
    waits = [wait_after(error, one) for one in (tries, tries + 1, tries + 50)]

    assert all(before <= after for before, after in pairwise(waits))
    assert SECOND <= waits[0] <= waits[-1] <= timedelta(hours=12)


@pytest.mark.parametrize(("left", "is_short"), [(9_999, True), (10_000, False)])
def test_some_time_is_kept_back(left: int, is_short: bool) -> None:  # noqa: FBT001 - a table of cases
    time_left = TimeLeft(lambda: left)

    assert time_left.is_short() is is_short
    if is_short:
        with pytest.raises(OutOfTimeError):
            time_left.check()
        with pytest.raises(OutOfTimeError):
            list(time_left.each("abc"))
    else:
        time_left.check()
        assert list(time_left.each("abc")) == ["a", "b", "c"]
