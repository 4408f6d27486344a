"""The columns of a manifest in words, for people who fill one in: in English, Danish and Norwegian (Bokmål)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from brevdue.sample import people
from brevdue.sample.people import Recipient
from brevdue.sample.senders import INSURER
from ingest.checks import MOST_CHARACTERS, MOST_DOCUMENTS, MOST_NAME
from ingest.columns import ADDRESS_REQUIRED, COLUMNS, REQUIRED
from ingest.documents import MOST_DOCUMENT_BYTES
from postal.due import REMINDED_BEFORE
from postal.identifiers import Scheme, length
from postal.senders import COUNTRY, Country, Regime

Language = Literal["en", "da", "nb"]

#: What people of a country read.
LANGUAGE_OF: Final[Mapping[Country, Language]] = {"no": "nb", "dk": "da"}

#: Columns that only `dk_private` has a use for.
CONSENT: Final = ("consent", "consent_at")


class Need(StrEnum):
    """When a row needs something in a column."""

    ALWAYS = "always"
    EITHER = "either recipient or address"
    CONSENT = "for consent"
    PAPER = "for paper"
    NO = "no"

    def called(self, language: Language) -> str:
        """It in a word or two."""
        return _NEEDS[self][0].of(language)

    def explained(self, language: Language) -> str:
        """It in a phrase that may follow those words."""
        return _NEEDS[self][1].of(language)


class Column(NamedTuple):
    """A column as the senders of one regime use it, in one language.

    Attributes:
        column: canonical name.
        heading: what people of that language write for it.
        example: of an invented letter.
        choices: words to choose from; others that mean the same are understood too. None where text is free.
    """

    column: str
    heading: str
    needed: Need
    meaning: str
    written_as: str
    example: str
    choices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, str]:
        """It as `--json` prints it."""
        return {
            "column": self.column,
            "heading": self.heading,
            "needed": self.needed.value,
            "meaning": self.meaning,
            "written_as": self.written_as,
            "example": self.example,
        }


def columns(regime: Regime, language: Language) -> list[Column]:
    """The columns that a regime has a use for, in the manifest's order."""
    schemes = [scheme for scheme in Scheme if scheme.startswith(COUNTRY[regime])]
    examples = _examples(regime, language)
    return [
        Column(
            column=name,
            heading=_WORDS[name].heading.of(language),
            needed=_need(name),
            meaning=_in_words(_WORDS[name].meaning, name, language, schemes),
            written_as=_in_words(_WORDS[name].written_as, name, language, schemes),
            example=examples[name],
            choices=_choices(name, language),
        )
        for name in COLUMNS
        if regime is Regime.DK_PRIVATE or name not in CONSENT
    ]


def example_letters(regime: Regime, language: Language) -> tuple[dict[str, str], dict[str, str]]:
    """Two invented letters that pass the check, by column: one that may go on paper, and one with an attachment.

    Both have a consent, of which some regimes make no use.
    """
    examples = _examples(regime, language)
    _, other = _recipients(regime)
    digital_only = _choices("delivery", language)[1]
    word = _EXAMPLE.of(language)
    first = {name: value for name, value in examples.items() if name not in {"deliver_after", "address_2", "address_3"}}
    second = {
        "reference": f"{word}-2",
        "recipient": other.id,
        "title": _SECOND_TITLE.of(language),
        "document": f"{word}-2.pdf|{_ATTACHMENT.of(language)}",
        "delivery": digital_only,
        **{name: examples[name] for name in CONSENT},
    }
    return first, second


def needs(columns: Iterable[Column]) -> list[Need]:
    """What columns are needed for, each once."""
    found = {column.needed for column in columns}
    return [need for need in Need if need in found]


def markdown(language: Language = "en") -> str:
    """The columns of every regime as a table in Markdown, and what its words for needs mean."""
    head = (text.of(language) for text in (_COLUMN, _ALSO_UNDERSTOOD, _NEEDED, _MEANING))
    lines = [tuple(head), ("---",) * 4, *(_row(name, language) for name in COLUMNS)]
    needs = (f"- *{need.called(language)}*: {need.explained(language)}" for need in Need)
    return "\n".join([*map(_line, lines), "", *needs, ""])


def _row(name: str, language: Language) -> tuple[str, ...]:
    needed = _need(name).called(language) + (f" (`{Regime.DK_PRIVATE}`)" if name in CONSENT else "")
    words = _WORDS[name]
    about = " ".join(_in_words(text, name, language, list(Scheme)) for text in (words.meaning, words.written_as))
    return f"`{name}`", ", ".join(other_names(name)), needed, about


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def other_names(name: str) -> list[str]:
    """A few of the headings that are understood as a column, besides its canonical name."""
    headings = (*_WORDS[name].heading, *_MORE_NAMES.get(name, ()))
    return list(dict.fromkeys(heading for heading in headings if heading.lower().replace(" ", "_") != name))


def _need(name: str) -> Need:
    if name in REQUIRED:
        return Need.ALWAYS
    if name in ADDRESS_REQUIRED:
        return Need.PAPER
    if name in CONSENT:
        return Need.CONSENT
    return Need.EITHER if name == "recipient" else Need.NO


def _choices(name: str, language: Language) -> tuple[str, ...]:
    return tuple(_CHOICES[name].of(language).split(", ")) if name in _CHOICES else ()


def _in_words(text: "_Words", name: str, language: Language, schemes: Sequence[Scheme]) -> str:
    """A text with what it names in its places."""
    *identifiers, last = (_IDENTIFIERS[one].of(language).format(scheme=one, digits=length(one)) for one in schemes)
    facts = {
        "characters": MOST_CHARACTERS,
        "documents": MOST_DOCUMENTS,
        "name_characters": MOST_NAME,
        "megabytes": MOST_DOCUMENT_BYTES // 1_000_000,
        "days": REMINDED_BEFORE.days,
        "identifiers": _OR.of(language).join((", ".join(identifiers), last)),
        "choices": ", ".join(_choices(name, language)),
    }
    return text.of(language).format_map(facts)


# --- examples ---


def _examples(regime: Regime, language: Language) -> dict[str, str]:
    """Something for every column, of people and places that do not exist."""
    country = COUNTRY[regime]
    who, _ = _recipients(regime)
    word = _EXAMPLE.of(language)
    line_2, line_3 = {"no": ("Bolig H0203", "Nordvika"), "dk": ("2. th", "Havneby Mark")}[country]
    danish, bokmaal, *_ = _choices("language", language)
    yes, no = _choices("duplex", language)
    return {
        "reference": f"{word}-1",
        "recipient": who.value,
        "title": _FIRST_TITLE.of(language),
        "document": f"{word}-1.pdf",
        "consent": INSURER.terms[0].id,
        "consent_at": "2025-06-02T14:30:00+02:00",
        "delivery": _choices("delivery", language)[0],
        "deliver_after": "2027-01-04",
        "respond_by": "2027-01-31",
        "name": who.name,
        "address_1": who.street,
        "address_2": line_2,
        "address_3": line_3,
        "postal_code": who.postal_code,
        "city": who.city,
        "country": country.upper(),
        "colour": no,
        "duplex": yes,
        "language": {"no": bokmaal, "dk": danish}[country],
    }


def _recipients(regime: Regime) -> tuple[Recipient, Recipient]:
    """A person whose number begins with 0, which spreadsheets like to lose; and an organisation, if there is one."""
    make = {
        Regime.NO_PUBLIC: people.norwegian,
        Regime.DK_PRIVATE: people.customer,
        Regime.DK_PUBLIC: people.resident,
    }[regime]
    everybody = [make(1, index) for index in range(1, 13)]
    person = next(one for one in everybody if one.value.startswith("0") and "," not in one.street)
    organisations = (one for one in everybody if one.id.startswith((Scheme.NO_ORGNR, Scheme.DK_CVR)))
    return person, next(organisations, everybody[0])


# --- words ---


class _Words(NamedTuple):
    """A text in each language."""

    en: str
    da: str
    nb: str

    def of(self, language: Language) -> str:
        return {"en": self.en, "da": self.da, "nb": self.nb}[language]


class _ColumnWords(NamedTuple):
    """The words of a column; names in braces stand for facts."""

    heading: _Words
    meaning: _Words
    written_as: _Words


_OR: Final = _Words(" or ", " eller ", " eller ")
_COLUMN: Final = _Words("column", "kolonne", "kolonne")
_ALSO_UNDERSTOOD: Final = _Words("also understood", "forstås også", "forstås også")
_NEEDED: Final = _Words("needed", "påkrævet", "påkrevd")
_MEANING: Final = _Words("meaning", "betydning", "betydning")

_EXAMPLE: Final = _Words("example", "eksempel", "eksempel")
_ATTACHMENT: Final = _Words("attachment.pdf", "bilag.pdf", "vedlegg.pdf")
_FIRST_TITLE: Final = _Words("Annual statement for 2026", "Årsopgørelse for 2026", "Årsoppgave for 2026")
_SECOND_TITLE: Final = _Words(
    "New rates from 1 January 2027", "Nye satser fra 1. januar 2027", "Nye satser fra 1. januar 2027"
)

_NEEDS: Final[Mapping[Need, tuple[_Words, _Words]]] = {
    Need.ALWAYS: (
        _Words("always", "altid", "alltid"),
        _Words("in every row", "i hver række", "i hver rad"),
    ),
    Need.EITHER: (
        _Words("either recipient or address", "enten modtager eller adresse", "enten mottaker eller adresse"),
        _Words(
            "a recipient; without one, a name and an address, to which the letter goes on paper",
            "en modtager; ellers navn og adresse, som brevet så sendes til på papir",
            "en mottaker; ellers navn og adresse, som brevet da sendes til på papir",
        ),
    ),
    Need.CONSENT: (
        _Words("for consent", "til samtykke", "for samtykke"),
        _Words("in every row with a recipient", "i hver række med en modtager", "i hver rad med en mottaker"),
    ),
    Need.PAPER: (
        _Words("for paper", "til papir", "for papir"),
        _Words(
            "where the letter may go on paper; not with “digital only”",
            "hvor brevet kan blive sendt på papir; ikke ved “kun digitalt”",
            "der brevet kan bli sendt på papir; ikke ved “kun digitalt”",
        ),
    ),
    Need.NO: (
        _Words("no", "nej", "nei"),
        _Words(
            "may be empty, and the column left out",
            "må være tom, og kolonnen kan udelades",
            "kan være tom, og kolonnen kan utelates",
        ),
    ),
}

_IDENTIFIERS: Final[Mapping[Scheme, _Words]] = {
    Scheme.NO_FNR: _Words(
        "fødselsnummer ({scheme}: and {digits} digits)",
        "fødselsnummer ({scheme}: og {digits} cifre)",
        "fødselsnummer ({scheme}: og {digits} sifre)",
    ),
    Scheme.NO_ORGNR: _Words(
        "organisasjonsnummer ({scheme}: and {digits} digits)",
        "organisasjonsnummer ({scheme}: og {digits} cifre)",
        "organisasjonsnummer ({scheme}: og {digits} sifre)",
    ),
    Scheme.DK_CPR: _Words(
        "CPR number ({scheme}: and {digits} digits)",
        "CPR-nummer ({scheme}: og {digits} cifre)",
        "CPR-nummer ({scheme}: og {digits} sifre)",
    ),
    Scheme.DK_CVR: _Words(
        "CVR number ({scheme}: and {digits} digits)",
        "CVR-nummer ({scheme}: og {digits} cifre)",
        "CVR-nummer ({scheme}: og {digits} sifre)",
    ),
}

#: What can be chosen, each meaning once.
_CHOICES: Final[Mapping[str, _Words]] = {
    "delivery": _Words(
        "digital or paper, digital only, paper",
        "digitalt eller papir, kun digitalt, papir",
        "digitalt eller papir, kun digitalt, papir",
    ),
    "colour": _Words("yes, no", "ja, nej", "ja, nei"),
    "duplex": _Words("yes, no", "ja, nej", "ja, nei"),
    "language": _Words(
        "Danish, Bokmål, Nynorsk, English",
        "dansk, bokmål, nynorsk, engelsk",
        "dansk, bokmål, nynorsk, engelsk",
    ),
}

#: Names that a table shows besides the headings.
_MORE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "reference": ("Ref.",),
    "recipient": ("CPR", "CVR", "Fødselsnummer", "Orgnr."),
    "title": ("Emne",),
    "document": ("Filnavn",),
    "delivery": ("Forsendelsesmåde",),
    "respond_by": ("Frist",),
    "address_1": ("Adresse",),
    "postal_code": ("Postnr.",),
    "language": ("Målform",),
}

_TEXT: Final = _Words("At most {characters} characters.", "Højst {characters} tegn.", "Høyst {characters} tegn.")
_TIME: Final = _Words(
    "A date (2026-12-31, that is, its first moment) or a time with its zone (2026-12-31T09:00:00+01:00).",
    "En dato (2026-12-31, dvs. dens første øjeblik) eller en tid med tidszone (2026-12-31T09:00:00+01:00).",
    "En dato (2026-12-31, dvs. dens første øyeblikk) eller en tid med tidssone (2026-12-31T09:00:00+01:00).",
)

_WORDS: Final[Mapping[str, _ColumnWords]] = {
    "reference": _ColumnWords(
        _Words("Reference", "Reference", "Referanse"),
        _Words(
            "Your own id of the letter, which receipts and orders name. Keep personal data out of it.",
            "Jeres eget id for brevet, som kvitteringer og ordrer nævner. Skriv ingen personoplysninger i det.",
            "Deres egen id for brevet, som kvitteringer og ordrer nevner. Skriv ingen personopplysninger i den.",
        ),
        _Words(
            "At most {characters} characters, unique in the batch; not beginning with =, +, - or @.",
            "Højst {characters} tegn, kun brugt én gang i batchen; begynder ikke med =, +, - eller @.",
            "Høyst {characters} tegn, bare brukt én gang i batchen; begynner ikke med =, +, - eller @.",
        ),
    ),
    "recipient": _ColumnWords(
        _Words("Recipient", "Modtager", "Mottaker"),
        _Words(
            "The person or organisation that the letter is for; without one it goes on paper to the address.",
            "Den person eller organisation, brevet er til; uden en sådan sendes det på papir til adressen.",
            "Personen eller organisasjonen brevet er til; uten en slik sendes det på papir til adressen.",
        ),
        _Words(
            "A {identifiers}, the leading zero too. Numbers of your own country may be written as digits alone.",
            "Et {identifiers}, også et foranstillet 0. Numre fra jeres eget land kan skrives med cifrene alene.",
            "Et {identifiers}, også en innledende 0. Numre fra deres eget land kan skrives med sifrene alene.",
        ),
    ),
    "title": _ColumnWords(
        _Words("Title", "Titel", "Tittel"),
        _Words(
            "The letter's title in the mailbox. Say nothing sensitive in it.",
            "Brevets titel i postkassen. Skriv intet følsomt i den.",
            "Brevets tittel i postkassen. Skriv ikke noe sensitivt i den.",
        ),
        _Words(
            "At most {characters} characters of plain text, without a person's number.",
            "Højst {characters} tegn ren tekst, uden personnummer.",
            "Høyst {characters} tegn ren tekst, uten personnummer.",
        ),
    ),
    "document": _ColumnWords(
        _Words("Document", "Dokument", "Dokument"),
        _Words(
            "The PDF that is sent, then its attachments.",
            "PDF-filen, der sendes, og derefter dens bilag.",
            "PDF-filen som sendes, og deretter vedleggene.",
        ),
        _Words(
            "Path under documents/, ending in .pdf; attachments after |, at most {documents} files in all. Folders "
            "are parted by /; names have at most {name_characters} characters, files {megabytes} MB.",
            "Sti under documents/, der ender på .pdf; bilag efter |, højst {documents} filer i alt. Mapper skilles "
            "med /; navne har højst {name_characters} tegn, filer fylder højst {megabytes} MB.",
            "Sti under documents/ som slutter på .pdf; vedlegg etter |, høyst {documents} filer i alt. Mapper skilles "
            "med /; navn har høyst {name_characters} tegn, filer er på høyst {megabytes} MB.",
        ),
    ),
    "consent": _ColumnWords(
        _Words("Consent", "Samtykke", "Samtykke"),
        _Words(
            "The terms that the recipient has accepted. Without documented consent the letter is rejected.",
            "De vilkår, som modtageren har accepteret. Uden dokumenteret samtykke afvises brevet.",
            "Vilkårene som mottakeren har godtatt. Uten dokumentert samtykke blir brevet avvist.",
        ),
        _Words(
            "The id that your settings give these terms.",
            "Det id, som vilkårene har i jeres indstillinger.",
            "Id-en som vilkårene har i innstillingene deres.",
        ),
    ),
    "consent_at": _ColumnWords(
        _Words("Consent date", "Samtykkedato", "Samtykkedato"),
        _Words(
            "When the recipient accepted the terms: after they took effect, and not in the future.",
            "Hvornår modtageren accepterede vilkårene: efter at de trådte i kraft, og ikke i fremtiden.",
            "Når mottakeren godtok vilkårene: etter at de trådte i kraft, og ikke i framtiden.",
        ),
        _TIME,
    ),
    "delivery": _ColumnWords(
        _Words("Delivery", "Levering", "Levering"),
        _Words(
            "Which ways the letter may go. “digital only” is never printed, “paper” is put into no mailbox.",
            "Hvilke veje brevet må gå. “kun digitalt” printes aldrig, “papir” lægges ikke i nogen postkasse.",
            "Hvilke veier brevet kan gå. “kun digitalt” skrives aldri ut, “papir” legges ikke i noen postkasse.",
        ),
        _Words(
            "One of: {choices}. Empty means digital or paper.",
            "En af: {choices}. Tom betyder digitalt eller papir.",
            "En av: {choices}. Tom betyr digitalt eller papir.",
        ),
    ),
    "deliver_after": _ColumnWords(
        _Words("Deliver after", "Leveres efter", "Leveres etter"),
        _Words(
            "When the letter is sent at the earliest. Empty means at once.",
            "Hvornår brevet tidligst sendes. Tom betyder straks.",
            "Når brevet tidligst sendes. Tom betyr straks.",
        ),
        _TIME,
    ),
    "respond_by": _ColumnWords(
        _Words("Respond by", "Svarfrist", "Svarfrist"),
        _Words(
            "By when you want a response. Who has not opened the letter is reminded {days} days before.",
            "Hvornår I senest ønsker svar. Den, der ikke har åbnet brevet, mindes om det {days} dage før.",
            "Når dere senest ønsker svar. Den som ikke har åpnet brevet, blir minnet om det {days} dager før.",
        ),
        _TIME,
    ),
    "name": _ColumnWords(
        _Words("Name", "Navn", "Navn"),
        _Words("The name on the envelope.", "Navnet på konvolutten.", "Navnet på konvolutten."),
        _TEXT,
    ),
    "address_1": _ColumnWords(
        _Words("Address 1", "Adresse 1", "Adresse 1"),
        _Words("Street and number, or a box.", "Vej og nummer eller postboks.", "Gate og nummer eller postboks."),
        _TEXT,
    ),
    "address_2": _ColumnWords(
        _Words("Address 2", "Adresse 2", "Adresse 2"),
        _Words(
            "More of the address, such as a floor or c/o.",
            "Mere af adressen, såsom etage eller c/o.",
            "Mer av adressen, som bolignummer eller c/o.",
        ),
        _TEXT,
    ),
    "address_3": _ColumnWords(
        _Words("Address 3", "Adresse 3", "Adresse 3"),
        _Words("Another line of the address.", "Endnu en adresselinje.", "Enda en adresselinje."),
        _TEXT,
    ),
    "postal_code": _ColumnWords(
        _Words("Postal code", "Postnummer", "Postnummer"),
        _Words("The address's postal code.", "Adressens postnummer.", "Adressens postnummer."),
        _Words(
            "Four digits in Norway and Denmark; the leading zero too.",
            "Fire cifre i Norge og Danmark; også et foranstillet 0.",
            "Fire sifre i Norge og Danmark; også en innledende 0.",
        ),
    ),
    "city": _ColumnWords(
        _Words("City", "By", "Poststed"),
        _Words("The address's town.", "Adressens by.", "Adressens poststed."),
        _TEXT,
    ),
    "country": _ColumnWords(
        _Words("Country", "Land", "Land"),
        _Words(
            "The address's country. Empty means your own.",
            "Adressens land. Tom betyder jeres eget.",
            "Adressens land. Tom betyr deres eget.",
        ),
        _Words(
            "Its two letters in ISO 3166-1, such as NO or DK; Nordic countries by name too.",
            "Landets to bogstaver i ISO 3166-1, såsom NO eller DK; nordiske lande også ved navn.",
            "Landets to bokstaver i ISO 3166-1, som NO eller DK; nordiske land også ved navn.",
        ),
    ),
    "colour": _ColumnWords(
        _Words("Colour print", "Farveprint", "Fargeutskrift"),
        _Words(
            "Whether paper is printed in colour.",
            "Om papiret printes i farver.",
            "Om papiret skrives ut i farger.",
        ),
        _Words(
            "One of: {choices}. Empty means no.",
            "En af: {choices}. Tom betyder nej.",
            "En av: {choices}. Tom betyr nei.",
        ),
    ),
    "duplex": _ColumnWords(
        _Words("Two-sided", "Dobbeltsidet", "Tosidig"),
        _Words(
            "Whether paper is printed on both sides.",
            "Om papiret printes på begge sider.",
            "Om papiret skrives ut på begge sider.",
        ),
        _Words(
            "One of: {choices}. Empty means yes.",
            "En af: {choices}. Tom betyder ja.",
            "En av: {choices}. Tom betyr ja.",
        ),
    ),
    "language": _ColumnWords(
        _Words("Language", "Sprog", "Språk"),
        _Words(
            "The language of the notice that tells the recipient of the letter.",
            "Sproget i den besked, der fortæller modtageren om brevet.",
            "Språket i varselet som forteller mottakeren om brevet.",
        ),
        _Words(
            "One of: {choices}. Empty means what the recipient chose, or else your own.",
            "En af: {choices}. Tom betyder det, modtageren har valgt, ellers jeres eget.",
            "En av: {choices}. Tom betyr det mottakeren har valgt, ellers deres eget.",
        ),
    ),
}
