"""What follows from a customer's consent: the enrolment it is evidence for, and what a sender learns by it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from postal.letters import Letter, letter_id
from postal.reasons import Reason
from postal.recipients import Disclosure, Enrolment
from postal.senders import Regime, Sender
from postal.times import to_text

#: Reasons that are given without a look at the recipient, and so tell nothing of one.
UNSEEN: Final = frozenset(
    {
        Reason.ROW_REFUSED,
        Reason.CONSENT_NOT_EVIDENCED,
        Reason.DELIVER_LATER,
        Reason.NO_DIGITAL_ID,
    }
)


def enrolment(letter: Letter, batch: str, sender: Sender) -> Enrolment | None:
    """The evidence that a delivered letter gives of its recipient's consent (GDPR art. 7(1)); None without any."""
    terms = sender.terms_with_id(letter.consent)
    if terms is None:
        return None
    return Enrolment(
        recipient=letter.recipient,
        sender=sender.id,
        terms=terms.id,
        document_sha256=terms.document_sha256,
        consent_at=letter.consent_at,
        ground=letter_id(sender.id, batch, letter.row),
    )


def disclosures(decided: Iterable[tuple[Letter, Reason, datetime]], batch: str, sender: Sender) -> Iterable[Disclosure]:
    """What a private sender learns of recipients by the codes of its receipt list.

    A sender with neutral receipts learns nothing by them, and a public one asks by law.
    """
    if sender.regime is not Regime.DK_PRIVATE or sender.is_neutral:
        return
    for letter, reason, at in decided:
        if letter.recipient and reason not in UNSEEN:
            yield Disclosure(
                recipient=letter.recipient,
                sender=sender.id,
                at=to_text(at),
                code=reason.code,
                letter_id=letter_id(sender.id, batch, letter.row),
                ground=letter.consent,
            )
