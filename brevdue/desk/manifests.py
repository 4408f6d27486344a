"""The manifests of a batch that lie in the bucket, and which of them check-in has refused."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from brevdue.desk.connection import Connection
from postal import keys

#: The metadata under which a manifest carries its hash.
SHA256: Final = "sha256"

_REFUSED: Final = re.compile(r"refused-(.+)\.json")


class Manifest(Struct, frozen=True, kw_only=True):
    """The latest version of a manifest.

    Attributes:
        etag: as S3 writes it, with its quotes.
        sha256: as whoever put it says; empty where nobody did.
        refusal: the key under which its refusal is told; empty where it was not refused.
    """

    key: str
    version: str
    etag: str
    size: int
    sha256: str
    refusal: str


def manifests(office: Connection, sender: str, batch: str) -> list[Manifest]:
    """What lies there under a name of a manifest: one, unless somebody has sent the batch in another form too."""
    prefix = keys.inbox_prefix(sender, batch)
    names = [found.name for found in office.files(prefix, "manifest.") if found.name in keys.MANIFEST_NAMES]
    refusals = dict(_refusals(office, sender, batch)) if names else {}
    return [_manifest(office, f"{prefix}{name}", refusals) for name in names]


def _manifest(office: Connection, key: str, refusals: dict[str, str]) -> Manifest:
    head = office.head(key)
    return Manifest(
        key=key,
        version=head.version,
        etag=head.etag,
        size=head.size,
        sha256=head.metadata.get(SHA256, ""),
        refusal=refusals.get(head.version, ""),
    )


def _refusals(office: Connection, sender: str, batch: str) -> Iterator[tuple[str, str]]:
    """The versions that were refused, each with the key of its refusal."""
    folder = keys.receipts_prefix(sender, batch)
    for found in office.files(folder, "refused-"):
        match = _REFUSED.fullmatch(found.name)
        if match:
            yield match[1], f"{folder}{found.name}"
