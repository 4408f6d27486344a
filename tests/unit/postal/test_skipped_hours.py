from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from postal.senders import Country
from postal.working_hours import Skipped, Why, deadline, skipped

#: Wednesday 23 December, 15:00 in Oslo and Copenhagen.
BEFORE_CHRISTMAS = datetime(2026, 12, 23, 14, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
PAUSES = st.lists(st.tuples(st.integers(-50, 400), st.integers(0, 100)), max_size=4)


def test_the_days_of_christmas_are_named() -> None:
    end = deadline(BEFORE_CHRISTMAS, 40, "no")

    assert [(one.day, one.why, one.holidays) for one in skipped(BEFORE_CHRISTMAS, end, "no")] == [
        (date(2026, 12, 25), Why.HOLIDAY, ("Christmas Day",)),
        (date(2026, 12, 26), Why.HOLIDAY, ("Second Day of Christmas",)),
        (date(2026, 12, 27), Why.WEEKEND, ()),
    ]


def test_two_holidays_on_one_day_are_both_named() -> None:
    begin = datetime(2027, 5, 16, 22, tzinfo=UTC)

    (found,) = skipped(begin, begin + timedelta(days=1), "no")

    assert (found.day, found.holidays) == (date(2027, 5, 17), ("Constitution Day", "Pentecost Monday"))


def test_pauses_are_left_out_once_and_only_on_working_days() -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)
    hour = timedelta(hours=1)
    pauses = [
        (start + hour, start + 3 * hour),
        (start + 2 * hour, start + 4 * hour),
        (start + 24 * hour, start + 30 * hour),
    ]

    found = list(skipped(start, start + timedelta(days=3), "dk", pauses))

    assert [(one.day.day, one.why) for one in found] == [
        (20, Why.PAUSE),
        (20, Why.PAUSE),
        (21, Why.WEEKEND),
        (22, Why.WEEKEND),
    ]
    assert _length(found[:2]) == 3 * hour


@given(MOMENTS, st.integers(0, 240), st.sampled_from(["no", "dk"]), PAUSES)
def test_what_is_skipped_is_all_that_a_deadline_leaves_out(
    start: datetime, hours: int, country: Country, offsets: list[tuple[int, int]]
) -> None:
    pauses = [
        (start + timedelta(hours=first), start + timedelta(hours=first + length)) for first, length in offsets if length
    ]
    end = deadline(start, hours, country, pauses)

    found = list(skipped(start, end, country, pauses))

    assert end - start - _length(found) == timedelta(hours=hours)
    assert all(one.begin < one.end for one in found)
    assert found == sorted(found, key=lambda one: one.begin)


def _length(found: list[Skipped]) -> timedelta:
    return sum((one.end - one.begin for one in found), timedelta())
