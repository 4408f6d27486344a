"""Print jobs: what leaves with one printer at one cut-off.

What is in hand lies in shards, for one item would grow too large. Each shard is joined, and closed to others, by
itself. Once all are closing nothing joins any more, and what is found empty then stays so.

What is in hand comes out of it by one of two writes: it leaves with the job, or is left behind, for good. Either is
conditional on the other not having been first.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby

import msgspec
from msgspec import Struct

from cloud.table import Item, Table
from postal import keys
from postal.times import to_text


class JobState(StrEnum):
    """Where a print job is: nothing joins one that is closing, and one that is closed is the printer's."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Job(Struct, frozen=True, kw_only=True):
    """A print job.

    Attributes:
        state: `closing` as soon as one of its shards is.
        in_hand: the consignments that have joined it and whose parts are not written yet.
        left_behind: those that joined it and do not leave with it, whatever was or will be written of them.
        closed_at: when none was in hand any more.
    """

    printer: str
    cut_off: datetime
    state: JobState
    in_hand: frozenset[str] = frozenset()
    left_behind: frozenset[str] = frozenset()
    closed_at: datetime | None = None


class PrintJobs:
    """The print jobs in the Batches table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> Iterator[Job]:
        """Every print job, by printer and cut-off."""
        for _, items in groupby(self._table.query(keys.JOBS_PK), key=lambda item: item["sk"].split("#")[:2]):
            yield _job_of(items)

    def job(self, printer: str, cut_off: datetime) -> Job | None:
        """A print job, or None where nothing has joined it."""
        items = self._items(printer, cut_off)
        return _job_of(items) if items else None

    def join(self, printer: str, cut_off: datetime, consignment: str) -> bool:
        """Have a consignment leave with a job; False where that is closing, and does not have it already."""
        return (
            self._table.update(
                _shard_key(printer, cut_off, keys.job_shard(consignment)),
                "SET #state = if_not_exists(#state, :open) ADD in_hand :one",
                {":open": JobState.OPEN, ":one": {consignment}, ":consignment": consignment},
                condition="attribute_not_exists(#state) OR #state = :open OR contains(in_hand, :consignment)",
                names={"#state": "state"},
            )
            is not None
        )

    def leave(self, printer: str, cut_off: datetime, consignment: str) -> bool:
        """Have a consignment whose part is written leave with a job; False where it is left behind."""
        return (
            self._table.update(
                _shard_key(printer, cut_off, keys.job_shard(consignment)),
                "DELETE in_hand :one",
                {":one": {consignment}, ":consignment": consignment},
                condition="attribute_exists(pk) AND NOT contains(left_behind, :consignment)",
            )
            is not None
        )

    def leave_behind(self, printer: str, cut_off: datetime, consignment: str) -> bool:
        """Have a closing job leave without a consignment; False where that is not in hand any more."""
        return (
            self._table.update(
                _shard_key(printer, cut_off, keys.job_shard(consignment)),
                "DELETE in_hand :one ADD left_behind :one",
                {":one": {consignment}, ":consignment": consignment, ":closing": JobState.CLOSING},
                condition="#state = :closing AND contains(in_hand, :consignment)",
                names={"#state": "state"},
            )
            is not None
        )

    def close(self, printer: str, cut_off: datetime, now: datetime) -> Job:
        """Let nothing join a job any more, and close it where nothing is in hand; the job as it is then."""
        states = {item["sk"]: item["state"] for item in self._items(printer, cut_off)}
        if JobState.CLOSED not in states.values():
            for shard in range(keys.JOB_SHARDS):
                key = _shard_key(printer, cut_off, shard)
                if states.get(key["sk"]) != JobState.CLOSING:
                    # One that nothing has joined is made here, or something still might.
                    self._table.update(
                        key, "SET #state = :closing", {":closing": JobState.CLOSING}, names={"#state": "state"}
                    )
            # Read once all of them are closing: only now does an empty one stay empty.
            if not _job_of(self._items(printer, cut_off)).in_hand:
                closed = {"state": JobState.CLOSED, "closed_at": to_text(now)}
                self._table.put_new({**_key(printer, cut_off), **closed})
        return _job_of(self._items(printer, cut_off))

    def _items(self, printer: str, cut_off: datetime) -> list[Item]:
        """What is stored of one job: its shards, and that it is closed."""
        return list(self._table.query(keys.JOBS_PK, beginning=keys.job_sk(printer, to_text(cut_off))))


def _key(printer: str, cut_off: datetime) -> dict[str, str]:
    return {"pk": keys.JOBS_PK, "sk": keys.job_sk(printer, to_text(cut_off))}


def _shard_key(printer: str, cut_off: datetime, shard: int) -> dict[str, str]:
    return {"pk": keys.JOBS_PK, "sk": keys.job_shard_sk(printer, to_text(cut_off), shard)}


def _job_of(items: Iterable[Item]) -> Job:
    """A job, from everything that is stored of it."""
    job: dict[str, object] = {}
    states: set[str] = set()
    in_hand: set[str] = set()
    left_behind: set[str] = set()
    for item in items:
        job["printer"], job["cut_off"], *_ = item["sk"].split("#")
        states.add(item["state"])
        in_hand |= item.get("in_hand", set())
        left_behind |= item.get("left_behind", set())
        if "closed_at" in item:
            job["closed_at"] = item["closed_at"]
    # The states in the order in which a job passes through them: the furthest counts.
    job["state"] = next(state for state in reversed(JobState) if state in states)
    return msgspec.convert({**job, "in_hand": in_hand, "left_behind": left_behind}, Job)
