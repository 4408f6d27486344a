"""The words in which `brevdue explain` tells the way of a letter, in each language: plain sentences for a stranger.

What a rule or a receipt says already is said in its words: see `postal.reasons` and `receipts.words`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from postal.channels import Channel
from postal.reasons import NextStep
from postal.senders import Country, Language
from postal.status import Status
from receipts.report_words import MONTHS
from receipts.words import Words


class Who(StrEnum):
    """Who has to act."""

    NOBODY = "nobody"
    POST_OFFICE = "post_office"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MAILBOX = "mailbox"
    PRINTER = "printer"


MAILBOXES: Final[Mapping[Channel, str]] = {
    Channel.ALTINN: "Altinn",
    Channel.DIGIPOST: "Digipost",
    Channel.EBOKS: "e-Boks",
    Channel.DIGITAL_POST: "Digital Post",
}

# --- headings ---

TITLE: Final = Words("Brev {letter}", "Brev {letter}", "Letter {letter}")
REFERENCE: Final = Words("Reference", "Referanse", "Reference")
SENDER: Final = Words("Afsender", "Avsender", "Sender")
STATUS: Final = Words("Status", "Status", "Status")
SINCE: Final = Words("{what}, siden {at}", "{what}, siden {at}", "{what}, since {at}")
LOCAL_TIMES: Final[Mapping[Country, Words]] = {
    "no": Words(
        "Alle tider er lokal tid i Oslo.", "Alle tider er lokal tid i Oslo.", "All times are local time in Oslo."
    ),
    "dk": Words(
        "Alle tider er lokal tid i København.",
        "Alle tider er lokal tid i København.",
        "All times are local time in Copenhagen.",
    ),
}
RULE: Final = Words(
    "Reglen, der sidst afgjorde, hvor brevet skulle sendes hen",
    "Regelen som sist avgjorde hvor brevet skulle sendes",
    "The rule that last decided where the letter goes",
)
ROW: Final = Words(
    "Hvad afsender angav",
    "Hva avsender oppga",
    "What the sender stated",
)
REGISTER: Final = Words(
    "Modtageren ifølge registret nu",
    "Mottakeren ifølge registeret nå",
    "The recipient, as the register is now",
)
EVENTS: Final = Words("Forløb", "Hendelser", "What happened")
GROUNDS: Final = Words(
    "Dette lagde posthuset til grund", "Dette la posthuset til grunn", "What the post office went by"
)
UNOPENED: Final = Words(
    "Hvornår et uåbnet brev også sendes på papir",
    "Når et uåpnet brev også sendes på papir",
    "When an unopened letter also goes on paper",
)
NEXT: Final = Words("Hvad der nu skal ske", "Hva som skjer videre", "What comes next")
TIME_UNKNOWN: Final = Words("tidspunktet er ikke gemt", "tidspunktet er ikke lagret", "the time is not stored")
WHEN: Final = Words("Hvornår: {at}", "Når: {at}", "When: {at}")
ACTS: Final = Words("Hvem skal handle: {who}", "Hvem må gjøre noe: {who}", "Who has to act: {who}")
AS_SENDER: Final = Words(
    "Dette er, hvad afsenderens kvitteringer viser, og ikke mere.",
    "Dette er det avsenderens kvitteringer viser, og ikke mer.",
    "This is what the sender's receipts tell, and no more.",
)
SAME_REFERENCE: Final = Words(
    "Batchen har samme reference i flere rækker; her er række {row}. De andre: {others}.",
    "Batchen har samme referanse i flere rader; her er rad {row}. De andre: {others}.",
    "The batch has the same reference in several rows; this is row {row}. The others: {others}.",
)

# --- what the row says ---

WANTS_PAPER: Final = Words(
    "Brevet skal sendes på papir.", "Brevet skal sendes på papir.", "The letter is to go on paper."
)
ONLY_DIGITAL: Final = Words(
    "Brevet må kun sendes digitalt.", "Brevet skal bare sendes digitalt.", "The letter may only go digitally."
)
NOT_BEFORE: Final = Words(
    "Brevet må tidligst sendes {at}.", "Brevet kan tidligst sendes {at}.", "The letter is not to be sent before {at}."
)
RESPOND_BY: Final = Words(
    "Modtageren skal svare senest {at}.", "Mottakeren må svare senest {at}.", "The recipient is to respond by {at}."
)
CONSENT: Final = Words(
    "Ifølge afsender accepterede modtageren vilkårene »{terms}« {at}.",
    "Ifølge avsender godtok mottakeren vilkårene «{terms}» {at}.",
    "According to the sender, the recipient accepted the terms “{terms}” on {at}.",
)
NO_RECIPIENT: Final = Words(
    "Rækken nævner ingen digital modtager, kun en adresse.",
    "Raden nevner ingen digital mottaker, bare en adresse.",
    "The row names no digital recipient, only an address.",
)
NO_ADDRESS: Final = Words(
    "Rækken har ingen adresse, så papir kan ikke blive sendt.",
    "Raden har ingen adresse, så papir kan ikke bli sendt.",
    "The row has no address, so no paper can be sent.",
)

# --- what the register says ---

FACT: Final = Words("{fact}.", "{fact}.", "{fact}.")
FACT_SINCE: Final = Words("{fact}, siden {at}.", "{fact}, siden {at}.", "{fact}, since {at}.")
FACT_LATER: Final = Words(
    "{fact}, siden {at}: det skete efter den sidste afgørelse om brevet.",
    "{fact}, siden {at}: det skjedde etter den siste avgjørelsen om brevet.",
    "{fact}, since {at}: that came after the last decision on the letter.",
)
HAS_MAILBOX: Final = Words(
    "Modtageren har {mailbox}",
    "Mottakeren har {mailbox}",
    "The recipient has {mailbox}",
)
HAS_NO_MAILBOX: Final = Words(
    "Modtageren har ikke {mailbox} mere",
    "Mottakeren har ikke {mailbox} lenger",
    "The recipient no longer has {mailbox}",
)
CHOSE: Final = Words(
    "Modtageren har valgt {mailbox}", "Mottakeren har valgt {mailbox}", "The recipient has chosen {mailbox}"
)
#: Of facts that are so, or are so no more.
OF_FACT: Final[Mapping[str, tuple[Words, Words]]] = {
    "opted_out": (
        Words(
            "Modtageren har reserveret sig mod digital post",
            "Mottakeren har reservert seg mot digital post",
            "The recipient has opted out of digital post",
        ),
        Words(
            "Modtageren er ikke reserveret mod digital post",
            "Mottakeren er ikke reservert mot digital post",
            "The recipient has not opted out of digital post",
        ),
    ),
    "exempt": (
        Words(
            "Modtageren er fritaget for Digital Post",
            "Mottakeren er fritatt fra Digital Post",
            "The recipient is exempt from Digital Post",
        ),
        Words(
            "Modtageren er ikke fritaget for Digital Post",
            "Mottakeren er ikke fritatt fra Digital Post",
            "The recipient is not exempt from Digital Post",
        ),
    ),
    "closed": (
        Words(
            "Modtageren er død, opløst eller lukket og kan ikke modtage post",
            "Mottakeren er død, oppløst eller lukket og kan ikke motta post",
            "The recipient has died, was dissolved or closed, and can receive no post",
        ),
        Words(
            "Modtageren kan modtage post",
            "Mottakeren kan motta post",
            "The recipient can receive post",
        ),
    ),
    "declined": (
        Words(
            "Modtageren har frameldt afsenderen",
            "Mottakeren har meldt seg av hos avsenderen",
            "The recipient has declined the sender",
        ),
        Words(
            "Modtageren har trukket sin framelding af afsenderen tilbage",
            "Mottakeren har trukket avmeldingen hos avsenderen tilbake",
            "The recipient has taken back that it declined the sender",
        ),
    ),
}
ENROLLED: Final = Words(
    "Modtageren er tilmeldt afsenderen",
    "Mottakeren er registrert hos avsenderen",
    "The recipient is enrolled with the sender",
)
UNKNOWN_TO_REGISTER: Final = Words(
    "Registret har ingen oplysninger om modtageren af betydning for brevet.",
    "Registeret har ingen opplysninger om mottakeren av betydning for brevet.",
    "The register has nothing on the recipient that matters for the letter.",
)

# --- what happened ---

ACCEPTED: Final = Words(
    "Batchen blev taget imod, og brevet med den.",
    "Batchen ble tatt imot, og brevet med den.",
    "The batch was accepted, and the letter with it.",
)
ROW_REFUSED: Final = Words(
    "Batchen blev taget imod, men denne række blev afvist. {why}",
    "Batchen ble tatt imot, men denne raden ble avvist. {why}",
    "The batch was accepted, but this row was refused. {why}",
)
APPROVED: Final = Words(
    "Afsender godkendte batchen (orders/{file}).",
    "Avsender godkjente batchen (orders/{file}).",
    "The sender approved the batch (orders/{file}).",
)
CANCELLED: Final = Words(
    "Afsender annullerede batchen (orders/{file}).",
    "Avsender avlyste batchen (orders/{file}).",
    "The sender cancelled the batch (orders/{file}).",
)
SORTED: Final = Words("Brevet blev sorteret. {why}", "Brevet ble sortert. {why}", "The letter was sorted. {why}")
DECIDED_AGAIN: Final = Words(
    "Brevet blev sorteret igen. {why}", "Brevet ble sortert på nytt. {why}", "The letter was sorted again. {why}"
)
RELEASED: Final = Words(
    "Brevet blev frigivet fra opbevaringen. {why}",
    "Brevet ble frigitt fra oppbevaringen. {why}",
    "The letter was released from its hold. {why}",
)
TURNED_DIGITAL: Final = Words(
    "Brevet skulle ikke på papir alligevel. {why}",
    "Brevet skulle ikke på papir likevel. {why}",
    "The letter did not have to go on paper after all. {why}",
)
FOR_PAPER: Final = Words(
    "Brevet skulle nu på papir. {why}",
    "Brevet skulle nå på papir. {why}",
    "The letter now had to go on paper. {why}",
)
DECIDED: Final = Words("{why}", "{why}", "{why}")
HOLD_LIMIT: Final = Words(
    "Fristen for opbevaringen: {until}.",
    "Fristen for oppbevaringen: {until}.",
    "The hold ends at the latest: {until}.",
)
EXTENDED: Final = Words(
    "Afsender satte fristen for opbevaringen til {until}.",
    "Avsender satte fristen for oppbevaringen til {until}.",
    "The sender set the end of the hold to {until}.",
)
HANDED_OVER: Final = Words(
    "Brevet blev afleveret til {mailbox}.",
    "Brevet ble overlevert til {mailbox}.",
    "The letter was handed over to {mailbox}.",
)
DELIVERED: Final = Words(
    "Brevet lå i modtagerens postkasse. Det har {mailbox} bekræftet.",
    "Brevet lå i mottakerens postkasse. Det har {mailbox} bekreftet.",
    "The letter lay in the recipient's mailbox. {mailbox} has confirmed it.",
)
REFUSED: Final = Words(
    "{mailbox} afviste brevet. Postkassens egen kode for årsagen: {own}.",
    "{mailbox} avviste brevet. Postkassens egen kode for årsaken: {own}.",
    "{mailbox} refused the letter. The mailbox's own code for the reason: {own}.",
)
TOLD: Final = Words(
    "Der blev sendt besked om brevet til modtageren.",
    "Det ble sendt varsel om brevet til mottakeren.",
    "A notice of the letter was sent to the recipient.",
)
SMS_WAITS: Final = Words(
    "En SMS om brevet venter, til klokken er sådan, at den må sendes.",
    "En SMS om brevet venter til klokken er slik at den kan sendes.",
    "An SMS about the letter waits for the hours in which it may be sent.",
)
NOT_REACHED: Final = Words(
    "Ingen besked om brevet nåede frem til modtageren.",
    "Ingen varsler om brevet nådde fram til mottakeren.",
    "No notice of the letter got through to the recipient.",
)
REMINDED: Final = Words(
    "Der blev sendt en påmindelse om brevet til modtageren.",
    "Det ble sendt en påminnelse om brevet til mottakeren.",
    "A reminder of the letter was sent to the recipient.",
)
OPENED: Final = Words("Modtageren åbnede brevet.", "Mottakeren åpnet brevet.", "The recipient opened the letter.")
OPENED_BEFORE_PRINT: Final = Words(
    "Modtageren åbnede brevet, før trykkeriet fik det. Derfor sendes det alligevel ikke på papir.",
    "Mottakeren åpnet brevet før trykkeriet fikk det. Derfor sendes det likevel ikke på papir.",
    "The recipient opened the letter before the printer got it. So it does not go on paper after all.",
)
OPENED_AFTER_CLAIM: Final = Words(
    "Modtageren åbnede brevet. Da var det for sent at stoppe papirbrevet.",
    "Mottakeren åpnet brevet. Da var det for sent å stoppe papirbrevet.",
    "The recipient opened the letter. By then it was too late to stop the paper.",
)
#: Of what was reported later than it happened.
NOTED: Final = Words("Posthuset noterede det {at}.", "Posthuset noterte det {at}.", "The post office noted it on {at}.")
RESPONDED: Final = Words(
    "Afsender meldte, at modtageren har reageret.",
    "Avsender meldte at mottakeren har reagert.",
    "The sender reported that the recipient has reacted.",
)
CLAIMED: Final = Words(
    "Brevet kom med i udskrivningen {cut_off} hos trykkeriet »{printer}« og kunne ikke længere stoppes. "
    "Trykkeriets filer: {folder}",
    "Brevet kom med i utskriften {cut_off} hos trykkeriet «{printer}» og kunne ikke lenger stoppes. "
    "Trykkeriets filer: {folder}",
    "The letter joined the print run of {cut_off} at the printer “{printer}”, and could no longer be stopped. "
    "The printer's files: {folder}",
)
AT_PRINTER: Final = Words("Trykkeriet fik brevet.", "Trykkeriet fikk brevet.", "The printer got the letter.")
PRINTED: Final = Words(
    "Trykkeriet udskrev brevet og sendte det med posten.",
    "Trykkeriet skrev ut brevet og sendte det med posten.",
    "The printer printed the letter and posted it.",
)
RETURNED: Final = Words("Papirbrevet kom retur.", "Papirbrevet kom i retur.", "The paper letter came back.")

# --- the time to open it ---

DEADLINE: Final = Words(
    "Brevet sendes også på papir, hvis det ligger uåbnet i {mailbox} i {hours} timer. Mandag til fredag, undtagen "
    "helligdage, tæller med alle døgnets timer. Den tid udløb eller udløber {at}.",
    "Brevet sendes også på papir hvis det ligger uåpnet i {mailbox} i {hours} timer. Mandag til fredag, unntatt "
    "helligdager, teller med alle døgnets timer. Den tiden løp eller løper ut {at}.",
    "The letter also goes on paper if it lies unopened in {mailbox} for {hours} hours. Monday to Friday, but for "
    "public holidays, count with all their hours. That time ended or ends on {at}.",
)
ALL_COUNTED: Final = Words(
    "Alle dage i den tid tæller med.",
    "Alle dagene i den tiden teller med.",
    "Every day of that time counts.",
)
NOT_COUNTED: Final = Words("Dette tæller ikke med:", "Dette teller ikke med:", "This does not count:")
WEEKEND: Final = Words("weekend", "helg", "weekend")
HOLIDAY: Final = Words("helligdag ({name})", "helligdag ({name})", "public holiday ({name})")
OUTAGE: Final = Words(
    "ifølge posthuset var {mailbox} nede fra {begin} til {end}",
    "ifølge posthuset var {mailbox} nede fra {begin} til {end}",
    "{mailbox} was down from {begin} to {end}, according to the post office",
)
#: By their English names, as `postal.working_hours` tells them.
HOLIDAYS: Final[Mapping[str, Words]] = {
    "New Year's Day": Words("nytårsdag", "første nyttårsdag", "New Year's Day"),
    "Maundy Thursday": Words("skærtorsdag", "skjærtorsdag", "Maundy Thursday"),
    "Good Friday": Words("langfredag", "langfredag", "Good Friday"),
    "Easter Sunday": Words("påskedag", "første påskedag", "Easter Sunday"),
    "Easter Monday": Words("2. påskedag", "andre påskedag", "Easter Monday"),
    "Great Prayer Day": Words("store bededag", "store bededag", "Great Prayer Day"),
    "Labor Day": Words("1. maj", "1. mai", "1 May"),
    "Constitution Day": Words("Norges grundlovsdag", "grunnlovsdagen", "Norway's Constitution Day"),
    "Ascension Day": Words("Kristi himmelfartsdag", "Kristi himmelfartsdag", "Ascension Day"),
    "Pentecost": Words("pinsedag", "første pinsedag", "Whit Sunday"),
    "Pentecost Monday": Words("2. pinsedag", "andre pinsedag", "Whit Monday"),
    "Christmas Day": Words("juledag", "første juledag", "Christmas Day"),
    "Second Day of Christmas": Words("2. juledag", "andre juledag", "the second day of Christmas"),
}

# --- what comes next ---

NOTHING: Final = Words(
    "Der skal ikke ske mere.",
    "Det skal ikke skje noe mer.",
    "Nothing more has to happen.",
)
REMINDER: Final = Words(
    "Er brevet ikke åbnet {at}, får modtageren en påmindelse.",
    "Er brevet ikke åpnet {at}, får mottakeren en påminnelse.",
    "If the letter is not opened by {at}, the recipient is reminded.",
)
OF_STEP: Final[Mapping[NextStep, Words]] = {
    NextStep.NONE: Words(
        "Afsender skal ikke gøre noget.", "Avsender trenger ikke gjøre noe.", "The sender does not have to do anything."
    ),
    NextStep.WAIT: Words(
        "Afsender skal vente; brevet går videre af sig selv.",
        "Avsender skal vente; brevet går videre av seg selv.",
        "The sender has to wait; the letter goes on by itself.",
    ),
    NextStep.SENDER_FIXES: Words("Afsender skal handle.", "Avsender må handle.", "The sender has to act."),
    NextStep.FOLLOW_UP: Words(
        "Afsender bør selv spørge modtageren.",
        "Avsender bør selv spørre mottakeren.",
        "The sender should ask the recipient itself.",
    ),
    NextStep.OPERATOR: Words("Posthuset skal handle.", "Posthuset må handle.", "The post office has to act."),
}
OF_WHO: Final[Mapping[Who, Words]] = {
    Who.NOBODY: Words("ingen", "ingen", "nobody"),
    Who.POST_OFFICE: Words("posthuset", "posthuset", "the post office"),
    Who.SENDER: Words("afsender", "avsender", "the sender"),
    Who.RECIPIENT: Words("modtageren", "mottakeren", "the recipient"),
    Who.MAILBOX: Words("postkassen", "postkassen", "the mailbox"),
    Who.PRINTER: Words("trykkeriet", "trykkeriet", "the printer"),
}
OF_STATUS: Final[Mapping[Status, Words]] = {
    Status.REJECTED: Words("afvist", "avvist", "rejected"),
    Status.WAITING: Words("venter", "venter", "waiting"),
    Status.IN_TRANSIT: Words("undervejs", "underveis", "in transit"),
    Status.HELD: Words("opbevares for afsender", "oppbevares for avsender", "held for the sender"),
    Status.DELIVERED: Words("leveret", "levert", "delivered"),
    Status.OPENED: Words("åbnet", "åpnet", "opened"),
    Status.NOTICE_FAILED: Words(
        "leveret, men ingen besked nåede frem",
        "levert, men ingen varsler nådde fram",
        "delivered, but no notice got through",
    ),
    Status.TO_PRINT: Words("skal sendes på papir", "skal sendes på papir", "to go on paper"),
    Status.PRINTED: Words("sendt på papir", "sendt på papir", "sent on paper"),
    Status.RETURNED: Words(
        "papirbrevet er kommet retur", "papirbrevet har kommet i retur", "the paper letter came back"
    ),
    Status.EXPIRED: Words("ikke sendt", "ikke sendt", "not sent"),
    Status.RECALLED: Words("trukket tilbage", "trukket tilbake", "recalled"),
    Status.STOPPED: Words("stoppet", "stoppet", "stopped"),
    Status.FAILED: Words("ikke leveret", "ikke levert", "not delivered"),
}

_DAYS: Final = (
    Words("mandag", "mandag", "Monday"),
    Words("tirsdag", "tirsdag", "Tuesday"),
    Words("onsdag", "onsdag", "Wednesday"),
    Words("torsdag", "torsdag", "Thursday"),
    Words("fredag", "fredag", "Friday"),
    Words("lørdag", "lørdag", "Saturday"),
    Words("søndag", "søndag", "Sunday"),
)
_DATE: Final = Words(
    "{day} {number}. {month} {year}", "{day} {number}. {month} {year}", "{day} {number} {month} {year}"
)
_MOMENT: Final = Words("{date} kl. {time}", "{date} kl. {time}", "{date} at {time}")
_TIME: Final = Words("%H.%M", "%H.%M", "%H:%M")


def day(on: date, language: Language) -> str:
    """`onsdag 18. november 2026`."""
    return _DATE.read_in(language).format(
        day=_DAYS[on.weekday()].read_in(language),
        number=on.day,
        month=MONTHS[on.month - 1].read_in(language),
        year=on.year,
    )


def clock(at: datetime, language: Language) -> str:
    """`10.00`."""
    return at.strftime(_TIME.read_in(language))


def clock_of_end(at: datetime, language: Language) -> str:
    """As `clock`, but midnight, up to which a day goes, is `24.00`."""
    text = clock(at, language)
    return text if at.hour or at.minute else text.replace("00", "24", 1)


def moment(at: datetime, language: Language) -> str:
    """`onsdag 18. november 2026 kl. 10.00`: a time as its own zone shows it."""
    return _MOMENT.read_in(language).format(date=day(at, language), time=clock(at, language))
