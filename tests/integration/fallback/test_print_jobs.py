"""A print job in shards: however calls interleave, nothing joins a closed one and none closes with a part in hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Semaphore, Thread
from typing import Any

import pytest
from hypothesis import given, settings
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

    def __init__(self, table: Table, work: Callable[[PrintJobs], None]) -> None:
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
                    self._work(PrintJobs(self))  # type: ignore[arg-type] # it does what a table does
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


class World:
    """A job that consignments join while closers close it."""

    def __init__(self, table: Table, cut_off: datetime) -> None:
        self.cut_off = cut_off
        self.jobs = PrintJobs(table)
        self.closed_at: datetime | None = None
        self.actors = [
            *(Stepwise(table, self._close_at(minute)) for minute in range(2)),
            *(Stepwise(table, self._bring(name)) for name in ("a", "b", "c", "a")),
        ]

    def _close_at(self, minute: int) -> Callable[[PrintJobs], None]:
        def close(jobs: PrintJobs) -> None:
            for _ in range(2):
                jobs.close("p", self.cut_off, START + timedelta(minutes=minute))

        return close

    def _bring(self, name: str) -> Callable[[PrintJobs], None]:
        def bring(jobs: PrintJobs) -> None:
            if jobs.join("p", self.cut_off, name):
                jobs.leave("p", self.cut_off, name)

        return bring

    def check(self) -> None:
        """What must hold after every call."""
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
@given(steps=st.lists(st.integers(0, 5), min_size=20, max_size=40))
def test_nothing_joins_a_closed_job_and_none_closes_with_something_in_hand(table: Table, steps: list[int]) -> None:
    with _played(table) as world:
        for step in steps:
            world.actors[step].step()
            world.check()


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


def test_twenty_thousand_parts_in_hand_are_no_item_too_large() -> None:
    shards: dict[int, set[str]] = {}
    for n in range(20_000):
        name = keys.dispatch_name("s" * 40, "b" * 64, n % 4_000, n // 4_000 + 1)
        shards.setdefault(keys.job_shard(name), set()).add(name)

    assert len(shards) == keys.JOB_SHARDS
    assert max(size_of({"in_hand": {"SS": sorted(names)}}) for names in shards.values()) < MOST_BYTES // 2
