"""Whether a canary has come through, from what its sender gets back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from postal.batches import BatchState
from postal.status import Status

#: Check-in of one row and one page takes seconds.
ACCEPTED_WITHIN: Final = timedelta(minutes=30)

#: What proves the way: the mailbox has said that it has the letter, and no notice is known to have failed.
_ARRIVED: Final = frozenset({Status.DELIVERED, Status.OPENED})
_UNDER_WAY: Final = frozenset({Status.WAITING, Status.IN_TRANSIT})
_ENDED: Final = frozenset({BatchState.REFUSED, BatchState.CANCELLED})


class Verdict(StrEnum):
    """How a canary fares. One that can never arrive any more is late at once."""

    UNDER_WAY = "under way"
    ARRIVED = "arrived"
    LATE = "late"


class Canary(Struct, frozen=True, kw_only=True):
    """What is known of the canary of a day.

    Attributes:
        sent_at: when its manifest was uploaded.
        state: of its batch; None before check-in has said anything.
        status: of its letter; None before the first receipt list.
    """

    sent_at: datetime
    state: BatchState | None = None
    status: Status | None = None


def verdict(canary: Canary, now: datetime, arrives_within: timedelta) -> Verdict:
    """How a canary fares, which has to arrive within a time from when it was sent."""
    if canary.status in _ARRIVED:
        return Verdict.ARRIVED
    if canary.state in _ENDED or (canary.status is not None and canary.status not in _UNDER_WAY):
        return Verdict.LATE
    within = ACCEPTED_WITHIN if canary.state is None else arrives_within
    return Verdict.LATE if now - canary.sent_at >= within else Verdict.UNDER_WAY


def is_late(newest_first: Iterable[Verdict]) -> bool:
    """Whether the way is broken, as far as the newest canary tells that is not under way any more.

    What an older one says counts for as long as no younger one has got through.
    """
    return next((one is Verdict.LATE for one in newest_first if one is not Verdict.UNDER_WAY), False)
