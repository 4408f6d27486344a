"""What ingest tells a sender about a manifest or an order file, as files under `receipts/{sender}/{batch}/`.

Times are ISO 8601 in the sender's zone, as everywhere in what a sender reads.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from ingest.errors import Finding
from postal import keys
from postal.batches import Batch, BatchState
from postal.times import local_time

JSON: Final = "application/json"


class Refusal(Struct, frozen=True, kw_only=True):
    """A manifest was refused as a whole, or came too late; nothing else was done."""

    sender: str
    batch: str
    state: BatchState = BatchState.REFUSED
    manifest: str
    version: str
    written_at: str
    errors: tuple[Finding, ...]


class OrdersRefused(Struct, frozen=True, kw_only=True):
    """An order file was refused as a whole, for what its sender or its batch is; nothing else was done."""

    sender: str
    batch: str
    orders: str
    version: str
    written_at: str
    errors: tuple[Finding, ...]


class Waiting(Struct, frozen=True, kw_only=True):
    """Documents are still missing, and may come until a time.

    Attributes:
        letters_waiting: letters of which a document is missing.
        missing_documents: the first of them, by their path under `documents/`.
        waits_until: after it, rows without their documents are refused.
    """

    sender: str
    batch: str
    state: BatchState = BatchState.WAITING_FOR_DOCUMENTS
    manifest: str
    version: str
    written_at: str
    letters_waiting: int
    missing_documents: tuple[str, ...]
    waits_until: str


class Accepted(Struct, frozen=True, kw_only=True):
    """A manifest was accepted: what is known before any letter is sorted.

    Attributes:
        unknown_columns: columns that were not understood, each with the nearest known name.
    """

    sender: str
    batch: str
    state: BatchState
    manifest: str
    version: str
    manifest_sha256: str
    rows: int
    refused_rows: int
    unknown_columns: tuple[tuple[str, str], ...]
    accepted_at: str


class Repeated(Struct, frozen=True, kw_only=True):
    """The same manifest came again; nothing was changed."""

    sender: str
    batch: str
    state: BatchState
    manifest: str
    version: str
    written_at: str
    changed: bool = False
    accepted_version: str
    accepted_at: str


def accepted(batch: Batch) -> Accepted:
    """What a sender reads right after the commit, until the receipt lists take over."""
    return Accepted(
        sender=batch.sender.id,
        batch=batch.id,
        state=batch.state_shown,
        manifest=batch.manifest,
        version=batch.manifest_version,
        manifest_sha256=batch.manifest_sha256,
        rows=batch.rows,
        refused_rows=batch.refused_rows,
        unknown_columns=batch.unknown_columns,
        accepted_at=local_time(batch.accepted_at, batch.sender.country),
    )


def repeated(batch: Batch, manifest: str, version: str, now: datetime) -> Repeated:
    """What a sender reads who uploads an accepted manifest again."""
    return Repeated(
        sender=batch.sender.id,
        batch=batch.id,
        state=batch.state_shown,
        manifest=manifest,
        version=version,
        written_at=local_time(now, batch.sender.country),
        accepted_version=batch.manifest_version,
        accepted_at=local_time(batch.accepted_at, batch.sender.country),
    )


def encode(told: Refusal | OrdersRefused | Waiting | Accepted | Repeated) -> bytes:
    """The file's bytes, indented for people."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def refusal_key(sender: str, batch: str, version: str) -> str:
    """Where the refusal of a version of a manifest is told."""
    return f"{keys.receipts_prefix(sender, batch)}refused-{version}.json"


def repeat_key(sender: str, batch: str, version: str) -> str:
    """Where it is told that a version of a manifest changed nothing."""
    return f"{keys.receipts_prefix(sender, batch)}repeated-{version}.json"


def orders_refusal_key(sender: str, batch: str, version: str) -> str:
    """Where the refusal of a version of an order file is told."""
    return f"{keys.receipts_prefix(sender, batch)}orders-refused-{version}.json"
