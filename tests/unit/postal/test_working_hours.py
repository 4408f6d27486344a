import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.senders import Country
from postal.times import ZONES
from postal.working_hours import deadline, is_working_day, latest_cut_off, next_cut_off
from tests.support.template import ROOT

OSLO = ZONES["no"]
COUNTRIES = st.sampled_from(["no", "dk"])
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
HOURS = st.integers(0, 240)


def _local(text: str, country: Country = "no") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONES[country])


@pytest.mark.parametrize(
    ("start", "country", "end"),
    [
        ("2026-11-18 10:00", "no", "2026-11-20 02:00"),
        ("2026-11-20 14:00", "no", "2026-11-24 06:00"),
        ("2026-11-21 09:00", "no", "2026-11-24 16:00"),
        ("2026-12-23 15:00", "no", "2026-12-28 07:00"),
        ("2026-12-23 15:00", "dk", "2026-12-28 07:00"),
        # The Wednesday before Easter: Thursday, Friday and Monday are holidays.
        ("2026-04-01 10:00", "no", "2026-04-08 02:00"),
        ("2027-03-24 10:00", "dk", "2027-03-31 02:00"),
        # 1 May is a holiday in Norway alone.
        ("2028-04-28 10:00", "no", "2028-05-03 02:00"),
        ("2028-04-28 10:00", "dk", "2028-05-02 02:00"),
        # New Year: 31 December is a working day.
        ("2026-12-30 10:00", "dk", "2027-01-04 02:00"),
        # What would end at midnight before the weekend ends when Monday begins.
        ("2026-11-19 08:00", "no", "2026-11-23 00:00"),
        ("2026-11-18 08:00", "no", "2026-11-20 00:00"),
    ],
)
def test_forty_hours_by_example(start: str, country: Country, end: str) -> None:
    assert deadline(_local(start, country), 40, country) == _local(end, country)


def test_17_may_2027_is_also_whit_monday_and_counts_once() -> None:
    assert deadline(_local("2027-05-14 14:00"), 40, "no") == _local("2027-05-19 06:00")
    assert [is_working_day(date(2027, 5, day), "no") for day in range(14, 19)] == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # The clocks go forward on Easter Sunday 2027, back on Sunday 25 October 2026.
        ("2027-03-24T14:00:00+01:00", "2027-03-31T06:00:00+02:00"),
        ("2026-10-23T14:00:00+02:00", "2026-10-27T06:00:00+01:00"),
    ],
)
def test_changing_the_clocks_moves_no_deadline(start: str, end: str) -> None:
    assert deadline(datetime.fromisoformat(start), 40, "no") == datetime.fromisoformat(end)


@pytest.mark.parametrize(("day", "elapsed"), [(date(2027, 3, 28), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_the_clocks_change_has_the_hours_that_it_has(
    monkeypatch: pytest.MonkeyPatch, day: date, elapsed: int
) -> None:
    # As the clocks change on Sundays, this would only show if a Sunday were a working day.
    monkeypatch.setattr("postal.working_hours.is_working_day", lambda _day, _country: True)
    start = datetime.combine(day, time.min, OSLO)

    next_day = datetime.combine(day + timedelta(days=1), time.min, OSLO)

    assert deadline(start, elapsed, "no") == next_day
    assert deadline(start, elapsed - 1, "no") == next_day.astimezone(UTC) - timedelta(hours=1)


NORWEGIAN = {
    2026: "01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26",
    2027: "01-01 03-25 03-26 03-28 03-29 05-01 05-06 05-16 05-17 12-25 12-26",
}
DANISH = {
    2023: "01-01 04-06 04-07 04-09 04-10 05-05 05-18 05-28 05-29 12-25 12-26",
    2024: "01-01 03-28 03-29 03-31 04-01 05-09 05-19 05-20 12-25 12-26",
    2026: "01-01 04-02 04-03 04-05 04-06 05-14 05-24 05-25 12-25 12-26",
    2027: "01-01 03-25 03-26 03-28 03-29 05-06 05-16 05-17 12-25 12-26",
}


@pytest.mark.parametrize(
    ("country", "year", "expected"),
    [("no", year, days) for year, days in NORWEGIAN.items()] + [("dk", year, days) for year, days in DANISH.items()],
)
def test_the_working_days_of_whole_years(country: Country, year: int, expected: str) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    weekdays = [day for day in days if day.weekday() < 5]
    named = {date.fromisoformat(f"{year}-{day}") for day in expected.split()}

    assert [day for day in weekdays if not is_working_day(day, country)] == [day for day in weekdays if day in named]
    assert not [day for day in days if day.weekday() >= 5 and is_working_day(day, country)]


def test_store_bededag_is_a_working_day_from_2024_on() -> None:
    assert not is_working_day(date(2023, 5, 5), "dk")
    assert is_working_day(date(2024, 4, 26), "dk")
    assert is_working_day(date(2027, 4, 23), "dk")


@pytest.mark.parametrize("day", ["2028-05-01", "2026-06-05", "2027-12-24", "2027-12-31"])
def test_danish_days_off_by_custom_are_working_days(day: str) -> None:
    assert is_working_day(date.fromisoformat(day), "dk")


@given(MOMENTS, MOMENTS, HOURS, COUNTRIES)
def test_who_starts_later_ends_no_earlier(a: datetime, b: datetime, hours: int, country: Country) -> None:
    assert deadline(min(a, b), hours, country) <= deadline(max(a, b), hours, country)


@given(MOMENTS, HOURS, HOURS, COUNTRIES)
def test_hours_add_up(start: datetime, first: int, second: int, country: Country) -> None:
    assert deadline(deadline(start, first, country), second, country) == deadline(start, first + second, country)


@given(MOMENTS, HOURS, COUNTRIES)
def test_a_deadline_falls_on_a_working_day(start: datetime, hours: int, country: Country) -> None:
    end = deadline(start, hours, country)

    assert is_working_day(end.astimezone(ZONES[country]).date(), country)
    assert end - start >= timedelta(hours=hours)


@given(MOMENTS, HOURS, COUNTRIES)
def test_just_so_many_hours_of_working_days_lie_between(start: datetime, hours: int, country: Country) -> None:
    # A full hour, so that every hour lies on one day alone.
    start = start.replace(minute=0, second=0, microsecond=0)
    end = deadline(start, hours, country)

    between = [start + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)))]
    worked = [hour for hour in between if is_working_day(hour.astimezone(ZONES[country]).date(), country)]
    assert len(worked) == hours


@pytest.mark.parametrize(
    ("moment", "cut_off"),
    [
        ("2026-11-18 10:00", "2026-11-18 17:30"),
        ("2026-11-18 17:30", "2026-11-19 17:30"),
        ("2026-11-20 18:00", "2026-11-23 17:30"),
        ("2026-11-22 10:00", "2026-11-23 17:30"),
        ("2026-12-24 18:00", "2026-12-28 17:30"),
        ("2027-03-24 18:00", "2027-03-30 17:30"),
    ],
)
def test_paper_leaves_at_the_next_cut_off(moment: str, cut_off: str) -> None:
    assert next_cut_off(_local(moment), time(17, 30), "no") == _local(cut_off)


@given(MOMENTS, st.times(), COUNTRIES)
def test_a_cut_off_lies_ahead_on_a_working_day(moment: datetime, time_of_day: time, country: Country) -> None:
    at = next_cut_off(moment, time_of_day, country)

    assert at > moment
    assert at.astimezone(ZONES[country]).time() == time_of_day
    assert is_working_day(at.astimezone(ZONES[country]).date(), country)


def test_answers_are_in_utc() -> None:
    assert deadline(_local("2026-11-18 10:00"), 40, "no").tzinfo is UTC
    assert next_cut_off(_local("2026-11-18 10:00"), time(17, 30), "no").tzinfo is UTC


def test_a_start_in_any_zone_is_the_same_start() -> None:
    tokyo = _local("2026-11-18 10:00").astimezone(ZoneInfo("Asia/Tokyo"))

    assert deadline(tokyo, 40, "no") == _local("2026-11-20 02:00")


def test_what_cannot_be_counted_is_refused() -> None:
    naive = datetime(2026, 11, 18)  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="with a zone"):
        deadline(naive, 40, "no")
    with pytest.raises(ValueError, match="onwards"):
        deadline(_local("2026-11-18 10:00"), -1, "no")
    with pytest.raises(ValueError, match="with a zone"):
        next_cut_off(naive, time(17, 30), "no")


def test_the_holidays_of_the_world_are_loaded_only_when_asked_for() -> None:
    code = "import sys; sys.path.insert(0, 'functions'); import postal.working_hours; print('holidays' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603

    assert loaded.stdout.strip() == "False"


@given(
    hours=st.integers(0, 120),
    pauses=st.lists(st.tuples(st.integers(-50, 300), st.integers(1, 60)), max_size=4),
)
def test_pauses_put_a_deadline_off_by_the_working_time_they_take(hours: int, pauses: list[tuple[int, int]]) -> None:
    start = datetime(2026, 11, 18, 9, tzinfo=UTC)
    spans = [(start + timedelta(hours=a), start + timedelta(hours=a + length)) for a, length in pauses]

    found = deadline(start, hours, "no", spans)

    # By the minute-hand: every hour that counts is one of a working day in no pause.
    moment, left = start, hours
    while left > 0:
        is_open = is_working_day(moment.astimezone(ZONES["no"]).date(), "no")
        left -= is_open and not any(begin <= moment < end for begin, end in spans)
        moment += timedelta(hours=1)
    assert found >= moment
    # What ends where a pause or a day off begins, ends when that is over.
    while moment < found:
        is_open = is_working_day(moment.astimezone(ZONES["no"]).date(), "no")
        assert not is_open or any(begin <= moment < end for begin, end in spans)
        moment += timedelta(hours=1)


@given(moment=MOMENTS)
def test_the_latest_cut_off_lies_just_before_the_next(moment: datetime) -> None:
    latest = latest_cut_off(moment, time(17, 30), "dk")

    assert latest <= moment < next_cut_off(moment, time(17, 30), "dk")
    assert next_cut_off(latest, time(17, 30), "dk") == next_cut_off(moment, time(17, 30), "dk")
