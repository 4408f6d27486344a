"""The words around a proof, in each language: plain sentences for a stranger, as a court or a citizen is."""

from collections.abc import Mapping
from typing import Final

from brevdue.proofs.verifying import Compared, Flaw
from postal.identifiers import Scheme
from postal.senders import Regime
from postal.status import Status
from receipts.words import Words

# --- what the check has shown ---

TRUE: Final = Words(
    "Beviset er ægte: det er underskrevet med nøglen {key}, og intet er ændret siden.",
    "Beviset er ekte: det er signert med nøkkelen {key}, og ingenting er endret siden.",
    "The proof is true: it was signed with the key {key}, and nothing was changed since.",
)

#: Why a proof proves nothing; the first sentence says what does not match.
OF_FLAW: Final[Mapping[Flaw, Words]] = {
    Flaw.NO_PROOF: Words(
        "Filen er ikke et bevis fra Brevdue, eller dens begyndelse er ændret. Bed om filen igen.",
        "Filen er ikke et bevis fra Brevdue, eller begynnelsen av den er endret. Be om filen på nytt.",
        "The file is no proof of Brevdue, or its beginning was changed. Ask for the file again.",
    ),
    Flaw.OTHER_KEY: Words(
        "Nøglen passer ikke: beviset nævner nøglen {named}, og denne er {key}. Hent posthusets nøgle igen, eller "
        "den, som det havde før.",
        "Nøkkelen passer ikke: beviset nevner nøkkelen {named}, og denne er {key}. Hent postkontorets nøkkel på nytt, "
        "eller den som det hadde før.",
        "The key does not match: the proof names the key {named}, and this one is {key}. Get the post office's key "
        "again, or the one that it had before.",
    ),
    Flaw.CHANGED: Words(
        "Indholdet og underskriften passer ikke sammen: filen er ændret, efter at den blev underskrevet. Den beviser "
        "intet. Bed om filen igen.",
        "Innholdet og signaturen passer ikke sammen: filen er endret etter at den ble signert. Den beviser ingenting. "
        "Be om filen på nytt.",
        "The content and the signature do not match: the file was changed after it was signed. It proves nothing. "
        "Ask for the file again.",
    ),
    Flaw.OTHER_RELEASE: Words(
        "Underskriften er ægte, men indholdet er skrevet af en anden version af Brevdue. Brug den.",
        "Signaturen er ekte, men innholdet er skrevet av en annen versjon av Brevdue. Bruk den.",
        "The signature is true, but the content was written by another release of Brevdue. Use that.",
    ),
}
NO_KEY: Final = Words(
    "{file} indeholder ikke præcis én offentlig nøgle, som beviser underskrives med. Hent posthusets nøgle igen.",
    "{file} inneholder ikke nøyaktig én offentlig nøkkel som bevis signeres med. Hent postkontorets nøkkel på nytt.",
    "{file} does not hold exactly one public key that proofs are signed with. Get the post office's key again.",
)

OF_COMPARISON: Final[Mapping[Compared, Words]] = {
    Compared.SAME: Words(
        "{file} er den samme fil, byte for byte.",
        "{file} er den samme filen, byte for byte.",
        "{file} is the same file, byte for byte.",
    ),
    Compared.DIFFERENT: Words(
        "{file} passer ikke: det er en anden fil end den, der blev sendt. Dens SHA-256 er {sha256}.",
        "{file} passer ikke: det er en annen fil enn den som ble sendt. Filens SHA-256 er {sha256}.",
        "{file} does not match: it is another file than the one that was sent. Its SHA-256 is {sha256}.",
    ),
    Compared.MISSING: Words(
        "Filen er ikke i mappen, så den er ikke sammenlignet.",
        "Filen er ikke i mappen, så den er ikke sammenlignet.",
        "The file is not in the folder, so it was not compared.",
    ),
    Compared.NOT_GIVEN: Words(
        "Ikke sammenlignet.",
        "Ikke sammenlignet.",
        "Not compared.",
    ),
    Compared.NOT_STORED: Words(
        "Filen var ikke gemt mere, da beviset blev lavet, så den kan ikke sammenlignes.",
        "Filen var ikke lagret lenger da beviset ble laget, så den kan ikke sammenlignes.",
        "The file was not stored any more when the proof was made, so it cannot be compared.",
    ),
    Compared.UNKNOWN: Words(
        "{file} passer ikke: beviset nævner ingen sådan fil. Dens SHA-256 er {sha256}.",
        "{file} passer ikke: beviset nevner ingen slik fil. Filens SHA-256 er {sha256}.",
        "{file} does not match: the proof names no such file. Its SHA-256 is {sha256}.",
    ),
}

# --- what the proof says ---

TITLE: Final = Words("Bevis for brevet {letter}", "Bevis for brevet {letter}", "Proof of the letter {letter}")
MADE: Final = Words("Lavet: {at}", "Laget: {at}", "Made: {at}")
OF_REGIME: Final[Mapping[Regime, Words]] = {
    Regime.NO_PUBLIC: Words("norsk offentlig afsender", "norsk offentlig avsender", "a public sender in Norway"),
    Regime.DK_PRIVATE: Words("dansk privat afsender", "dansk privat avsender", "a private sender in Denmark"),
    Regime.DK_PUBLIC: Words("dansk offentlig afsender", "dansk offentlig avsender", "a public sender in Denmark"),
}
SENDER: Final = Words("Afsender: {name}, {regime}", "Avsender: {name}, {regime}", "Sender: {name}, {regime}")
REFERENCE: Final = Words(
    "Afsenders reference: {reference}", "Avsenders referanse: {reference}", "The sender's reference: {reference}"
)
SUBJECT: Final = Words("Titel: {title}", "Tittel: {title}", "Title: {title}")
RECIPIENT: Final = Words("Modtager: {scheme} {value}", "Mottaker: {scheme} {value}", "Recipient: {scheme} {value}")
OF_SCHEME: Final[Mapping[Scheme, Words]] = {
    Scheme.NO_FNR: Words("norsk fødselsnummer", "fødselsnummer", "Norwegian identity number"),
    Scheme.NO_ORGNR: Words("norsk organisationsnummer", "organisasjonsnummer", "Norwegian organisation number"),
    Scheme.DK_CPR: Words("CPR-nummer", "dansk CPR-nummer", "Danish CPR number"),
    Scheme.DK_CVR: Words("CVR-nummer", "dansk CVR-nummer", "Danish CVR number"),
}
ADDRESS: Final = Words(
    "Adresse på papiret: {address}", "Adresse på papiret: {address}", "Address on the paper: {address}"
)
FILES: Final = Words("Hvad der blev sendt", "Hva som ble sendt", "What was sent")
DOCUMENT: Final = Words(
    "{path}, {bytes} byte, SHA-256 {sha256}.",
    "{path}, {bytes} byte, SHA-256 {sha256}.",
    "{path}, {bytes} bytes, SHA-256 {sha256}.",
)
DOCUMENT_GONE: Final = Words("{path}, {bytes} byte.", "{path}, {bytes} byte.", "{path}, {bytes} bytes.")
MANIFEST: Final = Words(
    "Brevet er række {row} af {rows} i {name}, SHA-256 {sha256}, som blev modtaget {at}.",
    "Brevet er rad {row} av {rows} i {name}, SHA-256 {sha256}, som ble mottatt {at}.",
    "The letter is row {row} of {rows} in {name}, SHA-256 {sha256}, which was accepted on {at}.",
)
CONSENT: Final = Words("Samtykke", "Samtykke", "Consent")
TERMS: Final = Words(
    "Vilkårene gjaldt fra {at}. Deres dokument har SHA-256 {sha256}.",
    "Vilkårene gjaldt fra {at}. Dokumentet deres har SHA-256 {sha256}.",
    "The terms took effect on {at}. Their document has the SHA-256 {sha256}.",
)
NO_TERMS: Final = Words(
    "Afsender havde ingen vilkår med det navn.",
    "Avsender hadde ingen vilkår med det navnet.",
    "The sender had no terms of that name.",
)
STATUSES: Final = Words(
    "Brevets vej, som afsenders kvitteringer fortæller den",
    "Brevets vei, slik avsenders kvitteringer forteller den",
    "The way of the letter, as the sender's receipts tell it",
)
STATUSES_IN_FULL: Final = Words(
    "Brevets vej, også det, som afsenders kvitteringer ikke fortæller",
    "Brevets vei, også det som avsenders kvitteringer ikke forteller",
    "The way of the letter, with what the sender's receipts do not tell",
)
BY_RULE: Final = Words(
    "{code}, reglernes version {version}",
    "{code}, reglenes versjon {version}",
    "{code}, version {version} of the rules",
)
ARRIVALS: Final = Words(
    "Tider, som en frist kan regnes fra",
    "Tidspunkter som en frist kan regnes fra",
    "Times from which a time limit can be counted",
)
OF_ARRIVAL: Final[Mapping[Status, Words]] = {
    Status.DELIVERED: Words(
        "{at} lå brevet i modtagerens postkasse. {mailbox} har bekræftet det.",
        "{at} lå brevet i mottakerens postkasse. {mailbox} har bekreftet det.",
        "{at}: the letter lay in the recipient's mailbox. {mailbox} has confirmed it.",
    ),
    Status.OPENED: Words(
        "{at} åbnede modtageren brevet. {mailbox} har bekræftet det.",
        "{at} åpnet mottakeren brevet. {mailbox} har bekreftet det.",
        "{at}: the recipient opened the letter. {mailbox} has confirmed it.",
    ),
    Status.PRINTED: Words(
        "{at} afleverede trykkeriet brevet til posten. Dertil kommer den tid, som posten er om det.",
        "{at} leverte trykkeriet brevet til posten. I tillegg kommer tiden posten bruker.",
        "{at}: the printer posted the letter. The time that the post takes comes on top.",
    ),
    Status.RETURNED: Words(
        "{at} var papirbrevet kommet tilbage: på papir har det ikke nået modtageren.",
        "{at} var papirbrevet kommet i retur: på papir har det ikke nådd mottakeren.",
        "{at}: the paper letter had come back. On paper it has not reached the recipient.",
    ),
}
NO_ARRIVAL: Final = Words(
    "Ingen: det er ikke vist, at brevet er kommet frem.",
    "Ingen: det er ikke vist at brevet er kommet fram.",
    "None: it is not shown that the letter has arrived.",
)
ARRIVAL_HIDDEN: Final = Words(
    "Ingen: afsenders kvitteringer fortæller ikke, om og hvornår et brev er kommet frem digitalt.",
    "Ingen: avsenders kvitteringer forteller ikke om og når et brev er kommet fram digitalt.",
    "None: the sender's receipts do not tell whether and when a letter has arrived digitally.",
)
CALENDAR: Final = Words(
    "Kalender: klokken i {zone}, helligdage efter {holidays}.",
    "Kalender: klokken i {zone}, helligdager etter {holidays}.",
    "Calendar: the clock of {zone}, public holidays by {holidays}.",
)
COUNTED: Final = Words(
    "Tiden begyndte {at}.",
    "Tiden begynte {at}.",
    "The time began on {at}.",
)
