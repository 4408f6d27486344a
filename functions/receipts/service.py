"""What receipts does: answer for every letter of a batch, and say when all have been answered for.

The list is the commit; the other files, the settling and the due entry follow
from it, and a repeat does them again. What became of orders is told beside it.
"""

from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.time_left import TimeLeft
from postal import messages
from postal.batches import Batch, BatchState
from postal.messages import WriteReceipts
from postal.times import from_text
from receipts import files, lists, orders
from receipts.lists import Standing
from receipts.orders import OrdersFile


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """Writes the receipt lists of batches."""

    bucket: Bucket
    batches: Batches

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the receipts queue.

        Raises:
            ValueError: the message is none of ours.
            LookupError: its batch does not exist.
            OutOfTimeError: there is no time for all of it; the list, once it stands, is not made again.
            ConflictError: another run is writing the same batch's lists; to be tried again after it.
        """
        match messages.decode(body):
            case WriteReceipts() as asked:
                self._write(asked, now, time_left)
            case message:
                raise ValueError(f"receipts takes no {type(message).__name__}")

    def _write(self, asked: WriteReceipts, now: datetime, time_left: TimeLeft) -> None:
        batch = self.batches.committed(asked.sender, asked.batch)
        if batch.sender.is_neutral and not self._is_time_for_neutral(batch, asked, now):
            return
        over = lists.standing(self.bucket, batch)
        if over is not None and not files.are_made(self.bucket, batch, over.listed):
            # A run died after its list: what that one changed is written down before the next one hides it.
            files.bring_up_to_date(self.bucket, self.batches, batch, over.listed, time_left)
        orders_over = orders.standing(self.bucket, batch)
        # Read after all that is written over, so that nothing newer is: it may have been approved, or cancelled.
        batch = self.batches.committed(asked.sender, asked.batch)
        orders_file = OrdersFile(self.bucket, self.batches, batch, orders_over)
        moment = _not_before(over, now)
        pages = time_left.each(lists.list_pages(self.bucket, self.batches, batch, moment))
        run = lists.write(self.bucket, batch, over, orders_file.gathering(pages), moment)
        if run.is_final and batch.state is BatchState.OPEN:
            self.batches.set_settled(batch)
        orders_file.bring_up_to_date(run.listed, time_left)
        files.bring_up_to_date(self.bucket, self.batches, batch, run.listed, time_left)
        if asked.due_sk:
            self.batches.due_entries.disarm(asked.due_sk, asked.token)
        metrics.add_metric(name="ReceiptListsWritten", unit=MetricUnit.Count, value=int(run.is_new))
        logger.info(
            "receipts written" if run.is_new else "receipts unchanged",
            extra={"sender": batch.sender.id, "batch": batch.id, "rows": batch.rows, "number": run.listed.number},
        )

    def _is_time_for_neutral(self, batch: Batch, asked: WriteReceipts, now: datetime) -> bool:
        """Whether a neutral list may be written now: only when it is due, for what happens has its own time.

        Until all is sorted it is due at every cadence, so that a late page is told at the
        same time whether or not something else has happened that nobody is told.
        """
        is_being_sorted = batch.sorted_at is None and batch.state is BatchState.OPEN
        if not asked.due_sk or is_being_sorted:
            self.batches.due_entries.arm_next_receipts(batch, now)
        return bool(asked.due_sk)


def _not_before(over: Standing | None, now: datetime) -> datetime:
    """The time of a list: that of the one before where a clock is behind, or what was overdue would not stay so."""
    return max(now, from_text(over.listed.written_at)) if over else now
