"""Print jobs: what leaves with one printer at one cut-off."""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from cloud.table import Table
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
        in_hand: the consignments that have joined it and whose parts are not written yet.
        closed_at: when the last of them had left.
    """

    state: JobState
    in_hand: frozenset[str] = frozenset()
    closed_at: datetime | None = None


class PrintJobs:
    """The print jobs in the Batches table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def job(self, printer: str, cut_off: datetime) -> Job | None:
        """A print job, or None where nothing has joined it."""
        item = self._table.get(**_key(printer, cut_off))
        return msgspec.convert(item, Job) if item else None

    def join(self, printer: str, cut_off: datetime, consignment: str) -> bool:
        """Have a consignment leave with a job; False where that is closing, and does not have it already."""
        return (
            self._table.update(
                _key(printer, cut_off),
                "SET #state = if_not_exists(#state, :open) ADD in_hand :one",
                {":open": JobState.OPEN, ":one": {consignment}, ":consignment": consignment},
                condition="attribute_not_exists(#state) OR #state = :open OR contains(in_hand, :consignment)",
                names={"#state": "state"},
            )
            is not None
        )

    def leave(self, printer: str, cut_off: datetime, consignment: str) -> None:
        """Say that a consignment's part is written."""
        self._table.update(
            _key(printer, cut_off), "DELETE in_hand :one", {":one": {consignment}}, condition="attribute_exists(pk)"
        )

    def close(self, printer: str, cut_off: datetime, now: datetime) -> Job | None:
        """Let nothing join a job any more, and close it where nothing is in hand; the job, None where there is none."""
        key, names = _key(printer, cut_off), {"#state": "state"}
        self._table.update(
            key,
            "SET #state = :closing",
            {":closing": JobState.CLOSING, ":open": JobState.OPEN},
            condition="#state = :open",
            names=names,
        )
        self._table.update(
            key,
            "SET #state = :closed, closed_at = :now",
            {":closed": JobState.CLOSED, ":closing": JobState.CLOSING, ":now": to_text(now)},
            condition="#state = :closing AND attribute_not_exists(in_hand)",
            names=names,
        )
        return self.job(printer, cut_off)


def _key(printer: str, cut_off: datetime) -> dict[str, str]:
    return {"pk": keys.JOBS_PK, "sk": keys.job_sk(printer, to_text(cut_off))}
