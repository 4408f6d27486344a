"""Batches for the report page: a large one, and those of which there is little to say."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from msgspec import structs

from postal.batches import Batch, BatchState
from postal.letters import RefusedRow
from postal.reasons import Reason
from postal.rows import Row
from postal.senders import Regime, Sender, Settings
from postal.status import LetterState, Status
from postal.times import to_text
from receipts import lines, report
from receipts.lists import Listed
from receipts.report import Tally
from tests.unit.receipts import samples

#: A Thursday.
NOW = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
NORDVIK = Sender(id="nordvik-kommune", name="Nordvik kommune", regime=Regime.NO_PUBLIC, languages=("nb",))
HAVBLIK = Sender(id="havblik-forsikring", name="Havblik Forsikring", regime=Regime.DK_PRIVATE, languages=("da",))

_MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
_ERRORS = {
    "RECIPIENT_CHECK_DIGITS": 61,
    "ADDRESS_INCOMPLETE": 38,
    "DOCUMENT_MISSING": 24,
    "DUPLICATE_REFERENCE": 9,
    "LEADING_ZERO_LOST": 7,
}

Told = tuple[Row, LetterState]


def pages() -> dict[str, bytes]:
    """The pages to look at, by name."""
    return {"report": large(), "one-letter": one_letter(), "approval": awaiting_approval(), "neutral": neutral()}


def page(batch: Batch, told: Iterable[Told], now: datetime = NOW, number: int = 4) -> bytes:
    """The report on rows and what became of them."""
    tally = Tally(batch)
    for row, state in told:
        tally.add(lines.line(row, state, batch, now))
    return report.page(tally, batch, Listed(number=number, version="v", previous="", written_at=to_text(now)))


def large() -> bytes:
    """A municipality's batch of 23,302 rows, three days on."""
    told = list(_large())
    batch = _batch(NORDVIK, "eiendomsskatt-2026", told)
    return page(structs.replace(batch, unknown_columns=(("adresse4", "address_3"),)), told, number=9)


def one_letter() -> bytes:
    """One letter that lies unopened in Altinn."""
    told = [_told(1, Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, _MONDAY)]
    return page(_batch(structs.replace(NORDVIK, languages=("en",)), "vedtak-117", told), told, _MONDAY, 1)


def awaiting_approval() -> bytes:
    """A batch with so many refused rows that its sender has to say whether it goes."""
    waiting = [_told(row, Status.WAITING, None, None) for row in range(1, 2_642)]
    told = [*waiting, *_refused(2_642, {"CONSENT_TERMS_UNKNOWN": 212, "RECIPIENT_LENGTH": 47})]
    return page(_batch(HAVBLIK, "2026-11-police", told, BatchState.AWAITING_APPROVAL), told, _MONDAY, 1)


def neutral() -> bytes:
    """A batch of a sender whose lists do not tell what became of a letter."""
    sender = structs.replace(HAVBLIK, settings=Settings(disclosure="neutral"))
    told = [
        *(_told(row, Status.DELIVERED, Reason.REGISTERED_IN_EBOKS, _MONDAY) for row in range(1, 3_801)),
        *(_told(row, Status.HELD, Reason.HELD_FOR_SENDER, _MONDAY) for row in range(3_801, 5_012)),
        *(_told(row, Status.PRINTED, Reason.DECLINED_TO_PAPER, _MONDAY) for row in range(5_012, 5_105)),
        *(_told(row, Status.EXPIRED, Reason.DECLINED_TO_SENDER, _MONDAY) for row in range(5_105, 5_111)),
        *_refused(5_111, {"CONSENT_OUT_OF_TIME": 14}),
    ]
    return page(_batch(sender, "2026-11-police", told), told, number=2)


def _large() -> Iterable[Told]:
    hour = timedelta(hours=1)
    many: list[tuple[int, Status, Reason, datetime]] = [
        (212, Status.RETURNED, Reason.OPTED_OUT, _MONDAY + 70 * hour),
        (2_804, Status.PRINTED, Reason.OPTED_OUT, _MONDAY + 30 * hour),
        (96, Status.TO_PRINT, Reason.NO_DIGITAL_ID, NOW - hour),
        (418, Status.TO_PRINT, Reason.UNOPENED_IN_ALTINN, NOW - hour),
        (1_207, Status.DELIVERED, Reason.CHOSE_DIGIPOST, _MONDAY + hour),
        (486, Status.DELIVERED, Reason.CHOSE_EBOKS, _MONDAY + hour),
        (3_118, Status.DELIVERED, Reason.ALTINN_BY_DEFAULT, _MONDAY + 48 * hour),
        (905, Status.DELIVERED, Reason.ORGANISATION_IN_ALTINN, _MONDAY + 71 * hour),
        (143, Status.NOTICE_FAILED, Reason.CHOSE_DIGIPOST, _MONDAY + 3 * hour),
        (350, Status.WAITING, Reason.DELIVER_LATER, _MONDAY),
        (731, Status.IN_TRANSIT, Reason.CHOSE_DIGIPOST, _MONDAY + 72 * hour),
        (31, Status.STOPPED, Reason.RECIPIENT_CLOSED, _MONDAY),
        (18, Status.FAILED, Reason.PDF_NOT_A4, _MONDAY + 30 * hour),
        (5, Status.RECALLED, Reason.RECALLED_BY_SENDER, _MONDAY),
        *((_openings(day), Status.OPENED, Reason.ALTINN_BY_DEFAULT, _MONDAY + 24 * day * hour) for day in range(4)),
        *((_openings(day) // 3, Status.OPENED, Reason.CHOSE_DIGIPOST, _MONDAY + 24 * day * hour) for day in range(4)),
    ]
    cases = chain.from_iterable(repeat((status, reason, at), count) for count, status, reason, at in many)
    last = 0
    for last, (status, reason, at) in enumerate(cases, start=1):
        yield _told(last, status, reason, at)
    yield from _refused(last + 1, _ERRORS)


def _openings(day: int) -> int:
    return (2_130, 4_480, 2_260, 610)[day]


def _told(row: int, status: Status, reason: Reason | None, at: datetime | None) -> Told:
    later = "2026-12-01T07:00:00Z" if reason is Reason.DELIVER_LATER else ""
    return samples.letter(row, deliver_after=later), samples.state(status, reason, at, row)


def _refused(first: int, errors: Mapping[str, int]) -> list[Told]:
    codes = chain.from_iterable(repeat(code, count) for code, count in errors.items())
    found: list[Told] = []
    for row, code in enumerate(codes, start=first):
        error = structs.replace(samples.refused(row).errors[0], code=code)
        refused = structs.replace(samples.refused(row), errors=(error,))
        found.append((refused, samples.state(Status.REJECTED, Reason.ROW_REFUSED, row=row)))
    return found


def _batch(sender: Sender, name: str, told: list[Told], state: BatchState = BatchState.OPEN) -> Batch:
    refused = sum(isinstance(row, RefusedRow) for row, _ in told)
    batch = samples.batch(len(told), refused, sender, state)
    return structs.replace(batch, id=name, unknown_columns=(), accepted_at=_MONDAY - timedelta(minutes=20))
