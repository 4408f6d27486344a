"""Letters: one row of a batch each."""

from typing import Literal

from msgspec import Struct

Delivery = Literal["digital_or_paper", "digital_only", "paper"]


class Document(Struct, frozen=True):
    """A document where the sender put it, pinned by version; never copied.

    Attributes:
        path: under the batch's `documents/`.
        version: S3 version id.
        size: bytes.
        etag: S3 entity tag, without quotes.
    """

    path: str
    version: str
    size: int
    etag: str


class Address(Struct, frozen=True, kw_only=True):
    """Where paper goes. `country` is ISO 3166-1 alpha-2."""

    name: str
    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str


class Letter(Struct, frozen=True, kw_only=True, tag="letter", tag_field="is", omit_defaults=True):
    """A row that check-in accepted: one document, with attachments, to one recipient.

    Attributes:
        row: counted from 1, without the header.
        reference: the sender's own id of the letter, unique in the batch.
        recipient: `scheme:value`; empty for a letter that only has an address.
        documents: the document, then its attachments.
        consent: id of the terms that the recipient accepted; empty where none is named.
        consent_at, deliver_after, respond_by: times as `postal.times` writes them, or empty.
        language: of notices; empty for the recipient's or else the sender's.
    """

    row: int
    reference: str
    recipient: str
    title: str
    documents: tuple[Document, ...]
    delivery: Delivery = "digital_or_paper"
    consent: str = ""
    consent_at: str = ""
    deliver_after: str = ""
    respond_by: str = ""
    address: Address | None = None
    colour: bool = False
    duplex: bool = True
    language: str = ""


class RowError(Struct, frozen=True, kw_only=True):
    """What is wrong with a row, in the sender's language.

    Attributes:
        code: public and stable, such as `DOCUMENT_MISSING`.
        column: the column's canonical English name; empty for the whole row.
        message: what is wrong; never the whole value of an identifier.
        remedy: what to do.
    """

    code: str
    column: str
    message: str
    remedy: str


class RefusedRow(Struct, frozen=True, kw_only=True, tag="refused", tag_field="is"):
    """A row that check-in refused.

    Attributes:
        line: the physical line of the manifest, counted from 1.
        reference: as far as it could be read.
        cells: the row as the sender wrote it, by the sender's own column names.
    """

    row: int
    line: int
    reference: str
    errors: tuple[RowError, ...]
    cells: dict[str, str]


def letter_id(sender: str, batch: str, row: int) -> str:
    """`sender/batch/row`, unique for ever and free of personal data."""
    return f"{sender}/{batch}/{row}"
