"""When a channel was down, as the operator has recorded it."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from cloud.table import Table
from postal import keys
from postal.channels import Channel
from postal.times import to_text


class Outage(Struct, frozen=True, kw_only=True):
    """A time in which nobody could read what lies in a channel; `end` is the first moment after it."""

    channel: Channel
    begin: datetime
    end: datetime


class Outages:
    """The outages in the Batches table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, outage: Outage) -> None:
        """Record an outage, over one that began at the same time.

        Raises:
            ValueError: it ends before it begins.
        """
        if outage.end <= outage.begin:
            raise ValueError("an outage ends after it begins")
        begin = to_text(outage.begin)
        self._table.put(
            {
                "pk": keys.OUTAGES_PK,
                "sk": keys.outage_sk(outage.channel, begin),
                "channel": outage.channel,
                "begin": begin,
                "end": to_text(outage.end),
            }
        )

    def delete(self, channel: Channel, begin: datetime) -> None:
        """Forget an outage."""
        self._table.delete({"pk": keys.OUTAGES_PK, "sk": keys.outage_sk(channel, to_text(begin))})

    def all(self) -> Iterator[Outage]:
        """Every outage, by channel and time."""
        for item in self._table.query(keys.OUTAGES_PK):
            yield msgspec.convert(item, Outage)

    def of(self, channel: Channel) -> list[tuple[datetime, datetime]]:
        """When a channel was down, as `postal.working_hours` leaves it out."""
        items = self._table.query(keys.OUTAGES_PK, beginning=keys.outage_sk(channel, ""))
        return [(outage.begin, outage.end) for outage in (msgspec.convert(item, Outage) for item in items)]
