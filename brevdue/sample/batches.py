"""A sample batch: a manifest with its documents, on disk or uploaded."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from brevdue.sample import forms, pdf
from brevdue.sample.letters import Danish, Fault, Norwegian, Row, Rows
from brevdue.sample.senders import INSURER, MUNICIPALITY
from postal import keys
from postal.senders import Sender

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

File = tuple[str, bytes]

_DOCUMENTS: Final = "documents/"
#: What a mailing for all says instead of a name.
_EVERYBODY: Final = {MUNICIPALITY.id: "Til alle det gjelder", INSURER.id: "Til vores kunder"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBatch:
    """What one sender uploads.

    Attributes:
        count: rows in the manifest.
        manifest_name: its last part tells the dialect.
    """

    sender: Sender
    id: str
    manifest_name: str
    count: int
    rows: Rows

    @property
    def prefix(self) -> str:
        """Where the batch lies in the bucket."""
        return f"inbox/{self.sender.id}/{self.id}/"

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
        return _csv(self.letters()) if isinstance(self.rows, Norwegian) else _jsonl(self.letters())

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
        kinds = (*forms.NORWEGIAN, *forms.DANISH)
        form = forms.SHARED.get(path) or next(kind.form for kind, _ in kinds if f"{kind.slug}.pdf" == path)
        return pdf.fill(form, (_EVERYBODY[self.sender.id],), self.id)


def municipality_batch(count: int, rows: Norwegian) -> SampleBatch:
    """The municipality's batch, with a manifest as a Norwegian spreadsheet writes it."""
    return SampleBatch(
        sender=MUNICIPALITY, id="november-2026", manifest_name=keys.MANIFEST_NAMES[0], count=count, rows=rows
    )


def insurer_batch(count: int, rows: Danish) -> SampleBatch:
    """The insurer's batch, with a manifest as a system writes it."""
    return SampleBatch(
        sender=INSURER, id="fornyelse-2027", manifest_name=keys.MANIFEST_NAMES[1], count=count, rows=rows
    )


_HEADER: Final = (
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


def _csv(rows: Iterator[Row]) -> bytes:
    """Semicolons, Windows-1252 and CRLF; no value of the sample holds any of what would need quotes."""
    lines = [";".join(_HEADER)]
    lines.extend(
        ";".join(
            (
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
                row.kind.language,
            )
        )
        for row in rows
    )
    return "\r\n".join([*lines, ""]).encode("cp1252")


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
