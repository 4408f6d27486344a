"""The documents of a batch on disk, found by the names that rows give them, and checked for print."""

import os
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec

from brevdue.desk.progress import Waiting
from cloud.chunks import chunks
from fallback import pdfs
from fallback.pdfs import Pdf, PdfProblem
from ingest.documents import document_problem
from postal.letters import Document

#: SQLite takes so many values in one statement, and more.
_MOST_ASKED: Final = 500
#: So many are checked by one process, before others are worth their start.
_FEW: Final = 200
#: How many are handed to the processes at a time, and to each of them.
_SLICE: Final = 1_024
_HAND: Final = 32

_decode: Final = msgspec.msgpack.Decoder(Pdf | PdfProblem).decode

_TABLES: Final = (
    "CREATE TABLE documents (key TEXT PRIMARY KEY, file TEXT, size INTEGER) WITHOUT ROWID",
    "CREATE TABLE named (path TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID",
    "CREATE TABLE mentioned (key TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE looked (key TEXT PRIMARY KEY, found BLOB) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class UsedDocument:
    """A document that a letter carries.

    Attributes:
        path: as the row names it, below `documents/`.
        size: in bytes.
    """

    path: str
    file: Path
    size: int


class FolderDocuments:
    """The documents below a folder, in an index on disk, so that memory does not grow with them.

    Names are told apart as S3 does, also where the disk takes upper and lower case for the same. But
    a letter with an accent is the same in one character and in two, for file systems differ in that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # No name: a temporary file, deleted when the connection is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        for table in _TABLES:
            self._database.execute(table)
        with self._transaction():
            self._database.executemany(
                "INSERT OR IGNORE INTO documents (key, file, size) VALUES (?, ?, ?)",
                ((_key(file), file, size) for file, size in _files_below(folder, "")),
            )

    def close(self) -> None:
        """Let go of the index."""
        self._database.close()

    def find(self, paths: Iterable[str]) -> dict[str, Document | None]:
        """Each path's document; None where there is none."""
        asked = {path: _key(path) for path in paths}
        sizes: dict[str, int] = {}
        for keys in chunks(set(asked.values()), _MOST_ASKED):
            query = f"SELECT key, size FROM documents WHERE key IN ({_places(keys)})"  # noqa: S608 - of places
            sizes.update(self._database.execute(query, keys))
        with self._transaction():
            self._database.executemany(
                "INSERT OR IGNORE INTO named VALUES (?, ?)",
                ((path, key) for path, key in asked.items() if key in sizes),
            )
        return {
            path: Document(path=path, version="", size=sizes[key], etag="") if key in sizes else None
            for path, key in asked.items()
        }

    def mention(self, paths: Iterable[str]) -> None:
        """Note that rows name documents, of which nobody needs to know whether they are there."""
        with self._transaction():
            self._database.executemany("INSERT OR IGNORE INTO mentioned VALUES (?)", ((_key(path),) for path in paths))

    def used(self) -> Iterator[UsedDocument]:
        """The documents that were found, by the names under which they were looked for."""
        query = "SELECT path, file, size FROM named JOIN documents USING (key) ORDER BY path"
        for path, file, size in self._database.execute(query):
            yield UsedDocument(path, self._folder / file, size)

    def count_used(self) -> tuple[int, int]:
        """How many documents were found, and their bytes."""
        query = "SELECT count(*), coalesce(sum(size), 0) FROM named JOIN documents USING (key)"
        count, size = self._database.execute(query).fetchone()
        return count, size

    def unused(self, most: int) -> tuple[int, list[str]]:
        """How many PDFs no row mentions, and the first of them, below the folder."""
        unused = "FROM documents WHERE key NOT IN (SELECT key FROM mentioned) AND lower(file) LIKE '%.pdf'"
        (count,) = self._database.execute(f"SELECT count(*) {unused}").fetchone()
        first = self._database.execute(f"SELECT file {unused} ORDER BY file LIMIT ?", (most,))
        return count, [file for (file,) in first]

    def check_pdfs(self, waiting: Waiting) -> None:
        """Look into all PDFs that were found, as before they are printed."""
        query = "SELECT DISTINCT key, file, size FROM named JOIN documents USING (key)"
        (total,) = self._database.execute(f"SELECT count(*) FROM ({query})").fetchone()  # noqa: S608 - our own text
        waiting.begin("Looking into PDFs", total)
        rows = self._database.execute(query)
        looks = (
            (key, str(self._folder / file))
            for key, file, size in rows
            if document_problem("", Document(path="", version="", size=size, etag="")) is None
        )
        with self._transaction(), _looking(total) as look:
            for some in chunks(looks, _SLICE):
                found = look([file for _, file in some])
                self._database.executemany(
                    "INSERT INTO looked VALUES (?, ?)",
                    ((key, msgspec.msgpack.encode(one)) for (key, _), one in zip(some, found, strict=True)),
                )
                waiting.advance(len(some))

    def checks(self, paths: Iterable[str]) -> dict[str, Pdf | PdfProblem]:
        """What `check_pdfs` found of each document; nothing of those that it did not look into."""
        asked = {path: _key(path) for path in paths}
        keys = list(set(asked.values()))
        query = f"SELECT key, found FROM looked WHERE key IN ({_places(keys)})"  # noqa: S608 - of places
        found = {key: _decode(data) for key, data in self._database.execute(query, keys)}
        return {path: found[key] for path, key in asked.items() if key in found}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN")
        yield
        self._database.execute("COMMIT")


@contextmanager
def _looking(total: int) -> Iterator[Callable[[list[str]], Iterable[Pdf | PdfProblem]]]:
    """What looks into files: this process where they are few, else all processors."""
    if total <= _FEW:
        yield lambda files: map(_look_into, files)
        return
    # Not forked: whoever calls may have threads.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        yield lambda files: processes.map(_look_into, files, chunksize=_HAND)


def _look_into(file: str) -> Pdf | PdfProblem:
    return pdfs.check(Path(file).read_bytes())


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _places(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _files_below(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Files with their sizes, by their paths with `/`; hidden ones left out, links followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _files_below(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield f"{prefix}{entry.name}", entry.stat().st_size
