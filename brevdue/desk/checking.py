"""Checking a batch before it is sent: rows with the code of check-in, PDFs with the code of print.

More is told than check-in would: what is found at print, weeks later, and a consent
that is no evidence, which costs a letter as much as an error in its row.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from filecmp import cmp
from itertools import count
from pathlib import Path
from typing import IO, Final, Literal

from msgspec import Struct, structs

from brevdue.desk import sheets
from brevdue.desk.documents import FolderDocuments, UsedDocument
from brevdue.desk.folders import BatchFolder
from brevdue.desk.progress import Waiting
from brevdue.desk.sheets import Lines
from cloud.chunks import chunks
from fallback import pdfs
from fallback.pdfs import Pdf, PdfFault, PdfProblem
from ingest.checks import ground_of, may_go_on_paper
from ingest.columns import UnknownColumns
from ingest.consents import missing_evidence
from ingest.duplicates import Digests, FirstRows, References
from ingest.errors import ManifestError, finding, in_words
from ingest.intake import Intake, Look, Tally, raw_rows
from ingest.raw import RawRow
from postal import cells, corrections, rows
from postal.letters import Letter, RefusedRow, RowError
from postal.pages import PAGE_SIZE
from postal.senders import Sender
from postal.sheets import MOST_SHEETS
from postal.sheets import sheets as sheets_of

#: So many errors are shown, and so many names of documents that no row names.
MOST_SHOWN: Final = 20
#: What matters only to a letter that may go on paper; the other faults nobody can open.
_OF_PAPER: Final = frozenset({PdfFault.NOT_A4, PdfFault.TOO_MANY_PAGES})
_CHUNK_BYTES: Final = 256 * 1024

#: What the sender chose for a batch with so many bad rows.
Consequence = Literal["none", "rows_refused", "batch_refused", "awaits_approval"]


class Finding(Struct, frozen=True, kw_only=True):
    """An error.

    Attributes:
        row: counted from 1 without the header; 0 for the whole manifest.
        line: of the manifest, or row of the spreadsheet, counted from 1; 0 where no line is to blame.
        column: its canonical name; empty for the whole row.
        code, message, remedy: as the receipts would tell them, in the sender's language.
    """

    row: int
    line: int
    column: str
    code: str
    message: str
    remedy: str


class Report(Struct, frozen=True, kw_only=True):
    """What a check found.

    Attributes:
        rows: of the manifest, as far as it could be read.
        refused: rows with errors.
        refused_late: those of them that check-in would let pass.
        kinds: errors by code, the most frequent first.
        first: the first errors.
        unknown_columns: each with the known name that is spelt most alike, or empty.
        unused: PDFs that no row names.
        first_unused: the first of them.
        documents, document_bytes: those that rows name, as check-in counts them.
        consequence: what would become of the batch if it were sent as it is.
        to_correct: where the refused rows were written; empty where there are none.
    """

    rows: int
    refused: int
    refused_late: int
    kinds: Mapping[str, int]
    first: Sequence[Finding]
    unknown_columns: Sequence[tuple[str, str]]
    unused: int
    first_unused: Sequence[str]
    documents: int
    document_bytes: int
    consequence: Consequence
    to_correct: str

    @property
    def is_good(self) -> bool:
        """Whether there are no errors."""
        return not self.kinds


class Checked:
    """A batch that was checked, as long as the context of `check` lasts."""

    def __init__(self, report: Report, documents: FolderDocuments, errors: "_Errors") -> None:
        self.report = report
        self._documents = documents
        self._errors = errors

    def errors(self) -> Iterator[Finding]:
        """All errors, in the order of the rows."""
        return self._errors.findings()

    def used(self) -> Iterator[UsedDocument]:
        """The documents that rows name, as far as they are there."""
        return self._documents.used()


@contextmanager
def check(folder: BatchFolder, sender: Sender, now: datetime, waiting: Waiting) -> Iterator[Checked]:
    """Check a batch, and write its refused rows to `to_correct.csv` in its folder.

    Args:
        folder: where it lies.
        sender: whose settings and language rule; without an id where nobody knows.
        now: after which nobody can have consented.
        waiting: hears how far it is.
    """
    documents = FolderDocuments(folder.documents)
    with tempfile.TemporaryFile(prefix="brevdue-") as spool:
        errors = _Errors(spool, folder.lines)
        try:
            yield Checked(_Check(folder, sender, now, waiting, documents, errors).run(), documents, errors)
        finally:
            documents.close()


class _Errors:
    """The errors of a manifest, on disk, so that memory does not grow with them."""

    def __init__(self, spool: IO[bytes], lines: Lines | None) -> None:
        self._spool = spool
        self._lines = lines
        self.of_manifest: Finding | None = None
        self.kinds: Counter[str] = Counter()

    def add(self, data: bytes) -> None:
        """Keep the refused rows of a page of the row file."""
        for row in rows.decode_page(data):
            if isinstance(row, RefusedRow):
                line = self._lines.row_of(row.line) if self._lines else row.line
                self._spool.write(rows.encode(structs.replace(row, line=line)))
                self.kinds.update(error.code for error in row.errors)

    def refused(self) -> Iterator[RefusedRow]:
        """The refused rows, from the first one."""
        self._spool.seek(0)
        for line in self._spool:
            row = rows.decode(line)
            if isinstance(row, RefusedRow):
                yield row

    def findings(self) -> Iterator[Finding]:
        """All errors, in the order of the rows."""
        if self.of_manifest is not None:
            yield self.of_manifest
        for row in self.refused():
            for error in row.errors:
                yield _finding(row, error)


class _Check:
    def __init__(  # noqa: PLR0913, PLR0917 - a batch, its sender, and what a check needs
        self,
        folder: BatchFolder,
        sender: Sender,
        now: datetime,
        waiting: Waiting,
        documents: FolderDocuments,
        errors: _Errors,
    ) -> None:
        self._folder = folder
        self._sender = sender
        self._now = now
        self._ground = ground_of(sender)
        self._waiting = waiting
        self._documents = documents
        self._errors = errors
        self._late = 0

    def run(self) -> Report:
        references = Digests()
        unknown = UnknownColumns()
        tally = Tally()
        try:
            # The first pass finds the documents, and what stands twice.
            tally = self._pass(references, unknown, _forget, None, None)
            again = FirstRows(references.repeated())
            self._documents.check_pdfs(self._waiting)
            tally = self._pass(again, unknown, self._errors.add, self._look, tally.rows)
        except ManifestError as error:
            told = finding(error, self._sender.language)
            self._errors.of_manifest = Finding(row=0, **structs.asdict(told))
            self._errors.kinds[told.code] += 1
        return self._report(tally, unknown)

    def _pass(
        self,
        references: References,
        unknown: UnknownColumns,
        write: Callable[[bytes], None],
        look: Look | None,
        total: int | None,
    ) -> Tally:
        self._waiting.begin("Reading rows" if total is None else "Checking rows", total)
        with self._folder.manifest_file.open("rb") as file:
            data = iter(lambda: file.read(_CHUNK_BYTES), b"")
            raws = self._noted(raw_rows(self._folder.manifest_name, data, unknown))
            return Intake(self._sender, self._documents, waits=False, look=look).run(raws, references, write)

    def _noted(self, raws: Iterable[RawRow]) -> Iterator[RawRow]:
        """The rows; a document that only rows with errors name is not superfluous."""
        for page in chunks(raws, PAGE_SIZE):
            named = (raw.values.get("document", "") for raw in page)
            self._documents.mention(path.strip() for paths in named for path in paths.split("|"))
            self._waiting.advance(len(page))
            yield from page

    def _look(self, letter: Letter, heading: Callable[[str], str]) -> list[RowError]:
        """What check-in does not look at."""
        language = self._sender.language
        # Of somebody whose terms are not known, nobody can say what they are evidence of.
        evidence = missing_evidence(letter, self._sender, self._now) if self._sender.id else []
        found = [
            *(in_words(one, language, heading) for one in evidence),
            *(pdfs.in_words(problem, path, language) for path, problem in self._faults(letter)),
        ]
        self._late += bool(found)
        return found

    def _faults(self, letter: Letter) -> Iterator[tuple[str, PdfProblem]]:
        paths = [document.path for document in letter.documents]
        checks = self._documents.checks(paths)
        is_for_paper = may_go_on_paper(letter.delivery, self._ground)
        faults = [(path, one) for path in paths if isinstance(one := checks.get(path), PdfProblem)]
        yield from ((path, one) for path, one in faults if is_for_paper or one.code not in _OF_PAPER)
        pages = [one.pages for one in checks.values() if isinstance(one, Pdf)]
        if is_for_paper and not faults and pages and sheets_of(pages, duplex=letter.duplex) > MOST_SHEETS:
            # Each document fits, but not all of them together.
            yield paths[0], PdfProblem(code=PdfFault.TOO_MANY_PAGES, pages=sum(pages))

    def _report(self, tally: Tally, unknown: UnknownColumns) -> Report:
        unused, first_unused = self._documents.unused(MOST_SHOWN)
        documents, size = self._documents.count_used()
        first = [error for error, _ in zip(self._errors.findings(), range(MOST_SHOWN), strict=False)]
        return Report(
            rows=tally.rows,
            refused=tally.refused,
            refused_late=self._late,
            kinds=dict(self._errors.kinds.most_common()),
            first=first,
            unknown_columns=unknown.pairs(),
            unused=unused,
            first_unused=first_unused,
            documents=documents,
            document_bytes=size,
            consequence=self._consequence(tally),
            to_correct=str(self._write_to_correct()) if tally.refused else "",
        )

    def _consequence(self, tally: Tally) -> Consequence:
        if self._errors.of_manifest is not None:
            return "batch_refused"
        # Of what is found later, check-in knows nothing.
        refused = tally.refused - self._late
        if not refused:
            return "none"
        settings = self._sender.settings
        match settings.bad_rows:
            case "refuse_batch":
                return "batch_refused"
            case "await_approval" if refused * 100 > settings.bad_rows_percent * tally.rows:
                return "awaits_approval"
            case _:
                return "rows_refused"

    def _write_to_correct(self) -> Path:
        """Write the refused rows as they were written, over no other file: that may be half corrected.

        Beside it goes the same as a workbook, in which spreadsheets leave zeros and dates alone.
        """
        folder, name = self._folder.path, Path(corrections.NAME)
        made = folder / f".{name}"
        with made.open("wb") as file:
            file.write(cells.BYTE_ORDER_MARK)
            file.writelines(corrections.lines(self._errors.refused))
        targets = (folder / f"{name.stem}{f'-{n}' if n > 1 else ''}{name.suffix}" for n in count(1))
        target = next(one for one in targets if _is_free(one) or (one.exists() and cmp(made, one, shallow=False)))
        made.replace(target)
        workbook = _workbook_of(target)
        if not workbook.exists():
            sheets.from_csv(target, workbook)
        return target


def _workbook_of(to_correct: Path) -> Path:
    return to_correct.with_suffix(".xlsx")


def _is_free(to_correct: Path) -> bool:
    return not to_correct.exists() and not _workbook_of(to_correct).exists()


def _finding(row: RefusedRow, error: RowError) -> Finding:
    return Finding(row=row.row, line=row.line, **structs.asdict(error))


def _forget(_data: bytes) -> None:
    """The first pass keeps nothing."""
