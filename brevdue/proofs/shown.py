"""A proof as plain text: what was signed, in words, with what checking it has shown."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from brevdue.operate import story, story_words
from brevdue.paragraphs import item, wrapped
from brevdue.proofs import words
from brevdue.proofs.content import Proof, ProvenStatus
from brevdue.proofs.keys import PublicKey
from brevdue.proofs.verifying import Comparison, NotProvenError
from postal.channels import Channel
from postal.identifiers import Scheme
from postal.senders import COUNTRY, Language
from postal.status import Status
from postal.times import ZONES
from receipts.words import Words


def proof(proven: Proof, key: PublicKey, compared: Sequence[Comparison]) -> str:
    """A proof whose signature is right, and how the files that were given compare."""
    return "\n".join(_Page(proven, key, compared).lines())


def not_proven(error: NotProvenError, key: PublicKey, language: Language) -> str:
    """Why a proof proves nothing."""
    return wrapped(words.OF_FLAW[error.flaw].read_in(language).format(named=error.named, key=key.id))


def comparison(one: Comparison, language: Language) -> str:
    """How a file compares with the one that a proof names."""
    said = words.OF_COMPARISON[one.outcome].read_in(language).format(file=one.file, sha256=one.sha256)
    return said if one.file else f"{one.name}: {said}"


def no_key(file: Path, language: Language) -> str:
    """That a file holds no key."""
    return wrapped(words.NO_KEY.read_in(language).format(file=file))


class _Page:
    def __init__(self, proven: Proof, key: PublicKey, compared: Sequence[Comparison]) -> None:
        self._proof = proven
        self._key = key
        self._compared: Mapping[str, list[Comparison]] = {
            one.name: [other for other in compared if other.name == one.name] for one in compared
        }

    def lines(self) -> Iterator[str]:
        proven, sender = self._proof, self._proof.sender
        yield wrapped(self._say(words.GENUINE, key=self._key.id))
        yield from ("", self._say(words.TITLE, letter=proven.letter))
        yield wrapped(self._say(words.ISSUED, issuer=proven.issuer, at=self._moment(proven.made_at)))
        yield self._say(words.SENDER, name=sender.name, regime=self._say(words.OF_REGIME[sender.regime]))
        if proven.reference:
            yield wrapped(self._say(words.REFERENCE, reference=proven.reference))
        if proven.title:
            yield wrapped(self._say(words.SUBJECT, title=proven.title))
        if proven.recipient:
            scheme, _, value = proven.recipient.partition(":")
            yield self._say(words.RECIPIENT, scheme=self._say(words.OF_SCHEME[Scheme(scheme)]), value=value)
        if proven.address:
            yield wrapped(self._say(words.ADDRESS, address=", ".join(proven.address)))
        yield from self._section(words.FILES, self._files())
        yield from self._section(words.CONSENT, self._consent())
        yield from self._heading(words.STATUSES if self._is_as_told else words.STATUSES_IN_FULL)
        yield from self._statuses()
        yield from self._section(words.CONFIRMED, self._confirmed())
        yield wrapped(self._say(words.FOR_THE_LAW), "  ")
        yield from self._calendar()
        yield from ("", self._say(story_words.LOCAL_TIMES[COUNTRY[sender.regime]]))
        yield self._say(words.WHERE_THE_RULES_ARE, release=proven.release)

    @property
    def _is_as_told(self) -> bool:
        return self._proof.disclosure == self._proof.sender.disclosure

    def _files(self) -> Iterator[str]:
        manifest, names = self._proof.manifest, set()
        for one in self._proof.documents:
            said = words.DOCUMENT if one.sha256 else words.DOCUMENT_GONE
            yield self._compared_with(one.path, self._say(said, path=one.path, bytes=one.bytes, sha256=one.sha256))
            names.add(one.path)
        at = self._moment(manifest.accepted_at)
        text = self._say(
            words.MANIFEST, name=manifest.name, row=manifest.row, rows=manifest.rows, sha256=manifest.sha256, at=at
        )
        yield self._compared_with(manifest.name, text)
        for name in sorted(self._compared.keys() - {*names, manifest.name}):
            yield self._compared_with(name, "")

    def _compared_with(self, name: str, text: str) -> str:
        said = [
            self._say(words.OF_COMPARISON[one.outcome], file=one.file, sha256=one.sha256)
            for one in self._compared.get(name, ())
        ]
        return " ".join(filter(None, (text, *said)))

    def _consent(self) -> Iterator[str]:
        consent = self._proof.consent
        if consent is None:
            return
        if consent.accepted_at:
            day = story_words.day(datetime.fromisoformat(consent.accepted_at), self._proof.language)
            yield self._say(story_words.CONSENT, terms=consent.terms, at=day)
        if consent.valid_from:
            yield self._say(words.TERMS, at=self._moment(consent.valid_from), sha256=consent.document_sha256)
        else:
            yield self._say(words.NO_TERMS)

    def _statuses(self) -> Iterator[str]:
        for one in self._proof.statuses:
            at = self._moment(one.at) if one.at else f"({self._say(story_words.TIME_UNKNOWN)})"
            mailbox = story_words.MAILBOXES.get(Channel(one.channel)) if one.channel else None
            yield "  " + ", ".join(filter(None, (f"{at}: {self._say(story_words.OF_STATUS[one.status])}", mailbox)))
            noted = self._say(story_words.NOTED, at=self._moment(one.noted_at)) if _is_late(one) else ""
            is_held = one.status is Status.HELD and one.until
            until = self._say(words.HELD_UNTIL, until=self._moment(one.until)) if is_held else ""
            rule = self._say(words.BY_RULE, code=one.code, version=one.rules_version) if one.rules_version else one.code
            yield wrapped(" ".join(filter(None, (one.text, until, noted, f"({rule})"))), "    ")

    def _confirmed(self) -> Iterator[str]:
        for one in self._proof.confirmed:
            channel = story_words.MAILBOXES.get(Channel(one.channel)) or self._say(words.PRINTER)
            yield self._say(words.OF_CONFIRMATION[one.status], at=self._moment(one.at), channel=channel)
        if self._proof.disclosure == "neutral" and self._proof.recipient:
            yield self._say(words.ARRIVAL_HIDDEN)
        elif not self._proof.confirmed:
            yield self._say(words.NOTHING_CONFIRMED)

    def _calendar(self) -> Iterator[str]:
        calendar = self._proof.calendar
        if calendar is None:
            return
        yield from self._heading(story_words.UNOPENED)
        begun = self._say(words.BEGAN, at=self._moment(calendar.begins_at))
        yield wrapped(f"{begun} {calendar.text}", "  ")
        yield f"  {self._say(story_words.NOT_COUNTED if calendar.not_counted else story_words.ALL_COUNTED)}"
        for one in calendar.not_counted:
            day = story_words.day(date.fromisoformat(one.date), self._proof.language)
            yield item(f"{day}: {one.why}")
        yield wrapped(self._say(words.CALENDAR, zone=calendar.zone, holidays=calendar.holidays), "  ")

    def _section(self, heading: Words, items: Iterator[str]) -> Iterator[str]:
        found = list(items)
        if found:
            yield from self._heading(heading)
            yield from map(item, found)

    def _heading(self, heading: Words) -> Iterator[str]:
        yield from ("", f"{self._say(heading)}:")

    def _say(self, said: Words, **values: object) -> str:
        return said.read_in(self._proof.language).format(**values)

    def _moment(self, at: str) -> str:
        moment = datetime.fromisoformat(at)
        local = moment.replace(tzinfo=ZONES[COUNTRY[self._proof.sender.regime]])
        is_twice = local.replace(fold=1).utcoffset() != local.utcoffset()
        text = story_words.moment(moment, self._proof.language)
        return f"{text} ({moment.tzname()})" if is_twice else text


def _is_late(one: ProvenStatus) -> bool:
    """Whether a status was noted later than such things usually are reported."""
    if not one.at or not one.noted_at:
        return False
    return datetime.fromisoformat(one.noted_at) - datetime.fromisoformat(one.at) >= story.REPORTED_WITHIN
