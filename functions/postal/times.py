"""Times as text: ISO 8601 in UTC, whole seconds, so that text order is time order."""

from datetime import UTC, datetime, timedelta


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
