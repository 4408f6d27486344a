import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from brevdue.desk import documents as module
from brevdue.desk.documents import FolderDocuments, UsedDocument
from brevdue.desk.progress import Nobody
from fallback.pdfs import Pdf, PdfFault, PdfProblem
from tests.support import pdfs

GOOD = pdfs.document(pdfs.A4, pdfs.A4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.pdf").write_bytes(GOOD)
    (tmp_path / "Æble å.pdf").write_bytes(b"no pdf")
    (tmp_path / "more.PDF").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"notes")
    (tmp_path / ".hidden.pdf").write_bytes(GOOD)
    return tmp_path


@pytest.fixture
def documents(folder: Path) -> Iterator[FolderDocuments]:
    found = FolderDocuments(folder)
    yield found
    found.close()


def test_documents_are_found_by_their_paths_and_only_in_their_own_case(documents: FolderDocuments) -> None:
    found = documents.find(["a/b/1.pdf", "A/b/1.pdf", "Æble å.pdf", ".hidden.pdf", "b/1.pdf"])

    assert {path: one and one.size for path, one in found.items()} == {
        "a/b/1.pdf": len(GOOD),
        "A/b/1.pdf": None,
        "Æble å.pdf": 6,
        ".hidden.pdf": None,
        "b/1.pdf": None,
    }


def test_an_accent_is_the_same_in_one_character_and_in_two(documents: FolderDocuments, folder: Path) -> None:
    path = unicodedata.normalize("NFD", "Æble å.pdf")
    assert path != "Æble å.pdf"

    assert documents.find([path])[path] is not None
    assert list(documents.used()) == [UsedDocument(path, folder / "Æble å.pdf", 6)]


def test_what_no_row_mentions_is_told(documents: FolderDocuments) -> None:
    documents.find(["a/b/1.pdf"])
    documents.mention(["a/b/1.pdf", "missing.pdf"])

    assert documents.unused(1) == (2, ["more.PDF"])
    assert documents.count_used() == (1, len(GOOD))


@pytest.mark.parametrize("few", [0, 200])
def test_pdfs_are_looked_into_by_one_process_or_by_many(
    documents: FolderDocuments, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(module, "_FEW", few)
    paths = ["a/b/1.pdf", "Æble å.pdf", "more.PDF"]
    documents.find(paths)
    documents.check_pdfs(Nobody())

    # An empty document is told without a look.
    assert documents.checks(paths) == {
        "a/b/1.pdf": Pdf(pages=2),
        "Æble å.pdf": PdfProblem(code=PdfFault.NOT_A_PDF),
    }
