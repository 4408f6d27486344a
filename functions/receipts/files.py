"""The files that are made of the list: for spreadsheets, for correcting, for reading, for counting.

All but the summary are functions of a version of the list, the version before it and
the row file, so making them again makes the same. The summary comes last: where it
names a list, all other files of that list are there. It tells of the batch and of the
orders' answers too, as they are when it is written.

Each carries the number of its list, and is written over what was found there and
over nothing else: a late run never puts an older list over a newer one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from itertools import islice
from types import TracebackType
from typing import Final, NamedTuple, Self

from msgspec import structs

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.chunks import chunks
from cloud.time_left import TimeLeft
from postal import cells, corrections, rows
from postal.batches import Batch
from postal.keys import LIST_NAME, SUMMARY_NAME
from postal.letters import RefusedRow
from postal.pages import PAGE_SIZE
from postal.reasons import NextStep
from postal.status import Status
from postal.times import from_text
from receipts import lines, lists, objects, orders, report, summary
from receipts.lines import ReceiptLine
from receipts.lists import Listed
from receipts.orders import ORDERS_NAME
from receipts.report import REPORT_NAME, Tally
from receipts.summary import Counts

_WHOLE: Final = "receipts.csv"


class _Extract(NamedTuple):
    """A file of some of the lines.

    Attributes:
        cells: of a line of a list that was written at a time; None where the line is not for this file.
    """

    name: str
    columns: Sequence[str]
    cells: Callable[[ReceiptLine, datetime], Sequence[str] | None]


def _held(receipt: ReceiptLine, written_at: datetime) -> Sequence[str] | None:
    if receipt.status is not Status.HELD:
        return None
    days = (written_at - datetime.fromisoformat(receipt.time)).days
    return (
        receipt.reference,
        str(receipt.row),
        receipt.time,
        str(max(0, days)),
        receipt.code,
        receipt.text,
        receipt.until,
        receipt.next_step,
    )


def _no_reaction(receipt: ReceiptLine, _written_at: datetime) -> Sequence[str] | None:
    if receipt.next_step is not NextStep.FOLLOW_UP:
        return None
    return (
        receipt.reference,
        str(receipt.row),
        receipt.status,
        receipt.code,
        receipt.channel,
        receipt.time,
        receipt.respond_by,
        receipt.text,
    )


#: A neutral list tells of nobody that a letter is held or was left unanswered, so it has none of these.
_EXTRACTS: Final = (
    _Extract("held.csv", ("reference", "row", "since", "days", "code", "text", "until", "next_step"), _held),
    _Extract(
        "no_reaction.csv",
        ("reference", "row", "status", "code", "channel", "time", "respond_by", "text"),
        _no_reaction,
    ),
)


def are_made(bucket: Bucket, batch: Batch, listed: Listed) -> bool:
    """Whether the files of a list, or of a newer one, are there."""
    found = bucket.head(objects.key_of(batch, SUMMARY_NAME))
    return found is not None and objects.number_of(found) >= listed.number


def bring_up_to_date(bucket: Bucket, batches: Batches, batch: Batch, listed: Listed, time_left: TimeLeft) -> None:
    """Make the files of a list where they are not made; else only the summary, where something has moved on.

    Raises:
        ConflictError: another run is at these files, or a newer list's files are there.
        OutOfTimeError: there is no time to make them; the list stands, and a later run makes them.
    """
    key = objects.key_of(batch, SUMMARY_NAME)
    found = bucket.head(key)
    over = objects.only_over(found, listed.number)
    data, counts = b"", None
    if found is not None and objects.number_of(found) == listed.number:
        data = bucket.read(key, found.version)
        counts = summary.counts_in(data)
    if counts is None:
        counts = _make(bucket, batch, listed, time_left)
    # What has its own time is read after the summary that is written over, so it is never older than what that tells.
    batch = batches.committed(batch.sender.id, batch.id)
    made = summary.encode(summary.summary_of(batch, listed, _with_orders(counts, bucket, batch)))
    if made == data:
        return
    metadata = objects.metadata(listed.number)
    with bucket.writer(key, content_type="application/json", metadata=metadata, only_over=over) as writer:
        writer.write(made)
        writer.close()


def _with_orders(counts: Counts, bucket: Bucket, batch: Batch) -> Counts:
    """The counts with the hash of the orders' answers that stand."""
    found = orders.standing(bucket, batch) if batch.order_files else None
    if found is None:
        return counts
    return structs.replace(counts, files={**counts.files, ORDERS_NAME: orders.hash_of(found)})


class _File:
    """A file while it is written. Leaving the `with` block without `close` drops it.

    Raises:
        ConflictError: on opening, a newer list's file is there; on closing, another run has written it meanwhile.
    """

    def __init__(
        self, bucket: Bucket, batch: Batch, listed: Listed, name: str, content_type: str = cells.CONTENT_TYPE
    ) -> None:
        key = objects.key_of(batch, name)
        self.name = name
        self._hash = sha256()
        self._writer = bucket.writer(
            key,
            content_type=content_type,
            metadata=objects.metadata(listed.number),
            only_over=objects.only_over(bucket.head(key), listed.number),
        )

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._hash.update(data)
        self._writer.write(data)

    def close(self) -> str:
        """Make the file; its SHA-256."""
        self._writer.close()
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)


def _make(bucket: Bucket, batch: Batch, listed: Listed, time_left: TimeLeft) -> Counts:
    """Make all files that are made of a list alone."""
    tally = Tally(batch)
    list_hash = sha256()
    extracts = () if batch.sender.is_neutral else _EXTRACTS
    columns: dict[str, Sequence[str]] = {_WHOLE: lines.COLUMNS, _changes_name(listed): lines.COLUMNS}
    columns |= {extract.name: extract.columns for extract in extracts}
    written_at = from_text(listed.written_at)
    with ExitStack() as files:
        made = [files.enter_context(_File(bucket, batch, listed, name)) for name in columns]
        for file in made:
            file.write(cells.BYTE_ORDER_MARK + cells.encode([columns[file.name]]))
        whole, changes, *others = made
        for new, old in time_left.each(_side_by_side(bucket, batch, listed)):
            list_hash.update(b"\n".join([*new, b""]))
            receipts = [lines.decode(line) for line in new]
            for receipt in receipts:
                tally.add(receipt)
            table = [lines.cells(receipt) for receipt in receipts]
            whole.write(cells.encode(table))
            changes.write(cells.encode(table[n] for n in lists.changed(new, old)))
            for extract, file in zip(extracts, others, strict=True):
                rows_of = (extract.cells(receipt, written_at) for receipt in receipts)
                file.write(cells.encode(row for row in rows_of if row is not None))
        hashes = {LIST_NAME: list_hash.hexdigest(), **{file.name: file.close() for file in made}}
    hashes[corrections.NAME] = _make_to_correct(bucket, batch, listed, time_left)
    hashes[REPORT_NAME] = _make_report(bucket, batch, listed, tally)
    return Counts(statuses=tally.statuses, channels=tally.channels, files=hashes)


def _side_by_side(bucket: Bucket, batch: Batch, listed: Listed) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The pages of a list with those of the list before, which are empty where there was none."""
    key = lists.list_key(batch)
    old = chunks(bucket.stream_lines(key, listed.previous), PAGE_SIZE) if listed.previous else iter(())
    for new in chunks(bucket.stream_lines(key, listed.version), PAGE_SIZE):
        yield new, next(old, [])


def _make_to_correct(bucket: Bucket, batch: Batch, listed: Listed, time_left: TimeLeft) -> str:
    """Make the file of the rows that check-in refused, as the sender wrote them; its SHA-256.

    The row file is read twice, rather than kept.
    """
    with _File(bucket, batch, listed, corrections.NAME) as to_correct:
        to_correct.write(cells.BYTE_ORDER_MARK)
        for page in time_left.each(chunks(corrections.lines(lambda: _refused(bucket, batch)), PAGE_SIZE)):
            to_correct.write(b"".join(page))
        return to_correct.close()


def _make_report(bucket: Bucket, batch: Batch, listed: Listed, tally: Tally) -> str:
    """Make the page of the list in numbers; its SHA-256."""
    with _File(bucket, batch, listed, REPORT_NAME, report.CONTENT_TYPE) as page:
        page.write(report.page(tally, batch, listed))
        return page.close()


def _refused(bucket: Bucket, batch: Batch) -> Iterator[RefusedRow]:
    """The refused rows of a row file, which is read no further than to the last of them."""
    if not batch.refused_rows:
        return iter(())
    all_rows = (rows.decode(line) for line in bucket.stream_lines(batch.row_file, batch.row_file_version))
    return islice((row for row in all_rows if isinstance(row, RefusedRow)), batch.refused_rows)


def _changes_name(listed: Listed) -> str:
    return f"changes-{listed.number:04d}.csv"
