"""The columns of a file, by the names that people give them; a manifest's in three languages."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from typing import Final, NamedTuple

from postal.corrections import is_answer

#: Canonical name -> other names, in English, Danish and Norwegian.
_OTHER_NAMES: Final = {
    "reference": "ref, your reference, letter reference, referanse, vår referanse, vores reference, brevreference",
    "recipient": (
        "recipient id, modtager, modtager id, mottaker, mottaker id, mottakar, cpr, cpr nr, cpr nummer, cvr, cvr nr, "
        "cvr nummer, personnummer, fnr, fødselsnummer, fødselsnr, orgnr, organisasjonsnummer"
    ),
    "title": "subject, titel, tittel, emne, overskrift",
    "document": ("documents, file, files, file name, pdf, dokument, dokumenter, dokumentnavn, fil, filer, filnavn"),
    "consent": "terms, samtykke, vilkår, samtykke id",
    "consent_at": "consent date, consent time, samtykkedato, samtykketid, samtykketidspunkt, samtykke dato, samtykket",
    "delivery": "delivery mode, levering, leveringsmåde, leveringsmåte, forsendelse, forsendelsesmåde",
    "deliver_after": "send after, not before, leveres efter, leveres etter, lever efter, lever etter, leveringsdato",
    "respond_by": "deadline, due date, svarfrist, frist, svar inden, svar innen",
    "name": "navn, namn, recipient name, modtagernavn, mottakernavn",
    "address_1": ("address, address line 1, street, adresse, adresse 1, adresselinje 1, adresselinje, vej, gade, gate"),
    "address_2": "address line 2, adresse 2, adresselinje 2",
    "address_3": "address line 3, adresse 3, adresselinje 3",
    "postal_code": "postcode, post code, zip, zip code, postnummer, postnr",
    "city": "town, by, bynavn, poststed, postdistrikt, sted",
    "country": "country code, land, landekode, landkode",
    "colour": "color, colour print, farve, farver, farge, farger, farveprint, fargeutskrift",
    "duplex": "two sided, double sided, dobbeltsidet, dobbeltsidig, tosidet, tosidig",
    "language": "sprog, språk, språkform, målform",
}

COLUMNS: Final = tuple(_OTHER_NAMES)

#: What a letter cannot do without; and either a recipient, or an address of at least these parts.
REQUIRED: Final = ("reference", "title", "document")
ADDRESS_REQUIRED: Final = ("name", "address_1", "postal_code", "city")

#: Unknown columns that are looked at and reported; the rest of a hopeless header only costs room.
MOST_UNKNOWN: Final = 50
_MOST_NAME_CHARACTERS: Final = 80
#: How alike a heading and a name of a missing column are, from 0 to 1, where one may be meant by the other.
_ALIKE: Final = 0.8

_INSIGNIFICANT: Final = re.compile(r"[\s_.\-/\ufeff]+")


def _plain(name: str) -> str:
    """A name without case, spaces, underscores, hyphens and dots."""
    return _INSIGNIFICANT.sub("", name[:_MOST_NAME_CHARACTERS]).casefold()


def _by_plain_name(other_names: Mapping[str, str]) -> dict[str, str]:
    """From each name, as `_plain` writes it, to the column that it means."""
    return {_plain(name): column for column, others in other_names.items() for name in (column, *others.split(", "))}


_CANONICAL: Final = _by_plain_name(_OTHER_NAMES)


@lru_cache(maxsize=1024)
def canonical(name: str) -> str | None:
    """The column that a sender's name means, in any language, case and spacing; None where unknown."""
    return _CANONICAL.get(_plain(name))


class Columns(NamedTuple):
    """The columns of one kind of file.

    Attributes:
        names: from each name, without case and spaces, to the column that it means.
        missing: from the columns that are there to those without which no row could be read.
    """

    names: Mapping[str, str]
    missing: Callable[[Collection[str]], Sequence[str]]

    def canonical(self, name: str) -> str | None:
        """The column that a name in the header means; None where unknown."""
        return self.names.get(_plain(name))

    def meant(self, missing: Collection[str], headings: Iterable[str]) -> dict[str, str]:
        """Headings that are probably misspelt names of missing columns.

        Args:
            missing: the missing columns.
            headings: names that are not known, of which the first few are looked at.

        Returns:
            By missing column, the heading most like it; none that is like no name of it, or
            more like another missing column.
        """
        found: dict[str, tuple[float, str]] = {}
        names = [name for name, column in self.names.items() if column in missing]
        for heading in list(headings)[:MOST_UNKNOWN]:
            plain = _plain(heading)
            for name in get_close_matches(plain, names, n=1, cutoff=_ALIKE):
                alike = (SequenceMatcher(None, plain, name).ratio(), heading[:_MOST_NAME_CHARACTERS])
                column = self.names[name]
                found[column] = max(found.get(column, alike), alike, key=lambda one: one[0])
        return {column: heading for column, (_, heading) in found.items()}


def _missing_in_manifest(found: Collection[str]) -> list[str]:
    has_address = any(column in found for column in ADDRESS_REQUIRED)
    ways = () if "recipient" in found else ADDRESS_REQUIRED if has_address else ("recipient",)
    return [column for column in (*REQUIRED, *ways) if column not in found]


MANIFEST: Final = Columns(_CANONICAL, _missing_in_manifest)


def with_required(required: Sequence[str], names: Iterable[str] = ()) -> Columns:
    """Columns of which some must be there.

    Args:
        required: those that must.
        names: of all columns, which then have no other names; by default a manifest's in three languages.
    """
    return Columns(
        {_plain(name): name for name in names} or _CANONICAL,
        _missing_of(required),
    )


def _missing_of(required: Sequence[str]) -> Callable[[Collection[str]], Sequence[str]]:
    return lambda found: [column for column in required if column not in found]


_ORDER_NAMES: Final = {
    "order": "action, instruction, ordre, bestilling, handling, instruks",
    "reference": _OTHER_NAMES["reference"],
    "until": "until date, until time, new date, til, til dato, ny dato, dato, frist, ny frist",
}
#: Without a column for references a recall would be one of the whole batch.
ORDERS: Final = Columns(_by_plain_name(_ORDER_NAMES), _missing_of(("order", "reference")))


def nearest(name: str) -> str:
    """The canonical name of the known column that is spelt most like an unknown one, or empty."""
    close = get_close_matches(_plain(name), _CANONICAL, n=1)
    return _CANONICAL[close[0]] if close else ""


class UnknownColumns:
    """Columns that were not understood, each with the nearest known name; the first few of them."""

    def __init__(self) -> None:
        self._nearest: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Note a column; noting it again changes nothing, and `to_correct.csv`'s own are passed over."""
        is_new = name not in self._nearest and len(self._nearest) < MOST_UNKNOWN
        if is_new and name.strip() and not is_answer(name):
            self._nearest[name[:_MOST_NAME_CHARACTERS]] = nearest(name)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Name and nearest known name, in the order of the manifest."""
        return tuple(self._nearest.items())
