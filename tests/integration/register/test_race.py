"""Registration against holding: whichever comes last sees the other.

Routing looks a recipient up, holds the letter, and looks again. Register writes the
profile, then looks for held letters. Here the two run at once, and every order of
those of their AWS calls that touch the same items is tried; with each, also every
death of one of them right after such a call, and its redelivery.
"""

import itertools
import threading
from collections.abc import Callable
from typing import Any, Final

import pytest

from brevdue.stack.stack import Call, Crash
from postal import messages
from postal.channels import Channel
from postal.messages import SortPage
from postal.register import Registered, encode
from postal.status import Status
from tests.support.office import DANISH, START, Office, consenting
from tests.support.people import DANES

STRANGER = DANES[0]
REGISTER_EVENT = encode(Registered(recipient=STRANGER, occurred_at=START, mailbox=Channel.EBOKS))

#: How long a function may take to its next call. Only a deadlock takes so long.
_PATIENCE_SECONDS: Final = 60

#: The calls that touch what the other function touches too. The order of all others makes no difference:
#: routing reads the letter's item, the profile, writes the held item and reads the profile again;
#: register writes the profile, reads the held items, claims the letter's item and deletes the held item.
SHARED: Final = {
    "routing": [("Query", "Batches"), ("BatchGetItem", "Recipients"), ("BatchWriteItem", "Recipients")],
    "register": [
        ("UpdateItem", "Recipients"),
        ("Query", "Recipients"),
        ("UpdateItem", "Batches"),
        ("DeleteItem", "Recipients"),
    ],
}

#: Who makes the next shared call.
Order = tuple[str, ...]


def _orders() -> list[Order]:
    """Every order of four shared calls of each."""
    return [
        tuple("routing" if place in places else "register" for place in range(8))
        for places in itertools.combinations(range(8), 4)
    ]


def _deaths() -> list[Order]:
    """Every beginning of an order: whoever made its last call dies right after it."""
    return sorted({order[:length] for order in _orders() for length in range(1, 9)})


class Stage:
    """Lets two functions run at once, one shared call at a time."""

    def __init__(self, office: Office, events: dict[str, dict[str, Any]]) -> None:
        self._office = office
        self._turn = threading.Condition()
        self._waiting: set[str] = set()
        self._done: set[str] = set()
        self._may_go = ""
        self._dies = ""
        self._died = ""
        self._free: set[str] = set()
        office.stack.on_call = self._watch
        self._threads = [threading.Thread(target=self._run, args=item) for item in events.items()]

    def play(self, order: Order, *, death: bool) -> str:
        """Grant the calls of an order, then let all run to their end; who died, if somebody did."""
        for thread in self._threads:
            thread.start()
        for place, function in enumerate(order):
            self._grant(function, dies=death and place == len(order) - 1)
        with self._turn:
            self._free = {"routing", "register"}
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)
            assert not thread.is_alive()
        self._office.stack.on_call = None
        return self._died

    def _grant(self, function: str, *, dies: bool) -> None:
        """Let a function make its next shared call, and wait until it comes to the one after, or ends."""
        with self._turn:
            self._wait_for(lambda: function in self._waiting | self._done)
            if function in self._done:
                return
            self._waiting.discard(function)
            self._may_go, self._dies = function, function if dies else ""
            self._turn.notify_all()
            self._wait_for(lambda: function in self._waiting | self._done)

    def _wait_for(self, what: Callable[[], bool]) -> None:
        assert self._turn.wait_for(what, _PATIENCE_SECONDS), "a function hangs"

    def _watch(self, call: Call) -> None:
        if call.function not in SHARED or not _is_shared(call):
            return
        with self._turn:
            if call.phase == "before" and call.function not in self._free:
                self._waiting.add(call.function)
                self._turn.notify_all()
                self._wait_for(lambda: self._may_go == call.function or call.function in self._free)
                self._waiting.discard(call.function)
                self._may_go = ""
            if call.phase == "after" and self._dies == call.function:
                self._dies, self._died = "", call.function
                raise Crash(call.function)

    def _run(self, function: str, event: dict[str, Any]) -> None:
        try:
            self._office.stack.invoke(function, event)
        except Crash:
            pass
        finally:
            with self._turn:
                self._done.add(function)
                self._turn.notify_all()


def _is_shared(call: Call) -> bool:
    return any(
        call.operation == operation and f"-{table}Table-" in call.resource for operation, table in SHARED[call.function]
    )


def _event(body: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": body, "attributes": attributes}]}


def _try(office: Office, order: Order, *, death: bool) -> None:
    office.reset()
    (page,) = office.commit(DANISH, [consenting(1, STRANGER)])
    events = {"routing": _event(messages.encode(SortPage(page=page))), "register": _event(REGISTER_EVENT)}

    for function in events:
        # A cold start reads the environment, which both threads would share.
        office.stack.invoke(function, _event("nothing"))

    died = Stage(office, events).play(order, death=death)
    if died:
        office.stack.invoke(died, events[died])
    office.stack.run()

    where = f"{order}, {died or 'nobody'} died"
    assert office.statuses(page, 1) == [Status.IN_TRANSIT], where
    assert office.held(STRANGER) == [], where
    assert len(office.dispatched(Channel.EBOKS)) == 1, where
    assert office.stack.dead_letters() == {}, where


#: The orders are tried in shares, side by side.
SHARES: Final = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_every_order_ends_with_the_letter_delivered_once(office: Office, share: int) -> None:
    for order in _orders()[share::SHARES]:
        _try(office, order, death=False)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_death_and_redelivery_ends_with_the_letter_delivered_once(office: Office, share: int) -> None:
    for order in _deaths()[share::SHARES]:
        _try(office, order, death=True)
