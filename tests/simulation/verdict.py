"""Holds what is found of letters against what the model says of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.simulation.evidence import Evidence, Found
from tests.simulation.happenings import Happening, Letter, Log, Ordered, Said, Sent, Told
from tests.simulation.model import Model, State

#: The status of a letter in each place, as far as it is final; `notice_failed` lies in the mailbox too.
_STATUS: Final = {
    "delivered": {"delivered", "notice_failed"},
    "opened": {"opened"},
    "printed": {"printed", "returned"},
    "stopped": {"stopped"},
    "expired": {"expired"},
    "recalled": {"recalled"},
    "rejected": {"rejected"},
    "failed": {"failed"},
}


@dataclass(slots=True)
class Verdict:
    """What was found wrong, by letter.

    Attributes:
        letters: how many there are.
        final, due: how many were final at the end of the month, and of the others had a due entry.
        either: of how many the model keeps more than one outcome.
        doubled, after_opening, lost, others: what is wrong with a letter.
    """

    letters: int
    final: int = 0
    due: int = 0
    either: int = 0
    doubled: dict[str, str] = field(default_factory=dict)
    after_opening: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    oddities: list[str] = field(default_factory=list)
    report: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every letter is where it must be."""
        wrong = (self.doubled, self.after_opening, self.lost, self.others, self.oddities)
        return self.final + self.due == self.letters and not any(wrong)

    @property
    def line(self) -> str:
        """The last line."""
        return (
            f"letters {self.letters}, final {self.final}, with due entry {self.due}, doubled {len(self.doubled)}, "
            f"printed after opened {len(self.after_opening)}, lost {len(self.lost)}"
        )


def judge(log: Log, at_month_end: Mapping[str, Found], evidence: Evidence) -> Verdict:
    """Compare every letter.

    Args:
        log: of all that happened.
        at_month_end: what was found of each letter then.
        evidence: what is found once nothing more happens.
    """
    verdict = Verdict(len(log.letters), oddities=list(evidence.oddities))
    model = Model(log)
    histories = _histories(log)
    for letter in log.letters.values():
        before, found = at_month_end[letter.id], evidence.letters[letter.id]
        verdict.final += before.is_final
        verdict.due += not before.is_final and before.has_due_entry
        if not (before.is_final or before.has_due_entry):
            verdict.others[letter.id].append(
                "at the end of the month it was neither final nor was its page looked after"
            )
        states = model.outcomes(letter)
        verdict.either += len({_told_apart(state) for state in states}) > 1
        _judge_leaving(verdict, letter, found, histories[letter.id], log)
        _judge_place(verdict, letter, found, states)
        wrong = _wrong(verdict, letter.id)
        if wrong:
            verdict.report += [
                *_described(letter, found, states, wrong),
                *_history(histories, letter, log),
                *evidence.items(letter.id),
                "",
            ]
    strange = evidence.letters.keys() - log.letters.keys()
    verdict.oddities += [f"nobody sent {id_}" for id_ in sorted(strange)]
    return verdict


def _judge_leaving(verdict: Verdict, letter: Letter, found: Found, history: Sequence[Happening], log: Log) -> None:
    """Whether it left twice, or on paper though it was opened."""
    said = [(one, one.what) for one in history if isinstance(one.what, Said)]
    for sooner, later in zip(found.dispatched, found.dispatched[1:], strict=False):
        is_same = sooner.channel == later.channel
        is_refused = any(
            (what.event, what.channel, what.attempt) == ("refused", sooner.channel, sooner.attempt)
            for one, what in said
            if one.at <= later.at
        )
        if is_same and (sooner.attempt == later.attempt or not is_refused):
            verdict.doubled[letter.id] = f"it left twice through {sooner.channel}: {sooner.key} and {later.key}"
    if len(found.parts) > 1:
        verdict.doubled[letter.id] = f"it is in several print parts: {found.parts}"
    if found.claimed_at is None:
        return
    if any(one.at > found.claimed_at for one in found.dispatched):
        verdict.doubled[letter.id] = "it left digitally after a print job had it"
    opened_at = [log.accepted_by(one) for one, what in said if what.event == "opened"]
    if found.parts and any(at < found.claimed_at for at in opened_at):
        verdict.after_opening[letter.id] = f"it was opened by {min(opened_at)}, and claimed at {found.claimed_at}"


def _judge_place(verdict: Verdict, letter: Letter, found: Found, states: Sequence[State]) -> None:
    """Whether it is where the model has it."""
    must = all(state.is_in_print for state in states)
    may = any(state.is_in_print for state in states)
    if found.state is None:
        verdict.lost[letter.id] = "the post office has no such letter"
        return
    if must and not found.parts:
        verdict.lost[letter.id] = "it should be on paper, and is not"
    if found.parts and not may:
        verdict.others[letter.id].append("it should not be on paper, and is")
    if found.parts and not any(state.claimed_at == found.claimed_at for state in states):
        verdict.others[letter.id].append(f"it should not have been claimed at {found.claimed_at}")
    if not found.is_final:
        verdict.others[letter.id].append(f"it is not final in the end, but {found.state.status}")
    expected = {status for state in states for status in _STATUS.get(state.place, {state.place})}
    if found.state.status.value not in expected:
        verdict.others[letter.id].append(f"it should be {' or '.join(sorted(expected))}, and is {found.state.status}")
    _judge_receipts(verdict, letter, found, states)


def _judge_receipts(verdict: Verdict, letter: Letter, found: Found, states: Sequence[State]) -> None:
    """Whether the receipt list answers for it once, with its status."""
    if not found.receipts:
        verdict.lost[letter.id] = "no receipt answers for it"
        return
    if len(found.receipts) > 1:
        verdict.others[letter.id].append("the receipt list answers for it more than once")
    expected = {status for state in states for status in _receipts(letter, state)}
    told = found.receipts[0]["status"]
    if told not in expected or found.receipts[0]["reference"] != ("" if not letter.reference else letter.reference):
        verdict.others[letter.id].append(f"its receipt should say {' or '.join(sorted(expected))}, and says {told}")


def _receipts(letter: Letter, state: State) -> set[str]:
    """What a receipt may say of a letter; a neutral one tells only what shows outside of the post office."""
    statuses = _STATUS.get(state.place, {state.place})
    if not letter.sender.is_neutral or letter.is_bad or not letter.person or not letter.has_consent:
        return statuses
    if state.place == "printed":
        return statuses
    if state.place in {"expired", "rejected", "failed"} and not state.is_ordered:
        return {"expired"}
    return {"in_transit"}


def _told_apart(state: State) -> tuple[object, ...]:
    return state.is_in_print, state.place


def _wrong(verdict: Verdict, id_: str) -> list[str]:
    single = [wrong[id_] for wrong in (verdict.doubled, verdict.after_opening, verdict.lost) if id_ in wrong]
    return [*single, *(verdict.others.get(id_) or ())]


def _described(letter: Letter, found: Found, states: Sequence[State], wrong: Sequence[str]) -> Iterator[str]:
    """What is wrong with a letter, for a developer."""
    yield f"=== {letter.id}: {'; '.join(wrong)}"
    yield f"  letter: {letter}"
    for state in states:
        yield f"  the model: {state.place} since {state.since}, claimed {state.claimed_at}: {state.why}"
    yield f"  found: {found.state}, claimed {found.claimed_at}, parts {found.parts}"
    for one in found.dispatched:
        yield f"  dispatched: {one}"
    yield f"  receipts: {found.receipts}"


def _histories(log: Log) -> Mapping[str, list[Happening]]:
    """What happened to each letter, batch and person."""
    histories: defaultdict[str, list[Happening]] = defaultdict(list)
    for one in log.happenings:
        match one.what:
            case Said(letter) | Ordered(letter):
                histories[letter].append(one)
            case Sent(about) | Told(about):
                histories[about].append(one)
    return histories


def _history(histories: Mapping[str, list[Happening]], letter: Letter, log: Log) -> Iterator[str]:
    about = [*histories[letter.id], *histories[letter.batch], *(histories[letter.person] if letter.person else ())]
    for one in sorted(about, key=lambda one: one.number):
        until = f" .. {log.ends[one.number]}" if one.number in log.ends else ""
        yield f"  {one.number}{until} {one.at:%d %b %H:%M} {one.what}"
