"""The words around a proof, in each language: plain sentences for a stranger, as a court or a citizen is."""

from collections.abc import Mapping
from typing import Final

from brevdue.proofs.verifying import Compared, Flaw
from postal.identifiers import Scheme
from postal.senders import Regime
from postal.status import Status
from receipts.words import Words

# --- what the check has shown ---

GENUINE: Final = Words(
    "Beviset er ægte: det er underskrevet med nøglen {key}, og intet er ændret siden. "
    "Det gælder, hvis nøglen er posthusets: hent den hos posthuset selv, ikke sammen med beviset.",
    "Beviset er ekte: det er signert med nøkkelen {key}, og ingenting er endret siden. "
    "Det gjelder hvis nøkkelen er posthusets: hent den hos posthuset selv, ikke sammen med beviset.",
    "The proof is genuine: it was signed with the key {key}, and nothing has been changed since. "
    "That holds if the key is the post office's: get it from there, not with the proof.",
)

#: Why a proof proves nothing; the first sentence says what does not match.
OF_FLAW: Final[Mapping[Flaw, Words]] = {
    Flaw.NO_PROOF: Words(
        "Filen er ikke et bevis fra Brevdue, eller den er beskadiget eller ændret. Bed om filen igen.",
        "Filen er ikke et bevis fra Brevdue, eller den er skadet eller endret. Be om filen på nytt.",
        "The file is not a Brevdue proof, or it was damaged or changed. Ask for the file again.",
    ),
    Flaw.OTHER_KEY: Words(
        "Nøglen passer ikke: beviset nævner nøglen {named}, og denne er {key}. Hent posthusets nøgle igen, eller "
        "den, som det havde før. Passer den heller ikke, er beviset ikke posthusets.",
        "Nøkkelen passer ikke: beviset nevner nøkkelen {named}, og denne er {key}. Hent posthusets nøkkel på nytt, "
        "eller den som det hadde før. Passer den heller ikke, er beviset ikke posthusets.",
        "The key does not match: the proof names the key {named}, and this one is {key}. Get the post office's key "
        "again, or the one that it had before. If that does not match either, the proof is not the post office's.",
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
        "Underskriften er ægte, men indholdet er skrevet af en anden version af Brevdue. Spørg posthuset, hvilken.",
        "Signaturen er ekte, men innholdet er skrevet av en annen versjon av Brevdue. Spør posthuset hvilken.",
        "The signature is genuine, but the content was written by another release of Brevdue. Ask the post office "
        "which.",
    ),
}
NO_KEY: Final = Words(
    "{file} indeholder ikke præcis én offentlig nøgle, som beviser underskrives med. Hent posthusets nøgle igen.",
    "{file} inneholder ikke nøyaktig én offentlig nøkkel som bevis signeres med. Hent posthusets nøkkel på nytt.",
    "{file} does not hold exactly one public key that proofs are signed with. Get the post office's key again.",
)

OF_COMPARISON: Final[Mapping[Compared, Words]] = {
    Compared.SAME: Words(
        "{file} er den fil, som afsender indleverede, byte for byte.",
        "{file} er filen som avsender leverte inn, byte for byte.",
        "{file} is the file that the sender handed in, byte for byte.",
    ),
    Compared.DIFFERENT: Words(
        "{file} passer ikke: det er en anden fil end den, som afsender indleverede. Dens SHA-256 er {sha256}.",
        "{file} passer ikke: det er en annen fil enn den avsender leverte inn. Filens SHA-256 er {sha256}.",
        "{file} does not match: it is another file than the one that the sender handed in. Its SHA-256 is {sha256}.",
    ),
    Compared.MISSING: Words(
        "Filen er ikke i mappen, så den er ikke sammenlignet.",
        "Filen er ikke i mappen, så den er ikke sammenlignet.",
        "The file is not in the folder, so it was not compared.",
    ),
    Compared.NOT_GIVEN: Words(
        "Ingen fil at sammenligne med.",
        "Ingen fil å sammenligne med.",
        "No file was given to compare.",
    ),
    Compared.NOT_STORED: Words(
        "Filen var ikke gemt mere, da beviset blev udstedt, så den kan ikke sammenlignes.",
        "Filen var ikke lagret lenger da beviset ble utstedt, så den kan ikke sammenlignes.",
        "The file was not stored any more when the proof was issued, so it cannot be compared.",
    ),
    Compared.UNREADABLE: Words(
        "{file} kan ikke læses, så den er ikke sammenlignet.",
        "{file} kan ikke leses, så den er ikke sammenlignet.",
        "{file} cannot be read, so it was not compared.",
    ),
    Compared.UNKNOWN: Words(
        "{file} passer ikke: beviset nævner ingen sådan fil. Dens SHA-256 er {sha256}.",
        "{file} passer ikke: beviset nevner ingen slik fil. Filens SHA-256 er {sha256}.",
        "{file} does not match: the proof names no such file. Its SHA-256 is {sha256}.",
    ),
}

# --- what the proof says ---

TITLE: Final = Words("Bevis for brevet {letter}", "Bevis for brevet {letter}", "Proof of the letter {letter}")
ISSUED: Final = Words(
    "Udstedt og underskrevet af: {issuer}, {at}",
    "Utstedt og signert av: {issuer}, {at}",
    "Issued and signed by: {issuer}, {at}",
)
OF_REGIME: Final[Mapping[Regime, Words]] = {
    Regime.NO_PUBLIC: Words("offentlig afsender i Norge", "offentlig avsender i Norge", "a public body in Norway"),
    Regime.DK_PRIVATE: Words(
        "privat virksomhed i Danmark", "privat virksomhet i Danmark", "a private organisation in Denmark"
    ),
    Regime.DK_PUBLIC: Words("offentlig afsender i Danmark", "offentlig avsender i Danmark", "a public body in Denmark"),
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
    "Adresse på kuverten: {address}", "Adresse på konvolutten: {address}", "Address on the envelope: {address}"
)
FILES: Final = Words("Hvad afsender indleverede", "Hva avsender leverte inn", "What the sender handed in")
DOCUMENT: Final = Words(
    "{path}, {bytes} byte, SHA-256 {sha256}.",
    "{path}, {bytes} byte, SHA-256 {sha256}.",
    "{path}, {bytes} bytes, SHA-256 {sha256}.",
)
DOCUMENT_GONE: Final = Words("{path}, {bytes} byte.", "{path}, {bytes} byte.", "{path}, {bytes} bytes.")
MANIFEST: Final = Words(
    "Brevet er række {row} af {rows} (uden overskriften) i {name}, SHA-256 {sha256}, som posthuset tog imod {at}.",
    "Brevet er rad {row} av {rows} (uten overskriften) i {name}, SHA-256 {sha256}, som posthuset tok imot {at}.",
    "The letter is row {row} of {rows} (not counting the header) in {name}, SHA-256 {sha256}, which the post office "
    "accepted on {at}.",
)
CONSENT: Final = Words("Samtykke", "Samtykke", "Consent")
TERMS: Final = Words(
    "Ifølge afsender gjaldt vilkårene fra {at}. Dokumentet med vilkårene har SHA-256 {sha256}.",
    "Ifølge avsender gjaldt vilkårene fra {at}. Dokumentet med vilkårene har SHA-256 {sha256}.",
    "According to the sender, the terms took effect on {at}. The document with the terms has the SHA-256 {sha256}.",
)
NO_TERMS: Final = Words(
    "Afsender havde ingen vilkår med det navn.",
    "Avsender hadde ingen vilkår med det navnet.",
    "The sender had no terms of that name.",
)
STATUSES: Final = Words(
    "Hvad der skete med brevet, med ordene i afsenders kvitteringer på det tidspunkt",
    "Hva som skjedde med brevet, med ordene i avsenders kvitteringer på det tidspunktet",
    "What became of the letter, in the words of the sender's receipts at the time",
)
STATUSES_IN_FULL: Final = Words(
    "Hvad der skete med brevet, også det, som afsenders kvitteringer ikke fortæller",
    "Hva som skjedde med brevet, også det som avsenders kvitteringer ikke forteller",
    "What became of the letter, with what the sender's receipts do not tell",
)
BY_RULE: Final = Words(
    "{code}, reglernes version {version}",
    "{code}, reglenes versjon {version}",
    "{code}, version {version} of the rules",
)
HELD_UNTIL: Final = Words(
    "Det opbevares længst til {until}.", "Det oppbevares lengst til {until}.", "It is held until {until} at the latest."
)
CONFIRMED: Final = Words("Bekræftede tidspunkter", "Bekreftede tidspunkter", "Confirmed times")
OF_CONFIRMATION: Final[Mapping[Status, Words]] = {
    Status.DELIVERED: Words(
        "{at} blev brevet leveret i modtagerens postkasse. {channel} har bekræftet det.",
        "{at} ble brevet levert i mottakerens postkasse. {channel} har bekreftet det.",
        "{at}: the letter was delivered to the recipient's mailbox. {channel} has confirmed it.",
    ),
    Status.OPENED: Words(
        "{at} åbnede modtageren brevet. {channel} har bekræftet det.",
        "{at} åpnet mottakeren brevet. {channel} har bekreftet det.",
        "{at}: the recipient opened the letter. {channel} has confirmed it.",
    ),
    Status.PRINTED: Words(
        "{at} var papirbrevet afleveret til postvæsenet. {channel} har bekræftet det. "
        "Hertil kommer tiden for omdelingen.",
        "{at} var papirbrevet levert til postoperatøren. {channel} har bekreftet det. "
        "I tillegg kommer tiden for utdelingen.",
        "{at}: the paper letter had been posted. {channel} has confirmed it. The postal delivery takes further time.",
    ),
    Status.RETURNED: Words(
        "{at} var papirbrevet kommet retur. {channel} har bekræftet det.",
        "{at} var papirbrevet kommet i retur. {channel} har bekreftet det.",
        "{at}: the paper letter had come back. {channel} has confirmed it.",
    ),
}
PRINTER: Final = Words("Trykkeriet", "Trykkeriet", "The printer")
NOTHING_CONFIRMED: Final = Words("Ingen.", "Ingen.", "None.")
ARRIVAL_HIDDEN: Final = Words(
    "Om og hvornår brevet er kommet frem digitalt, fortæller afsenders kvitteringer ikke.",
    "Om og når brevet er kommet fram digitalt, forteller avsenders kvitteringer ikke.",
    "Whether and when the letter arrived digitally, the sender's receipts do not tell.",
)
FOR_THE_LAW: Final = Words(
    "Loven afgør, om en frist regnes fra et af tidspunkterne. Hvornår der blev sendt besked om brevet, viser beviset "
    "ikke.",
    "Loven avgjør om en frist løper fra et av tidspunktene. Når det ble sendt varsel om brevet, viser beviset ikke.",
    "Whether a time limit runs from one of these is for the law to say. When a notice of the letter was sent, the "
    "proof does not show.",
)
BEGAN: Final = Words("Tiden begyndte {at}.", "Tiden begynte {at}.", "The time began on {at}.")
CALENDAR: Final = Words(
    "Kalender: lokal tid i {zone}; helligdage ifølge programpakken {holidays}.",
    "Kalender: lokal tid i {zone}; helligdager ifølge programpakken {holidays}.",
    "Calendar: local time in {zone}; public holidays as in the software package {holidays}.",
)
WHERE_THE_RULES_ARE: Final = Words(
    "Koderne og reglerne står i docs/rules.md til Brevdue {release}.",
    "Kodene og reglene står i docs/rules.md til Brevdue {release}.",
    "Codes and rules are in docs/rules.md of Brevdue {release}.",
)
