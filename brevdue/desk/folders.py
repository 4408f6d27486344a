"""A batch as it lies on disk: a manifest, or a spreadsheet that becomes one, and its documents."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brevdue.desk.sheets import Lines, SheetError, to_csv
from postal import corrections
from postal.keys import MANIFEST_NAMES

_SHEET: Final = ".xlsx"
_OLD_SHEETS: Final = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".numbers"})
_DOCUMENTS: Final = "documents"


class FolderError(Exception):
    """A folder holds no batch; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFolder:
    """A batch on disk.

    Attributes:
        path: the folder.
        source: the manifest as the sender made it.
        manifest_name: under which it is to be uploaded.
        manifest_file: its bytes, in a temporary file where they were made from a spreadsheet.
        documents: the folder below which its rows name documents.
        lines: from its lines to rows of a spreadsheet; None where it is none.
    """

    path: Path
    source: Path
    manifest_name: str
    manifest_file: Path
    documents: Path
    lines: Lines | None = None


@contextmanager
def open_folder(path: Path) -> Iterator[BatchFolder]:
    """The batch in a folder, as long as the context lasts.

    The manifest is `manifest.csv` or another of the names that are taken in, else the one spreadsheet
    or CSV file that is there. Documents lie in `documents/`, or beside it where there is no such folder.

    Raises:
        FolderError: there is no manifest, more than one, or a spreadsheet that cannot be read.
    """
    source = _manifest_in(path)
    documents = path / _DOCUMENTS if (path / _DOCUMENTS).is_dir() else path
    is_sheet = source.suffix.lower() == _SHEET
    with tempfile.TemporaryDirectory(prefix="brevdue-") if is_sheet else nullcontext() as made:
        name = "manifest.csv" if is_sheet else _name_of(source)
        lines: Lines | None = None
        file = source
        if made is not None:
            file = Path(made, name)
            with file.open("wb") as target:
                try:
                    lines = to_csv(source, target)
                except SheetError as error:
                    raise FolderError(str(error)) from error
        yield BatchFolder(
            path=path, source=source, manifest_name=name, manifest_file=file, documents=documents, lines=lines
        )


def _manifest_in(path: Path) -> Path:
    if not path.is_dir():
        raise FolderError(f"{path} is no folder: name the folder that holds the manifest and the documents")
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))
    named = [file for file in files if file.name in MANIFEST_NAMES]
    others = [file for file in files if file.suffix.lower() == _SHEET or _could_be_text(file)]
    plain = [file for file in others if not file.name.startswith(Path(corrections.NAME).stem)]
    found = named or plain or others
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(file.name for file in found)
        raise FolderError(f"{path} holds several that may be the manifest: {names}. Leave one of them there")
    old = next((file for file in files if file.suffix.lower() in _OLD_SHEETS), None)
    if old is not None:
        raise FolderError(f"{old.name} is no .xlsx: open it in your spreadsheet and save it as .xlsx or “CSV UTF-8”")
    raise FolderError(
        f"{path} holds no manifest: put manifest.csv or an .xlsx sheet there; `brevdue template` writes one to fill in"
    )


def _could_be_text(file: Path) -> bool:
    return file.name.lower().removesuffix(".gz").endswith((".csv", ".jsonl"))


def _name_of(source: Path) -> str:
    """The name of those that are taken in which suits a file."""
    if source.name in MANIFEST_NAMES:
        return source.name
    name = source.name.lower()
    kind = ".jsonl" if ".jsonl" in name else ".csv"
    return f"manifest{kind}{'.gz' if name.endswith('.gz') else ''}"
