"""Sorting: pure functions from a letter and its recipient to a reason."""

from collections.abc import Collection
from datetime import datetime

from postal.channels import Channel
from postal.letters import Letter
from postal.reasons import Reason, Way
from postal.recipients import Kind, Recipient
from postal.senders import Regime, Sender
from postal.times import from_text


def decide_unseen(letter: Letter, sender: Sender, now: datetime) -> Reason | None:
    """What can be decided before the recipient is looked up; None where a look-up is due.

    A sender learns nothing about a recipient for whom it has no documented
    consent, so such rows end here, for members and non-members alike
    (GDPR art. 5(1)(c) and 7(1)).
    """
    if sender.regime is Regime.DK_PRIVATE and letter.recipient and not consent_is_evidenced(letter, sender, now):
        return Reason.CONSENT_NOT_EVIDENCED
    if letter.deliver_after and from_text(letter.deliver_after) > now:
        return Reason.DELIVER_LATER
    if sender.regime is Regime.NO_PUBLIC and letter.delivery == "paper":
        return Reason.SENDER_CHOSE_PAPER
    if not letter.recipient:
        return Reason.NO_DIGITAL_ID
    return None


def consent_is_evidenced(letter: Letter, sender: Sender, now: datetime) -> bool:
    """Whether the row names terms of the sender and a time at which they could be accepted.

    The controller must be able to demonstrate consent (GDPR art. 7(1)): the terms
    are in the sender's settings, had taken effect when they were accepted, and
    that is not in the future.
    """
    terms = sender.terms_with_id(letter.consent) if letter.consent else None
    if terms is None or not letter.consent_at:
        return False
    return terms.valid_from <= from_text(letter.consent_at) <= now


def decide(
    letter: Letter,
    recipient: Recipient,
    sender: Sender,
    now: datetime,
    tried: Collection[Channel] = (),
) -> Reason:
    """The one reason for which a letter goes where it goes.

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


def _no_public(recipient: Recipient, tried: Collection[Channel]) -> Reason:
    """Where SvarUT sends: KS, "SvarUt: manuell print", and Digital mailbox for citizens.

    Persons may opt out, organisations may not (eForvaltningsforskriften § 9).
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
    """e-Boks as the sender's standard solution: delivered to users, held for all others."""
    if sender.id in recipient.declined:
        return Reason.DECLINED_TO_PAPER if sender.settings.fallback == "print" else Reason.DECLINED_TO_SENDER
    if Channel.EBOKS in tried:
        return Reason.HELD_AFTER_REFUSAL
    return Reason.REGISTERED_IN_EBOKS if Channel.EBOKS in recipient.mailboxes else Reason.HELD_FOR_SENDER


def _dk_public(recipient: Recipient, tried: Collection[Channel]) -> Reason:
    """Lov om Digital Post fra offentlige afsendere: mandatory unless exempt (§§ 3-5)."""
    if recipient.exempt:
        return Reason.EXEMPT
    if Channel.DIGITAL_POST not in recipient.mailboxes:
        return Reason.OUTSIDE_SCHEME
    return Reason.REFUSED_BY_DIGITAL_POST if Channel.DIGITAL_POST in tried else Reason.MANDATORY_DIGITAL_POST
