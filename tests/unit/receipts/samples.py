"""Batches, rows and states for the tests of receipts."""

from datetime import UTC, datetime

from postal.batches import Batch, BatchState
from postal.letters import Address, Delivery, Document, Letter, RefusedRow, RowError
from postal.reasons import Reason
from postal.rows import Row
from postal.senders import Language, Regime, Sender, Settings
from postal.status import LetterState, Status
from receipts import lines
from receipts.lines import ReceiptLine

ACCEPTED_AT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
SORTED_AT = datetime(2026, 11, 18, 8, 5, tzinfo=UTC)
DELIVERED_AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

#: When the list is written.
NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)

ADDRESS = Address(name="Ida Eksempel", lines=("Byvej 1",), postal_code="1000", city="Havnestad", country="DK")
DOCUMENT = Document("letter.pdf", "v1", 1_000, "etag")


def sender(regime: Regime = Regime.DK_PRIVATE, language: Language = "da", settings: Settings | None = None) -> Sender:
    return Sender(
        id="kommunekemi", name="Kommunekemi", regime=regime, languages=(language,), settings=settings or Settings()
    )


def batch(
    rows: int = 1, refused_rows: int = 0, sender_: Sender | None = None, state_: BatchState = BatchState.OPEN
) -> Batch:
    return Batch(
        id="2026-11",
        sender=sender_ or sender(),
        state=state_,
        row_file="rows/kommunekemi/2026-11/m1.jsonl",
        row_file_version="",
        manifest="inbox/kommunekemi/2026-11/manifest.csv",
        manifest_version="m1",
        manifest_sha256="ab" * 32,
        rows=rows,
        refused_rows=refused_rows,
        unknown_columns=(("titl", "title"), ("xyz", "")),
        accepted_at=ACCEPTED_AT,
    )


def letter(
    row: int = 1,
    delivery: Delivery = "digital_or_paper",
    recipient: str = "dk-cpr:0101010000",
    deliver_after: str = "",
    respond_by: str = "",
) -> Letter:
    return Letter(
        row=row,
        reference=f"ref-{row}",
        recipient=recipient,
        title="Faktura",
        documents=(DOCUMENT,),
        delivery=delivery,
        deliver_after=deliver_after,
        respond_by=respond_by,
        address=ADDRESS,
    )


def refused(row: int = 1, cells: dict[str, str] | None = None) -> RefusedRow:
    return RefusedRow(
        row=row,
        line=row + 1,
        reference=f"ref-{row}",
        errors=(
            RowError(
                code="DOCUMENT_MISSING",
                column="document",
                message="Dokumentet »a.pdf« mangler.",
                remedy="Upload det under documents/.",
            ),
            RowError(code="TITLE_EMPTY", column="title", message="Titlen er tom.", remedy="Skriv en titel."),
        ),
        cells={"Reference": f"ref-{row}", "Titel": "", "Fil": "a.pdf"} if cells is None else cells,
    )


def state(status: Status, reason: Reason | None, at: datetime | None = DELIVERED_AT, row: int = 1) -> LetterState:
    return LetterState(row=row, status=status, reason=reason, at=at)


def line(row: Row, state_: LetterState, by: Sender | None = None, now: datetime = NOW) -> ReceiptLine:
    """A line of an open batch."""
    return lines.line(row, state_, batch(sender_=by), now)
