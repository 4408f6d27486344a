"""Identifiers of recipients, checked as far as the number itself can tell.

A number that passes is well formed, no more: whether somebody has it, only the
register knows.
"""

from enum import StrEnum
from typing import Final

from stdnum.dk import cvr
from stdnum.no import fodselsnummer, orgnr

_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_LEAP_DAY: Final = 29

_FNR_K1_WEIGHTS: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
#: Remainders that the first check digit may leave: 0 by the rule in force, 0 to 3
#: for numbers issued from 1 January 2032. Both rules hold in parallel.
_FNR_K1_REMAINDERS: Final = frozenset({0, 1, 2, 3})


class Scheme(StrEnum):
    """Who names the recipient: the first part of `scheme:value`."""

    NO_FNR = "no-fnr"
    NO_ORGNR = "no-orgnr"
    DK_CPR = "dk-cpr"
    DK_CVR = "dk-cvr"


class Flaw(StrEnum):
    """Why a value is no identifier of its scheme."""

    LENGTH = "length"
    BIRTH_DATE = "birth_date"
    CHECK_DIGITS = "check_digits"


#: How many digits an identifier has.
LENGTHS: Final = {Scheme.NO_FNR: 11, Scheme.NO_ORGNR: 9, Scheme.DK_CPR: 10, Scheme.DK_CVR: 8}


def flaw(scheme: Scheme, value: str) -> Flaw | None:
    """What is wrong with a value, or None; only digits without separators pass."""
    if len(value) != LENGTHS[scheme] or not (value.isascii() and value.isdigit()):
        return Flaw.LENGTH
    match scheme:
        case Scheme.NO_FNR:
            return _fnr_flaw(value)
        case Scheme.NO_ORGNR:
            return _orgnr_flaw(value)
        case Scheme.DK_CPR:
            return _cpr_flaw(value)
        case Scheme.DK_CVR:
            return _cvr_flaw(value)


def _fnr_flaw(value: str) -> Flaw | None:
    """Fødselsnummer, D-number, H-number or synthetic number: DDMMYY, three digits, two check digits.

    Day + 40 is a D-number; month + 40 an H-number, or synthetic; month + 80 is
    synthetic (Skatteetaten's test population Tenor). Numbers issued from 2032 no
    longer tell the century, so 29 February passes in every year that can be a
    leap year; and their first check digit leaves a remainder of 0 to 3.

    Source: folkeregisterforskriften § 2-2; Skatteetaten, "Nytt fødselsnummer fra
    2032" (github.com/Skatteetaten/folkeregisteret-api-dokumentasjon).
    """
    day, month, year = int(value[:2]), int(value[2:4]), int(value[4:6])
    if day > 40:  # noqa: PLR2004 - the D-number's offset
        day -= 40
    if month > 80:  # noqa: PLR2004 - the offset of Tenor's synthetic numbers
        month -= 80
    elif month > 40:  # noqa: PLR2004 - the H-number's offset
        month -= 40
    # Of 00 one century at least, the 2000s, has a leap year.
    if not _is_day(day, month, is_leap=year % 4 == 0):
        return Flaw.BIRTH_DATE
    k1 = sum(weight * int(digit) for weight, digit in zip(_FNR_K1_WEIGHTS, value, strict=False)) % 11
    if k1 not in _FNR_K1_REMAINDERS or value[10] != fodselsnummer.calc_check_digit2(value):
        return Flaw.CHECK_DIGITS
    return None


def _orgnr_flaw(value: str) -> Flaw | None:
    """Norwegian organisation number: nine digits, modulus 11.

    Source: Brønnøysundregistrene, "Om organisasjonsnummeret"; enhetsregisterloven § 5.
    """
    return Flaw.CHECK_DIGITS if orgnr.checksum(value) else None


def _cpr_flaw(value: str) -> Flaw | None:
    """Danish CPR number: DDMMYY and four digits, of which the first tells the century.

    Modulus 11 never rejects: numbers that do not satisfy it have been issued since
    October 2007. A birth date may lie in the future, as test numbers' do.

    Source: CPR-loven § 3; CPR-kontoret, "Personnumre uden kontrolciffer (modulus
    11 kontrol)" and "Personnummeret i CPR".
    """
    day, month, year = int(value[:2]), int(value[2:4]), int(value[4:6])
    # Of the years ending in 00 only 2000 is a leap year; the 1900s have the serials 0000 to 3999.
    is_leap = value[6] > "3" if year == 0 else year % 4 == 0
    return None if _is_day(day, month, is_leap=is_leap) else Flaw.BIRTH_DATE


def _cvr_flaw(value: str) -> Flaw | None:
    """Danish CVR number: eight digits, modulus 11, the first digit not 0.

    Source: CVR-loven § 5; Erhvervsstyrelsen, "CVR-nummerets opbygning".
    """
    return Flaw.CHECK_DIGITS if value[0] == "0" or cvr.checksum(value) else None


def _is_day(day: int, month: int, *, is_leap: bool) -> bool:
    if not 1 <= month < len(_DAYS) or not 1 <= day <= _DAYS[month]:
        return False
    return is_leap or (day, month) != (_LEAP_DAY, _FEBRUARY)
