"""Identifiers of recipients, checked as far as the number itself can tell.

A number that passes is well formed, no more: whether somebody has it, only the
register knows.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from stdnum.dk import cvr
from stdnum.no import orgnr

_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_LEAP_DAY: Final = 29

#: What is added to the day of a D-number, to the month of an H-number, and of a Tenor number.
_D_NUMBER: Final = 40
_H_NUMBER: Final = 40
_TENOR: Final = 80
_MOST_K1_REMAINDER: Final = 3


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


def flaw(scheme: Scheme, value: str) -> Flaw | None:
    """What is wrong with a value, or None; only digits without separators pass."""
    digits, check = _CHECKS[scheme.value]
    if len(value) != digits or not (value.isascii() and value.isdigit()):
        return Flaw.LENGTH
    return check(value)


def _fnr_flaw(value: str) -> Flaw | None:
    """Fødselsnummer, D-number, H-number or synthetic number: DDMMYY, three digits, two check digits.

    Day + 40 is a D-number; month + 40 an H-number, or synthetic; month + 80 is
    synthetic (Skatteetaten's test population Tenor). Numbers issued from 2032 no
    longer tell the century, so 29 February passes in every year that can be a leap
    year. The first check digit leaves a remainder of 0 by the rule in force, and of
    0 to 3 in numbers issued from 1 January 2032; both rules hold in parallel.

    Source: folkeregisterloven, chapter 2; Skatteetaten, "Nytt fødselsnummer fra
    2032" (github.com/Skatteetaten/folkeregisteret-api-dokumentasjon).
    """
    # Written out because it runs once a row: sums over zipped weights cost four times as much.
    d1, d2, m1, m2, y1, y2, i1, i2, i3, k1, k2 = map(int, value)
    day, month = 10 * d1 + d2, 10 * m1 + m2
    if day > _D_NUMBER:
        day -= _D_NUMBER
    if month > _TENOR:
        month -= _TENOR
    elif month > _H_NUMBER:
        month -= _H_NUMBER
    # Of the years ending in 00 the 2000th is a leap year.
    if not _is_day(day, month, is_leap=(10 * y1 + y2) % 4 == 0):
        return Flaw.BIRTH_DATE
    sum1 = 3 * d1 + 7 * d2 + 6 * m1 + m2 + 8 * y1 + 9 * y2 + 4 * i1 + 5 * i2 + 2 * i3 + k1
    sum2 = 5 * d1 + 4 * d2 + 3 * m1 + 2 * m2 + 7 * y1 + 6 * y2 + 5 * i1 + 4 * i2 + 3 * i3 + 2 * k1 + k2
    return Flaw.CHECK_DIGITS if sum1 % 11 > _MOST_K1_REMAINDER or sum2 % 11 else None


def _orgnr_flaw(value: str) -> Flaw | None:
    """Norwegian organisation number: nine digits, modulus 11.

    Source: enhetsregisterloven; Brønnøysundregistrene, "Organisasjonsnummeret".
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

    Source: CVR-loven; the check as python-stdnum has it (`stdnum.dk.cvr`).
    """
    return Flaw.CHECK_DIGITS if value[0] == "0" or cvr.checksum(value) else None


def _is_day(day: int, month: int, *, is_leap: bool) -> bool:
    if not 1 <= month < len(_DAYS) or not 1 <= day <= _DAYS[month]:
        return False
    return is_leap or (day, month) != (_LEAP_DAY, _FEBRUARY)


#: By scheme: how many digits an identifier has, and what checks them.
_CHECKS: Final[dict[str, tuple[int, Callable[[str], Flaw | None]]]] = {
    Scheme.NO_FNR.value: (11, _fnr_flaw),
    Scheme.NO_ORGNR.value: (9, _orgnr_flaw),
    Scheme.DK_CPR.value: (10, _cpr_flaw),
    Scheme.DK_CVR.value: (8, _cvr_flaw),
}


def length(scheme: Scheme) -> int:
    """How many digits an identifier of a scheme has."""
    return _CHECKS[scheme.value][0]
