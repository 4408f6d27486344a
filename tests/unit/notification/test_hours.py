from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification.hours import sms_from
from postal.senders import Country
from postal.times import ZONES

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-18T08:00:00Z", "2026-11-18T08:00:00Z"),
        ("2026-11-18T18:59:59Z", "2026-11-18T18:59:59Z"),
        ("2026-11-18T19:00:00Z", "2026-11-19T08:00:00Z"),
        ("2026-11-18T23:30:00Z", "2026-11-19T08:00:00Z"),
        ("2026-11-18T07:59:59Z", "2026-11-18T08:00:00Z"),
        # Summer time; the night in which the clocks go back, and the one in which they go forward.
        ("2026-07-01T18:00:00Z", "2026-07-02T07:00:00Z"),
        ("2026-10-24T20:00:00Z", "2026-10-25T08:00:00Z"),
        ("2027-03-27T21:00:00Z", "2027-03-28T07:00:00Z"),
    ],
)
@pytest.mark.parametrize("country", ["no", "dk"])
def test_an_sms_goes_now_or_at_nine(now: str, opening: str, country: Country) -> None:
    assert sms_from(datetime.fromisoformat(now), country) == datetime.fromisoformat(opening)


@given(MOMENTS, st.sampled_from(["no", "dk"]))
def test_an_sms_never_goes_outside_its_hours_nor_waits_longer_than_a_night(now: datetime, country: Country) -> None:
    opening = sms_from(now, country)

    assert time(9) <= opening.astimezone(ZONES[country]).time() < time(20)
    assert timedelta(0) <= opening - now <= timedelta(hours=14)
    assert sms_from(opening, country) == opening
