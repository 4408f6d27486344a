"""An order file line by line: from what the sender wrote to orders, or to everything that is wrong with them.

A bad line costs that line only. A file that cannot be read to its end orders nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct, structs

from ingest import choices
from ingest.checks import MOST_CHARACTERS, time_of
from ingest.columns import ORDERS, UnknownColumns
from ingest.csv_rows import csv_rows
from ingest.errors import Code, ManifestError, Problem, in_words
from ingest.intake import limited, text_lines
from ingest.raw import RawRow
from ingest.streams import MIB
from postal.batches import Batch
from postal.letters import RefusedRow
from postal.orders import OF_BATCHES, OF_BOTH, Order, OrderLine
from postal.senders import MOST_HOLD_DAYS, Language
from postal.times import ZONES, from_text, local_time

#: An order file is kept in memory as a whole, so that nothing is ordered before all of it is read.
MOST_LINES: Final = 100_000
MOST_FILE_BYTES: Final = 64 * MIB

_CHOICES: Final = ", ".join(Order)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks for.

    Attributes:
        written: the line, with its letter's row once that is known.
        order: None where the line is refused.
        until: of `extend`, as `postal.times` writes it; else empty.
        problems: why the line is refused.
        headings: what the sender calls the columns.
    """

    written: OrderLine
    order: Order | None
    until: str = ""
    problems: tuple[Problem, ...] = ()
    headings: Sequence[str] = ()

    @property
    def reference(self) -> str:
        """The letter that an order is for; empty where it is for the batch, or none is ordered."""
        return self.written.reference if self.order else ""

    def refused(self, problem: Problem) -> "Asked":
        """The line, refused for something that only others know."""
        return Asked(self.written, None, "", (*self.problems, problem), self.headings)

    def line(self, language: Language) -> OrderLine:
        """The line of the canonical order file, in which a refused one says why."""
        errors = [in_words(problem, language, self._heading) for problem in self.problems]
        return structs.replace(self.written, error=" ".join(f"{error.message} {error.remedy}" for error in errors))

    def _heading(self, column: str) -> str:
        return next((name for name in self.headings if ORDERS.canonical(name) == column), column)


def read(batch: Batch, data: Iterable[bytes], uploaded_at: datetime) -> list[Asked]:
    """The lines of an order file; one line, which says why, where it cannot be read.

    Args:
        batch: for which it was uploaded.
        data: its bytes as uploaded, in chunks.
        uploaded_at: when it was uploaded, which a repeat finds the same.
    """
    found: list[Asked] = []
    try:
        lines = text_lines(data, MOST_FILE_BYTES)
        for raw in limited(csv_rows(lines, UnknownColumns(), ORDERS), MOST_LINES):
            found.append(asked(raw, batch, uploaded_at))  # noqa: PERF401 - whether any came before an error counts
    except ManifestError as error:
        problems = (error.problem, *([Problem(Code.NOTHING_ORDERED)] if found else []))
        return [Asked(OrderLine(line=error.line, order="", reference="", until=""), None, "", problems)]
    return _without_slips(found)


def asked(raw: RawRow, batch: Batch, uploaded_at: datetime) -> Asked:
    """What a line asks for, as far as that can be said without other lines and without the batch's rows."""
    values = raw.values
    written = OrderLine(
        line=raw.line,
        order=values.get("order", "")[:MOST_CHARACTERS],
        reference=values.get("reference", "")[:MOST_CHARACTERS],
        until=values.get("until", "")[:MOST_CHARACTERS],
    )
    order = choices.ORDER.get(choices.word(values.get("order", "")))
    problems = [*raw.problems]
    until = ""
    if not problems:
        problems += _order_problems(values, order)
        until = _until(values, order, batch, uploaded_at, problems)
    if problems:
        return Asked(written, None, "", tuple(problems), raw.headings)
    return Asked(written, order, until, (), raw.headings)


def _order_problems(values: Mapping[str, str], order: Order | None) -> Iterator[Problem]:
    """What is wrong with an order and its reference."""
    if order is None:
        is_there = "order" in values
        yield Problem(Code.CHOICE_UNKNOWN, "order", {"choices": _CHOICES}) if is_there else _missing("order")
    elif order in OF_BATCHES:
        if "reference" in values:
            yield Problem(Code.REFERENCE_NOT_TAKEN, "reference", {"order": order})
    elif "reference" not in values and order not in OF_BOTH:
        yield _missing("reference")
    if len(values.get("reference", "")) > MOST_CHARACTERS:
        yield Problem(Code.VALUE_TOO_LONG, "reference", {"limit": MOST_CHARACTERS})


def _until(
    values: Mapping[str, str], order: Order | None, batch: Batch, uploaded_at: datetime, problems: list[Problem]
) -> str:
    """Until when a letter is to be held; what is wrong with that is added to `problems`."""
    if order is not Order.EXTEND:
        if order and "until" in values:
            problems.append(Problem(Code.UNTIL_NOT_TAKEN, "until", {"order": order}))
        return ""
    if "until" not in values:
        problems.append(_missing("until"))
        return ""
    until = time_of(values, "until", ZONES[batch.sender.country], problems)
    if until:
        latest = batch.accepted_at + timedelta(days=MOST_HOLD_DAYS)
        if from_text(until) <= uploaded_at:
            problems.append(Problem(Code.UNTIL_NOT_AHEAD, "until"))
        if from_text(until) > latest:
            problems.append(Problem(Code.UNTIL_TOO_LATE, "until", {"latest": local_time(latest, batch.sender.country)}))
    return until


def _missing(column: str) -> Problem:
    return Problem(Code.VALUE_MISSING, column)


def _without_slips(found: list[Asked]) -> list[Asked]:
    """The lines, in which a recall of all is refused where others name letters: there a reference was forgotten."""
    if not any(one.written.reference for one in found):
        return found
    slip = Problem(Code.RECALL_OF_ALL_AMONG_OTHERS, "reference")
    return [one.refused(slip) if one.order in OF_BOTH and not one.reference else one for one in found]


class _Named(Struct, frozen=True):
    """What is asked of a line of the row file."""

    kind: str = msgspec.field(name=RefusedRow.__struct_config__.tag_field)
    row: int
    reference: str


_named: Final = msgspec.json.Decoder(_Named).decode


class LetterRows:
    """The rows of the letters that an order file names."""

    def __init__(self, found: Iterable[Asked]) -> None:
        self._wanted = frozenset(one.reference for one in found if one.reference)
        self._rows: dict[str, int] = {}

    def noting(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines of a row file as they go by."""
        for line in lines:
            if self._wanted:
                named = _named(line)
                if named.reference in self._wanted:
                    self._note(named)
            yield line

    def _note(self, named: _Named) -> None:
        # Of several rows with one reference, one at the most was accepted.
        if named.kind != RefusedRow.__struct_config__.tag:
            self._rows[named.reference] = named.row
        else:
            self._rows.setdefault(named.reference, 0)

    def placed(self, one: Asked) -> Asked:
        """A line with its letter's row, or refused because there is no such letter."""
        if not one.reference:
            return one
        row = self._rows.get(one.reference)
        if row is None:
            return one.refused(Problem(Code.REFERENCE_UNKNOWN, "reference"))
        if row == 0:
            return one.refused(Problem(Code.REFERENCE_OF_REFUSED_ROW, "reference"))
        return Asked(structs.replace(one.written, row=row), one.order, one.until, (), one.headings)
