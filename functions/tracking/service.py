"""What tracking does: record each report with few writes, then do what follows from it.

Reports come more than once and in any order. One that changes nothing still has
its after-steps done: the notices of a delivery, a new decision for a refused letter.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import MOST_NEWS, Batches
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

#: What is said of an attempt, and recorded with the letters that it was made for.
_OF_AN_ATTEMPT: Final = frozenset({Event.DELIVERED, Event.REFUSED})

#: A report, and the letters of a consignment that it speaks of.
Told = tuple[Report, list[int]]

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
        record = self._record_print if tracking.channel is Channel.PRINT else self._record
        unknown = record(page, items, tracking, now, time_left)
        if unknown:
            _count_unknown(tracking, unknown)
        if any(report.event in _STARTS_A_TIME for report in tracking.reports):
            self.batches.due_entries.arm_page_soon(batch, page, now)
        self.batches.due_entries.arm_next_receipts(batch, now)

    def _record(self, page: Page, items: PageItems, tracking: Tracking, now: datetime, time_left: TimeLeft) -> int:
        """Record what a mailbox says, and do what follows from it; how many letters it names that it never got."""
        channel, unknown = tracking.channel, 0
        together: dict[int, list[Told]] = {}
        alone: list[Told] = []
        for report in tracking.reports:
            if report.n:
                consignment = items.consignment(channel, report.n)
                unknown += consignment is None
                if consignment is not None and report.event in _OF_AN_ATTEMPT:
                    exceptions = set(rowsets.decode(report.rows))
                    rows = [row for row in consignment.leaving_rows() if row not in exceptions]
                    together.setdefault(report.n, []).append((report, rows))
                continue
            named = rowsets.decode(report.rows)
            known = [row for row in named if _was_sent(items, channel, row)]
            unknown += len(named) - len(known)
            if report.event in _OF_AN_ATTEMPT:
                others = set(known)
                known = [row for row in known if _is_alone(items, channel, row, report.attempt)]
                if report.attempt == FIRST_ATTEMPT:
                    for n, rows in _by_consignment(items, channel, others.difference(known)).items():
                        together.setdefault(n, []).append((report, rows))
            alone.append((report, known))
        for consignment in items.consignments:
            if consignment.channel is channel and consignment.n in together:
                self._record_together(page, consignment, together[consignment.n])
        for report, row in time_left.each([(report, row) for report, rows in alone for row in rows]):
            self._record_alone(page, items, channel, row, report, now)
        return unknown

    def _record_print(
        self, page: Page, items: PageItems, tracking: Tracking, now: datetime, time_left: TimeLeft
    ) -> int:
        """Record what a printer says of letters that it has; how many it names that it never got."""
        unknown = 0
        printed: dict[int, list[Told]] = {}
        others: list[tuple[Report, list[LetterItem]]] = []
        # What was posted stays so, whatever is said of it later.
        posted = {row for consignment in items.print_consignments for row in consignment.delivery_times()}
        for report in tracking.reports:
            letters, strangers = _claimed(items, report)
            unknown += strangers
            match report.event:
                case Event.PRINTED:
                    posted.update(letter.row for letter in letters)
                    for n in {letter.claimed_for for letter in letters}:
                        rows = sorted(letter.row for letter in letters if letter.claimed_for == n)
                        printed.setdefault(n, []).append((report, rows))
                case Event.RETURNED:
                    others.append((report, letters))
                case Event.REFUSED:
                    others.append((report, [letter for letter in letters if letter.row not in posted]))
                case Event.DELIVERED | Event.OPENED | Event.NOTICE_FAILED:
                    # Said of mailboxes; nobody can say it of paper.
                    unknown += len(letters)
        for consignment in items.print_consignments:
            self._record_news(page, consignment, printed.get(consignment.n, ()))
        for report, letter in time_left.each([(report, letter) for report, letters in others for letter in letters]):
            self._record_on_paper(page, letter, report, now)
        return unknown

    def _record_on_paper(self, page: Page, letter: LetterItem, report: Report, now: datetime) -> None:
        """Record on a letter that it came back, or was refused by its printer."""
        if report.event is not Event.RETURNED:
            self.batches.fail_claimed(page, letter, Reason.REFUSED_BY_PRINTER.mark, _time(report))
        elif letter.returned_at is None:
            self.batches.set_fact(page, letter.row, "returned_at", _time(report), now)

    def _record_alone(  # noqa: PLR0913, PLR0917 - which letter, what is said of it, and when
        self, page: Page, items: PageItems, channel: Channel, row: int, report: Report, now: datetime
    ) -> None:
        """Record what is said of a letter on the letter; a repeat writes only what is not known yet."""
        known = items.letters.get(row, LetterItem(row=row))
        match report.event:
            case Event.DELIVERED:
                self._letter_delivered(page, channel, row, report)
            case Event.REFUSED:
                self._letter_refused(page, channel, row, report)
            case Event.OPENED if known.opened_at is None:
                self.batches.set_fact(page, row, "opened_at", _time(report), now)
            case Event.NOTICE_FAILED if known.notice_failed_at is None:
                self.batches.set_fact(page, row, "notice_failed_at", _time(report), now)
            case Event.PRINTED | Event.RETURNED:
                # Said of paper; what a mailbox has is not on paper.
                metrics.add_metric(name="UnknownReports", unit=MetricUnit.Count, value=1)
            case Event.OPENED | Event.NOTICE_FAILED:
                pass

    def _record_together(self, page: Page, consignment: Consignment, told: Sequence[Told]) -> None:
        """Record what is said of letters of a consignment, and do what follows from it."""
        after = self._record_news(page, consignment, told)
        delivered = {row for report, rows in told if report.event is Event.DELIVERED for row in rows}
        self.notices.send_all(
            [
                NotifyConsignment(page=page, channel=after.channel, n=after.n, delivery=key)
                for key, delivery in after.deliveries.items()
                if delivered.intersection([*delivery.rows_to_tell(), *delivery.rows_to_text()])
            ],
            group=page.sender,
        )
        refused = after.refused_rows()
        for report, rows in told:
            if report.event is Event.REFUSED:
                again = [row for row in rows if row in refused]
                self._decide_again(page, consignment.channel, FIRST_ATTEMPT, again, report.code)

    def _record_news(self, page: Page, consignment: Consignment, told: Sequence[Told]) -> Consignment:
        """Record what is new of reports, with as few writes as hold it; the consignment after it."""
        lost = 0
        while news := _news(consignment, told):
            recorded = self.batches.record(page, consignment, news[:MOST_NEWS])
            if recorded is None:
                lost += 1
                if lost == _MOST_TRIES:
                    raise LostRaceError("a consignment changed each time that a report on it was recorded")
                recorded = self.batches.consignment(page, consignment.channel, consignment.n)
            consignment = recorded or consignment
        return consignment

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


def _news(read: Consignment, told: Iterable[Told]) -> list[Delivered | Refused]:
    """What reports tell of letters of which nothing was told before: a row that was delivered or refused stays so.

    What was said of letters at one time and in the same words is one record.
    """
    known = read.delivery_times().keys() | read.refused_rows().keys()
    rows_of: dict[tuple[datetime, str | None], list[int]] = {}
    for report, rows in told:
        news = [row for row in rows if row not in known]
        known.update(news)
        if news:
            code = report.code if report.event is Event.REFUSED else None
            rows_of.setdefault((_time(report), code), []).extend(news)
    return [
        Delivered(at=at, rows=rowsets.encode(rows))
        if code is None
        else Refused(at=at, rows=rowsets.encode(rows), code=code)
        for (at, code), rows in rows_of.items()
    ]


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


def _by_consignment(items: PageItems, channel: Channel, rows: Collection[int]) -> dict[int, list[int]]:
    """The rows that left together for a mailbox, by the number of their consignment."""
    wanted = set(rows)
    return {
        consignment.n: reported
        for consignment in items.consignments
        if consignment.channel is channel and (reported := sorted(wanted.intersection(consignment.leaving_rows())))
    }


def _is_alone(items: PageItems, channel: Channel, row: int, attempt: int) -> bool:
    """Whether a letter left alone for a mailbox under an attempt: it was decided again, or released."""
    letter = items.letters.get(row)
    if letter is None or not letter.mark:
        return False
    return letter.attempt == attempt and reason_of(letter.mark).way.mailbox is channel


def _time(report: Report) -> datetime:
    return from_text(report.at)


def _count_unknown(tracking: Tracking, count: int) -> None:
    metrics.add_metric(name="UnknownReports", unit=MetricUnit.Count, value=count)
    logger.warning(
        "reports on letters that the channel never got",
        extra={"sender": tracking.sender, "batch": tracking.batch, "channel": tracking.channel, "count": count},
    )
