"""The files of a print job, which lie together in the folder of its printer and cut-off.

`parts/{sender}/{batch}/{page}-{n}.jsonl` holds letters, a JSON object a line, with everything that
printing them takes; `job.csv` lists the same letters for people, and `job.json` is written last, with
the sums of it all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from postal import cells, keys
from postal.channels import Channel
from postal.letters import Address, Letter, letter_id
from postal.messages import Event
from postal.senders import Sender
from postal.sheets import Envelope, address_block, envelope_for, is_simplex, sheets
from postal.times import to_text

CSV: Final = cells.CONTENT_TYPE
JSON: Final = "application/json"

_PARTS: Final = "parts/"
_SUFFIX: Final = ".jsonl"

#: Columns for the lines of an address between name and postal code; a manifest has three.
_ADDRESS_LINES: Final = 4
_COLUMNS: Final = (
    "letter",
    "attempt",
    "sender",
    "name",
    *(f"address_{n}" for n in range(1, _ADDRESS_LINES + 1)),
    "postal_code",
    "city",
    "country",
    "document",
    "document_version",
    "attachments",
    "attachment_versions",
    "pages",
    "sheets",
    "envelope",
    "colour",
    "duplex",
    "return_address",
    "part",
)


class PrintDocument(Struct, frozen=True, kw_only=True):
    """A document of a letter: where it lies in the bucket, pinned by version, and what it makes on paper.

    Attributes:
        key: the whole key of the S3 object.
        version: S3 version id.
        size: bytes.
        etag: S3 entity tag, without quotes.
        pages: of the PDF.
        sheets: that it takes; it begins on a new one.
    """

    key: str
    version: str
    size: int
    etag: str
    pages: int
    sheets: int


class PrintLetter(Struct, frozen=True, kw_only=True):
    """A letter as a printer gets it: a line of a part.

    Attributes:
        letter: its id, `sender/batch/row`; with the attempt, the key by which a printer knows a repeat.
        sender, sender_name: who sends it: id, and what people call it.
        address: of the recipient, in parts.
        address_block: the lines of the address as they are printed.
        documents: the document, then its attachments, in the order in which they are printed.
        pages, sheets: of all documents together.
        colour: whether it is printed in colour, or in black.
        duplex: whether sheets are printed on both sides; False where no document has a second page.
        return_address: the lines of the address that returned mail goes to; empty where the sender has none.
    """

    letter: str
    attempt: int
    sender: str
    sender_name: str
    address: Address
    address_block: tuple[str, ...]
    documents: tuple[PrintDocument, ...]
    pages: int
    sheets: int
    envelope: Envelope
    colour: bool
    duplex: bool
    return_address: tuple[str, ...]


class JobSender(Struct, frozen=True, kw_only=True):
    """A sender of a job, under one name and with one return address."""

    id: str
    name: str
    letters: int
    return_address: tuple[str, ...]


class JobPart(Struct, frozen=True, kw_only=True):
    """A part of a job.

    Attributes:
        key: in the job's folder.
        dispatch: the name on which the printer reports.
        letters: how many lines it has.
    """

    key: str
    dispatch: str
    letters: int


_Line: TypeAlias = Mapping[str, str | int | tuple[int, ...]]


class ConfirmLine(Struct, frozen=True, kw_only=True):
    """When a printer writes a line of a tracking file, and such a line."""

    when: str
    line: _Line


class Confirm(Struct, frozen=True, kw_only=True):
    """How the printer says what became of the letters.

    Attributes:
        to: the prefix in the bucket that it uploads tracking files to.
    """

    to: str
    how: str
    lines: tuple[ConfirmLine, ...]


_AT: Final = "2026-11-20T18:02:11+01:00"
_OF_A_PART: Final[_Line] = {"dispatch": "sender/batch/00000-1", "except": (17,), "at": _AT}
_OF_A_LETTER: Final[_Line] = {"letter": "sender/batch/17", "attempt": 1, "at": _AT}
_CONFIRM: Final = Confirm(
    to=f"tracking/{Channel.PRINT}/",
    how="Upload files named *.jsonl, a JSON object a line, as often as there is something to say.",
    lines=(
        ConfirmLine(
            when="all letters of a part were printed and posted, but for the rows in except",
            line={"event": Event.PRINTED, **_OF_A_PART},
        ),
        ConfirmLine(when="a letter was printed and posted", line={"event": Event.PRINTED, **_OF_A_LETTER}),
        ConfirmLine(
            when="a letter cannot be printed; code is your own word for why",
            line={"event": Event.REFUSED, **_OF_A_LETTER, "code": "unreadable_font"},
        ),
        ConfirmLine(when="a letter came back as returned mail", line={"event": Event.RETURNED, **_OF_A_LETTER}),
    ),
)


class Job(Struct, frozen=True, kw_only=True):
    """`job.json`: what the printer has before it once a job is closed.

    Attributes:
        cut_off, closed_at: as `postal.times` writes them.
        letters, pages, sheets: of all parts together.
        envelopes: letters by envelope, `C5` and `C4`.
        colours: letters by `colour` and `black`.
        senders: in the order of the parts; twice where the name or the return address changed in between.
        parts: in the order of their keys.
    """

    printer: str
    cut_off: str
    closed_at: str
    letters: int
    pages: int
    sheets: int
    envelopes: Mapping[str, int]
    colours: Mapping[str, int]
    senders: tuple[JobSender, ...]
    parts: tuple[JobPart, ...]
    confirm: Confirm = _CONFIRM


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(PrintLetter)


def print_letter(letter: Letter, pages: Sequence[int], *, sender: Sender, batch: str, attempt: int) -> PrintLetter:
    """A letter as the printer gets it.

    Args:
        letter: with its address.
        pages: of each of its documents.
        sender: the batch's copy of the sender.
        batch: its id.
        attempt: of the decision for paper.

    Raises:
        ValueError: the letter has no address, a document has no pages, or there are not as many
            numbers of pages as documents.
    """
    if letter.address is None:
        raise ValueError("a letter without an address cannot be printed")
    duplex = not is_simplex(pages, duplex=letter.duplex)
    sheet_count = sheets(pages, duplex=duplex)
    prefix = keys.documents_prefix(sender.id, batch)
    return PrintLetter(
        letter=letter_id(sender.id, batch, letter.row),
        attempt=attempt,
        sender=sender.id,
        sender_name=sender.name,
        address=letter.address,
        address_block=address_block(letter.address, sender.country),
        documents=tuple(
            PrintDocument(
                key=prefix + document.path,
                version=document.version,
                size=document.size,
                etag=document.etag,
                pages=of_document,
                sheets=sheets((of_document,), duplex=duplex),
            )
            for document, of_document in zip(letter.documents, pages, strict=True)
        ),
        pages=sum(pages),
        sheets=sheet_count,
        envelope=envelope_for(sheet_count),
        colour=letter.colour,
        duplex=duplex,
        return_address=sender.settings.return_address,
    )


def encode(letter: PrintLetter) -> bytes:
    """One line of a part, with its line break."""
    return _ENCODER.encode(letter) + b"\n"


def decode_part(data: bytes) -> list[PrintLetter]:
    """The letters of a part, in order; raises msgspec.DecodeError where a line is none."""
    letters: list[PrintLetter] = _DECODER.decode_lines(data)
    return letters


def encode_job(job: Job) -> bytes:
    """`job.json`, which people can read too."""
    return msgspec.json.format(msgspec.json.encode(job), indent=2) + b"\n"


class JobFiles:
    """Makes `job.csv` and `job.json` of a job's parts, one after the other, and keeps sums only.

    The same parts in the same order make the same bytes.
    """

    def __init__(self) -> None:
        self._parts: list[JobPart] = []
        self._senders: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        self._envelopes: Counter[Envelope] = Counter()
        self._in_colour = self._pages = self._sheets = 0

    @property
    def has_parts(self) -> bool:
        """Whether a part was added."""
        return bool(self._parts)

    def header(self) -> bytes:
        """How `job.csv` begins."""
        return cells.BYTE_ORDER_MARK + cells.encode([_COLUMNS])

    def add(self, part: str, letters: Sequence[PrintLetter]) -> bytes:
        """Count the letters of a part; their lines of `job.csv`.

        Args:
            part: its key in the job's folder, `parts/{dispatch}.jsonl`.
            letters: all of them.

        Raises:
            ValueError: the key is none of a part.
        """
        if not (part.startswith(_PARTS) and part.endswith(_SUFFIX)):
            raise ValueError(f"not a part of a print job: {part}")
        dispatch = part.removeprefix(_PARTS).removesuffix(_SUFFIX)
        self._parts.append(JobPart(key=part, dispatch=dispatch, letters=len(letters)))
        for letter in letters:
            self._senders[letter.sender, letter.sender_name, letter.return_address] += 1
            self._envelopes[letter.envelope] += 1
            self._in_colour += letter.colour
            self._pages += letter.pages
            self._sheets += letter.sheets
        return cells.encode(_cells(letter, part) for letter in letters)

    def job(self, *, printer: str, cut_off: datetime, closed_at: datetime) -> Job:
        """The sums of what was added.

        Raises:
            ValueError: a time has no zone.
        """
        letters = self._envelopes.total()
        return Job(
            printer=printer,
            cut_off=to_text(cut_off),
            closed_at=to_text(closed_at),
            letters=letters,
            pages=self._pages,
            sheets=self._sheets,
            envelopes={envelope: self._envelopes[envelope] for envelope in Envelope},
            colours={"colour": self._in_colour, "black": letters - self._in_colour},
            senders=tuple(
                JobSender(id=id_, name=name, letters=count, return_address=return_address)
                for (id_, name, return_address), count in self._senders.items()
            ),
            parts=tuple(self._parts),
        )


def _cells(letter: PrintLetter, part: str) -> tuple[str, ...]:
    """A line of `job.csv`, in the order of `_COLUMNS`."""
    address = letter.address
    document, *attachments = letter.documents
    return (
        letter.letter,
        str(letter.attempt),
        letter.sender_name,
        address.name,
        *_in_columns(address.lines),
        address.postal_code,
        address.city,
        address.country,
        document.key,
        document.version,
        "|".join(attachment.key for attachment in attachments),
        "|".join(attachment.version for attachment in attachments),
        str(letter.pages),
        str(letter.sheets),
        letter.envelope,
        _yes_no(letter.colour),
        _yes_no(letter.duplex),
        " | ".join(letter.return_address),
        part,
    )


def _in_columns(lines: Sequence[str]) -> list[str]:
    """So many cells as there are columns for address lines; lines too many share the last, so that none is lost."""
    first, rest = lines[: _ADDRESS_LINES - 1], lines[_ADDRESS_LINES - 1 :]
    filled = [*first, ", ".join(rest)]
    return filled + [""] * (_ADDRESS_LINES - len(filled))


def _yes_no(value: bool) -> str:  # noqa: FBT001 - the value that is written
    return "yes" if value else "no"
