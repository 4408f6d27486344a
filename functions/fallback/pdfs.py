"""Whether a PDF can go on paper, and what its sender is told where it cannot.

pypdf reads it, in its strict mode, which repairs nothing: a repair guesses, and a page
that a guess has lost would be missing in the envelope. What stands on a page is not read.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cache
from io import BytesIO
from itertools import count
from time import thread_time
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

from msgspec import Struct, structs

from postal.letters import RowError
from postal.senders import Language
from postal.sheets import MOST_SHEETS

if TYPE_CHECKING:
    from types import FrameType

    from pypdf import PageObject, PdfReader
    from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

#: More pages than these no envelope takes, printed on both sides.
MOST_PAGES: Final = 2 * MOST_SHEETS

#: A4 portrait (ISO 216), width and height, and how far off a page may be, in mm.
A4: Final = (210, 297)
TOLERANCE: Final = 3

_MM_A_POINT: Final = 25.4 / 72
_QUARTER: Final = 90

_HEADER: Final = b"%PDF-"
#: The header may stand behind something else (Adobe, "PDF Reference" 1.7, implementation note 13).
_HEADER_BEFORE: Final = 1_024

#: What a check may cost: seconds of computing, and what the tables of a PDF may unpack to, each and together.
#: Real PDFs take milliseconds and kilobytes.
_MOST_SECONDS: Final = 5.0
_MOST_STREAM_BYTES: Final = 8_000_000
_MOST_BYTES: Final = 32_000_000
#: The streams that a check unpacks: cross-reference tables, and those that hold small objects.
_TABLES: Final = frozenset({"/XRef", "/ObjStm"})
#: More objects no table can name: with their places they would take more than the largest document.
_MOST_OBJECTS: Final = 500_000
#: The longest row that a predictor may run over in one go; tables have rows of a few bytes.
_MOST_ROW_BYTES: Final = 1_000
#: The clock is looked at once in so many calls, for a look takes longer than most calls.
_CALLS_A_LOOK: Final = 64

# What it has to say of a PDF stands in the answer, and not in the log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class PdfFault(StrEnum):
    """Why a PDF cannot go on paper: public, stable codes."""

    NOT_A_PDF = "NOT_A_PDF"
    DAMAGED = "DAMAGED"
    ENCRYPTED = "ENCRYPTED"
    NO_PAGES = "NO_PAGES"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    NOT_A4 = "NOT_A4"


class Pdf(Struct, frozen=True, kw_only=True, tag=True):
    """A PDF that can go on paper: all of its pages are A4 portrait."""

    pages: int


class PdfProblem(Struct, frozen=True, kw_only=True, tag=True):
    """The first thing that keeps a PDF from paper.

    Attributes:
        pages: how many there are, where there are too many.
        page: the first that is not A4 portrait, counted from 1.
        width, height: of that page as a reader shows it, in whole mm.
    """

    code: PdfFault
    pages: int = 0
    page: int = 0
    width: int = 0
    height: int = 0


def check(data: bytes) -> Pdf | PdfProblem:
    """Whether a PDF can go on paper; raises nothing, whatever the bytes.

    It is refused where it cannot be opened as it is, is encrypted (also where it opens without a
    password: printers take no such files; Digipost, "Fysisk print med Digipost" 2), has no pages or
    more than `MOST_PAGES`, or has a page that is not A4 portrait within `TOLERANCE`.
    """
    start = data.find(_HEADER, 0, _HEADER_BEFORE)
    if start < 0:
        return PdfProblem(code=PdfFault.NOT_A_PDF)
    # Broken files may raise anything, says pypdf.
    with suppress(Exception, _OutOfBounds):
        return _opened(data[start:])
    return PdfProblem(code=PdfFault.DAMAGED)


def in_words(problem: PdfProblem, path: str, language: Language) -> RowError:
    """What is wrong with a document and what to do, in the sender's language.

    Args:
        problem: what `check` found.
        path: of the document, as the sender knows it.
        language: Nynorsk reads Bokmål.
    """
    words = _WORDS[problem.code]
    message, remedy = {"en": words.en, "da": words.da}.get(language, words.nb)
    facts = {**structs.asdict(problem), "path": path, "most_pages": MOST_PAGES, "most_sheets": MOST_SHEETS}
    return RowError(
        code=problem.code, column="document", message=message.format_map(facts), remedy=remedy.format_map(facts)
    )


class _EncryptedError(Exception):
    """The PDF is encrypted."""


class _OutOfBounds(BaseException):
    """The check has cost too much. No `Exception`, so that pypdf does not take it for a broken object and go on."""


# Imported late: it takes a tenth of a second, and most that import this module check no PDF.
@cache
def _reader_class() -> "type[PdfReader]":
    """The reader of pypdf, but that it tells of encryption before it tries any password, and unpacks only so much."""
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.generic import NullObject, StreamObject  # noqa: PLC0415

    class Reader(PdfReader):
        unpacked = 0

        def read(self, stream: IO[bytes]) -> None:
            try:
                super().read(stream)
            except BaseException:
                # Its objects refer to it, so that what it has read so far would stay in memory for long.
                self.close()
                raise

        @property
        def is_encrypted(self) -> bool:
            if "/Encrypt" in self.trailer and not isinstance(self.trailer.raw_get("/Encrypt"), NullObject):
                raise _EncryptedError
            return False

        def cache_indirect_object(self, generation: int, idnum: int, obj: "PdfObject | None") -> "PdfObject | None":
            # What is unpacked stays in memory with its stream.
            if isinstance(obj, StreamObject) and obj.get("/Type") in _TABLES:
                self.unpacked += len(obj.get_data())
                if self.unpacked > _MOST_BYTES:
                    raise _OutOfBounds
            return super().cache_indirect_object(generation, idnum, obj)

    return Reader


def _opened(data: bytes) -> Pdf | PdfProblem:
    reader_class, stream = _reader_class(), BytesIO(data)
    try:
        with (
            _within_limits(),
            reader_class(stream, strict=True, xref_stream_maximum_entries=_MOST_OBJECTS) as reader,
        ):
            return _checked(reader)
    except _EncryptedError:
        return PdfProblem(code=PdfFault.ENCRYPTED)


def _checked(reader: "PdfReader") -> Pdf | PdfProblem:
    pages = reader.pages
    if _number(cast("DictionaryObject", reader.root_object["/Pages"]), "/Count", -1) != len(pages):
        return PdfProblem(code=PdfFault.DAMAGED)
    if not pages:
        return PdfProblem(code=PdfFault.NO_PAGES)
    if len(pages) > MOST_PAGES:
        return PdfProblem(code=PdfFault.TOO_MANY_PAGES, pages=len(pages))
    for number, page in enumerate(pages, 1):
        width, height = _size(page)
        if max(abs(width - A4[0]), abs(height - A4[1])) > TOLERANCE:
            return PdfProblem(code=PdfFault.NOT_A4, page=number, width=width, height=height)
    return Pdf(pages=len(pages))


def _size(page: "PageObject") -> tuple[int, int]:
    """Width and height of a page as a reader shows it, in whole mm.

    What is shown is the crop box as far as it lies in the media box, turned clockwise by `/Rotate` (ISO 32000-1,
    7.7.3.3 and 14.11.2); `/UserUnit` scales the points of both.
    """
    left, bottom, right, top = _box(page, "/MediaBox")
    if "/CropBox" in page:
        crop = _box(page, "/CropBox")
        left, bottom = max(left, crop[0]), max(bottom, crop[1])
        right, top = min(right, crop[2]), min(top, crop[3])
    unit = _number(page, "/UserUnit", 1) * _MM_A_POINT
    width, height = max(0, round((right - left) * unit)), max(0, round((top - bottom) * unit))
    return (height, width) if _number(page, "/Rotate", 0) % 180 == _QUARTER else (width, height)


def _number(entries: "DictionaryObject", name: str, default: float) -> float:
    # To look an entry up follows a reference to it; `get` does not.
    return float(cast("float", entries[name])) if name in entries else default


def _box(page: "PageObject", name: str) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a page's box: a rectangle may name any two opposite corners."""
    x, y, other_x, other_y = (float(corner.get_object()) for corner in cast("ArrayObject", page[name]))
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


@contextmanager
def _within_limits() -> Iterator[None]:
    """Raises `_OutOfBounds` after so much computing of this thread, wherever it is.

    pypdf limits streams, arrays and depths, each by itself, but not what a hostile file makes of
    many of them. A profiler is called with each call, and so can end it anywhere; the thread's own
    computing counts, so that the answer is the same on a busy machine.
    """
    from pypdf import apply_configuration  # noqa: PLC0415 - see _reader_class

    calls = count(1)
    until = thread_time() + _MOST_SECONDS

    def look(_frame: "FrameType", _event: str, _argument: object) -> None:
        if next(calls) % _CALLS_A_LOOK == 0 and thread_time() > until:
            raise _OutOfBounds

    before = sys.getprofile()
    with apply_configuration(
        zlib_maximum_output_length=_MOST_STREAM_BYTES,
        lzw_maximum_output_length=_MOST_STREAM_BYTES,
        run_length_maximum_output_length=_MOST_STREAM_BYTES,
        flate_maximum_columns=_MOST_ROW_BYTES,
        flate_maximum_row_length=_MOST_ROW_BYTES,
        stream_decoding_work_maximum_length=_MOST_BYTES,
        zlib_maximum_recovery_input_length=0,
        jbig2dec_binary=None,
    ):
        sys.setprofile(look)
        try:
            yield
        finally:
            # A profiler written in C is not put back by its object; what it measures must not decide a letter.
            sys.setprofile(before if callable(before) else None)


class _Words(NamedTuple):
    """Message and remedy, by language."""

    en: tuple[str, str]
    da: tuple[str, str]
    nb: tuple[str, str]


_WORDS: Final[Mapping[PdfFault, _Words]] = {
    PdfFault.NOT_A_PDF: _Words(
        ("“{path}” is no PDF.", "Save or export the document as PDF."),
        ("“{path}” er ikke en PDF-fil.", "Gem eller eksportér dokumentet som PDF."),
        ("“{path}” er ikke en PDF-fil.", "Lagre eller eksporter dokumentet som PDF."),
    ),
    PdfFault.DAMAGED: _Words(
        ("“{path}” is damaged and cannot be printed.", "Export the document anew as PDF."),
        ("“{path}” er beskadiget og kan ikke trykkes.", "Eksportér dokumentet som PDF på ny."),
        ("“{path}” er skadet og kan ikke skrives ut.", "Eksporter dokumentet som PDF på nytt."),
    ),
    PdfFault.ENCRYPTED: _Words(
        ("“{path}” is encrypted and cannot be printed.", "Save it without password and without restrictions."),
        ("“{path}” er krypteret og kan ikke trykkes.", "Gem den uden adgangskode og uden begrænsninger."),
        ("“{path}” er kryptert og kan ikke skrives ut.", "Lagre den uten passord og uten begrensninger."),
    ),
    PdfFault.NO_PAGES: _Words(
        ("“{path}” has no pages.", "Export the document anew as PDF."),
        ("“{path}” har ingen sider.", "Eksportér dokumentet som PDF på ny."),
        ("“{path}” har ingen sider.", "Eksporter dokumentet som PDF på nytt."),
    ),
    PdfFault.TOO_MANY_PAGES: _Words(
        (
            "“{path}” has {pages} pages; an envelope takes {most_pages}, on {most_sheets} sheets.",
            "Make the document shorter, or divide it into several letters.",
        ),
        (
            "“{path}” har {pages} sider; en kuvert kan rumme {most_pages}, på {most_sheets} ark.",
            "Gør dokumentet kortere, eller del det i flere breve.",
        ),
        (
            "“{path}” har {pages} sider; en konvolutt rommer {most_pages}, på {most_sheets} ark.",
            "Gjør dokumentet kortere, eller del det i flere brev.",
        ),
    ),
    PdfFault.NOT_A4: _Words(
        (
            "Page {page} of “{path}” is {width} x {height} mm, and not A4 portrait (210 x 297 mm).",
            "Set all pages to A4 portrait and export the document anew.",
        ),
        (
            "Side {page} i “{path}” er {width} x {height} mm og ikke A4 på højkant (210 x 297 mm).",
            "Sæt alle sider til A4 på højkant, og eksportér dokumentet på ny.",
        ),
        (
            "Side {page} i “{path}” er {width} x {height} mm og ikke stående A4 (210 x 297 mm).",
            "Sett alle sider til stående A4, og eksporter dokumentet på nytt.",
        ),
    ),
}
