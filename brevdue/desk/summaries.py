"""What the post office tells a sender of a batch in `summary.json`, from check-in to the last list."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from brevdue.desk.connection import Connection, Object
from ingest.errors import Finding
from postal import keys
from postal.batches import BatchState

#: Of every list but a neutral one: who is held is for the sender to know, or not.
_NOT_IN_NEUTRAL_LISTS = "held.csv"


class BatchSummary(Struct, frozen=True, kw_only=True):
    """A batch as its summary tells of it: what check-in and the receipt lists write, in one.

    Attributes:
        state: of the batch.
        manifest, version: which manifest check-in speaks of; a list does not say.
        manifest_sha256: of the manifest that was accepted; empty before.
        rows, refused_rows: of the accepted manifest.
        number: of the list; 0 before the first.
        statuses: letters of each status in the list.
        text: what the sender has to do for the batch as a whole.
        letters_waiting, missing_documents, waits_until: while documents are missing.
        sorted_at: when all was sorted; None before, and in neutral lists.
        errors: why the manifest was refused.
        files: SHA-256 of each file of the list, by name.
    """

    state: BatchState
    manifest: str = ""
    version: str = ""
    manifest_sha256: str = ""
    rows: int = 0
    refused_rows: int = 0
    number: int = 0
    statuses: Mapping[str, int] = {}
    text: str = ""
    letters_waiting: int = 0
    missing_documents: tuple[str, ...] = ()
    waits_until: str = ""
    accepted_at: str = ""
    sorted_at: str | None = None
    written_at: str = ""
    errors: tuple[Finding, ...] = ()
    files: Mapping[str, str] = {}

    @property
    def is_accepted(self) -> bool:
        """Whether check-in accepted the batch, so that nothing replaces its manifest any more."""
        return bool(self.manifest_sha256)

    @property
    def is_neutral(self) -> bool:
        """Whether its lists tell nothing that only the register knows."""
        return self.number > 0 and _NOT_IN_NEUTRAL_LISTS not in self.files


def read(office: Connection, sender: str, batch: str) -> BatchSummary | None:
    """The summary of a batch; None before check-in has told anything.

    Raises:
        msgspec.ValidationError: it is none that this release understands.
    """
    found = office.read(keys.summary_file(sender, batch))
    return decode(found) if found else None


def decode(found: Object) -> BatchSummary:
    """The summary in an object; raises msgspec.ValidationError where this release does not understand it."""
    return msgspec.json.decode(found.data, type=BatchSummary)
