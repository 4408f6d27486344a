"""The words of the batch report, in the languages of receipts."""

from collections.abc import Mapping
from typing import Final

from postal import consent
from postal.channels import Channel
from postal.reasons import Reason
from postal.senders import Language
from postal.status import Status
from receipts import lines, words
from receipts.words import Words

#: What stands on the page, by the name under which its template asks for it. The facts in braces are put in there.
TEXTS: Final[Mapping[str, Words]] = {
    "report_on": Words("Rapport om batch", "Rapport om batch", "Report on batch"),
    "list": Words("Liste nr. {number}", "Liste nr. {number}", "List no. {number}"),
    "written": Words("skrevet {time}", "skrevet {time}", "written {time}"),
    "accepted": Words(
        "Batchen blev taget imod {time}.", "Batchen ble tatt imot {time}.", "The batch was taken in {time}."
    ),
    "in_short": Words("Kort fortalt", "Kort fortalt", "In short"),
    "rows": Words("Rækker", "Rader", "Rows"),
    "there": Words("Nået frem", "Kommet fram", "Arrived"),
    "there_note": Words("i en postkasse eller trykt", "i en postkasse eller skrevet ut", "in a mailbox, or printed"),
    "taken_in": Words("Taget imod", "Tatt imot", "Taken in"),
    "taken_in_note": Words(
        "listen viser ikke, hvad der blev af dem",
        "listen viser ikke hva det ble av dem",
        "the list does not tell what became of them",
    ),
    "way": Words("Undervejs", "Underveis", "On the way"),
    "way_note": Words("venter eller opbevares", "venter eller oppbevares", "waiting, or held"),
    "not": Words("Ikke nået frem", "Ikke kommet fram", "Not arrived"),
    "not_note": Words("afvist, stoppet eller retur", "avvist, stoppet eller i retur", "refused, stopped or come back"),
    "letters": Words("Breve", "Brev", "Letters"),
    "share": Words("Andel", "Andel", "Share"),
    "channel": Words("Kanal", "Kanal", "Channel"),
    "status": Words("Status", "Status", "Status"),
    "why": Words("Hvorfor", "Hvorfor", "Why"),
    "until": Words("Indtil", "Inntil", "Until"),
    "to_do": Words("Det skal I gøre", "Dette må dere gjøre", "What you should do"),
    "nothing_to_do": Words(
        "I skal ikke gøre noget nu.", "Dere trenger ikke gjøre noe nå.", "There is nothing for you to do now."
    ),
    "flow": Words("Hvad der kom ind, og hvor det gik hen", "Hva som kom inn, og hvor det ble av", "Where it went"),
    "flow_alt": Words(
        "Strømme fra {rows} rækker gennem kanaler til status: {outcomes}. Tabellen viser de samme tal.",
        "Strømmer fra {rows} rader gjennom kanaler til status: {outcomes}. Tabellen viser de samme tallene.",
        "Flows from {rows} rows through channels to statuses: {outcomes}. The table has the same numbers.",
    ),
    "the_same": Words("De samme tal", "De samme tallene", "The same numbers"),
    "openings": Words("Åbnet i postkassen", "Åpnet i postkassen", "Opened in the mailbox"),
    "in_mailboxes": Words("I postkasser", "I postkasser", "In mailboxes"),
    "openings_of": Words(
        "Åbnet: {opened} af {all} breve, der ligger i en postkasse ({share}).",
        "Åpnet: {opened} av {all} brev som ligger i en postkasse ({share}).",
        "Opened: {opened} of {all} letters that lie in a mailbox ({share}).",
    ),
    "paper_from": Words(
        "Papir følger, hvor brevet stadig er uåbnet efter {hours} timer på arbejdsdage: tidligst {days}.",
        "Papir følger der brevet fortsatt er uåpnet etter {hours} timer på arbeidsdager: tidligst {days}.",
        "Paper follows where the letter is still unopened after {hours} hours on working days: {days} at the earliest.",
    ),
    "openings_alt": Words(
        "Kurve over åbnede breve fra {first} til {last}: {opened} af {all}. Tabellen viser de samme tal.",
        "Kurve over åpnede brev fra {first} til {last}: {opened} av {all}. Tabellen viser de samme tallene.",
        "Curve of opened letters from {first} to {last}: {opened} of {all}. The table has the same numbers.",
    ),
    "day": Words("Dag", "Dag", "Day"),
    "week": Words("Uge fra", "Uke fra", "Week from"),
    "opened": Words("Åbnet", "Åpnet", "Opened"),
    "opened_in_all": Words("Åbnet i alt", "Åpnet i alt", "Opened in all"),
    "to_paper": Words("Papirfrist", "Papirfrist", "Paper deadline"),
    "refused": Words(
        "Hvad der ikke nåede frem, og hvorfor", "Hva som ikke kom fram, og hvorfor", "What did not arrive"
    ),
    "waits": Words("Hvad der venter, og hvor længe", "Hva som venter, og hvor lenge", "What waits, and until when"),
    "not_fixed": Words("ikke fastsat", "ikke fastsatt", "not fixed"),
    "columns": Words("Kolonner, der ikke er brugt", "Kolonner som ikke er brukt", "Columns that were not used"),
    "more_columns": Words("Resten står i summary.json.", "Resten står i summary.json.", "summary.json names the rest."),
    "files": Words("Hvor hvert brev står", "Hvor hvert brev står", "Where each letter stands"),
    "files_note": Words(
        "Siden er lavet af listen og har kun tal. receipts.csv viser hvert brev, {changes} hvad denne liste ændrede, "
        "orders.csv svarene på ordrer, hvor der er nogen, og summary.json batchens tilstand nu.",
        "Siden er laget av listen og har bare tall. receipts.csv viser hvert brev, {changes} hva denne listen endret, "
        "orders.csv svarene på ordrer der det finnes noen, og summary.json tilstanden til batchen nå.",
        "This page is made of the list and has numbers only. receipts.csv shows every letter, {changes} what this list "
        "changed, orders.csv the answers to orders where there are any, and summary.json the state of the batch now.",
    ),
}

#: What the sender should do, by the name of the case.
TO_DO: Final[Mapping[str, Words]] = {
    "to_correct": Words(
        "Ret rækkerne i to_correct.csv, hvor fejlen står ved hver af dem, og upload filen som en ny batch.",
        "Rett radene i to_correct.csv, der feilen står ved hver av dem, og last opp filen som en ny batch.",
        "Correct the rows in to_correct.csv, where each has its error beside it, and upload the file as a new batch.",
    ),
    Status.REJECTED: Words(
        "Se receipts.csv (status rejected): send breve uden gyldigt samtykke igen, når samtykket foreligger, "
        "og find en anden vej for dem, der ikke kan nås digitalt.",
        "Se receipts.csv (status rejected): send brev uten gyldig samtykke igjen når samtykket foreligger, "
        "og finn en annen vei for dem som ikke kan nås digitalt.",
        "See receipts.csv (status rejected): send letters without valid consent again when you have it, and find "
        "another way for those that cannot be reached digitally.",
    ),
    Status.RETURNED: Words(
        "Returpost: kontrollér adresserne på brevene med status returned i receipts.csv, "
        "og send dem igen i en ny batch.",
        "Returpost: kontroller adressene på brevene med status returned i receipts.csv, "
        "og send dem igjen i en ny batch.",
        "Returned mail: check the addresses of the letters with status returned in receipts.csv, "
        "and send them again in a new batch.",
    ),
    Status.EXPIRED: Words(
        "Send brevene med status expired i receipts.csv ad anden vej, hvis de stadig skal frem.",
        "Send brevene med status expired i receipts.csv på en annen måte hvis de fortsatt skal fram.",
        "Send the letters with status expired in receipts.csv another way if they still have to arrive.",
    ),
    Status.FAILED: Words(
        "Se årsagen ved brevene med status failed i receipts.csv; ret dokumentet, eller send dem ad anden vej.",
        "Se årsaken ved brevene med status failed i receipts.csv; rett dokumentet, eller send dem på en annen måte.",
        "See why at the letters with status failed in receipts.csv; correct the document, or send them another way.",
    ),
    "follow_up": Words(
        "Svarfristen er udløbet: følg op på brevene i no_reaction.csv, "
        "eller meld dem, der har svaret, med ordren responded.",
        "Svarfristen er ute: følg opp brevene i no_reaction.csv, eller meld dem som har svart, med ordren responded.",
        "The day for a response has passed: follow up on the letters in no_reaction.csv, "
        "or report those that were answered with the order responded.",
    ),
    Status.HELD: Words(
        "Ingen hast: brevene i held.csv venter på modtagerne. "
        "Med ordrerne extend, print og return kan I ændre, hvad der sker.",
        "Ingen hast: brevene i held.csv venter på mottakerne. "
        "Med ordrene extend, print og return kan dere endre hva som skjer.",
        "No hurry: the letters in held.csv wait for their recipients. "
        "The orders extend, print and return change what happens.",
    ),
}

#: The outcome of a letter, of which a neutral list tells that it is taken in and no more.
TAKEN_IN: Final = "taken_in"

OUTCOMES: Final[Mapping[str, Words]] = {
    Status.OPENED: Words("Åbnet", "Åpnet", "Opened"),
    Status.DELIVERED: Words("I postkassen", "I postkassen", "In the mailbox"),
    Status.NOTICE_FAILED: Words("Ikke adviseret", "Ikke varslet", "Notice failed"),
    Status.PRINTED: Words("Sendt på papir", "Sendt på papir", "Sent on paper"),
    TAKEN_IN: Words("Taget imod", "Tatt imot", "Taken in"),
    Status.IN_TRANSIT: Words("På vej", "På vei", "On its way"),
    Status.TO_PRINT: Words("Skal trykkes", "Skal skrives ut", "To be printed"),
    Status.HELD: Words("Opbevares", "Oppbevares", "Held"),
    Status.WAITING: Words("Venter", "Venter", "Waiting"),
    Status.RETURNED: Words("Retur fra posten", "I retur fra posten", "Returned mail"),
    Status.EXPIRED: Words("Ikke sendt", "Ikke sendt", "Not sent"),
    Status.RECALLED: Words("Trukket tilbage", "Trukket tilbake", "Recalled"),
    Status.STOPPED: Words("Stoppet", "Stoppet", "Stopped"),
    Status.FAILED: Words("Mislykket", "Mislykket", "Failed"),
    Status.REJECTED: Words("Afvist", "Avvist", "Refused"),
}

CHANNELS: Final[Mapping[str, Words]] = {
    Channel.ALTINN: Words("Altinn", "Altinn", "Altinn"),
    Channel.DIGIPOST: Words("Digipost", "Digipost", "Digipost"),
    Channel.EBOKS: Words("e-Boks", "e-Boks", "e-Boks"),
    Channel.DIGITAL_POST: Words("Digital Post", "Digital Post", "Digital Post"),
    Channel.PRINT: Words("Papir", "Papir", "Paper"),
    "": Words("Ingen kanal", "Ingen kanal", "No channel"),
}

MONTHS: Final = (
    Words("januar", "januar", "January"),
    Words("februar", "februar", "February"),
    Words("marts", "mars", "March"),
    Words("april", "april", "April"),
    Words("maj", "mai", "May"),
    Words("juni", "juni", "June"),
    Words("juli", "juli", "July"),
    Words("august", "august", "August"),
    Words("september", "september", "September"),
    Words("oktober", "oktober", "October"),
    Words("november", "november", "November"),
    Words("december", "desember", "December"),
)

#: What a code means that is no reason of the rule table. Of refused rows it says what is wrong without naming the
#: column or the document: that stands in to_correct.csv.
OF_CODE: Final[Mapping[str, Words]] = {
    lines.TO_BE_SORTED: words.TO_BE_SORTED,
    lines.AWAITS_APPROVAL: Words(
        "Batchen venter på jeres godkendelse.",
        "Batchen venter på deres godkjenning.",
        "The batch waits for your approval.",
    ),
    lines.ACCEPTED: words.ACCEPTED,
    consent.SENT_ON_PAPER: Words("Brevet gik på papir.", "Brevet gikk på papir.", "The letter went on paper."),
    consent.NOT_SENT: Words(
        "Brevet sendes ikke herfra.", "Brevet sendes ikke herfra.", "The letter will not be sent from here."
    ),
    "EMPTY_ROW": Words("Rækken er tom.", "Raden er tom.", "The row is empty."),
    "TOTAL_LINE": Words("Rækken ligner en sum.", "Raden ligner en sum.", "The row looks like a total."),
    "FIELD_COUNT": Words(
        "Rækken har flere eller færre felter end overskriften.",
        "Raden har flere eller færre felt enn overskriften.",
        "The row has more or fewer fields than the header.",
    ),
    "LINE_BREAK_IN_FIELD": Words(
        "Et felt indeholder et linjeskift.", "Et felt inneholder et linjeskift.", "A field contains a line break."
    ),
    "QUOTE_UNBALANCED": Words(
        "Et citationstegn lukkes ikke, eller lukkes for tidligt.",
        "Et anførselstegn lukkes ikke, eller lukkes for tidlig.",
        "A double quote is opened and not closed, or closed too early.",
    ),
    "ENCODING_MIXED": Words(
        "Linjen er skrevet med et andet tegnsæt end linjerne før den.",
        "Linjen er skrevet med et annet tegnsett enn linjene før den.",
        "The line is written in another encoding than the lines before it.",
    ),
    "NOT_A_JSON_OBJECT": Words(
        "Linjen er ikke et JSON-objekt.", "Linjen er ikke et JSON-objekt.", "The line is no JSON object."
    ),
    "VALUE_NOT_TEXT": Words(
        "Et felt er hverken tekst eller et heltal.",
        "Et felt er verken tekst eller et heltall.",
        "A field is neither text nor a whole number.",
    ),
    "VALUE_MISSING": Words(
        "Et felt, der skal udfyldes, er tomt.",
        "Et felt som må fylles ut, er tomt.",
        "A field that is needed is empty.",
    ),
    "VALUE_TOO_LONG": Words("Et felt er for langt.", "Et felt er for langt.", "A field is too long."),
    "CONTROL_CHARACTER": Words(
        "Et felt indeholder et usynligt tegn.",
        "Et felt inneholder et usynlig tegn.",
        "A field contains an invisible character.",
    ),
    "CHOICE_UNKNOWN": Words(
        "Et felt har en værdi, der ikke kendes.",
        "Et felt har en verdi som ikke er kjent.",
        "A field has a value that is not known.",
    ),
    "SPREADSHEET_ERROR": Words(
        "Et felt indeholder en formels fejl.",
        "Et felt inneholder en formelfeil.",
        "A field holds the error of a formula.",
    ),
    "REFERENCE_IS_FORMULA": Words(
        "Et regneark ville læse referencen som en formel.",
        "Et regneark ville lest referansen som en formel.",
        "A spreadsheet would read the reference as a formula.",
    ),
    "DUPLICATE_REFERENCE": Words(
        "Referencen står også i en tidligere række, som gælder.",
        "Referansen står også i en tidligere rad, som gjelder.",
        "The reference stands in an earlier row too, and that one counts.",
    ),
    "RECIPIENT_MISSING": Words(
        "Rækken har hverken modtager eller en fuldstændig adresse.",
        "Raden har verken mottaker eller fullstendig adresse.",
        "The row has neither a recipient nor a complete address.",
    ),
    "RECIPIENT_UNREADABLE": Words(
        "Modtagerens nummer kan ikke læses.",
        "Mottakerens nummer kan ikke leses.",
        "The recipient's number cannot be read.",
    ),
    "RECIPIENT_SCHEME_UNKNOWN": Words(
        "Modtagerens nummer er af en ukendt type.",
        "Mottakerens nummer er av en ukjent type.",
        "The recipient's number is of an unknown kind.",
    ),
    "RECIPIENT_LENGTH": Words(
        "Modtagerens nummer har for mange eller for få cifre.",
        "Mottakerens nummer har for mange eller for få sifre.",
        "The recipient's number has too many or too few digits.",
    ),
    "RECIPIENT_BIRTH_DATE": Words(
        "Modtagerens nummer begynder ikke med en fødselsdato.",
        "Mottakerens nummer begynner ikke med en fødselsdato.",
        "The recipient's number does not begin with a date of birth.",
    ),
    "RECIPIENT_CHECK_DIGITS": Words(
        "Kontrolcifrene i modtagerens nummer passer ikke.",
        "Kontrollsifrene i mottakerens nummer stemmer ikke.",
        "The check digits of the recipient's number do not match.",
    ),
    "LEADING_ZERO_LOST": Words(
        "Et nummer har mistet sit foranstillede nul.",
        "Et nummer har mistet den innledende nullen.",
        "A number has lost its leading zero.",
    ),
    "SCIENTIFIC_NOTATION": Words(
        "Regnearket har smidt cifre af et nummer væk.",
        "Regnearket har kastet sifre i et nummer.",
        "The spreadsheet has thrown digits of a number away.",
    ),
    "COLUMNS_SWAPPED": Words(
        "Modtagerens nummer står i en forkert kolonne.",
        "Mottakerens nummer står i feil kolonne.",
        "The recipient's number stands in a wrong column.",
    ),
    "TITLE_NOT_PLAIN": Words(
        "Titlen indeholder opmærkning; kun ren tekst vises.",
        "Tittelen inneholder markering; bare ren tekst vises.",
        "The title contains markup; only plain text is shown.",
    ),
    "TITLE_HAS_IDENTIFIER": Words(
        "Titlen indeholder noget, der ligner et personnummer.",
        "Tittelen inneholder noe som ligner et fødselsnummer.",
        "The title contains what looks like a personal identity number.",
    ),
    "DOCUMENT_NOT_PDF": Words(
        "Et dokument er efter navnet ikke en PDF.",
        "Et dokument er etter navnet ikke en PDF.",
        "A document is no PDF by its name.",
    ),
    "DOCUMENT_PATH_ABSOLUTE": Words(
        "Et dokument er nævnt med en absolut sti.",
        "Et dokument er nevnt med en absolutt sti.",
        "A document is named by an absolute path.",
    ),
    "DOCUMENT_PATH_BACKSLASH": Words(
        "Et dokuments sti har omvendt skråstreg.",
        "Stien til et dokument har omvendt skråstrek.",
        "A document's path has backslashes.",
    ),
    "DOCUMENT_PATH_UPWARDS": Words(
        "Et dokuments sti fører ud af sin mappe.",
        "Stien til et dokument fører ut av mappen sin.",
        "A document's path leads out of its folder.",
    ),
    "DOCUMENT_PATH_EMPTY_PART": Words(
        "Et dokument er nævnt uden navn.", "Et dokument er nevnt uten navn.", "A document is named without a name."
    ),
    "DOCUMENT_NAME_TOO_LONG": Words(
        "Et dokuments navn er for langt.", "Navnet på et dokument er for langt.", "A document's name is too long."
    ),
    "TOO_MANY_DOCUMENTS": Words(
        "Brevet har for mange dokumenter.", "Brevet har for mange dokumenter.", "The letter has too many documents."
    ),
    "DOCUMENT_MISSING": Words(
        "Et dokument findes ikke i batchens mappe documents/.",
        "Et dokument finnes ikke i batchens mappe documents/.",
        "A document is not in the batch's documents/ folder.",
    ),
    "DOCUMENT_EMPTY": Words("Et dokument er tomt.", "Et dokument er tomt.", "A document is empty."),
    "DOCUMENT_TOO_LARGE": Words(
        "Et dokument er større, end postkasser tager.",
        "Et dokument er større enn postkasser tar.",
        "A document is larger than mailboxes take.",
    ),
    "TIME_UNREADABLE": Words(
        "En dato eller tid kan ikke læses.", "En dato eller tid kan ikke leses.", "A date or time cannot be read."
    ),
    "TIME_WITHOUT_ZONE": Words("En tid er uden tidszone.", "En tid er uten tidssone.", "A time is without a zone."),
    "SPREADSHEET_DATE": Words(
        "En dato er skrevet, som regneark viser datoer.",
        "En dato er skrevet slik regneark viser datoer.",
        "A date is written as a spreadsheet shows dates.",
    ),
    "ADDRESS_INCOMPLETE": Words(
        "Brevet kan blive sendt på papir, men adressen er ufuldstændig.",
        "Brevet kan bli sendt på papir, men adressen er ufullstendig.",
        "The letter may go on paper, but its address is incomplete.",
    ),
    "POSTAL_CODE_INVALID": Words(
        "Postnummeret er ikke gyldigt.", "Postnummeret er ikke gyldig.", "The postal code is not valid."
    ),
    "COUNTRY_UNKNOWN": Words("Landet kendes ikke.", "Landet er ikke kjent.", "The country is not known."),
    "CONSENT_TERMS_UNKNOWN": Words(
        "Samtykket nævner ingen af jeres vilkår.",
        "Samtykket nevner ingen av vilkårene deres.",
        "The consent names none of your terms.",
    ),
    "CONSENT_OUT_OF_TIME": Words(
        "Samtykket er fra før vilkårene trådte i kraft, eller fra fremtiden.",
        "Samtykket er fra før vilkårene trådte i kraft, eller fra framtiden.",
        "The consent is from before the terms took effect, or from the future.",
    ),
}


def say(language: Language, name: str, **facts: object) -> str:
    """A text of the page with its facts; raises KeyError where there is no such text, or a fact is missing."""
    return TEXTS[name].read_in(language).format(**facts)


def why(code: str, language: Language) -> str:
    """What a code means, in a sentence that names nobody."""
    if code in OF_CODE:
        return OF_CODE[code].read_in(language)
    reason = Reason.__members__.get(code, Reason.ROW_REFUSED)
    return reason.explanation(language)


def number(value: int, language: Language) -> str:
    """`100.000`, `100 000` or `100,000`."""
    separator = {"da": ".", "en": ","}.get(language, "\u00a0")
    return f"{value:,}".replace(",", separator)


def share(part: int, whole: int, language: Language) -> str:
    """A share in per cent with one decimal, which never reads as none or all where it is neither."""
    if 0 < part < whole:
        tenths = min(max(round(part * 1_000 / whole), 1), 999)
        text = f"{tenths // 10}.{tenths % 10}"
    else:
        text = "100" if part else "0"
    return f"{text}%" if language == "en" else f"{text.replace('.', ',')}\u00a0%"
