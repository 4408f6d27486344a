"""What the operator sees of one letter, and of one recipient."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

import typer

from brevdue.operate import story_words as words
from brevdue.paragraphs import item, wrapped
from postal.times import to_text
from receipts.words import Words

if TYPE_CHECKING:
    from brevdue.operate.story import Story
    from brevdue.operate.telling import FactTold, Record
    from postal.senders import Language

#: Why an address is not used, before the time since when.
_UNUSABLE: Final = {
    "bounce": "an e-mail came back for good; used again once verified later than",
    "complaint": "a notice was called spam; never again, since",
}

_FACTS: Final = {
    "opted_out": "opted out of digital post",
    "exempt": "exempt from Digital Post",
    "closed": "died, dissolved or closed",
    "chosen": "chosen mailbox",
    "language": "language of notices",
}


def story(told: "Story") -> None:
    """Print the way of a letter."""
    typer.echo("\n".join(_Page(told).lines()))


class _Page:
    """A story as lines of text."""

    def __init__(self, told: "Story") -> None:
        self._told = told
        self._language: Language = told.language

    def lines(self) -> Iterator[str]:
        told = self._told
        yield self._say(words.TITLE, letter=told.letter)
        yield f"{self._say(words.REFERENCE)}: {told.reference or '-'}"
        yield f"{self._say(words.SENDER)}: {told.sender}"
        status = self._say(words.OF_STATUS[told.state.status])
        since = self._say(words.SINCE, what=status, at=self._moment(told.state.at))
        yield f"{self._say(words.STATUS)}: {since}"
        if told.same_reference:
            row, others = told.letter.rpartition("/")[2], ", ".join(map(str, told.same_reference))
            yield wrapped(self._say(words.SAME_REFERENCE, row=row, others=others))
        if told.is_as_sender:
            yield from ("", wrapped(told.state.text, "  "))
        else:
            yield from self._told_to_operator()
        yield from self._next()
        yield ""
        if told.is_as_sender:
            yield self._say(words.AS_SENDER)
        yield self._say(words.LOCAL_TIMES[told.country])

    def _told_to_operator(self) -> Iterator[str]:
        told = self._told
        yield from self._heading(words.RULE)
        yield wrapped(told.state.text, "  ")
        for heading, items in ((words.ROW, told.asked), (words.REGISTER, told.register)):
            if items:
                yield from self._heading(heading)
                yield from (item(text) for text in items)
        yield from self._heading(words.EVENTS)
        for event in told.events:
            yield f"  {self._moment(event.at) if event.at else f'({self._say(words.TIME_UNKNOWN)})'}"
            yield wrapped(event.text, "    ")
            if event.facts:
                yield f"    {self._say(words.GROUNDS)}:"
                yield from (item(fact, "    ") for fact in event.facts)
        if told.deadline:
            yield from self._heading(words.UNOPENED)
            yield wrapped(told.deadline.text, "  ")
            yield f"  {self._say(words.NOT_COUNTED if told.skipped else words.ALL_COUNTED)}"
            yield from (item(f"{words.day(one.date, self._language)}: {one.why}") for one in told.skipped)

    def _next(self) -> Iterator[str]:
        step = self._told.next
        yield from self._heading(words.NEXT)
        yield wrapped(step.what, "  ")
        if step.at:
            yield f"  {self._say(words.WHEN, at=self._moment(step.at))}"
        yield f"  {self._say(words.ACTS, who=self._say(words.OF_WHO[step.who]))}"

    def _heading(self, heading: Words) -> Iterator[str]:
        yield from ("", f"{self._say(heading)}:")

    def _say(self, said: Words, **values: object) -> str:
        return said.read_in(self._language).format(**values)

    def _moment(self, at: datetime) -> str:
        return words.moment(at, self._language)


def recipient(record: "Record") -> None:
    """Print what is stored of a recipient."""
    typer.echo("\n".join(_record(record)))


def _record(record: "Record") -> Iterator[str]:
    yield f"{record.recipient}, {record.kind}"
    if not record.is_known:
        yield "Nothing is stored under this recipient: no profile, no contact, no held letter, no enrolment, and no"
        yield "entry in the disclosure log. Senders' own batches are not searched: what a sender uploaded is the"
        yield "sender's to tell, who is the controller of it."
        return
    parts = (
        ("What the register knows", [_fact(one, _named(one.fact)) for one in record.facts]),
        ("Where notices go", [_contact(one.kind, one.address, one.verified_at, one.since) for one in record.contact]),
        (
            "Addresses that notices use no more",
            [f"{one.address}: {_UNUSABLE[one.why]} {to_text(one.since)}" for one in record.unusable],
        ),
        (
            "Letters that wait for the recipient",
            [
                f"{one.letter}, {one.status.replace('_', ' ')} for {one.sender} since {to_text(one.since)}"
                f"{f', until {to_text(one.until)}' if one.until else ''}"
                for one in record.held
            ],
        ),
        ("Senders that enrolled the recipient", list(_enrolments(record))),
        ("Senders that the recipient declined", [_fact(one, one.fact) for one in record.declined]),
        (
            "What senders learnt of the recipient",
            [
                f"{one.at}: {one.sender} learnt {one.code} by {one.letter_id}, {_ground(one.ground)}"
                for one in record.disclosed
            ],
        ),
    )
    for title, items in parts:
        yield from ("", f"{title}:")
        yield from (item(text) for text in items or ["nothing"])
    yield from ("", "Times are UTC. Senders' own batches are not searched for letters that have left or are refused.")


def _named(fact: str) -> str:
    kind, _, of = fact.partition(".")
    return f"has a mailbox in {of}" if kind == "mailbox" else _FACTS.get(fact, fact)


def _fact(one: "FactTold", name: str) -> str:
    value = one.value if isinstance(one.value, str) else "yes" if one.value else "no"
    return f"{name}: {value}{_since(one.since)}"


def _contact(kind: str, address: str, verified_at: datetime | None, since: datetime | None) -> str:
    verified = f", verified {to_text(verified_at)}" if verified_at else ""
    return f"{kind}: {address}{_since(since)}{verified}"


def _enrolments(record: "Record") -> Iterator[str]:
    for one in record.enrolments:
        state = "enrolled" if one.is_enrolled else "no longer enrolled"
        evidence = "no evidence is stored"
        if one.terms:
            document = f"document SHA-256 {one.document_sha256}"
            evidence = f"terms {one.terms} ({document}), accepted {one.consent_at}, first by {one.ground}"
        yield f"{one.sender}: {state}; {evidence}"


def _ground(terms: str) -> str:
    return f"on the ground of consent to the terms {terms}" if terms else "on no ground that is stored"


def _since(at: datetime | None) -> str:
    return f", since {to_text(at)}" if at else ""
