from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brevdue.stack.stack import Stack, StackClock
from tests.support.office import close_shared_office

TEMPLATE = Path(__file__).parents[2] / "support" / "sample_stack" / "template.yaml"
START = datetime(2026, 11, 18, 10, tzinfo=UTC)


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
