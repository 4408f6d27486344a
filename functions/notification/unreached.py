"""Noting that a notice did not arrive, and what follows from it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.observability import metrics
from postal.batches import Batch
from postal.notices import Means
from postal.pages import Page


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """Keeps whom no notice reaches."""

    batches: Batches

    def note_failed(  # noqa: PLR0913, PLR0917 - which letter, what failed, of how much, and when
        self, page: Page, batch: Batch, row: int, attempt: int, means: Means, of: frozenset[Means], now: datetime
    ) -> None:
        """Note that a letter's notice did not arrive by one means; with the last of all, nobody was reached."""
        letter = self.batches.add_failed_means(page, row, attempt, means)
        if letter is not None and letter.failed_means >= of:
            self.note_not_reached([row], page, batch, now)

    def note_not_reached(self, rows: Collection[int], page: Page, batch: Batch, now: datetime) -> None:
        """Note that no notice reaches the recipients of letters, and have what follows from it done soon."""
        count = 0
        for row in rows:
            count += self.batches.set_fact(page, row, "notice_failed_at", now, now)
        if rows:
            self.batches.due_entries.arm_page_soon(batch, page, now)
            self.batches.due_entries.arm_next_receipts(batch, now)
        metrics.add_metric(name="RecipientsNotReached", unit=MetricUnit.Count, value=count)
