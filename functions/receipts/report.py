"""`report.html`: the list in numbers and pictures, on one page that loads nothing.

It is made of the lines as shown, of facts of the batch that never change, and of the
time of the list: so it is the same whenever it is made again, and tells no more than
the lines do. It names no letter and quotes no row.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from postal import working_hours
from postal.batches import Batch
from postal.reasons import NextStep, Reason
from postal.status import Status
from postal.times import from_text, local_time
from receipts import lines, report_pictures, report_words, summary, words
from receipts.lines import ReceiptLine
from receipts.lists import Listed
from receipts.report_pictures import Curve, Flow, Link
from receipts.report_words import OUTCOMES, TAKEN_IN

if TYPE_CHECKING:
    from jinja2 import Template

REPORT_NAME: Final = "report.html"
CONTENT_TYPE: Final = "text/html; charset=utf-8"

#: What is told of each, in the order of `report_words.OUTCOMES`.
_THERE: Final = frozenset({Status.OPENED, Status.DELIVERED, Status.NOTICE_FAILED, Status.PRINTED})
_WAY: Final = frozenset({Status.IN_TRANSIT, Status.TO_PRINT, Status.HELD, Status.WAITING})
_IN_A_MAILBOX: Final = (Status.OPENED, Status.DELIVERED, Status.NOTICE_FAILED)

#: More days than these are told by the week.
_MOST_DAYS: Final = 31
#: More columns than these are left to the summary.
_MOST_COLUMNS: Final = 10
_DAY: Final = timedelta(days=1)
_DATE: Final = len("2026-11-18")
_HOUR: Final = len("2026-11-18T09")


class Case(NamedTuple):
    """What is counted of a line."""

    status: Status
    code: str
    channel: str
    next_step: NextStep

    @property
    def outcome(self) -> str:
        """The status, or that a neutral list says no more than that the letter is taken in."""
        return TAKEN_IN if self.code == lines.ACCEPTED else self.status


class Tally:
    """The lines of a list, counted as they go by. It grows with cases and days, never with letters.

    Attributes:
        cases: letters of each case.
        opened: letters opened on each day, `2026-11-18`.
        then_paper: unopened letters that paper follows, by the hour of their delivery.
        until: letters of each status and code that wait until each day.
    """

    def __init__(self, batch: Batch) -> None:
        self.cases: Counter[Case] = Counter()
        self.opened: Counter[str] = Counter()
        self.then_paper: Counter[str] = Counter()
        self.until: Counter[tuple[Status, str, str]] = Counter()
        sender = batch.sender
        told = words.DELIVERED_THEN_PAPER.read_in(sender.language)
        self._then_paper = told.format(hours=sender.settings.unopened_hours)

    @property
    def statuses(self) -> dict[str, int]:
        """Letters of each status, by name."""
        return self._by(lambda case: case.status)

    @property
    def channels(self) -> dict[str, int]:
        """Letters through each channel that has any, by name."""
        return self._by(lambda case: case.channel)

    def _by(self, name: Callable[[Case], str]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for case, count in self.cases.items():
            found[name(case)] += count
        return {one: found[one] for one in sorted(found) if one}

    def add(self, line: ReceiptLine) -> None:
        """Count a line as it is shown."""
        self.cases[Case(line.status, line.code, line.channel, line.next_step)] += 1
        if line.until:
            self.until[line.status, line.code, line.until[:_DATE]] += 1
        match line.status:
            case Status.OPENED:
                self.opened[line.time[:_DATE]] += 1
            case Status.DELIVERED if self._then_paper in line.text:
                # The zone's whole hours are those of working hours, so the minutes do not change the day.
                self.then_paper[line.time[:_HOUR] + ":00:00" + line.time[-len("+01:00") :]] += 1


class Figure(NamedTuple):
    """A number of the page's head; `tone` is a class of the style."""

    tone: str
    name: str
    number: str
    share: str
    note: str


class Row(NamedTuple):
    """A row of a table: cells of text, a code below the second where it has one, and its letters."""

    cells: tuple[str, ...]
    number: str
    code: str = ""


class Openings(NamedTuple):
    """How letters in a mailbox were opened; without a picture where nothing was, and no paper follows."""

    text: str
    deadline: str
    pictures: tuple[Curve, ...]
    first: str
    last: str
    all: str
    opened: str
    unopened: str
    alt: str
    by: str
    rows: Sequence[Row]


def page(tally: Tally, batch: Batch, listed: Listed) -> bytes:
    """The page of a list.

    Args:
        tally: of all of its lines.
        batch: of the list.
        listed: its number and time.
    """
    language = batch.sender.language
    made = _Page(tally, batch, listed)
    return (
        _template()
        .render(
            say=partial(report_words.say, language),
            language=language if language != "nn" else "nb",
            sender=batch.sender.name,
            batch=batch.id,
            number=listed.number,
            changes=f"changes-{listed.number:04d}.csv",
            accepted_at=made.time(local_time(batch.accepted_at, batch.sender.country)),
            written_at=made.time(local_time(from_text(listed.written_at), batch.sender.country)),
            figures=made.figures(),
            approval=made.approval(),
            to_do=made.to_do(),
            bar=report_pictures.BAR,
            flows=made.flows(),
            flow_alt=made.flow_alt(),
            flow_rows=made.flow_rows(),
            openings=made.openings(),
            refused=made.refused(),
            waits=made.waits(),
            columns=summary.unknown_columns(batch)[:_MOST_COLUMNS],
            has_more_columns=len(batch.unknown_columns) > _MOST_COLUMNS,
        )
        .encode()
    )


class _Page:
    """What the page says, in the sender's language."""

    def __init__(self, tally: Tally, batch: Batch, listed: Listed) -> None:
        self._tally = tally
        self._batch = batch
        self._language = batch.sender.language
        country = batch.sender.country
        self._accepted_on = _day_of(local_time(batch.accepted_at, country))
        self._written_on = _day_of(local_time(from_text(listed.written_at), country))
        self._all = tally.cases.total()
        self._outcomes: Counter[str] = Counter()
        for case, count in tally.cases.items():
            self._outcomes[case.outcome] += count

    def figures(self) -> list[Figure]:
        """All rows, and how they fall into those that arrived, those on the way, and those that will not come."""
        counts = {
            "there": sum(self._outcomes[status] for status in _THERE),
            "taken_in": self._outcomes[TAKEN_IN],
            "way": sum(self._outcomes[status] for status in _WAY),
        }
        counts["not"] = self._all - sum(counts.values())
        shown = [
            Figure(name, self._say(name), self._number(count), self._share(count), self._say(f"{name}_note"))
            for name, count in counts.items()
            if count or (name == "there" and not counts["taken_in"])
        ]
        return [Figure("all", self._say("rows"), self._number(self._all), "", ""), *shown]

    def approval(self) -> str:
        """What the sender has to decide on the whole batch; empty where nothing."""
        waits = any(case.code == lines.AWAITS_APPROVAL for case in self._tally.cases)
        return summary.approval_text(self._batch) if waits else ""

    def to_do(self) -> list[Row]:
        """What the sender should do about letters, each with how many it is about."""
        found: Counter[str] = Counter({"to_correct": self._batch.refused_rows})
        for case, count in self._tally.cases.items():
            if case.next_step is NextStep.FOLLOW_UP:
                found["follow_up"] += count
            elif case.next_step is NextStep.SENDER_FIXES and not _is_refused_row(case):
                found[case.status] += count
            if case.status is Status.HELD:
                found[Status.HELD] += count
        told = report_words.TO_DO.items()
        return [Row((text.read_in(self._language),), self._number(found[name])) for name, text in told if found[name]]

    def flows(self) -> tuple[Flow, ...]:
        """The way from rows through channels to outcomes, for a wide page and for a narrow one."""
        links = [
            Link(channel, outcome, count, self._channel(channel), name, _tone(outcome))
            for (channel, outcome, name), count in self._ways()
        ]
        return report_pictures.flows(self._say("rows"), links, self._number)

    def flow_alt(self) -> str:
        """The same in a sentence."""
        told = [f"{name} {self._number(self._outcomes[outcome])}" for outcome, name in self._names()]
        return self._say("flow_alt", rows=self._number(self._all), outcomes=", ".join(told))

    def flow_rows(self) -> list[Row]:
        """The same as a table."""
        return [
            Row((self._channel(channel), name, self._share(count)), self._number(count))
            for (channel, _, name), count in self._ways()
        ]

    def openings(self) -> Openings | None:
        """How letters were opened, against the time at which they go on paper; None where none lies in a mailbox."""
        in_mailbox = sum(self._outcomes[status] for status in _IN_A_MAILBOX)
        if not in_mailbox:
            return None
        opened = {_day_of(day): count for day, count in self._tally.opened.items()}
        deadlines = self._deadlines()
        number_opened = sum(opened.values())
        all_, opened_ = self._number(in_mailbox), self._number(number_opened)
        days = sorted(opened.keys() | deadlines.keys())
        first = min([self._accepted_on, *days])
        last = max([self._written_on, *days])
        share = self._share(number_opened, in_mailbox)
        shown = report_pictures.Openings(
            first=first, last=last, written=self._written_on, opened=opened, deadlines=deadlines, all=in_mailbox
        )
        return Openings(
            text=self._say("openings_of", opened=opened_, all=all_, share=share),
            deadline=self._paper_from(deadlines),
            pictures=report_pictures.curves(shown) if days else (),
            first=self._short(first),
            last=self._short(last),
            all=all_,
            opened=opened_,
            unopened=self._number(sum(deadlines.values())),
            alt=self._say("openings_alt", first=self._date(first), last=self._date(last), opened=opened_, all=all_),
            by=self._say("week" if len(days) > _MOST_DAYS else "day"),
            rows=self._openings_rows(opened, deadlines, days),
        )

    def refused(self) -> list[Row]:
        """What came to nothing, by status and code, the most first."""
        found: Counter[tuple[Status, str]] = Counter()
        for case, count in self._tally.cases.items():
            if case.outcome not in _THERE | _WAY | {TAKEN_IN}:
                found[case.status, case.code] += count
        return [
            Row((OUTCOMES[status].read_in(self._language), self._why(code)), self._number(count), code)
            for (status, code), count in _most_first(found)
        ]

    def waits(self) -> list[Row]:
        """What waits, by status and code, with the days until which it does."""
        found: Counter[tuple[Status, str]] = Counter()
        for case, count in self._tally.cases.items():
            if case.outcome in _WAY:
                found[case.status, case.code] += count
        days: dict[tuple[Status, str], list[date]] = {}
        for status, code, day in self._tally.until:
            days.setdefault((status, code), []).append(_day_of(day))
        return [
            Row(
                (OUTCOMES[status].read_in(self._language), self._why(code), self._span(days.get((status, code), ()))),
                self._number(count),
                code,
            )
            for (status, code), count in _most_first(found)
        ]

    def time(self, text: str) -> str:
        """A time of a line: `18. november 2026 10:30`."""
        return f"{self._date(_day_of(text))} {text[_DATE + 1 : len('2026-11-18T09:30')]}"

    def _deadlines(self) -> dict[date, int]:
        """How many unopened letters go on paper on each day at the earliest: outages make it later."""
        sender = self._batch.sender
        found: Counter[date] = Counter()
        for hour, count in self._tally.then_paper.items():
            delivered = datetime.fromisoformat(hour).astimezone(UTC)
            at = working_hours.deadline(delivered, sender.settings.unopened_hours, sender.country)
            found[_day_of(local_time(at, sender.country))] += count
        return dict(found)

    def _paper_from(self, deadlines: Mapping[date, int]) -> str:
        if not deadlines:
            return ""
        hours = self._batch.sender.settings.unopened_hours
        return self._say("paper_from", hours=hours, days=self._span(list(deadlines)))

    def _openings_rows(
        self, opened: Mapping[date, int], deadlines: Mapping[date, int], days: Sequence[date]
    ) -> list[Row]:
        """Openings and deadlines by the day; by the week where there are many days."""
        by_week = len(days) > _MOST_DAYS
        found: dict[date, list[int]] = {}
        for day in days:
            begins = day - _DAY * day.weekday() if by_week else day
            counts = found.setdefault(begins, [0, 0])
            counts[0] += opened.get(day, 0)
            counts[1] += deadlines.get(day, 0)
        in_all = accumulate(counts[0] for counts in found.values())
        return [
            Row((self._date(day), self._number(counts[0]), self._number(so_far)), self._number(counts[1]))
            for (day, counts), so_far in zip(found.items(), in_all, strict=True)
        ]

    def _ways(self) -> Iterator[tuple[tuple[str, str, str], int]]:
        """How many went through each channel to each outcome; with the outcome's name."""
        found: Counter[tuple[str, str]] = Counter()
        for case, count in self._tally.cases.items():
            found[case.channel, case.outcome] += count
        for channel in report_words.CHANNELS:
            for outcome, name in self._names():
                if found[channel, outcome]:
                    yield (channel, outcome, name), found[channel, outcome]

    def _names(self) -> list[tuple[str, str]]:
        told = OUTCOMES.items()
        return [(outcome, name.read_in(self._language)) for outcome, name in told if self._outcomes[outcome]]

    def _span(self, days: Sequence[date]) -> str:
        """From the first of some days to the last."""
        if not days:
            return self._say("not_fixed")
        first, last = min(days), max(days)
        return self._date(first) if first == last else f"{self._date(first)} – {self._date(last)}"  # noqa: RUF001 - a span

    def _date(self, day: date) -> str:
        dot = "" if self._language == "en" else "."
        return f"{day.day}{dot}\u00a0{self._month(day)} {day.year}"

    def _short(self, day: date) -> str:
        dot = "" if self._language == "en" else "."
        return f"{day.day}{dot}\u00a0{self._month(day)[:3]}"

    def _month(self, day: date) -> str:
        return report_words.MONTHS[day.month - 1].read_in(self._language)

    def _channel(self, channel: str) -> str:
        return report_words.CHANNELS[channel].read_in(self._language)

    def _say(self, name: str, **facts: object) -> str:
        return report_words.say(self._language, name, **facts)

    def _why(self, code: str) -> str:
        return report_words.why(code, self._language)

    def _number(self, value: int) -> str:
        return report_words.number(value, self._language)

    def _share(self, part: int, whole: int | None = None) -> str:
        return report_words.share(part, self._all if whole is None else whole, self._language)


def _is_refused_row(case: Case) -> bool:
    """Whether check-in refused the row, which to_correct.csv has."""
    is_a_rules = case.code in Reason.__members__ and case.code != Reason.ROW_REFUSED.code
    return case.status is Status.REJECTED and not is_a_rules


def _tone(outcome: str) -> str:
    """The class of an outcome in the pictures."""
    if outcome in _THERE:
        return "there"
    return "way" if outcome in _WAY or outcome == TAKEN_IN else "not"


def _most_first(found: Counter[tuple[Status, str]]) -> list[tuple[tuple[Status, str], int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _day_of(text: str) -> date:
    return date.fromisoformat(text[:_DATE])


@cache
def _template() -> "Template":
    # Imported with the first page, not with the function: most runs change no list, and write none.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
