"""Enrolment files: a private Danish sender enrols its customers without sending any letter.

Nobody is looked up here, so that the receipt is the same whoever uses a mailbox: it
says whether the evidence of each consent was taken, and no more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.bucket import Bucket, ObjectInfo, Writer
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.senders import Senders
from cloud.time_left import TimeLeft
from ingest import consents
from ingest.answers import Answers
from ingest.bundles import bundles
from ingest.checks import time_of
from ingest.columns import UnknownColumns, with_required
from ingest.csv_rows import csv_rows
from ingest.errors import Code, ManifestError, Problem, in_words
from ingest.intake import MOST_ROWS, limited, text_lines
from ingest.raw import RawRow
from ingest.values import recipient_id
from postal import cells, keys
from postal.keys import Upload
from postal.letters import RowError
from postal.messages import Enrol
from postal.recipients import Enrolment
from postal.senders import COUNTRY, Language, Regime, Sender
from postal.times import ZONES

_REQUIRED: Final = ("recipient", "consent", "consent_at")
_COLUMNS: Final = with_required(_REQUIRED)

RECEIPT_COLUMNS: Final = ("row", "line", "status", "code", "text")
#: The public code of a row that was accepted; the others are those of `Code`.
CONSENT_RECEIVED: Final = "CONSENT_RECEIVED"
_RECEIVED: Final[Mapping[Language, str]] = {
    "en": "The evidence of consent was received.",
    "da": "Dokumentationen for samtykket er modtaget.",
    "nb": "Dokumentasjonen på samtykket er mottatt.",
    "nn": "Dokumentasjonen på samtykket er mottatt.",
}


@dataclass(frozen=True, kw_only=True)
class EnrolmentFiles:
    """Takes enrolment files."""

    bucket: Bucket
    senders: Senders
    register: Queue

    def take(self, upload: Upload, file: ObjectInfo, time_left: TimeLeft) -> None:
        """Send on the evidence of an enrolment file, and answer each of its rows in a receipt."""
        sender = self.senders.sender(upload.owner)
        if sender is None:
            # Nobody could read a receipt.
            logger.warning("unknown sender", extra={"sender": upload.owner})
            metrics.add_metric(name="UnknownSenders", unit=MetricUnit.Count, value=1)
            return
        receipts: list[_Receipt] = []

        def read(version: ObjectInfo, answer: Writer) -> Iterator[Enrolment]:
            receipts.append(_Receipt(answer, sender))
            data = time_left.each(self.bucket.stream(version.key, version.version))
            return _enrolments(sender, upload, version, data, receipts[-1])

        def send(enrolments: Iterable[Enrolment]) -> None:
            self.register.send_all((Enrol(enrolments=some) for some in bundles(enrolments)), group=sender.id)

        key = keys.enrolment_receipt(sender.id, upload.name)
        Answers(bucket=self.bucket, key=key, content_type=cells.CONTENT_TYPE, read=read).take(file, send)
        receipt = receipts[0]
        logger.info("enrolment file taken", extra={"sender": sender.id, "rows": receipt.accepted + receipt.rejected})
        metrics.add_metric(name="EnrolmentsAccepted", unit=MetricUnit.Count, value=receipt.accepted)
        metrics.add_metric(name="EnrolmentsRejected", unit=MetricUnit.Count, value=receipt.rejected)


def _enrolments(
    sender: Sender, upload: Upload, file: ObjectInfo, data: Iterable[bytes], receipt: "_Receipt"
) -> Iterator[Enrolment]:
    """The enrolments of the file, each row noted in the receipt on the way."""
    try:
        for raw in _rows(sender, data):
            # The time of the upload and not of this run, so that a repeat finds the same.
            found = enrolment(raw, sender, f"enrolments/{upload.name}", file.modified_at)
            if isinstance(found, Enrolment):
                receipt.accept(raw)
                yield found
            else:
                receipt.reject(raw, found)
    except ManifestError as error:
        receipt.end(error)


def _rows(sender: Sender, data: Iterable[bytes]) -> Iterator[RawRow]:
    """The rows of the file; raises ManifestError where it, or the sender, can enrol nobody."""
    if sender.disabled:
        raise ManifestError(Problem(Code.SENDER_DISABLED))
    if sender.regime is not Regime.DK_PRIVATE:
        raise ManifestError(Problem(Code.ENROLMENT_NOT_OFFERED))
    yield from limited(csv_rows(text_lines(data), UnknownColumns(), _COLUMNS), MOST_ROWS)


class _Receipt:
    """The receipt of an enrolment file: a line a row. The row's number says which; no recipient is named."""

    def __init__(self, writer: Writer, sender: Sender) -> None:
        self._writer = writer
        self._language = sender.language
        self.accepted = 0
        self.rejected = 0
        writer.write(cells.BYTE_ORDER_MARK + cells.encode([RECEIPT_COLUMNS]))

    def accept(self, raw: RawRow) -> None:
        """Answer a row whose evidence was taken."""
        self.accepted += 1
        self._add(raw.row, raw.line, "accepted", CONSENT_RECEIVED, _RECEIVED[self._language])

    def reject(self, raw: RawRow, problems: Iterable[Problem]) -> None:
        """Answer a row with all that is wrong with it."""
        self.rejected += 1
        errors = [in_words(problem, self._language, raw.heading) for problem in problems]
        self._add(raw.row, raw.line, "rejected", errors[0].code, _text(errors))

    def end(self, error: ManifestError) -> None:
        """Answer a file that is read no further."""
        problems = [error.problem, *([Problem(Code.REST_NOT_READ)] if self.accepted + self.rejected else [])]
        errors = [in_words(problem, self._language) for problem in problems]
        self._add("", error.line or "", "rejected", errors[0].code, _text(errors))

    def _add(self, row: int | str, line: int | str, status: str, code: str, text: str) -> None:
        self._writer.write(cells.encode([(str(row), str(line), status, code, text)]))


def _text(errors: Iterable[RowError]) -> str:
    return " ".join(f"{error.message} {error.remedy}" for error in errors)


def enrolment(raw: RawRow, sender: Sender, ground: str, now: datetime) -> Enrolment | tuple[Problem, ...]:
    """The evidence that a row gives, or everything that is wrong with it.

    Args:
        raw: the row.
        sender: whose terms rule.
        ground: what the evidence is kept with.
        now: after which nobody can have consented.
    """
    if raw.problems:
        return raw.problems
    country = COUNTRY[sender.regime]
    problems = [Problem(Code.VALUE_MISSING, column) for column in _REQUIRED if column not in raw.values]
    recipient = _recipient(raw.values, country, problems)
    consent_at = time_of(raw.values, "consent_at", ZONES[country], problems)
    problems += consents.problems_of(raw.values.get("consent", ""), consent_at, sender, now)
    terms = sender.terms_with_id(raw.values.get("consent", ""))
    if terms is None or problems:
        return tuple(problems)
    return Enrolment(
        recipient=recipient,
        sender=sender.id,
        terms=terms.id,
        document_sha256=terms.document_sha256,
        consent_at=consent_at,
        ground=ground,
    )


def _recipient(values: Mapping[str, str], country: str, problems: list[Problem]) -> str:
    """`scheme:value` of the recipient; what is wrong with it is added to `problems`."""
    found = recipient_id(values["recipient"], country) if "recipient" in values else ""
    if isinstance(found, Problem):
        problems.append(found)
        return ""
    return found
