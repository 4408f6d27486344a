"""What the register was told of the sample's recipients until now, as events."""

from datetime import datetime, timedelta
from typing import Final

from brevdue.sample import numbers
from brevdue.sample.draws import Draws
from brevdue.sample.people import Recipient
from brevdue.sample.senders import INSURER
from postal.channels import Channel
from postal.recipients import FRESH_FOR, Kind, kind_of
from postal.register import (
    Closed,
    ContactChanged,
    Event,
    Exempted,
    MailboxChosen,
    OptedOut,
    Registered,
    SenderDeclined,
)

_MONTH: Final = timedelta(days=30)
_YEAR: Final = timedelta(days=365)

#: What a Norwegian chose, in percent; nothing means Altinn.
_NO_CHOICES: Final = (("closed", 1), ("opted_out", 5), (Channel.DIGIPOST, 36), (Channel.EBOKS, 16), ("", 42))
#: How a Dane stands to e-Boks, in percent; some of those who are not registered have no profile at all.
_DK_CHOICES: Final = (("closed", 1), ("declined", 3), (Channel.EBOKS, 71), ("", 12), ("unknown", 13))
#: How a Dane stands to Digital Post, in percent; some of those who are outside have no profile at all.
_DK_PUBLIC_CHOICES: Final = (("closed", 2), ("exempt", 8), ("", 2), ("unknown", 3), (Channel.DIGITAL_POST, 85))


def events_of_norwegian(seed: int, recipient: Recipient, now: datetime) -> list[Event]:
    """The events of a Norwegian, whose contact data are as fresh as `now` makes them."""
    chance = Draws(seed, "register", recipient.id)
    choice = chance.weighted(_NO_CHOICES)
    events = _contact(chance, recipient, now, "47", "post.example")
    at = _some_time(chance, now)
    events.append(Registered(recipient=recipient.id, occurred_at=at, mailbox=Channel.ALTINN))
    if choice == "closed":
        events.append(Closed(recipient=recipient.id, occurred_at=at))
    elif kind_of(recipient.id) is Kind.ORGANISATION:
        # It chooses nothing and cannot opt out.
        return events
    elif choice == "opted_out":
        events.append(OptedOut(recipient=recipient.id, occurred_at=at))
    elif isinstance(choice, Channel):
        events.append(MailboxChosen(recipient=recipient.id, occurred_at=at, mailbox=choice))
    return events


def events_of_customer(seed: int, recipient: Recipient, now: datetime) -> list[Event]:
    """The events of a customer of the insurer; none for one whom the register does not know."""
    chance = Draws(seed, "register", recipient.id)
    choice = chance.weighted(_DK_CHOICES)
    if choice == "unknown":
        return []
    events = _contact(chance, recipient, now, "45", "mail.example")
    at = _some_time(chance, now)
    if choice == "closed":
        events.append(Closed(recipient=recipient.id, occurred_at=at))
    if choice in {Channel.EBOKS, "declined"}:
        events.append(Registered(recipient=recipient.id, occurred_at=at, mailbox=Channel.EBOKS))
    if choice == "declined":
        events.append(SenderDeclined(recipient=recipient.id, occurred_at=at, sender=INSURER.id))
    return events


def events_of_resident(seed: int, recipient: Recipient, now: datetime) -> list[Event]:
    """The events of somebody in the Danish municipality; none for one whom the register does not know."""
    chance = Draws(seed, "register", recipient.id)
    drawn = chance.weighted(_DK_PUBLIC_CHOICES)
    # Companies are in the scheme, until they are dissolved.
    is_person = kind_of(recipient.id) is Kind.PERSON
    choice = drawn if is_person or drawn == "closed" else Channel.DIGITAL_POST
    if choice == "unknown":
        return []
    events = _contact(chance, recipient, now, "45", "mail.example")
    at = _some_time(chance, now)
    if choice == "closed":
        events.append(Closed(recipient=recipient.id, occurred_at=at))
    elif choice == "exempt":
        events.append(Exempted(recipient=recipient.id, occurred_at=at))
    elif choice:
        events.append(Registered(recipient=recipient.id, occurred_at=at, mailbox=Channel.DIGITAL_POST))
    return events


def _contact(chance: Draws, recipient: Recipient, now: datetime, calling_code: str, domain: str) -> list[Event]:
    """Most have both, some one of them, a few nothing; and of some it was last verified too long ago."""
    events: list[Event] = []
    if chance.share() < 0.9:  # noqa: PLR2004 - a share
        mobile, at = numbers.mobile(calling_code, recipient.index), _verified(chance, now)
    else:
        mobile, at = None, _some_time(chance, now)
    events.append(ContactChanged(recipient=recipient.id, occurred_at=at, mobile=mobile, language=recipient.language))
    if chance.share() < 0.8:  # noqa: PLR2004 - a share
        email = numbers.email(recipient.name, recipient.index, domain)
        events.append(ContactChanged(recipient=recipient.id, occurred_at=_verified(chance, now), email=email))
    return events


def _verified(chance: Draws, now: datetime) -> datetime:
    age = chance.share() * 17 * _MONTH
    if chance.share() < 0.08:  # noqa: PLR2004 - a share
        age += FRESH_FOR
    return _whole(now - age)


def _some_time(chance: Draws, now: datetime) -> datetime:
    """In the last years, but not in the last month."""
    return _whole(now - _MONTH - chance.share() * 4 * _YEAR)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
