"""What the values of a row mean, once their shape is known to be right."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ingest.errors import Code, Problem
from postal import identifiers, times
from postal.identifiers import Flaw, Scheme

#: By the sender's country. What a bare number is follows from how many digits it has.
_BARE: Final = {
    "no": {11: Scheme.NO_FNR, 9: Scheme.NO_ORGNR},
    "dk": {10: Scheme.DK_CPR, 8: Scheme.DK_CVR},
}
_PERSONS: Final = {"no": Scheme.NO_FNR, "dk": Scheme.DK_CPR}
_EXAMPLES: Final = {"no": "no-orgnr:991825827", "dk": "dk-cvr:25674154"}
_SCHEMES: Final = {scheme.value: scheme for scheme in Scheme}

_SEPARATORS: Final = str.maketrans("", "", " -\u00a0")
_SCIENTIFIC: Final = re.compile(r"\d([.,]\d+)?E\+?\d{1,2}", re.IGNORECASE)
_FLAW_CODES: Final = {
    Flaw.LENGTH: Code.RECIPIENT_LENGTH,
    Flaw.BIRTH_DATE: Code.RECIPIENT_BIRTH_DATE,
    Flaw.CHECK_DIGITS: Code.RECIPIENT_CHECK_DIGITS,
}

_SPREADSHEET_DATE: Final = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](\d{2}|\d{4})([ T].*)?|\d{4}[./]\d{1,2}[./]\d{1,2}|\d{5}"
)
YEARS: Final = range(1900, 2200)
_DATE_LENGTH: Final = len("2026-12-31")
_TIME_PLACE: Final = _DATE_LENGTH + 1


def recipient_id(text: str, country: str) -> str | Problem:
    """`scheme:value` of a recipient as the sender wrote it, or what is wrong with it.

    Args:
        text: `scheme:value`, or the bare value; spaces and hyphens between digits do not count.
        country: of the sender, by which bare values are read: `no` or `dk`.
    """
    before, colon, value = text.rpartition(":")
    scheme = _SCHEMES.get(before.strip().lower()) if colon else None
    if colon and scheme is None:
        return Problem(Code.RECIPIENT_SCHEME_UNKNOWN, "recipient", {"choices": ", ".join(Scheme)})
    digits = value if value.isdigit() else value.translate(_SEPARATORS)
    if digits[:2].upper() == "DK" and scheme in {None, Scheme.DK_CVR}:
        # CVR numbers are often written as VAT numbers are.
        scheme, digits = Scheme.DK_CVR, digits[2:]
    if not (digits.isascii() and digits.isdigit()):
        if _SCIENTIFIC.fullmatch(value.strip()):
            return Problem(Code.SCIENTIFIC_NOTATION, "recipient")
        return Problem(Code.RECIPIENT_UNREADABLE, "recipient", {"example": _EXAMPLES[country]})
    scheme = scheme or _BARE[country].get(len(digits)) or _PERSONS[country]
    flaw = identifiers.flaw(scheme, digits)
    if flaw is None:
        return f"{scheme.value}:{digits}"
    is_person = scheme in {Scheme.NO_FNR, Scheme.DK_CPR}
    if flaw is Flaw.LENGTH and is_person and identifiers.flaw(scheme, f"0{digits}") is None:
        return Problem(Code.LEADING_ZERO_LOST, "recipient")
    facts = {"found": len(digits), "expected": identifiers.length(scheme)}
    return Problem(_FLAW_CODES[flaw], "recipient", facts)


def is_identifier(text: str, country: str) -> bool:
    """Whether a text is a well-formed identifier, so that it may have strayed into the wrong column."""
    return isinstance(recipient_id(text, country), str)


@lru_cache(maxsize=4096)
def moment(text: str, zone: ZoneInfo) -> str | Code:
    """A date or time as `postal.times` writes it, or what is wrong with it.

    Args:
        text: an ISO 8601 date, which means its first moment in the zone, or time with zone.
        zone: the sender's.
    """
    try:
        if len(text) == _DATE_LENGTH:
            day = datetime.combine(date.fromisoformat(text), time(), zone)
            return _normal(day)
        # Some write a space before the offset.
        parsed = datetime.fromisoformat(text[:_TIME_PLACE] + text[_TIME_PLACE:].replace(" ", ""))
        return _normal(parsed) if parsed.tzinfo else Code.TIME_WITHOUT_ZONE
    except (ValueError, OverflowError):
        return Code.SPREADSHEET_DATE if _SPREADSHEET_DATE.fullmatch(text) else Code.TIME_UNREADABLE


def _normal(parsed: datetime) -> str:
    if parsed.year not in YEARS:
        raise ValueError("a year in which no letter is sent")
    return times.to_text(parsed)
