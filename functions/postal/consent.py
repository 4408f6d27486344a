"""What follows from a customer's consent: the enrolment it is evidence for, and what a sender learns by it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from postal.letters import Letter, letter_id
from postal.reasons import Reason, Way
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


#: What a neutral list tells of a letter that did not go digitally, once it has come.
SENT_ON_PAPER: Final = "SENT_ON_PAPER"
NOT_SENT: Final = "NOT_SENT"

#: Ways at whose end the sender has to find another.
_UNSENT: Final = frozenset({Way.RETURNED_UNSENT, Way.REJECTED, Way.FAILED})

#: Letters, each with the reason for which it was decided, and when.
DecidedLetters = Iterable[tuple[Letter, Reason, datetime]]


def disclosures(decided: DecidedLetters, batch: str, sender: Sender) -> Iterator[Disclosure]:
    """What a private sender learns of recipients by the codes of its receipt list.

    By neutral receipts it learns that a letter was not sent, unless it ordered that itself. A public sender
    asks by law.
    """
    for letter, reason, at in decided:
        is_told = reason.way in _UNSENT and reason is not Reason.SENDER_ORDERED_RETURN
        code = reason.code if not sender.is_neutral else NOT_SENT if is_told else ""
        yield from _disclosure(letter, reason, at, code, batch, sender)


def disclosures_on_paper(printed: DecidedLetters, batch: str, sender: Sender) -> Iterator[Disclosure]:
    """What a private sender with neutral receipts learns by a letter's going on paper; any other was told before."""
    for letter, reason, at in printed:
        yield from _disclosure(letter, reason, at, SENT_ON_PAPER if sender.is_neutral else "", batch, sender)


def _disclosure(  # noqa: PLR0913, PLR0917 - the letter, what is told of it, and whose it is
    letter: Letter, reason: Reason, at: datetime, code: str, batch: str, sender: Sender
) -> Iterator[Disclosure]:
    if sender.regime is Regime.DK_PRIVATE and code and letter.recipient and reason not in UNSEEN:
        yield Disclosure(
            recipient=letter.recipient,
            sender=sender.id,
            at=to_text(at),
            code=code,
            letter_id=letter_id(sender.id, batch, letter.row),
            ground=letter.consent,
        )
