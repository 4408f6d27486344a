"""Waiting for turns, in a model of many pages: everybody is told, at the pace that the sender set."""

import heapq
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest

from cloud.batches import Batches
from notification.service import SLICE, Notification, _turn_to_come
from postal import pages
from postal.batches import Batch
from postal.channels import Channel
from postal.messages import NotifyConsignment
from postal.pages import Page
from postal.senders import Regime, Sender, Settings

if TYPE_CHECKING:
    from cloud.table import Table

START = datetime(2026, 11, 18, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class _Booked:
    """The one item that keeps up to when turns are booked."""

    def __init__(self) -> None:
        self._item: dict[str, int] = {}

    def get(self, **_key: str) -> dict[str, int] | None:
        return self._item or None

    def update(self, _key: object, _expression: str, values: Mapping[str, int], **_: object) -> dict[str, int]:
        self._item = {"spoken_for_ms": values[":next"]}
        return self._item


def _batch(rate: int, letters: int) -> Batch:
    settings = Settings(notice_rate=rate)
    return Batch(
        id="b1",
        sender=Sender(id="nordby", name="Nordby", regime=Regime.NO_PUBLIC, languages=("nb",), settings=settings),
        row_file="",
        row_file_version="",
        manifest="",
        manifest_version="",
        manifest_sha256="",
        rows=letters,
        refused_rows=0,
        accepted_at=START,
    )


def _message(number: int) -> NotifyConsignment:
    page = Page(sender="nordby", batch="b1", number=number, key="", version="", first=0, last=0)
    return NotifyConsignment(page=page, channel=Channel.ALTINN, n=1, delivery="1")


def _play(letters: int, rate: int) -> tuple[list[tuple[datetime, int]], int]:
    """When how many were told, and how often a message was handled at most."""
    unused = cast("Any", None)
    batches = Batches(cast("Table", _Booked()))
    notification = Notification(bucket=unused, batches=batches, teller=unused, feedback=unused)
    batch, order = _batch(rate, letters), count()
    waiting = [(START, next(order), _message(n), pages.PAGE_SIZE, 0) for n in range(pages.page_count(letters))]
    told: list[tuple[datetime, int]] = []
    most = 0
    while waiting:
        now, _, message, left, handled = heapq.heappop(waiting)
        most = max(most, handled + 1)
        while left:
            message = notification._with_turn(message, left, batch, now)
            if turn_at := _turn_to_come(message, now):
                ticks = math.ceil((turn_at - START) / MINUTE)
                heapq.heappush(waiting, (START + ticks * MINUTE, next(order), message, left, handled + 1))
                break
            some = min(SLICE, message.turn_left, left)
            left -= some
            told.append((now, some))
            message = NotifyConsignment(
                page=message.page,
                channel=message.channel,
                n=message.n,
                delivery=message.delivery,
                turn_at=message.turn_at,
                turn_left=message.turn_left - some,
            )
    return told, most


@pytest.mark.parametrize(
    ("letters", "rate"),
    [(1_000_000, 3000), (400_000, 3000), (100_000, 840), (20_000, 100), (4_000, 20), (400, 20), (400, 5), (400, 1)],
)
def test_everybody_is_told_at_the_pace_that_was_set(letters: int, rate: int) -> None:
    told, most = _play(letters, rate)

    assert sum(some for _, some in told) == letters
    # Once to book each turn that it takes, and once to take it.
    assert most <= 1 + math.ceil(pages.PAGE_SIZE / max(SLICE, rate))
    took = (told[-1][0] - START) / MINUTE
    ideal = letters / rate
    assert ideal - max(SLICE, rate, pages.PAGE_SIZE) / rate - 1 <= took <= ideal * 1.02 + 2
    for minutes in (10, 60):
        windows: dict[int, int] = {}
        for at, some in told:
            number = int((at - START) / MINUTE) // minutes
            windows[number] = windows.get(number, 0) + some
        assert max(windows.values()) <= rate * (minutes + 1) + max(SLICE, min(rate, pages.PAGE_SIZE))
