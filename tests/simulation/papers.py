"""Small real PDFs: some that can be printed, some that cannot."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from fpdf import FPDF
from fpdf.enums import EncryptionMethod

_MADE_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
#: More sheets than an envelope takes, on both sides.
_TOO_MANY: Final = 162

#: By name, what a printer cannot do with it.
FAULTS: Final = {
    "damaged.pdf": "a document is damaged",
    "encrypted.pdf": "a document is encrypted",
    "us-letter.pdf": "a document is not A4",
    "landscape.pdf": "a document is not A4 portrait",
    "too-long.pdf": "a document is too long",
}
GOOD: Final = ("letter.pdf", "two-pages.pdf", "attachment.pdf")


@cache
def content(name: str) -> bytes:  # noqa: PLR0911 - one line a document
    """A document by its name."""
    match name:
        case "damaged.pdf":
            return _pages(1)[:400]
        case "encrypted.pdf":
            return _pages(1, is_encrypted=True)
        case "us-letter.pdf":
            return _pages(1, size="letter")
        case "landscape.pdf":
            return _pages(2, orientation="landscape")
        case "too-long.pdf":
            return _pages(_TOO_MANY)
        case "two-pages.pdf":
            return _pages(2)
        case _:
            return _pages(1)


def _pages(count: int, *, size: str = "A4", orientation: str = "portrait", is_encrypted: bool = False) -> bytes:
    pdf = FPDF(format=size, orientation=orientation)
    pdf.set_creation_date(_MADE_AT)
    if is_encrypted:
        pdf.set_encryption("eier", encryption_method=EncryptionMethod.RC4)
    pdf.set_font("Helvetica", size=11)
    for number in range(1, count + 1):
        pdf.add_page()
        pdf.text(20, 30, f"Side {number}")
    return bytes(pdf.output())
