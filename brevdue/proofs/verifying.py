"""Whether a proof is true to what was signed, and files to what it names. Nothing here needs a network."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from msgspec import Struct

from brevdue.proofs import content, keys
from brevdue.proofs.content import Proof
from brevdue.proofs.keys import PublicKey
from brevdue.proofs.signing import TYPE

_COMPACT: Final = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\s*")


class Flaw(StrEnum):
    """Why a proof proves nothing."""

    NO_PROOF = "no_proof"
    OTHER_KEY = "other_key"
    CHANGED = "changed"
    OTHER_RELEASE = "other_release"


class NotProvenError(Exception):
    """A proof proves nothing.

    Attributes:
        flaw: why.
        named: the key that the proof names, where that is what is wrong.
    """

    def __init__(self, flaw: Flaw, named: str = "") -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.named = named


class Compared(StrEnum):
    """What comparing a file has shown.

    SAME: it has the hash that the proof names. DIFFERENT: it has the name, and another hash. MISSING: it is
    not in the folder that was given. NOT_GIVEN: nothing was given to compare. NOT_STORED: the proof names no
    hash. UNKNOWN: the proof names no such file.
    """

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    NOT_GIVEN = "not_given"
    NOT_STORED = "not_stored"
    UNKNOWN = "unknown"


#: What a comparison must not show.
WRONG: Final = frozenset({Compared.DIFFERENT, Compared.MISSING, Compared.UNKNOWN})


class Comparison(Struct, frozen=True, kw_only=True):
    """A file that the proof names, or that was given.

    Attributes:
        name: as the proof has it; of an unknown file, as it was given.
        file: what was compared; empty where nothing was.
        sha256: of that.
    """

    name: str
    outcome: Compared
    file: str = ""
    sha256: str = ""


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed beside the payload, and says by whom."""

    alg: str
    typ: str
    cty: str
    kid: str


def read(data: bytes, key: PublicKey) -> Proof:
    """The proof of a signed file.

    Args:
        data: the file.
        key: of the post office, which the reader has got from there.

    Raises:
        NotProvenError: it is none, was signed with another key, was changed, or is of another release.
    """
    match = _COMPACT.fullmatch(data)
    if match is None:
        raise NotProvenError(Flaw.NO_PROOF)
    header = _header(match[1])
    if header.kid != key.id:
        raise NotProvenError(Flaw.OTHER_KEY, header.kid)
    try:
        signed = jws.deserialize_compact(data.rstrip(), key.jwk, algorithms=[keys.ALGORITHM])
    except (JoseError, ValueError) as error:
        raise NotProvenError(Flaw.CHANGED) from error
    # The last letter of a signature has bits that a reader passes over.
    if urlsafe_b64encode(urlsafe_b64decode(match[3])) != match[3]:
        raise NotProvenError(Flaw.CHANGED)
    try:
        return content.decode(signed.payload or b"")
    except msgspec.DecodeError as error:
        raise NotProvenError(Flaw.OTHER_RELEASE) from error


def _header(part: bytes) -> Header:
    try:
        header = msgspec.json.decode(urlsafe_b64decode(part), type=Header)
    except (ValueError, msgspec.DecodeError) as error:
        raise NotProvenError(Flaw.NO_PROOF) from error
    if (header.alg, header.typ) != (keys.ALGORITHM, TYPE):
        raise NotProvenError(Flaw.NO_PROOF)
    return header


class _Named(Struct, frozen=True):
    """A file that a proof names; `parts` are where it lies in a batch's folder."""

    name: str
    parts: tuple[str, ...]
    sha256: str
    is_needed: bool


def compare(proof: Proof, given: Iterable[Path]) -> list[Comparison]:
    """How files compare with those that a proof names.

    A file is compared with the one of its name, else by its hash. In a folder, documents are looked for
    as they lie in a batch's: under `documents/`, or right in it. The manifest has other people's letters
    too, so a folder may be without it.

    Args:
        proof: whose signature is right.
        given: files and folders.

    Raises:
        OSError: one cannot be read.
    """
    named = [
        *(_Named(one.path, ("documents", one.path), one.sha256, is_needed=True) for one in proof.documents),
        _Named(proof.manifest.name, (proof.manifest.name,), proof.manifest.sha256, is_needed=False),
    ]
    paths = list(given)
    folders = [path for path in paths if path.is_dir()]
    found: dict[str, list[Comparison]] = {one.name: [] for one in named}
    unknown: list[Comparison] = []
    for path in paths:
        if path in folders:
            continue
        compared = _file(path, named)
        found.get(compared.name, unknown).append(compared)
    for one in named:
        if not found[one.name]:
            found[one.name].extend(_in_folders(one, folders))
    return [comparison for one in named for comparison in found[one.name]] + unknown


def _file(file: Path, named: list[_Named]) -> Comparison:
    sha256 = _sha256(file)
    same_name = [one for one in named if PurePosixPath(one.name).name == file.name]
    same_bytes = [one for one in named if one.sha256 == sha256]
    one = next((one for one in same_name if one in same_bytes), None) or next(iter([*same_bytes, *same_name]), None)
    if one is None:
        return Comparison(name=file.name, outcome=Compared.UNKNOWN, file=str(file), sha256=sha256)
    return _compared(one, file, sha256)


def _in_folders(one: _Named, folders: list[Path]) -> Iterator[Comparison]:
    for folder in folders:
        for file in (folder.joinpath(*one.parts), folder / one.name):
            if file.is_file():
                yield _compared(one, file, _sha256(file))
                return
    is_missing = bool(folders) and one.is_needed and bool(one.sha256)
    missing = Compared.MISSING if is_missing else Compared.NOT_GIVEN
    yield Comparison(name=one.name, outcome=missing if one.sha256 else Compared.NOT_STORED)


def _compared(one: _Named, file: Path, sha256: str) -> Comparison:
    outcome = Compared.SAME if sha256 == one.sha256 else Compared.DIFFERENT
    return Comparison(
        name=one.name, outcome=outcome if one.sha256 else Compared.NOT_STORED, file=str(file), sha256=sha256
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
