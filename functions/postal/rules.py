"""Sorting: pure functions from a letter and its recipient to a reason."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from postal.channels import Channel
from postal.letters import Letter
from postal.reasons import Reason, Way
from postal.recipients import Kind, Recipient
from postal.senders import Regime, Sender, Terms
from postal.status import LetterState, Status
from postal.times import from_text


def decide_unseen(letter: Letter, sender: Sender, now: datetime) -> Reason | None:
    """What can be decided before the recipient is looked up; None where a look-up is due.

    A sender learns nothing about a recipient for whom it has no documented
    consent, so such rows end here, for members and non-members alike
    (GDPR art. 5(1)(c) and 7(1)). A letter waits for the date that its sender chose (as
    Digital Post's `doNotDeliverUntilDate`). SvarUT prints at once what has no digital
    id (KS, "SvarUt: manuell print"), and so does every regime here.
    """
    if sender.regime is Regime.DK_PRIVATE and letter.recipient and not consent_is_evidenced(letter, sender, now):
        return Reason.CONSENT_NOT_EVIDENCED
    if letter.deliver_after and from_text(letter.deliver_after) > now:
        return Reason.DELIVER_LATER
    if sender.regime is Regime.NO_PUBLIC and letter.delivery == "paper":
        return Reason.SENDER_CHOSE_PAPER
    if not letter.recipient:
        return Reason.NO_DIGITAL_WAY if letter.delivery == "digital_only" else Reason.NO_DIGITAL_ID
    return None


def consent_is_evidenced(letter: Letter, sender: Sender, now: datetime) -> bool:
    """Whether the row names terms of the sender and a time at which they could be accepted."""
    return accepted_terms(sender, letter.consent, letter.consent_at, now) is not None


def accepted_terms(sender: Sender, terms_id: str, consent_at: str, now: datetime) -> Terms | None:
    """The terms that a recipient accepted, or None where that is not evidenced.

    The controller must be able to demonstrate consent (GDPR art. 7(1)): the terms
    are in the sender's settings, had taken effect when they were accepted, and
    that is not in the future.

    Args:
        sender: whose terms they are.
        terms_id: as the sender names them, or empty.
        consent_at: when they were accepted, as `postal.times` writes it, or empty.
        now: the present time.
    """
    terms = sender.terms_with_id(terms_id) if terms_id and consent_at else None
    return terms if terms and terms.valid_from <= from_text(consent_at) <= now else None


def decide(
    letter: Letter,
    recipient: Recipient,
    sender: Sender,
    now: datetime,
    tried: Collection[Channel] = (),
) -> Reason:
    """The one reason for which a letter goes where it goes.

    What every regime shares, before its own rules: nothing is sent to who has died or
    closed, not on paper either (the register's word for it: Norway's KRR `SLETTET`, Digital
    Post's `recipient.is.closed`), and paper is sent where the sender asked for it. After
    them: what may only go digitally is never printed (KS SvarUT, `kunDigitalLevering`), but
    its sender is told.

    Args:
        letter: a row that check-in accepted.
        recipient: its recipient as the register has it now; a recipient that the
            register does not know has a profile without facts.
        sender: the batch's copy of the sender.
        now: the time of the decision.
        tried: mailboxes that have confirmed that they refuse this letter.
    """
    unseen = decide_unseen(letter, sender, now)
    if unseen is not None:
        return unseen
    if recipient.closed:
        return Reason.RECIPIENT_CLOSED
    if letter.delivery == "paper":
        return Reason.SENDER_CHOSE_PAPER
    match sender.regime:
        case Regime.NO_PUBLIC:
            reason = _no_public(recipient, tried)
        case Regime.DK_PRIVATE:
            reason = _dk_private(recipient, sender, tried)
        case Regime.DK_PUBLIC:
            reason = _dk_public(recipient, tried)
    if reason.way is Way.PRINT and letter.delivery == "digital_only":
        return Reason.NO_DIGITAL_WAY
    return reason


def decide_due(  # noqa: PLR0913, PLR0917 - the letter, what stands for it, and what was tried
    letter: Letter,
    state: LetterState,
    recipient: Recipient,
    sender: Sender,
    now: datetime,
    tried: Collection[Channel] = (),
) -> Reason:
    """What becomes of a letter whose time has come, with its recipient as the register has it now.

    A letter that waited for its date is decided as any other. A held one goes to the mailbox
    that its recipient has got meanwhile; else its hold ends as the sender chose. One that lies
    unopened in its mailbox, or of which nobody could be told, goes on paper, but never to who
    has died or closed meanwhile.

    Raises:
        ValueError: nothing falls due for a letter of this status.
    """
    match state.status:
        case Status.WAITING:
            return decide(letter, recipient, sender, now, tried)
        case Status.HELD:
            reason = decide(letter, recipient, sender, now, tried)
            return reason if reason.way is not Way.HELD else _hold_ended(letter, sender)
        case Status.DELIVERED | Status.NOTICE_FAILED if recipient.closed:
            return Reason.RECIPIENT_CLOSED
        case Status.DELIVERED:
            return Reason.UNOPENED_IN_ALTINN
        case Status.NOTICE_FAILED:
            return Reason.NOTICES_FAILED
        case other:
            raise ValueError(f"nothing falls due for a letter that is {other}")


def decide_for_paper(  # noqa: PLR0913, PLR0917 - the letter, what stands for it, and what was tried
    letter: Letter,
    reason: Reason,
    recipient: Recipient,
    sender: Sender,
    now: datetime,
    tried: Collection[Channel] = (),
) -> Reason:
    """What becomes of a letter that is for paper and not claimed for it yet: the same reason where it stays so.

    One that was never in a mailbox goes to the one that its recipient has got meanwhile. One
    that lies in a mailbox is stopped where its recipient has died or closed, and goes nowhere else.

    Args:
        letter: the letter.
        reason: for which it goes on paper.
        recipient: as the register has it now.
        sender: the batch's copy of the sender.
        now: the time of the decision.
        tried: mailboxes that have confirmed that they refuse this letter.
    """
    if recipient.closed:
        return Reason.RECIPIENT_CLOSED
    if not is_rescued(reason):
        return reason
    again = decide(letter, recipient, sender, now, tried)
    return reason if again.way in _STAYS_ON_PAPER else again


def decide_stored(  # noqa: PLR0913, PLR0917 - the letter, what stands for it, and what was tried
    letter: Letter,
    reason: Reason,
    recipient: Recipient,
    sender: Sender,
    now: datetime,
    tried: Collection[Channel] = (),
) -> Reason:
    """What a changed profile makes of a letter that is stored with its recipient: the same reason where nothing.

    Args:
        letter: the letter.
        reason: for which it is held, or for paper.
        recipient: as the register has it now.
        sender: the batch's copy of the sender.
        now: the time of the decision.
        tried: mailboxes that have confirmed that they refuse this letter.
    """
    if reason.way is Way.PRINT:
        return decide_for_paper(letter, reason, recipient, sender, now, tried)
    again = decide(letter, recipient, sender, now, tried)
    return reason if again.way is Way.HELD else again


#: The letter lies in a mailbox already, where only its recipient can still turn it from paper.
_IN_A_MAILBOX: Final = frozenset({Reason.UNOPENED_IN_ALTINN, Reason.NOTICES_FAILED})

#: Paper for another reason is paper all the same, and who had the hold ended does not want it again.
_STAYS_ON_PAPER: Final = frozenset({Way.PRINT, Way.HELD})


def is_rescued(reason: Reason) -> bool:
    """Whether a letter that is for paper for this reason can still go to a mailbox: it was never in one."""
    return reason.way is Way.PRINT and reason not in _IN_A_MAILBOX


def is_stored(letter: Letter, reason: Reason) -> bool:
    """Whether a letter is stored with its recipient, as it waits for a change of their profile.

    One that has only an address waits for nobody.
    """
    return bool(letter.recipient) and (reason.way is Way.HELD or is_rescued(reason))


def is_let_go(letter: Letter, before: Reason | None, reason: Reason) -> bool:
    """Whether a decision ends that a letter is stored with its recipient.

    Args:
        letter: the letter.
        before: what stood before it; None for a letter that was not sorted.
        reason: of the decision.
    """
    return before is not None and is_stored(letter, before) and not is_stored(letter, reason)


def _hold_ended(letter: Letter, sender: Sender) -> Reason:
    may_print = letter.address is not None and letter.delivery != "digital_only"
    return Reason.HOLD_ENDED_TO_PAPER if sender.settings.fallback == "print" and may_print else Reason.HOLD_ENDED


def _no_public(recipient: Recipient, tried: Collection[Channel]) -> Reason:
    """Where SvarUT sends: the mailbox that the citizen chose, else Altinn.

    Persons may opt out of digital post and get paper, organisations may not
    (eForvaltningsforskriften § 9). Who chose Digipost or e-Boks gets no paper besides; what
    stays unopened in Altinn is printed too, and so are letters to organisations. What the
    chosen mailbox refuses goes to Altinn, and what Altinn refuses on paper.

    Source: KS, "SvarUt: manuell print" (ksdif.no/hjelp/manuell-print) and SvarUT's list of
    changes (github.com/ks-no/ks-no.github.io, content/svarut/endringer.md); Melhus kommune,
    "Digital mailbox for citizens" (3 March 2016).
    """
    if recipient.kind is Kind.PERSON and recipient.opted_out:
        return Reason.OPTED_OUT
    if Channel.ALTINN in tried:
        return Reason.PAPER_AFTER_REFUSAL
    if recipient.kind is Kind.ORGANISATION:
        return Reason.ORGANISATION_IN_ALTINN
    if recipient.chosen in tried:
        return Reason.ALTINN_AFTER_REFUSAL
    return _CHOSEN.get(recipient.chosen or Channel.ALTINN, Reason.ALTINN_BY_DEFAULT)


#: Who chose a mailbox gets it there; who chose none, or Altinn, gets it in Altinn.
_CHOSEN = {Channel.DIGIPOST: Reason.CHOSE_DIGIPOST, Channel.EBOKS: Reason.CHOSE_EBOKS}


def _dk_private(recipient: Recipient, sender: Sender, tried: Collection[Channel]) -> Reason:
    """e-Boks as the sender's standard solution: delivered to users, held for all others.

    A letter to who is no user is stored for the sender, who stays its data controller,
    until the recipient becomes one. Who declined the sender gets what the sender chose for
    that: paper, or nothing from here (consent can be withdrawn: GDPR art. 7(3)).

    Source: e-Boks, "Opnå fordele med automatisk kommunikation via e-Boks" (21 June 2018).
    """
    if sender.id in recipient.declined:
        return Reason.DECLINED_TO_PAPER if sender.settings.fallback == "print" else Reason.DECLINED_TO_SENDER
    if Channel.EBOKS in tried:
        return Reason.HELD_AFTER_REFUSAL
    return Reason.REGISTERED_IN_EBOKS if Channel.EBOKS in recipient.mailboxes else Reason.HELD_FOR_SENDER


def _dk_public(recipient: Recipient, tried: Collection[Channel]) -> Reason:
    """Digital Post is mandatory, unless the recipient is exempt or outside the scheme, who get paper.

    What is available there has arrived (§ 10), so nothing follows on paper; what Digital
    Post refuses is the sender's to send otherwise.

    Source: Lov om Digital Post fra offentlige afsendere, §§ 3-5 and 10.
    """
    if recipient.exempt:
        return Reason.EXEMPT
    if Channel.DIGITAL_POST not in recipient.mailboxes:
        return Reason.OUTSIDE_SCHEME
    return Reason.REFUSED_BY_DIGITAL_POST if Channel.DIGITAL_POST in tried else Reason.MANDATORY_DIGITAL_POST
