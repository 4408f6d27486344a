from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brevdue.stack.stack import Call, Crash, Stack, StackClock
from tests.support.office import close_shared_office

TEMPLATE = Path(__file__).parents[2] / "support" / "sample_stack" / "template.yaml"
START = datetime(2026, 11, 18, 10, tzinfo=UTC)

HOUR = timedelta(hours=1)

Change = Callable[[str, str], Path]


@pytest.fixture(scope="module", autouse=True)
def _alone() -> None:
    """Nothing else is deployed in this process while these tests deploy their own."""
    close_shared_office()


@pytest.fixture(scope="module")
def deployed(_alone: None) -> Iterator[Stack]:
    """The sample stack, deployed once a module."""
    with Stack.deploy(TEMPLATE, StackClock(START)) as stack:
        yield stack


@pytest.fixture
def stack(deployed: Stack) -> Stack:
    """The sample stack without data, at START."""
    deployed.reset_data(at=START)
    deployed.on_call = None
    return deployed


@pytest.fixture(scope="session")
def sample_template() -> Path:
    return TEMPLATE


@pytest.fixture(scope="session")
def start() -> datetime:
    return START


@pytest.fixture
def change(tmp_path: Path, sample_template: Path) -> Change:
    """Makes the sample template with a text in it replaced; its code stays where it is."""

    def replace(old: str, new: str) -> Path:
        text = sample_template.read_text()
        assert old in text
        changed = tmp_path / "template.yaml"
        code = sample_template.parent / "functions"
        changed.write_text(text.replace(old, new).replace("CodeUri: functions/", f"CodeUri: {code}"))
        return changed

    return replace


def count_down(stack: Stack, start: int) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.names["Loop"], MessageBody=str(start))
    stack.settle()


def invoked(stack: Stack) -> list[timedelta]:
    """How long after the stack's first hour its clerk is invoked, from now on."""
    times: list[timedelta] = []
    began = stack.clock.now()
    stack.on_invocation = lambda function, _messages: (
        times.append(stack.clock.now() - began - HOUR) if function == "sample_clerk" else None
    )
    return times


def fail_for(stack: Stack, times: int) -> None:
    """Have the clerk die so often."""
    left = iter(range(times))

    def crash(call: Call) -> None:
        if call.phase == "before" and next(left, None) is not None:
            raise Crash

    stack.on_call = crash
