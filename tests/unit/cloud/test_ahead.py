import threading
import time

import pytest

from cloud.ahead import ahead


def test_the_answers_come_in_order() -> None:
    assert list(ahead(lambda n: n * n, range(50), 4)) == [(n, n * n) for n in range(50)]
    assert list(ahead(str, [], 4)) == []


def test_never_more_are_asked_for_than_agreed_however_slow_the_work_is() -> None:
    lock, asked, done, most = threading.Lock(), 0, 0, 0

    def ask(n: int) -> int:
        nonlocal asked, most
        with lock:
            asked += 1
            most = max(most, asked - done)
        return n

    for _ in ahead(ask, range(60), 4):
        time.sleep(0.001)
        with lock:
            done += 1

    assert (asked, done, most) == (60, 60, 4)


def test_an_answer_that_failed_is_raised_in_its_turn() -> None:
    def ask(n: int) -> int:
        if n == 3:
            raise KeyError(n)
        return n

    answers = ahead(ask, range(9), 2)

    assert [next(answers)[1] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(KeyError):
        next(answers)
