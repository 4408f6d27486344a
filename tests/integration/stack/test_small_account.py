"""An account in which Lambda mostly has no room: messages wait, and none dies."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from postal.channels import Channel
from postal.messages import Event, Report, SortPage, Tracking
from postal.times import to_text
from tests.support.office import NORWEGIAN, Office, letter, shared_office
from tests.support.people import NORWEGIANS

#: One call in so many has room; a queue with five tries would have lost its messages long before.
ONE_IN = 12


@pytest.fixture
def office() -> Iterator[Office]:
    """A deployed Brevdue that is given room again in the end."""
    found = shared_office()
    yield found
    found.stack.throttled = lambda _function: False


def test_a_batch_goes_its_way_where_most_calls_are_turned_away(office: Office) -> None:
    asked: Counter[str] = Counter()

    def throttled(function: str) -> bool:
        asked[function] += 1
        return asked[function] % ONE_IN != 0

    office.register(NORWEGIANS[0])
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0], delivery="digital_only")])
    office.stack.throttled = throttled
    office.send("PagesQueue", SortPage(page=page))
    office.stack.settle(timedelta(hours=6))
    report = Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(office.now))
    tracking = Tracking(sender="nordby", batch="b1", page=0, channel=Channel.ALTINN, reports=(report,))
    office.send("TrackingQueue", tracking)
    office.stack.settle(timedelta(hours=12))

    assert office.statuses(page, 1) == ["delivered"]
    assert len(office.emails()) == 1
    assert office.bucket.head("receipts/nordby/b1/receipts.jsonl") is not None
    assert office.stack.dead_letters() == {}
