"""Recording when a channel was down."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cloud.outages import Outage, Outages
from postal.channels import Channel
from postal.reasons import Reason, Unopened
from postal.times import to_text

#: Of what is longer, somebody has mistyped a date.
_LONG: Final = timedelta(days=7)

#: The channels in which a letter that stays unopened becomes paper: nothing but their outages puts anything off.
_COUNTED: Final = frozenset(reason.way.mailbox for reason in Reason if reason.unopened is Unopened.PAPER)


def moment(text: str) -> datetime:
    """A time with its zone, in UTC and whole seconds.

    Raises:
        ValueError: it is none; the text says how to write one.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no time: write one as in 2026-11-18T10:00+01:00") from None
    if read.tzinfo is None:
        here = read.replace(tzinfo=ZoneInfo("Europe/Oslo")).isoformat(timespec="minutes")
        raise ValueError(
            f"{text} has no zone: write {here} for the time in Oslo and Copenhagen, "
            f"or {read.isoformat(timespec='minutes')}Z for UTC"
        )
    try:
        return read.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError(f"{text} is too far away") from None


def outage(channel: Channel, begin: datetime, end: datetime) -> Outage:
    """An outage of a channel.

    Raises:
        ValueError: it does not end after it begins.
    """
    if end <= begin:
        raise ValueError(f"{to_text(end)} is not after {to_text(begin)}: an outage ends after it begins")
    return Outage(channel=channel, begin=begin, end=end)


def doubts(one: Outage, now: datetime) -> Iterator[str]:
    """What may be wrong with an outage that could be recorded all the same."""
    if one.begin > now:
        yield "it lies in the future: should the channel not go down, remove it"
    elif one.end > now:
        yield "it ends in the future: should the channel be back sooner, add it again with the right end"
    if one.end - one.begin > _LONG:
        yield f"it lasts {(one.end - one.begin).days} days: check the dates"
    if one.channel not in _COUNTED:
        yield f"no letter becomes paper because it stays unopened in {one.channel}: it puts nothing off"


def add(outages: Outages, one: Outage) -> Outage | None:
    """Record an outage; the one that it takes the place of, because it began at the same time."""
    before = _find(outages, one.channel, one.begin)
    outages.put(one)
    return before


def remove(outages: Outages, channel: Channel, begin: datetime) -> Outage | None:
    """Forget an outage; None where none began then."""
    found = _find(outages, channel, begin)
    if found is not None:
        outages.delete(channel, begin)
    return found


def _find(outages: Outages, channel: Channel, begin: datetime) -> Outage | None:
    return next((one for one in outages.all() if (one.channel, one.begin) == (channel, begin)), None)
