"""How a letter becomes paper: its sheets, its envelope, and the lines of its address."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from postal.letters import Address
from postal.senders import Country

#: More sheets than these do not fold into a C5 envelope (Digipost, "Bruk av C4 og C5 konvolutter i fysisk
#: post": "overstiger 14 sider / 7 ark benyttes C4 konvolutt").
MOST_SHEETS_IN_C5: Final = 7

#: More sheets than these no machine puts into an envelope (Strålfors, "Instructions We Mail Norge" 1.1:
#: letters of 1 to 80 sheets, longer ones by hand). They weigh 400 g, at 5 g a sheet of 80 g/m².
MOST_SHEETS: Final = 80


class Envelope(StrEnum):
    """ISO 269 envelopes: an A4 sheet goes into C5 folded once, into C4 as it is."""

    C5 = "C5"
    C4 = "C4"


def sheets(pages: Sequence[int], *, duplex: bool) -> int:
    """How many sheets a letter's documents make. Each document begins on a new sheet.

    Args:
        pages: of each document, the letter's own first.
        duplex: both sides of a sheet are printed.

    Raises:
        ValueError: a document has no pages.
    """
    if any(of_document < 1 for of_document in pages):
        raise ValueError("a document without pages cannot be printed")
    sides = 2 if duplex else 1
    return sum(-(-of_document // sides) for of_document in pages)


def is_simplex(pages: Sequence[int], *, duplex: bool) -> bool:
    """Whether one side only is printed: as the sender asked, or because no document has a second page.

    Args:
        pages: of each document.
        duplex: what the sender asked for.
    """
    return not duplex or all(of_document == 1 for of_document in pages)


def envelope_for(sheet_count: int) -> Envelope:
    """The smallest envelope that takes so many sheets."""
    return Envelope.C5 if sheet_count <= MOST_SHEETS_IN_C5 else Envelope.C4


def address_block(address: Address, country: Country) -> tuple[str, ...]:
    """The lines of an address as they are printed, none of them empty.

    Name, address lines, postal code and town; abroad the name of the country last, alone and in
    capital letters (Bring, "Adressering til mottakere i utlandet"; EU Interinstitutional Style Guide
    9.1.1, which allows it in an international language: here English). The postal code stands
    before the town in all countries, as it does in most (Bring).

    Args:
        address: of the recipient.
        country: of the sender: domestic letters have no line for it.
    """
    lines = (address.name, *address.lines, f"{address.postal_code} {address.city}")
    abroad = () if _is_domestic(address.country, country) else (country_name(address.country).upper(),)
    return tuple([line.strip() for line in (*lines, *abroad) if line.strip()])


def country_name(code: str) -> str:
    """The usual English name of a country by its ISO 3166-1 alpha-2 code; the code itself where there is none."""
    return _country_names().get(code, code)


def _is_domestic(recipient: str, sender: Country) -> bool:
    # Svalbard has Norwegian postal codes and is reached by Norwegian domestic mail.
    return recipient == sender.upper() or (recipient, sender) == ("SJ", "no")


#: Where tzdata's list shortens a name, or turns it round so that it sorts well.
_WRITTEN_OUT: Final = {
    "AS": "American Samoa",
    "BQ": "Caribbean Netherlands",
    "CD": "Democratic Republic of the Congo",
    "CF": "Central African Republic",
    "CG": "Republic of the Congo",
    "GB": "United Kingdom",
    "KN": "Saint Kitts and Nevis",
    "KP": "North Korea",
    "KR": "South Korea",
    "MF": "Saint Martin",
    "MM": "Myanmar",
    "SX": "Sint Maarten",
    "SZ": "Eswatini",
    "TC": "Turks and Caicos Islands",
    "TF": "French Southern Territories",
    "US": "United States of America",
    "VC": "Saint Vincent and the Grenadines",
    "VG": "British Virgin Islands",
    "VI": "United States Virgin Islands",
    "WS": "Samoa",
}


@cache
def _country_names() -> Mapping[str, str]:
    """English names by code: a table that tzdata brings (zoneinfo/iso3166.tab, in the public domain)."""
    table = resources.files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    pairs = (line.split("\t", 1) for line in table.splitlines() if line and not line.startswith("#"))
    return {**{code: name.replace(" & ", " and ") for code, name in pairs}, **_WRITTEN_OUT}
