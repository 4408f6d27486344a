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
from joserfc.util import urlsafe_b64decode
from msgspec import Struct

from brevdue.proofs import content, keys
from brevdue.proofs.content import Header, Proof
from brevdue.proofs.keys import PublicKey

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
    hash. UNREADABLE: it cannot be read. UNKNOWN: the proof names no such file.
    """

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    NOT_GIVEN = "not_given"
    NOT_STORED = "not_stored"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


#: What a comparison must not show.
WRONG: Final = frozenset({Compared.DIFFERENT, Compared.MISSING, Compared.UNREADABLE, Compared.UNKNOWN})


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
    named = _header(match[1]).kid
    if named != key.id:
        raise NotProvenError(Flaw.OTHER_KEY, named)
    try:
        signed = jws.deserialize_compact(data.rstrip(), key.jwk, algorithms=[keys.ALGORITHM])
    except (JoseError, ValueError) as error:
        raise NotProvenError(Flaw.CHANGED) from error
    if not keys.is_canonical(urlsafe_b64decode(match[3])):
        raise NotProvenError(Flaw.CHANGED)
    try:
        return content.decode(signed.payload or b"")
    except msgspec.DecodeError as error:
        raise NotProvenError(Flaw.OTHER_RELEASE) from error


def _header(part: bytes) -> Header:
    try:
        return msgspec.json.decode(urlsafe_b64decode(part), type=Header)
    except (ValueError, msgspec.DecodeError) as error:
        raise NotProvenError(Flaw.NO_PROOF) from error


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
    """
    documents = [_Named(one.path, ("documents", one.path), one.sha256, is_needed=True) for one in proof.documents]
    manifest = _Named(proof.manifest.name, (proof.manifest.name,), proof.manifest.sha256, is_needed=False)
    named = list(dict.fromkeys([*documents, manifest]))
    paths = list(given)
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    compared = [_file(file, named) for file in files]
    compared += [found for folder in folders for one in named for found in _in_folder(one, folder)]
    seen = {comparison.name for comparison in compared}
    compared += [_not_found(one, is_missed=bool(folders)) for one in named if one.name not in seen]
    places = {one.name: n for n, one in enumerate(named)}
    return sorted(compared, key=lambda comparison: (places.get(comparison.name, len(places)), comparison.file))


def _file(file: Path, named: list[_Named]) -> Comparison:
    sha256 = _sha256(file)
    same_name = [one for one in named if PurePosixPath(one.name).name == file.name]
    same_bytes = [one for one in named if sha256 and one.sha256 == sha256]
    one = next((one for one in same_name if one in same_bytes), None) or next(iter([*same_bytes, *same_name]), None)
    return _compared(one, file, sha256)


def _in_folder(one: _Named, folder: Path) -> Iterator[Comparison]:
    """How the file of a name in a folder compares; nothing where there is none."""
    for file in (folder.joinpath(*one.parts), folder / one.name):
        if _is_there(file):
            yield _compared(one, file, _sha256(file))
            return


def _compared(one: _Named | None, file: Path, sha256: str) -> Comparison:
    if not sha256:
        outcome = Compared.UNREADABLE
    elif one is None:
        outcome = Compared.UNKNOWN
    elif not one.sha256:
        outcome = Compared.NOT_STORED
    else:
        outcome = Compared.SAME if sha256 == one.sha256 else Compared.DIFFERENT
    return Comparison(name=one.name if one else file.name, outcome=outcome, file=str(file), sha256=sha256)


def _not_found(one: _Named, *, is_missed: bool) -> Comparison:
    missing = Compared.MISSING if is_missed and one.is_needed else Compared.NOT_GIVEN
    return Comparison(name=one.name, outcome=missing if one.sha256 else Compared.NOT_STORED)


def _is_there(file: Path) -> bool:
    """Also where it may not be seen."""
    try:
        return file.is_file()
    except OSError:
        return True


def _sha256(file: Path) -> str:
    """Empty where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
