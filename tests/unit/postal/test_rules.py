from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from postal import rules
from postal.channels import MAILBOXES, Channel
from postal.letters import Address, Delivery, Document, Letter
from postal.reasons import Reason, Way
from postal.recipients import Recipient
from postal.senders import Regime, Sender, Settings, Terms
from postal.status import LetterState, Status

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TERMS = Terms(id="t1", document_sha256="a" * 64, valid_from=NOW - timedelta(days=300))
SENDERS = {
    regime: Sender(id="the-sender", name="The sender", regime=regime, terms=(TERMS,)) for regime in Regime
}  # fmt: skip


def _letter(
    recipient: str = "no-fnr:15829012345",
    delivery: Delivery = "digital_or_paper",
    consent: str = "t1",
    consent_at: str = "2026-06-01T00:00:00Z",
    deliver_after: str = "",
    *,
    address: Address | None = None,
) -> Letter:
    return Letter(
        row=1,
        reference="r",
        recipient=recipient,
        title="t",
        documents=(Document("d.pdf", "v", 1, "e"),),
        delivery=delivery,
        consent=consent,
        consent_at=consent_at,
        deliver_after=deliver_after,
        address=address,
    )


LETTERS = st.builds(
    _letter,
    recipient=st.sampled_from(["no-fnr:15829012345", "no-orgnr:991825827", "dk-cpr:0101575234", ""]),
    delivery=st.sampled_from(["digital_or_paper", "digital_only", "paper"]),
    consent=st.sampled_from(["t1", "other", ""]),
    consent_at=st.sampled_from(["2026-06-01T00:00:00Z", "2025-06-01T00:00:00Z", "2027-06-01T00:00:00Z", ""]),
    deliver_after=st.sampled_from(["", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
    address=st.sampled_from([None, Address(name="N", lines=("L 1",), postal_code="0001", city="C", country="NO")]),
)
PROFILES = st.builds(
    Recipient,
    id=st.sampled_from(["no-fnr:15829012345", "no-orgnr:991825827", "dk-cpr:0101575234"]),
    mailboxes=st.frozensets(st.sampled_from(MAILBOXES)),
    chosen=st.none() | st.sampled_from(MAILBOXES),
    opted_out=st.booleans(),
    exempt=st.booleans(),
    closed=st.booleans(),
    declined=st.frozensets(st.sampled_from(["the-sender", "another"])),
)
TRIED = st.frozensets(st.sampled_from(MAILBOXES))


@given(LETTERS, PROFILES, st.sampled_from(Regime), TRIED)
def test_every_letter_has_one_reason_and_no_mailbox_twice(
    letter: Letter, recipient: Recipient, regime: Regime, tried: frozenset[Channel]
) -> None:
    reason = rules.decide(letter, recipient, SENDERS[regime], NOW, tried)

    assert reason.way.mailbox not in tried
    if letter.delivery == "digital_only":
        assert reason.way is not Way.PRINT


@given(LETTERS, PROFILES, PROFILES, st.sampled_from(Regime))
def test_what_is_decided_unseen_depends_on_no_recipient(
    letter: Letter, one: Recipient, other: Recipient, regime: Regime
) -> None:
    unseen = rules.decide_unseen(letter, SENDERS[regime], NOW)
    if unseen is not None:
        assert rules.decide(letter, one, SENDERS[regime], NOW) is unseen
        assert rules.decide(letter, other, SENDERS[regime], NOW) is unseen


@given(LETTERS, PROFILES, TRIED)
def test_nothing_private_is_decided_without_evidence_of_consent(
    letter: Letter, recipient: Recipient, tried: frozenset[Channel]
) -> None:
    reason = rules.decide(letter, recipient, SENDERS[Regime.DK_PRIVATE], NOW, tried)

    evidenced = letter.consent == "t1" and letter.consent_at == "2026-06-01T00:00:00Z"
    assert (reason is Reason.CONSENT_NOT_EVIDENCED) == (bool(letter.recipient) and not evidenced)


@pytest.mark.parametrize(
    ("regime", "recipient", "letter", "tried", "reason"),
    [
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1"), _letter(), [], Reason.ALTINN_BY_DEFAULT),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", chosen=Channel.DIGIPOST), _letter(), [], Reason.CHOSE_DIGIPOST),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", chosen=Channel.EBOKS), _letter(), [], Reason.CHOSE_EBOKS),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", chosen=Channel.ALTINN), _letter(), [], Reason.ALTINN_BY_DEFAULT),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", opted_out=True), _letter(), [], Reason.OPTED_OUT),
        (Regime.NO_PUBLIC, Recipient(id="no-orgnr:1", opted_out=True), _letter(), [], Reason.ORGANISATION_IN_ALTINN),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", closed=True), _letter(), [], Reason.RECIPIENT_CLOSED),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", closed=True), _letter(delivery="paper"), [],
         Reason.SENDER_CHOSE_PAPER),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", chosen=Channel.EBOKS), _letter(), [Channel.EBOKS],
         Reason.ALTINN_AFTER_REFUSAL),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1"), _letter(), [Channel.ALTINN], Reason.PAPER_AFTER_REFUSAL),
        (Regime.NO_PUBLIC, Recipient(id="no-fnr:1", opted_out=True), _letter(delivery="digital_only"), [],
         Reason.NO_DIGITAL_WAY),
        (Regime.DK_PRIVATE, Recipient(id="dk-cpr:1"), _letter(), [], Reason.HELD_FOR_SENDER),
        (Regime.DK_PRIVATE, Recipient(id="dk-cpr:1", mailboxes=frozenset({Channel.EBOKS})), _letter(), [],
         Reason.REGISTERED_IN_EBOKS),
        (Regime.DK_PRIVATE, Recipient(id="dk-cpr:1", mailboxes=frozenset({Channel.EBOKS})), _letter(),
         [Channel.EBOKS], Reason.HELD_AFTER_REFUSAL),
        (Regime.DK_PRIVATE, Recipient(id="dk-cpr:1", declined=frozenset({"the-sender"})), _letter(), [],
         Reason.DECLINED_TO_PAPER),
        (Regime.DK_PUBLIC, Recipient(id="dk-cpr:1"), _letter(), [], Reason.OUTSIDE_SCHEME),
        (Regime.DK_PUBLIC, Recipient(id="dk-cpr:1", exempt=True), _letter(), [], Reason.EXEMPT),
        (Regime.DK_PUBLIC, Recipient(id="dk-cpr:1", mailboxes=frozenset({Channel.DIGITAL_POST})), _letter(), [],
         Reason.MANDATORY_DIGITAL_POST),
        (Regime.DK_PUBLIC, Recipient(id="dk-cpr:1", mailboxes=frozenset({Channel.DIGITAL_POST})), _letter(),
         [Channel.DIGITAL_POST], Reason.REFUSED_BY_DIGITAL_POST),
    ],
)  # fmt: skip
def test_the_rules_by_example(
    regime: Regime, recipient: Recipient, letter: Letter, tried: list[Channel], reason: Reason
) -> None:
    assert rules.decide(letter, recipient, SENDERS[regime], NOW, tried) is reason


def test_a_declined_letter_goes_back_where_the_sender_wants_no_paper() -> None:
    sender = Sender(
        id="the-sender", name="S", regime=Regime.DK_PRIVATE, terms=(TERMS,), settings=Settings(fallback="return")
    )
    recipient = Recipient(id="dk-cpr:1", declined=frozenset({"the-sender"}))

    assert rules.decide(_letter(), recipient, sender, NOW) is Reason.DECLINED_TO_SENDER


STORED = st.sampled_from([reason for reason in Reason if rules.is_stored(_letter(), reason)])
FOR_PAPER = st.sampled_from([reason for reason in Reason if reason.way is Way.PRINT])


def _state(status: Status, reason: Reason) -> LetterState:
    return LetterState(row=1, status=status, reason=reason, at=NOW)


@given(LETTERS, PROFILES, st.sampled_from(Regime), TRIED, FOR_PAPER)
def test_nobody_who_is_closed_is_sent_paper_and_what_lay_in_a_mailbox_goes_to_no_other(
    letter: Letter, recipient: Recipient, regime: Regime, tried: frozenset[Channel], reason: Reason
) -> None:
    again = rules.decide_for_paper(letter, reason, recipient, SENDERS[regime], NOW, tried)

    if recipient.closed:
        assert again is Reason.RECIPIENT_CLOSED
    elif not rules.is_rescued(reason):
        assert again is reason
    else:
        assert again.way not in {Way.PRINT, Way.HELD} or again is reason
        assert again.way.mailbox not in tried


@given(LETTERS, PROFILES, st.sampled_from(Regime), TRIED, STORED)
def test_a_stored_letter_keeps_its_reason_where_the_profile_opens_no_other_way(
    letter: Letter, recipient: Recipient, regime: Regime, tried: frozenset[Channel], reason: Reason
) -> None:
    again = rules.decide_stored(letter, reason, recipient, SENDERS[regime], NOW, tried)

    if again is not reason:
        # Deciding once more changes nothing, unless nothing may be sent to the recipient any more.
        once_more = rules.decide_stored(letter, again, recipient, SENDERS[regime], NOW, tried)
        assert not rules.is_stored(letter, again) or once_more in {again, Reason.RECIPIENT_CLOSED}


@given(LETTERS, PROFILES, st.sampled_from(Regime), TRIED, st.sampled_from(["print", "return"]))
def test_a_hold_that_is_over_is_held_no_more(
    letter: Letter,
    recipient: Recipient,
    regime: Regime,
    tried: frozenset[Channel],
    fallback: Literal["print", "return"],
) -> None:
    sender = structs.replace(SENDERS[regime], settings=Settings(fallback=fallback))
    state = _state(Status.HELD, Reason.HELD_FOR_SENDER)

    reason = rules.decide_due(letter, state, recipient, sender, NOW, tried)

    assert reason.way is not Way.HELD
    if reason is Reason.HOLD_ENDED_TO_PAPER:
        assert fallback == "print"
        assert letter.address is not None
        assert letter.delivery != "digital_only"


@given(LETTERS, PROFILES, st.sampled_from(Regime), st.sampled_from([Status.DELIVERED, Status.NOTICE_FAILED]))
def test_what_lies_unopened_goes_on_paper_unless_its_recipient_is_closed(
    letter: Letter, recipient: Recipient, regime: Regime, status: Status
) -> None:
    state = _state(status, Reason.ALTINN_BY_DEFAULT)

    reason = rules.decide_due(letter, state, recipient, SENDERS[regime], NOW)

    expected = Reason.UNOPENED_IN_ALTINN if status is Status.DELIVERED else Reason.NOTICES_FAILED
    assert reason is (Reason.RECIPIENT_CLOSED if recipient.closed else expected)
