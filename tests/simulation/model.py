"""The plain model: from what happened to where each letter must be, by the rules of docs/rules.md.

Shares no code with the post office. Where two things happened so close to each other that nobody
can say which came first, it keeps both outcomes, and either is right. That is so only

- for what was uploaded together, or while a function died, until the queues were empty again;
- for a letter of which a report came late, so that its time is already over: the post office gathers
  reports for five minutes (`SOON`) before it looks, and may look sooner;
- for paper, up to the cut-off after the one at which the work was disturbed: a page that is not
  finished when its job closes leaves with the next.

Everything else has one outcome.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Final, NamedTuple

from tests.simulation import rules, workdays
from tests.simulation.happenings import Happening, Letter, Log, Ordered, Said, Sent, Ticked, Told, WasDown
from tests.simulation.rules import Decision

#: How long the post office gathers reports before it looks after their page.
SOON: Final = timedelta(minutes=5)
#: A disturbance so long before a cut-off may still be felt: what died is tried again within it.
_FELT: Final = timedelta(hours=2)

_Fact = tuple[str, datetime, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a letter is.

    Attributes:
        place: `unsorted`, a place of `rules.Decision`, or `delivered`, `opened`, `recalled`, `printed`, `failed`.
        since: when it got there.
        why: in words.
        attempt: counted from 1, one more with each refusal.
        held_until: as ordered.
        heard_at: when the report was accepted from which its time counts.
        unreached: nobody could be told of it.
        never_in_mailbox: of a letter for paper.
        claimed_at: when a print job took it; None where none did.
        is_in_print: it is in a print job's part.
        is_posted: its printer has said so.
        is_opened: it was opened, maybe after a print job took it.
        is_ordered: its hold was ended by order.
        facts: of its recipient.
        downs: of Altinn, as far as they are recorded.
        pending: what has happened and may not have taken effect.
    """

    place: str = "unsorted"
    since: datetime
    why: str = ""
    channel: str = ""
    attempt: int = 1
    tried: frozenset[str] = frozenset()
    held_until: datetime | None = None
    heard_at: datetime | None = None
    unreached: bool = False
    never_in_mailbox: bool = True
    claimed_at: datetime | None = None
    is_in_print: bool = False
    is_posted: bool = False
    is_opened: bool = False
    is_ordered: bool = False
    facts: frozenset[_Fact] = frozenset()
    downs: tuple[tuple[datetime, datetime], ...] = ()
    pending: frozenset[int] = frozenset()

    def person(self) -> dict[str, str | bool]:
        """What is so of the recipient."""
        return {name: value for name, _, value in self.facts}


class Due(NamedTuple):
    """When the time of a letter comes: from when a tick may act, and from when it must."""

    may: datetime
    must: datetime


class Model:
    """Says of letters where they must be.

    Args:
        log: of all that happened.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._ticks = [one for one in log.happenings if isinstance(one.what, Ticked)]
        self._of: dict[str, list[Happening]] = defaultdict(list)
        for one in log.happenings:
            self._of[_about(one)].append(one)

    def outcomes(self, letter: Letter) -> list[State]:
        """Every state in which a letter may be now; one, but for the cases that the module names."""
        start = self._log.happenings[0].at
        states = {State(since=start)}
        for one in self._of_letter(letter):
            states = self._without_overdue(letter, states, one.number)
            if isinstance(one.what, Ticked):
                states = self._ticked(letter, states, one)
            elif one.number in self._log.ends:
                pending = {replace(state, pending=state.pending | {one.number}) for state in states}
                states = self._in_any_order(letter, pending, one.at)
            else:
                states = self._in_any_order(letter, states, one.at)
                states = {_after(letter, state, one, one.at) for state in states}
        return sorted(self._without_overdue(letter, states, len(self._log.happenings)), key=repr)

    def _of_letter(self, letter: Letter) -> Iterator[Happening]:
        about = (letter.id, letter.batch, letter.person, "")
        of_letter = [self._of[name] for name in dict.fromkeys(about)]
        return merge(*of_letter, self._ticks, key=lambda one: one.number)

    def _without_overdue(self, letter: Letter, states: set[State], number: int) -> set[State]:
        """The states in which all has taken effect that must have by a number."""
        late = {one for state in states for one in state.pending if self._log.ends[one] <= number}
        if not late:
            return states
        last = max(self._log.closed_at[self._log.ends[one]] for one in late)
        every = self._in_any_order(letter, states, last)
        return {state for state in every if not state.pending & late}

    def _in_any_order(self, letter: Letter, states: set[State], now: datetime) -> set[State]:
        """The states with those that come about if some of what is pending takes effect now."""
        every, new = set(states), set(states)
        while new:
            new = {
                replace(after, pending=state.pending - {one})
                for state in new
                for one in state.pending
                for after in _afters(letter, state, self._log.happenings[one], now)
            } - every
            every |= new
        return every

    def _ticked(self, letter: Letter, states: set[State], tick: Happening) -> set[State]:
        every = self._in_any_order(letter, states, tick.at)
        found: set[State] = set()
        for state in every:
            due = self._due(letter, state) if state.place in _HAVE_A_TIME else None
            if due is None or tick.at < due.may:
                found.add(state)
                continue
            found.add(_in_time(letter, state, tick.at))
            if tick.at < due.must or tick.number in self._log.ends:
                found.add(state)
        return self._in_any_order(letter, found, tick.at)

    def _due(self, letter: Letter, state: State) -> Due | None:
        sender = letter.sender
        match state.place:
            case "waiting" if letter.deliver_after is not None:
                return Due(letter.deliver_after, letter.deliver_after)
            case "held":
                until = state.held_until or state.since + timedelta(days=sender.hold_days)
                return Due(until, until)
            case "delivered" if rules.paper_follows(letter, state.channel) and state.heard_at is not None:
                at = state.since
                if not state.unreached:
                    at = workdays.deadline(state.since, sender.unopened_hours, sender.country, state.downs)
                return Due(at, max(at, state.heard_at + SOON))
            case "paper":
                return self._print_time(letter, state)
            case _:
                return None

    def _print_time(self, letter: Letter, state: State) -> Due:
        sender = letter.sender
        at = workdays.next_cut_off(state.since, sender.cut_off, sender.country)
        disturbed_until = self._log.disturbed(at - _FELT, at)
        if disturbed_until is None:
            return Due(at, at)
        return Due(at, workdays.next_cut_off(max(at, disturbed_until), sender.cut_off, sender.country))


_HAVE_A_TIME: Final = frozenset({"waiting", "held", "delivered", "paper"})


def _about(one: Happening) -> str:
    """Whom or what something is about; empty where it is about everybody."""
    match one.what:
        case Sent(batch):
            return batch
        case Told(person):
            return person
        case Said(letter) | Ordered(letter):
            return letter
        case WasDown():
            return ""
        case Ticked():
            return "ticks"


def _afters(letter: Letter, state: State, one: Happening, now: datetime) -> Iterator[State]:
    """Where a letter may be after something has taken effect beside other things."""
    yield _after(letter, state, one, now)
    is_recall = isinstance(one.what, Ordered) and one.what.order == "recall"
    if is_recall and state.place == "mailbox" and state.since >= one.at:
        # It was decided just now, and may still have been leaving.
        yield _recalled(state, now)


def _recalled(state: State, now: datetime) -> State:
    return replace(state, place="recalled", why="the sender recalled it", since=now)


def _after(  # noqa: PLR0911 - one line a kind
    letter: Letter, state: State, one: Happening, now: datetime
) -> State:
    """Where a letter is after something has taken effect."""
    match one.what:
        case Sent():
            return _go(state, rules.decide(letter, state.person(), state.tried, now), now)
        case Told() as told:
            return _after_told(letter, state, told, now)
        case Said(channel="print") as said:
            return _after_printer(state, said)
        case Said() as said:
            return _after_mailbox(letter, state, said, now)
        case Ordered() as ordered:
            return _after_order(letter, state, ordered, now)
        case WasDown(begin, end):
            return replace(state, downs=tuple(sorted((*state.downs, (begin, end)))))
        case Ticked():
            return state


def _go(state: State, decision: Decision, now: datetime) -> State:
    return replace(state, place=decision.place, channel=decision.channel, why=decision.why, since=now)


def _after_told(letter: Letter, state: State, told: Told, now: datetime) -> State:
    """The newest fact wins; what waits for its recipient is decided again."""
    known = {name: (true_since, value) for name, true_since, value in state.facts}
    for name, value in told.facts:
        if name not in known or known[name][0] < told.true_since:
            known[name] = (told.true_since, value)
    facts = frozenset((name, true_since, value) for name, (true_since, value) in known.items())
    state = replace(state, facts=facts)
    if state.place not in {"held", "paper"} or not state.never_in_mailbox:
        return state
    decision = rules.decide(letter, state.person(), state.tried, now)
    # What is held can come to paper; what is for paper is never held again.
    stays = {"held"} if state.place == "held" else {"held", "paper"}
    return state if decision.place in stays else _go(state, decision, now)


def _after_mailbox(letter: Letter, state: State, said: Said, now: datetime) -> State:
    if said.event == "opened":
        opened = replace(state, is_opened=True)
        return opened if state.place == "printed" else replace(opened, place="opened", why="it was opened", since=now)
    if said.event == "notice_failed":
        failed = replace(state, unreached=True)
        return replace(failed, since=said.since, heard_at=now) if state.place == "delivered" else failed
    if state.place != "mailbox" or (state.channel, state.attempt) != (said.channel, said.attempt):
        return state
    if said.event == "delivered":
        # Nobody is told of letters to who has died, so no notice fails.
        unreached = state.unreached or not (state.person().get("reached") or state.person().get("closed"))
        why = f"{state.why}; nobody could be told" if unreached else state.why
        return replace(state, place="delivered", why=why, since=said.since, heard_at=now, unreached=unreached)
    tried = state.tried | {said.channel}
    state = replace(state, tried=tried, attempt=state.attempt + 1)
    return _go(state, rules.decide(letter, state.person(), tried, now), now)


def _after_printer(state: State, said: Said) -> State:
    if state.place != "printed" or said.event == "returned":
        return state
    if said.event == "printed":
        return replace(state, is_posted=True)
    if state.is_posted:
        return state
    # Who has opened it in a mailbox has it, whatever becomes of the paper.
    place, why = ("opened", "it was opened") if state.is_opened else ("failed", "the printer refused it")
    return replace(state, place=place, why=why)


def _after_order(letter: Letter, state: State, ordered: Ordered, now: datetime) -> State:
    """A letter that has not left can be recalled; the other orders are for held ones."""
    match ordered.order:
        case "recall" if state.place in {"held", "waiting"} or (state.place == "paper" and state.never_in_mailbox):
            return _recalled(state, now)
        case "extend" if state.place == "held":
            return replace(state, held_until=ordered.until)
        case "print" if state.place == "held" and rules.may_be_printed(letter):
            return _end_hold(letter, state, Decision("paper", "the sender ordered paper"), now)
        case "return" if state.place == "held":
            return _end_hold(letter, state, Decision("expired", "the sender ordered it back"), now)
        case _:
            return state


def _end_hold(letter: Letter, state: State, ordered: Decision, now: datetime) -> State:
    decision = rules.decide(letter, state.person(), state.tried, now)
    if decision.place != "held":
        return _go(state, decision, now)
    return replace(_go(state, ordered, now), is_ordered=ordered.place == "expired")


def _in_time(letter: Letter, state: State, now: datetime) -> State:
    """Where a letter is once its time has come."""
    decision = rules.decide(letter, state.person(), state.tried, now)
    match state.place:
        case "waiting":
            return _go(state, decision, now)
        case "held":
            return _go(state, decision if decision.place != "held" else rules.hold_ended(letter), now)
        case "delivered":
            if state.person().get("closed"):
                return _go(state, Decision("stopped", "it lay unopened, and its recipient has died or closed"), now)
            why = "nobody could be told" if state.unreached else "it lay unopened"
            return replace(_go(state, Decision("paper", why), now), never_in_mailbox=False)
        case _:
            return _to_printer(letter, state, decision, now)


def _to_printer(letter: Letter, state: State, decision: Decision, now: datetime) -> State:
    """A letter for paper is decided a last time, and claimed."""
    if letter.person and state.person().get("closed"):
        return _go(state, Decision("stopped", "its recipient has died or closed"), now)
    if letter.person and state.never_in_mailbox and decision.place not in {"paper", "held"}:
        return _go(state, decision, now)
    if letter.fault:
        return replace(state, place="failed", why=letter.fault, since=now, claimed_at=now)
    return replace(state, place="printed", since=now, claimed_at=now, is_in_print=True)


def every(letters: Iterable[Letter], log: Log) -> Mapping[str, list[State]]:
    """The outcomes of letters, by their ids."""
    model = Model(log)
    return {letter.id: model.outcomes(letter) for letter in letters}
