"""The rows of the sample's manifests, with the mistakes that senders make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from brevdue.sample import forms, numbers, people
from brevdue.sample.draws import Draws
from brevdue.sample.forms import Kind
from brevdue.sample.people import Recipient
from brevdue.sample.senders import INSURER, TERMS_VALID_FROM


class Fault(StrEnum):
    """A mistake in a row, by the code with which check-in refuses it."""

    TITLE_MISSING = "VALUE_MISSING"
    IDENTIFIER_WRONG = "RECIPIENT_CHECK_DIGITS"
    BIRTH_DATE_WRONG = "RECIPIENT_BIRTH_DATE"
    REFERENCE_TWICE = "DUPLICATE_REFERENCE"
    DOCUMENT_FORGOTTEN = "DOCUMENT_MISSING"
    FORMULA = "REFERENCE_IS_FORMULA"
    ADDRESS_INCOMPLETE = "ADDRESS_INCOMPLETE"
    ZERO_LOST = "LEADING_ZERO_LOST"
    DATE_OF_A_SPREADSHEET = "SPREADSHEET_DATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as the sender writes it; empty values are empty cells.

    Attributes:
        number: counted from 1.
        own_reference: of the letter, without the fault that `reference` may have.
        documents: the letter, then its attachments.
        recipient: the identifier, without its scheme.
        fault: the mistake in it, if there is one.
    """

    number: int
    own_reference: str
    reference: str
    recipient: str
    title: str
    documents: tuple[str, ...]
    kind: Kind
    who: Recipient
    address: str
    postal_code: str
    delivery: str = ""
    respond_by: str = ""
    consent: str = ""
    consent_at: str = ""
    fault: Fault | None = None


_FAULT_EVERY: Final = 61
_FIRST_FAULT: Final = 7
#: So often two letters in a row go to the same recipient.
_SAME_EVERY: Final = 33

_NO_FAULTS: Final = (
    Fault.TITLE_MISSING,
    Fault.IDENTIFIER_WRONG,
    Fault.REFERENCE_TWICE,
    Fault.DOCUMENT_FORGOTTEN,
    Fault.ZERO_LOST,
    Fault.FORMULA,
    Fault.ADDRESS_INCOMPLETE,
    Fault.DATE_OF_A_SPREADSHEET,
)
_DK_FAULTS: Final = (
    Fault.BIRTH_DATE_WRONG,
    Fault.TITLE_MISSING,
    Fault.DOCUMENT_FORGOTTEN,
    Fault.REFERENCE_TWICE,
    Fault.DATE_OF_A_SPREADSHEET,
    Fault.FORMULA,
    Fault.ADDRESS_INCOMPLETE,
)

_DK_PUBLIC_FAULTS: Final = (
    Fault.DATE_OF_A_SPREADSHEET,
    Fault.TITLE_MISSING,
    Fault.DOCUMENT_FORGOTTEN,
    Fault.REFERENCE_TWICE,
    Fault.ADDRESS_INCOMPLETE,
)

#: So often a row does not evidence its consent.
_NO_CONSENT_EVERY: Final = 71
_FIRST_NO_CONSENT: Final = 11


@dataclass(frozen=True, slots=True)
class Norwegian:
    """The municipality's rows; a row is a function of the seed and its number.

    Attributes:
        own_documents: so many letters have a document of their own; those after them share one a kind.
    """

    seed: int
    own_documents: int

    def row(self, number: int) -> Row:
        """The row of a number, counted from 1."""
        chance = Draws(self.seed, "no-row", number)
        kind = chance.weighted(forms.NORWEGIAN)
        who = self.recipient(number)
        reference = f"N2026-{number:06d}"
        row = Row(
            number=number,
            own_reference=reference,
            reference=reference,
            recipient=who.value,
            title=kind.form.title,
            documents=_documents(kind, reference, number, self.own_documents),
            kind=kind,
            who=who,
            address=who.street,
            postal_code=who.postal_code,
            respond_by="2026-12-31" if kind.responds else "",
        )
        fault = _fault(number, _NO_FAULTS)
        return _with_fault(self, row, fault) if fault else _with_wishes(row)

    def recipient(self, number: int) -> Recipient:
        """Whom the letter of a row is for."""
        return people.norwegian(self.seed, _person(number))


@dataclass(frozen=True, slots=True)
class Danish:
    """The insurer's rows, as `Norwegian`.

    Attributes:
        now: customers have accepted the terms before.
    """

    seed: int
    own_documents: int
    now: datetime

    def row(self, number: int) -> Row:
        """The row of a number, counted from 1."""
        chance = Draws(self.seed, "dk-row", number)
        kind = chance.weighted(forms.DANISH)
        who = self.recipient(number)
        reference = f"HB-{number + 700_000}"
        accepted_at = TERMS_VALID_FROM + chance.share() * (self.now - TERMS_VALID_FROM)
        row = Row(
            number=number,
            own_reference=reference,
            reference=reference,
            recipient=f"{who.value[:6]}-{who.value[6:]}",
            title=kind.form.title,
            documents=_documents(kind, reference, number, self.own_documents),
            kind=kind,
            who=who,
            address=who.street,
            postal_code=who.postal_code,
            respond_by="2026-12-31" if kind.responds else "",
            consent=INSURER.terms[0].id,
            consent_at=accepted_at.isoformat(timespec="seconds"),
        )
        fault = _fault(number, _DK_FAULTS)
        if fault:
            return _with_fault(self, row, fault)
        turn, place = divmod(number, _NO_CONSENT_EVERY)
        if place == _FIRST_NO_CONSENT:
            return _without_evidence(row, turn)
        return row

    def recipient(self, number: int) -> Recipient:
        """Whom the letter of a row is for."""
        return people.customer(self.seed, _person(number))


@dataclass(frozen=True, slots=True)
class DanishPublic:
    """The Danish municipality's rows, as `Norwegian`."""

    seed: int
    own_documents: int

    def row(self, number: int) -> Row:
        """The row of a number, counted from 1."""
        chance = Draws(self.seed, "dk-public-row", number)
        kind = chance.weighted(forms.DANISH_PUBLIC)
        who = self.recipient(number)
        reference = f"2026-{number + 40_000}"
        is_person = who.id.startswith("dk-cpr:")
        row = Row(
            number=number,
            own_reference=reference,
            reference=reference,
            recipient=f"{who.value[:6]}-{who.value[6:]}" if is_person else f"DK{who.value}",
            title=kind.form.title,
            documents=_documents(kind, reference, number, self.own_documents),
            kind=kind,
            who=who,
            address=who.street,
            postal_code=who.postal_code,
            respond_by="2026-12-31" if kind.responds else "",
        )
        fault = _fault(number, _DK_PUBLIC_FAULTS)
        return _with_fault(self, row, fault) if fault else _with_wishes(row)

    def recipient(self, number: int) -> Recipient:
        """Whom the letter of a row is for."""
        return people.resident(self.seed, _person(number))


Rows = Norwegian | Danish | DanishPublic


@dataclass(frozen=True, slots=True)
class Next:
    """Another letter of the same kind to some recipients of a batch.

    Attributes:
        first: the rows of that batch.
        numbers: which of them it follows.
    """

    first: "Rows | Next"
    numbers: Sequence[int]

    def row(self, number: int) -> Row:
        """The row of a number, counted from 1."""
        before = self.first.row(self.numbers[number - 1])
        reference = f"{before.own_reference}-2"
        return replace(
            before, number=number, own_reference=reference, reference=reference, documents=(f"{reference}.pdf",)
        )


def _with_wishes(row: Row) -> Row:
    """What public senders ask for now and then: paper, no paper, or a letter to an address alone."""
    if row.number % 97 == 5:  # noqa: PLR2004 - anywhere in the cycle; so are the next
        return replace(row, recipient="")
    if row.number % 89 == 13:  # noqa: PLR2004
        return replace(row, delivery="papir")
    if row.number % 53 == 17:  # noqa: PLR2004
        return replace(row, delivery="kun digitalt")
    return row


def _without_evidence(row: Row, turn: int) -> Row:
    """The three ways in which a consent is not evidenced, in turn."""
    match turn % 3:
        case 0:
            return replace(row, consent="", consent_at="")
        case 1:
            return replace(row, consent_at=(TERMS_VALID_FROM - timedelta(days=40)).isoformat(timespec="seconds"))
        case _:
            return replace(row, consent="vilkaar-2019")


def _person(number: int) -> int:
    return number - 1 if number % _SAME_EVERY == 0 else number


def _documents(kind: Kind, reference: str, number: int, own: int) -> tuple[str, ...]:
    return (f"{reference}.pdf" if number <= own else f"{kind.slug}.pdf", *kind.attachments)


def _fault(number: int, faults: tuple[Fault, ...]) -> Fault | None:
    turn, place = divmod(number, _FAULT_EVERY)
    return faults[turn % len(faults)] if place == _FIRST_FAULT else None


def _with_fault(rows: Rows, row: Row, fault: Fault) -> Row:
    return replace(_SPOILT[fault](rows, row), fault=fault)


def _without_a_digit_right(_rows: Rows, row: Row) -> Row:
    last = (int(row.recipient[-1]) + 1) % 10
    return replace(row, recipient=f"{row.recipient[:-1]}{last}")


_SPOILT: Final[dict[Fault, Callable[[Rows, Row], Row]]] = {
    Fault.TITLE_MISSING: lambda _, row: replace(row, title=""),
    Fault.IDENTIFIER_WRONG: _without_a_digit_right,
    Fault.BIRTH_DATE_WRONG: lambda _, row: replace(row, recipient=f"3102{row.recipient[4:]}"),
    Fault.REFERENCE_TWICE: lambda rows, row: replace(row, reference=rows.row(row.number - 1).reference),
    Fault.DOCUMENT_FORGOTTEN: lambda _, row: replace(row, documents=(f"{row.own_reference}-ny.pdf",)),
    Fault.FORMULA: lambda _, row: replace(row, reference=f"=B{row.number}&C{row.number}"),
    Fault.ADDRESS_INCOMPLETE: lambda _, row: replace(row, address="", postal_code=""),
    Fault.ZERO_LOST: lambda rows, row: replace(
        row, recipient=numbers.fnr_with_leading_zero(rows.seed, row.number).lstrip("0")
    ),
    Fault.DATE_OF_A_SPREADSHEET: lambda _, row: replace(row, respond_by="31.12.2026"),
}
