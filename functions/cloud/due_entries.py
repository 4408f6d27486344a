"""Due entries, in the Batches table: what falls due when, found by Queries of what is due and nothing else.

They lie in shards, each in the order of time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct, structs

from cloud.items import plain_of, struct_of
from cloud.observability import logger
from cloud.table import Item, Table
from postal import keys
from postal.batches import Batch
from postal.messages import CheckManifest, NotifyConsignment, NotifyLetter
from postal.pages import Page
from postal.times import from_text, next_full, to_text

#: How long a sweep may take before the job sends it again.
_SENT_AGAIN_AFTER: Final = timedelta(hours=1)
#: A page whose sweep was asked for so often is given up, and asked for more and more rarely.
_MOST_SENDS: Final = 5
#: So long after its time a page was swept or is given up, but for one that was asked for late.
GIVEN_UP_AFTER: Final = _MOST_SENDS * _SENT_AGAIN_AFTER
_LONGEST_AGAIN: Final = timedelta(hours=12)
_MOST_DOUBLINGS: Final = 10

#: How soon a page is looked after of which something happened; many reports make one sweep.
_SOON: Final = timedelta(minutes=5)

#: When a batch and its pages are looked after for the first time.
FIRST_SWEEP: Final = timedelta(minutes=15)
FIRST_RECEIPTS: Final = timedelta(hours=1)


class DueEntry(Struct, frozen=True, kw_only=True):
    """A note that something falls due at a time.

    Attributes:
        sk: its key, which begins with the time.
        token: fresh with every put; the entry is deleted only under the token it was sent with.
        sent_at: when the job last sent it on.
        sends: how often it did.
        page: of a page's entry.
        tries: how many sweeps before found the page unfinished.
        notices: of an entry of notices that wait: what to send on.
        manifest: of an entry of a manifest that waits for its documents: what to send on.
        cut_off: of an entry that closes a print job.
        printer: of such an entry, or of a page: who prints its letters.
        sender, batch: of notices, manifests and receipt runs.
    """

    sk: str
    token: str
    sent_at: datetime | None = None
    sends: int = 0
    page: Page | None = None
    tries: int = 0
    notices: NotifyConsignment | NotifyLetter | None = None
    manifest: CheckManifest | None = None
    printer: str = ""
    cut_off: datetime | None = None
    sender: str = ""
    batch: str = ""

    @property
    def at(self) -> datetime:
        """When it falls due."""
        return from_text(self.sk.partition("#")[0])

    @property
    def is_given_up(self) -> bool:
        """Whether it is a page's whose sweep has failed so often that no print job waits for it."""
        return self.page is not None and self.sends >= _MOST_SENDS

    def was_sent_lately(self, now: datetime) -> bool:
        """Whether it is in somebody's hands, or was given up and is not to be tried again yet."""
        again_after = _SENT_AGAIN_AFTER
        if self.is_given_up:
            doubled = 1 << min(self.sends - _MOST_SENDS, _MOST_DOUBLINGS)
            again_after = min(_SENT_AGAIN_AFTER * doubled, _LONGEST_AGAIN)
        return self.sent_at is not None and now - self.sent_at < again_after

    def sent(self, now: datetime) -> "DueEntry":
        """As it is once it was sent on."""
        return structs.replace(self, sent_at=now, sends=self.sends + 1)


class DueEntries:
    """What is noted to fall due."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def arm_page_soon(self, batch: Batch, page: Page, now: datetime) -> None:
        """Have a page looked after within minutes, because something happened from which a time counts."""
        self.arm_page(batch, page, next_full(now, _SOON))

    def arm_page(self, batch: Batch, page: Page, at: datetime, tries: int = 0) -> None:
        """Have a page looked after at a time.

        Args:
            batch: the page's batch.
            page: the page.
            at: when.
            tries: how many sweeps before found it unfinished.
        """
        self._table.put(_page_entry(batch, page, at, tries))

    def arm_pages(self, batch: Batch, to_arm: Iterable[Page], at: datetime) -> None:
        """Have pages of a batch looked after at a time."""
        self._table.put_many(_page_entry(batch, page, at, 0) for page in to_arm)

    def arm_next_receipts(self, batch: Batch, now: datetime) -> None:
        """Have a batch's receipt lists written at its next cadence, because a letter's status has changed."""
        cadence = timedelta(minutes=batch.sender.settings.receipt_cadence_minutes)
        self.arm_receipts(batch.sender.id, batch.id, next_full(now, cadence))

    def arm_receipts(self, sender: str, batch: str, at: datetime) -> None:
        """Have a batch's receipt lists written at a time."""
        self._table.put(_receipts_entry(sender, batch, at))

    def arm_receipts_at(self, batch: Batch, times: Iterable[datetime]) -> None:
        """Have a batch's receipt lists written at each of these times."""
        self._table.put_many(_receipts_entry(batch.sender.id, batch.id, at) for at in times)

    def arm_notices(self, notices: NotifyConsignment | NotifyLetter, at: datetime) -> None:
        """Have notices that wait sent at a time."""
        page = notices.page
        match notices:
            case NotifyConsignment():
                of = f"{notices.channel}-{notices.n}-{notices.delivery}"
            case NotifyLetter():
                of = "-".join(filter(None, (str(notices.row), str(notices.attempt), notices.reminder)))
        sk = keys.notices_due_sk(to_text(at), page.sender, page.batch, page.number, of)
        waiting = plain_of(structs.replace(notices, due_sk="", token=""))
        self._table.put(_entry(sk, notices=waiting, sender=page.sender, batch=page.batch))

    def arm_manifest(self, sender: str, batch: str, check: CheckManifest, at: datetime) -> None:
        """Have a manifest that waits for its documents looked at again at a time."""
        sk = keys.manifest_due_sk(to_text(at), sender, batch, check.version)
        waiting = plain_of(structs.replace(check, due_sk="", token=""))
        self._table.put(_entry(sk, manifest=waiting, sender=sender, batch=batch))

    def arm_closer(self, printer: str, cut_off: datetime, at: datetime) -> None:
        """Have a print job closed at a time."""
        sk = keys.job_due_sk(to_text(at), printer, to_text(cut_off))
        self._table.put(_entry(sk, printer=printer, cut_off=to_text(cut_off)))

    def pages_due_at(self, at: datetime, printer: str) -> bool:
        """Whether a page is to be looked after at just this time, and is not given up, that one printer prints."""
        beginning = f"{to_text(at)}#"
        return any(
            entry.page is not None and entry.printer == printer and not entry.is_given_up
            for pk in keys.DUE_PKS
            for entry in _readable(self._table.query(pk, beginning=beginning))
        )

    def due(self, now: datetime) -> Iterator[DueEntry]:
        """The entries that are due, the oldest first: a Query a shard, of what is due and nothing else."""
        # `~` sorts after everything that follows a time in a key.
        shards = [self._table.query(pk, up_to=f"{to_text(now)}~") for pk in keys.DUE_PKS]
        return _readable(merge(*shards, key=itemgetter("sk")))

    def set_sent(self, sent: DueEntry) -> None:
        """Note on an entry that it was sent on, and how often, unless it was put anew meanwhile.

        Raises:
            ValueError: it was never sent on.
        """
        if sent.sent_at is None:
            raise ValueError("an entry that was not sent on")
        self._table.update(
            {"pk": keys.due_pk(sent.sk), "sk": sent.sk},
            "SET sent_at = :sent_at, sends = :sends",
            {":sent_at": to_text(sent.sent_at), ":sends": sent.sends, ":token": sent.token},
            condition="#token = :token",
            names={"#token": "token"},
        )

    def disarm(self, sk: str, token: str) -> None:
        """Delete an entry whose work is done, unless it was put anew meanwhile."""
        self._table.delete(
            {"pk": keys.due_pk(sk), "sk": sk},
            condition="#token = :token",
            values={":token": token},
            names={"#token": "token"},
        )


def _readable(items: Iterable[Item]) -> Iterator[DueEntry]:
    """The entries that items are; one that is none, such as a newer release's, keeps no other from its time."""
    for item in items:
        try:
            yield struct_of(item, DueEntry)
        except msgspec.ValidationError:
            logger.error("a due entry cannot be read", extra={"due_sk": item["sk"]})


def _page_entry(batch: Batch, page: Page, at: datetime, tries: int) -> dict[str, object]:
    sk = keys.page_due_sk(to_text(at), page.sender, page.batch, page.number)
    return _entry(sk, page=plain_of(page), tries=tries, printer=batch.sender.settings.printer)


def _receipts_entry(sender: str, batch: str, at: datetime) -> dict[str, object]:
    sk = keys.receipts_due_sk(to_text(at), sender, batch)
    return _entry(sk, sender=sender, batch=batch)


def _entry(sk: str, **facts: object) -> dict[str, object]:
    """An entry as it is put, each time with a token of its own."""
    return {"pk": keys.due_pk(sk), "sk": sk, "token": uuid4().hex, **facts}
