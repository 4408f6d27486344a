"""Orders: what a sender wants done with letters, or with a batch, that it has sent."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from brevdue.desk import summaries
from brevdue.desk.connection import Connection, Object
from brevdue.desk.pace import Pace
from cloud.bucket import ConflictError
from ingest import choices
from ingest.columns import ORDERS, UnknownColumns
from ingest.csv_rows import csv_rows
from ingest.encodings import Decoder
from ingest.errors import Code, Finding, ManifestError, Problem, finding, in_words
from ingest.intake import text_lines
from ingest.order_lines import MOST_FILE_BYTES, MOST_LINES
from ingest.raw import RawRow
from ingest.summaries import orders_refusal_key
from ingest.values import moment
from postal import cells, keys
from postal.orders import OF_BATCHES, OF_BOTH, Answer, Order
from postal.times import ZONES, from_text
from receipts.orders import ORDERS_NAME

_HEADER: Final = ("order", "reference", "until")
_NOT_DONE: Final = frozenset({Answer.TOO_LATE, Answer.NOT_HELD, Answer.REFUSED})
_REFERENCES: Final = ORDERS._replace(missing=lambda found: () if "reference" in found else ("reference",))


class UsageError(Exception):
    """What was typed, or a file that was named, makes no order; the text says why."""


class NotAcceptedError(Exception):
    """There is no batch to order anything for; the text says why."""


class Line(Struct, frozen=True, kw_only=True):
    """A line of an order file; `until` as the sender writes it."""

    order: Order
    reference: str = ""
    until: str = ""


class Answered(Struct, frozen=True, kw_only=True):
    """A line of `orders.csv`.

    Attributes:
        letters: how many it speaks of; empty where it does not tell.
        text: the answer in words, in the sender's language.
    """

    line: int
    order: str
    reference: str
    until: str
    answer: Answer
    letters: str
    text: str


class Ordered(Struct, frozen=True, kw_only=True):
    """What became of an order file.

    Attributes:
        file: its name.
        orders: how many it has.
        answers: as far as they are there.
        errors: why it was refused as a whole.
    """

    file: str
    orders: int
    answers: tuple[Answered, ...] = ()
    errors: tuple[Finding, ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether nothing more is to be waited for."""
        is_each = len({answered.line for answered in self.answers}) == self.orders
        return bool(self.errors) or (is_each and all(one.answer is not Answer.WAITING for one in self.answers))

    @property
    def is_well(self) -> bool:
        """Whether every order was carried out, or at least taken."""
        return self.is_answered and not self.errors and all(one.answer not in _NOT_DONE for one in self.answers)


# --- what is ordered ---


def order_of(word: str) -> Order:
    """The order that a word means, in English, Danish or Norwegian; raises UsageError where it means none."""
    order = choices.ORDER.get(choices.word(word))
    if order is None:
        raise UsageError(f"{word} is none of {', '.join(Order)}")
    return order


def lines(order: Order, references: Sequence[str], until: str, now: datetime, *, is_all: bool) -> list[Line]:
    """The lines that order something for letters, or for the whole batch.

    Args:
        order: what.
        references: of the letters.
        until: of `extend`, a date or a time with its zone.
        now: before which nothing can be extended.
        is_all: it is for all letters of the batch.

    Raises:
        UsageError: these do not go together.
    """
    if order in OF_BATCHES and references:
        raise UsageError(f"{order} is for the whole batch, and takes no references: recall takes letters back")
    if order not in OF_BATCHES and not references and not (is_all and order in OF_BOTH):
        ways = "name references or --file, or --all" if order in OF_BOTH else "name references or --file"
        raise UsageError(f"{order} is for letters: {ways}")
    if is_all and (references or order not in {*OF_BATCHES, *OF_BOTH}):
        raise UsageError("--all is for recall without references")
    if order is Order.EXTEND:
        _check_until(until, now)
    elif until:
        raise UsageError(f"{order} takes no --until: extend does")
    return [Line(order=order, reference=reference, until=until) for reference in dict.fromkeys(references) or ("",)]


def _check_until(until: str, now: datetime) -> None:
    if not until:
        raise UsageError("extend needs --until: a date, or a time with its zone")
    # Clocks in all the countries show the same.
    read = moment(until, ZONES["no"])
    if isinstance(read, Code):
        error = in_words(Problem(read, "until"), "en", lambda _: "--until")
        raise UsageError(f"{error.message} {error.remedy}")
    if from_text(read) <= now:
        raise UsageError(f"--until {until} is past")


def references_in(file: Path) -> list[str]:
    """The references in a file: one a line, or the column `reference` of a CSV, such as `held.csv`.

    Raises:
        UsageError: there are none, or the file cannot be read.
    """
    try:
        with file.open("rb") as data:
            text = list(text_lines(data, MOST_FILE_BYTES))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ManifestError as error:
        raise _unusable(file, error) from error
    found = [reference for reference in _references(file, text) if reference]
    if not found:
        raise UsageError(f"there are no references in {file}")
    return found


def _references(file: Path, text: list[bytes]) -> Iterator[str]:
    first = next((line for line in text if line.strip()), b"")
    try:
        for row in csv_rows(iter(text), UnknownColumns(), _REFERENCES):
            yield _reference(file, row)
    except ManifestError as error:
        if error.problem.code is not Code.COLUMN_MISSING or b";" in first or b"," in first:
            raise _unusable(file, error) from error
        decode = Decoder().decode
        yield from (cells.unescaped(decode(line)[0].strip()) for line in text)


def _reference(file: Path, row: RawRow) -> str:
    problem = next((problem for problem in row.problems if problem.code is not Code.EMPTY_ROW), None)
    if problem is not None:
        raise _unusable(file, ManifestError(problem, row.line))
    if "order" in row.values:
        raise UsageError(
            f"{file} is an order file: upload it as it is, under orders/ beside the manifest, or leave out its orders"
        )
    return row.values.get("reference", "")


def _unusable(file: Path, error: ManifestError) -> UsageError:
    told = finding(error, "en")
    place = f"{file}, line {told.line}" if told.line else str(file)
    return UsageError(f"{place}: {told.message} {told.remedy}")


# --- ordering it ---


def put(office: Connection, sender: str, batch: str, ordered: Sequence[Line], now: datetime) -> tuple[Ordered, str]:
    """Upload an order file; what is known of it, and its version.

    Args:
        office: where the batch is.
        sender: whose it is.
        batch: its id.
        ordered: at least one line.
        now: the present time, by which the file is named.

    Raises:
        NotAcceptedError: check-in has accepted no such batch.
        UsageError: they are too many.
    """
    if len(ordered) > MOST_LINES:
        raise UsageError(f"that are {len(ordered):,} orders, and a file takes {MOST_LINES:,}: order in several steps")
    summary = summaries.read(office, sender, batch)
    if summary is None or not summary.is_accepted:
        state = summary.state.value.replace("_", " ") if summary else "not there"
        raise NotAcceptedError(f"nothing can be ordered for {batch}, which is {state}: see `brevdue watch {batch}`")
    rows = [_HEADER, *((line.order.value, line.reference, line.until) for line in ordered)]
    body = cells.BYTE_ORDER_MARK + cells.encode(rows)
    digest = sha256(body).hexdigest()
    name = f"{now:%Y%m%dT%H%M%SZ}-{ordered[0].order}-{digest[:8]}.csv"
    key = f"{keys.inbox_prefix(sender, batch)}orders/{name}"
    try:
        version = office.put_over(key, "", body, cells.CONTENT_TYPE, {"sha256": digest})
    except ConflictError:
        # The same was ordered in this very second.
        version = office.head(key).version
    return Ordered(file=name, orders=len(ordered)), version


def answers(office: Connection, sender: str, batch: str, ordered: Ordered, version: str, pace: Pace) -> Ordered:  # noqa: PLR0913, PLR0917 - which file of which batch, where, and how long
    """What became of an order file, as far as it is answered in time."""
    key = f"{keys.receipts_prefix(sender, batch)}{ORDERS_NAME}"
    refusal = orders_refusal_key(sender, batch, version)
    found: Object | None = None
    for _ in pace.looks():
        before, found = found, office.read(key, found)
        if found is not None and found is not before:
            ordered = msgspec.structs.replace(ordered, answers=tuple(_answers(found.data, ordered.file)))
        if not ordered.answers and (refused := office.read(refusal)):
            errors = msgspec.json.decode(refused.data, type=_OrdersRefused).errors
            ordered = msgspec.structs.replace(ordered, errors=errors)
        if ordered.is_answered:
            break
    return ordered


class _OrdersRefused(Struct, frozen=True):
    errors: tuple[Finding, ...]


def _answers(data: bytes, file: str) -> Iterable[Answered]:
    """The answers to one file in the bytes of `orders.csv`; raises ValueError for an answer of a later release."""
    for row in csv.DictReader(StringIO(data.decode("utf-8-sig")), delimiter=";"):
        told = {column: cells.unescaped(cell) for column, cell in row.items()}
        if told.pop("file") == file:
            yield msgspec.convert(told, Answered, strict=False)
