"""Register files: what the operator has to say of many recipients at once, an event a line.

JSONL has the events as the register takes them; CSV has their fields as columns, of
which an empty one says nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, get_args

import msgspec
from aws_lambda_powertools.metrics import MetricUnit
from msgspec import Struct

from cloud.bucket import Bucket, ObjectInfo, Writer
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.time_left import TimeLeft
from ingest import answers
from ingest.answers import Answers, LineError
from ingest.bundles import bundles
from ingest.columns import UnknownColumns, with_required
from ingest.csv_rows import csv_rows
from ingest.errors import Code, ManifestError, Problem
from ingest.intake import MOST_ROWS, first_lines, text_lines
from postal import keys, register
from postal.channels import Channel
from postal.keys import Upload
from postal.messages import TakeEvents
from postal.register import Event, RegisterError

#: The message group of bulk files: they share the queue fairly with all else.
_GROUP: Final = "register"

_TYPES: Final[Sequence[type[Struct]]] = get_args(Event)
_FIELDS: Final = tuple(dict.fromkeys(["type", *(name for event in _TYPES for name in event.__struct_fields__)]))
_COLUMNS: Final = with_required(("type", "recipient", "occurred_at"), _FIELDS)

_A_TIME: Final = "a time with zone, such as 2026-11-18T10:00:00+01:00"
#: What each field must be.
_EXPECTED: Final = {
    "type": "one of " + ", ".join(str(event.__struct_config__.tag) for event in _TYPES),
    "recipient": "scheme:value",
    "occurred_at": _A_TIME,
    "mailbox": "one of " + ", ".join(channel for channel in Channel if channel is not Channel.PRINT),
    "sender": "the id of a sender",
    "mobile": "a number such as +4799999999",
    "email": "an e-mail address",
    "language": "one of da, nb, nn, en",
    "verified_at": _A_TIME,
}
#: How a decoder's error names a field, or the path to it.
_NAMED: Final = re.compile(r"`(?:\$\.)?([a-z_]+)`")


class Said(NamedTuple):
    """What a line says, before it is checked.

    Attributes:
        event: a JSON object, as far as one could be read.
        problem: why the line could not be read.
    """

    line: int
    event: bytes
    problem: Problem | None = None


@dataclass(frozen=True)
class RegisterFiles:
    """Takes register files."""

    bucket: Bucket
    register: Queue

    def take(self, upload: Upload, file: ObjectInfo, time_left: TimeLeft) -> None:
        """Send on what a register file says, in its order; its bad lines are answered, and stop nothing else."""

        def read(version: ObjectInfo, answer: Writer) -> Iterator[Event]:
            data = time_left.each(self.bucket.stream(version.key, version.version))
            return events(upload.name, data, version.modified_at, lambda error: answer.write(answers.encode(error)))

        def send(taken: Iterable[Event]) -> None:
            self.register.send_all((TakeEvents(events=some) for some in bundles(taken)), group=_GROUP)

        key = keys.register_errors(upload.name)
        if Answers(bucket=self.bucket, key=key, content_type=answers.CONTENT_TYPE, read=read).take(file, send):
            logger.warning("register file has bad lines")
            metrics.add_metric(name="RegisterFilesWithBadLines", unit=MetricUnit.Count, value=1)


def events(
    name: str, data: Iterable[bytes], uploaded_at: datetime, refuse: Callable[[LineError], None]
) -> Iterator[Event]:
    """The events of a register file, in its order.

    Args:
        name: the file's, which tells CSV from JSONL.
        data: its bytes as uploaded, in chunks.
        uploaded_at: when it was uploaded; what it says had happened by then.
        refuse: called with what is wrong with each line that says nothing possible.
    """
    unknown = UnknownColumns()
    last = 0
    try:
        texts = first_lines(text_lines(data), MOST_ROWS)
        for said in _of_csv(texts, unknown) if name.endswith(".csv") else _of_jsonl(texts):
            last = said.line
            event = event_of(said, uploaded_at)
            if isinstance(event, LineError):
                refuse(event)
            else:
                yield event
    except ManifestError as error:
        refuse(answers.of_problem(error.problem, error.line))
        if last:
            refuse(answers.of_problem(Problem(Code.REST_NOT_READ), error.line))
    for column, _ in unknown.pairs():
        message = f"the column “{column}” was not read; the columns are {', '.join(_FIELDS)}"
        refuse(LineError(0, "COLUMN_UNKNOWN", message))


def _of_jsonl(lines: Iterator[bytes]) -> Iterator[Said]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield Said(number, line)


def _of_csv(lines: Iterator[bytes], unknown: UnknownColumns) -> Iterator[Said]:
    for raw in csv_rows(lines, unknown, _COLUMNS):
        problem = raw.problems[0] if raw.problems else None
        if problem is None or problem.code is not Code.EMPTY_ROW:
            yield Said(raw.line, msgspec.json.encode(raw.values), problem)


def event_of(said: Said, uploaded_at: datetime) -> Event | LineError:
    """The event that a line says, or why it says none."""
    if said.problem is not None:
        return answers.of_problem(said.problem, said.line)
    try:
        event = register.decode(said.event)
        register.check(event, uploaded_at)
    except RegisterError as error:
        return LineError(said.line, "EVENT_IMPOSSIBLE", str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return LineError(said.line, "LINE_INVALID", _why(str(error)))
    return event


def _why(error: str) -> str:
    """A decoder's error in our words: its own quote what was written, which may be a recipient's id."""
    named = [name for name in _NAMED.findall(error) if name in _EXPECTED]
    if not named:
        return "the line is no JSON object with the fields of an event"
    field = named[-1]
    if error.startswith("Object missing"):
        return f"{field} is missing"
    if error.startswith("Object contains unknown"):
        return f"an event of this type has no {field}"
    return f"{field} must be {_EXPECTED[field]}"
