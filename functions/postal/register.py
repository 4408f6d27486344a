"""The register: what recipients and authorities say of recipients, in any order and more than once.

Each event states facts, and each fact has the time at which it came true. The
newest wins, fact by fact, so events in any order, repeated or late, end in the
same profile.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from postal import identifiers
from postal.channels import Channel
from postal.identifiers import Scheme
from postal.recipients import Contact, Kind, Recipient, kind_of
from postal.senders import SENDER_ID_PATTERN, Language
from postal.times import from_text, to_text

_SCHEMES: Final = frozenset(scheme.value for scheme in Scheme)

_FIRST_TIME: Final = datetime(1900, 1, 1, tzinfo=UTC)
#: So far another's clock, or its zone, may be off.
_CLOCKS_DIFFER: Final = timedelta(days=1)

#: A fact's value: whether something is so, or a word.
Value = bool | str

_Time = Annotated[datetime, Meta(tz=True)]


class Fact(Struct, frozen=True, kw_only=True):
    """What is so since when."""

    at: datetime
    value: Value


Facts = Mapping[str, Fact]


class _Event(Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Something that is said of a recipient.

    Attributes:
        recipient: `scheme:value`.
        occurred_at: when it came true, with zone; not when it was told.
    """

    recipient: str
    occurred_at: _Time


class Registered(_Event, frozen=True, kw_only=True, tag="registered"):
    """The recipient has a mailbox."""

    mailbox: Channel


class MailboxChosen(_Event, frozen=True, kw_only=True, tag="mailbox_chosen"):
    """The recipient wants post in a mailbox, and has it."""

    mailbox: Channel


class MailboxClosed(_Event, frozen=True, kw_only=True, tag="mailbox_closed"):
    """The recipient no longer has a mailbox."""

    mailbox: Channel


class OptedOut(_Event, frozen=True, kw_only=True, tag="opted_out"):
    """A person wants public post on paper (Norway: eForvaltningsforskriften § 9)."""


class OptedIn(_Event, frozen=True, kw_only=True, tag="opted_in"):
    """A person wants public post digitally again."""


class Exempted(_Event, frozen=True, kw_only=True, tag="exempted"):
    """The recipient is exempt from Digital Post (Denmark: Lov om Digital Post § 5)."""


class ExemptionEnded(_Event, frozen=True, kw_only=True, tag="exemption_ended"):
    """The recipient is no longer exempt from Digital Post."""


class ContactChanged(_Event, frozen=True, kw_only=True, tag="contact_changed"):
    """Where the recipient can be told of letters. What is None was not said; empty text removes.

    Attributes:
        mobile: E.164.
        verified_at: when what is said was last verified; by default when it came true.
    """

    mobile: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14})?$")] | None = None
    email: Annotated[str, Meta(pattern=r"^([^@\s]+@[^@\s]+)?$", max_length=254)] | None = None
    language: Language | None = None
    verified_at: _Time | None = None


class Closed(_Event, frozen=True, kw_only=True, tag="closed"):
    """The recipient has died, or was dissolved: no post any more."""


class Reopened(_Event, frozen=True, kw_only=True, tag="reopened"):
    """The recipient was closed by mistake."""


class SenderDeclined(_Event, frozen=True, kw_only=True, tag="sender_declined"):
    """The recipient does not want digital post from a sender."""

    sender: Annotated[str, Meta(pattern=SENDER_ID_PATTERN)]


class SenderAccepted(_Event, frozen=True, kw_only=True, tag="sender_accepted"):
    """The recipient takes back that it declined a sender."""

    sender: Annotated[str, Meta(pattern=SENDER_ID_PATTERN)]


Event = (
    Registered
    | MailboxChosen
    | MailboxClosed
    | OptedOut
    | OptedIn
    | Exempted
    | ExemptionEnded
    | ContactChanged
    | Closed
    | Reopened
    | SenderDeclined
    | SenderAccepted
)

_DECODER: Final = msgspec.json.Decoder(Event)
_ENCODER: Final = msgspec.json.Encoder()


class RegisterError(ValueError):
    """An event that can never be true. The message says why, without the recipient."""


def decode(body: str | bytes) -> Event:
    """The event of a JSON object.

    Raises:
        msgspec.DecodeError: it is none.
    """
    event: Event = _DECODER.decode(body)
    return event


def encode(event: Event) -> str:
    """The event as a JSON object."""
    return _ENCODER.encode(event).decode()


def check(event: Event, now: datetime) -> None:
    """Refuse what can never be true.

    Raises:
        RegisterError: the recipient's identifier is none, print is no mailbox, an organisation
            opts out (only persons may, eForvaltningsforskriften § 9), or it happened before there
            were registers or has not happened yet: a typo in a year would win over all later facts.
    """
    verified_at = event.verified_at if isinstance(event, ContactChanged) else None
    if any(not _FIRST_TIME <= time <= now + _CLOCKS_DIFFER for time in (event.occurred_at, verified_at) if time):
        raise RegisterError("the event has not happened yet, or too long ago")
    scheme, _, value = event.recipient.partition(":")
    if scheme not in _SCHEMES or identifiers.flaw(Scheme(scheme), value):
        raise RegisterError("the recipient is not a valid scheme:value")
    if isinstance(event, Registered | MailboxChosen | MailboxClosed) and event.mailbox is Channel.PRINT:
        raise RegisterError("print is no mailbox")
    if isinstance(event, OptedOut) and kind_of(event.recipient) is Kind.ORGANISATION:
        raise RegisterError("organisations cannot opt out of digital post")


def apply(facts: Facts, event: Event) -> Facts:
    """The facts after an event: the newest wins, fact by fact.

    Two that came true at the same time are told apart by their values, so that the order in
    which they are told does not matter.
    """
    stated = {name: Fact(at=event.occurred_at, value=value) for name, value in _stated(event)}
    news = {name: fact for name, fact in stated.items() if name not in facts or _rank(fact) > _rank(facts[name])}
    return {**facts, **news} if news else facts


def apply_all(facts: Facts, events: Iterable[Event]) -> Facts:
    """The facts after events, in whichever order."""
    return reduce(apply, events, facts)


def profile(recipient: str, facts: Facts, enrolled: frozenset[str] = frozenset()) -> Recipient:
    """The recipient of whom these facts are known.

    A chosen mailbox counts while the recipient has it.
    """

    def word(name: str) -> str:
        return str(facts[name].value) if name in facts else ""

    def contact(name: str) -> tuple[str, datetime | None]:
        where, _, verified_at = word(name).partition(" ")
        return where, from_text(verified_at) if where else None

    true = {name for name, fact in facts.items() if fact.value is True}
    mailboxes = frozenset(channel for channel in Channel if f"mailbox.{channel}" in true)
    chosen = Channel(word("chosen")) if word("chosen") else None
    (mobile, mobile_verified_at), (email, email_verified_at) = contact("mobile"), contact("email")
    declined = frozenset(name.partition(".")[2] for name in true if name.startswith("declined."))
    return Recipient(
        id=recipient,
        mailboxes=mailboxes,
        chosen=chosen if chosen in mailboxes else None,
        opted_out="opted_out" in true,
        exempt="exempt" in true,
        closed="closed" in true,
        contact=Contact(
            mobile=mobile,
            mobile_verified_at=mobile_verified_at,
            email=email,
            email_verified_at=email_verified_at,
        ),
        language=word("language"),
        enrolled=enrolled - declined,
        declined=declined,
    )


def _rank(fact: Fact) -> tuple[datetime, str]:
    return fact.at, str(fact.value)


def _stated(event: Event) -> list[tuple[str, Value]]:  # noqa: PLR0911 - one line an event
    """The facts that an event states, by name."""
    match event:
        case Registered(mailbox=mailbox):
            return [(f"mailbox.{mailbox}", True)]
        case MailboxChosen(mailbox=mailbox):
            return [(f"mailbox.{mailbox}", True), ("chosen", mailbox.value)]
        case MailboxClosed(mailbox=mailbox):
            return [(f"mailbox.{mailbox}", False)]
        case OptedOut() | OptedIn():
            return [("opted_out", isinstance(event, OptedOut))]
        case Exempted() | ExemptionEnded():
            return [("exempt", isinstance(event, Exempted))]
        case Closed() | Reopened():
            return [("closed", isinstance(event, Closed))]
        case SenderDeclined(sender=sender) | SenderAccepted(sender=sender):
            return [(f"declined.{sender}", isinstance(event, SenderDeclined))]
        case ContactChanged():
            return _contact(event)


def _contact(event: ContactChanged) -> list[tuple[str, Value]]:
    """Each way on its own, so that a fresh number does not make an old address fresh."""
    verified_at = to_text(event.verified_at or event.occurred_at)
    stated: list[tuple[str, Value]] = []
    if event.mobile is not None:
        stated.append(("mobile", f"{event.mobile} {verified_at}"))
    if event.email is not None:
        stated.append(("email", f"{event.email} {verified_at}"))
    if event.language is not None:
        stated.append(("language", event.language))
    return stated
