"""Small real PDFs: one A4 page a letter.

fpdf2 lays out each kind of letter once, with gaps of a fixed width for what
differs from letter to letter. Filling the gaps leaves every length and offset in
the file as it was, and takes microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5
from typing import Final

from fpdf import FPDF

_GAP: Final = 64
_MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)"})

_LEFT: Final = 20
_INK: Final = (34, 40, 49)
_GREY: Final = (120, 128, 138)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of letter.

    Attributes:
        sender: lines of the letterhead, the name first.
        colour: of the letterhead, as red, green and blue.
        reference: the word for reference.
        text: paragraphs below the title.
        footer: the last line of the page.
    """

    sender: tuple[str, ...]
    colour: tuple[int, int, int]
    title: str
    reference: str
    text: tuple[str, ...]
    footer: str


@dataclass(frozen=True, slots=True)
class _Template:
    """A laid out form and where its gaps are."""

    data: bytes
    gaps: tuple[bytes, ...]
    id: bytes


def fill(form: Form, address: Sequence[str], reference: str) -> bytes:
    """The PDF of a letter.

    Args:
        form: the kind of letter.
        address: up to three lines.
        reference: shown above the title.
    """
    template = _template(form)
    lines = [*address, "", "", ""][:3]
    data = template.data
    for gap, line in zip(template.gaps, (*lines, reference), strict=True):
        data = data.replace(gap, _fitting(line))
    # Every document has an id of its own.
    own = md5("\n".join((*lines, reference)).encode(), usedforsecurity=False).hexdigest().upper()
    return data.replace(template.id, own.encode())


def _fitting(line: str) -> bytes:
    """A line as PDF text of exactly the width of a gap."""
    text = line
    while len(escaped := text.translate(_ESCAPES).encode("latin-1", "replace")) > _GAP:
        text = text[:-1]
    return escaped.ljust(_GAP)


@lru_cache(maxsize=64)
def _template(form: Form) -> _Template:
    gaps = tuple(f"@{n}".ljust(_GAP, "@") for n in range(4))
    data = _lay_out(form, gaps)
    id_ = data.rpartition(b"/ID [<")[2].partition(b">")[0]
    return _Template(data, tuple(gap.encode() for gap in gaps), id_)


def _lay_out(form: Form, gaps: Sequence[str]) -> bytes:
    page = FPDF(format="A4")
    page.set_compression(compress=False)
    page.set_creation_date(_MADE_AT)
    page.set_title(form.title)
    page.set_author(form.sender[0])
    page.set_margins(_LEFT, 18, 20)
    page.add_page()
    page.set_fill_color(*form.colour)
    page.rect(0, 0, 210, 6, style="F")
    page.set_text_color(*form.colour)
    page.set_font("Helvetica", "B", 17)
    page.text(_LEFT, 22, form.sender[0])
    page.set_text_color(*_GREY)
    page.set_font("Helvetica", size=9)
    page.text(_LEFT, 28, "  |  ".join(form.sender[1:]))
    page.set_text_color(*_INK)
    page.set_font("Helvetica", size=11)
    for n, gap in enumerate(gaps[:3]):
        page.text(_LEFT, 52 + 5.5 * n, gap)
    page.set_font("Helvetica", size=9)
    page.text(_LEFT, 88, f"{form.reference}:")
    page.text(_LEFT + 24, 88, gaps[3])
    page.set_font("Helvetica", "B", 15)
    page.text(_LEFT, 101, form.title)
    page.set_font("Helvetica", size=11)
    page.c_margin = 0
    page.set_xy(_LEFT, 108)
    for paragraph in form.text:
        page.multi_cell(0, 5.8, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    page.set_text_color(*_GREY)
    page.set_font("Helvetica", size=8)
    page.text(_LEFT, 285, form.footer)
    return bytes(page.output())
