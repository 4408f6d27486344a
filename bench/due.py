"""What the fallback job costs follows what is due, and never what exists.

`python -m bench.due` has letters fall due beside few and beside many that are not,
and compares, call by call, what AWS would do and bill.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from bench.meter import Meter, Operation
from brevdue.connectors import Connectors, Habits
from brevdue.office import Office, opened
from brevdue.sample import forms, numbers, pdf
from brevdue.stack.clock import StackClock
from cloud.chunks import chunks
from cloud.recipients import Recipients
from cloud.senders import Senders
from cloud.table import Table
from postal import keys, register
from postal.channels import Channel
from postal.pages import PAGE_SIZE
from postal.register import ContactChanged, Event, Registered
from postal.senders import Regime, Sender

#: A Wednesday, 10:00 in Oslo. 40 hours of working days later is Friday 02:00; the cut-off of that day is at 17:30.
START: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)
_DEADLINE: Final = datetime(2026, 11, 20, 1, tzinfo=UTC)
_CUT_OFF: Final = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
#: A day later, so that nothing of it is due before Monday.
_LATER: Final = START + timedelta(days=1)

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_YEAR: Final = timedelta(days=365)
#: A print job is closed within this time of its cut-off.
_CLOSED_AFTER: Final = timedelta(minutes=10)

SENDER: Final = Sender(id="fjordvik", name="Fjordvik kommune", regime=Regime.NO_PUBLIC, languages=("nb",))
_DUE_BATCH: Final = "due"
_LATER_BATCH: Final = "later-0000"
_WRITES: Final = 25
#: A Query of each shard of due entries, and one of what is stuck.
_MOST_IDLE_CALLS: Final = len(keys.DUE_PKS) + 1


@dataclass(slots=True)
class Cost:
    """Calls, and the units that AWS bills, by operation."""

    calls: Counter[Operation] = field(default_factory=Counter)
    units: Counter[Operation] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of the job beside so many letters that are not due.

    Attributes:
        cost: of the job: at the deadline, and at the cut-off of the print job.
        idle: of a minute in which nothing was due.
        printed: letters that are in the print job.
    """

    not_due: int
    cost: Cost
    idle: Cost
    printed: int


class Bench:
    """A post office in which letters fall due.

    Args:
        office: deployed; its data are lost.
        due: how many letters.
        page: letters of each page that is not due.
    """

    def __init__(self, office: Office, due: int, page: int = PAGE_SIZE) -> None:
        self._office = office
        self._stack = office.stack
        self._due = due
        self._page = page
        self._dynamodb = office.stack.client("dynamodb")
        self._meter_reads = office.stack.client("dynamodb")

    def run(self, not_due: int) -> Run:
        """Have the letters fall due beside so many that do not, a multiple of a page."""
        self._stack.reset_data(START)
        self._admit()
        self._upload(_DUE_BATCH, 0, self._due, Habits(refused=0, opened=0))
        self._until(_LATER)
        self._upload(_LATER_BATCH, self._due, self._page, Habits(refused=0, opened=0.02))
        self._until(_DEADLINE - 2 * _MINUTE)
        self._copy(not_due // self._page)
        idle = self._measured(_DEADLINE - _MINUTE)
        cost = self._measured(_DEADLINE)
        self._until(_CUT_OFF - _MINUTE)
        self._add(cost, self._measured(_CUT_OFF, _CUT_OFF + _CLOSED_AFTER))
        if self._stack.failures:
            raise self._stack.failures[0].error
        return Run(not_due=not_due, cost=cost, idle=idle, printed=self._printed())

    def _admit(self) -> None:
        Senders(Table(self._dynamodb, self._stack.names["SendersTable"])).put(SENDER)
        known = Recipients(Table(self._dynamodb, self._stack.names["RecipientsTable"]))
        for indexes in chunks(range(self._due + self._page), PAGE_SIZE):
            facts = [register.apply_all({}, _events(index)) for index in indexes]
            known.put_profiles((register.profile(_recipient(i), f), f) for i, f in zip(indexes, facts, strict=True))

    def _upload(self, batch: str, first: int, count: int, habits: Habits) -> None:
        """Upload a batch, and have it delivered."""
        s3, prefix = self._office.s3, f"inbox/{SENDER.id}/{batch}/"
        (form, *_) = forms.SHARED.values()
        document = pdf.fill(form, ("Til alle det gjelder",), batch)
        s3.put_object(Bucket=self._office.bucket, Key=f"{prefix}documents/letter.pdf", Body=document)
        manifest = "".join(json.dumps(_row(index)) + "\n" for index in range(first, first + count))
        s3.put_object(Bucket=self._office.bucket, Key=f"{prefix}manifest.jsonl", Body=manifest.encode())
        self._stack.run()
        Connectors(s3, self._office.bucket, 1, habits).play(self._stack.clock.now())
        self._stack.run()

    def _copy(self, pages: int) -> None:
        """Make the page that is not due into so many, by writing its items again as those of other batches."""
        table = self._stack.names["BatchesTable"]
        of_page = f"{SENDER.id}#{_LATER_BATCH}"
        items = [
            *self._items(table, of_page),
            *self._items(table, f"{of_page}#0"),
            *(item for pk in keys.DUE_PKS for item in self._items(table, pk) if _LATER_BATCH in item["sk"]["S"]),
        ]
        texts = [json.dumps(item) for item in items]
        copies = (
            _in_its_shard(json.loads(text.replace(_LATER_BATCH, f"later-{number:04d}")))
            for number in range(1, pages)
            for text in texts
        )
        for some in chunks(copies, _WRITES):
            self._dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in some]})

    def _items(self, table: str, pk: str) -> list[dict[str, Any]]:
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}}}
        answers = self._dynamodb.get_paginator("query").paginate(TableName=table, **asked)
        return [item for answer in answers for item in answer["Items"]]

    def _until(self, moment: datetime) -> None:
        """Let time pass, hour by hour."""
        while (left := moment - self._stack.clock.now()) > timedelta():
            self._stack.advance(min(_HOUR, left))

    def _measured(self, *moments: datetime) -> Cost:
        """What it costs that these moments come."""
        meter = Meter(self._meter_reads)
        with meter.on():
            for moment in moments:
                self._stack.advance(moment - self._stack.clock.now())
        return Cost(meter.calls, meter.units)

    @staticmethod
    def _add(cost: Cost, more: Cost) -> None:
        cost.calls.update(more.calls)
        cost.units.update(more.units)

    def _printed(self) -> int:
        key = f"{keys.print_folder(SENDER.settings.printer, _CUT_OFF)}job.json"
        body = self._office.s3.get_object(Bucket=self._office.bucket, Key=key)["Body"].read()
        return int(json.loads(body)["letters"])


def _in_its_shard(item: dict[str, Any]) -> dict[str, Any]:
    """An item of a page; a due entry in the shard of what it is about."""
    is_due = item["pk"]["S"] in keys.DUE_PKS
    return {**item, "pk": {"S": keys.due_pk(item["sk"]["S"])}} if is_due else item


def _recipient(index: int) -> str:
    return f"no-fnr:{numbers.fnr(1, index)}"


def _events(index: int) -> list[Event]:
    """What the register knows of a recipient: where to tell, and that Altinn is there."""
    recipient, at = _recipient(index), START - _YEAR
    email = f"{index}@post.example"
    return [
        ContactChanged(recipient=recipient, occurred_at=at, verified_at=at, email=email),
        Registered(recipient=recipient, occurred_at=at, mailbox=Channel.ALTINN),
    ]


def _row(index: int) -> dict[str, str]:
    return {
        "reference": f"ref-{index}",
        "recipient": numbers.fnr(1, index),
        "title": "Endrede renovasjonsgebyrer",
        "document": "letter.pdf",
        "name": "Kari Eksempel",
        "address": "Storgata 1",
        "postal_code": "9993",
        "city": "NORDVIK",
    }


def problems(few: Run, many: Run, due: int) -> Iterator[str]:
    """What should not be."""
    for name in sorted({*few.cost.calls, *many.cost.calls}):
        if few.cost.calls[name] != many.cost.calls[name] or few.cost.units[name] != many.cost.units[name]:
            beside = f"beside {few.not_due:,} and {many.not_due:,} letters"
            yield f"{name.caller} {name.call} does not cost the same {beside}"
    for run in (few, many):
        for name in (*run.cost.calls, *run.idle.calls):
            if name.call.endswith(" Scan"):
                yield f"{name.caller} scans a table"
        if run.idle.calls.total() > _MOST_IDLE_CALLS:
            yield f"{run.idle.calls.total()} calls in a minute in which nothing is due, beside {run.not_due:,} letters"
        if run.printed != due:
            yield f"{run.printed:,} letters went to paper, and not {due:,}"


def _shown(few: Run, many: Run) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in ("function", "call"):
        grid.add_column(f"\n{title}", no_wrap=True)
    for run in (few, many):
        grid.add_column(f"beside {run.not_due:,}\ncalls", justify="right")
        grid.add_column("\nunits", justify="right")
    grid.add_column("difference\ncalls", justify="right")
    grid.add_column("\nunits", justify="right")
    for name in sorted({*few.cost.calls, *many.cost.calls}):
        grid.add_row(name.caller, name.call, *_cells(few, many, name))
    grid.add_section()
    for unit in sorted({name.unit for name in (*few.cost.calls, *many.cost.calls)}):
        names = [name for name in {*few.cost.calls, *many.cost.calls} if name.unit == unit]
        grid.add_row("all", f"{unit} units" if unit != "request" else "requests", *_cells(few, many, *names))
    return grid


def _cells(few: Run, many: Run, *names: Operation) -> Iterator[str]:
    """Calls and units of some operations together, in both runs, and the differences."""
    calls = [sum(run.cost.calls[name] for name in names) for run in (few, many)]
    units = [sum(run.cost.units[name] for name in names) for run in (few, many)]
    for count, billed in zip([*calls, calls[1] - calls[0]], [*units, units[1] - units[0]], strict=True):
        yield f"{count:,}"
        yield f"{billed:,g}"


def main(
    due: Annotated[int, typer.Option(min=1, help="Letters that are due.")] = 1_000,
    few: Annotated[int, typer.Option(min=PAGE_SIZE, help="Letters that are not due, the first time.")] = 10_000,
    many: Annotated[int, typer.Option(min=PAGE_SIZE, help="Letters that are not due, the second time.")] = 1_000_000,
) -> None:
    """Compare what the fallback job costs beside few and beside many letters that are not due."""
    with opened(StackClock(START), log=StringIO()) as office:
        bench = Bench(office, due)
        runs = bench.run(few), bench.run(many)
    console = Console(highlight=False, width=110)
    console.print(
        f"{due:,} letters fall due and go to paper: the job, from the schedule's tick to the closed print job"
    )
    console.print(_shown(*runs))
    for run in runs:
        calls = ", ".join(f"{count} {name.call}" for name, count in run.idle.calls.items())
        console.print(f"a minute in which nothing is due, beside {run.not_due:,} letters: {calls}")
    found = list(problems(*runs, due))
    for problem in found:
        console.print(f"✗ {problem}", style="red")
    if not found:
        console.print("✓ what the job costs does not depend on what is not due, and nothing is scanned")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
