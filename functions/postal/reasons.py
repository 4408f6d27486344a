"""The rule table: every reason for which a letter goes where it goes.

A reason's mark, code, way and paper rule never change once released; new ones
are added. The mark is what the sorting of a page stores, one character a letter.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from postal.channels import Channel

#: The version of the rules: of this table, and of the functions of `postal.rules` that give its reasons. It rises
#: when any letter would be decided otherwise, and is kept with each decision.
RULES_VERSION: Final = 1


class Way(StrEnum):
    """What a sorting does with a letter: a channel, or one of the ways of not leaving yet or ever."""

    ALTINN = Channel.ALTINN.value
    DIGIPOST = Channel.DIGIPOST.value
    EBOKS = Channel.EBOKS.value
    DIGITAL_POST = Channel.DIGITAL_POST.value
    PRINT = Channel.PRINT.value
    HELD = "held"
    WAITING = "waiting"
    REJECTED = "rejected"
    RETURNED_UNSENT = "expired"
    STOPPED = "stopped"
    FAILED = "failed"
    RECALLED = "recalled"

    @property
    def mailbox(self) -> Channel | None:
        """The mailbox that this way leads to, if it leads to one."""
        return _MAILBOX_OF.get(self)


_MAILBOX_OF: Final[Mapping[str, Channel]] = {
    channel.value: channel for channel in Channel if channel is not Channel.PRINT
}


class NextStep(StrEnum):
    """Who has to act next.

    FOLLOW_UP: the sender, for the recipient has not reacted by the day that was asked for.
    """

    NONE = "none"
    WAIT = "wait"
    SENDER_FIXES = "sender_fixes"
    FOLLOW_UP = "follow_up"
    OPERATOR = "operator"


class Unopened(StrEnum):
    """What becomes of a delivered letter that stays unopened."""

    PAPER = "paper"
    STAYS = "stays"


class _Reason(NamedTuple):
    mark: str
    way: Way
    unopened: Unopened
    next_step: NextStep
    da: str
    nb: str
    en: str


class Reason(Enum):
    """A row of the rule table; its name is its public code."""

    def __init__(self, *_: object) -> None:
        row: _Reason = self.value
        self.mark = row.mark
        self.way = row.way
        self.unopened = row.unopened
        self.next_step = row.next_step

    @property
    def code(self) -> str:
        """The public code, as receipts show it."""
        return self.name

    def explanation(self, language: str) -> str:
        """The reason in words, in `da`, `nb`, `nn` (as bokmål) or `en`."""
        row: _Reason = self.value
        return {"da": row.da, "nb": row.nb, "nn": row.nb, "en": row.en}[language]

    ROW_REFUSED = _Reason(
        "r",
        Way.REJECTED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Rækken har fejl og er ikke sendt.",
        "Raden har feil og er ikke sendt.",
        "The row has errors and was not sent.",
    )
    SENDER_CHOSE_PAPER = _Reason(
        "p",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Afsender har valgt papir.",
        "Avsender har valgt papir.",
        "The sender chose paper.",
    )
    NO_DIGITAL_ID = _Reason(
        "a",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Brevet har kun en adresse og sendes på papir.",
        "Brevet har bare en adresse og sendes på papir.",
        "The letter has only an address and goes on paper.",
    )
    RECIPIENT_CLOSED = _Reason(
        "x",
        Way.STOPPED,
        Unopened.STAYS,
        NextStep.NONE,
        "Modtageren kan ikke længere modtage post.",
        "Mottakeren kan ikke lenger motta post.",
        "The recipient can no longer receive post.",
    )
    NO_DIGITAL_WAY = _Reason(
        "n",
        Way.REJECTED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Brevet må kun sendes digitalt, og modtageren kan ikke nås digitalt.",
        "Brevet skal bare sendes digitalt, og mottakeren kan ikke nås digitalt.",
        "The letter may only go digitally, and the recipient cannot be reached digitally.",
    )
    DELIVER_LATER = _Reason(
        "w",
        Way.WAITING,
        Unopened.STAYS,
        NextStep.WAIT,
        "Brevet venter på den dato, som afsender har valgt.",
        "Brevet venter på datoen som avsender har valgt.",
        "The letter waits for the date that the sender chose.",
    )

    # Norway, public senders (KS SvarUT; eForvaltningsforskriften §§ 8-9).
    OPTED_OUT = _Reason(
        "O",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Modtageren har reserveret sig mod digital post og får papir.",
        "Mottakeren har reservert seg mot digital post og får papir.",
        "The recipient opted out of digital post and gets paper.",
    )
    ORGANISATION_IN_ALTINN = _Reason(
        "G",
        Way.ALTINN,
        Unopened.PAPER,
        NextStep.WAIT,
        "Virksomheder får post i Altinn.",
        "Virksomheter får post i Altinn.",
        "Organisations get their post in Altinn.",
    )
    CHOSE_DIGIPOST = _Reason(
        "D",
        Way.DIGIPOST,
        Unopened.STAYS,
        NextStep.NONE,
        "Modtageren har valgt Digipost.",
        "Mottakeren har valgt Digipost.",
        "The recipient chose Digipost.",
    )
    CHOSE_EBOKS = _Reason(
        "E",
        Way.EBOKS,
        Unopened.STAYS,
        NextStep.NONE,
        "Modtageren har valgt e-Boks.",
        "Mottakeren har valgt e-Boks.",
        "The recipient chose e-Boks.",
    )
    ALTINN_BY_DEFAULT = _Reason(
        "A",
        Way.ALTINN,
        Unopened.PAPER,
        NextStep.WAIT,
        "Modtageren har hverken valgt Digipost eller e-Boks og får posten i Altinn.",
        "Mottakeren har verken valgt Digipost eller e-Boks og får posten i Altinn.",
        "The recipient chose neither Digipost nor e-Boks and gets the letter in Altinn.",
    )
    ALTINN_AFTER_REFUSAL = _Reason(
        "B",
        Way.ALTINN,
        Unopened.PAPER,
        NextStep.WAIT,
        "Den valgte postkasse afviste brevet; det er sendt til Altinn.",
        "Den valgte postkassen avviste brevet; det er sendt til Altinn.",
        "The chosen mailbox refused the letter; it went to Altinn.",
    )
    PAPER_AFTER_REFUSAL = _Reason(
        "Q",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Ingen digital postkasse tog imod brevet; det sendes på papir.",
        "Ingen digital postkasse tok imot brevet; det sendes på papir.",
        "No digital mailbox accepted the letter; it goes on paper.",
    )

    # Denmark, private senders (e-Boks as the sender's standard solution).
    CONSENT_NOT_EVIDENCED = _Reason(
        "c",
        Way.REJECTED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Rækken viser ikke et gyldigt samtykke fra modtageren.",
        "Raden viser ikke et gyldig samtykke fra mottakeren.",
        "The row does not evidence the recipient's valid consent.",
    )
    DECLINED_TO_PAPER = _Reason(
        "P",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Modtageren har frameldt afsenderen; brevet sendes på papir.",
        "Mottakeren har meldt seg av hos avsenderen; brevet sendes på papir.",
        "The recipient declined this sender; the letter goes on paper.",
    )
    DECLINED_TO_SENDER = _Reason(
        "S",
        Way.RETURNED_UNSENT,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Modtageren har frameldt afsenderen; brevet er ikke sendt.",
        "Mottakeren har meldt seg av hos avsenderen; brevet er ikke sendt.",
        "The recipient declined this sender; the letter was not sent.",
    )
    REGISTERED_IN_EBOKS = _Reason(
        "K",
        Way.EBOKS,
        Unopened.STAYS,
        NextStep.NONE,
        "Modtageren bruger e-Boks og har ifølge afsender accepteret vilkårene.",
        "Mottakeren bruker e-Boks og har ifølge avsender godtatt vilkårene.",
        "The recipient uses e-Boks and has accepted the terms, according to the sender.",
    )
    HELD_FOR_SENDER = _Reason(
        "H",
        Way.HELD,
        Unopened.STAYS,
        NextStep.WAIT,
        "Brevet opbevares for afsenderen, som er dataansvarlig, indtil modtageren får e-Boks.",
        "Brevet oppbevares for avsenderen, som er behandlingsansvarlig, til mottakeren får e-Boks.",
        "The letter is stored for the sender, who is its data controller, until the recipient has e-Boks.",
    )
    HELD_AFTER_REFUSAL = _Reason(
        "I",
        Way.HELD,
        Unopened.STAYS,
        NextStep.WAIT,
        "e-Boks afviste brevet; det opbevares for afsenderen, som er dataansvarlig.",
        "e-Boks avviste brevet; det oppbevares for avsenderen, som er behandlingsansvarlig.",
        "e-Boks refused the letter; it is stored for the sender, who is its data controller.",
    )

    # Denmark, public senders (Lov om Digital Post fra offentlige afsendere).
    EXEMPT = _Reason(
        "F",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Modtageren er fritaget for Digital Post og får papir.",
        "Mottakeren er fritatt fra Digital Post og får papir.",
        "The recipient is exempt from Digital Post and gets paper.",
    )
    OUTSIDE_SCHEME = _Reason(
        "U",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Modtageren er ikke tilsluttet Digital Post og får papir.",
        "Mottakeren er ikke tilsluttet Digital Post og får papir.",
        "The recipient is outside Digital Post and gets paper.",
    )
    MANDATORY_DIGITAL_POST = _Reason(
        "M",
        Way.DIGITAL_POST,
        Unopened.STAYS,
        NextStep.NONE,
        "Modtageren får Digital Post.",
        "Mottakeren får Digital Post.",
        "The recipient gets Digital Post.",
    )
    REFUSED_BY_DIGITAL_POST = _Reason(
        "Z",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Digital Post afviste brevet; afsenderen må finde en anden vej.",
        "Digital Post avviste brevet; avsenderen må finne en annen vei.",
        "Digital Post refused the letter; the sender has to find another way.",
    )

    # What time, a printer or the sender makes of a letter later.
    UNOPENED_IN_ALTINN = _Reason(
        "u",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Altinn havde ikke meldt brevet åbnet inden fristen, så det skulle sendes på papir.",
        "Altinn hadde ikke meldt brevet åpnet innen fristen, så det skulle sendes på papir.",
        "Altinn had not reported the letter opened in time, so it was to go on paper.",
    )
    NOTICES_FAILED = _Reason(
        "v",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Modtageren kunne ikke få besked om brevet i Altinn, så det skulle sendes på papir.",
        "Mottakeren kunne ikke varsles om brevet i Altinn, så det skulle sendes på papir.",
        "The recipient could not be told of the letter in Altinn, so it was to go on paper.",
    )
    HOLD_ENDED_TO_PAPER = _Reason(
        "h",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Opbevaringen er udløbet; brevet sendes på papir.",
        "Oppbevaringen er utløpt; brevet sendes på papir.",
        "The hold has ended; the letter goes on paper.",
    )
    HOLD_ENDED = _Reason(
        "e",
        Way.RETURNED_UNSENT,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Opbevaringen er udløbet; brevet er ikke sendt.",
        "Oppbevaringen er utløpt; brevet er ikke sendt.",
        "The hold has ended; the letter was not sent.",
    )
    SENDER_ORDERED_PAPER = _Reason(
        "o",
        Way.PRINT,
        Unopened.STAYS,
        NextStep.WAIT,
        "Afsender har bedt om papir i stedet for opbevaring.",
        "Avsender har bedt om papir i stedet for oppbevaring.",
        "The sender asked for paper instead of the hold.",
    )
    SENDER_ORDERED_RETURN = _Reason(
        "b",
        Way.RETURNED_UNSENT,
        Unopened.STAYS,
        NextStep.NONE,
        "Afsender har afsluttet opbevaringen; brevet er ikke sendt.",
        "Avsender har avsluttet oppbevaringen; brevet er ikke sendt.",
        "The sender ended the hold; the letter was not sent.",
    )
    RECALLED_BY_SENDER = _Reason(
        "R",
        Way.RECALLED,
        Unopened.STAYS,
        NextStep.NONE,
        "Afsender har trukket brevet tilbage, før det blev sendt.",
        "Avsender har trukket brevet tilbake før det ble sendt.",
        "The sender recalled the letter before it was sent.",
    )
    PDF_DAMAGED = _Reason(
        "d",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Dokumentet kan ikke åbnes som PDF og kan ikke trykkes.",
        "Dokumentet kan ikke åpnes som PDF og kan ikke skrives ut.",
        "The document does not open as a PDF and cannot be printed.",
    )
    PDF_ENCRYPTED = _Reason(
        "y",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Dokumentet er krypteret og kan ikke trykkes.",
        "Dokumentet er kryptert og kan ikke skrives ut.",
        "The document is encrypted and cannot be printed.",
    )
    PDF_NOT_A4 = _Reason(
        "4",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Dokumentet har en side, der ikke er A4 på højkant, og kan ikke trykkes.",
        "Dokumentet har en side som ikke er stående A4, og kan ikke skrives ut.",
        "The document has a page that is not A4 portrait and cannot be printed.",
    )
    PDF_TOO_LONG = _Reason(
        "l",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Brevet har flere ark, end en kuvert kan rumme.",
        "Brevet har flere ark enn en konvolutt rommer.",
        "The letter has more sheets than an envelope takes.",
    )
    REFUSED_BY_PRINTER = _Reason(
        "f",
        Way.FAILED,
        Unopened.STAYS,
        NextStep.SENDER_FIXES,
        "Trykkeriet afviste brevet; afsenderen må finde en anden vej.",
        "Trykkeriet avviste brevet; avsenderen må finne en annen vei.",
        "The printer refused the letter; the sender has to find another way.",
    )


_BY_MARK: Final[Mapping[str, Reason]] = {reason.mark: reason for reason in Reason}


def reason_of(mark: str) -> Reason:
    """The reason of a mark.

    Raises:
        KeyError: the mark is unknown here, as during a roll-back. The caller lets
            the message be retried; it never guesses.
    """
    return _BY_MARK[mark]
