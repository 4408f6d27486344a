from collections.abc import Iterator

import pytest

from tests.integration.canary.days import RECIPIENT, SENDER, Days
from tests.support.office import Office, close_shared_office


@pytest.fixture(scope="module")
def with_canary() -> Iterator[Office]:
    """A Brevdue of its own: a process can have one open."""
    close_shared_office()
    office = Office({"CanarySender": SENDER.id, "CanaryRecipient": RECIPIENT})
    yield office
    office.close()


@pytest.fixture
def days(with_canary: Office) -> Iterator[Days]:
    """Days that begin on a Wednesday at 10:00 in Oslo."""
    with_canary.reset()
    days = Days(with_canary)
    yield days
    days.close()
