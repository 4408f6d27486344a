from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import times

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(a: datetime, b: datetime) -> None:
    a, b = a.replace(microsecond=0), b.replace(microsecond=0)

    assert (times.to_text(a) < times.to_text(b)) == (a < b)
    assert times.from_text(times.to_text(a)) == a


def test_other_zones_become_utc() -> None:
    assert times.to_text(datetime(2026, 11, 18, 10, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-18T09:00:00Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        times.to_text(datetime(2026, 11, 18))  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="without zone"):
        times.from_text("2026-11-18T10:00:00")


@given(MOMENTS, st.integers(1, 1_440))
def test_the_next_full_cadence_lies_ahead_by_at_most_one(moment: datetime, minutes: int) -> None:
    every = timedelta(minutes=minutes)

    ahead = times.next_full(moment, every) - moment

    assert timedelta(0) < ahead <= every
