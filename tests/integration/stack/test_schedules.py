"""Schedules fire on the stack's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from brevdue.stack.schedules import parse
from brevdue.stack.stack import Call, Crash, Stack

START = datetime(2026, 11, 18, 10, tzinfo=UTC)


def ticks(stack: Stack, kind: str) -> tuple[int, str | None]:
    key = {"pk": {"S": f"tick {kind}"}}
    item: dict[str, Any] = stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key=key).get("Item", {})
    return int(item.get("done", {"N": "0"})["N"]), item.get("latest", {}).get("S")


def test_a_rate_fires_each_period(stack: Stack) -> None:
    stack.advance(timedelta(minutes=59))
    assert ticks(stack, "aws.scheduler") == (0, None)
    stack.advance(timedelta(minutes=1))
    assert ticks(stack, "aws.scheduler") == (1, "2026-11-18T11:00:00+00:00")
    stack.advance(timedelta(minutes=30))
    stack.advance(timedelta(minutes=30))
    assert ticks(stack, "aws.scheduler") == (2, "2026-11-18T12:00:00+00:00")


def test_missed_fires_collapse_into_one_at_the_end(stack: Stack) -> None:
    stack.advance(timedelta(hours=5, minutes=20))
    assert ticks(stack, "aws.scheduler") == (1, "2026-11-18T15:20:00+00:00")
    stack.advance(timedelta(minutes=40))
    assert ticks(stack, "aws.scheduler") == (2, "2026-11-18T16:00:00+00:00")


def test_a_call_that_fails_is_made_twice_more(stack: Stack) -> None:
    tried: list[datetime] = []

    def die(_call: Call) -> None:
        tried.append(stack.clock.now())
        raise Crash

    stack.on_call = die
    for _ in range(70):
        stack.advance(timedelta(minutes=1))

    assert [f"{moment:%H:%M}" for moment in tried] == ["11:00", "11:01", "11:03"]
    assert len(stack.failures) == 3


def test_a_call_that_works_the_second_time_is_made_no_more(stack: Stack) -> None:
    def die_once(_call: Call) -> None:
        stack.on_call = None
        raise Crash

    stack.on_call = die_once
    for _ in range(70):
        stack.advance(timedelta(minutes=1))

    assert ticks(stack, "aws.scheduler") == (1, "2026-11-18T11:01:00+00:00")


def test_a_cron_with_input(stack: Stack) -> None:
    stack.advance(timedelta(hours=20))
    assert ticks(stack, "morning") == (0, None)
    stack.advance(timedelta(hours=1))
    assert ticks(stack, "morning") == (1, "2026-11-19T07:00:00+00:00")


def test_settling_fires_schedules_at_their_times(stack: Stack) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.names["Work"], MessageBody="a", DelaySeconds=900)
    stack.advance(timedelta(minutes=50))
    stack.client("sqs").send_message(QueueUrl=stack.names["Work"], MessageBody="b", DelaySeconds=900)
    stack.settle()
    assert ticks(stack, "aws.scheduler") == (1, "2026-11-18T11:00:00+00:00")


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("rate(5 minutes)", "UTC", ["2026-11-18T10:05", "2026-11-18T10:10"]),
        ("rate(1 day)", "UTC", ["2026-11-19T10:00", "2026-11-20T10:00"]),
        ("cron(0/15 8-17 ? * MON-FRI *)", "UTC", ["2026-11-18T10:15", "2026-11-18T10:30"]),
        ("cron(0 12 1 JAN,JUL ? *)", "UTC", ["2027-01-01T12:00", "2027-07-01T12:00"]),
        ("cron(0 6 ? * 1 *)", "Europe/Copenhagen", ["2026-11-22T05:00", "2026-11-29T05:00"]),
        ("cron(*/20 9 * * ? *)", "UTC", ["2026-11-19T09:00", "2026-11-19T09:20"]),
    ],
)
def test_moments(expression: str, zone: str, expected: list[str]) -> None:
    times = parse(expression, ZoneInfo(zone))
    first = times.after(START, START)
    second = times.after(first, START)
    assert [first.isoformat("T", "minutes")[:16], second.isoformat("T", "minutes")[:16]] == expected


@pytest.mark.parametrize(
    "expression",
    ["nonsense(1)", "rate(0 hours)", "rate(1 week)", "at(2026-11-18T10:00:00)", "cron(0 6 L * ? *)",
     "cron(0 6 ? * 2#1 *)", "cron(0 6 * * ? 2026)", "cron(60 6 * * ? *)", "cron(0 6 * *)"],
)  # fmt: skip
def test_other_expressions_are_an_error(expression: str) -> None:
    with pytest.raises(NotImplementedError, match="not supported"):
        parse(expression, ZoneInfo("UTC"))
