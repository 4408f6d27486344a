"""Sending a batch: its documents first, its manifest last, and nothing twice.

Whoever is interrupted begins again: what lies there already is left alone. The manifest
is put where there is none, or over one that check-in refused, and over nothing else, so
that of two who send at once one finds what the other has sent.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct, structs

from brevdue.desk import summaries
from brevdue.desk.checking import Report, check
from brevdue.desk.connection import THREADS, Connection, Listed
from brevdue.desk.documents import UsedDocument
from brevdue.desk.folders import BatchFolder, FolderError
from brevdue.desk.manifests import SHA256, Manifest, manifests
from brevdue.desk.progress import Waiting
from cloud.bucket import ConflictError
from cloud.chunks import chunks
from ingest.errors import Finding
from postal import keys
from postal.senders import Sender

_PDF: Final = "application/pdf"
_TYPES: Final = {".csv": "text/csv", ".jsonl": "application/x-ndjson", ".gz": "application/gzip"}
_AT_ONCE: Final = 1_000
_NORDIC: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})

Outcome = Literal["sent", "already_sent", "has_errors"]


class NotSentError(Exception):
    """A batch cannot be sent as it is; the text says why and what to do.

    Attributes:
        errors: why check-in refused it.
    """

    def __init__(self, text: str, errors: Iterable[Finding] = ()) -> None:
        super().__init__(text)
        self.errors = tuple(errors)


class Uploaded(Struct, frozen=True, kw_only=True):
    """What was put: documents, and their bytes. Those that lay there already are not among them."""

    documents: int = 0
    bytes: int = 0


class Sent(Struct, frozen=True, kw_only=True):
    """How sending ended.

    Attributes:
        outcome: `has_errors` where nothing was sent.
        report: of the check; None where it was not needed.
    """

    sender: str
    batch: str
    outcome: Outcome
    report: Report | None = None
    uploaded: Uploaded = Uploaded()

    @property
    def is_hopeless(self) -> bool:
        """Whether check-in would refuse all of it."""
        return self.report is not None and self.report.consequence == "batch_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A manifest on its way: whose it is, its bytes, and their hash."""

    sender: str
    batch: str
    name: str
    file: Path
    sha256: str

    @property
    def key(self) -> str:
        """Where the manifest belongs."""
        return f"{keys.inbox_prefix(self.sender, self.batch)}{self.name}"


def parcel_of(sender: str, batch: str, folder: BatchFolder) -> Parcel:
    """The manifest of a folder."""
    with folder.manifest_file.open("rb") as data:
        digest = file_digest(data, "sha256").hexdigest()
    return Parcel(sender=sender, batch=batch, name=folder.manifest_name, file=folder.manifest_file, sha256=digest)


def batch_id(folder: Path) -> str:
    """The id of a batch that lies in a folder, made from the folder's name.

    Raises:
        FolderError: the name makes none.
    """
    name = unicodedata.normalize("NFC", folder.resolve().name).lower().translate(_NORDIC)
    made = re.sub(r"[^a-z0-9._]+", "-", name).strip("-._")
    if keys.BATCH_ID.fullmatch(made) is None:
        raise FolderError(f"the name of {folder} makes no batch id: name one with --batch")
    return made


# --- what lies there already ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What there is where a manifest is to be put.

    Attributes:
        is_taken: by the very same bytes, which were not refused.
        takes_documents: whether check-in may still be waiting for documents.
        over: the ETag of the refused manifest that it replaces; empty where it replaces none.
    """

    is_taken: bool = False
    takes_documents: bool = True
    over: str = ""


def look(office: Connection, parcel: Parcel) -> Place:
    """Where a manifest may be put, or that it was sent already.

    Raises:
        NotSentError: the batch has another manifest, or these bytes were refused.
    """
    told = summaries.read(office, parcel.sender, parcel.batch)
    if told is not None and told.is_accepted:
        if told.manifest_sha256 != parcel.sha256:
            raise NotSentError(
                f"the batch {parcel.batch} was accepted with another manifest: name another batch with --batch"
            )
        return Place(is_taken=True, takes_documents=False)
    is_taken, over = False, ""
    for found in manifests(office, parcel.sender, parcel.batch):
        is_same = _is_same(office, parcel, found)
        if not found.refusal and not is_same:
            raise NotSentError(
                f"another manifest of the batch {parcel.batch} is being read: "
                "name another batch with --batch, or wait to see whether that one is refused"
            )
        if found.refusal and is_same:
            raise _refusal(office, found.refusal)
        is_taken = is_taken or is_same
        over = found.etag if found.key == parcel.key else over
    return Place(is_taken=is_taken, over=over)


def _refusal(office: Connection, key: str) -> NotSentError:
    found = office.read(key)
    return NotSentError(
        "this manifest was refused: correct it and send it again; as it is, it can only be sent as another batch, "
        "named with --batch",
        summaries.decode(found).errors if found else (),
    )


def _is_same(office: Connection, parcel: Parcel, found: Manifest) -> bool:
    """Whether a manifest that lies there has the bytes that are to be sent."""
    if found.sha256 or found.size != parcel.file.stat().st_size:
        return found.sha256 == parcel.sha256
    hashed = sha256()
    for chunk in office.chunks(found.key):
        hashed.update(chunk)
    return hashed.hexdigest() == parcel.sha256


# --- sending ---


def send(  # noqa: PLR0913 - a folder of a sender, where it goes, and how
    office: Connection,
    sender: Sender,
    folder: BatchFolder,
    batch: str,
    waiting: Waiting,
    *,
    now: datetime,
    with_errors: bool,
) -> Sent:
    """Check a batch and send it, as far as it is not sent yet.

    Args:
        office: where to.
        sender: whose it is.
        folder: where it lies.
        batch: its id.
        waiting: hears how far it is.
        now: the present time, by which consents are checked.
        with_errors: whether it is sent although rows have errors.

    Raises:
        NotSentError: the batch has another manifest, or this one was refused.
        OSError: a file cannot be read.
    """
    parcel = parcel_of(sender.id, batch, folder)
    place = look(office, parcel)
    if place.is_taken and not place.takes_documents:
        return Sent(sender=sender.id, batch=batch, outcome="already_sent")
    if sender.disabled:
        raise NotSentError(f"the post office takes nothing from {sender.id}, which is disabled: ask its operator")
    with check(folder, sender, now, waiting) as checked:
        report = checked.report
        found = Sent(sender=sender.id, batch=batch, outcome="has_errors", report=report)
        if not place.is_taken and (found.is_hopeless or not (report.is_good or with_errors)):
            return found
        uploaded = put_documents(office, parcel, checked.used(), report.documents, waiting)
    is_put = not place.is_taken and put_manifest(office, parcel, place)
    return structs.replace(found, outcome="sent" if is_put else "already_sent", uploaded=uploaded)


def put_documents(
    office: Connection, parcel: Parcel, documents: Iterable[UsedDocument], total: int, waiting: Waiting
) -> Uploaded:
    """Upload the documents that do not lie there as they are.

    Args:
        office: where to.
        parcel: to which they belong.
        documents: in the order of their paths.
        total: how many they are.
        waiting: hears how far it is.
    """
    prefix = keys.documents_prefix(parcel.sender, parcel.batch)

    def put(document: UsedDocument) -> int:
        with document.file.open("rb") as body:
            office.put(f"{prefix}{document.path}", body, _PDF)
        return document.size

    waiting.begin("Uploading documents", total)
    count = size = 0
    with ThreadPoolExecutor(THREADS) as threads:
        for some in chunks(_marked(documents, office.all_below(prefix)), _AT_ONCE):
            new = [document for document, is_there in some if not is_there]
            waiting.advance(len(some) - len(new))
            for put_bytes in threads.map(put, new):
                count, size = count + 1, size + put_bytes
                waiting.advance(1)
    return Uploaded(documents=count, bytes=size)


def _marked(documents: Iterable[UsedDocument], listed: Iterator[Listed]) -> Iterator[tuple[UsedDocument, bool]]:
    """Each document, and whether it lies there as it is: as large, and put after the file was written last.

    Both come in the order of their names, S3's own, so that neither is kept.
    """
    there = next(listed, None)
    for document in documents:
        while there is not None and there.name < document.path:
            there = next(listed, None)
        yield document, there is not None and there.name == document.path and _is_as(there, document)


def _is_as(there: Listed, document: UsedDocument) -> bool:
    return there.size == document.size and there.modified_at.timestamp() >= document.file.stat().st_mtime


def put_manifest(office: Connection, parcel: Parcel, place: Place) -> bool:
    """Put the manifest; whether it was put: else somebody has sent the same meanwhile.

    Raises:
        NotSentError: somebody has sent another, or the same was refused.
    """
    with parcel.file.open("rb") as body:
        try:
            office.put_over(parcel.key, place.over, body, _TYPES[Path(parcel.name).suffix], {SHA256: parcel.sha256})
        except ConflictError:
            if not look(office, parcel).is_taken:
                raise NotSentError(
                    f"somebody else is sending the batch {parcel.batch}, or has taken it away: try again"
                ) from None
            return False
    return True
