"""Identifiers, telephone numbers and addresses that can belong to nobody.

All are well formed, so that every check passes, and all lie where no real one lies.
Equal seeds and indexes give equal numbers, different indexes different ones.
"""

from datetime import date, timedelta
from itertools import count
from typing import Final

_FNR_K1: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_FNR_K2: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ORGNR: Final = (3, 2, 7, 6, 5, 4, 3, 2)
_CVR: Final = (2, 7, 6, 5, 4, 3, 2)

_FIRST_BIRTH: Final = date(1940, 1, 1)
_BIRTH_DAYS: Final = (date(2000, 1, 1) - _FIRST_BIRTH).days
#: Of ten neighbours, at least one has check digits of one digit each.
_NEIGHBOURS: Final = 10
_FNR_SPACE: Final = _BIRTH_DAYS * (500 // _NEIGHBOURS)

_FIRST_BIRTH_TO_COME: Final = date(2040, 1, 1)
_DAYS_TO_COME: Final = (date(2058, 1, 1) - _FIRST_BIRTH_TO_COME).days
_CPR_SERIES: Final = range(5000, 9000)
_CPR_SPACE: Final = _DAYS_TO_COME * len(_CPR_SERIES)

_ORGNR_FIRST: Final = 39_000_000
_ORGNR_SPACE: Final = 1_000_000 // _NEIGHBOURS

_CVR_FIRST: Final = 9_900_000
#: Of two neighbours, at least one has a check digit of one digit.
_CVR_NEIGHBOURS: Final = 2
_CVR_SPACE: Final = 100_000 // _CVR_NEIGHBOURS

#: Prime to every space above: neighbours end up far apart, and no two in the same place.
_STRIDE: Final = 7_368_787


def fnr(seed: int, index: int) -> str:
    """A fødselsnummer with month + 80: synthetic, as those of Skatteetaten's test population Tenor.

    The months 81 to 92 are kept free for test data, so nobody has such a number.
    """
    block, day = divmod(_spread(seed, index, _FNR_SPACE), _BIRTH_DAYS)
    born = _FIRST_BIRTH + timedelta(days=day)
    start = f"{born.day:02d}{born.month + 80:02d}{born.year % 100:02d}"
    for serial in range(block * _NEIGHBOURS, (block + 1) * _NEIGHBOURS):
        number = f"{start}{serial:03d}"
        for weights in (_FNR_K1, _FNR_K2):
            number += _check_digit(number, weights)
        if len(number) == len("DDMMYYIIIKK"):
            return number
    return fnr(seed, index + _FNR_SPACE // 2)


def fnr_with_leading_zero(seed: int, index: int) -> str:
    """A fødselsnummer as `fnr` makes it, of somebody born on the first to the ninth of a month."""
    return next(number for n in count(index, 1_009) if (number := fnr(seed, n)).startswith("0"))


def orgnr(seed: int, index: int) -> str:
    """A Norwegian organisation number that begins with 39.

    Numbers in Enhetsregisteret begin with 8 or 9 (Brønnøysundregistrene, "Om organisasjonsnummeret").
    """
    first = _ORGNR_FIRST + _spread(seed, index, _ORGNR_SPACE) * _NEIGHBOURS
    numbers = (f"{n}{_check_digit(str(n), _ORGNR)}" for n in range(first, first + _NEIGHBOURS))
    return next(number for number in numbers if len(number) == len("NNNNNNNNK"))


def cpr(seed: int, index: int) -> str:
    """A CPR number of somebody who is born in 2040 to 2057.

    The digits 5 to 8 in the seventh place mean the 2000s for the years 00 to 57
    (CPR-kontoret, "Personnummeret i CPR"). Modulus 11 need not hold.
    """
    serial, day = divmod(_spread(seed, index, _CPR_SPACE), _DAYS_TO_COME)
    born = _FIRST_BIRTH_TO_COME + timedelta(days=day)
    return f"{born:%d%m%y}{_CPR_SERIES[serial]}"


def cvr(seed: int, index: int) -> str:
    """A Danish CVR number that begins with 99.

    The first seven digits are given out in order (Erhvervsstyrelsen, "Modulus 11 kontrol"), and these come last.
    """
    first = _CVR_FIRST + _spread(seed, index, _CVR_SPACE) * _CVR_NEIGHBOURS
    numbers = (f"{n}{_check_digit(str(n), _CVR)}" for n in range(first, first + _CVR_NEIGHBOURS))
    return next(number for number in numbers if len(number) == len("NNNNNNNK"))


def mobile(calling_code: str, index: int) -> str:
    """A mobile number in E.164 that cannot be called: no subscriber's number begins with 00."""
    return f"+{calling_code}00{index % 1_000_000:06d}"


def email(name: str, index: int, domain: str) -> str:
    """An e-mail address; the domain should be one that RFC 2606 reserves."""
    plain = name.lower().translate(_PLAIN)
    return f"{'.'.join(plain.split())}{index}@{domain}"


_PLAIN: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "é": "e", "&": None, ",": None})


def _spread(seed: int, index: int, space: int) -> int:
    return (index * _STRIDE + seed * 104_729) % space


def _check_digit(number: str, weights: tuple[int, ...]) -> str:
    """The modulus 11 check digit; two digits where there is none."""
    rest = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False)) % 11
    return str(11 - rest) if rest else "0"
