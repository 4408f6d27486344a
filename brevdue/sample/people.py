"""Invented recipients: names, streets and places that exist nowhere together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from brevdue.sample import numbers
from brevdue.sample.draws import Draws
from postal.senders import Language


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets letters.

    Attributes:
        id: `scheme:value`.
        language: as the register has it.
    """

    index: int
    id: str
    name: str
    street: str
    postal_code: str
    city: str
    language: Language

    @property
    def value(self) -> str:
        """The identifier without its scheme."""
        return self.id.partition(":")[2]


#: So often is a Norwegian recipient an organisation, and so often one of a Danish municipality.
_ORGANISATION_EVERY: Final = 25
_COMPANY_EVERY: Final = 12
#: Far from the customers of the insurer: nobody is in both batches.
_FIRST_RESIDENT: Final = 10_500_000

_NO_FIRST: Final = [
    "Åse",
    "Bjørn",
    "Kåre",
    "Ragnhild",
    "Torbjørn",
    "Sølvi",
    "Ingrid",
    "Øyvind",
    "Håkon",
    "Marit",
    "Jørgen",
    "Synnøve",
    "Pål",
    "Gry",
    "Eirik",
    "Aud",
    "Snorre",
    "Tuva",
    "Leif",
    "Kjersti",
    "Ølver",
    "Hallgerd",
    "Trygve",
    "Solveig",
]
_NO_LAST: Final = (
    ("Lyng", "Brekke", "Fjell", "Sør", "Øst", "Hauk", "Grøn", "Mår", "Svart", "Rød", "Elve", "Bjørke", "Krå", "Ulv"),
    ("stadli", "heimen", "rudvik", "bakkmo", "viken", "nesmo", "mobråten", "vollåsen", "åsmyr", "dalsøy", "lihaug"),
)
_NO_STREETS: Final = [
    "Storgata",
    "Kirkevegen",
    "Skolegata",
    "Fjordgata",
    "Møllebakken",
    "Åsvegen",
    "Prestegårdsvegen",
    "Sjøgata",
    "Øvre vei",
    "Nedre torg",
    "Kastanjealléen",
    "Bjørkestien",
]
#: No post code in use is higher than 9991.
_NO_PLACES: Final = (
    ("9993", "NORDVIK"),
    ("9994", "STORHAVN"),
    ("9995", "ØVRE LY"),
    ("9996", "ÅLFOSSEN"),
    ("9997", "BJØRNESSET"),
)
_NO_COMPANIES: Final = (
    ("Nordvik", "Ålfossen", "Storhavn", "Lyngbrekka", "Bjørnesset"),
    ("Rør og Varme AS", "Trelast AS", "Bakeri & Konditori AS", "Båtforening", "Regnskap AS", "Idrettslag", "Fisk AS"),
)

_DK_FIRST: Final = [
    "Søren",
    "Mette",
    "Bjørn",
    "Åge",
    "Kirsten",
    "Jørgen",
    "Birgitte",
    "Rasmus",
    "Sofie",
    "Dorthe",
    "Anders",
    "Maren",
    "Poul",
    "Tove",
    "Asger",
    "Bodil",
    "Signe",
    "Ejnar",
    "Grethe",
    "Ørnulf",
    "Ågot",
    "Lærke",
    "Sønnich",
    "Karen",
]
_DK_LAST: Final = (
    ("Lærke", "Skov", "Vester", "Øster", "Hede", "Mølle", "Strand", "Ager", "Bøge", "Sønder", "Ege", "Tjørne"),
    ("gårdlund", "holmbæk", "højtoft", "kærvang", "bjerglev", "lundvig", "bækhus", "tofthøj", "markskov"),
)
_DK_STREETS: Final = [
    "Skolegade",
    "Havnevej",
    "Møllebakken",
    "Åboulevarden",
    "Kirkestræde",
    "Bøgealle",
    "Strandvænget",
    "Sønderport",
    "Tværvej",
    "Lærkevænget",
    "Nørre Alle",
    "Engdraget",
]
#: No post code in use is lower than 0500.
_DK_PLACES: Final = (
    ("0301", "Havblik"),
    ("0302", "Sønderslev"),
    ("0303", "Ågerup Mark"),
    ("0304", "Østkær"),
    ("0305", "Tjørnebæk"),
)
_RESIDENT_PLACES: Final = (
    ("0311", "Havneby"),
    ("0312", "Nørre Sande"),
    ("0313", "Ålebro"),
    ("0314", "Østerhøj"),
)
_DK_COMPANIES: Final = (
    ("Havneby", "Ålebro", "Nørre Sande", "Østerhøj", "Færgegårdens"),
    ("Bådebyggeri ApS", "Køl & Frys A/S", "Bageri", "Tømrer og Snedker ApS", "Røgeri I/S", "Revision A/S"),
)


def norwegian(seed: int, index: int) -> Recipient:
    """A Norwegian recipient: a person, or now and then an organisation."""
    chance = Draws(seed, "no", index)
    street = f"{chance.one_of(_NO_STREETS)} {1 + chance.below(148)}"
    postal_code, city = chance.one_of(_NO_PLACES)
    if index % _ORGANISATION_EVERY == 3:  # noqa: PLR2004 - anywhere in the cycle
        name = " ".join(chance.one_of(part) for part in _NO_COMPANIES)
        return Recipient(
            index,
            f"no-orgnr:{numbers.orgnr(seed, index // _ORGANISATION_EVERY)}",
            name,
            street,
            postal_code,
            city,
            "nb",
        )
    name = f"{chance.one_of(_NO_FIRST)} {''.join(chance.one_of(part) for part in _NO_LAST)}"
    language: Language = chance.weighted((("nb", 86), ("nn", 11), ("en", 3)))
    return Recipient(index, f"no-fnr:{numbers.fnr(seed, index)}", name, street, postal_code, city, language)


def customer(seed: int, index: int) -> Recipient:
    """A customer of the insurer: a Danish person."""
    return _dane(seed, index, Draws(seed, "dk", index), _DK_PLACES)


def resident(seed: int, index: int) -> Recipient:
    """Somebody in the Danish municipality: a person, or now and then a company."""
    chance = Draws(seed, "dk-resident", index)
    if index % _COMPANY_EVERY == 3:  # noqa: PLR2004 - anywhere in the cycle
        postal_code, city = chance.one_of(_RESIDENT_PLACES)
        street = f"{chance.one_of(_DK_STREETS)} {1 + chance.below(148)}"
        name = " ".join(chance.one_of(part) for part in _DK_COMPANIES)
        id_ = f"dk-cvr:{numbers.cvr(seed, index // _COMPANY_EVERY)}"
        return Recipient(_FIRST_RESIDENT + index, id_, name, street, postal_code, city, "da")
    return _dane(seed, _FIRST_RESIDENT + index, chance, _RESIDENT_PLACES)


def _dane(seed: int, index: int, chance: Draws, places: Sequence[tuple[str, str]]) -> Recipient:
    street = f"{chance.one_of(_DK_STREETS)} {1 + chance.below(148)}"
    if chance.share() < 0.4:  # noqa: PLR2004 - flats
        street += f", {1 + chance.below(5)}. {chance.one_of(('tv', 'mf', 'th'))}"
    postal_code, city = chance.one_of(places)
    name = f"{chance.one_of(_DK_FIRST)} {''.join(chance.one_of(part) for part in _DK_LAST)}"
    language: Language = chance.weighted((("da", 97), ("en", 3)))
    return Recipient(index, f"dk-cpr:{numbers.cpr(seed, index)}", name, street, postal_code, city, language)
