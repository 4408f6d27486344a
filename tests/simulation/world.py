"""A month, played on the embedded stack: the clock goes from one thing to the next, and everything is written down."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count

from postal.times import from_text
from tests.simulation import deeds, others, workdays
from tests.simulation.deeds import good_letters
from tests.simulation.happenings import Disturbance, Log, Said, Sent, Ticked, Told, What
from tests.simulation.others import Others, Report
from tests.simulation.plan import SENDERS, Dying, Order, Plan, Planned, Record, Tell, Upload
from tests.simulation.watching import Watch
from tests.support.office import Office

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
#: While something waits in a queue, the schedule fires now and then.
_WAITING = timedelta(minutes=10)
#: So long the acceptance of a batch is waited for: for its documents, over a silence and over deaths.
_ACCEPTED_WITHIN = timedelta(days=5)
#: So long nothing falls due where nothing happens any more.
_IDLE = timedelta(hours=12)
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
        watch: on what went wrong inside of functions.
    """

    def __init__(self, office: Office, plan: Plan) -> None:
        self.log = Log()
        self.deaths = 0
        self.watch = Watch()
        self._office = office
        self._stack = office.stack
        self._plan = plan
        self._uploads = {
            f"{one.deed.sender.id}/{one.deed.batch}": one.deed for one in plan.deeds if isinstance(one.deed, Upload)
        }
        self.log.letters = {row.letter.id: row.letter for one in self._uploads.values() for row in one.rows}
        rows = {row.letter.id: row for one in self._uploads.values() for row in one.rows}
        self._others = Others(office, rows, self._uploads)
        self._planned = list(reversed(plan.deeds))
        self._numbers = count(1)
        self._reports: list[tuple[datetime, int, Report]] = []
        self._woken: set[str] = set()
        self._open_since: int | None = None
        self._opened_at = plan.start
        # What has not taken effect yet went on beside other things, or was cut up by a death or an interruption.
        self._is_drawn_out = False
        self._is_cut_up = False
        # When each batch was uploaded that was not accepted when somebody last looked.
        self._awaited: dict[str, datetime] = {}

    def play(self) -> None:
        """Play the month."""
        self._stack.clock.set(self._plan.start)
        self._stack.on_call = self.watch.look
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
        self.watch.die_at(None)
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
        office = self._office
        match planned.deed:
            case Dying() as dying:
                if not self._is_silent:
                    self.watch.die_at(dying)
            case Upload() as upload:
                self._upload(upload)
            case Order() as order:
                # Before a batch is accepted nothing is ordered.
                self._work()
                if office.batches.batch(*order.batch.split("/")) is not None:
                    letters = good_letters(self._uploads[order.batch].rows)
                    self._happens(lambda: deeds.order(office, order, letters, next(self._numbers)), planned.midst)
            case Tell() as tell:
                self._happens(lambda: deeds.tell(office, tell, next(self._numbers)), planned.midst)
            case Record() as down:
                self._happens(lambda: deeds.record(office, down), planned.midst)

    def _upload(self, upload: Upload) -> None:
        self._awaited[f"{upload.sender.id}/{upload.batch}"] = self._office.now
        if not upload.documents_late:
            deeds.upload_documents(self._office, upload)
            self._happens(lambda: deeds.upload(self._office, upload))
            return
        self._begin()
        sent = list(deeds.upload(self._office, upload))
        self._stack.run()
        self._stack.clock.advance(timedelta(minutes=upload.documents_late))
        deeds.upload_documents(self._office, upload)
        while not self._is_silent and any("manifest" in entry for entry in self._office.due()):
            self._stack.advance(_MINUTE)
        # Before its documents are there no batch is accepted.
        self._note_all(sent)
        self._work()

    def _happens(self, doing: Callable[[], Iterable[What]], midst: int = 0) -> None:
        """Something happens: alone, and the post office works until it is quiet, or in the midst of what follows."""
        self._begin()
        if midst:
            self.watch.interrupt_at(midst, lambda: self._interrupted(doing))
        else:
            self._note_all(doing())
            self._work()

    def _interrupted(self, doing: Callable[[], Iterable[What]]) -> None:
        self._is_cut_up = True
        self._note_all(doing())
        self._stack.run()

    def _note_all(self, whats: Iterable[What]) -> None:
        for what in whats:
            self.log.add(self._office.now, what)

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
                self._happens(partial(self._report, channel, reports), max(report.midst for report in reports))

    def _report(self, channel: str, reports: list[Report]) -> list[What]:
        """A channel uploads a tracking file."""
        others.put(self._office, channel, (report.line for report in reports), next(self._numbers))
        return [said for report in reports for said in report.says]

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
        for doing in self.watch.leftovers():
            doing()
        is_alone = len(self.log.happenings) <= self._open_since + 1 or self._is_one_file(self._open_since)
        while (moment := self._next_work()) is not None:
            self._is_drawn_out = True
            self._stack.clock.move_to(_whole(min(moment, self._office.now + _WAITING)))
            self._stack.run() if self._is_silent else self._stack.tick()
        has_died, self.watch.has_died = self.watch.has_died, False
        if has_died:
            self.deaths += 1
            self.log.disturbances.append(Disturbance(self._opened_at, self._office.now))
        self._is_cut_up |= has_died
        if self._awaits_acceptance():
            self._is_drawn_out = True
        else:
            self._close(self._open_since, is_alone=is_alone)
        self._hand_out()
        if has_died:
            self._move_to(self._office.now + _MINUTE)
            self._tick()

    def _next_work(self) -> datetime | None:
        """When work goes on: something waits in a queue, or a manifest for its documents; None where all is quiet."""
        moments = [self._stack._next_visible()]
        if self._awaits_acceptance() and not self._is_silent:
            moments.append(self._office.now + _MINUTE)
        return min((moment for moment in moments if moment is not None), default=None)

    def _awaits_acceptance(self) -> bool:
        """Whether a batch that was uploaded is not accepted yet; the letters of one have no history before."""
        since = self._office.now - _ACCEPTED_WITHIN
        self._awaited = {
            name: at
            for name, at in self._awaited.items()
            if at > since and self._office.batches.batch(*name.split("/")) is None
        }
        return bool(self._awaited)

    def _close(self, begin: int, *, is_alone: bool) -> None:
        """Note of all since a number that it has taken effect: at once where it happened alone."""
        if self._is_cut_up or self._is_drawn_out or not is_alone:
            self.log.close(begin, self._office.now, ticks_too=self._is_cut_up)
        self._open_since, self._is_cut_up, self._is_drawn_out = None, False, False

    def _is_one_file(self, begin: int) -> bool:
        """Whether all that happened since stood in one file, whose lines take effect in their order."""
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
