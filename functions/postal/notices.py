"""A notice of a letter: by which means it goes, and the pointer that what is heard of it later brings back.

A pointer travels as one word of `A-Z a-z 0-9 _ -`, for SES takes nothing else as the value
of a tag (SES API v2, `MessageTag`: at most 256 characters).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from postal import keys


class Means(StrEnum):
    """By what a recipient is told."""

    EMAIL = "email"
    SMS = "sms"


_LETTERS: Final[Mapping[Means, str]] = {Means.EMAIL: "e", Means.SMS: "s"}
_MEANS: Final[Mapping[str, Means]] = {letter: means for means, letter in _LETTERS.items()}
_REMINDER: Final = "r"
_FIELDS: Final = 7

#: What SES takes: a local part in ASCII that needs no quotes, for it does not do SMTPUTF8
#: (SES Developer Guide, "Email address format" of verified identities; RFC 5322, `dot-atom`;
#: RFC 5321, 4.5.3.1.1: at most 64).
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*"
#: RFC 1035, 2.3.1, as RFC 1123, 2.1 has it; a top-level domain has a letter (RFC 3696, 2).
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LEVEL: Final = r"(?=[0-9-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
_EMAIL: Final = re.compile(rf"{_LOCAL}@({_LABEL}\.)+{_TOP_LEVEL}")
_MOST_EMAIL: Final = 254
#: E.164 (ITU-T).
_MOBILE: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class NoticePointer(Struct, frozen=True, kw_only=True):
    """Which notice of which letter an e-mail or an SMS was.

    Attributes:
        attempt: of the letter that it spoke of.
        means: by which this one went.
        of: all means by which its recipient was to be told; so nobody has to keep, letter by
            letter, by what each was told.
        is_reminder: the recipient had been told before; that it fails says nothing of the letter.
    """

    sender: str
    batch: str
    row: int
    attempt: int
    means: Means
    of: frozenset[Means]
    is_reminder: bool = False


class Unusable(Struct, frozen=True, kw_only=True):
    """Why an e-mail address is not used any more.

    Attributes:
        at: when that happened.
        is_complaint: its owner called a notice spam; else an e-mail to it came back for good.
    """

    at: datetime
    is_complaint: bool


def encode(pointer: NoticePointer) -> str:
    """The pointer as one word."""
    fields = (
        pointer.sender,
        pointer.batch,
        str(pointer.row),
        str(pointer.attempt),
        _LETTERS[pointer.means],
        "".join(sorted(_LETTERS[means] for means in pointer.of)),
        _REMINDER if pointer.is_reminder else "",
    )
    return urlsafe_b64encode("/".join(fields).encode()).decode().rstrip("=")


def decode(word: str) -> NoticePointer | None:
    """The pointer that `encode` wrote; None where the word is none of ours."""
    try:
        fields = urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode().split("/")
    except ValueError:
        return None
    if len(fields) != _FIELDS:
        return None
    sender, batch, row, attempt, means, of, reminder = fields
    if not (keys.SENDER_ID.fullmatch(sender) and keys.BATCH_ID.fullmatch(batch)):
        return None
    if not (_is_number(row) and _is_number(attempt) and means in _MEANS and _MEANS.keys() >= set(of)):
        return None
    return NoticePointer(
        sender=sender,
        batch=batch,
        row=int(row),
        attempt=int(attempt),
        means=_MEANS[means],
        of=frozenset(_MEANS[letter] for letter in of),
        is_reminder=reminder == _REMINDER,
    )


def email_to_send_to(address: str) -> str:
    """An e-mail address as it is sent to, its domain in ASCII; empty where nothing can be sent there."""
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return ""
    plain = f"{local}@{ascii_domain}"
    return plain if len(plain) <= _MOST_EMAIL and _EMAIL.fullmatch(plain) else ""


def mobile_to_send_to(number: str) -> str:
    """A mobile number that can be dialled, or empty."""
    return number if _MOBILE.fullmatch(number) else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0
