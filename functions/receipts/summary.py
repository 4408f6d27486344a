"""`summary.json`: the batch in numbers, and the hash of every file beside it. Written last."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from postal.batches import Batch, BatchState
from postal.times import from_text, local_time
from receipts import words
from receipts.lines import sorted_at_shown
from receipts.lists import Listed


class UnknownColumn(Struct, frozen=True, kw_only=True):
    """A column of the manifest that was not used; `nearest` is the known one that is spelt alike, or empty."""

    column: str
    nearest: str
    text: str


class Summary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sender reads first.

    Attributes:
        text: what the sender has to do for the batch as a whole; left out where that is nothing.
        number: of the list that it speaks of.
        statuses, channels: letters of each status and through each channel; those that have none are left out.
        refused_rows: rows that check-in refused.
        accepted_at, sorted_at, written_at: ISO 8601 in the sender's zone; `sorted_at` is None before
            every page was sorted, and in neutral lists.
        files: SHA-256 of each file beside it, by name.
    """

    sender: str
    batch: str
    state: BatchState
    text: str = ""
    rows: int
    number: int
    statuses: Mapping[str, int]
    channels: Mapping[str, int]
    refused_rows: int
    unknown_columns: tuple[UnknownColumn, ...]
    manifest_sha256: str
    accepted_at: str
    sorted_at: str | None
    written_at: str
    files: Mapping[str, str]


class Counts(Struct, frozen=True, kw_only=True):
    """What is counted while the files are made."""

    statuses: Mapping[str, int]
    channels: Mapping[str, int]
    files: Mapping[str, str]


def summary_of(batch: Batch, listed: Listed, counts: Counts) -> Summary:
    """The summary of a list: the same whenever it is made of the same."""
    country = batch.sender.country
    sorted_at = sorted_at_shown(batch)
    return Summary(
        sender=batch.sender.id,
        batch=batch.id,
        state=batch.state_shown,
        text=approval_text(batch) if batch.state is BatchState.AWAITING_APPROVAL else "",
        rows=batch.rows,
        number=listed.number,
        statuses=dict(sorted(counts.statuses.items())),
        channels=dict(sorted(counts.channels.items())),
        refused_rows=batch.refused_rows,
        unknown_columns=unknown_columns(batch),
        manifest_sha256=batch.manifest_sha256,
        accepted_at=local_time(batch.accepted_at, country),
        sorted_at=local_time(sorted_at, country) if sorted_at else None,
        written_at=local_time(from_text(listed.written_at), country),
        files=dict(sorted(counts.files.items())),
    )


def encode(summary: Summary) -> bytes:
    """The summary as JSON that people can read too."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n"


def counts_in(data: bytes) -> Counts | None:
    """The counts in a summary that `encode` wrote, perhaps in another release; None where it has none."""
    try:
        return msgspec.json.decode(data, type=Counts)
    except msgspec.DecodeError:
        return None


def approval_text(batch: Batch) -> str:
    """What the sender of a batch with many refused rows has to decide."""
    language = batch.sender.language
    # Rounded up: what is over the limit never reads as the limit.
    tenths = -(-batch.refused_rows * 1_000 // batch.rows)
    share = f"{tenths / 10:g}"
    return words.BATCH_AWAITS_APPROVAL.read_in(language).format(
        refused=batch.refused_rows,
        rows=batch.rows,
        share=share if language == "en" else share.replace(".", ","),
        limit=batch.sender.settings.bad_rows_percent,
    )


def unknown_columns(batch: Batch) -> tuple[UnknownColumn, ...]:
    """The columns of the manifest that were not used."""
    return tuple(_unknown(column, nearest, batch) for column, nearest in batch.unknown_columns)


def _unknown(column: str, nearest: str, batch: Batch) -> UnknownColumn:
    sentence = (words.PERHAPS_MEANT if nearest else words.UNKNOWN_COLUMN).read_in(batch.sender.language)
    return UnknownColumn(column=column, nearest=nearest, text=sentence.format(column=column, nearest=nearest))
