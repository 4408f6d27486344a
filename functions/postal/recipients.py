"""Recipients: persons and organisations, named by `scheme:value`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from postal.channels import Channel
from postal.notices import Unusable, email_to_send_to, mobile_to_send_to

#: Contact data may be used for notices for 18 months after it was last verified
#: (Norway: eForvaltningsforskriften § 8 and § 29).
FRESH_FOR = timedelta(days=548)

#: The schemes that name organisations; the others name persons.
ORGANISATION_SCHEMES = frozenset({"no-orgnr", "dk-cvr"})


class Kind(StrEnum):
    """What a recipient is."""

    PERSON = "person"
    ORGANISATION = "organisation"


def kind_of(recipient_id: str) -> Kind:
    """Person or organisation, as the scheme of `scheme:value` tells."""
    return Kind.ORGANISATION if recipient_id.partition(":")[0] in ORGANISATION_SCHEMES else Kind.PERSON


class Contact(Struct, frozen=True, kw_only=True):
    """Where a recipient can be told of a letter, each with when it was last verified."""

    mobile: str = ""
    mobile_verified_at: datetime | None = None
    email: str = ""
    email_verified_at: datetime | None = None

    def fresh_mobile(self, now: datetime) -> str:
        """The mobile number (E.164), or empty where there is none that is fresh."""
        return self.mobile if _is_fresh(self.mobile_verified_at, now) else ""

    def fresh_email(self, now: datetime) -> str:
        """The e-mail address, or empty where there is none that is fresh."""
        return self.email if _is_fresh(self.email_verified_at, now) else ""


def _is_fresh(verified_at: datetime | None, now: datetime) -> bool:
    return verified_at is not None and now - verified_at <= FRESH_FOR


class Recipient(Struct, frozen=True, kw_only=True):
    """What the register knows of a recipient: the profile item.

    Attributes:
        id: `scheme:value`.
        mailboxes: the mailboxes in which the recipient is registered.
        chosen: the mailbox that the recipient chose, if any.
        closed: dead, dissolved or closed: nothing is sent any more.
        enrolled: senders that have enrolled the recipient.
        declined: senders that the recipient has declined.
        unusable: e-mail addresses, in small letters, to which no notices go, whatever the register says of them.
    """

    id: str
    mailboxes: frozenset[Channel] = frozenset()
    chosen: Channel | None = None
    opted_out: bool = False
    exempt: bool = False
    closed: bool = False
    contact: Contact = Contact()
    language: str = ""
    enrolled: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    unusable: Mapping[str, Unusable] = {}

    @property
    def kind(self) -> Kind:
        """Person or organisation."""
        return kind_of(self.id)

    def email_for_notices(self, now: datetime) -> str:
        """The e-mail address to which notices go, or empty where there is none that is fresh and can be sent to.

        One that came back is used again once it is verified later than that; one whose owner
        complained is not.
        """
        email, verified_at = email_to_send_to(self.contact.fresh_email(now)), self.contact.email_verified_at
        reason = self.unusable.get(email.lower())
        if reason is None or verified_at is None:
            return email
        return "" if reason.is_complaint or verified_at <= reason.at else email

    def mobile_for_notices(self, now: datetime) -> str:
        """The mobile number to which notices go, or empty where there is none that is fresh and can be dialled."""
        return mobile_to_send_to(self.contact.fresh_mobile(now))


class Enrolment(Struct, frozen=True, kw_only=True):
    """The evidence on which a sender enrolled a recipient (GDPR art. 7(1)).

    Attributes:
        terms: id of the sender's terms.
        document_sha256: hash of the document that the recipient saw.
        consent_at: when the recipient accepted, as `postal.times` writes it.
        ground: the first letter's id, or the enrolment file's name.
    """

    recipient: str
    sender: str
    terms: str
    document_sha256: str
    consent_at: str
    ground: str


class Disclosure(Struct, frozen=True, kw_only=True):
    """What a sender learnt of a recipient.

    Attributes:
        at: when, as `postal.times` writes it.
        code: the public code that the sender sees.
        letter_id: of which letter.
        ground: id of the terms to which the recipient consented.
    """

    recipient: str
    sender: str
    at: str
    code: str
    letter_id: str
    ground: str
