"""What a proof says: the payload of the signed file, as JSON."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from postal.senders import Country, Language, Regime
from postal.status import Status

Disclosure = Literal["coded", "neutral"]


class ProvenSender(Struct, frozen=True, kw_only=True):
    """Who sent the letter, under which set of rules; `disclosure` as the sender had set it for the batch."""

    id: str
    name: str
    regime: Regime
    disclosure: Disclosure


class ProvenFile(Struct, frozen=True, kw_only=True):
    """A document of the letter, the main one first.

    Attributes:
        path: under the batch's `documents/`.
        sha256: of the version that was sent; empty where that is not stored any more.
        version: S3 version id.
    """

    path: str
    sha256: str
    bytes: int
    version: str


class ProvenManifest(Struct, frozen=True, kw_only=True):
    """The list in which the letter was sent.

    Attributes:
        row: the letter's own, counted from 1 without the header.
        rows: all of the list.
    """

    name: str
    sha256: str
    version: str
    row: int
    rows: int
    accepted_at: str


class ProvenConsent(Struct, frozen=True, kw_only=True):
    """What the sender stated of the recipient's consent (GDPR art. 7(1)).

    Attributes:
        terms: their id.
        document_sha256, valid_from: of the terms, as the sender's settings had them when the batch was accepted;
            empty where they had none of that id.
        accepted_at: when the recipient accepted them, according to the sender.
    """

    terms: str
    document_sha256: str
    valid_from: str
    accepted_at: str


class ProvenStatus(Struct, frozen=True, kw_only=True):
    """A status that the letter has had.

    Attributes:
        at: since when; empty where that is not stored.
        noted_at: when the post office noted it, where that was another time; empty where not, or not told.
        until: until when what the letter waits for comes by itself; empty where that is not certain.
        code, channel, controller, text: as in a receipt list.
        rules_version: of the rules by which that was decided; None where no rule decided it, 0 where the version
            was not kept.
    """

    at: str
    noted_at: str
    until: str
    status: Status
    code: str
    channel: str
    controller: str
    text: str
    rules_version: int | None


class ProvenConfirmation(Struct, frozen=True, kw_only=True):
    """What a mailbox or a printer has confirmed of the letter.

    Attributes:
        status: `delivered`, `opened`, `printed` or `returned`.
        channel: who has: the mailbox, or `print`.
    """

    at: str
    status: Status
    channel: str


class ProvenDay(Struct, frozen=True, kw_only=True):
    """A day that did not count, or not whole; `date` as ISO 8601 writes it."""

    date: str
    why: str


class ProvenCalendar(Struct, frozen=True, kw_only=True):
    """The calendar by which the time to open the letter was counted.

    Attributes:
        zone: whose clock.
        holidays: the package, with its version, that knows the country's public holidays.
        text: the rule in words.
        begins_at, ends_at: the time to open it.
        hours: of working days, between these.
    """

    country: Country
    zone: str
    holidays: str
    hours: int
    begins_at: str
    ends_at: str
    text: str
    not_counted: tuple[ProvenDay, ...]


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed beside the payload, and says by whom; `kid` is shown before it is checked."""

    alg: Literal["ES256"]
    typ: Literal["brevdue-proof"]
    cty: Literal["json"]
    kid: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$")]


class Proof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is signed of one letter. Times are ISO 8601 in the sender's zone, with their offset.

    Attributes:
        format: of this payload.
        release: of Brevdue, by which it was made.
        issuer: who runs the post office.
        letter: its id.
        language: of all texts.
        disclosure: of this proof: `neutral` leaves out what neutral receipts hide, see `docs/disclosure.md`.
        title, recipient, address: as the sender's row states them; the address where the letter went on paper.
        statuses: every one, in the order in which they became known.
        confirmed: by others than the post office, in the order of their times.
        calendar: None where no rule counted working days.
    """

    format: Literal[1]
    release: str
    issuer: str
    letter: str
    made_at: str
    language: Language
    disclosure: Disclosure
    sender: ProvenSender
    reference: str
    title: str
    recipient: str
    address: tuple[str, ...]
    documents: tuple[ProvenFile, ...]
    manifest: ProvenManifest
    consent: ProvenConsent | None
    statuses: tuple[ProvenStatus, ...]
    confirmed: tuple[ProvenConfirmation, ...]
    calendar: ProvenCalendar | None


def encode(proof: Proof) -> bytes:
    """The payload."""
    return msgspec.json.encode(proof)


def decode(payload: bytes) -> Proof:
    """What `encode` wrote.

    Raises:
        msgspec.ValidationError: it is none of this form.
        msgspec.DecodeError: it is no JSON.
    """
    return msgspec.json.decode(payload, type=Proof)
