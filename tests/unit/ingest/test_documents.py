from bisect import bisect_right
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.bucket import ListedVersion, ObjectInfo
from ingest.documents import INDEX_AFTER, LISTING_PAYS, Documents, document_problem
from ingest.errors import Code
from postal.letters import Document

PREFIX = "inbox/nordby/b1/documents/"
TIME = datetime(2026, 11, 18, tzinfo=UTC)


class FakeStore:
    """A bucket that counts requests; a listing has at most `page` keys."""

    def __init__(self, paths: set[str], page: int = 1_000) -> None:
        self.keys = sorted(PREFIX + path for path in paths)
        self.there = set(self.keys)
        self.page = page
        self.heads: list[str] = []
        self.lists = 0

    def head(self, key: str, version: str = "") -> ObjectInfo | None:
        self.heads.append(key)
        if key not in self.there:
            return None
        return ObjectInfo(key=key, version="v" + version, size=len(key), etag="e", modified_at=TIME)

    def list_latest(self, prefix: str, *, after: str) -> tuple[list[ListedVersion], str]:
        self.lists += 1
        assert prefix == PREFIX
        start = bisect_right(self.keys, after)
        listed = [
            ListedVersion(key=key, version="v", size=len(key), etag="e") for key in self.keys[start : start + self.page]
        ]
        return listed, listed[-1].key if start + self.page < len(self.keys) else ""


def _documents(paths: set[str], page: int = 1_000) -> tuple[Documents, FakeStore]:
    store = FakeStore(paths, page)
    return Documents(store, PREFIX), store


def _document(path: str) -> Document:
    return Document(path=path, version="v", size=len(PREFIX + path), etag="e")


NAMES = st.text("abÅø/ ", min_size=1, max_size=5).map(lambda name: name + ".pdf")


@settings(deadline=None)
@given(st.sets(NAMES, max_size=60), st.lists(st.sets(NAMES, max_size=40), max_size=4), st.integers(1, 20))
def test_every_name_is_answered_rightly(there: set[str], wanted: list[set[str]], page: int) -> None:
    documents, _ = _documents(there, page)
    for paths in wanted:
        assert documents.find(paths) == {path: _document(path) if path in there else None for path in paths}


def test_names_in_order_cost_one_listing_a_thousand() -> None:
    names = [f"{n:06}.pdf" for n in range(10_000)]
    documents, store = _documents(set(names))
    for start in range(0, len(names), 400):
        assert None not in documents.find(names[start : start + 400]).values()
    # The last page of rows that a listing begins is begun anew by the next one.
    assert store.lists <= 13
    assert store.heads == []


def test_scattered_names_are_looked_at_one_by_one() -> None:
    there = {f"{n:06}.pdf" for n in range(200_000)}
    wanted = [f"{n:06}.pdf" for n in range(0, 200_000, 500)]
    documents, store = _documents(there)
    assert None not in documents.find(wanted).values()
    assert store.lists == 1
    assert len(store.heads) == 400 - 2


def test_names_that_stay_scattered_are_indexed_for_about_what_their_looks_cost() -> None:
    count = 30_000
    names = [f"{n * 7_919 % count:06}.pdf" for n in range(count)]
    documents, store = _documents({*names[:-1], *(f"x{n}.pdf" for n in range(5_000))})
    found: dict[str, Document | None] = {}
    for start in range(0, count, 10):
        found.update(documents.find([*names[start : start + 10], "0.pdf"]))
    assert [path for path, document in found.items() if document is None] == ["0.pdf", names[-1]]
    assert len(store.heads) < 8_000
    assert store.lists < len(store.heads) / 10


@settings(deadline=None)
@given(st.sets(NAMES, max_size=60), st.lists(st.sets(NAMES, max_size=12), max_size=8), st.integers(1, 20))
def test_an_index_answers_rightly(there: set[str], wanted: list[set[str]], page: int) -> None:
    documents, _ = _documents(there, page)
    documents._looks = INDEX_AFTER
    for paths in wanted:
        assert documents.find(paths) == {path: _document(path) if path in there else None for path in paths}


def test_few_names_are_not_worth_a_listing() -> None:
    documents, store = _documents({f"{n}.pdf" for n in range(LISTING_PAYS)})
    documents.find(f"{n}.pdf" for n in range(LISTING_PAYS - 1))
    assert (store.lists, len(store.heads)) == (0, LISTING_PAYS - 1)


def test_a_shared_attachment_is_looked_at_once() -> None:
    names = [f"{n:06}.pdf" for n in range(4_000)]
    documents, store = _documents({*names, "vilkaar.pdf"})
    for start in range(0, len(names), 400):
        assert documents.find([*names[start : start + 400], *["vilkaar.pdf"] * 400])["vilkaar.pdf"] is not None
    assert store.heads.count(PREFIX + "vilkaar.pdf") <= 1


def test_what_was_missing_is_looked_at_again() -> None:
    documents, store = _documents(set())
    assert documents.find(["a.pdf"]) == {"a.pdf": None}
    store.there.add(PREFIX + "a.pdf")
    assert documents.find(["a.pdf"]) == {"a.pdf": _document("a.pdf")}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, Code.DOCUMENT_MISSING),
        (Document(path="a.pdf", version="v", size=0, etag="e"), Code.DOCUMENT_EMPTY),
        (Document(path="a.pdf", version="v", size=10_000_001, etag="e"), Code.DOCUMENT_TOO_LARGE),
        (Document(path="a.pdf", version="v", size=10_000_000, etag="e"), None),
        (Document(path="a.pdf", version="v", size=1, etag="e"), None),
    ],
)
def test_documents_are_refused_by_name(document: Document | None, code: Code | None) -> None:
    problem = document_problem("a.pdf", document)
    assert (problem.code if problem else None) == code
