"""Fetching what a sender gets back for a batch: each file whole, and those that have not changed not again."""

import os
import re
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from brevdue.desk import summaries
from brevdue.desk.connection import Connection, Listed
from brevdue.desk.pace import Pace
from brevdue.desk.sheets import from_csv
from brevdue.desk.summaries import BatchSummary
from postal import corrections, keys
from postal.keys import SUMMARY_NAME

#: A name that means a file of the folder on any disk; what has another is left where it is.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class NothingFetchedError(Exception):
    """There is nothing to fetch, or it would not hold still; the text says what to do."""


class File(Struct, frozen=True, kw_only=True):
    """A file of the folder.

    Attributes:
        size: in bytes.
        came: `new` where it was fetched now, `kept` where it was changed here and is left so.
    """

    name: str
    size: int
    came: Literal["new", "unchanged", "kept"]


class Fetched(Struct, frozen=True, kw_only=True):
    """What lies in the folder now.

    Attributes:
        summary: None before check-in has told anything.
        files: by name.
        left_out: objects whose names mean no file of the folder.
    """

    folder: str
    summary: BatchSummary | None
    files: tuple[File, ...]
    left_out: tuple[str, ...]


class _ChangedError(Exception):
    """A file is no more what the summary told of it."""


def fetch(office: Connection, sender: str, batch: str, folder: Path, pace: Pace) -> Fetched:
    """Fetch all that lies under a batch's receipts, and check it against its summary.

    Refused rows are laid beside it as a workbook too.

    Args:
        office: where from.
        sender: whose it is.
        batch: its id.
        folder: made where it is missing.
        pace: how often, and for how long, files are tried again that are being rewritten.

    Raises:
        NothingFetchedError: there are no receipts, or they were rewritten all the time.
        OSError: the folder cannot be written.
    """
    for _ in pace.looks():
        try:
            return _Folder(office, keys.receipts_prefix(sender, batch), folder).fetched()
        except _ChangedError:
            continue
    raise NothingFetchedError(f"the files of {batch} are being rewritten: try again in a minute")


class _Folder:
    """A folder, brought up to what one summary tells."""

    def __init__(self, office: Connection, prefix: str, folder: Path) -> None:
        self._office = office
        self._prefix = prefix
        self._folder = folder

    def fetched(self) -> Fetched:
        """What lies there, when all is there; raises _ChangedError where something changed meanwhile."""
        told = self._office.read(f"{self._prefix}{SUMMARY_NAME}")
        listed = list(self._office.files(self._prefix))
        if not listed:
            raise NothingFetchedError("there are no receipts yet: `brevdue watch` tells when there are")
        summary = summaries.decode(told) if told else None
        hashes = summary.files if summary else {}
        self._folder.mkdir(parents=True, exist_ok=True)
        usable = [one for one in listed if _NAME.fullmatch(one.name)]
        files = [self._file(one, hashes.get(one.name, "")) for one in usable if one.name != SUMMARY_NAME]
        if told is not None:
            # Last, as it was written: where it names files, they are there.
            files.append(self._summary(told.data))
        self._make_workbook(summary)
        return Fetched(
            folder=str(self._folder),
            summary=summary,
            files=tuple(sorted(files, key=lambda file: file.name)),
            left_out=tuple(one.name for one in listed if one not in usable),
        )

    def _file(self, one: Listed, expected: str) -> File:
        """A file of the folder, fetched where it is not there as it is."""
        target = self._folder / one.name
        if _is_as(target, one, expected):
            return File(name=one.name, size=one.size, came="unchanged")
        if one.name == corrections.NAME and target.exists():
            # It is the same in every list of a batch, so it was changed here, where it is to be corrected.
            return File(name=one.name, size=target.stat().st_size, came="kept")
        self._write(one.name, self._office.chunks(f"{self._prefix}{one.name}"), expected)
        at = one.modified_at.timestamp()
        os.utime(target, (at, at))
        return File(name=one.name, size=target.stat().st_size, came="new")

    def _make_workbook(self, summary: BatchSummary | None) -> None:
        """Put the refused rows beside `to_correct.csv` as a workbook, in which no leading zero is lost."""
        source = self._folder / corrections.NAME
        target = source.with_suffix(".xlsx")
        if summary is not None and summary.refused_rows and source.exists() and not target.exists():
            from_csv(source, target)

    def _summary(self, data: bytes) -> File:
        target = self._folder / SUMMARY_NAME
        is_same = target.is_file() and target.read_bytes() == data
        if not is_same:
            self._write(SUMMARY_NAME, [data], "")
        return File(name=SUMMARY_NAME, size=len(data), came="unchanged" if is_same else "new")

    def _write(self, name: str, chunks: Iterable[bytes], expected: str) -> None:
        """Write a file, which is there when it is whole; raises _ChangedError where its hash is not as expected."""
        part = self._folder / f".{name}.{os.getpid()}.part"
        hashed = sha256()
        try:
            with part.open("wb") as file:
                for chunk in chunks:
                    hashed.update(chunk)
                    file.write(chunk)
            if expected and hashed.hexdigest() != expected:
                raise _ChangedError
            part.replace(self._folder / name)
        finally:
            part.unlink(missing_ok=True)


def _is_as(target: Path, one: Listed, expected: str) -> bool:
    """Whether a file is as its object: by its hash where that is known, else by its size and time."""
    if not target.is_file() or target.stat().st_size != one.size:
        return False
    if not expected:
        return target.stat().st_mtime == one.modified_at.timestamp()
    with target.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == expected
