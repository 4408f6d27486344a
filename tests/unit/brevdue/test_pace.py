from math import inf

import pytest

from brevdue.desk.pace import Pace


def _looks(every_s: float, for_s: float, took_s: float = 0, most: int = 10) -> list[float]:
    """When the looks are taken, of which each takes some time."""
    now = 0.0
    times: list[float] = []

    def clock() -> float:
        return now

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    for _ in Pace(every_s, for_s, clock, sleep).looks():
        times.append(now)
        if len(times) == most:
            break
        now += took_s
    return times


@pytest.mark.parametrize(
    ("every_s", "for_s", "took_s", "times"),
    [
        (2, 0, 0, [0]),
        (2, 5, 0, [0, 2, 4, 5]),
        (2, 4, 0, [0, 2, 4]),
        (2, 5, 1, [0, 3, 5]),
        (2, 5, 9, [0]),
        (60, 5, 0, [0, 5]),
    ],
)
def test_the_first_look_is_at_once_and_the_last_when_the_time_is_over(
    every_s: float, for_s: float, took_s: float, times: list[float]
) -> None:
    assert _looks(every_s, for_s, took_s) == times


def test_without_an_end_there_is_none() -> None:
    assert _looks(1, inf, most=1_000)[-1] == 999
