"""One pass over a manifest: its rows checked, their documents found, the row file written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from cloud.chunks import chunks
from ingest.checks import Checked, Ground, check, ground_of
from ingest.columns import UnknownColumns
from ingest.csv_rows import csv_rows
from ingest.documents import document_problem
from ingest.duplicates import References
from ingest.encodings import text_only
from ingest.errors import Code, Finding, ManifestError, Problem, in_words
from ingest.jsonl_rows import jsonl_rows
from ingest.raw import RawRow
from ingest.streams import MOST_BYTES, inflated, lines
from postal import rows
from postal.letters import Document, Letter, RefusedRow, RowError
from postal.pages import PAGE_SIZE
from postal.senders import Sender

MOST_ROWS: Final = 1_000_000

#: Looks at a letter with its documents, and says what is wrong with it.
Look = Callable[[Letter, Callable[[str], str]], Sequence[RowError]]

#: So many findings and names of missing documents are told in `summary.json`.
MOST_TOLD: Final = 20


@dataclass(kw_only=True)
class Tally:
    """What a pass found.

    Attributes:
        rows: all rows.
        refused: rows with errors.
        lacking: letters of which a document is missing; counted only while the batch waits for documents.
        missing: the names of the first of those documents.
        findings: the first errors.
        page_ends: after how many bytes of the row file each page ends.
    """

    rows: int = 0
    refused: int = 0
    lacking: int = 0
    missing: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    page_ends: list[int] = field(default_factory=list)


def raw_rows(name: str, data: Iterable[bytes], unknown: UnknownColumns) -> Iterator[RawRow]:
    """The rows of a manifest as they stand there.

    Args:
        name: the manifest's, which tells CSV from JSONL.
        data: its bytes as uploaded, in chunks.
        unknown: gathers the columns that are not known.

    Raises:
        ManifestError: the manifest is refused as a whole.
    """
    texts = text_lines(data)
    return limited(jsonl_rows(texts, unknown) if ".jsonl" in name else csv_rows(texts, unknown), MOST_ROWS)


def text_lines(data: Iterable[bytes], most_bytes: int = MOST_BYTES) -> Iterator[bytes]:
    """The lines of a text file as uploaded, zipped or not; raises ManifestError where it is none, or too large."""
    return lines(text_only(inflated(data, most_bytes)))


def first_lines(texts: Iterator[bytes], most: int) -> Iterator[bytes]:
    """So many lines of a file at the most; raises ManifestError at the first one of the rest."""
    for number, line in enumerate(texts, 1):
        if number > most:
            raise ManifestError(Problem(Code.MANIFEST_TOO_MANY_ROWS, facts={"limit": most}), number)
        yield line


def limited(raws: Iterable[RawRow], most: int) -> Iterator[RawRow]:
    """The rows, of which there are some, but not too many; raises ManifestError where not."""
    number = 0
    for raw in raws:
        number = raw.row
        if number > most:
            raise ManifestError(Problem(Code.MANIFEST_TOO_MANY_ROWS, facts={"limit": most}), raw.line)
        yield raw
    if number == 0:
        raise ManifestError(Problem(Code.MANIFEST_WITHOUT_ROWS))


class Finds(Protocol):
    """Finds documents."""

    def find(self, paths: Iterable[str]) -> dict[str, Document | None]:
        """Each path's document; None where there is none."""


class Intake:
    """Passes over one manifest of a sender.

    Args:
        sender: whose settings and language rule.
        documents: of the batch.
        waits: whether documents may still come: then a letter that lacks one is counted, not refused.
        look: finds what else is wrong with a letter, with what the sender calls a column.
    """

    def __init__(self, sender: Sender, documents: Finds, *, waits: bool, look: Look | None = None) -> None:
        self._sender = sender
        self._ground: Ground = ground_of(sender)
        self._documents = documents
        self._waits = waits
        self._look = look

    def run(self, raws: Iterable[RawRow], references: References, write: Callable[[bytes], None]) -> Tally:
        """Go through the rows once, page by page.

        Args:
            raws: the rows.
            references: finds those that stand twice.
            write: called with the lines of each page, until it is certain that the batch has to wait.
        """
        tally = Tally()
        end = 0
        for page in chunks(raws, PAGE_SIZE):
            checked = [check(raw, self._ground) for raw in page]
            found = self._documents.find(path for row in checked if row.letter for path in row.paths)
            finished = [self._finish(row, found, references, tally) for row in checked]
            tally.rows += len(page)
            if not tally.lacking:
                data = b"".join(map(rows.encode, finished))
                end += len(data)
                tally.page_ends.append(end)
                write(data)
        return tally

    def _finish(
        self, row: Checked, found: dict[str, Document | None], references: References, tally: Tally
    ) -> Letter | RefusedRow:
        """The row as it goes into the row file."""
        reference = row.raw.values.get("reference", "")
        holder = references.earlier(reference) if reference else 0
        documents: list[Document] = []
        problems = [*row.problems]
        for path in row.paths:
            document = found[path]
            problem = document_problem(path, document)
            if problem is not None:
                problems.append(problem)
            elif document is not None:
                documents.append(document)
        missing = [path for path in row.paths if found[path] is None] if problems else []
        if row.letter is not None and missing and self._waits:
            # Nothing is settled of it yet, so it holds no reference either.
            tally.lacking += 1
            tally.missing += [path for path in missing if path not in tally.missing][: MOST_TOLD - len(tally.missing)]
            return row.letter
        if holder:
            problems.append(Problem(Code.DUPLICATE_REFERENCE, "reference", {"first": holder}))
        if row.letter is None or problems:
            return self._refuse(row, problems, tally)
        # Check-in accepts it, whatever a look finds.
        references.hold(reference, row.raw.row)
        letter = msgspec.structs.replace(row.letter, documents=tuple(documents))
        errors = self._look(letter, row.raw.heading) if self._look else ()
        return self._refused(row.raw, errors, tally) if errors else letter

    def _refuse(self, row: Checked, problems: Iterable[Problem], tally: Tally) -> RefusedRow:
        errors = [in_words(problem, self._sender.language, row.raw.heading) for problem in problems]
        return self._refused(row.raw, errors, tally)

    @staticmethod
    def _refused(raw: RawRow, errors: Sequence[RowError], tally: Tally) -> RefusedRow:
        tally.refused += 1
        for error in errors[: MOST_TOLD - len(tally.findings)]:
            tally.findings.append(
                Finding(code=error.code, line=raw.line, column=error.column, message=error.message, remedy=error.remedy)
            )
        return RefusedRow(
            row=raw.row,
            line=raw.line,
            reference=raw.values.get("reference", ""),
            errors=tuple(errors),
            cells=raw.as_written(),
        )
