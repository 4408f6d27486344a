"""Working hours: how long a letter may stay unopened, and when paper leaves.

A working day has all its 24 clock hours; weekends and public holidays have none.
So "40 hours" are a little under two days in the middle of a week, and nearly a week over Easter.

Source: KS, SvarUT's list of changes (github.com/ks-no/ks-no.github.io,
content/svarut/endringer.md), 22 March 2016: 40 hours on days that are working
days. KS leaves out weekends and says nothing of public holidays; here they are
left out too, for a recipient is no more likely to read post on Christmas Day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from postal.senders import Country
from postal.times import ZONES

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


#: Times that do not count, each from its first moment up to its end.
Pauses = Sequence[tuple[datetime, datetime]]


def deadline(start: datetime, hours: int, country: Country, pauses: Pauses = ()) -> datetime:
    """The time, in UTC, at which so many hours of working days have gone by.

    The hours really elapse: a day on which the clocks change has 23 or 25 of them. What
    would end at midnight before a weekend or a holiday ends when the next working day begins.

    Args:
        start: from when.
        hours: of working days.
        country: whose working days.
        pauses: hours that do not count besides, as while a mailbox was down; they may overlap.

    Raises:
        ValueError: the start has no zone, or the hours are negative.
    """
    if start.tzinfo is None or hours < 0:
        raise ValueError("working hours are counted onwards from a time with a zone")
    moment, left = start.astimezone(UTC), timedelta(hours=hours)
    zone = ZONES[country]
    in_order = sorted(pauses)
    while True:
        pause_ends = max((end for begin, end in in_order if begin <= moment < end), default=None)
        if pause_ends is not None:
            moment = pause_ends
            continue
        day = moment.astimezone(zone).date()
        stretch_ends = _at(day + _DAY, time.min, zone)
        stretch_ends = min([stretch_ends, *(begin for begin, end in in_order if moment < begin < end)])
        if is_working_day(day, country):
            if left < stretch_ends - moment:
                return moment + left
            left -= stretch_ends - moment
        moment = stretch_ends


class Why(StrEnum):
    """Why hours do not count."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSE = "pause"


class Skipped(Struct, frozen=True, kw_only=True):
    """Hours of one day that do not count.

    Attributes:
        day: as calendars in the country show it.
        begin, end: the hours, in UTC; `end` is the first moment after them.
        holidays: English names of the public holidays on it; two may fall on one day.
    """

    day: date
    why: Why
    begin: datetime
    end: datetime
    holidays: tuple[str, ...] = ()


def skipped(begin: datetime, end: datetime, country: Country, pauses: Pauses = ()) -> Iterator[Skipped]:
    """The hours from one time to another that `deadline` leaves out, in order.

    A public holiday that falls on a weekend is told as the holiday.

    Args:
        begin: from when.
        end: up to when.
        country: whose working days.
        pauses: as `deadline` takes them.
    """
    zone = ZONES[country]
    moment, last = begin.astimezone(UTC), end.astimezone(UTC)
    while moment < last:
        day = moment.astimezone(zone).date()
        stretch_ends = min(_at(day + _DAY, time.min, zone), last)
        if is_working_day(day, country):
            for first, pause_ends in _within(pauses, moment, stretch_ends):
                yield Skipped(day=day, why=Why.PAUSE, begin=first, end=pause_ends)
        else:
            holidays = _public_holidays(country, day.year).get(day, ())
            why = Why.HOLIDAY if holidays else Why.WEEKEND
            yield Skipped(day=day, why=why, begin=moment, end=stretch_ends, holidays=holidays)
        moment = stretch_ends


@lru_cache(maxsize=4_096)
def next_cut_off(moment: datetime, time_of_day: time, country: Country) -> datetime:
    """The first time, in UTC, after a moment that is this local time on a working day.

    Raises:
        ValueError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a cut-off is looked for from a time with a zone")
    zone = ZONES[country]
    day = moment.astimezone(zone).date()
    while not is_working_day(day, country) or _at(day, time_of_day, zone) <= moment:
        day += _DAY
    return _at(day, time_of_day, zone)


def latest_cut_off(moment: datetime, time_of_day: time, country: Country) -> datetime:
    """The last time, in UTC, up to a moment that is this local time on a working day.

    Raises:
        ValueError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a cut-off is looked for from a time with a zone")
    zone = ZONES[country]
    day = moment.astimezone(zone).date()
    while not is_working_day(day, country) or _at(day, time_of_day, zone) > moment:
        day -= _DAY
    return _at(day, time_of_day, zone)


def is_working_day(day: date, country: Country) -> bool:
    """Whether a day is neither Saturday, Sunday nor a public holiday.

    Norway: the holidays of lov 24. februar 1995 nr. 12 om helligdager og helligdagsfred
    § 2, and 1 and 17 May, which lov 26. april 1947 nr. 1 makes equal to Sundays. 24 and 31
    December are working days.

    Denmark: the holy days of the Church of Denmark (helligdagsforordningen of 1770), without
    store bededag from 2024 on (lov nr. 214 af 6. marts 2023). 1 May, 5 June, 24 and 31
    December are no holy days, so they are working days.
    """
    return day.weekday() < _SATURDAY and day not in _public_holidays(country, day.year)


@cache
def _public_holidays(country: Country, year: int) -> Mapping[date, tuple[str, ...]]:
    """The days of a year that are public holidays, with the English names of these."""
    # Imported with the first deadline, not with the function: it loads every country of the world,
    # in most of a second, and offers no way to load one.
    from holidays import country_holidays  # noqa: PLC0415

    found = country_holidays(country.upper(), years=year, language="en_US")
    return {day: tuple(found.get_list(day)) for day in found}


def _within(pauses: Pauses, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What pauses leave out between two times, each moment once."""
    for pause_begins, pause_ends in sorted(pauses):
        first, last = max(pause_begins, begin), min(pause_ends, end)
        if first < last:
            yield first, last
            begin = last


def _at(day: date, time_of_day: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time_of_day, zone).astimezone(UTC)
