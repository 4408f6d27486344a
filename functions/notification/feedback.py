"""What notification does with what it hears later of a notice: a bounce, a complaint, an SMS that failed."""

from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.recipients import Recipients
from notification import events
from notification.events import NoticeNews
from notification.unreached import Unreached
from postal import pages
from postal.pages import Page


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """Takes events of notices. They come late, twice and in any order; another attempt's change nothing."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    unreached: Unreached

    def take(self, body: str, now: datetime) -> None:
        """Act on one event.

        Raises:
            msgspec.DecodeError: it is none.
        """
        news = events.decode(body)
        is_ours = news is not None and self._take(news, now)
        metrics.add_metric(name="UnknownNoticeEvents", unit=MetricUnit.Count, value=int(not is_ours))

    def _take(self, news: NoticeNews, now: datetime) -> bool:
        """Act on what was heard; False where it speaks of what is not stored (any more)."""
        pointer = news.pointer
        batch = self.batches.batch(pointer.sender, pointer.batch)
        sorting = self.batches.sorting(pointer.sender, pointer.batch, pages.page_of(pointer.row))
        if batch is None or sorting is None:
            return False
        if news.unusable is not None:
            self._use_no_more(news, sorting.page)
        if news.has_failed:
            metrics.add_metric(name="NoticesFailed", unit=MetricUnit.Count, value=1)
        if news.has_failed and not pointer.is_reminder:
            self.unreached.note_failed(
                sorting.page, batch, pointer.row, pointer.attempt, pointer.means, pointer.of, now
            )
        return True

    def _use_no_more(self, news: NoticeNews, page: Page) -> None:
        letter = row_files.letters_left_of(self.bucket, page).get(news.pointer.row)
        if letter is not None and news.unusable is not None:
            self.recipients.set_unusable(letter.recipient, news.addresses, news.unusable)
