"""Random letters, events, repeats, overlaps and deaths, against a plain model of the rules.

The model shares no code with the post office. Messages that wait together may be
handled in any order, so the model tries every order and keeps what can come of it
for each letter.
"""

import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from brevdue.stack.stack import Call, Crash
from postal.channels import Channel
from postal.messages import SortPage
from postal.register import (
    Closed,
    Event,
    MailboxClosed,
    Registered,
    Reopened,
    SenderAccepted,
    SenderDeclined,
    encode,
)
from tests.support.office import DANISH, START, Office, consenting
from tests.support.people import DANES

PEOPLE = DANES[:2]
HOURS = st.integers(0, 6)

#: A thing that happens: a letter sent to somebody, or a fact told of somebody.
Happening = tuple[str, Any]


@dataclass(frozen=True)
class Model:
    """What is known of people, and where their letters are, in plain words."""

    #: (person, fact) -> (hour, whether it is so)
    known: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    #: number of a letter -> (person, where it is)
    letters: dict[int, tuple[str, str]] = field(default_factory=dict)

    def after(self, happening: Happening) -> "Model":
        kind, what = happening
        if kind == "letter":
            number, person = what
            return replace(self, letters={**self.letters, number: (person, self._way(person))})
        person, fact, hour, so = what
        newest = max(self.known.get((person, fact), (-1, False)), (hour, so))
        told = replace(self, known={**self.known, (person, fact): newest})
        moved = {
            number: (who, told._way_from(place, who) if who == person else place)
            for number, (who, place) in self.letters.items()
        }
        return replace(told, letters=moved)

    def _way(self, person: str) -> str:
        if self._is(person, "closed"):
            return "stopped"
        if self._is(person, "declined"):
            return "to_print"
        return "in_transit" if self._is(person, "registered") else "held"

    def _way_from(self, place: str, person: str) -> str:
        """Held letters follow what is told; paper that has not left goes digitally or nowhere, never back to a hold."""
        way = self._way(person)
        if place == "to_print":
            return way if way in {"in_transit", "stopped"} else place
        return way if place == "held" else place

    def _is(self, person: str, fact: str) -> bool:
        return self.known.get((person, fact), (0, False))[1]


def _event(person: str, fact: str, hour: int, so: bool) -> Event:  # noqa: FBT001 - a drawn value
    about: dict[str, Any] = {"recipient": person, "occurred_at": START + timedelta(hours=hour)}
    match fact:
        case "registered":
            return (Registered if so else MailboxClosed)(**about, mailbox=Channel.EBOKS)
        case "declined":
            return (SenderDeclined if so else SenderAccepted)(**about, sender="havblik")
        case _:
            return (Closed if so else Reopened)(**about)


class PostOffice(RuleBasedStateMachine):
    """Lets things happen, alone or together, and compares where the letters are."""

    office: ClassVar[Office]

    @initialize()
    def open(self) -> None:
        self.office.reset()
        self.models = [Model()]
        self.waiting: list[Happening] = []
        self.happened: list[Happening] = []
        self.sent: dict[int, Any] = {}

    @rule(person=st.sampled_from(PEOPLE))
    @precondition(lambda self: len(self.waiting) < 4)
    def send_a_letter(self, person: str) -> None:
        number = len(self.sent) + 1
        (page,) = self.office.commit(DANISH, [consenting(1, person)], batch=f"b{number}")
        self.sent[number] = page
        self.office.send("PagesQueue", SortPage(page=page))
        self.waiting.append(("letter", (number, person)))

    @rule(
        person=st.sampled_from(PEOPLE),
        fact=st.sampled_from(["registered", "registered", "declined", "closed"]),
        hour=HOURS,
        so=st.booleans(),
    )
    @precondition(lambda self: len(self.waiting) < 4)
    def tell_the_register(self, person: str, fact: str, hour: int, so: bool) -> None:  # noqa: FBT001 - drawn
        self._tell((person, fact, hour, so))

    @rule(data=st.data())
    @precondition(lambda self: self.happened and len(self.waiting) < 4)
    def tell_it_again(self, data: st.DataObject) -> None:
        """An old message comes once more: a page that was sorted, or a fact that is known."""
        kind, what = data.draw(st.sampled_from(self.happened))
        if kind == "letter":
            self.office.send("PagesQueue", SortPage(page=self.sent[what[0]]))
        else:
            self._tell(what)

    @rule(dies=st.none() | st.tuples(st.sampled_from(["routing", "register"]), st.integers(1, 12)))
    @precondition(lambda self: self.waiting)
    def work(self, dies: tuple[str, int] | None) -> None:
        """All that waits is handled; a function may die at one of its calls, and what it held comes again."""
        left = dies[1] if dies else 0

        def watch(call: Call) -> None:
            nonlocal left
            if dies and call.function == dies[0] and call.phase == "after":
                left -= 1
                if left == 0:
                    raise Crash(call.operation)

        self.office.stack.on_call = watch
        self.office.stack.settle()
        self.office.stack.on_call = None
        orders = itertools.permutations(self.waiting)
        self.models = [_all_of(model, order) for model in self.models for order in orders]
        self.happened += self.waiting
        self.waiting = []
        self._compare()

    @invariant()
    def nobody_is_sent_a_letter_twice(self) -> None:
        names = list(self.office.dispatched(Channel.EBOKS))
        assert len({name.split("/")[1] for name in names}) == len(names)

    def teardown(self) -> None:
        self.office.stack.on_call = None

    def _tell(self, what: tuple[str, str, int, bool]) -> None:
        sqs = self.office.stack.client("sqs")
        sqs.send_message(QueueUrl=self.office.stack.names["RegisterQueue"], MessageBody=encode(_event(*what)))
        self.waiting.append(("fact", what))

    def _compare(self) -> None:
        """Each letter is where an order of what happened puts it; what waits is stored, and nothing else."""
        for number, page in self.sent.items():
            actual = self.office.statuses(page, 1)[0].value
            possible = {model.letters[number][1] for model in self.models}
            assert actual in possible, f"letter {number} is {actual}, not {possible}"
            self.models = [model for model in self.models if model.letters[number][1] == actual] or self.models
        stored = {item["letter_id"] for person in PEOPLE for item in self.office.held(person)}
        waiting = {
            f"havblik/b{number}/1"
            for number, page in self.sent.items()
            if self.office.statuses(page, 1)[0].value in {"held", "to_print"}
        }
        assert stored == waiting
        self.models = list({repr(model): model for model in self.models}.values())
        assert self.office.stack.dead_letters() == {}


def _all_of(model: Model, happenings: Any) -> Model:
    for happening in happenings:
        model = model.after(happening)
    return model


def test_the_register_and_held_letters_are_as_the_model_has_them(office: Office) -> None:
    PostOffice.office = office
    checks = settings(
        max_examples=20,
        stateful_step_count=14,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(PostOffice, settings=checks)
