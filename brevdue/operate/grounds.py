"""What held when a letter was decided, told from the reason that it was given.

The register keeps no history. But of the rules the first that fits decides, by nothing but
the letter, its sender, its recipient and the time: so a reason tells what these were then.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum, auto
from typing import Final

from postal.channels import Channel
from postal.letters import Letter
from postal.reasons import Reason
from postal.recipients import Kind, kind_of
from postal.senders import Regime, Sender
from postal.times import from_text
from receipts.words import Words


class Ground(StrEnum):
    """Something that held when a decision was made."""

    # Of the register.
    CLOSED = auto()
    NOT_CLOSED = auto()
    OPTED_OUT = auto()
    NOT_OPTED_OUT = auto()
    ORGANISATION = auto()
    CHOSE_DIGIPOST = auto()
    CHOSE_EBOKS = auto()
    CHOSE_NEITHER = auto()
    DECLINED = auto()
    NOT_DECLINED = auto()
    IN_EBOKS = auto()
    NOT_IN_EBOKS = auto()
    NEITHER_DECLINED_NOR_IN_EBOKS = auto()
    EXEMPT = auto()
    NOT_EXEMPT = auto()
    IN_DIGITAL_POST = auto()
    NOT_IN_DIGITAL_POST = auto()
    EXEMPT_OR_NOT_IN_DIGITAL_POST = auto()

    # Of the row, and of its sender.
    NO_RECIPIENT = auto()
    NO_ADDRESS = auto()
    DIGITAL_ONLY = auto()
    CONSENT = auto()
    NO_CONSENT = auto()
    UNKNOWN_TERMS = auto()
    CONSENT_BEFORE_TERMS = auto()
    CONSENT_TO_COME = auto()
    FALLBACK_PRINT = auto()
    FALLBACK_RETURN = auto()

    # Of what had become of the letter.
    ALTINN_HAD_REFUSED = auto()
    DIGIPOST_HAD_REFUSED = auto()
    EBOKS_HAD_REFUSED = auto()
    DIGITAL_POST_HAD_REFUSED = auto()
    TIME_TO_OPEN_OVER = auto()
    NOT_OPENED = auto()
    NO_NOTICE = auto()
    HELD = auto()
    HOLD_OVER = auto()


#: What each reason tells, whatever letter it was given to; what else it tells of one letter, `of` adds.
OF_REASON: Final[Mapping[Reason, tuple[Ground, ...]]] = {
    Reason.ROW_REFUSED: (),
    Reason.SENDER_CHOSE_PAPER: (),
    Reason.NO_DIGITAL_ID: (),
    Reason.RECIPIENT_CLOSED: (Ground.CLOSED,),
    Reason.NO_DIGITAL_WAY: (),
    Reason.DELIVER_LATER: (),
    Reason.OPTED_OUT: (Ground.NOT_CLOSED, Ground.OPTED_OUT),
    Reason.ORGANISATION_IN_ALTINN: (Ground.NOT_CLOSED, Ground.ORGANISATION),
    Reason.CHOSE_DIGIPOST: (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.CHOSE_DIGIPOST),
    Reason.CHOSE_EBOKS: (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.CHOSE_EBOKS),
    Reason.ALTINN_BY_DEFAULT: (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT, Ground.CHOSE_NEITHER),
    Reason.ALTINN_AFTER_REFUSAL: (Ground.NOT_CLOSED, Ground.NOT_OPTED_OUT),
    Reason.PAPER_AFTER_REFUSAL: (Ground.NOT_CLOSED,),
    Reason.CONSENT_NOT_EVIDENCED: (),
    Reason.DECLINED_TO_PAPER: (Ground.CONSENT, Ground.NOT_CLOSED, Ground.DECLINED, Ground.FALLBACK_PRINT),
    Reason.DECLINED_TO_SENDER: (Ground.CONSENT, Ground.NOT_CLOSED, Ground.DECLINED, Ground.FALLBACK_RETURN),
    Reason.REGISTERED_IN_EBOKS: (Ground.CONSENT, Ground.NOT_CLOSED, Ground.NOT_DECLINED, Ground.IN_EBOKS),
    Reason.HELD_FOR_SENDER: (Ground.CONSENT, Ground.NOT_CLOSED, Ground.NOT_DECLINED, Ground.NOT_IN_EBOKS),
    Reason.HELD_AFTER_REFUSAL: (Ground.CONSENT, Ground.NOT_CLOSED, Ground.NOT_DECLINED, Ground.EBOKS_HAD_REFUSED),
    Reason.EXEMPT: (Ground.NOT_CLOSED, Ground.EXEMPT),
    Reason.OUTSIDE_SCHEME: (Ground.NOT_CLOSED, Ground.NOT_EXEMPT, Ground.NOT_IN_DIGITAL_POST),
    Reason.MANDATORY_DIGITAL_POST: (Ground.NOT_CLOSED, Ground.NOT_EXEMPT, Ground.IN_DIGITAL_POST),
    Reason.REFUSED_BY_DIGITAL_POST: (
        Ground.NOT_CLOSED,
        Ground.NOT_EXEMPT,
        Ground.IN_DIGITAL_POST,
        Ground.DIGITAL_POST_HAD_REFUSED,
    ),
    Reason.UNOPENED_IN_ALTINN: (Ground.TIME_TO_OPEN_OVER, Ground.NOT_OPENED, Ground.NOT_CLOSED),
    Reason.NOTICES_FAILED: (Ground.NO_NOTICE, Ground.NOT_OPENED, Ground.NOT_CLOSED),
    Reason.HOLD_ENDED_TO_PAPER: (Ground.HOLD_OVER, Ground.NOT_CLOSED),
    Reason.HOLD_ENDED: (Ground.HOLD_OVER, Ground.NOT_CLOSED),
    Reason.SENDER_ORDERED_PAPER: (Ground.HELD, Ground.NOT_CLOSED),
    Reason.SENDER_ORDERED_RETURN: (Ground.HELD, Ground.NOT_CLOSED),
    Reason.RECALLED_BY_SENDER: (),
    Reason.PDF_DAMAGED: (),
    Reason.PDF_ENCRYPTED: (),
    Reason.PDF_NOT_A4: (),
    Reason.PDF_TOO_LONG: (),
    Reason.REFUSED_BY_PRINTER: (),
}

#: What is found before the sender's wish for paper is, as the rules of each regime go.
_BEFORE_PAPER: Final[Mapping[Regime, tuple[Ground, ...]]] = {
    Regime.NO_PUBLIC: (),
    Regime.DK_PRIVATE: (Ground.CONSENT, Ground.NOT_CLOSED),
    Regime.DK_PUBLIC: (Ground.NOT_CLOSED,),
}
_CHOSE: Final[Mapping[Channel, Ground]] = {
    Channel.DIGIPOST: Ground.CHOSE_DIGIPOST,
    Channel.EBOKS: Ground.CHOSE_EBOKS,
}
_HAD_REFUSED: Final[Mapping[Channel, Ground]] = {
    Channel.ALTINN: Ground.ALTINN_HAD_REFUSED,
    Channel.DIGIPOST: Ground.DIGIPOST_HAD_REFUSED,
    Channel.EBOKS: Ground.EBOKS_HAD_REFUSED,
    Channel.DIGITAL_POST: Ground.DIGITAL_POST_HAD_REFUSED,
}


def of(reason: Reason, letter: Letter, sender: Sender, tried: Collection[Channel] = ()) -> tuple[Ground, ...]:
    """What held when a letter was decided: no more than is certain, and nothing of the register unless it was asked.

    Args:
        reason: that it was given, by the rules as `postal.reasons.RULES_VERSION` numbers them.
        letter: the letter.
        sender: the batch's copy of the sender.
        tried: mailboxes that had refused the letter by then.
    """
    return (*OF_REASON[reason], *_of_letter(reason, letter, sender, tried))


def _of_letter(reason: Reason, letter: Letter, sender: Sender, tried: Collection[Channel]) -> tuple[Ground, ...]:
    """What a reason that is given for more than one cause tells of this letter."""
    told: tuple[Ground, ...] = ()
    match reason:
        case Reason.CONSENT_NOT_EVIDENCED:
            told = (_flaw_of_consent(letter, sender),)
        case Reason.SENDER_CHOSE_PAPER:
            told = _BEFORE_PAPER[sender.regime]
        case Reason.NO_DIGITAL_WAY if not letter.recipient:
            told = (Ground.NO_RECIPIENT,)
        case Reason.NO_DIGITAL_WAY:
            told = (Ground.NOT_CLOSED, _no_way(sender.regime, tried))
        case Reason.ALTINN_AFTER_REFUSAL:
            told = _refused(tried)
        case Reason.PAPER_AFTER_REFUSAL:
            is_person = kind_of(letter.recipient) is Kind.PERSON
            told = (Ground.NOT_OPTED_OUT if is_person else Ground.ORGANISATION, Ground.ALTINN_HAD_REFUSED)
        case Reason.HOLD_ENDED_TO_PAPER:
            told = (_still_held(tried), Ground.FALLBACK_PRINT)
        case Reason.HOLD_ENDED:
            told = (_still_held(tried), _no_paper(letter, sender))
        case Reason.SENDER_ORDERED_PAPER | Reason.SENDER_ORDERED_RETURN:
            told = (_still_held(tried),)
    return told


def _flaw_of_consent(letter: Letter, sender: Sender) -> Ground:
    """Why a row did not evidence its recipient's consent, as `postal.rules.accepted_terms` asks for it."""
    if not letter.consent or not letter.consent_at:
        return Ground.NO_CONSENT
    terms = sender.terms_with_id(letter.consent)
    if terms is None:
        return Ground.UNKNOWN_TERMS
    return Ground.CONSENT_BEFORE_TERMS if from_text(letter.consent_at) < terms.valid_from else Ground.CONSENT_TO_COME


def _refused(tried: Collection[Channel]) -> tuple[Ground, ...]:
    """Which mailboxes had refused a letter, and that it was the chosen one where there was one alone."""
    chosen = (_CHOSE[channel] for channel in tried if channel in _CHOSE and len(tried) == 1)
    return (*chosen, *(_HAD_REFUSED[channel] for channel in tried))


def _no_way(regime: Regime, tried: Collection[Channel]) -> Ground:
    """Why a letter would have gone on paper that may only go digitally."""
    match regime:
        case Regime.NO_PUBLIC:
            return Ground.ALTINN_HAD_REFUSED if Channel.ALTINN in tried else Ground.OPTED_OUT
        case Regime.DK_PRIVATE:
            return Ground.DECLINED
        case Regime.DK_PUBLIC:
            return Ground.EXEMPT_OR_NOT_IN_DIGITAL_POST


def _still_held(tried: Collection[Channel]) -> Ground:
    return Ground.EBOKS_HAD_REFUSED if Channel.EBOKS in tried else Ground.NEITHER_DECLINED_NOR_IN_EBOKS


def _no_paper(letter: Letter, sender: Sender) -> Ground:
    """Why a hold did not end in paper."""
    if sender.settings.fallback == "return":
        return Ground.FALLBACK_RETURN
    return Ground.DIGITAL_ONLY if letter.delivery == "digital_only" else Ground.NO_ADDRESS


#: Each as a sentence, which may name `{terms}`: those that the row names.
WORDS: Final[Mapping[Ground, Words]] = {
    Ground.CLOSED: Words(
        "I registret stod modtageren som død, opløst eller lukket.",
        "I registeret sto mottakeren som død, oppløst eller lukket.",
        "The register listed the recipient as dead, dissolved or closed.",
    ),
    Ground.NOT_CLOSED: Words(
        "I registret stod modtageren ikke som død, opløst eller lukket.",
        "I registeret sto mottakeren ikke som død, oppløst eller lukket.",
        "The register did not list the recipient as dead, dissolved or closed.",
    ),
    Ground.OPTED_OUT: Words(
        "Modtageren havde reserveret sig mod digital post.",
        "Mottakeren hadde reservert seg mot digital post.",
        "The recipient had opted out of digital post.",
    ),
    Ground.NOT_OPTED_OUT: Words(
        "Modtageren var en person, der ikke havde reserveret sig mod digital post.",
        "Mottakeren var en person som ikke hadde reservert seg mot digital post.",
        "The recipient was a person who had not opted out of digital post.",
    ),
    Ground.ORGANISATION: Words(
        "Modtageren var en virksomhed, og virksomheder kan ikke reservere sig mod digital post.",
        "Mottakeren var en virksomhet, og virksomheter kan ikke reservere seg mot digital post.",
        "The recipient was an organisation, and organisations cannot opt out of digital post.",
    ),
    Ground.CHOSE_DIGIPOST: Words(
        "Modtageren havde valgt Digipost.", "Mottakeren hadde valgt Digipost.", "The recipient had chosen Digipost."
    ),
    Ground.CHOSE_EBOKS: Words(
        "Modtageren havde valgt e-Boks.", "Mottakeren hadde valgt e-Boks.", "The recipient had chosen e-Boks."
    ),
    Ground.CHOSE_NEITHER: Words(
        "Modtageren havde hverken valgt Digipost eller e-Boks.",
        "Mottakeren hadde verken valgt Digipost eller e-Boks.",
        "The recipient had chosen neither Digipost nor e-Boks.",
    ),
    Ground.DECLINED: Words(
        "Modtageren havde frameldt afsenderen.",
        "Mottakeren hadde meldt seg av hos avsenderen.",
        "The recipient had declined the sender.",
    ),
    Ground.NOT_DECLINED: Words(
        "Modtageren havde ikke frameldt afsenderen.",
        "Mottakeren hadde ikke meldt seg av hos avsenderen.",
        "The recipient had not declined the sender.",
    ),
    Ground.IN_EBOKS: Words(
        "Modtageren havde e-Boks.", "Mottakeren hadde e-Boks.", "The recipient had a mailbox in e-Boks."
    ),
    Ground.NOT_IN_EBOKS: Words(
        "Modtageren havde ikke e-Boks.", "Mottakeren hadde ikke e-Boks.", "The recipient had no mailbox in e-Boks."
    ),
    Ground.NEITHER_DECLINED_NOR_IN_EBOKS: Words(
        "Modtageren havde hverken frameldt afsenderen eller fået e-Boks.",
        "Mottakeren hadde verken meldt seg av hos avsenderen eller fått e-Boks.",
        "The recipient had neither declined the sender nor got a mailbox in e-Boks.",
    ),
    Ground.EXEMPT: Words(
        "Modtageren var fritaget for Digital Post.",
        "Mottakeren var fritatt fra Digital Post.",
        "The recipient was exempt from Digital Post.",
    ),
    Ground.NOT_EXEMPT: Words(
        "Modtageren var ikke fritaget for Digital Post.",
        "Mottakeren var ikke fritatt fra Digital Post.",
        "The recipient was not exempt from Digital Post.",
    ),
    Ground.IN_DIGITAL_POST: Words(
        "Modtageren var tilsluttet Digital Post.",
        "Mottakeren var tilsluttet Digital Post.",
        "The recipient had a mailbox in Digital Post.",
    ),
    Ground.NOT_IN_DIGITAL_POST: Words(
        "Modtageren var ikke tilsluttet Digital Post.",
        "Mottakeren var ikke tilsluttet Digital Post.",
        "The recipient had no mailbox in Digital Post.",
    ),
    Ground.EXEMPT_OR_NOT_IN_DIGITAL_POST: Words(
        "Modtageren var enten fritaget for Digital Post eller ikke tilsluttet.",
        "Mottakeren var enten fritatt fra Digital Post eller ikke tilsluttet.",
        "The recipient was exempt from Digital Post, or had no mailbox there.",
    ),
    Ground.NO_RECIPIENT: Words(
        "Rækken nævnte ingen digital modtager.",
        "Raden nevnte ingen digital mottaker.",
        "The row named no digital recipient.",
    ),
    Ground.NO_ADDRESS: Words(
        "Rækken havde ingen adresse, som papir kunne sendes til.",
        "Raden hadde ingen adresse som papir kunne sendes til.",
        "The row had no address to which paper could go.",
    ),
    Ground.DIGITAL_ONLY: Words(
        "Brevet måtte kun sendes digitalt.",
        "Brevet skulle bare sendes digitalt.",
        "The letter was to go digitally only.",
    ),
    Ground.CONSENT: Words(
        "Rækken angav et samtykke: vilkårene »{terms}« gjaldt, da de ifølge afsender blev accepteret.",
        "Raden oppga et samtykke: vilkårene «{terms}» gjaldt da de ifølge avsender ble godtatt.",
        "The row stated a consent: the terms “{terms}” were in force when, according to the sender, they were "
        "accepted.",
    ),
    Ground.NO_CONSENT: Words(
        "Rækken angav ikke både vilkår og tidspunkt for et samtykke.",
        "Raden oppga ikke både vilkår og tidspunkt for et samtykke.",
        "The row did not state both the terms and the time of a consent.",
    ),
    Ground.UNKNOWN_TERMS: Words(
        "Afsender havde ingen vilkår, der hed »{terms}«.",
        "Avsender hadde ingen vilkår som het «{terms}».",
        "The sender had no terms called “{terms}”.",
    ),
    Ground.CONSENT_BEFORE_TERMS: Words(
        "Ifølge rækken blev vilkårene »{terms}« accepteret, før de trådte i kraft.",
        "Ifølge raden ble vilkårene «{terms}» godtatt før de trådte i kraft.",
        "According to the row, the terms “{terms}” were accepted before they took effect.",
    ),
    Ground.CONSENT_TO_COME: Words(
        "Rækken angav et tidspunkt for samtykket, som ikke var kommet endnu.",
        "Raden oppga et tidspunkt for samtykket som ikke var kommet ennå.",
        "The row stated a time of the consent that had not come yet.",
    ),
    Ground.FALLBACK_PRINT: Words(
        "Afsender havde valgt papir til sådanne breve.",
        "Avsender hadde valgt papir for slike brev.",
        "The sender had chosen paper for such letters.",
    ),
    Ground.FALLBACK_RETURN: Words(
        "Afsender havde valgt, at sådanne breve ikke sendes.",
        "Avsender hadde valgt at slike brev ikke sendes.",
        "The sender had chosen not to have such letters sent.",
    ),
    Ground.ALTINN_HAD_REFUSED: Words(
        "Altinn havde afvist brevet.", "Altinn hadde avvist brevet.", "Altinn had refused the letter."
    ),
    Ground.DIGIPOST_HAD_REFUSED: Words(
        "Digipost havde afvist brevet.", "Digipost hadde avvist brevet.", "Digipost had refused the letter."
    ),
    Ground.EBOKS_HAD_REFUSED: Words(
        "e-Boks havde afvist brevet.", "e-Boks hadde avvist brevet.", "e-Boks had refused the letter."
    ),
    Ground.DIGITAL_POST_HAD_REFUSED: Words(
        "Digital Post havde afvist brevet.", "Digital Post hadde avvist brevet.", "Digital Post had refused the letter."
    ),
    Ground.TIME_TO_OPEN_OVER: Words(
        "Fristen for at åbne brevet var udløbet.",
        "Fristen for å åpne brevet var utløpt.",
        "The time to open the letter was over.",
    ),
    Ground.NOT_OPENED: Words(
        "Altinn havde ikke meldt, at brevet var åbnet.",
        "Altinn hadde ikke meldt at brevet var åpnet.",
        "Altinn had not reported that the letter was opened.",
    ),
    Ground.NO_NOTICE: Words(
        "Ingen besked om brevet var nået frem til modtageren.",
        "Ingen varsler om brevet hadde nådd fram til mottakeren.",
        "No notice of the letter had got through to the recipient.",
    ),
    Ground.HELD: Words(
        "Brevet blev stadig opbevaret for afsender.",
        "Brevet ble fortsatt oppbevart for avsender.",
        "The letter was still held for the sender.",
    ),
    Ground.HOLD_OVER: Words(
        "Fristen for opbevaringen var udløbet.",
        "Fristen for oppbevaringen var utløpt.",
        "The time of the hold was over.",
    ),
}
