"""Batches, rows and states for the tests of receipts."""

from datetime import UTC, datetime

from postal.batches import Batch
from postal.letters import Delivery, Document, Letter, RefusedRow, RowError
from postal.reasons import Reason
from postal.senders import Language, Regime, Sender, Settings
from postal.status import LetterState, Status

ACCEPTED_AT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
SORTED_AT = datetime(2026, 11, 18, 8, 5, tzinfo=UTC)
DELIVERED_AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

DOCUMENT = Document("letter.pdf", "v1", 1_000, "etag")


def sender(regime: Regime = Regime.DK_PRIVATE, language: Language = "da", settings: Settings | None = None) -> Sender:
    return Sender(
        id="kommunekemi", name="Kommunekemi", regime=regime, languages=(language,), settings=settings or Settings()
    )


def batch(rows: int, refused_rows: int = 0, sender_: Sender | None = None) -> Batch:
    return Batch(
        id="2026-11",
        sender=sender_ or sender(),
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


def letter(row: int = 1, delivery: Delivery = "digital_or_paper") -> Letter:
    return Letter(
        row=row,
        reference=f"ref-{row}",
        recipient="dk-cpr:0101010000",
        title="Faktura",
        documents=(DOCUMENT,),
        delivery=delivery,
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
