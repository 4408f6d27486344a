"""What SES and AWS End User Messaging tell of a notice later, as EventBridge brings it.

Sources: SES Developer Guide, "Contents of event data that Amazon SES publishes"; AWS End User
Messaging SMS User Guide, "Event types for SMS, MMS, and voice". Fields that are not named here
come and go.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from postal import notices
from postal.notices import NoticePointer, Unusable

_Time = Annotated[datetime, Meta(tz=True)]

_EMAIL: Final = "aws.ses"
_SMS: Final = "aws.sms-voice"

#: An e-mail that never left: a virus, or words that could not be filled in.
_NEVER_LEFT: Final = frozenset({"Reject", "Rendering Failure"})
#: SES did not even try, for the address had complained before.
_SUPPRESSED: Final = "OnAccountSuppressionList"

#: The SMS did not arrive and will not. A message that came too late for its time to live is one
#: of them: nobody tries it again. TEXT_UNKNOWN is none: AWS says it after 72 hours without a
#: word from the carrier, of messages that arrived, too.
SMS_FAILED: Final = frozenset(
    {"TEXT_INVALID", "TEXT_INVALID_MESSAGE", "TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_BLOCKED",
     "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_TTL_EXPIRED", "TEXT_PROTECT_BLOCKED"}
)  # fmt: skip


class NoticeNews(Struct, frozen=True, kw_only=True):
    """What was heard of a notice.

    Attributes:
        has_failed: it did not arrive, and will not.
        unusable: why notices go no more to the addresses named with it; None where they do.
    """

    pointer: NoticePointer
    has_failed: bool
    addresses: tuple[str, ...] = ()
    unusable: Unusable | None = None


class _Address(Struct, frozen=True, rename="camel"):
    email_address: str


class _Bounce(Struct, frozen=True, rename="camel"):
    bounce_type: str
    timestamp: _Time
    bounced_recipients: tuple[_Address, ...] = ()


class _Complaint(Struct, frozen=True, rename="camel"):
    timestamp: _Time
    complaint_sub_type: str | None = None
    complained_recipients: tuple[_Address, ...] = ()


class _Mail(Struct, frozen=True):
    destination: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = {}


class _Detail(Struct, frozen=True, rename="camel"):
    event_type: str = ""
    mail: _Mail = _Mail()
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    is_final: bool = False
    context: Mapping[str, str] = {}


class _Event(Struct, frozen=True):
    source: str = ""
    detail: _Detail = _Detail()


_DECODER: Final = msgspec.json.Decoder(_Event)


def decode(body: str) -> NoticeNews | None:
    """What an event says of a notice; None where it speaks of none of ours.

    Raises:
        msgspec.DecodeError: it is no event of these services.
    """
    event = _DECODER.decode(body)
    match event.source:
        case str(source) if source == _EMAIL:
            words = event.detail.mail.tags.get("letter", ())
            pointer = notices.decode(words[0]) if words else None
            return None if pointer is None else _of_email(pointer, event.detail)
        case str(source) if source == _SMS:
            pointer = notices.decode(event.detail.context.get("letter", ""))
            failed = event.detail.is_final and event.detail.event_type in SMS_FAILED
            return None if pointer is None else NoticeNews(pointer=pointer, has_failed=failed)
        case _:
            return None


def is_event(body: str) -> bool:
    """Whether a body came from EventBridge."""
    try:
        return bool(_DECODER.decode(body).source)
    except msgspec.DecodeError:
        return False


def _of_email(pointer: NoticePointer, detail: _Detail) -> NoticeNews:
    bounce, complaint = detail.bounce, detail.complaint
    if bounce is not None and bounce.bounce_type == "Permanent":
        return NoticeNews(
            pointer=pointer,
            has_failed=True,
            addresses=_sent_to(detail.mail, bounce.bounced_recipients),
            unusable=Unusable(at=bounce.timestamp, is_complaint=False),
        )
    if complaint is not None:
        return NoticeNews(
            pointer=pointer,
            has_failed=complaint.complaint_sub_type == _SUPPRESSED,
            addresses=_sent_to(detail.mail, complaint.complained_recipients),
            unusable=Unusable(at=complaint.timestamp, is_complaint=True),
        )
    return NoticeNews(pointer=pointer, has_failed=detail.event_type in _NEVER_LEFT)


def _sent_to(mail: _Mail, named: tuple[_Address, ...]) -> tuple[str, ...]:
    """The addresses that are named, as far as we wrote to them; another is one to which ours was forwarded."""
    ours = {address.lower() for address in mail.destination}
    found = sorted({one.email_address.lower() for one in named} & ours)
    return tuple(found or sorted(ours))
