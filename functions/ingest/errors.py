"""What can be wrong with a manifest, another upload or a row of it, and how senders are told.

One table: a public, stable code, and in three languages what is wrong and what to
do. `{column}` is the column as the sender calls it; the other facts are small and
never a whole identifier or address.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from postal.letters import RowError
from postal.senders import Language

_NO_FACTS: Final[Mapping[str, str | int]] = {}


class Code(StrEnum):
    """Public codes: those of a whole file first, then those of a row, then those of an order."""

    MANIFEST_EMPTY = "MANIFEST_EMPTY"
    MANIFEST_WITHOUT_ROWS = "MANIFEST_WITHOUT_ROWS"
    MANIFEST_UTF16 = "MANIFEST_UTF16"
    MANIFEST_SPREADSHEET = "MANIFEST_SPREADSHEET"
    MANIFEST_BINARY = "MANIFEST_BINARY"
    MANIFEST_GZIP_BROKEN = "MANIFEST_GZIP_BROKEN"
    MANIFEST_TOO_LARGE = "MANIFEST_TOO_LARGE"
    MANIFEST_TOO_MANY_ROWS = "MANIFEST_TOO_MANY_ROWS"
    MANIFEST_LINE_ENDINGS = "MANIFEST_LINE_ENDINGS"
    MANIFEST_NOT_CSV = "MANIFEST_NOT_CSV"
    MANIFEST_NOT_JSONL = "MANIFEST_NOT_JSONL"
    HEADER_UNREADABLE = "HEADER_UNREADABLE"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_TWICE = "COLUMN_TWICE"
    ROW_TOO_LARGE = "ROW_TOO_LARGE"
    TOO_MANY_DUPLICATES = "TOO_MANY_DUPLICATES"
    SENDER_DISABLED = "SENDER_DISABLED"
    BATCH_ID_TAKEN = "BATCH_ID_TAKEN"
    ENROLMENT_NOT_OFFERED = "ENROLMENT_NOT_OFFERED"
    REST_NOT_READ = "REST_NOT_READ"
    BATCH_NOT_ACCEPTED = "BATCH_NOT_ACCEPTED"
    TOO_MANY_ORDER_FILES = "TOO_MANY_ORDER_FILES"
    NOTHING_ORDERED = "NOTHING_ORDERED"

    EMPTY_ROW = "EMPTY_ROW"
    TOTAL_LINE = "TOTAL_LINE"
    FIELD_COUNT = "FIELD_COUNT"
    LINE_BREAK_IN_FIELD = "LINE_BREAK_IN_FIELD"
    QUOTE_UNBALANCED = "QUOTE_UNBALANCED"
    ENCODING_MIXED = "ENCODING_MIXED"
    NOT_A_JSON_OBJECT = "NOT_A_JSON_OBJECT"
    VALUE_NOT_TEXT = "VALUE_NOT_TEXT"
    VALUE_MISSING = "VALUE_MISSING"
    VALUE_TOO_LONG = "VALUE_TOO_LONG"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    CHOICE_UNKNOWN = "CHOICE_UNKNOWN"
    SPREADSHEET_ERROR = "SPREADSHEET_ERROR"
    REFERENCE_IS_FORMULA = "REFERENCE_IS_FORMULA"
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE"
    RECIPIENT_MISSING = "RECIPIENT_MISSING"
    RECIPIENT_UNREADABLE = "RECIPIENT_UNREADABLE"
    RECIPIENT_SCHEME_UNKNOWN = "RECIPIENT_SCHEME_UNKNOWN"
    RECIPIENT_LENGTH = "RECIPIENT_LENGTH"
    RECIPIENT_BIRTH_DATE = "RECIPIENT_BIRTH_DATE"
    RECIPIENT_CHECK_DIGITS = "RECIPIENT_CHECK_DIGITS"
    LEADING_ZERO_LOST = "LEADING_ZERO_LOST"
    SCIENTIFIC_NOTATION = "SCIENTIFIC_NOTATION"
    COLUMNS_SWAPPED = "COLUMNS_SWAPPED"
    TITLE_NOT_PLAIN = "TITLE_NOT_PLAIN"
    TITLE_HAS_IDENTIFIER = "TITLE_HAS_IDENTIFIER"
    DOCUMENT_NOT_PDF = "DOCUMENT_NOT_PDF"
    DOCUMENT_PATH_ABSOLUTE = "DOCUMENT_PATH_ABSOLUTE"
    DOCUMENT_PATH_BACKSLASH = "DOCUMENT_PATH_BACKSLASH"
    DOCUMENT_PATH_UPWARDS = "DOCUMENT_PATH_UPWARDS"
    DOCUMENT_PATH_EMPTY_PART = "DOCUMENT_PATH_EMPTY_PART"
    DOCUMENT_NAME_TOO_LONG = "DOCUMENT_NAME_TOO_LONG"
    TOO_MANY_DOCUMENTS = "TOO_MANY_DOCUMENTS"
    DOCUMENT_MISSING = "DOCUMENT_MISSING"
    DOCUMENT_EMPTY = "DOCUMENT_EMPTY"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    TIME_UNREADABLE = "TIME_UNREADABLE"
    TIME_WITHOUT_ZONE = "TIME_WITHOUT_ZONE"
    SPREADSHEET_DATE = "SPREADSHEET_DATE"
    ADDRESS_INCOMPLETE = "ADDRESS_INCOMPLETE"
    POSTAL_CODE_INVALID = "POSTAL_CODE_INVALID"
    COUNTRY_UNKNOWN = "COUNTRY_UNKNOWN"
    CONSENT_TERMS_UNKNOWN = "CONSENT_TERMS_UNKNOWN"
    CONSENT_OUT_OF_TIME = "CONSENT_OUT_OF_TIME"

    REFERENCE_UNKNOWN = "REFERENCE_UNKNOWN"
    REFERENCE_OF_REFUSED_ROW = "REFERENCE_OF_REFUSED_ROW"
    REFERENCE_NOT_TAKEN = "REFERENCE_NOT_TAKEN"
    RECALL_OF_ALL_AMONG_OTHERS = "RECALL_OF_ALL_AMONG_OTHERS"
    UNTIL_NOT_TAKEN = "UNTIL_NOT_TAKEN"
    UNTIL_NOT_AHEAD = "UNTIL_NOT_AHEAD"
    UNTIL_TOO_LATE = "UNTIL_TOO_LATE"


class Problem(NamedTuple):
    """One thing that is wrong, before it is put into words.

    Attributes:
        column: canonical name; empty for the whole row or file.
        facts: what the words name.
    """

    code: Code
    column: str = ""
    facts: Mapping[str, str | int] = _NO_FACTS


class ManifestError(Exception):
    """A manifest is refused as a whole; another file is read no further.

    Attributes:
        problem: why.
        line: physical line, counted from 1; 0 where no line is to blame.
    """

    def __init__(self, problem: Problem, line: int = 0) -> None:
        super().__init__(problem.code.value)
        self.problem = problem
        self.line = line


class Finding(Struct, frozen=True, kw_only=True):
    """One reason of a refusal, as the sender reads it in `summary.json`."""

    code: str
    line: int
    column: str
    message: str
    remedy: str


def in_words(problem: Problem, language: Language, heading: Callable[[str], str] = str) -> RowError:
    """A problem in the sender's language.

    Args:
        problem: what is wrong.
        language: Nynorsk reads Bokmål.
        heading: from a canonical column to what the sender calls it.
    """
    words = _WORDS[problem.code]
    message, remedy = {"en": words.en, "da": words.da}.get(language, words.nb)
    facts = {"column": heading(problem.column), **problem.facts}
    return RowError(
        code=problem.code,
        column=problem.column,
        message=message.format_map(facts),
        remedy=remedy.format_map(facts),
    )


def finding(error: ManifestError, language: Language) -> Finding:
    """Why a manifest is refused, in the sender's language."""
    told = in_words(error.problem, language)
    return Finding(code=told.code, line=error.line, column=told.column, message=told.message, remedy=told.remedy)


class _Words(NamedTuple):
    """Message and remedy, by language."""

    en: tuple[str, str]
    da: tuple[str, str]
    nb: tuple[str, str]


_SAVE_AS_CSV: Final = (
    "Save the sheet as “CSV UTF-8” and upload that file.",
    "Gem arket som “CSV UTF-8”, og upload den fil.",
    "Lagre arket som “CSV UTF-8” og last opp den filen.",
)

_WORDS: Final[Mapping[Code, _Words]] = {
    Code.MANIFEST_EMPTY: _Words(
        ("The file is empty.", "Upload it again with a header and its rows."),
        ("Filen er tom.", "Upload den igen med en overskriftsrække og dens rækker."),
        ("Filen er tom.", "Last den opp igjen med en overskriftsrad og radene."),
    ),
    Code.MANIFEST_WITHOUT_ROWS: _Words(
        ("The file has a header but no rows.", "Add the rows and upload it again."),
        ("Filen har en overskriftsrække, men ingen rækker.", "Tilføj rækkerne, og upload den igen."),
        ("Filen har en overskriftsrad, men ingen rader.", "Legg til radene og last den opp igjen."),
    ),
    Code.MANIFEST_UTF16: _Words(
        ("The file is written as UTF-16 (“Unicode text”).", _SAVE_AS_CSV[0]),
        ("Filen er skrevet som UTF-16 (“Unicode-tekst”).", _SAVE_AS_CSV[1]),
        ("Filen er skrevet som UTF-16 (“Unicode-tekst”).", _SAVE_AS_CSV[2]),
    ),
    Code.MANIFEST_SPREADSHEET: _Words(
        ("The file is a spreadsheet or ZIP file under the name of a text file.", _SAVE_AS_CSV[0]),
        ("Filen er et regneark eller en ZIP-fil med navn som en tekstfil.", _SAVE_AS_CSV[1]),
        ("Filen er et regneark eller en ZIP-fil med navn som en tekstfil.", _SAVE_AS_CSV[2]),
    ),
    Code.MANIFEST_BINARY: _Words(
        ("The file is no text file.", "Upload CSV, or JSONL where it is taken."),
        ("Filen er ikke en tekstfil.", "Upload CSV, eller JSONL hvor det modtages."),
        ("Filen er ikke en tekstfil.", "Last opp CSV, eller JSONL der det tas imot."),
    ),
    Code.MANIFEST_GZIP_BROKEN: _Words(
        ("The compressed file breaks off or is damaged.", "Compress it anew with gzip and upload it again."),
        ("Den komprimerede fil er afbrudt eller beskadiget.", "Komprimer den igen med gzip, og upload den igen."),
        ("Den komprimerte filen er avbrutt eller skadet.", "Komprimer den på nytt med gzip og last den opp igjen."),
    ),
    Code.MANIFEST_TOO_LARGE: _Words(
        ("The file is larger than {limit} MiB.", "Divide it into several uploads."),
        ("Filen er større end {limit} MiB.", "Del den i flere uploads."),
        ("Filen er større enn {limit} MiB.", "Del den i flere opplastinger."),
    ),
    Code.MANIFEST_TOO_MANY_ROWS: _Words(
        ("The file has more than {limit} rows.", "Divide it into several uploads."),
        ("Filen har mere end {limit} rækker.", "Del den i flere uploads."),
        ("Filen har mer enn {limit} rader.", "Del den i flere opplastinger."),
    ),
    Code.MANIFEST_LINE_ENDINGS: _Words(
        ("The file's lines end as on old Macintosh systems (CR alone).", "Save it with line ends LF or CRLF."),
        ("Filens linjer slutter som på gamle Macintosh-systemer (kun CR).", "Gem den med linjeskift LF/CRLF."),
        ("Filens linjer slutter som på gamle Macintosh-systemer (bare CR).", "Lagre den med linjeskift LF/CRLF."),
    ),
    Code.MANIFEST_NOT_CSV: _Words(
        ("The file is named .csv but holds JSON.", "Upload it as CSV; a manifest may be named manifest.jsonl."),
        ("Filen hedder .csv, men indeholder JSON.", "Upload den som CSV; et manifest må hedde manifest.jsonl."),
        ("Filen heter .csv, men inneholder JSON.", "Last den opp som CSV; et manifest kan hete manifest.jsonl."),
    ),
    Code.MANIFEST_NOT_JSONL: _Words(
        ("The manifest is named .jsonl but has no JSON object on its first line.", "Write one JSON object a line."),
        ("Manifestet hedder .jsonl, men har intet JSON-objekt på første linje.", "Skriv ét JSON-objekt pr. linje."),
        ("Manifestet heter .jsonl, men har ikke noe JSON-objekt på første linje.", "Skriv ett JSON-objekt per linje."),
    ),
    Code.HEADER_UNREADABLE: _Words(
        ("The header cannot be read: a quote or the encoding is wrong.", _SAVE_AS_CSV[0]),
        ("Overskriftsrækken kan ikke læses: et citationstegn eller tegnsættet er forkert.", _SAVE_AS_CSV[1]),
        ("Overskriftsraden kan ikke leses: et anførselstegn eller tegnsettet er feil.", _SAVE_AS_CSV[2]),
    ),
    Code.COLUMN_MISSING: _Words(
        (
            "These columns are missing: {missing}.",
            "Write their names in the first line as they stand here, separated by ; or , and upload again.",
        ),
        (
            "Disse kolonner mangler: {missing}.",
            "Skriv deres navne i første linje, som de står her, adskilt af ; eller , og upload igen.",
        ),
        (
            "Disse kolonnene mangler: {missing}.",
            "Skriv navnene i første linje slik de står her, atskilt med ; eller , og last opp igjen.",
        ),
    ),
    Code.COLUMN_TWICE: _Words(
        ("“{first}” and “{second}” both mean the column {column}.", "Keep one of them."),
        ("“{first}” og “{second}” betyder begge kolonnen {column}.", "Behold den ene."),
        ("“{first}” og “{second}” betyr begge kolonnen {column}.", "Behold den ene."),
    ),
    Code.ROW_TOO_LARGE: _Words(
        ("A line is longer than {limit} KiB.", "Look for a missing line break or quote, and upload again."),
        (
            "En linje er længere end {limit} KiB.",
            "Se efter et manglende linjeskift eller citationstegn, og upload igen.",
        ),
        (
            "En linje er lengre enn {limit} KiB.",
            "Se etter manglende linjeskift eller anførselstegn, og last opp igjen.",
        ),
    ),
    Code.TOO_MANY_DUPLICATES: _Words(
        ("More than {limit} references stand in the manifest twice.", "Look whether the rows were pasted twice."),
        ("Mere end {limit} referencer står to gange i manifestet.", "Se efter, om rækkerne er indsat to gange."),
        ("Mer enn {limit} referanser står to ganger i manifestet.", "Se etter om radene er limt inn to ganger."),
    ),
    Code.SENDER_DISABLED: _Words(
        ("This sender is disabled.", "Ask the operator."),
        ("Denne afsender er spærret.", "Kontakt driften."),
        ("Denne avsenderen er sperret.", "Kontakt driften."),
    ),
    Code.BATCH_ID_TAKEN: _Words(
        (
            "Another manifest was already accepted under this batch id. Nothing was changed.",
            "Upload the new manifest, with its documents, under a new batch id.",
        ),
        (
            "Et andet manifest er allerede godtaget under dette batch-id. Intet er ændret.",
            "Upload det nye manifest med dokumenter under et nyt batch-id.",
        ),
        (
            "Et annet manifest er allerede godtatt under denne batch-id-en. Ingenting er endret.",
            "Last opp det nye manifestet med dokumenter under en ny batch-id.",
        ),
    ),
    Code.ENROLMENT_NOT_OFFERED: _Words(
        ("Only private Danish senders enrol customers.", "Ask the operator."),
        ("Kun private danske afsendere tilmelder kunder.", "Kontakt driften."),
        ("Bare private danske avsendere melder på kunder.", "Kontakt driften."),
    ),
    Code.REST_NOT_READ: _Words(
        (
            "The rest of the file was not read; the rows before it stand.",
            "Correct the file and upload it again: what was taken already does no harm.",
        ),
        (
            "Resten af filen blev ikke læst; rækkerne før gælder.",
            "Ret filen, og upload den igen: det, der allerede er modtaget, gør ingen skade.",
        ),
        (
            "Resten av filen ble ikke lest; radene før gjelder.",
            "Rett filen og last den opp igjen: det som alt er mottatt, gjør ingen skade.",
        ),
    ),
    Code.BATCH_NOT_ACCEPTED: _Words(
        (
            "The batch is not accepted yet. Nothing was ordered.",
            "Upload the orders again once summary.json says that the batch is open, or awaiting_approval.",
        ),
        (
            "Batchen er ikke godtaget endnu. Intet er udført.",
            "Upload ordrerne igen, når summary.json siger, at batchen er open eller awaiting_approval.",
        ),
        (
            "Batchen er ikke godtatt ennå. Ingenting er utført.",
            "Last opp ordrene igjen når summary.json sier at batchen er open eller awaiting_approval.",
        ),
    ),
    Code.TOO_MANY_ORDER_FILES: _Words(
        ("Already {limit} order files were taken for this batch. Nothing was ordered.", "Ask the operator."),
        ("Der er allerede modtaget {limit} ordrefiler for denne batch. Intet er udført.", "Kontakt driften."),
        ("Det er alt mottatt {limit} ordrefiler for denne batchen. Ingenting er utført.", "Kontakt driften."),
    ),
    Code.NOTHING_ORDERED: _Words(
        ("Nothing of the file was ordered.", "Correct the file and upload all of it again."),
        ("Intet i filen er udført.", "Ret filen, og upload den hele igen."),
        ("Ingenting i filen er utført.", "Rett filen og last opp hele igjen."),
    ),
    Code.EMPTY_ROW: _Words(
        ("The row is empty.", "Delete it."),
        ("Rækken er tom.", "Slet den."),
        ("Raden er tom.", "Slett den."),
    ),
    Code.TOTAL_LINE: _Words(
        ("The row looks like a total.", "Delete it."),
        ("Rækken ligner en sum.", "Slet den."),
        ("Raden ligner en sum.", "Slett den."),
    ),
    Code.FIELD_COUNT: _Words(
        (
            "The row has {found} fields, the header has {expected}.",
            "Put a field that contains the separator in double quotes; write the separator before empty fields too.",
        ),
        (
            "Rækken har {found} felter, overskriftsrækken har {expected}.",
            "Sæt et felt, der indeholder skilletegnet, i dobbelte citationstegn; skriv det også før tomme felter.",
        ),
        (
            "Raden har {found} felt, overskriftsraden har {expected}.",
            "Sett et felt som inneholder skilletegnet, i doble anførselstegn; skriv det også før tomme felt.",
        ),
    ),
    Code.LINE_BREAK_IN_FIELD: _Words(
        ("A field contains a line break.", "Write the field on one line."),
        ("Et felt indeholder et linjeskift.", "Skriv feltet på én linje."),
        ("Et felt inneholder et linjeskift.", "Skriv feltet på én linje."),
    ),
    Code.QUOTE_UNBALANCED: _Words(
        ("A double quote is opened and not closed, or closed too early.", "Double each quote within a quoted field."),
        ("Et citationstegn lukkes ikke, eller lukkes for tidligt.", "Skriv hvert citationstegn i et felt to gange."),
        ("Et anførselstegn lukkes ikke, eller lukkes for tidlig.", "Skriv hvert anførselstegn i et felt to ganger."),
    ),
    Code.ENCODING_MIXED: _Words(
        ("The line is written in another encoding than the lines before it.", "Save the whole file as UTF-8."),
        ("Linjen er skrevet med et andet tegnsæt end linjerne før den.", "Gem hele filen som UTF-8."),
        ("Linjen er skrevet med et annet tegnsett enn linjene før den.", "Lagre hele filen som UTF-8."),
    ),
    Code.NOT_A_JSON_OBJECT: _Words(
        ("The line is no JSON object.", "Write one whole JSON object a line."),
        ("Linjen er ikke et JSON-objekt.", "Skriv ét helt JSON-objekt pr. linje."),
        ("Linjen er ikke et JSON-objekt.", "Skriv ett helt JSON-objekt per linje."),
    ),
    Code.VALUE_NOT_TEXT: _Words(
        ("{column} is neither text nor a whole number.", "Write it as text in double quotes."),
        ("{column} er hverken tekst eller et heltal.", "Skriv det som tekst i dobbelte citationstegn."),
        ("{column} er verken tekst eller et heltall.", "Skriv det som tekst i doble anførselstegn."),
    ),
    Code.VALUE_MISSING: _Words(
        ("{column} is empty.", "Fill it in."),
        ("{column} er tom.", "Udfyld den."),
        ("{column} er tom.", "Fyll den ut."),
    ),
    Code.VALUE_TOO_LONG: _Words(
        ("{column} has more than {limit} characters.", "Shorten it."),
        ("{column} har mere end {limit} tegn.", "Forkort den."),
        ("{column} har mer enn {limit} tegn.", "Kort den ned."),
    ),
    Code.CONTROL_CHARACTER: _Words(
        ("{column} contains a tab or another invisible character.", "Write it again by hand, or clean the source."),
        ("{column} indeholder en tabulator eller et andet usynligt tegn.", "Skriv feltet igen, eller ret kilden."),
        ("{column} inneholder en tabulator eller et annet usynlig tegn.", "Skriv feltet på nytt, eller rett kilden."),
    ),
    Code.CHOICE_UNKNOWN: _Words(
        ("{column} has a value that is not known.", "Write one of: {choices}."),
        ("{column} har en værdi, der ikke kendes.", "Skriv en af: {choices}."),
        ("{column} har en verdi som ikke er kjent.", "Skriv en av: {choices}."),
    ),
    Code.SPREADSHEET_ERROR: _Words(
        ("{column} holds the error {found} of a formula.", "Correct the formula, or write the value itself."),
        ("{column} indeholder en formels fejl {found}.", "Ret formlen, eller skriv selve værdien."),
        ("{column} inneholder formelfeilen {found}.", "Rett formelen, eller skriv selve verdien."),
    ),
    Code.REFERENCE_IS_FORMULA: _Words(
        (
            "{column} begins with “{start}”, so a spreadsheet would read it as a formula.",
            "Begin it with a letter or a digit.",
        ),
        (
            "{column} begynder med “{start}”, så et regneark ville læse den som en formel.",
            "Begynd med et bogstav eller et ciffer.",
        ),
        (
            "{column} begynner med “{start}”, så et regneark ville lest den som en formel.",
            "Begynn med en bokstav eller et siffer.",
        ),
    ),
    Code.DUPLICATE_REFERENCE: _Words(
        ("The same {column} stands in row {first}, which is kept.", "Give each letter its own reference."),
        ("Samme {column} står i række {first}, som beholdes.", "Giv hvert brev sin egen reference."),
        ("Samme {column} står i rad {first}, som beholdes.", "Gi hvert brev sin egen referanse."),
    ),
    Code.RECIPIENT_MISSING: _Words(
        (
            "The row has neither a recipient nor a complete address for paper.",
            "Fill in {column}, or name, address_1, postal_code and city.",
        ),
        (
            "Rækken har hverken modtager eller en fuldstændig adresse til papir.",
            "Udfyld {column}, eller navn, adresse, postnummer og by.",
        ),
        (
            "Raden har verken mottaker eller fullstendig adresse for papir.",
            "Fyll ut {column}, eller navn, adresse, postnummer og poststed.",
        ),
    ),
    Code.RECIPIENT_UNREADABLE: _Words(
        ("{column} is no identifier.", "Write the number alone, or scheme:number such as {example}."),
        ("{column} er ikke et id.", "Skriv nummeret alene, eller type:nummer som {example}."),
        ("{column} er ikke en id.", "Skriv nummeret alene, eller type:nummer som {example}."),
    ),
    Code.RECIPIENT_SCHEME_UNKNOWN: _Words(
        ("{column} begins with a scheme that is not known.", "Use one of: {choices}."),
        ("{column} begynder med en type, der ikke kendes.", "Brug en af: {choices}."),
        ("{column} begynner med en type som ikke er kjent.", "Bruk en av: {choices}."),
    ),
    Code.RECIPIENT_LENGTH: _Words(
        ("{column} has {found} digits; {expected} are expected.", "Copy the number again from its source."),
        ("{column} har {found} cifre; der forventes {expected}.", "Kopiér nummeret igen fra kilden."),
        ("{column} har {found} sifre; {expected} er forventet.", "Kopier nummeret på nytt fra kilden."),
    ),
    Code.RECIPIENT_BIRTH_DATE: _Words(
        ("{column} does not begin with a date of birth.", "Check the first six digits."),
        ("{column} begynder ikke med en fødselsdato.", "Kontrollér de første seks cifre."),
        ("{column} begynner ikke med en fødselsdato.", "Kontroller de seks første sifrene."),
    ),
    Code.RECIPIENT_CHECK_DIGITS: _Words(
        ("The check digits of {column} do not match: a digit is wrong.", "Copy the number again from its source."),
        ("Kontrolcifrene i {column} passer ikke: et ciffer er forkert.", "Kopiér nummeret igen fra kilden."),
        ("Kontrollsifrene i {column} stemmer ikke: et siffer er feil.", "Kopier nummeret på nytt fra kilden."),
    ),
    Code.LEADING_ZERO_LOST: _Words(
        (
            "{column} has lost its leading zero, as happens in spreadsheets.",
            "Format the column as text, put the 0 back in front, and export again.",
        ),
        (
            "{column} har mistet sit foranstillede nul, som det sker i regneark.",
            "Formatér kolonnen som tekst, sæt 0 foran igen, og eksportér igen.",
        ),
        (
            "{column} har mistet den innledende nullen, slik det skjer i regneark.",
            "Formater kolonnen som tekst, sett 0 foran igjen, og eksporter på nytt.",
        ),
    ),
    Code.SCIENTIFIC_NOTATION: _Words(
        (
            "{column} is written as 1.23E+10: the spreadsheet has thrown digits away.",
            "Format the column as text, fetch the numbers again from their source, and export again.",
        ),
        (
            "{column} er skrevet som 1,23E+10: regnearket har smidt cifre væk.",
            "Formatér kolonnen som tekst, hent numrene igen fra kilden, og eksportér igen.",
        ),
        (
            "{column} er skrevet som 1,23E+10: regnearket har kastet sifre.",
            "Formater kolonnen som tekst, hent numrene på nytt fra kilden, og eksporter på nytt.",
        ),
    ),
    Code.COLUMNS_SWAPPED: _Words(
        ("{column} holds what looks like the recipient's number.", "Check that the columns are not swapped."),
        ("{column} indeholder noget, der ligner modtagerens nummer.", "Kontrollér, at kolonnerne ikke er byttet om."),
        ("{column} inneholder noe som ligner mottakerens nummer.", "Kontroller at kolonnene ikke er byttet om."),
    ),
    Code.TITLE_NOT_PLAIN: _Words(
        ("{column} contains markup; only plain text is shown.", "Remove the tags."),
        ("{column} indeholder opmærkning; kun ren tekst vises.", "Fjern koderne."),
        ("{column} inneholder markering; bare ren tekst vises.", "Fjern kodene."),
    ),
    Code.TITLE_HAS_IDENTIFIER: _Words(
        (
            "{column} contains what looks like a personal identity number; titles are shown in notices.",
            "Remove the number.",
        ),
        (
            "{column} indeholder noget, der ligner et personnummer; titler vises i adviseringer.",
            "Fjern nummeret.",
        ),
        (
            "{column} inneholder noe som ligner et fødselsnummer; titler vises i varsler.",
            "Fjern nummeret.",
        ),
    ),
    Code.DOCUMENT_NOT_PDF: _Words(
        ("“{path}” is no PDF by its name.", "Convert it to PDF; its name must end with .pdf."),
        ("“{path}” er efter navnet ikke en PDF.", "Konvertér den til PDF; navnet skal slutte med .pdf."),
        ("“{path}” er etter navnet ikke en PDF.", "Konverter den til PDF; navnet må slutte med .pdf."),
    ),
    Code.DOCUMENT_PATH_ABSOLUTE: _Words(
        ("“{path}” is an absolute path.", "Write the path below the batch's documents/ folder."),
        ("“{path}” er en absolut sti.", "Skriv stien under batchens mappe documents/."),
        ("“{path}” er en absolutt sti.", "Skriv stien under batchens mappe documents/."),
    ),
    Code.DOCUMENT_PATH_BACKSLASH: _Words(
        ("“{path}” is a path with backslashes.", "Write / between folders."),
        ("“{path}” er en sti med omvendt skråstreg.", "Skriv / mellem mapper."),
        ("“{path}” er en sti med omvendt skråstrek.", "Skriv / mellom mapper."),
    ),
    Code.DOCUMENT_PATH_UPWARDS: _Words(
        ("“{path}” leads out of its folder.", "Write the path without “.” and “..”."),
        ("“{path}” fører ud af sin mappe.", "Skriv stien uden “.” og “..”."),
        ("“{path}” fører ut av mappen sin.", "Skriv stien uten “.” og “..”."),
    ),
    Code.DOCUMENT_PATH_EMPTY_PART: _Words(
        ("{column} names a document without a name.", "Remove the superfluous | or /."),
        ("{column} nævner et dokument uden navn.", "Fjern den overflødige | eller /."),
        ("{column} nevner et dokument uten navn.", "Fjern den overflødige | eller /."),
    ),
    Code.DOCUMENT_NAME_TOO_LONG: _Words(
        ("“{path}…” has a name of more than {limit} characters.", "Shorten the document's name."),
        ("“{path}…” har et navn på mere end {limit} tegn.", "Forkort dokumentets navn."),
        ("“{path}…” har et navn på mer enn {limit} tegn.", "Kort ned dokumentets navn."),
    ),
    Code.TOO_MANY_DOCUMENTS: _Words(
        ("The letter has more than {limit} documents.", "Join some of them into one PDF."),
        ("Brevet har mere end {limit} dokumenter.", "Saml nogle af dem i én PDF."),
        ("Brevet har mer enn {limit} dokumenter.", "Slå noen av dem sammen til én PDF."),
    ),
    Code.DOCUMENT_MISSING: _Words(
        (
            "“{path}” is not in the batch's documents/ folder.",
            "Put the document there; mind upper and lower case.",
        ),
        (
            "“{path}” findes ikke i batchens mappe documents/.",
            "Læg dokumentet der; vær opmærksom på store og små bogstaver.",
        ),
        (
            "“{path}” finnes ikke i batchens mappe documents/.",
            "Legg dokumentet der; vær nøye med store og små bokstaver.",
        ),
    ),
    Code.DOCUMENT_EMPTY: _Words(
        ("“{path}” is empty (0 bytes).", "Export the document again."),
        ("“{path}” er tom (0 byte).", "Eksportér dokumentet igen."),
        ("“{path}” er tom (0 byte).", "Eksporter dokumentet på nytt."),
    ),
    Code.DOCUMENT_TOO_LARGE: _Words(
        (
            "“{path}” has {found} bytes; mailboxes take {limit}.",
            "Make the PDF smaller.",
        ),
        (
            "“{path}” fylder {found} byte; postkasser tager {limit}.",
            "Gør PDF-filen mindre.",
        ),
        (
            "“{path}” er på {found} byte; postkasser tar {limit}.",
            "Gjør PDF-filen mindre.",
        ),
    ),
    Code.TIME_UNREADABLE: _Words(
        ("{column} is no date or time.", "Write 2026-12-31 or 2026-12-31T09:00:00+01:00."),
        ("{column} er hverken dato eller tid.", "Skriv 2026-12-31 eller 2026-12-31T09:00:00+01:00."),
        ("{column} er verken dato eller tid.", "Skriv 2026-12-31 eller 2026-12-31T09:00:00+01:00."),
    ),
    Code.TIME_WITHOUT_ZONE: _Words(
        (
            "{column} is a time without a zone.",
            "Add the offset, as in 2026-12-31T09:00:00+01:00, or write the date only.",
        ),
        ("{column} er en tid uden tidszone.", "Tilføj den, som i 2026-12-31T09:00:00+01:00, eller skriv kun datoen."),
        (
            "{column} er en tid uten tidssone.",
            "Legg den til, som i 2026-12-31T09:00:00+01:00, eller skriv bare datoen.",
        ),
    ),
    Code.SPREADSHEET_DATE: _Words(
        ("{column} is written as a spreadsheet shows dates.", "Write it as 2026-12-31: year, month, day."),
        ("{column} er skrevet, som regneark viser datoer.", "Skriv den som 2026-12-31: år, måned, dag."),
        ("{column} er skrevet slik regneark viser datoer.", "Skriv den som 2026-12-31: år, måned, dag."),
    ),
    Code.ADDRESS_INCOMPLETE: _Words(
        (
            "The letter may go on paper, but of its address these are empty: {missing}.",
            "Fill them in, or set delivery to digital_only.",
        ),
        (
            "Brevet kan blive sendt på papir, men af adressen mangler: {missing}.",
            "Udfyld dem, eller sæt levering til digital_only.",
        ),
        (
            "Brevet kan bli sendt på papir, men av adressen mangler: {missing}.",
            "Fyll dem ut, eller sett levering til digital_only.",
        ),
    ),
    Code.POSTAL_CODE_INVALID: _Words(
        ("{column} has not the four digits of {country}.", "Write four digits, a leading 0 included."),
        ("{column} har ikke fire cifre som i {country}.", "Skriv fire cifre, også et foranstillet 0."),
        ("{column} har ikke fire sifre som i {country}.", "Skriv fire sifre, også en innledende 0."),
    ),
    Code.COUNTRY_UNKNOWN: _Words(
        ("{column} is no known country.", "Write its two-letter ISO 3166-1 code, such as NO or DK."),
        ("{column} er ikke et kendt land.", "Skriv landets ISO 3166-1-kode på to bogstaver, såsom NO eller DK."),
        ("{column} er ikke et kjent land.", "Skriv landets ISO 3166-1-kode på to bokstaver, som NO eller DK."),
    ),
    Code.CONSENT_TERMS_UNKNOWN: _Words(
        ("{column} names none of your terms.", "Write one of: {choices}."),
        ("{column} nævner ingen af jeres vilkår.", "Skriv en af: {choices}."),
        ("{column} nevner ingen av vilkårene deres.", "Skriv en av: {choices}."),
    ),
    Code.CONSENT_OUT_OF_TIME: _Words(
        (
            "{column} is before the terms took effect ({since}), or in the future.",
            "Write when the customer accepted these terms.",
        ),
        (
            "{column} er før vilkårene trådte i kraft ({since}), eller i fremtiden.",
            "Skriv, hvornår kunden accepterede disse vilkår.",
        ),
        (
            "{column} er før vilkårene trådte i kraft ({since}), eller i framtiden.",
            "Skriv når kunden godtok disse vilkårene.",
        ),
    ),
    Code.REFERENCE_UNKNOWN: _Words(
        (
            "No letter of the batch has this {column}.",
            "Write it as in the manifest; mind leading zeros, upper and lower case.",
        ),
        (
            "Intet brev i batchen har denne {column}.",
            "Skriv den som i manifestet; vær opmærksom på foranstillede nuller, store og små bogstaver.",
        ),
        (
            "Ingen brev i batchen har denne {column}.",
            "Skriv den som i manifestet; vær nøye med innledende nuller, store og små bokstaver.",
        ),
    ),
    Code.REFERENCE_OF_REFUSED_ROW: _Words(
        ("The row with this {column} was refused; nothing was sent.", "Correct the row and send it in a new batch."),
        ("Rækken med denne {column} blev afvist; intet er sendt.", "Ret rækken, og send den i en ny batch."),
        ("Raden med denne {column} ble avvist; ingenting er sendt.", "Rett raden og send den i en ny batch."),
    ),
    Code.REFERENCE_NOT_TAKEN: _Words(
        (
            "“{order}” is for the whole batch, but {column} names a letter.",
            "Empty {column}; to take one letter back, order recall.",
        ),
        (
            "“{order}” gælder hele batchen, men {column} nævner et brev.",
            "Tøm {column}; bestil recall for at trække et enkelt brev tilbage.",
        ),
        (
            "“{order}” gjelder hele batchen, men {column} nevner et brev.",
            "Tøm {column}; bestill recall for å trekke tilbake et enkelt brev.",
        ),
    ),
    Code.RECALL_OF_ALL_AMONG_OTHERS: _Words(
        (
            "Without {column} the whole batch would be recalled, but other lines of the file name single letters.",
            "Fill in {column}; or recall the whole batch in a file of its own.",
        ),
        (
            "Uden {column} ville hele batchen blive trukket tilbage, men andre linjer i filen nævner enkelte breve.",
            "Udfyld {column}; eller træk hele batchen tilbage i en fil for sig.",
        ),
        (
            "Uten {column} ville hele batchen blitt trukket tilbake, men andre linjer i filen nevner enkelte brev.",
            "Fyll ut {column}; eller trekk tilbake hele batchen i en egen fil.",
        ),
    ),
    Code.UNTIL_NOT_TAKEN: _Words(
        ("“{order}” has no use for {column}.", "Empty {column}; to hold the letter longer, order extend."),
        ("“{order}” bruger ikke {column}.", "Tøm {column}; bestil extend for at opbevare brevet længere."),
        ("“{order}” bruker ikke {column}.", "Tøm {column}; bestill extend for å oppbevare brevet lenger."),
    ),
    Code.UNTIL_NOT_AHEAD: _Words(
        ("{column} was already past when the file was uploaded.", "Write a date or time that lies ahead."),
        ("{column} var allerede passeret, da filen blev uploadet.", "Skriv en dato eller tid, der ligger forude."),
        ("{column} var alt passert da filen ble lastet opp.", "Skriv en dato eller tid som ligger foran."),
    ),
    Code.UNTIL_TOO_LATE: _Words(
        (
            "{column} is after {latest}, the longest that letters of this batch can be held.",
            "Write an earlier date.",
        ),
        ("{column} er efter {latest}, så længe breve i denne batch højst kan opbevares.", "Skriv en tidligere dato."),
        ("{column} er etter {latest}, så lenge brev i denne batchen høyst kan oppbevares.", "Skriv en tidligere dato."),
    ),
}
