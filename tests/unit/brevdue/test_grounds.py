"""What is told to have held when a letter was decided did hold: tried against the rules themselves."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Final, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from brevdue.operate import grounds
from brevdue.operate.grounds import Ground
from postal import due, rules, status, working_hours
from postal.channels import MAILBOXES, Channel
from postal.consignments import Consignment, Delivered, LetterItem, PageItems, Sorting
from postal.due import Work
from postal.letters import Address, Letter
from postal.pages import Page
from postal.reasons import Reason, Way
from postal.recipients import Kind, Recipient
from postal.senders import Regime, Sender, Settings, Terms
from postal.status import Status
from postal.times import from_text, to_text

NOW: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
OPEN_UNTIL: Final = working_hours.deadline(NOW, 40, "no")
PAGE: Final = Page(sender="the-sender", batch="b1", number=0, key="k", version="v1", first=0, last=1)
TERMS: Final = Terms(id="t1", document_sha256="a" * 64, valid_from=NOW - timedelta(days=300))
ADDRESS: Final = Address(name="N", lines=("L 1",), postal_code="0001", city="C", country="NO")
LETTER: Final = Letter(row=1, reference="r", recipient="dk-cpr:1", title="t", documents=(), address=ADDRESS)
CONSENTING: Final = structs.replace(LETTER, consent="t1", consent_at=to_text(NOW - timedelta(days=100)))


class Case(NamedTuple):
    """All that a decision may rest on; `items` are stored where something had become of the letter before."""

    letter: Letter
    recipient: Recipient
    sender: Sender
    tried: frozenset[Channel]
    now: datetime
    items: PageItems = PageItems()

    @property
    def item(self) -> LetterItem:
        return self.items.letters[1]


Given = tuple[Case, Reason]


def _consented(case: Case) -> bool:
    return bool(case.letter.consent_at) and _took_effect(case) <= _accepted_at(case) <= case.now


def _accepted_at(case: Case) -> datetime:
    return from_text(case.letter.consent_at)


def _took_effect(case: Case) -> datetime:
    terms = case.sender.terms_with_id(case.letter.consent)
    return terms.valid_from if terms else datetime.max.replace(tzinfo=UTC)


def _had(case: Case, mailbox: Channel) -> bool:
    return mailbox in case.recipient.mailboxes


def _declined(case: Case) -> bool:
    return "the-sender" in case.recipient.declined


def _is_person(case: Case) -> bool:
    return case.recipient.kind is Kind.PERSON


IS_SO: Final[Mapping[Ground, Callable[[Case], bool]]] = {
    Ground.CLOSED: lambda case: case.recipient.closed,
    Ground.NOT_CLOSED: lambda case: not case.recipient.closed,
    Ground.OPTED_OUT: lambda case: _is_person(case) and case.recipient.opted_out,
    Ground.NOT_OPTED_OUT: lambda case: _is_person(case) and not case.recipient.opted_out,
    Ground.ORGANISATION: lambda case: case.recipient.kind is Kind.ORGANISATION,
    Ground.CHOSE_DIGIPOST: lambda case: case.recipient.chosen is Channel.DIGIPOST,
    Ground.CHOSE_EBOKS: lambda case: case.recipient.chosen is Channel.EBOKS,
    Ground.CHOSE_NEITHER: lambda case: case.recipient.chosen not in {Channel.DIGIPOST, Channel.EBOKS},
    Ground.DECLINED: _declined,
    Ground.NOT_DECLINED: lambda case: not _declined(case),
    Ground.IN_EBOKS: lambda case: _had(case, Channel.EBOKS),
    Ground.NOT_IN_EBOKS: lambda case: not _had(case, Channel.EBOKS),
    Ground.NEITHER_DECLINED_NOR_IN_EBOKS: lambda case: not _declined(case) and not _had(case, Channel.EBOKS),
    Ground.EXEMPT: lambda case: case.recipient.exempt,
    Ground.NOT_EXEMPT: lambda case: not case.recipient.exempt,
    Ground.IN_DIGITAL_POST: lambda case: _had(case, Channel.DIGITAL_POST),
    Ground.NOT_IN_DIGITAL_POST: lambda case: not _had(case, Channel.DIGITAL_POST),
    Ground.EXEMPT_OR_NOT_IN_DIGITAL_POST: lambda case: case.recipient.exempt or not _had(case, Channel.DIGITAL_POST),
    Ground.NO_RECIPIENT: lambda case: not case.letter.recipient,
    Ground.NO_ADDRESS: lambda case: case.letter.address is None,
    Ground.DIGITAL_ONLY: lambda case: case.letter.delivery == "digital_only",
    Ground.CONSENT: _consented,
    Ground.NO_CONSENT: lambda case: not (case.letter.consent and case.letter.consent_at),
    Ground.UNKNOWN_TERMS: lambda case: case.letter.consent not in {"", TERMS.id},
    Ground.CONSENT_BEFORE_TERMS: lambda case: _accepted_at(case) < _took_effect(case),
    Ground.CONSENT_TO_COME: lambda case: _accepted_at(case) > case.now,
    Ground.FALLBACK_PRINT: lambda case: case.sender.settings.fallback == "print",
    Ground.FALLBACK_RETURN: lambda case: case.sender.settings.fallback == "return",
    Ground.ALTINN_HAD_REFUSED: lambda case: Channel.ALTINN in case.tried,
    Ground.DIGIPOST_HAD_REFUSED: lambda case: Channel.DIGIPOST in case.tried,
    Ground.EBOKS_HAD_REFUSED: lambda case: Channel.EBOKS in case.tried,
    Ground.DIGITAL_POST_HAD_REFUSED: lambda case: Channel.DIGITAL_POST in case.tried,
    Ground.TIME_TO_OPEN_OVER: lambda case: case.now >= OPEN_UNTIL,
    Ground.NOT_OPENED: lambda case: case.item.opened_at is None,
    Ground.NO_NOTICE: lambda case: case.item.notice_failed_at is not None,
    Ground.HELD: lambda case: status.state_of(case.items, 1, 1).status is Status.HELD,
    Ground.HOLD_OVER: lambda case: case.now >= (case.item.held_until or NOW + timedelta(days=30)),
}

ANYBODY: Final = ("no-fnr:1", "dk-cpr:1", "no-orgnr:1")

MAILBOXES_OF_SOMEBODY = st.frozensets(st.sampled_from(MAILBOXES))
TRIED = st.just(frozenset[Channel]()) | st.frozensets(st.sampled_from(MAILBOXES), min_size=1, max_size=2)
RARELY = st.sampled_from([False, False, False, True])

#: What a row may say that is decided before its recipient's profile is; most rows say nothing of the kind.
ODD_ROWS: Final[tuple[Mapping[str, str], ...]] = (
    {"recipient": ""},
    {"delivery": "paper"},
    {"deliver_after": to_text(NOW + 9_000 * HOUR)},
    {"consent": "other"},
    {"consent": ""},
    {"consent_at": ""},
    {"consent_at": to_text(NOW - timedelta(days=400))},
    {"consent_at": to_text(NOW + timedelta(days=400))},
)


@st.composite
def cases(draw: st.DrawFn, regime: Regime | None = None) -> Case:
    """Any letter, of any sender; of a regime, one that was sorted by its recipient's profile."""
    letter = structs.replace(
        CONSENTING,
        recipient=draw(st.sampled_from(ANYBODY)),
        delivery=draw(st.sampled_from(["digital_or_paper", "digital_only"])),
        address=draw(st.sampled_from([None, ADDRESS])),
    )
    if regime is None:
        odd: Mapping[str, str] = draw(st.just({}) | st.sampled_from(ODD_ROWS))
        letter = structs.replace(letter, **odd)
    tried = draw(TRIED)
    recipient = Recipient(
        id=letter.recipient,
        mailboxes=draw(MAILBOXES_OF_SOMEBODY),
        chosen=draw(st.none() | st.sampled_from(sorted(tried) or MAILBOXES) | st.sampled_from(MAILBOXES)),
        opted_out=draw(RARELY),
        exempt=draw(RARELY),
        closed=draw(RARELY),
        declined=draw(st.sampled_from([frozenset(), frozenset({"another"}), frozenset({"the-sender"})])),
    )
    sender = Sender(
        id="the-sender",
        name="S",
        regime=regime or draw(st.sampled_from(Regime)),
        terms=(TERMS,),
        settings=Settings(fallback=draw(st.sampled_from(["print", "return"]))),
    )
    return Case(letter, recipient, sender, tried, NOW)


def _decided(case: Case) -> Reason:
    return rules.decide(case.letter, case.recipient, case.sender, case.now, case.tried)


@st.composite
def decided(draw: st.DrawFn) -> Given:
    case = draw(cases())
    return case, _decided(case)


@st.composite
def decided_as_stored(draw: st.DrawFn) -> Given:
    """As a changed profile, and then the cut-off, decides what is held or for paper."""
    case = draw(cases())
    reason = draw(st.sampled_from([reason for reason in Reason if rules.is_stored(CONSENTING, reason)]))
    decide = draw(st.sampled_from([rules.decide_stored, rules.decide_for_paper]))
    assume(decide is rules.decide_stored or reason.way is Way.PRINT)
    again = decide(case.letter, reason, case.recipient, case.sender, case.now, case.tried)
    assume(again is not reason)
    return case, again


@st.composite
def held(draw: st.DrawFn) -> Case:
    """A letter that is held; its recipient may have changed since."""
    case = draw(cases(Regime.DK_PRIVATE))
    reason = Reason.HELD_AFTER_REFUSAL if Channel.EBOKS in case.tried else Reason.HELD_FOR_SENDER
    item = LetterItem(row=1, held_until=draw(st.none() | st.just(NOW + 900 * HOUR)))
    items = PageItems(sorting=Sorting(marks=reason.mark, sorted_at=NOW, page=PAGE), letters={1: item})
    return case._replace(items=items, now=NOW + HOUR * draw(st.sampled_from([1, 719, 720, 899, 900])))


@st.composite
def in_altinn(draw: st.DrawFn) -> Case:
    """A letter that lies in Altinn; its recipient may have changed since."""
    case = draw(cases(Regime.NO_PUBLIC))
    reason = draw(st.sampled_from([Reason.ALTINN_BY_DEFAULT, Reason.ORGANISATION_IN_ALTINN]))
    delivery = Delivered(at=NOW, rows="1", notified_to=1)
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW, deliveries={"1": delivery})
    at = st.sampled_from([None, None, NOW + HOUR])
    item = LetterItem(row=1, opened_at=draw(at), notice_failed_at=draw(at))
    sorting = Sorting(marks=reason.mark, sorted_at=NOW, page=PAGE)
    items = PageItems(sorting=sorting, consignments=(altinn,), letters={1: item})
    return case._replace(items=items, now=NOW + HOUR * draw(st.sampled_from([1, 39, 40, 60])))


@st.composite
def decided_when_due(draw: st.DrawFn) -> Given:
    """As routing does: what is due for a letter as it stands is decided."""
    case = draw(held() | in_altinn())
    state = status.state_of(case.items, 1, 1)
    dues = due.of_letter(case.letter, state, case.sender, case.now)
    assume(any(one.work is Work.DECIDE and one.at <= case.now for one in dues))
    return case, rules.decide_due(case.letter, state, case.recipient, case.sender, case.now, case.tried)


@st.composite
def decided_by_order(draw: st.DrawFn) -> Given:
    """As `routing.orders` ends a hold: as is ordered, unless the letter would not be held any more."""
    case = draw(held())
    again = _decided(case)
    ordered = draw(st.sampled_from([Reason.SENDER_ORDERED_PAPER, Reason.SENDER_ORDERED_RETURN]))
    return case, ordered if again.way is Way.HELD else again


DECISIONS: Final[Mapping[str, st.SearchStrategy[Given]]] = {
    "decided": decided(),
    "decided as stored": decided_as_stored(),
    "decided when due": decided_when_due(),
    "decided by order": decided_by_order(),
}


def _told(case: Case, reason: Reason) -> tuple[Ground, ...]:
    return grounds.of(reason, case.letter, case.sender, case.tried)


@pytest.mark.parametrize("how", DECISIONS)
@settings(max_examples=500)
@given(data=st.data())
def test_all_that_is_told_of_a_decision_held(how: str, data: st.DataObject) -> None:
    case, reason = data.draw(DECISIONS[how])

    told = _told(case, reason)

    assert [ground for ground in told if not IS_SO[ground](case)] == []
    assert len(set(told)) == len(told)


def test_of_every_reason_it_is_said_what_it_tells() -> None:
    assert set(grounds.OF_REASON) == set(Reason)


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_is_a_sentence_in_every_language(ground: Ground) -> None:
    said = grounds.WORDS[ground]

    assert all(text.endswith(".") for text in said)
    assert len(set(said)) == len(said)
    places = {frozenset(name for _, name, _, _ in Formatter().parse(text) if name) for text in said}
    assert places in ({frozenset()}, {frozenset({"terms"})})


def _sender(regime: Regime, **chosen: str) -> Sender:
    return Sender(id="the-sender", name="S", regime=regime, terms=(TERMS,), settings=Settings(**chosen))  # type: ignore[arg-type]


NO, PRIVATE, PUBLIC = (_sender(regime) for regime in (Regime.NO_PUBLIC, Regime.DK_PRIVATE, Regime.DK_PUBLIC))
ONLY_DIGITAL: Final = structs.replace(LETTER, delivery="digital_only")

EXAMPLES: Final = [
    (Reason.NO_DIGITAL_ID, LETTER, PRIVATE, (), ()),
    (Reason.DELIVER_LATER, CONSENTING, PRIVATE, (), ()),
    (Reason.RECALLED_BY_SENDER, CONSENTING, PRIVATE, (), ()),
    (Reason.SENDER_CHOSE_PAPER, LETTER, NO, (), ()),
    (Reason.SENDER_CHOSE_PAPER, LETTER, PUBLIC, (), (Ground.NOT_CLOSED,)),
    (Reason.SENDER_CHOSE_PAPER, CONSENTING, PRIVATE, (), (Ground.CONSENT, Ground.NOT_CLOSED)),
    (Reason.NO_DIGITAL_WAY, structs.replace(ONLY_DIGITAL, recipient=""), NO, (), (Ground.NO_RECIPIENT,)),
    (Reason.NO_DIGITAL_WAY, ONLY_DIGITAL, NO, (), (Ground.NOT_CLOSED, Ground.OPTED_OUT)),
    (Reason.NO_DIGITAL_WAY, ONLY_DIGITAL, NO, (Channel.ALTINN,), (Ground.NOT_CLOSED, Ground.ALTINN_HAD_REFUSED)),
    (Reason.NO_DIGITAL_WAY, ONLY_DIGITAL, PRIVATE, (), (Ground.NOT_CLOSED, Ground.DECLINED)),
    (Reason.NO_DIGITAL_WAY, ONLY_DIGITAL, PUBLIC, (), (Ground.NOT_CLOSED, Ground.EXEMPT_OR_NOT_IN_DIGITAL_POST)),
    (
        Reason.ALTINN_AFTER_REFUSAL,
        LETTER,
        NO,
        (Channel.DIGIPOST,),
        (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.CHOSE_DIGIPOST, Ground.DIGIPOST_HAD_REFUSED),
    ),
    (
        Reason.ALTINN_AFTER_REFUSAL,
        LETTER,
        NO,
        (Channel.DIGIPOST, Channel.EBOKS),
        (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.DIGIPOST_HAD_REFUSED, Ground.EBOKS_HAD_REFUSED),
    ),
    (
        Reason.PAPER_AFTER_REFUSAL,
        structs.replace(LETTER, recipient="no-fnr:1"),
        NO,
        (Channel.ALTINN,),
        (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.ALTINN_HAD_REFUSED),
    ),
    (
        Reason.PAPER_AFTER_REFUSAL,
        structs.replace(LETTER, recipient="no-orgnr:1"),
        NO,
        (Channel.ALTINN,),
        (Ground.NOT_CLOSED, Ground.ORGANISATION, Ground.ALTINN_HAD_REFUSED),
    ),
    (
        Reason.HOLD_ENDED,
        ONLY_DIGITAL,
        PRIVATE,
        (),
        (Ground.HOLD_OVER, Ground.NOT_CLOSED, Ground.NEITHER_DECLINED_NOR_IN_EBOKS, Ground.DIGITAL_ONLY),
    ),
    (
        Reason.HOLD_ENDED,
        LETTER,
        _sender(Regime.DK_PRIVATE, fallback="return"),
        (Channel.EBOKS,),
        (Ground.HOLD_OVER, Ground.NOT_CLOSED, Ground.EBOKS_HAD_REFUSED, Ground.FALLBACK_RETURN),
    ),
    (
        Reason.HOLD_ENDED,
        structs.replace(LETTER, address=None),
        PRIVATE,
        (),
        (Ground.HOLD_OVER, Ground.NOT_CLOSED, Ground.NEITHER_DECLINED_NOR_IN_EBOKS, Ground.NO_ADDRESS),
    ),
    (Reason.CONSENT_NOT_EVIDENCED, LETTER, PRIVATE, (), (Ground.NO_CONSENT,)),
    (Reason.CONSENT_NOT_EVIDENCED, structs.replace(CONSENTING, consent="t2"), PRIVATE, (), (Ground.UNKNOWN_TERMS,)),
    (
        Reason.CONSENT_NOT_EVIDENCED,
        structs.replace(CONSENTING, consent_at=to_text(NOW - timedelta(days=400))),
        PRIVATE,
        (),
        (Ground.CONSENT_BEFORE_TERMS,),
    ),
    (
        Reason.CONSENT_NOT_EVIDENCED,
        structs.replace(CONSENTING, consent_at=to_text(NOW + HOUR)),
        PRIVATE,
        (),
        (Ground.CONSENT_TO_COME,),
    ),
]


@pytest.mark.parametrize(("reason", "letter", "sender", "tried", "told"), EXAMPLES)
def test_of_a_reason_with_several_causes_no_more_is_told_than_is_certain(
    reason: Reason, letter: Letter, sender: Sender, tried: tuple[Channel, ...], told: tuple[Ground, ...]
) -> None:
    assert grounds.of(reason, letter, sender, tried) == told


def test_every_ground_is_told_of_some_decision() -> None:
    exemplary = {ground for *_, told in EXAMPLES for ground in told}

    assert exemplary.union(*grounds.OF_REASON.values()) == set(Ground)
