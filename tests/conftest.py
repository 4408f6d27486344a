from collections.abc import Iterator

import pytest

from tests.support.calls import unchecked
from tests.support.office import Office, close_shared_office, shared_office


@pytest.fixture
def office() -> Iterator[Office]:
    """A deployed Brevdue without data, but for its senders.

    In no test Lambda stops a loop, and every call that a function makes is one that its client was checked for.
    """
    office = shared_office()
    yield office
    assert office.stack.stopped == []
    assert unchecked(office.stack.asked) == []


@pytest.fixture(scope="session", autouse=True)
def _closes_the_office() -> Iterator[None]:
    yield
    close_shared_office()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many points the fault tests tried."""
    passed = terminalreporter.stats.get("passed", [])
    points = [value for report in passed for name, value in report.user_properties if name == "fault points"]
    if points:
        terminalreporter.write_line(f"faults were thrown at these many points: {', '.join(points)}")
