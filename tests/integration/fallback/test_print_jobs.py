"""A print job in shards: however calls interleave, nothing joins a closed one and none closes with a part in hand.

What does not leave with it leaves with the next one: each part with one of the two, told once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Semaphore, Thread
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.meter import size_of
from brevdue.stack.stack import Crash
from cloud.print_jobs import JobState, PrintJobs
from cloud.table import Table
from postal import keys
from tests.support.office import START, Office, shared_office

CUT_OFF = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
#: DynamoDB Developer Guide, "Service, account, and table quotas": 400 KB an item.
MOST_BYTES = 400 * 1024


class Stepwise:
    """Work that does one call of its table at a time, and stands still between two."""

    def __init__(self, table: Table, work: Callable[[Table], None]) -> None:
        self._table = table
        self._work = work
        self._go, self._stands = Semaphore(0), Semaphore(0)
        self._is_dead = False
        self.is_done = False
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Go on up to the next call and do that."""
        if not self.is_done:
            self._go.release()
            self._stands.acquire()

    def die(self) -> None:
        """Never do another call."""
        self._is_dead = True
        self._go.release()
        self._thread.join()

    def _run(self) -> None:
        self._go.acquire()
        try:
            with suppress(Crash):
                if not self._is_dead:
                    self._work(self)  # type: ignore[arg-type] # it does what a table does
        finally:
            self.is_done = True
            self._stands.release()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = getattr(self._table, name)(*args, **kwargs)
            # A query is one call too: what it has read is read.
            answer = list(answer) if name == "query" else answer
            self._stands.release()
            self._go.acquire()
            if self._is_dead:
                raise Crash(name)
            return answer

        return call


class Parts:
    """The parts that are written, where the bucket's would be."""

    def __init__(self, table: Table, cut_off: datetime) -> None:
        self._table = table
        self._pk = f"parts of {cut_off}"

    def write(self, name: str) -> None:
        self._table.put_new({"pk": self._pk, "sk": name})

    def is_written(self, name: str) -> bool:
        return self._table.get(pk=self._pk, sk=name) is not None

    def all(self) -> set[str]:
        return {item["sk"] for item in self._table.query(self._pk)}


class World:
    """A job that consignments join while closers close it; each goes the way of `fallback`, call by call.

    Attributes:
        told: the parts of the job, each time that its files are written.
        with_it, later: the consignments that their sweeps say have left with it, and leave with the next one.
    """

    def __init__(self, table: Table, cut_off: datetime) -> None:
        self.cut_off = cut_off
        self._table = table
        self.jobs = PrintJobs(table)
        self.closed_at: datetime | None = None
        self.told: list[set[str]] = []
        self.with_it: set[str] = set()
        self.later: set[str] = set()
        self.actors = [
            *(Stepwise(table, self._close_at(minute)) for minute in range(2)),
            *(Stepwise(table, self._bring(name)) for name in ("a", "b", "c", "a")),
        ]

    def _close_at(self, minute: int) -> Callable[[Table], None]:
        def close(table: Table) -> None:
            jobs, parts, now = PrintJobs(table), Parts(table, self.cut_off), START + timedelta(minutes=minute)
            for _ in range(2):
                job = jobs.close("p", self.cut_off, now)
                for name in sorted(job.in_hand):
                    if parts.is_written(name):
                        jobs.leave("p", self.cut_off, name)
                    else:
                        jobs.leave_behind("p", self.cut_off, name)
                job = jobs.close("p", self.cut_off, now)
                if job.closed_at is not None:
                    self.told.append(parts.all() - job.left_behind)

        return close

    def _bring(self, name: str) -> Callable[[Table], None]:
        def bring(table: Table) -> None:
            jobs, parts = PrintJobs(table), Parts(table, self.cut_off)
            has_joined = jobs.join("p", self.cut_off, name)
            is_written = parts.is_written(name)
            if has_joined and not is_written:
                parts.write(name)
            if (has_joined or is_written) and jobs.leave("p", self.cut_off, name):
                self.with_it.add(name)
            else:
                self.later.add(name)

        return bring

    def last_closer(self) -> Stepwise:
        """One more closer."""
        self.actors.append(Stepwise(self._table, self._close_at(2)))
        return self.actors[-1]

    def check(self) -> None:
        """What must hold after every call."""
        assert not self.with_it & self.later
        for told in self.told:
            # Told the same each time: all that left with it, and nothing that leaves later.
            assert told == self.told[0]
            assert self.with_it <= told
            assert not self.later & told
        job = self.jobs.job("p", self.cut_off)
        if job is None or job.state is not JobState.CLOSED:
            assert self.closed_at is None
            return
        assert job.in_hand == frozenset()
        assert job.closed_at == (self.closed_at or job.closed_at)
        self.closed_at = job.closed_at


@pytest.fixture(scope="module")
def table() -> Table:
    return shared_office().batches_table


CUT_OFFS = (CUT_OFF + timedelta(days=n) for n in count())


@contextmanager
def _played(table: Table) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        # Few, so that calls meet.
        patch.setattr(keys, "JOB_SHARDS", 2)
        world = World(table, next(CUT_OFFS))
        try:
            yield world
        finally:
            for actor in world.actors:
                actor.die()


@settings(max_examples=25, deadline=None)
@given(turns=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 8)), min_size=8, max_size=16))
# A part is written and leaves after a closer has looked whether it is there, and before it leaves it behind.
@example(turns=[(2, 2), (0, 6), (2, 2), (0, 1)])
# The same, but that it leaves only after that; or by another that sweeps its page too.
@example(turns=[(2, 2), (0, 7), (2, 2)])
@example(turns=[(2, 2), (5, 2), (0, 6), (5, 2), (0, 1), (2, 2)])
# One has left, and another joins once more and stands still.
@example(turns=[(2, 2), (5, 1), (2, 2), (5, 1), (0, 8)])
def test_nothing_joins_a_closed_job_and_none_closes_with_something_in_hand(
    table: Table, turns: list[tuple[int, int]]
) -> None:
    with _played(table) as world:
        for number, steps in turns:
            for _ in range(steps):
                world.actors[number].step()
                world.check()
        # Who stands still now may be dead: a closer that comes later closes the job, whoever had it in hand.
        last = world.last_closer()
        while not last.is_done:
            last.step()
            world.check()
        assert world.told
        # And whoever only was slow still says of each part what is true.
        for actor in world.actors:
            while not actor.is_done:
                actor.step()
                world.check()
        assert world.with_it == world.told[0]


def test_what_nothing_has_joined_is_closed_too(office: Office) -> None:
    jobs = PrintJobs(office.batches_table)

    assert jobs.close("p", CUT_OFF, START).state is JobState.CLOSED
    assert not any(jobs.join("p", CUT_OFF, f"nordby/b1/{n:05d}-1") for n in range(50))


def test_a_job_is_closed_once_the_last_has_left_and_stays_so(office: Office) -> None:
    jobs, names = PrintJobs(office.batches_table), [f"nordby/b1/{n:05d}-1" for n in range(40)]
    assert all(jobs.join("p", CUT_OFF, name) for name in names)
    for name in names:
        job = jobs.close("p", CUT_OFF, START)
        assert (job.state, name in job.in_hand) == (JobState.CLOSING, True)
        # A repeat has joined it already.
        assert jobs.join("p", CUT_OFF, name)
        jobs.leave("p", CUT_OFF, name)

    assert jobs.close("p", CUT_OFF, START).closed_at == START
    assert jobs.close("p", CUT_OFF, START + timedelta(hours=1)).closed_at == START
    assert [job.closed_at for job in jobs.all()] == [START]


def test_what_is_left_behind_never_leaves_with_the_job_and_what_has_left_is_not_left_behind(office: Office) -> None:
    jobs = PrintJobs(office.batches_table)
    assert all(jobs.join("p", CUT_OFF, name) for name in ("a", "b"))
    assert not jobs.leave_behind("p", CUT_OFF, "a")
    jobs.close("p", CUT_OFF, START)
    assert jobs.leave("p", CUT_OFF, "a")
    assert jobs.leave_behind("p", CUT_OFF, "b")

    assert not jobs.leave_behind("p", CUT_OFF, "a")
    assert not jobs.join("p", CUT_OFF, "b")
    assert not jobs.leave("p", CUT_OFF, "b")
    job = jobs.close("p", CUT_OFF, START)
    assert job.closed_at == START
    assert job.left_behind == {"b"}


def test_twenty_thousand_parts_in_hand_are_no_item_too_large() -> None:
    shards: dict[int, set[str]] = {}
    for n in range(20_000):
        name = keys.dispatch_name("s" * 40, "b" * 64, n % 4_000, n // 4_000 + 1)
        shards.setdefault(keys.job_shard(name), set()).add(name)

    assert len(shards) == keys.JOB_SHARDS
    assert max(size_of({"in_hand": {"SS": sorted(names)}}) for names in shards.values()) < MOST_BYTES // 2
