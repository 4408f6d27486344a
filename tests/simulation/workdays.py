"""Working hours and cut-offs, counted minute by minute from a table of holidays.

As plain as can be, and slow: it is what the arithmetic of the post office is held against. Every
time in a simulation is a whole minute, and no clock changes between November and March, so both
countries are one hour ahead of UTC all the time.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

#: Weekdays on which nobody works, November 2026 to March 2027 (docs/rules.md, "Times"). 26 December 2026
#: is a Saturday; Easter 2027 begins on 25 March.
_HOLIDAYS: Final = {
    "no": {date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 29)},
    "dk": {date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 29)},
}
_AHEAD_OF_UTC: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5

#: From its first minute up to its end.
Pauses = Sequence[tuple[datetime, datetime]]


def is_working_day(day: date, country: str) -> bool:
    return day.weekday() < _SATURDAY and day not in _HOLIDAYS[country]


@cache
def deadline(start: datetime, hours: int, country: str, pauses: tuple[tuple[datetime, datetime], ...]) -> datetime:
    """The first minute of a working day, and of no pause, before which so many hours of such minutes have passed."""
    moment, left = start, hours * 60
    while True:
        counts = is_working_day(local_day(moment), country) and not any(begin <= moment < end for begin, end in pauses)
        if counts and not left:
            return moment
        left -= counts
        moment += _MINUTE


def next_cut_off(moment: datetime, at: str, country: str) -> datetime:
    """The first time after a moment at which it is a working day's cut-off, such as `17:30`."""
    day = local_day(moment)
    while not is_working_day(day, country) or cut_off_of(day, at, moment) <= moment:
        day += _DAY
    return cut_off_of(day, at, moment)


def cut_off_of(day: date, at: str, like: datetime) -> datetime:
    """The cut-off of a day, in the zone of another time."""
    return datetime.combine(day, time.fromisoformat(at), like.tzinfo) - _AHEAD_OF_UTC


def local_day(moment: datetime) -> date:
    """The day by a clock in Oslo or Copenhagen, of a time in UTC."""
    return (moment + _AHEAD_OF_UTC).date()
