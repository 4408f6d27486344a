"""Order files: what a sender wants done with letters, or with a batch, that it has uploaded.

Ingest reads them and decides what is said of the batch itself; routing carries out
what is said of letters. Every step after the reading is harmless to repeat.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket, ObjectInfo
from cloud.chunks import chunks
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.senders import Senders
from cloud.time_left import TimeLeft
from ingest import order_lines, summaries
from ingest.errors import Code, ManifestError, Problem, finding
from ingest.manifests import Manifests
from ingest.order_lines import Asked, LetterRows
from ingest.row_pages import page_ends, pages_of
from postal import keys, orders
from postal.batches import Batch, BatchState
from postal.keys import Upload
from postal.messages import FollowOrders
from postal.orders import OF_BATCHES, Answer, LetterOrder, Order, OrderAnswers
from postal.pages import Page, page_of
from postal.senders import Sender
from postal.times import local_time, next_full

#: The batch item, which everybody reads, keeps the name of each.
MOST_FILES: Final = 200

#: Some 50 kB, so that ten messages, which travel in one request, stay below the 1 MiB that SQS takes.
_MOST_ORDERS_A_MESSAGE: Final = 1_000

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class OrderFiles:
    """Takes order files."""

    bucket: Bucket
    senders: Senders
    batches: Batches
    manifests: Manifests
    pages: Queue

    def take(self, upload: Upload, file: ObjectInfo, now: datetime, time_left: TimeLeft) -> None:
        """Do what one version of an order file says, or say why not."""
        name = keys.order_file_id(upload.name, file.version)
        batch = self.batches.batch(upload.owner, upload.batch)
        if batch is None or name not in batch.order_files:
            batch = self._admitted(batch, upload, file, now)
        if batch is not None:
            self._follow(batch, name, file, now, time_left)

    def _admitted(self, batch: Batch | None, upload: Upload, file: ObjectInfo, now: datetime) -> Batch | None:
        """The batch of a file that was not taken yet, where its orders may be followed; else its sender is told."""
        sender = self.senders.sender(upload.owner)
        if sender is None:
            # Nobody could read a refusal.
            logger.warning("unknown sender", extra={"sender": upload.owner})
            metrics.add_metric(name="UnknownSenders", unit=MetricUnit.Count, value=1)
            return None
        if batch is None:
            self._refuse(Problem(Code.BATCH_NOT_ACCEPTED), sender, upload, file, now)
        elif sender.disabled:
            self._refuse(Problem(Code.SENDER_DISABLED), sender, upload, file, now)
        elif len(batch.order_files) >= MOST_FILES:
            self._refuse(Problem(Code.TOO_MANY_ORDER_FILES, facts={"limit": MOST_FILES}), sender, upload, file, now)
        else:
            return batch
        return None

    def _refuse(self, problem: Problem, sender: Sender, upload: Upload, file: ObjectInfo, now: datetime) -> None:
        refusal = summaries.OrdersRefused(
            sender=sender.id,
            batch=upload.batch,
            orders=file.key,
            version=file.version,
            written_at=local_time(now, sender.country),
            errors=(finding(ManifestError(problem), sender.language),),
        )
        key = summaries.orders_refusal_key(sender.id, upload.batch, file.version)
        self.bucket.put(key, summaries.encode(refusal), content_type=summaries.JSON)
        logger.info("order file refused", extra={"sender": sender.id, "batch": upload.batch})

    def _follow(self, batch: Batch, name: str, file: ObjectInfo, now: datetime, time_left: TimeLeft) -> None:
        """The steps after the reading, in the order in which a death between them loses nothing."""
        # The time of the upload and not of this run, so that a repeat finds the same.
        data = time_left.each(self.bucket.stream(file.key, file.version))
        asked = order_lines.read(batch, data, file.modified_at)
        asked, pages = self._placed(batch, asked)
        self._write(batch, name, asked)
        batch = self.batches.note_order_file(batch, name)
        approves = any(one.order is Order.APPROVE for one in asked)
        # An approval is meant to let go what the same file does not recall.
        first = [one for one in asked if approves and one.order is Order.RECALL]
        self.pages.send_all(_messages(name, first, pages), group=batch.sender.id)
        self._decide(batch, name, asked, pages, file.modified_at)
        rest = [one for one in asked if not (approves and one.order is Order.RECALL)]
        self.pages.send_all(_messages(name, rest, pages), group=batch.sender.id)
        self._arm_receipts(batch, now)
        taken = sum(one.order is not None for one in asked)
        logger.info(
            "order file taken",
            extra={"sender": batch.sender.id, "batch": batch.id, "orders": taken, "refused": len(asked) - taken},
        )
        metrics.add_metric(name="OrdersTaken", unit=MetricUnit.Count, value=taken)

    def _placed(self, batch: Batch, asked: Sequence[Asked]) -> tuple[list[Asked], list[Page]]:
        """The lines with the rows of their letters, and all pages of the batch where any may be needed."""
        if all(one.order in {None, Order.CANCEL} for one in asked):
            return list(asked), []
        rows = LetterRows(asked)
        lines = rows.noting(self.bucket.stream_lines(batch.row_file, batch.row_file_version))
        pages = pages_of(batch, page_ends(lines))
        return [rows.placed(one) for one in asked], pages

    def _write(self, batch: Batch, name: str, asked: Iterable[Asked]) -> None:
        """Write the canonical form of the file."""
        with self.bucket.writer(keys.order_file(batch.sender.id, batch.id, name)) as writer:
            for one in asked:
                writer.write(orders.encode(one.line(batch.sender.language)))
            writer.close()

    def _decide(self, batch: Batch, name: str, asked: Iterable[Asked], pages: Sequence[Page], since: datetime) -> None:
        """Approve or cancel the batch, as the file says, and do what follows from an approval."""
        answers: dict[str, Answer] = {}
        approved: Batch | None = None
        for one in asked:
            if one.order in OF_BATCHES:
                is_cancel = one.order is Order.CANCEL
                decided = self.batches.decide(batch, BatchState.CANCELLED if is_cancel else BatchState.OPEN, name)
                is_cancelled = decided.state is BatchState.CANCELLED
                is_done = decided.decided_by == name and is_cancelled == is_cancel
                answers[str(one.written.line)] = Answer.DONE if is_done else Answer.TOO_LATE
                approved = decided if is_done and not is_cancel else approved
        if answers:
            self.batches.put_batch_answers(batch, name, OrderAnswers(lines=answers))
        if approved is not None:
            self.manifests.send_on(approved, pages, since)

    def _arm_receipts(self, batch: Batch, now: datetime) -> None:
        """Have the sender answered soon; a neutral list has its own time."""
        if batch.sender.settings.disclosure == "neutral":
            self.batches.due_entries.arm_next_receipts(batch, now)
        else:
            self.batches.due_entries.arm_receipts(batch.sender.id, batch.id, next_full(now, _MINUTE))


def _messages(file: str, asked: Iterable[Asked], pages: Sequence[Page]) -> Iterator[FollowOrders]:
    """The orders for letters, page by page, in the order of the file."""
    of_all: list[LetterOrder] = []
    by_page: defaultdict[int, list[LetterOrder]] = defaultdict(list)
    for one in asked:
        if one.order is None or one.order in OF_BATCHES:
            continue
        order = LetterOrder(one.written.line, one.written.row, one.order, one.until)
        if order.row:
            by_page[page_of(order.row)].append(order)
        else:
            of_all.append(order)
    # A file has orders for single letters or for all of them, never both.
    for page in pages if of_all else [pages[number] for number in sorted(by_page)]:
        for some in chunks(of_all or by_page[page.number], _MOST_ORDERS_A_MESSAGE):
            yield FollowOrders(page=page, file=file, orders=tuple(some))
