from collections.abc import Iterator

import pytest

from tests.support.office import Office


@pytest.fixture(scope="session")
def _deployed() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


@pytest.fixture
def office(_deployed: Office) -> Office:
    """A deployed Brevdue without data, but for its senders."""
    _deployed.reset()
    return _deployed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many points the fault tests tried."""
    passed = terminalreporter.stats.get("passed", [])
    points = [value for report in passed for name, value in report.user_properties if name == "fault points"]
    if points:
        terminalreporter.write_line(f"faults were thrown at these many points: {', '.join(points)}")
