"""The files that are made of the list: for spreadsheets, for correcting, for counting.

All are functions of a version of the list, the version before it, the row file
and the batch, so making them again makes the same. The summary comes last: where
it names a list, all other files of that list are there.

Each carries the number of its list, and is written over what was found there and
over nothing else: a late run never puts an older list over a newer one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from types import TracebackType
from typing import Final, Self

from cloud.bucket import Bucket, ConflictError, ObjectInfo
from cloud.chunks import chunks
from postal import cells, keys, rows
from postal.batches import Batch
from postal.letters import RefusedRow
from postal.pages import PAGE_SIZE
from postal.senders import COUNTRY
from postal.status import Status
from receipts import lines, lists, summary
from receipts.lines import ReceiptLine, local_time
from receipts.lists import LIST_NAME, Listed
from receipts.summary import SUMMARY_NAME, Counts

_WHOLE: Final = "receipts.csv"
_HELD: Final = "held.csv"
_TO_CORRECT: Final = "to_correct.csv"

_HELD_COLUMNS: Final = ("reference", "row", "since", "until", "text", "next_step")
_ANSWER_COLUMNS: Final = ("error", "remedy")
#: Columns of a manifest that `to_correct.csv` repeats; JSON rows may each have names of their own.
_MOST_COLUMNS: Final = 200

_NUMBER: Final = "number"


def are_made(bucket: Bucket, batch: Batch, listed: Listed) -> bool:
    """Whether the files of a list, or of a newer one, are there."""
    found = bucket.head(_key(batch, SUMMARY_NAME))
    return found is not None and _number_of(found) >= listed.number


def bring_up_to_date(bucket: Bucket, batch: Batch, listed: Listed) -> None:
    """Make the files of a list where they are not made; else only the summary, where the batch has moved on.

    Raises:
        ConflictError: another run is at these files, or a newer list's files are there.
    """
    key = _key(batch, SUMMARY_NAME)
    found = bucket.head(key)
    over = _only_over(found, listed)
    data, counts = b"", None
    if found is not None and _number_of(found) == listed.number:
        data = bucket.read(key, found.version)
        counts = summary.counts_in(data)
    if counts is None:
        counts = _make(bucket, batch, listed)
    made = summary.encode(summary.summary_of(batch, listed, counts))
    if made == data:
        return
    with bucket.writer(key, content_type="application/json", metadata=_metadata(listed), only_over=over) as writer:
        writer.write(made)
        writer.close()


class _File:
    """A CSV file while it is written. Leaving the `with` block without `close` drops it.

    Raises:
        ConflictError: on opening, a newer list's file is there; on closing, another run has written it meanwhile.
    """

    def __init__(self, bucket: Bucket, batch: Batch, listed: Listed, name: str) -> None:
        key = _key(batch, name)
        self.name = name
        self._hash = sha256()
        self._writer = bucket.writer(
            key,
            content_type=cells.CONTENT_TYPE,
            metadata=_metadata(listed),
            only_over=_only_over(bucket.head(key), listed),
        )
        self.write(cells.BYTE_ORDER_MARK)

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


def _make(bucket: Bucket, batch: Batch, listed: Listed) -> Counts:
    """Make all files but the summary."""
    statuses: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    list_hash = sha256()
    with ExitStack() as files:
        # A neutral list tells of nobody that a letter is held.
        names = (_WHOLE, _changes_name(listed), *(() if lines.is_neutral(batch.sender) else (_HELD,)))
        made = [files.enter_context(_File(bucket, batch, listed, name)) for name in names]
        whole, changes, *held = made
        whole.write(cells.encode([lines.COLUMNS]))
        changes.write(cells.encode([lines.COLUMNS]))
        for file in held:
            file.write(cells.encode([_HELD_COLUMNS]))
        for new, old in _side_by_side(bucket, batch, listed):
            list_hash.update(b"\n".join([*new, b""]))
            receipts = [lines.decode(line) for line in new]
            statuses.update(receipt.status for receipt in receipts)
            channels.update(receipt.channel for receipt in receipts if receipt.channel)
            table = [lines.cells(receipt) for receipt in receipts]
            whole.write(cells.encode(table))
            changes.write(cells.encode(table[n] for n in lists.changed(new, old)))
            for file in held:
                file.write(cells.encode(_held_cells(receipt, batch) for receipt in receipts if _is_held(receipt)))
        hashes = {LIST_NAME: list_hash.hexdigest(), **{file.name: file.close() for file in made}}
    hashes[_TO_CORRECT] = _make_to_correct(bucket, batch, listed)
    return Counts(statuses=statuses, channels=channels, files=hashes)


def _side_by_side(bucket: Bucket, batch: Batch, listed: Listed) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The pages of a list with those of the list before, which are empty where there was none."""
    key = lists.list_key(batch)
    old = chunks(bucket.stream_lines(key, listed.previous), PAGE_SIZE) if listed.previous else iter(())
    for new in chunks(bucket.stream_lines(key, listed.version), PAGE_SIZE):
        yield new, next(old, [])


def _is_held(receipt: ReceiptLine) -> bool:
    return receipt.status is Status.HELD


def _held_cells(receipt: ReceiptLine, batch: Batch) -> tuple[str, ...]:
    until = batch.accepted_at + timedelta(days=batch.sender.settings.hold_days)
    return (
        receipt.reference,
        str(receipt.row),
        receipt.time,
        local_time(until, COUNTRY[batch.sender.regime]),
        receipt.text,
        receipt.next_step,
    )


def _make_to_correct(bucket: Bucket, batch: Batch, listed: Listed) -> str:
    """Make the file of the rows that check-in refused, as the sender wrote them; its SHA-256.

    The row file is read twice, for the columns and for the rows, rather than kept.
    """
    with _File(bucket, batch, listed, _TO_CORRECT) as to_correct:
        columns = columns_of(_refused(bucket, batch))
        to_correct.write(cells.encode([(*columns, *_ANSWER_COLUMNS)]))
        for page in chunks(_refused(bucket, batch), PAGE_SIZE):
            to_correct.write(cells.encode(cells_to_correct(row, columns) for row in page))
        return to_correct.close()


def columns_of(refused: Iterable[RefusedRow]) -> list[str]:
    """The sender's own columns of refused rows, in the order in which they first appear.

    Left out are the two that `to_correct.csv` adds: the manifest may be a corrected one.
    """
    columns: dict[str, None] = {}
    for row in refused:
        if len(columns) >= _MOST_COLUMNS:
            break
        columns.update(dict.fromkeys(row.cells))
    own = (column for column in columns if column.strip().casefold() not in _ANSWER_COLUMNS)
    return list(islice(own, _MOST_COLUMNS))


def cells_to_correct(row: RefusedRow, columns: Sequence[str]) -> list[str]:
    """A refused row as the sender wrote it, then what is wrong with it and what to do."""
    written = [row.cells.get(column, "") for column in columns]
    # Several errors may have the same remedy; it is said once.
    remedies = dict.fromkeys(error.remedy for error in row.errors if error.remedy)
    return [*written, " ".join(error.message for error in row.errors), " ".join(remedies)]


def _refused(bucket: Bucket, batch: Batch) -> Iterator[RefusedRow]:
    """The refused rows of a row file, which is read no further than to the last of them."""
    if not batch.refused_rows:
        return iter(())
    all_rows = (rows.decode(line) for line in bucket.stream_lines(batch.row_file, batch.row_file_version))
    return islice((row for row in all_rows if isinstance(row, RefusedRow)), batch.refused_rows)


def _changes_name(listed: Listed) -> str:
    return f"changes-{listed.number:04d}.csv"


def _key(batch: Batch, name: str) -> str:
    return f"{keys.receipts_prefix(batch.sender.id, batch.id)}{name}"


def _metadata(listed: Listed) -> dict[str, str]:
    return {_NUMBER: str(listed.number)}


def _number_of(found: ObjectInfo) -> int:
    """The number of the list that a file was made of; 0 for a file of somebody else's, such as ingest's summary."""
    return int(found.metadata.get(_NUMBER, "0"))


def _only_over(found: ObjectInfo | None, listed: Listed) -> str:
    """The ETag over which a file may be written; empty where there is none."""
    if found is None:
        return ""
    if _number_of(found) > listed.number:
        raise ConflictError(found.key)
    return found.etag
