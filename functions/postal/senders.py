"""Senders: organisations that upload batches, each under one regime."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

#: The id of a sender: part of object keys, so plain and short.
SENDER_ID_PATTERN = r"^[a-z0-9-]{2,40}$"

Language = Literal["da", "nb", "nn", "en"]
Country = Literal["no", "dk"]


class Regime(StrEnum):
    """A named set of sorting rules."""

    NO_PUBLIC = "no_public"
    DK_PRIVATE = "dk_private"
    DK_PUBLIC = "dk_public"


#: A sender's bare identifiers and addresses are read as of its country, whose clock and holidays are its own.
COUNTRY: Mapping[Regime, Country] = {Regime.NO_PUBLIC: "no", Regime.DK_PRIVATE: "dk", Regime.DK_PUBLIC: "dk"}


class Terms(Struct, frozen=True, kw_only=True):
    """Terms to which a customer consents, by which a sender may enrol that customer.

    Attributes:
        id: the name that the manifest's `consent` column gives.
        document_sha256: hash of the document that the customers saw.
        valid_from: when the terms took effect.
    """

    id: str
    document_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    valid_from: Annotated[datetime, Meta(tz=True)]


#: The longest that a sender may have a letter held.
MOST_HOLD_DAYS: Final = 390

#: On how many days a recipient is told. A consignment keeps how far each delivery and each reminder is told; delivered
#: letter by letter, and with a day for a response, 400 letters and four days are three quarters of what an item holds.
MOST_REMINDER_DAYS: Final = 4


class Settings(Struct, frozen=True, kw_only=True):
    """What a sender may choose. A batch is ruled by the copy made when it was committed.

    Attributes:
        fallback: what becomes of a held or declined letter: paper, or back to the sender.
        hold_days: how long a letter is held.
        unopened_hours: working hours unopened in Altinn before paper follows.
        reminder_days: days after delivery on which the recipient is told of an unopened letter; None for those
            of the sender's regime. Of more than `MOST_REMINDER_DAYS` the first hold.
        notice_rate: notices a minute, for all batches of the sender together.
        bad_rows: what rows with errors do to a batch.
        bad_rows_percent: the share above which `await_approval` waits.
        document_wait_minutes: how long ingest waits for documents uploaded after the manifest.
        receipt_cadence_minutes: how often a changed receipt list is written.
        printer: who prints.
        print_cut_off: local time on working days at which paper leaves.
        return_address: lines of the address that returned mail goes to.
        disclosure: whether receipts tell held from delivered letters apart.
    """

    fallback: Literal["print", "return"] = "print"
    hold_days: Annotated[int, Meta(ge=1, le=MOST_HOLD_DAYS)] = 30
    unopened_hours: Annotated[int, Meta(ge=24, le=240)] = 40
    reminder_days: tuple[Annotated[int, Meta(ge=0, le=25)], ...] | None = None
    notice_rate: Annotated[int, Meta(ge=1, le=1_000_000)] = 3_000
    bad_rows: Literal["refuse_rows", "refuse_batch", "await_approval"] = "refuse_rows"
    bad_rows_percent: Annotated[int, Meta(ge=0, le=100)] = 5
    document_wait_minutes: Annotated[int, Meta(ge=0, le=1_440)] = 15
    receipt_cadence_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 60
    printer: Annotated[str, Meta(pattern="^[a-z0-9-]{2,40}$")] = "default"
    print_cut_off: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "17:30"
    return_address: tuple[str, ...] = ()
    disclosure: Literal["coded", "neutral"] = "coded"


class Sender(Struct, frozen=True, kw_only=True):
    """An organisation that uploads batches.

    Attributes:
        languages: the first is the language of its receipts, and of notices to
            recipients who chose none.
        disabled: its uploads are refused.
    """

    id: Annotated[str, Meta(pattern=SENDER_ID_PATTERN)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    regime: Regime
    contact: str = ""
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = ("en",)
    settings: Settings = Settings()
    terms: tuple[Terms, ...] = ()
    disabled: bool = False

    @property
    def country(self) -> Country:
        """The country whose clock and holidays are its own."""
        return COUNTRY[self.regime]

    @property
    def reminder_days(self) -> tuple[int, ...]:
        """Days after delivery on which the recipient is told of an unopened letter: its own choice, or its regime's.

        Norwegian public senders: when the letter is available, and once more where it was not
        opened within a week (eForvaltningsforskriften § 8). Danish letters: once; what lies in
        Digital Post has arrived (Lov om Digital Post § 10), and no rule asks for a second notice.
        """
        if self.settings.reminder_days is not None:
            return tuple(sorted(set(self.settings.reminder_days)))[:MOST_REMINDER_DAYS]
        return (0, 7) if self.regime is Regime.NO_PUBLIC else (0,)

    @property
    def is_neutral(self) -> bool:
        """Whether its receipts tell nothing that only the register knows."""
        return self.settings.disclosure == "neutral"

    @property
    def language(self) -> Language:
        """The language of its receipts."""
        return self.languages[0]

    def terms_with_id(self, terms_id: str) -> Terms | None:
        """The terms of that id, if this sender has them."""
        return next((terms for terms in self.terms if terms.id == terms_id), None)
