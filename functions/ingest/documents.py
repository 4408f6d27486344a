"""Finding the documents of a batch, with few requests and in bounded memory."""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from cloud.bucket import ListedVersion, ObjectInfo
from cloud.chunks import chunks
from ingest.errors import Code, Problem
from postal.letters import Document

#: The largest document that every mailbox is asked to take.
MOST_DOCUMENT_BYTES: Final = 10_000_000

#: A listing costs as much as 12.5 single looks (Amazon S3 pricing: 5.00 and 0.40 USD a
#: million), so it must answer for so many names to be worth it.
LISTING_PAYS: Final = 13

#: After so many single looks the whole prefix is listed, bit by bit.
INDEX_AFTER: Final = 1_000

_MOST_KEPT: Final = 1_000
_THREADS: Final = 8
_MOST_ASKED: Final = 500


class DocumentStore(Protocol):
    """What is asked of the bucket; tests count the requests with one of their own."""

    def head(self, key: str, version: str = "") -> ObjectInfo | None:
        """The latest version of an object, or None."""

    def list_latest(self, prefix: str, *, after: str) -> tuple[list[ListedVersion], str]:
        """Latest versions after a key, in key order, and up to which key they are complete."""


class Documents:
    """The documents of one batch, each pinned in its latest version.

    Names that lie close together are answered by listings, of which the last one is
    kept, so that rows in the order of their documents need one listing a thousand.
    Names that lie scattered are looked at one by one; the latest thousand are kept,
    for attachments that many letters share. Where such looks go on, the prefix is
    listed into an index on disk beside them, as much of it as the looks have cost: a
    million scattered names cost a thousand listings, and not a million looks.
    """

    def __init__(self, store: DocumentStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._listed: dict[str, Document] = {}
        # What the listing covers: after the first path, up to the second; nothing to begin with.
        self._after = ""
        self._through: str | None = ""
        self._index: _Index | None = None
        self._looks = 0

    def find(self, paths: Iterable[str]) -> dict[str, Document | None]:
        """Each path's document; None where there is none, or it was deleted."""
        found: dict[str, Document | None] = {}
        left: list[str] = []
        # S3 lists keys in the order of their UTF-8 bytes, which is that of code points.
        for path in sorted(set(paths)):
            if path in self._kept:
                self._kept.move_to_end(path)
                found[path] = self._kept[path]
            elif self._is_listed(path):
                found[path] = self._listed.get(path)
            else:
                left.append(path)
        if self._index is not None:
            found.update(self._index.find(left))
            left = [path for path in left if path not in found]
        while len(left) >= LISTING_PAYS:
            self._list(left[0])
            answered = [path for path in left if self._is_listed(path)]
            found.update((path, self._listed.get(path)) for path in answered)
            left = left[len(answered) :]
            if len(answered) < LISTING_PAYS:
                break
        found.update(self._look_at(left))
        return found

    def _is_listed(self, path: str) -> bool:
        return self._after < path and (self._through is None or path <= self._through)

    def _list(self, first: str) -> None:
        """List from a path on: what comes after the path without its last character includes it."""
        self._after = first[:-1]
        listed, self._through = _list_after(self._store, self._prefix, self._after)
        self._listed = {document.path: document for document in listed}

    def _look_at(self, paths: list[str]) -> dict[str, Document | None]:
        if not paths:
            return {}
        with ThreadPoolExecutor(_THREADS) as threads:
            found = dict(zip(paths, threads.map(self._head, paths), strict=True))
        self._keep(found.values())
        self._looks += len(paths)
        if self._looks > INDEX_AFTER:
            self._index = self._index or _Index(self._store, self._prefix)
            self._index.grow(-(-len(paths) // LISTING_PAYS))
        return found

    def _head(self, path: str) -> Document | None:
        info = self._store.head(self._prefix + path)
        return Document(path=path, version=info.version, size=info.size, etag=info.etag) if info else None

    def _keep(self, documents: Iterable[Document | None]) -> None:
        """Remember what was found; what was missing may be uploaded at any moment."""
        for document in documents:
            if document is not None:
                self._kept[document.path] = document
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


class _Index:
    """The documents from the beginning of a prefix to some path, in a file of its own that goes with it."""

    def __init__(self, store: DocumentStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        # No name: a temporary file, deleted when the connection is closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE documents (path TEXT PRIMARY KEY, version TEXT, size INTEGER, etag TEXT) WITHOUT ROWID"
        )
        self._first: str | None = None
        self._through: str | None = ""

    def __del__(self) -> None:
        self._database.close()

    def grow(self, listings: int) -> None:
        """List so many times more, as long as there is something left to list."""
        for _ in range(listings):
            if self._through is None:
                return
            listed, self._through = _list_after(self._store, self._prefix, self._through)
            if listed and self._first is None:
                self._first = listed[0].path
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                ((document.path, document.version, document.size, document.etag) for document in listed),
            )
            self._database.execute("COMMIT")

    def find(self, paths: Iterable[str]) -> dict[str, Document | None]:
        """Those of the paths that the index covers, each with its document or None."""
        covered = [path for path in paths if self._covers(path)]
        found: dict[str, Document | None] = dict.fromkeys(covered)
        for some in chunks(covered, _MOST_ASKED):
            places = ", ".join("?" * len(some))
            query = f"SELECT path, version, size, etag FROM documents WHERE path IN ({places})"  # noqa: S608 - of places
            for path, version, size, etag in self._database.execute(query, some):
                found[path] = Document(path=path, version=version, size=size, etag=etag)
        return found

    def _covers(self, path: str) -> bool:
        return self._first is not None and self._first <= path and (self._through is None or path <= self._through)


def _list_after(store: DocumentStore, prefix: str, after: str) -> tuple[list[Document], str | None]:
    """Up to 1,000 documents behind a path, and the path up to which they are complete; None for the end."""
    listed, last = store.list_latest(prefix, after=prefix + after)
    documents = [
        Document(path=info.key.removeprefix(prefix), version=info.version, size=info.size, etag=info.etag)
        for info in listed
    ]
    return documents, last.removeprefix(prefix) if last else None


def document_problem(path: str, document: Document | None) -> Problem | None:
    """Why a letter cannot carry a document, or None."""
    if document is None:
        return Problem(Code.DOCUMENT_MISSING, "document", {"path": path})
    if document.size == 0:
        return Problem(Code.DOCUMENT_EMPTY, "document", {"path": path})
    if document.size > MOST_DOCUMENT_BYTES:
        size = document.size
        return Problem(Code.DOCUMENT_TOO_LARGE, "document", {"path": path, "found": size, "limit": MOST_DOCUMENT_BYTES})
    return None
