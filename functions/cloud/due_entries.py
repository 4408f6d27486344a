"""Due entries, in the Batches table: what falls due when, found by one Query of what is due and nothing else."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from msgspec import Struct, structs

from cloud.items import plain_of, struct_of
from cloud.table import Table
from postal import keys
from postal.batches import Batch
from postal.messages import CheckManifest, NotifyConsignment, NotifyLetter
from postal.pages import Page
from postal.times import next_full, to_text

#: How long a sweep may take before the job sends it again.
_SENT_AGAIN_AFTER: Final = timedelta(hours=1)

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
        page: of a page's entry.
        tries: how many sweeps before found the page unfinished.
        notices: of an entry of notices that wait: what to send on.
        manifest: of an entry of a manifest that waits for its documents: what to send on.
        printer, cut_off: of an entry that closes a print job.
        sender, batch: of notices, manifests and receipt runs.
    """

    sk: str
    token: str
    sent_at: datetime | None = None
    page: Page | None = None
    tries: int = 0
    notices: NotifyConsignment | NotifyLetter | None = None
    manifest: CheckManifest | None = None
    printer: str = ""
    cut_off: datetime | None = None
    sender: str = ""
    batch: str = ""

    def was_sent_lately(self, now: datetime) -> bool:
        """Whether it is in somebody's hands."""
        return self.sent_at is not None and now - self.sent_at < _SENT_AGAIN_AFTER


class DueEntries:
    """What is noted to fall due."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def arm_page_soon(self, page: Page, now: datetime) -> None:
        """Have a page looked after within minutes, because something happened from which a time counts."""
        self.arm_page(page, next_full(now, _SOON))

    def arm_page(self, page: Page, at: datetime, tries: int = 0) -> None:
        """Have a page looked after at a time.

        Args:
            page: the page.
            at: when.
            tries: how many sweeps before found it unfinished.
        """
        self._table.put(_page_entry(page, at, tries))

    def arm_pages(self, to_arm: Iterable[Page], at: datetime) -> None:
        """Have pages looked after at a time."""
        self._table.put_many(_page_entry(page, at, 0) for page in to_arm)

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
        self._table.put(
            {
                "pk": keys.DUE_PK,
                "sk": keys.notices_due_sk(to_text(at), page.sender, page.batch, page.number, of),
                "token": _token(),
                "notices": plain_of(structs.replace(notices, due_sk="", token="")),
                "sender": page.sender,
                "batch": page.batch,
            }
        )

    def arm_manifest(self, sender: str, batch: str, check: CheckManifest, at: datetime) -> None:
        """Have a manifest that waits for its documents looked at again at a time."""
        self._table.put(
            {
                "pk": keys.DUE_PK,
                "sk": keys.manifest_due_sk(to_text(at), sender, batch, check.version),
                "token": _token(),
                "manifest": plain_of(structs.replace(check, due_sk="", token="")),
                "sender": sender,
                "batch": batch,
            }
        )

    def arm_closer(self, printer: str, cut_off: datetime, at: datetime) -> None:
        """Have a print job closed at a time."""
        sk = keys.job_due_sk(to_text(at), printer, to_text(cut_off))
        job = {"printer": printer, "cut_off": to_text(cut_off)}
        self._table.put({"pk": keys.DUE_PK, "sk": sk, "token": _token(), **job})

    def pages_due_at(self, at: datetime) -> bool:
        """Whether a page is still to be looked after of what falls due at just this time."""
        entries = self._table.query(keys.DUE_PK, beginning=f"{to_text(at)}#")
        return any(item["sk"].endswith(keys.PAGE_DUE) for item in entries)

    def due(self, now: datetime) -> Iterator[DueEntry]:
        """The entries that are due, the oldest first: one Query, of what is due and nothing else."""
        # `~` sorts after everything that follows a time in a key.
        for item in self._table.query(keys.DUE_PK, up_to=f"{to_text(now)}~"):
            yield struct_of(item, DueEntry)

    def set_sent(self, entry: DueEntry, now: datetime) -> None:
        """Note on an entry that it was sent on, unless it was put anew meanwhile."""
        self._table.update(
            {"pk": keys.DUE_PK, "sk": entry.sk},
            "SET sent_at = :now",
            {":now": to_text(now), ":token": entry.token},
            condition="#token = :token",
            names={"#token": "token"},
        )

    def disarm(self, sk: str, token: str) -> None:
        """Delete an entry whose work is done, unless it was put anew meanwhile."""
        self._table.delete(
            {"pk": keys.DUE_PK, "sk": sk},
            condition="#token = :token",
            values={":token": token},
            names={"#token": "token"},
        )


def _page_entry(page: Page, at: datetime, tries: int) -> dict[str, object]:
    sk = keys.page_due_sk(to_text(at), page.sender, page.batch, page.number)
    return {"pk": keys.DUE_PK, "sk": sk, "token": _token(), "page": plain_of(page), "tries": tries}


def _receipts_entry(sender: str, batch: str, at: datetime) -> dict[str, object]:
    sk = keys.receipts_due_sk(to_text(at), sender, batch)
    return {"pk": keys.DUE_PK, "sk": sk, "token": _token(), "sender": sender, "batch": batch}


def _token() -> str:
    return uuid4().hex
