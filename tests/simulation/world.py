"""A month, played on the embedded stack: the clock goes from one thing to the next, and everything is written down."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count

from postal.times import from_text
from tests.simulation import deeds, others, workdays
from tests.simulation.deeds import good_letters
from tests.simulation.happenings import Disturbance, Log, Said, Sent, Ticked, Told, What
from tests.simulation.others import Others, Report
from tests.simulation.plan import SENDERS, Crossing, Dying, Order, Plan, Planned, Record, Tell, Upload
from tests.simulation.watching import Watch
from tests.support.office import Office

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
#: While something waits in a queue, the schedule fires now and then.
_WAITING = timedelta(minutes=10)
#: So long nothing falls due where nothing happens any more.
_IDLE = timedelta(hours=12)
#: What happens so soon may happen in the midst of what happens now.
_SOON = timedelta(minutes=30)
#: Around a cut-off: before it, at it, and when a page that was decided at it comes to print.
_AROUND_A_CUT_OFF = (-1, 0, 1, 17, 34)


class World:
    """Plays a plan.

    Args:
        office: without data.
        plan: of the month.

    Attributes:
        log: what happened.
        deaths: how often a function died.
        crossings: how often others went on while a function was in the midst of something.
    """

    def __init__(self, office: Office, plan: Plan) -> None:
        self.log = Log()
        self.deaths = 0
        self.crossings = 0
        self._office = office
        self._stack = office.stack
        self._plan = plan
        self._uploads = {
            f"{one.deed.sender.id}/{one.deed.batch}": one.deed for one in plan.deeds if isinstance(one.deed, Upload)
        }
        self.log.letters = {row.letter.id: row.letter for one in self._uploads.values() for row in one.rows}
        rows = {row.letter.id: row for one in self._uploads.values() for row in one.rows}
        self._others = Others(office, rows, self._uploads)
        self._watch = Watch(self._cross)
        self._planned = list(reversed(plan.deeds))
        self._numbers = count(1)
        self._reports: list[tuple[datetime, int, Report]] = []
        self._woken: set[str] = set()
        self._open_since: int | None = None
        self._opened_at = plan.start
        self._crossed_at = -1

    def play(self) -> None:
        """Play the month."""
        self._stack.clock.set(self._plan.start)
        self._stack.on_call = self._watch.look
        self._stack.on_invocation = self._note
        for what in deeds.admit(self._office, self._plan):
            self.log.add(self._office.now, what)
        steps = sorted(
            {
                *self._grid(self._plan.start, self._plan.end),
                *(one.at for one in self._plan.deeds if one.at < self._plan.end),
            }
        )
        for at in steps:
            self._play_reports(before=at)
            self._move_to(at)
            while self._planned and self._planned[-1].at <= at:
                self._do(self._planned.pop())
            self._play_reports(before=at + _MINUTE)
            self._tick()
        self.log.disturbances.append(Disturbance(*self._plan.silence))
        self.log.disturbances.sort(key=lambda one: one.end)

    def play_out(self, days: int) -> None:
        """Go on until nothing more happens: from one thing that falls due to the next."""
        self._watch.calm()
        end = self._office.now + timedelta(days=days)
        while self._office.now < end:
            at = min(self._next_due(), self._office.now + _IDLE)
            self._play_reports(before=at)
            self._move_to(at)
            self._tick()

    def _next_due(self) -> datetime:
        """The first minute, after this one, at which there is something for the schedule to send on."""
        times = [from_text(item["sk"].partition("#")[0]) for item in self._office.due()]
        return max(_whole(min(times, default=datetime.max.replace(tzinfo=UTC))), self._office.now + _MINUTE)

    # --- the clock ---

    @staticmethod
    def _grid(begin: datetime, end: datetime) -> Iterator[datetime]:
        """When the schedule fires, as far as it is played: every hour, and around the cut-offs."""
        yield from _every(_HOUR, begin, end)
        for day in _every(timedelta(days=1), begin - timedelta(days=1), end):
            for cut_off in {sender.cut_off for sender in SENDERS}:
                at = workdays.cut_off_of(day.date(), cut_off, day)
                yield from (at + timedelta(minutes=n) for n in _AROUND_A_CUT_OFF if begin < at < end)

    def _move_to(self, at: datetime) -> None:
        self._stack.clock.move_to(max(at, self._office.now))

    @property
    def _is_silent(self) -> bool:
        begin, end = self._plan.silence
        return begin <= self._office.now < end

    def _tick(self) -> None:
        """Let the schedule fire, with all that was joined to it."""
        self._begin()
        if not self._is_silent:
            self._stack.tick()
        self._work()

    # --- what is done ---

    def _do(self, planned: Planned) -> None:
        match planned.deed:
            case Dying() as dying:
                if not self._is_silent:
                    self._watch.die_at(dying)
            case Crossing() as crossing:
                self._watch.cross_at(crossing)
            case Upload() as upload:
                self._upload(upload, is_joined=planned.is_joined)
            case Order() as order:
                self._order(order, is_joined=planned.is_joined)
            case Tell() as tell:
                self._happens(deeds.tell(self._office, tell, next(self._numbers)), is_joined=planned.is_joined)
            case Record() as down:
                self._happens(deeds.record(self._office, down), is_joined=planned.is_joined)

    def _upload(self, upload: Upload, *, is_joined: bool) -> None:
        if not upload.documents_late:
            deeds.upload_documents(self._office, upload)
            self._happens(deeds.upload(self._office, upload), is_joined=is_joined)
            return
        self._begin()
        for what in deeds.upload(self._office, upload):
            self.log.add(self._office.now, what)
        self._stack.run()
        self._stack.clock.advance(timedelta(minutes=upload.documents_late))
        deeds.upload_documents(self._office, upload)
        self._work()

    def _order(self, order: Order, *, is_joined: bool) -> None:
        """Upload orders, where there is a batch: before it is accepted nothing is ordered."""
        self._work()
        if self._is_accepted(order.batch):
            letters = good_letters(self._uploads[order.batch].rows)
            self._happens(deeds.order(self._office, order, letters, next(self._numbers)), is_joined=is_joined)

    def _is_accepted(self, name: str) -> bool:
        sender, _, batch = name.partition("/")
        return self._office.batches.batch(sender, batch) is not None

    def _happens(self, whats: Iterable[What], *, is_joined: bool) -> None:
        """Something happens; unless more is joined to it, the post office works until it is quiet."""
        self._begin()
        for what in whats:
            self.log.add(self._office.now, what)
        if not is_joined:
            self._work()

    def _play_reports(self, *, before: datetime) -> None:
        """Upload what is to be reported by a time, in the order of the times."""
        while self._reports and self._reports[0][0] < before:
            at = self._reports[0][0]
            self._move_to(at)
            by_channel: defaultdict[str, list[Report]] = defaultdict(list)
            while self._reports and self._reports[0][0] == at:
                report = heappop(self._reports)[2]
                by_channel[report.channel].append(report)
            for channel, reports in by_channel.items():
                others.put(self._office, channel, (report.line for report in reports), next(self._numbers))
                says: list[Said] = [said for report in reports for said in report.says]
                self._happens(says, is_joined=any(report.is_joined for report in reports))

    # --- in the midst of a function ---

    def _cross(self) -> None:
        """Let something take effect that comes next, if it comes soon."""
        until = self._office.now + _SOON
        report = next(
            (one for one in sorted(self._reports) if one[0] <= until and one[2].line["event"] == "opened"), None
        )
        if report is not None:
            self._reports.remove(report)
            heapify(self._reports)
            others.put(self._office, report[2].channel, [report[2].line], next(self._numbers))
            whats: list[What] = list(report[2].says)
        else:
            deed = next((one for one in reversed(self._planned) if one.at <= until and self._can_cross(one)), None)
            if deed is None:
                return
            self._planned.remove(deed)
            whats = list(self._crossing(deed))
        self._crossed_at = len(self.log.happenings)
        for what in whats:
            self.log.add(self._office.now, what)
        self.crossings += 1
        self._stack.run()

    def _can_cross(self, planned: Planned) -> bool:
        """Whether something can be done in the midst of other things: orders for a batch of old, and news."""
        match planned.deed:
            case Tell():
                return True
            case Order(batch):
                sent = [one for one in self._plan.deeds if one.deed is self._uploads[batch]]
                return sent[0].at + _HOUR < self._office.now and self._is_accepted(batch)
            case _:
                return False

    def _crossing(self, planned: Planned) -> Iterable[What]:
        match planned.deed:
            case Tell() as tell:
                return deeds.tell(self._office, tell, next(self._numbers))
            case Order(batch) as order:
                return deeds.order(self._office, order, good_letters(self._uploads[batch].rows), next(self._numbers))
            case _:
                return ()

    # --- work ---

    def _note(self, function: str, messages: int) -> None:
        if messages:
            self._woken.add(function)
        elif function == "fallback":
            self.log.add(self._office.now, Ticked())

    def _begin(self) -> None:
        """Remember what has not taken effect yet."""
        if self._open_since is None:
            self._open_since, self._opened_at = len(self.log.happenings), self._office.now

    def _work(self) -> None:
        """Let the post office work until its queues are empty, and collect what it has laid ready."""
        if self._open_since is None:
            return
        self._stack.run()
        alone = len(self.log.happenings) <= self._open_since + 1 or self._is_one_file(self._open_since)
        while (moment := self._stack._next_visible()) is not None:
            alone = False
            self._stack.clock.move_to(_whole(min(moment, self._office.now + _WAITING)))
            self._stack.run() if self._is_silent else self._stack.tick()
        has_died, self._watch.has_died = self._watch.has_died, False
        begin, self._open_since = self._open_since, None
        if has_died or not alone:
            self.log.close(begin, self._office.now, ticks_too=has_died)
        self._hand_out()
        if has_died:
            self.deaths += 1
            self.log.disturbances.append(Disturbance(self._opened_at, self._office.now))
            self._move_to(self._office.now + _MINUTE)
            self._tick()

    def _is_one_file(self, begin: int) -> bool:
        """Whether all that happened since stood in one file, whose lines take effect in their order."""
        if self._crossed_at >= begin:
            return False
        kinds = {
            one.what.channel if isinstance(one.what, Said) else type(one.what) for one in self.log.happenings[begin:]
        }
        return len(kinds) == 1 and kinds.isdisjoint({Ticked, Sent, Told})

    def _hand_out(self) -> None:
        """Let the mailboxes and printers look for what is new."""
        reports: list[Report] = []
        if "delivery" in self._woken:
            reports += self._others.collect()
        if "fallback" in self._woken:
            reports += self._others.fetch_jobs()
        self._woken.clear()
        for report in reports:
            heappush(self._reports, (report.at, next(self._numbers), report))


def _every(step: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    at = start + step
    while at <= end:
        yield at
        at += step


def _whole(moment: datetime) -> datetime:
    """The first whole minute from a time on."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if moment in {whole, datetime.max.replace(tzinfo=UTC)} else whole + _MINUTE
