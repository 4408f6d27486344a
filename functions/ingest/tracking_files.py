"""Tracking files: what a channel's connector says of letters, a JSON object a line.

`{"event": "delivered", "dispatch": "sender/batch/00003-1", "at": "2026-11-18T10:00:00+01:00"}`
speaks of a whole dispatch, but for the rows listed in `except`;
`{"event": "opened", "letter": "sender/batch/1201", "attempt": 1, "at": ...}` of one letter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from cloud.bucket import Bucket, ObjectInfo, Writer
from cloud.chunks import chunks
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.time_left import TimeLeft
from ingest import answers
from ingest.answers import Answers, LineError
from ingest.errors import Code, ManifestError, Problem
from ingest.intake import MOST_ROWS, first_lines
from ingest.streams import inflated, lines
from postal import keys, rowsets
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT
from postal.keys import Upload
from postal.messages import Event, Report, Tracking
from postal.pages import PAGE_SIZE, page_of, rows_of
from postal.times import to_text

#: Lines that are sorted by page together; a file's later lines do not wait in memory.
_LINES_TOGETHER: Final = 10_000

_MOST_REPORTS: Final = 200
#: Well below the 1 MiB that SQS takes, as ten messages travel in one request.
_MOST_BODY_BYTES: Final = 90_000
#: What a report takes besides its rows and its code.
_REPORT_BYTES: Final = 150

_LETTER: Final = re.compile(rf"({keys.SENDER_ID.pattern})/({keys.BATCH_ID.pattern})/([1-9][0-9]{{0,6}})")
_DISPATCH: Final = re.compile(
    rf"({keys.SENDER_ID.pattern})/({keys.BATCH_ID.pattern})/"
    r"(?:letter-(?P<row>[0-9]{7})|(?P<page>[0-9]{5}))-(?P<n>[1-9][0-9]{0,3})"
)
#: What a channel may say of a whole dispatch at once.
_OF_DISPATCHES: Final = frozenset({Event.DELIVERED, Event.REFUSED, Event.PRINTED})

_Row = Annotated[int, Field(ge=1, le=MOST_ROWS, strict=True)]
_Name = Annotated[str, StringConstraints(max_length=130)]


class _Line(BaseModel, frozen=True, extra="forbid"):
    """A line of a tracking file. It has either `dispatch`, or `letter` and `attempt`."""

    event: Event
    at: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
    dispatch: _Name = ""
    excepted: Annotated[list[_Row], Field(alias="except", max_length=PAGE_SIZE)] = []
    letter: _Name = ""
    attempt: Annotated[int, Field(ge=1, le=1_000, strict=True)] = FIRST_ATTEMPT
    code: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\p{Cc}]*$")] = ""


class _PageName(NamedTuple):
    sender: str
    batch: str
    page: int


class _Said(NamedTuple):
    """What a line says: what successive letters of a page can share, and which letters."""

    event: Event
    n: int
    attempt: int
    at: str
    code: str


#: What successive lines say of a page, each with the rows that it speaks of.
_SaidOfPage = tuple[_PageName, list[tuple[_Said, list[int]]]]


class BadLineError(ValueError):
    """A line speaks of nothing that exists. The first argument is a public code, the second says more."""


@dataclass(frozen=True)
class TrackingFiles:
    """Takes tracking files."""

    bucket: Bucket
    tracking: Queue

    def take(self, upload: Upload, file: ObjectInfo, time_left: TimeLeft) -> None:
        """Send on what a tracking file says; its bad lines are answered, and stop nothing else."""
        channel = Channel(upload.owner)

        def read(version: ObjectInfo, answer: Writer) -> Iterator[_SaidOfPage]:
            return _said(time_left.each(self.bucket.stream(version.key, version.version)), answer)

        def send(said_of: Iterable[_SaidOfPage]) -> None:
            for name, said in said_of:
                self.tracking.send_all(_messages(channel, name, said), group=name.sender)

        key = keys.tracking_errors(channel, upload.name)
        if Answers(bucket=self.bucket, key=key, content_type=answers.CONTENT_TYPE, read=read).take(file, send):
            logger.warning("tracking file has bad lines", extra={"channel": channel})
            metrics.add_metric(name="TrackingFilesWithBadLines", unit=MetricUnit.Count, value=1)


def _said(data: Iterable[bytes], answer: Writer) -> Iterator[_SaidOfPage]:
    """What a version of a file says, page by page; its bad lines are answered on the way."""
    errors: list[LineError] = []
    for some in chunks(enumerate(_lines(data, errors), 1), _LINES_TOGETHER):
        yield from _by_page(some, errors).items()
        _write_errors(answer, errors)
    _write_errors(answer, errors)


def _lines(data: Iterable[bytes], errors: list[LineError]) -> Iterator[bytes]:
    last = 0
    try:
        for last, line in enumerate(first_lines(lines(inflated(data)), MOST_ROWS), 1):  # noqa: B007 - asked for in the end
            yield line
    except ManifestError as error:
        errors.append(answers.of_problem(error.problem, error.line))
        if last:
            errors.append(answers.of_problem(Problem(Code.REST_NOT_READ), error.line))


def _by_page(
    numbered: list[tuple[int, bytes]], errors: list[LineError]
) -> dict[_PageName, list[tuple[_Said, list[int]]]]:
    """What the lines say of each page, in their order; successive letters of which the same is said are one."""
    by_page: dict[_PageName, list[tuple[_Said, list[int]]]] = {}
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            name, said, rows = parse_line(line)
        except ValidationError as error:
            detail = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in detail["loc"])
            errors.append(LineError(number, "LINE_INVALID", f"{where}: {detail['msg']}" if where else detail["msg"]))
            continue
        except BadLineError as error:
            errors.append(LineError(number, *error.args))
            continue
        reports = by_page.setdefault(name, [])
        if said.n == 0 and reports and reports[-1][0] == said:
            reports[-1][1].extend(rows)
        else:
            reports.append((said, rows))
    return by_page


def parse_line(line: bytes) -> tuple[_PageName, _Said, list[int]]:
    """What a line says, of which page, and the rows it names.

    Raises:
        ValidationError: the line is not of the shape of `_Line`.
        BadLineError: it names nothing that a dispatch or a letter is ever called.
    """
    read = _Line.model_validate_json(line)
    if bool(read.dispatch) == bool(read.letter):
        raise BadLineError("NAME_MISSING", "a line names either a dispatch or a letter")
    if read.letter:
        match = _LETTER.fullmatch(read.letter)
        if match is None or int(match[3]) > MOST_ROWS:
            raise BadLineError("LETTER_UNKNOWN", "a letter is called sender/batch/row")
        row, n, attempt = int(match[3]), 0, read.attempt
    else:
        match = _DISPATCH.fullmatch(read.dispatch)
        if match is None or int(match["row"] or 1) not in range(1, MOST_ROWS + 1):
            raise BadLineError("DISPATCH_UNKNOWN", "a dispatch is called sender/batch/page-number or as its file is")
        if match["row"]:
            row, n, attempt = int(match["row"]), 0, int(match["n"])
        else:
            row, n, attempt = int(match["page"]) * PAGE_SIZE + 1, int(match["n"]), FIRST_ATTEMPT
    page = page_of(row)
    if n and read.event not in _OF_DISPATCHES:
        raise BadLineError("LETTERS_NOT_NAMED", f"{read.event} is said of letters, one by one")
    if read.excepted and not (n and set(read.excepted) <= set(rows_of(page, MOST_ROWS))):
        raise BadLineError("EXCEPT_UNKNOWN", "exceptions are rows of the dispatch's own page")
    said = _Said(event=read.event, n=n, attempt=attempt, at=to_text(read.at), code=read.code)
    return _PageName(match[1], match[2], page), said, read.excepted if n else [row]


def _messages(channel: Channel, name: _PageName, said: list[tuple[_Said, list[int]]]) -> Iterator[Tracking]:
    """The reports on a page, in messages of bounded size."""
    reports: list[Report] = []
    size = 0
    for what, rows in said:
        report = Report(**what._asdict(), rows=rowsets.encode(rows))
        length = len(report.rows) + len(report.code.encode()) + _REPORT_BYTES
        if reports and (len(reports) == _MOST_REPORTS or size + length > _MOST_BODY_BYTES):
            yield _tracking(channel, name, reports)
            reports, size = [], 0
        reports.append(report)
        size += length
    if reports:
        yield _tracking(channel, name, reports)


def _tracking(channel: Channel, name: _PageName, reports: list[Report]) -> Tracking:
    return Tracking(sender=name.sender, batch=name.batch, page=name.page, channel=channel, reports=tuple(reports))


def _write_errors(writer: Writer, errors: list[LineError]) -> None:
    for error in sorted(errors, key=lambda error: error.line):
        writer.write(answers.encode(error))
    errors.clear()
