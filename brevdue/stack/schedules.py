"""Schedules of the template: when they fall due, and the event they send."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from json import loads
from typing import Any, Final, Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from brevdue.stack.permissions import Place

_UNITS: Final = {
    unit + plural: timedelta(**{f"{unit}s": 1}) for unit in ("minute", "hour", "day") for plural in ("", "s")
}
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# A cron expression that names no day of ten years names none.
_FAR: Final = 3660


class Times(Protocol):
    """The moments of a schedule."""

    def after(self, moment: datetime, start: datetime) -> datetime:
        """The first one after `moment`; `start` is when the schedule was deployed."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every `period`, counted from the deploy."""

    period: timedelta

    def after(self, moment: datetime, start: datetime) -> datetime:
        """See Times."""
        return start + self.period * ((moment - start) // self.period + 1)


@dataclass(frozen=True, slots=True)
class Cron:
    """At each minute that all fields name; days of the week are counted from Sunday, 1."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    zone: ZoneInfo

    def after(self, moment: datetime, start: datetime) -> datetime:  # noqa: ARG002 - see Times
        """See Times.

        Raises:
            ValueError: no day of the next ten years fits.
        """
        local = moment.astimezone(self.zone)
        for ahead in range(_FAR):
            day = (local + timedelta(days=ahead)).replace(second=0, microsecond=0, fold=0)
            if day.day in self.days and day.month in self.months and day.isoweekday() % 7 + 1 in self.weekdays:
                times = (
                    day.replace(hour=hour, minute=minute).astimezone(moment.tzinfo)
                    for hour in sorted(self.hours)
                    for minute in sorted(self.minutes)
                )
                if due := next((time for time in times if time > moment), None):
                    return due
        raise ValueError(f"{self} never falls due")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of the template.

    Attributes:
        name: logical id.
        function: short name of the function it invokes.
        payload: what it sends; None for the standard event.
        scheduler: whether EventBridge Scheduler sends it, else an EventBridge rule.
    """

    name: str
    arn: str
    function: str
    times: Times
    payload: object
    scheduler: bool

    def event(self, now: datetime, place: Place) -> object:
        """What the function gets when it is invoked at `now`."""
        if self.payload is not None:
            return self.payload
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler" if self.scheduler else "aws.events",
            "account": place.account,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": place.region,
            "resources": [self.arn],
            # A rule sends an object here, Scheduler a string.
            "detail": "{}" if self.scheduler else {},
        }


def schedule(
    name: str, properties: Mapping[str, Any], functions: Mapping[str, str], place: Place
) -> Iterator[Schedule]:
    """The enabled schedules that an Events rule or a Scheduler schedule gives functions.

    Args:
        name: logical id.
        properties: of AWS::Events::Rule or AWS::Scheduler::Schedule, resolved.
        functions: short name by function ARN.
        place: for the ARN.

    Raises:
        NotImplementedError: the expression or the target is not supported.
    """
    if "ScheduleExpression" not in properties or properties.get("State", "ENABLED") != "ENABLED":
        return
    scheduler = "Target" in properties
    zone = ZoneInfo(properties.get("ScheduleExpressionTimezone", "UTC"))
    for target in [properties["Target"]] if scheduler else properties["Targets"]:
        if target["Arn"] not in functions:
            raise NotImplementedError(f"schedule {name}: only functions of the template can be its target")
        yield Schedule(
            name=name,
            arn=place.arn("scheduler", f"schedule/default/{name}")
            if scheduler
            else place.arn("events", f"rule/{name}"),
            function=functions[target["Arn"]],
            times=parse(properties["ScheduleExpression"], zone),
            payload=loads(target["Input"]) if "Input" in target else None,
            scheduler=scheduler,
        )


def parse(expression: str, zone: ZoneInfo) -> Times:
    """Read `rate(…)` or `cron(…)`; local times are of `zone`.

    Raises:
        NotImplementedError: it is neither, or uses L, W, # or a year.
    """
    kind, _, rest = expression.strip().removesuffix(")").partition("(")
    fields = rest.split()
    match kind, fields:
        case "rate", [count, unit] if count.isdigit() and int(count) and unit in _UNITS:
            return Rate(int(count) * _UNITS[unit])
        case "cron", [minutes, hours, days, months, weekdays, "*"]:
            return Cron(
                minutes=_field(minutes, range(60)),
                hours=_field(hours, range(24)),
                days=_field(days, range(1, 32)),
                months=_field(months, range(1, 13), _MONTHS),
                weekdays=_field(weekdays, range(1, 8), _DAYS),
                zone=zone,
            )
    raise NotImplementedError(f"schedule expression not supported: {expression}")


def _field(text: str, whole: range, names: tuple[str, ...] = ()) -> frozenset[int]:
    return frozenset(chain.from_iterable(_part(part, whole, names) for part in text.split(",")))


def _part(text: str, whole: range, names: tuple[str, ...]) -> range:
    """One of a field's comma-separated parts: *, ?, 5, 1-5, MON-FRI, */10, 5/10."""
    span, _, step = text.partition("/")
    first, _, last = span.partition("-")
    if span in {"*", "?"}:
        low, high = whole[0], whole[-1]
    else:
        low = _number(first, names, whole)
        high = _number(last, names, whole) if last else whole[-1] if step else low
    return range(low, high + 1, int(step or 1))


def _number(text: str, names: tuple[str, ...], whole: range) -> int:
    number = names.index(text.upper()) + 1 if text.upper() in names else int(text) if text.isdigit() else -1
    if number not in whole:
        raise NotImplementedError(f"not supported in a cron expression: {text!r}")
    return number
