"""A sample batch: a manifest with its documents, on disk or uploaded."""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from brevdue.sample import forms, pdf
from brevdue.sample.letters import Danish, DanishPublic, Fault, Next, Norwegian, Row, Rows
from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from postal import keys
from postal.senders import Sender

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

File = tuple[str, bytes]

_DOCUMENTS: Final = "documents/"
#: What a mailing for all says instead of a name.
_EVERYBODY: Final = {
    MUNICIPALITY.id: "Til alle det gjelder",
    INSURER.id: "Til vores kunder",
    DANISH_MUNICIPALITY.id: "Til borgere og virksomheder",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBatch:
    """What one sender uploads.

    Attributes:
        count: rows in the manifest.
        encode: makes the manifest's text, in the dialect of the sender.
    """

    sender: Sender
    id: str
    manifest_name: str
    count: int
    rows: Rows | Next
    encode: Callable[[Iterator[Row]], bytes]

    @property
    def prefix(self) -> str:
        """Where the batch lies in the bucket."""
        return keys.inbox_prefix(self.sender.id, self.id)

    def letters(self) -> Iterator[Row]:
        """The rows, in order."""
        return map(self.rows.row, range(1, self.count + 1))

    def faults(self) -> Counter[Fault]:
        """How many rows have each mistake."""
        return Counter(row.fault for row in self.letters() if row.fault)

    def file_count(self) -> int:
        """How many files `files` yields."""
        return sum(1 for _ in self._paths()) + 1

    def files(self) -> Iterator[File]:
        """Path below the batch and content of every file; the manifest comes last."""
        for path, row in self._paths():
            yield f"{_DOCUMENTS}{path}", self._document(path, row)
        yield self.manifest_name, self.manifest()

    def manifest(self) -> bytes:
        """The manifest in the sender's dialect."""
        return self.encode(self.letters())

    @property
    def next_id(self) -> str:
        """The id of the batch that follows this one."""
        return f"{self.id}-2"

    def following(self, numbers: Sequence[int]) -> "SampleBatch":
        """A batch with another letter to the recipients of some rows of this one."""
        return replace(self, id=self.next_id, count=len(numbers), rows=Next(self.rows, numbers))

    def write(self, folder: Path, done: Callable[[], object] = lambda: None) -> Path:
        """Write the files below `folder` as they lie in the bucket.

        Args:
            folder: made where it is missing.
            done: called after each file.

        Returns:
            The batch's folder.
        """
        root = folder / self.prefix
        made: set[Path] = set()
        for path, data in self.files():
            file = root / path
            if file.parent not in made:
                file.parent.mkdir(parents=True, exist_ok=True)
                made.add(file.parent)
            file.write_bytes(data)
            done()
        return root

    def upload(self, s3: "S3Client", bucket: str, done: Callable[[], object] = lambda: None) -> None:
        """Upload the files as the sender would, the manifest last; `done` is called after each."""
        for path, data in self.files():
            s3.put_object(Bucket=bucket, Key=f"{self.prefix}{path}", Body=data)
            done()

    def _paths(self) -> Iterator[tuple[str, Row | None]]:
        """Path of every document, each once, with its row where it is one letter's own."""
        shared: dict[str, None] = {}
        for row in self.letters():
            own = f"{row.own_reference}.pdf"
            for path in row.documents:
                if path == own:
                    yield path, row
                elif row.fault is not Fault.DOCUMENT_FORGOTTEN:
                    shared[path] = None
        for path in shared:
            yield path, None

    def _document(self, path: str, row: Row | None) -> bytes:
        if row is not None:
            address = (row.who.name, row.who.street, f"{row.who.postal_code} {row.who.city}")
            return pdf.fill(row.kind.form, address, row.own_reference)
        kinds = (*forms.NORWEGIAN, *forms.DANISH, *forms.DANISH_PUBLIC)
        form = forms.SHARED.get(path) or next(kind.form for kind, _ in kinds if f"{kind.slug}.pdf" == path)
        return pdf.fill(form, (_EVERYBODY[self.sender.id],), self.id)


def municipality_batch(count: int, rows: Norwegian) -> SampleBatch:
    """The municipality's batch, with a manifest as a Norwegian spreadsheet writes it."""
    return SampleBatch(
        sender=MUNICIPALITY,
        id="november-2026",
        manifest_name=keys.MANIFEST_NAMES[0],
        count=count,
        rows=rows,
        encode=_norwegian_csv,
    )


def insurer_batch(count: int, rows: Danish) -> SampleBatch:
    """The insurer's batch, with a manifest as a system writes it."""
    return SampleBatch(
        sender=INSURER,
        id="fornyelse-2027",
        manifest_name=keys.MANIFEST_NAMES[1],
        count=count,
        rows=rows,
        encode=_jsonl,
    )


def danish_municipality_batch(count: int, rows: DanishPublic) -> SampleBatch:
    """The Danish municipality's batch, with a manifest as a newer spreadsheet writes it."""
    return SampleBatch(
        sender=DANISH_MUNICIPALITY,
        id="gebyrer-2027",
        manifest_name=keys.MANIFEST_NAMES[0],
        count=count,
        rows=rows,
        encode=_danish_csv,
    )


_NORWEGIAN_HEADER: Final = (
    "Referanse",
    "Mottaker",
    "Tittel",
    "Dokument",
    "Levering",
    "Svarfrist",
    "Navn",
    "Adresse",
    "Postnummer",
    "Poststed",
    "Målform",
)
_DANISH_HEADER: Final = (
    "Reference",
    "Modtager",
    "Titel",
    "Filnavn",
    "Forsendelsesmåde",
    "Svarfrist",
    "Modtagernavn",
    "Adresse",
    "Postnr.",
    "By",
)


def _norwegian_csv(rows: Iterator[Row]) -> bytes:
    """As spreadsheets have long written it: in Windows-1252."""
    return _csv(_NORWEGIAN_HEADER, ((*_cells(row), row.kind.language) for row in rows)).encode("cp1252")


def _danish_csv(rows: Iterator[Row]) -> bytes:
    """As spreadsheets write it that offer UTF-8: with a byte order mark."""
    return BOM_UTF8 + _csv(_DANISH_HEADER, map(_cells, rows)).encode()


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Semicolons and CRLF; no value of the sample holds any of what would need quotes."""
    return "".join(f"{';'.join(cells)}\r\n" for cells in (header, *rows))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.reference,
        row.recipient,
        row.title,
        "|".join(row.documents),
        row.delivery,
        row.respond_by,
        row.who.name,
        row.address,
        row.postal_code,
        row.who.city,
    )


def _jsonl(rows: Iterator[Row]) -> bytes:
    encode = msgspec.json.Encoder().encode
    return b"".join(encode(_object(row)) + b"\n" for row in rows)


def _object(row: Row) -> dict[str, object]:
    """What is filled in, under Danish names."""
    values: dict[str, object] = {
        "reference": row.reference,
        "modtager": row.recipient,
        "titel": row.title,
        "dokument": list(row.documents),
        "samtykke": row.consent,
        "samtykkedato": row.consent_at,
        "svarfrist": row.respond_by,
        "navn": row.who.name,
        "adresse": row.address,
        "postnr": row.postal_code,
        "by": row.who.city,
    }
    return {name: value for name, value in values.items() if value}
