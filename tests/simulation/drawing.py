"""Drawing a month, before it begins, from one random.Random."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeVar

from brevdue.sample import numbers
from tests.simulation import papers, workdays
from tests.simulation.happenings import Letter, Sender
from tests.simulation.plan import (
    FJORDBANK,
    HAVBLIK,
    HAVNEBY,
    NORDVIK,
    SENDERS,
    Answer,
    Dying,
    Opening,
    Order,
    Plan,
    Planned,
    Printing,
    Record,
    Row,
    Tell,
    Upload,
)

T = TypeVar("T")

_NORWEGIANS: Final = 20
_DANES: Final = 26
_COMPANIES: Final = 3

#: Functions that may die, the busier ones more often.
_MORTAL: Final = (
    "ingest",
    "routing",
    "routing",
    "routing",
    "delivery",
    "tracking",
    "tracking",
    "notification",
    "fallback",
    "fallback",
    "fallback",
    "receipts",
    "register",
    "register",
)
_NO_MAILBOXES: Final = ("altinn", "digipost", "eboks")


def draw(seed: int, start: datetime, days: int, letters: int) -> Plan:
    """Draw a month.

    Args:
        seed: of all chance.
        start: of the month.
        days: how long it is.
        letters: about how many.
    """
    return _Drawing(Random(seed), start, days).plan(letters)  # noqa: S311 - a game


class _Drawing:
    """Draws one plan."""

    def __init__(self, chance: Random, start: datetime, days: int) -> None:
        self._chance = chance
        self._start = start
        self._days = days
        self._end = start + timedelta(days=days)
        self._uploads: list[tuple[datetime, Upload]] = []
        self._people: dict[str, tuple[tuple[str, str | bool], ...]] = {}
        self._contacts: dict[str, str] = {}

    def plan(self, letters: int) -> Plan:
        self._draw_people()
        self._draw_batches(letters)
        deeds = [one for at, upload in self._uploads for one in self._sent(at, upload)]
        deeds += self._tellings(letters)
        deeds += [one for at, upload in self._uploads if self._is(0.7) for one in self._orders(at, upload)]
        deeds += [self._outage() for _ in range(self._chance.randint(1, 2 + self._days // 8))]
        deeds += [self._dying() for _ in range(self._days * 2)]
        return Plan(
            start=self._start,
            end=self._end,
            people=self._people,
            contacts=self._contacts,
            deeds=tuple(sorted(deeds, key=lambda one: one.at)),
            silence=self._silence(),
        )

    # --- small draws ---

    def _is(self, share: float) -> bool:
        return self._chance.random() < share

    def _one_of(self, things: Sequence[T]) -> T:
        return things[self._chance.randrange(len(things))]

    def _weighted(self, **weights: int) -> str:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _midst(self, share: float) -> int:
        """At which call of what follows something is done, if it is done in the midst of it at all."""
        return self._chance.randint(1, 90) if self._is(share) else 0

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self._chance.randint(least, most))

    def _moment(self, sender: Sender | None = None) -> datetime:
        """Some time of the month: by day, at any hour, or around a cut-off."""
        day = self._start + timedelta(days=self._chance.randrange(self._days))
        match self._weighted(by_day=55, any_hour=20, cut_off=25):
            case "by_day":
                at = day.replace(hour=7, minute=0) + self._minutes(0, 9 * 60)
            case "any_hour":
                at = day.replace(hour=0, minute=0) + self._minutes(0, 24 * 60 - 1)
            case _:
                cut_off = (sender or self._one_of(SENDERS)).cut_off
                off = self._minutes(-4, 4) if self._is(0.6) else timedelta(0)
                at = workdays.cut_off_of(day.date(), cut_off, day) + off
        return min(max(at, self._start + timedelta(minutes=5)), self._end - timedelta(minutes=5))

    # --- people ---

    def _draw_people(self) -> None:
        seed = self._chance.randrange(1_000)
        for n in range(_NORWEGIANS):
            self._norwegian(f"no-fnr:{numbers.fnr(seed, n)}")
        for n in range(_COMPANIES):
            self._add(f"no-orgnr:{numbers.orgnr(seed, n)}", [("mailbox.altinn", True)], both=6, none=1)
            self._add(f"dk-cvr:{numbers.cvr(seed, n)}", [("mailbox.digital_post", True)], both=6, none=1)
        for n in range(_DANES):
            self._dane(f"dk-cpr:{numbers.cpr(seed, n)}")

    def _add(self, person: str, facts: Sequence[tuple[str, str | bool]], **contacts: int) -> None:
        self._contacts[person] = contact = self._weighted(**contacts)
        reached = [] if contact == "none" else [("reached", True)]
        self._people[person] = (*facts, *reached)

    def _norwegian(self, person: str) -> None:
        facts: list[tuple[str, str | bool]] = []
        match self._weighted(altinn=24, digipost=8, eboks=4, out=7, closed=1):
            case "out":
                facts = [("opted_out", True)]
            case "closed":
                facts = [("closed", True)]
            case "altinn":
                pass
            case chosen:
                facts = [(f"mailbox.{chosen}", True), ("chosen", chosen)]
        self._add(person, facts, both=9, email=3, mobile=2, none=3)

    def _dane(self, person: str) -> None:
        facts: list[tuple[str, str | bool]] = []
        if self._is(0.5):
            facts.append(("mailbox.eboks", True))
        if self._is(0.8):
            facts.append(("mailbox.digital_post", True))
        if self._is(0.12):
            facts.append(("exempt", True))
        if self._is(0.1):
            facts.append((f"declined.{self._one_of((HAVBLIK, FJORDBANK)).id}", True))
        if self._is(0.04):
            facts.append(("closed", True))
        self._add(person, facts, both=9, email=2, mobile=1, none=3)

    # --- batches ---

    def _draw_batches(self, letters: int) -> None:
        drawn = 0
        while drawn < letters:
            sender = self._one_of((NORDVIK, NORDVIK, NORDVIK, HAVBLIK, HAVBLIK, FJORDBANK, HAVNEBY))
            upload = self._upload(sender, f"b{len(self._uploads) + 1:03d}", self._moment(sender))
            drawn += len(upload[1].rows)
            self._uploads.append(upload)

    def _upload(self, sender: Sender, batch: str, at: datetime) -> tuple[datetime, Upload]:
        all_wait = self._is(0.08)
        count = self._chance.randint(3, 14)
        rows = tuple(self._row(sender, batch, number, at, waits=all_wait) for number in range(1, count + 1))
        documents = {name for row in rows for name in row.cells.get("document", "").split("|")}
        upload = Upload(
            sender=sender,
            batch=batch,
            rows=rows,
            documents=tuple(sorted(name for name in documents if name and name != "forgotten.pdf")),
            is_jsonl=self._is(0.4),
            documents_late=self._chance.randint(1, 12) if self._is(0.1) else 0,
            whole_answer=self._chance.randint(1, 90) if self._is(0.6) else None,
        )
        return at, upload

    def _row(self, sender: Sender, batch: str, number: int, at: datetime, *, waits: bool) -> Row:
        country = sender.country
        person = self._one_of([one for one in self._people if one.startswith(country) and _may_get(one, sender)])
        delivery = self._weighted(digital_or_paper=76, digital_only=12, paper=12)
        if self._is(0.07) and delivery != "digital_only" and (sender.fallback == "print" or delivery == "paper"):
            person = ""
        has_address = not person or delivery != "digital_only" or self._is(0.5)
        document = self._document()
        letter = Letter(
            id=f"{sender.id}/{batch}/{number}",
            sender=sender,
            reference=f"{batch}-{number}",
            person=person,
            delivery=delivery,
            has_consent=sender.regime != "dk_private" or self._is(0.93),
            has_address=has_address,
            deliver_after=self._later(at, sender) if waits or self._is(0.12) else None,
            fault=next((papers.FAULTS[name] for name in document.split("|") if name in papers.FAULTS), ""),
        )
        bad = self._weighted(none=97, title=1, document=1, recipient=1)
        return Row(
            letter=replace(letter, is_bad=bad != "none"),
            cells=self._cells(letter, document, at, bad),
            answers=tuple(self._answer() for _ in range(3)),
            opening=self._opening(sender),
            printing=self._printing(),
        )

    def _document(self) -> str:
        name = self._weighted(good=86, bad=14)
        document = self._one_of(papers.GOOD if name == "good" else tuple(papers.FAULTS))
        return f"{document}|attachment.pdf" if self._is(0.15) else document

    def _later(self, at: datetime, sender: Sender) -> datetime:
        """A date ahead, or a time of day, now and then at a cut-off."""
        day = (at + timedelta(days=self._chance.randint(1, 7))).replace(hour=0, minute=0) - timedelta(hours=1)
        if self._is(0.4):
            return day
        if self._is(0.3):
            return workdays.cut_off_of(workdays.local_day(day), sender.cut_off, day)
        return day + self._minutes(0, 24 * 60 - 1)

    def _cells(self, letter: Letter, document: str, at: datetime, bad: str) -> dict[str, str]:
        cells = {
            "reference": letter.reference,
            "recipient": letter.person,
            "title": "" if bad == "title" else "Et brev",
            "document": "forgotten.pdf" if bad == "document" else document,
            "delivery": letter.delivery,
        }
        if bad == "recipient":
            cells["recipient"] = "no-fnr:12345" if letter.sender.country == "no" else "dk-cpr:12345"
        if letter.sender.regime == "dk_private":
            cells |= {"consent": "vilkaar-2026" if letter.has_consent else "andre-vilkaar", "consent_at": "2026-02-01"}
        if letter.deliver_after is not None:
            cells["deliver_after"] = letter.deliver_after.isoformat()
        if self._is(0.2):
            cells["respond_by"] = (at + timedelta(days=self._chance.randint(4, 20))).date().isoformat()
        if letter.has_address:
            cells |= {"name": "Ingen Navnesen", "address_1": "Ingenveien 1", "postal_code": "9993", "city": "Nordvik"}
        return cells

    # --- what others do with letters ---

    def _answer(self) -> Answer:
        late = {"at_once": 0, "hours": self._chance.randint(1, 30) * 20, "days": self._chance.randint(1, 60) * 120}
        return Answer(
            refuses=self._is(0.13),
            after=self._chance.randint(1, 30) * self._one_of((1, 1, 1, 20)),
            told_after=late[self._weighted(at_once=75, hours=17, days=8)],
            again_after=self._chance.randint(0, 400) * 10 if self._is(0.2) else None,
            contradicts_after=self._chance.randint(0, 100) * 10 if self._is(0.06) else None,
            notice_fails_after=self._chance.randint(-10, 100) * 10 if self._is(0.06) else None,
        )

    def _opening(self, sender: Sender) -> Opening:
        if sender is NORDVIK:
            when = self._weighted(never=30, soon=8, late=8, deadline=20, cut_off=34)
        else:
            when = self._weighted(never=40, soon=35, late=25)
        spans = {"never": (0, 0), "soon": (1, 600), "late": (600, 9_000), "deadline": (-4, 6), "cut_off": (-4, 4)}
        # In the midst of a print run: right at the cut-off.
        midst = self._midst(0.6 if when == "cut_off" else 0.4 if when == "deadline" else 0.05)
        is_at_cut_off = midst and when == "cut_off"
        return Opening(
            when=when,
            minutes=0 if is_at_cut_off else self._chance.randint(*spans[when]),
            told_after=self._chance.randint(1, 3_000) if self._is(0.12) and not is_at_cut_off else 0,
            is_twice=self._is(0.1),
            midst=midst,
        )

    def _printing(self) -> Printing:
        after = self._chance.randint(1, 30) * self._one_of((60, 60, 400))
        refuses = self._is(0.05)
        returned = after + self._chance.randint(-10, 60) * 60 if self._is(0.1) and not refuses else None
        return Printing(
            refuses=refuses,
            after=after,
            is_twice=self._is(0.15),
            returned_after=None if returned is None else max(1, returned),
            recants_after=after + self._chance.randint(1, 600) if self._is(0.06) and not refuses else None,
        )

    # --- the register ---

    def _tellings(self, letters: int) -> list[Planned]:
        tellings: list[Planned] = []
        people = list(self._people)
        for _ in range(max(10, letters // 2)):
            person = self._one_of(people)
            at = self._moment(NORDVIK if person.startswith("no") else self._one_of((HAVBLIK, FJORDBANK, HAVNEBY)))
            late = self._minutes(1, 4_000) if self._is(0.15) else self._minutes(1, 9)
            # Seconds tell apart what came true in the same minute.
            true_since = at - late + timedelta(seconds=self._chance.randint(0, 59))
            tell = Tell(person, self._news(person), true_since, is_file=self._is(0.3))
            tellings.append(Planned(at, tell, self._midst(0.25)))
            if self._is(0.1):
                tellings.append(Planned(at + self._minutes(1, 3_000), tell))
        return [one for one in tellings if one.at < self._end]

    def _news(self, person: str) -> tuple[tuple[str, str | bool], ...]:
        if person.startswith("no-fnr"):
            match self._weighted(choose=8, leave=3, out=5, back=5, die=1, live=2):
                case "choose":
                    chosen = self._one_of(_NO_MAILBOXES)
                    return ((f"mailbox.{chosen}", True), ("chosen", chosen))
                case "leave":
                    return ((f"mailbox.{self._one_of(_NO_MAILBOXES)}", False),)
                case "out" | "back" as which:
                    return (("opted_out", which == "out"),)
                case which:
                    return (("closed", which == "die"),)
        name = self._weighted(eboks=9, digital_post=4, havblik=4, fjordbank=3, exempt=3, closed=2)
        facts = {
            "eboks": ("mailbox.eboks", 0.7),
            "digital_post": ("mailbox.digital_post", 0.5),
            "havblik": ("declined.havblik", 0.6),
            "fjordbank": ("declined.fjordbank", 0.6),
            "exempt": ("exempt", 0.5),
            "closed": ("closed", 0.35),
        }
        fact, share = facts[name]
        return ((fact, self._is(share)),)

    # --- orders, outages, deaths ---

    def _sent(self, at: datetime, upload: Upload) -> list[Planned]:
        """A batch is uploaded, now and then while something is heard of one of its recipients."""
        people = [row.letter.person for row in upload.rows if row.letter.person]
        sent = [Planned(at, upload)]
        if people and self._is(0.25):
            person = self._one_of(people)
            tell = Tell(person, self._news(person), at - timedelta(minutes=1), is_file=False)
            sent.insert(0, Planned(at, tell, self._chance.randint(1, 90)))
        return sent

    def _orders(self, at: datetime, upload: Upload) -> list[Planned]:
        """Orders for some letters of a batch, or for all of it, soon after it or days later."""
        found: list[Planned] = []
        good = [row.letter for row in upload.rows if not row.letter.is_bad]
        for _ in range(self._chance.randint(1, 3)):
            when = at + (self._minutes(1, 240) if self._is(0.4) else self._minutes(240, 12_000))
            when = (
                when
                if self._is(0.7)
                else workdays.next_cut_off(when, upload.sender.cut_off, "dk") + self._minutes(-2, 2)
            )
            if upload.documents_late or not good or when >= self._end:
                continue
            if self._is(0.1):
                orders: list[tuple[int, str, datetime | None]] = [(0, "recall", None)]
            else:
                letters = self._chance.sample(good, min(len(good), self._chance.randint(1, 3)))
                orders = [(letter.row, *self._order(upload.sender, when)) for letter in letters]
            midst = self._midst(0.3)
            found.append(Planned(when, Order(f"{upload.sender.id}/{upload.batch}", tuple(orders)), midst))
            person = next((one.person for one in good if one.row == orders[0][0]), "")
            if midst and person:
                found.append(
                    Planned(when, Tell(person, self._news(person), when - timedelta(minutes=1), is_file=False))
                )
        return found

    def _order(self, sender: Sender, at: datetime) -> tuple[str, datetime | None]:
        if sender.regime == "dk_private":
            order = self._weighted(recall=3, extend=4, print=3, **{"return": 3}, responded=1)
        else:
            order = self._weighted(recall=6, extend=1, print=1, responded=2)
        return order, at + self._minutes(60, 20_000) if order == "extend" else None

    def _outage(self) -> Planned:
        """Altinn is down for some hours, which is recorded later, or ahead."""
        begin = self._moment()
        end = begin + self._minutes(30, 1_500)
        return Planned(max(self._start + timedelta(minutes=5), begin + self._minutes(-60, 4_000)), Record(begin, end))

    def _dying(self) -> Planned:
        phase = self._one_of(("before", "after"))
        return Planned(self._moment(), Dying(self._one_of(_MORTAL), self._chance.randint(1, 25), phase))

    def _silence(self) -> tuple[datetime, datetime]:
        """Two to four days, or some hours of a short month, in which nothing fires the schedule."""
        hours = self._chance.randint(40, 90) if self._days > 10 else self._chance.randint(8, 20)
        begin = self._start + timedelta(days=self._days) * self._chance.uniform(0.2, 0.7)
        begin = begin.replace(second=0, microsecond=0)
        return begin, begin + timedelta(hours=hours)


def _may_get(person: str, sender: Sender) -> bool:
    """Whether somebody is among those whom a sender writes to."""
    return sender.regime != "dk_private" or person.startswith("dk-cpr")
