"""What tracking does: record each report with few writes, then do what follows from it.

Reports come more than once and in any order. One that changes nothing still has
its after-steps done: the notices of a delivery, a new decision for a refused letter.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.errors import LostRaceError
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.time_left import TimeLeft
from postal import messages, rowsets
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, Consignment, Delivered, LetterItem, PageItems, Refused
from postal.messages import Event, NotifyConsignment, NotifyLetter, Report, SortRefused, Tracking
from postal.pages import Page
from postal.reasons import Reason, reason_of
from postal.times import from_text

#: What is said of a letter from which a time counts that may fall due.
_STARTS_A_TIME: Final = frozenset({Event.DELIVERED, Event.NOTICE_FAILED})

#: A report is recorded on a consignment as it was read; so often it is read again where another came between.
_MOST_TRIES: Final = 10


@dataclass(frozen=True, kw_only=True)
class TrackingDesk:
    """Records what channels say."""

    batches: Batches
    notices: Queue
    pages: Queue

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the tracking queue.

        Raises:
            ValueError: the message is none of ours.
            OutOfTimeError: there is no time for all reports; those that are recorded are found recorded.
        """
        match messages.decode(body):
            case Tracking() as tracking:
                self._track(tracking, now, time_left)
            case message:
                raise ValueError(f"tracking takes no {type(message).__name__}")

    def _track(self, tracking: Tracking, now: datetime, time_left: TimeLeft) -> None:
        batch = self.batches.batch(tracking.sender, tracking.batch)
        items = self.batches.page_items(tracking.sender, tracking.batch, tracking.page)
        if batch is None or items.sorting is None:
            # Nothing was ever handed over from there: retrying would not make it true.
            _count_unknown(tracking, len(tracking.reports))
            return
        page = items.sorting.page
        unknown = 0
        for report in time_left.each(tracking.reports):
            if tracking.channel is Channel.PRINT:
                unknown += self._record_print(page, items, report, now)
            else:
                unknown += self._record(page, items, tracking.channel, report, now)
        if unknown:
            _count_unknown(tracking, unknown)
        if any(report.event in _STARTS_A_TIME for report in tracking.reports):
            self.batches.due_entries.arm_page_soon(page, now)
        self.batches.due_entries.arm_next_receipts(batch, now)

    def _record(self, page: Page, items: PageItems, channel: Channel, report: Report, now: datetime) -> int:
        """Record a report and do what follows from it; how many letters it names that the channel never got."""
        if report.n:
            consignment = items.consignment(channel, report.n)
            if consignment is None:
                return 1
            exceptions = set(rowsets.decode(report.rows))
            rows = [row for row in consignment.leaving_rows() if row not in exceptions]
            self._record_on_consignment(page, consignment, rows, report)
            return 0
        named = rowsets.decode(report.rows)
        known = [row for row in named if _was_sent(items, channel, row)]
        self._record_on_letters(page, items, channel, known, report, now)
        return len(named) - len(known)

    def _record_print(self, page: Page, items: PageItems, report: Report, now: datetime) -> int:
        """Record what a printer says of letters that it has; how many it names that it never got."""
        letters, unknown = _claimed(items, report)
        match report.event:
            case Event.PRINTED:
                for consignment in items.print_consignments:
                    rows = sorted(letter.row for letter in letters if letter.claimed_for == consignment.n)
                    if rows:
                        self._record_printed(page, consignment, rows, _time(report))
            case Event.RETURNED:
                for row in _without(items, [letter.row for letter in letters], "returned_at"):
                    self.batches.set_fact(page, row, "returned_at", _time(report), now)
            case Event.REFUSED:
                # What was posted stays so, whatever is said of it later.
                posted = {row for consignment in items.print_consignments for row in consignment.delivery_times()}
                for letter in (letter for letter in letters if letter.row not in posted):
                    self.batches.fail_claimed(page, letter, Reason.REFUSED_BY_PRINTER.mark, _time(report))
            case Event.DELIVERED | Event.OPENED | Event.NOTICE_FAILED:
                # Said of mailboxes; nobody can say it of paper.
                unknown += len(letters)
        return unknown

    def _record_printed(self, page: Page, consignment: Consignment, rows: list[int], at: datetime) -> None:
        self._record_news(
            page,
            consignment,
            rows,
            lambda read, news: self.batches.record(page, read, delivered=Delivered(at=at, rows=rowsets.encode(news))),
        )

    def _record_on_letters(  # noqa: PLR0913, PLR0917 - which letters, what is said of them, and when
        self, page: Page, items: PageItems, channel: Channel, rows: list[int], report: Report, now: datetime
    ) -> None:
        match report.event:
            case Event.DELIVERED | Event.REFUSED:
                self._record_attempt(page, items, channel, rows, report)
            case Event.OPENED:
                for row in _without(items, rows, "opened_at"):
                    self.batches.set_fact(page, row, "opened_at", _time(report), now)
            case Event.NOTICE_FAILED:
                for row in _without(items, rows, "notice_failed_at"):
                    self.batches.set_fact(page, row, "notice_failed_at", _time(report), now)
            case Event.PRINTED | Event.RETURNED:
                # Said of paper; what a mailbox has is not on paper.
                metrics.add_metric(name="UnknownReports", unit=MetricUnit.Count, value=len(rows))

    def _record_attempt(self, page: Page, items: PageItems, channel: Channel, rows: list[int], report: Report) -> None:
        """Record what became of an attempt: in the letters' consignment, or on each letter that left alone."""
        alone = [row for row in rows if _is_alone(items, channel, row, report.attempt)]
        together = set(rows).difference(alone) if report.attempt == FIRST_ATTEMPT else set()
        for consignment in items.consignments:
            reported = sorted(together.intersection(consignment.leaving_rows()))
            if consignment.channel is channel and reported:
                self._record_on_consignment(page, consignment, reported, report)
        record = self._letter_delivered if report.event is Event.DELIVERED else self._letter_refused
        for row in alone:
            record(page, channel, row, report)

    def _record_on_consignment(self, page: Page, consignment: Consignment, rows: list[int], report: Report) -> None:
        if report.event is Event.DELIVERED:
            self._consignment_delivered(page, consignment, rows, _time(report))
        elif report.event is Event.REFUSED:
            self._consignment_refused(page, consignment, rows, report)

    def _consignment_delivered(self, page: Page, consignment: Consignment, rows: list[int], at: datetime) -> None:
        after = self._record_news(
            page,
            consignment,
            rows,
            lambda read, news: self.batches.record(page, read, delivered=Delivered(at=at, rows=rowsets.encode(news))),
        )
        reported = set(rows)
        for key, delivered in after.deliveries.items():
            if reported.intersection([*delivered.rows_to_tell(), *delivered.rows_to_text()]):
                self.notices.send(
                    NotifyConsignment(page=page, channel=after.channel, n=after.n, delivery=key), group=page.sender
                )

    def _consignment_refused(self, page: Page, consignment: Consignment, rows: list[int], report: Report) -> None:
        after = self._record_news(
            page,
            consignment,
            rows,
            lambda read, news: self.batches.record(
                page, read, refused=Refused(at=_time(report), rows=rowsets.encode(news), code=report.code)
            ),
        )
        refused = [row for row in rows if row in after.refused_rows()]
        self._decide_again(page, consignment.channel, FIRST_ATTEMPT, refused, report.code)

    def _record_news(
        self,
        page: Page,
        consignment: Consignment,
        rows: list[int],
        record: Callable[[Consignment, list[int]], bool],
    ) -> Consignment:
        """Record what is new of a report: a row that was delivered or refused stays so. The consignment after it."""
        for _ in range(_MOST_TRIES):
            read = self.batches.consignment(page, consignment.channel, consignment.n) or consignment
            told = read.delivery_times().keys() | read.refused_rows().keys()
            news = [row for row in rows if row not in told]
            if not news:
                return read
            if record(read, news):
                return self.batches.consignment(page, consignment.channel, consignment.n) or read
        raise LostRaceError("a consignment changed each time that a report on it was recorded")

    def _letter_delivered(self, page: Page, channel: Channel, row: int, report: Report) -> None:
        letter = self.batches.letter(page, row)
        if letter is None or letter.attempt != report.attempt or letter.refused_at is not None:
            return
        self.batches.set_letter(page, row, "delivered_at", _time(report), attempt=report.attempt)
        if letter.notified_at is None or letter.sms_waits:
            self.notices.send(
                NotifyLetter(page=page, channel=channel, row=row, attempt=report.attempt), group=page.sender
            )

    def _letter_refused(self, page: Page, channel: Channel, row: int, report: Report) -> None:
        letter = self.batches.letter(page, row)
        if letter is None or letter.attempt != report.attempt or letter.delivered_at is not None:
            return
        self.batches.set_letter(page, row, "refused_at", _time(report), attempt=report.attempt)
        self._decide_again(page, channel, report.attempt, [row], report.code)

    def _decide_again(self, page: Page, channel: Channel, attempt: int, rows: list[int], code: str) -> None:
        if rows:
            self.pages.send(
                SortRefused(page=page, channel=channel, attempt=attempt, rows=rowsets.encode(rows), code=code),
                group=page.sender,
            )


def _claimed(items: PageItems, report: Report) -> tuple[list[LetterItem], int]:
    """The letters that a printer speaks of and has; how many others it names."""
    named = set(rowsets.decode(report.rows))
    claimed = {row: letter for row, letter in items.letters.items() if letter.claimed_for}
    if report.n:
        of_part = [letter for row, letter in claimed.items() if letter.claimed_for == report.n and row not in named]
        return of_part, int(items.consignment(Channel.PRINT, report.n) is None)
    known = [claimed[row] for row in sorted(named & claimed.keys())]
    of_attempt = [letter for letter in known if max(letter.attempt, FIRST_ATTEMPT) == report.attempt]
    return of_attempt, len(named - claimed.keys())


def _was_sent(items: PageItems, channel: Channel, row: int) -> bool:
    """Whether a letter ever went to a mailbox."""
    letter: LetterItem | None = items.letters.get(row)
    if letter is not None:
        marks = [decided.mark for decided in letter.before] + ([letter.mark] if letter.mark else [])
        if any(reason_of(mark).way.mailbox is channel for mark in marks) or channel in {
            mailbox.channel for mailbox in letter.tried
        }:
            return True
    return any(
        row in consignment.leaving_rows() for consignment in items.consignments if consignment.channel is channel
    )


def _is_alone(items: PageItems, channel: Channel, row: int, attempt: int) -> bool:
    """Whether a letter left alone for a mailbox under an attempt: it was decided again, or released."""
    letter = items.letters.get(row)
    if letter is None or not letter.mark:
        return False
    return letter.attempt == attempt and reason_of(letter.mark).way.mailbox is channel


def _without(items: PageItems, rows: Iterable[int], fact: str) -> list[int]:
    """The rows of which a fact is not known yet: a repeat writes only what is left."""
    return [row for row in rows if getattr(items.letters.get(row), fact, None) is None]


def _time(report: Report) -> datetime:
    return from_text(report.at)


def _count_unknown(tracking: Tracking, count: int) -> None:
    metrics.add_metric(name="UnknownReports", unit=MetricUnit.Count, value=count)
    logger.warning(
        "reports on letters that the channel never got",
        extra={"sender": tracking.sender, "batch": tracking.batch, "channel": tracking.channel, "count": count},
    )
