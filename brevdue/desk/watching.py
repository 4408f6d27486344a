"""Watching a batch by its summary, until nothing of it moves any more by itself."""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from brevdue.desk import summaries
from brevdue.desk.connection import Connection, Object
from brevdue.desk.manifests import manifests
from brevdue.desk.pace import Pace
from brevdue.desk.summaries import BatchSummary
from postal import keys
from postal.batches import BatchState
from postal.status import Status


class Ending(StrEnum):
    """Why there is no more to watch.

    REFUSED, AWAITING_APPROVAL, SETTLED, CANCELLED: as the batch's state. WAITS: nothing is on its way any more; what
    is left waits for a time or for people. NEUTRAL: the lists do not tell more. NOT_SENT: there is no such batch.
    TIMEOUT: the time given for watching is over.
    """

    REFUSED = "refused"
    AWAITING_APPROVAL = "awaiting_approval"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    WAITS = "waits"
    NEUTRAL = "neutral"
    NOT_SENT = "not_sent"
    TIMEOUT = "timeout"


class Wait(Struct, frozen=True, kw_only=True):
    """Letters of one status that wait for a time.

    Attributes:
        first, last: between which the time comes, as the list writes it; empty where it tells none.
    """

    status: Status
    letters: int
    first: str
    last: str


class Watched(Struct, frozen=True, kw_only=True):
    """How watching ended.

    Attributes:
        summary: the last one; None where there was none.
        waits: what is left, where nothing is on its way any more.
    """

    ending: Ending
    summary: BatchSummary | None
    waits: tuple[Wait, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether the batch went where it could by itself."""
        return self.ending not in {Ending.REFUSED, Ending.NOT_SENT, Ending.TIMEOUT}


_OF_STATE: Final[Mapping[BatchState, Ending]] = {
    BatchState.REFUSED: Ending.REFUSED,
    BatchState.AWAITING_APPROVAL: Ending.AWAITING_APPROVAL,
    BatchState.SETTLED: Ending.SETTLED,
    BatchState.CANCELLED: Ending.CANCELLED,
}


class _Line(Struct, frozen=True):
    """What is asked of a line of the list."""

    status: Status
    until: str = ""


_decode: Final = msgspec.json.Decoder(_Line).decode
#: Letters that wait for the end of a hold, for the next print job, or for a date that their sender chose.
_FOR_A_TIME: Final = (Status.HELD, Status.TO_PRINT, Status.WAITING)


def watch(
    office: Connection, sender: str, batch: str, pace: Pace, seen: Callable[[BatchSummary | None], object]
) -> Watched:
    """Look at a batch until nothing of it moves by itself.

    Args:
        office: where it is.
        sender: whose it is.
        batch: its id.
        pace: how often, and for how long.
        seen: called with each new summary, with None before the first.
    """
    key = keys.summary_file(sender, batch)
    found: Object | None = None
    summary: BatchSummary | None = None
    for number, _ in enumerate(pace.looks()):
        before, found = found, office.read(key, found)
        if found is None:
            if number == 0 and not manifests(office, sender, batch):
                return Watched(ending=Ending.NOT_SENT, summary=None)
            seen(None)
        elif found is not before:
            summary = summaries.decode(found)
            seen(summary)
            ended = _ended(office, sender, batch, summary)
            if ended is not None:
                return ended
    return Watched(ending=Ending.TIMEOUT, summary=summary)


def _ended(office: Connection, sender: str, batch: str, summary: BatchSummary) -> Watched | None:
    ending = _OF_STATE.get(summary.state)
    if ending is Ending.REFUSED and not _is_last_word(office, sender, batch, summary):
        return None
    if ending is None and summary.is_neutral:
        ending = Ending.NEUTRAL
    if ending is not None:
        return Watched(ending=ending, summary=summary)
    if not summary.number or summary.sorted_at is None or summary.statuses.get(Status.IN_TRANSIT):
        return None
    waits = _waits(office, sender, batch)
    return None if waits is None else Watched(ending=Ending.WAITS, summary=summary, waits=waits)


def _is_last_word(office: Connection, sender: str, batch: str, refusal: BatchSummary) -> bool:
    """Whether a refusal speaks of what lies there now: a better manifest may be on its way through check-in."""
    found = manifests(office, sender, batch)
    return all(one.refusal for one in found) and (not found or any(one.version == refusal.version for one in found))


def _waits(office: Connection, sender: str, batch: str) -> tuple[Wait, ...] | None:
    """What waits for a time of its own; None where a letter of the list is on its way."""
    lines = office.lines(keys.receipt_list(sender, batch))
    # Whole pages share their times, so there are few that differ.
    found = Counter(map(_decode, lines))
    if any(_is_on_its_way(line) for line in found):
        return None
    return tuple(wait for status in _FOR_A_TIME if (wait := _wait(status, found)).letters)


def _is_on_its_way(line: _Line) -> bool:
    return line.status is Status.IN_TRANSIT or (line.status is Status.WAITING and not line.until)


def _wait(status: Status, found: Counter[_Line]) -> Wait:
    times = sorted(line.until for line in found if line.status is status and line.until)
    letters = sum(count for line, count in found.items() if line.status is status)
    return Wait(status=status, letters=letters, first=times[0] if times else "", last=times[-1] if times else "")
