"""Batches: one manifest with its documents, under one prefix."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from postal.senders import Sender


class BatchState(StrEnum):
    """Where a batch is. The first two stand in `summary.json` only: nothing is committed yet."""

    WAITING_FOR_DOCUMENTS = "waiting_for_documents"
    REFUSED = "refused"
    AWAITING_APPROVAL = "awaiting_approval"
    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Batch(Struct, frozen=True, kw_only=True):
    """The batch item: the commit of an ingest, put once, and the batch's state.

    Attributes:
        id: the batch's name, unique for its sender.
        sender: the sender as it was at the commit, which rules this batch from then on.
        row_file, row_file_version: key and S3 version of the canonical form.
        manifest, manifest_version: key and S3 version of what was uploaded.
        manifest_sha256: of the uploaded bytes; the same again is a repeat.
        rows: all rows, refused ones too.
        unknown_columns: columns that were not understood, each with the nearest known name or empty.
        accepted_at: when it was committed.
        full_sets: numbers of the sets of pages that are sorted to the last page.
        sorted_at: when every page was sorted.
        order_files: the order files that were taken for it, by `keys.order_file_id`.
        decided_by: the order file that approved or cancelled it; empty where none had to.
    """

    id: str
    sender: Sender
    state: BatchState = BatchState.OPEN
    row_file: str
    row_file_version: str
    manifest: str
    manifest_version: str
    manifest_sha256: str
    rows: int
    refused_rows: int
    unknown_columns: tuple[tuple[str, str], ...] = ()
    accepted_at: datetime
    full_sets: frozenset[int] = frozenset()
    sorted_at: datetime | None = None
    order_files: frozenset[str] = frozenset()
    decided_by: str = ""

    @property
    def state_shown(self) -> BatchState:
        """What the sender sees of the state: of a neutral list, a batch of final letters is as open as any."""
        is_hidden = self.sender.is_neutral and self.state is BatchState.SETTLED
        return BatchState.OPEN if is_hidden else self.state
