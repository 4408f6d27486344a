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
