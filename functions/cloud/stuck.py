"""Which letters are stuck, page by page, as the last sweep found them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from cloud.table import Table
from postal import keys
from postal.pages import Page
from postal.stuck import Stuck
from postal.times import to_text


class StuckPage(Struct, frozen=True, kw_only=True):
    """A page with letters that are stuck, as it was at a sweep."""

    sender: str
    batch: str
    page: int
    seen_at: datetime
    stuck: tuple[Stuck, ...]


class StuckPages:
    """The stuck pages in the Batches table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, page: Page, stuck: Sequence[Stuck], now: datetime) -> None:
        """Note what is stuck of a page, or that nothing is any more."""
        key = {"pk": keys.STUCK_PK, "sk": keys.stuck_sk(page.sender, page.batch, page.number)}
        if stuck:
            facts = StuckPage(sender=page.sender, batch=page.batch, page=page.number, seen_at=now, stuck=tuple(stuck))
            self._table.put({**key, **msgspec.to_builtins(facts), "seen_at": to_text(now)})
        elif self._table.get(**key) is not None:
            self._table.delete(key)

    def all(self) -> Iterator[StuckPage]:
        """Every page with letters that are stuck."""
        for item in self._table.query(keys.STUCK_PK):
            yield msgspec.convert(item, StuckPage)
