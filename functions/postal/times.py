"""Times as text: ISO 8601, in UTC where they are stored, so that text order is time order; for people in their zone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from postal.senders import Country

#: Whose clock a sender's people look at.
ZONES: Final[Mapping[Country, ZoneInfo]] = {"no": ZoneInfo("Europe/Oslo"), "dk": ZoneInfo("Europe/Copenhagen")}


def to_text(moment: datetime) -> str:
    """`2026-11-18T09:00:00Z` for a zone-aware datetime.

    Raises:
        ValueError: the datetime has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(text: str) -> datetime:
    """The zone-aware datetime that `to_text` wrote; raises ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone cannot be read")
    return moment.astimezone(UTC)


def next_full(moment: datetime, every: timedelta) -> datetime:
    """The first multiple of `every` (counted from the epoch) after `moment`."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp((int(moment.timestamp()) // seconds + 1) * seconds, UTC)


@lru_cache(maxsize=4096)
def local_time(moment: datetime, country: Country) -> str:
    """`2026-11-18T10:00:00+01:00`: a zone-aware datetime as clocks in a country show it."""
    return moment.astimezone(ZONES[country]).isoformat(timespec="seconds")
