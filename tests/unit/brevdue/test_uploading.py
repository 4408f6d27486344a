import unicodedata
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brevdue.desk.connection import Listed
from brevdue.desk.documents import UsedDocument
from brevdue.desk.folders import FolderError
from brevdue.desk.uploading import _marked, batch_id
from postal.keys import BATCH_ID
from tests.support.office import START


@pytest.mark.parametrize(
    ("folder", "made"),
    [
        ("november-2026", "november-2026"),
        ("November 2026", "november-2026"),
        ("Årsopgørelse (æøå) 2026", "aarsopgoerelse-aeoeaa-2026"),
        (unicodedata.normalize("NFD", "Årsopgørelse"), "aarsopgoerelse"),
        ("v1.2_final", "v1.2_final"),
        ("__x--", "x"),
        ("Überschuß", "berschu"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_batch_is_named_after_its_folder(folder: str, made: str) -> None:
    assert batch_id(Path("/somewhere", folder)) == made


def test_this_folder_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Mars").mkdir()
    monkeypatch.chdir(tmp_path / "Mars")

    assert batch_id(Path()) == "mars"


@pytest.mark.parametrize("folder", ["", "…", "---", "x" * 65, "信"])
def test_a_name_that_makes_none_asks_for_another(folder: str) -> None:
    with pytest.raises(FolderError, match="name one with --batch"):
        batch_id(Path("/", folder))


@given(st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name and name not in {".", ".."}))
def test_what_is_made_is_an_id(name: str) -> None:
    try:
        made = batch_id(Path("/nowhere", name))
    except (FolderError, UnicodeEncodeError):
        return
    assert BATCH_ID.fullmatch(made)


@given(st.sets(st.text(min_size=1)), st.sets(st.text(min_size=1)))
def test_each_document_is_found_in_a_listing_in_the_order_of_s3(own: set[str], there: set[str]) -> None:
    file = Path(__file__)
    documents = [UsedDocument(path, file, 1) for path in sorted(own)]
    listed = [Listed(name=name, size=1, modified_at=_LATER) for name in sorted(there)]

    found = {document.path for document, is_there in _marked(documents, iter(listed)) if is_there}

    assert found == own & there


_LATER = datetime.max.replace(tzinfo=START.tzinfo)
