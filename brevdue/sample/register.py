"""What the register knows of the sample's recipients."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from brevdue.sample import numbers
from brevdue.sample.draws import Draws
from brevdue.sample.people import Recipient
from brevdue.sample.senders import INSURER
from postal import keys
from postal.channels import Channel
from postal.recipients import FRESH_FOR, kind_of
from postal.times import to_text

Profile = Mapping[str, object]

_MONTH: Final = timedelta(days=30)

#: What a Norwegian chose, in percent; nothing means Altinn.
_NO_CHOICES: Final = (("closed", 1), ("opted_out", 5), (Channel.DIGIPOST, 36), (Channel.EBOKS, 16), ("", 42))
#: How a Dane stands to e-Boks, in percent; some of those who are not registered have no profile at all.
_DK_CHOICES: Final = (("closed", 1), ("declined", 3), (Channel.EBOKS, 71), ("", 12), ("unknown", 13))


def norwegian_profile(seed: int, recipient: Recipient, now: datetime) -> Profile:
    """The profile item of a Norwegian, whose facts are as fresh as `now` makes them."""
    chance = Draws(seed, "register", recipient.id)
    drawn = chance.weighted(_NO_CHOICES)
    # An organisation chooses nothing and cannot opt out.
    choice = drawn if recipient.id.startswith("no-fnr:") or drawn == "closed" else ""
    chosen = choice.value if isinstance(choice, Channel) else None
    return {
        **_about(recipient, _contact(chance, recipient, now, "47", "post.example")),
        "mailboxes": [Channel.ALTINN.value, *([chosen] if chosen else [])],
        "chosen": chosen,
        "opted_out": choice == "opted_out",
        "closed": choice == "closed",
    }


def danish_profile(seed: int, recipient: Recipient, now: datetime) -> Profile | None:
    """The profile item of a Dane; None for one whom the register does not know."""
    chance = Draws(seed, "register", recipient.id)
    choice = chance.weighted(_DK_CHOICES)
    if choice == "unknown":
        return None
    return {
        **_about(recipient, _contact(chance, recipient, now, "45", "mail.example")),
        "mailboxes": [Channel.EBOKS.value] if choice in {Channel.EBOKS, "declined"} else [],
        "declined": [INSURER.id] if choice == "declined" else [],
        "closed": choice == "closed",
    }


def _about(recipient: Recipient, contact: Mapping[str, str]) -> dict[str, object]:
    return {
        "pk": recipient.id,
        "sk": keys.PROFILE_SK,
        "kind": kind_of(recipient.id).value,
        "contact": dict(contact),
        "language": recipient.language,
    }


def _contact(chance: Draws, recipient: Recipient, now: datetime, calling_code: str, domain: str) -> dict[str, str]:
    """Most have both, some one of them, a few nothing; and of some it was last verified too long ago."""
    contact: dict[str, str] = {}
    if chance.share() < 0.9:  # noqa: PLR2004 - a share
        contact["mobile"] = numbers.mobile(calling_code, recipient.index)
        contact["mobile_verified_at"] = _verified(chance, now)
    if chance.share() < 0.8:  # noqa: PLR2004 - a share
        contact["email"] = numbers.email(recipient.name, recipient.index, domain)
        contact["email_verified_at"] = _verified(chance, now)
    return contact


def _verified(chance: Draws, now: datetime) -> str:
    age = chance.share() * 17 * _MONTH
    if chance.share() < 0.08:  # noqa: PLR2004 - a share
        age += FRESH_FOR
    return to_text(now - age)
