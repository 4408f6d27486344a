"""What people see in the terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from brevdue import terminal
from brevdue.outcome import Cells, Effect, Outcome, Refusal, SenderOutcome
from brevdue.stages import Stage
from brevdue.up import Address
from postal.channels import Channel
from postal.status import Status

_MOST_REFUSALS: Final = 6

_CHANNELS: Final = {
    Channel.ALTINN.value: "Altinn",
    Channel.DIGIPOST.value: "Digipost",
    Channel.EBOKS.value: "e-Boks",
    Channel.DIGITAL_POST.value: "Digital Post",
    Channel.PRINT.value: "paper",
    "": "none",
}
_DELIVERED: Final = frozenset({Status.OPENED, Status.DELIVERED, Status.NOTICE_FAILED})


class Screen:
    """Shows progress bars while a run goes on."""

    def __init__(self, progress: Progress) -> None:
        """Use `watching`."""
        self._progress = progress
        self._tasks: dict[Stage, TaskID] = {}
        self._totals: dict[Stage, int] = {}
        self._note = progress.add_task("", total=None, bar=False)

    @classmethod
    @contextmanager
    def watching(cls) -> Iterator[Self]:
        """On standard error, until the context ends."""
        columns = (
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}", style="bold"),
            BarColumn(bar_width=36, complete_style="cyan", finished_style="green"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=terminal.console(stderr=True)) as progress:
            screen = cls(progress)
            yield screen
            progress.remove_task(screen._note)

    def expect(self, stage: Stage, total: int) -> None:
        """See Watch."""
        self._totals[stage] = total
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage.value, total=total)
        self._progress.update(self._tasks[stage], total=total)

    def reached(self, stage: Stage, count: int) -> None:
        """See Watch."""
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], completed=min(count, self._totals[stage]))

    def note(self, text: str) -> None:
        """See Watch."""
        self._progress.update(self._note, description=text)


def outcome(found: Outcome) -> RenderableType:
    """A run as a page of tables."""
    parts: list[RenderableType] = []
    for sender in found.senders:
        parts += ["", _heading(sender), _statuses(sender)]
        if sender.refusals:
            parts.append(_refusals(sender.refusals))
    if found.effects:
        parts += ["", _effects(found.effects)]
    parts += ["", _legend(found.senders), "", _facts(found), "", _next_steps(found)]
    problems = found.problems()
    if problems:
        text = Text("\n".join(f"✗ {problem}" for problem in problems))
        parts += ["", Panel(text, title="This should not be", border_style="red", title_align="left")]
    return Group(*parts)


def _heading(sender: SenderOutcome) -> RenderableType:
    count = f"{sender.rows:,} letters in, {sender.receipts:,} receipts back"
    return Rule(Text.assemble((sender.name, "bold"), f"  {sender.batch}  ", (count, "cyan")), align="left")


def _statuses(sender: SenderOutcome) -> RenderableType:
    """Letters by status and channel, with a bar for each status."""
    channels = [channel for channel in _CHANNELS if any(key[1] == channel for key in sender.cells)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False, header_style="grey62")
    table.add_column("status", no_wrap=True)
    for channel in channels:
        table.add_column(_CHANNELS[channel], justify="right")
    table.add_column("letters", justify="right", style="bold")
    table.add_column("", width=terminal.BAR + 5, no_wrap=True)
    for status, colour in terminal.COLOURS.items():
        total = sender.statuses.get(status, 0)
        if total:
            counts = [_number(sender.cells[status, channel]) for channel in channels]
            bar = terminal.bar(total / max(sender.receipts, 1), colour)
            table.add_row(Text.assemble(("● ", colour), terminal.name(status)), *counts, f"{total:,}", bar)
    sums = [_number(sum(n for key, n in sender.cells.items() if key[1] == channel)) for channel in channels]
    table.add_section()
    table.add_row("all", *sums, f"{sender.receipts:,}", style="bold")
    return table


def _legend(senders: Sequence[SenderOutcome]) -> RenderableType:
    """What the statuses that occur mean."""
    legend = _grid()
    for status, colour in terminal.COLOURS.items():
        if status in terminal.MEANINGS and any(sender.statuses.get(status) for sender in senders):
            legend.add_row(Text(terminal.name(status), colour), terminal.MEANINGS[status])
    return Group(Rule("What it means", align="left"), legend)


def _refusals(refusals: Sequence[Refusal]) -> RenderableType:
    """Why rows were refused, as their sender reads it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, header_style="grey62")
    table.add_column("rows", justify="right", style="red")
    table.add_column("refused because", no_wrap=True)
    table.add_column("the sender reads", style="grey62", ratio=1, no_wrap=True, overflow="ellipsis")
    # One more line says no less than that there is one more.
    most = _MOST_REFUSALS if len(refusals) > _MOST_REFUSALS + 1 else len(refusals)
    for refusal in refusals[:most]:
        table.add_row(f"{refusal.rows:,}", refusal.code, refusal.text)
    rest = refusals[most:]
    if rest:
        table.add_row(f"{sum(one.rows for one in rest):,}", "…", f"{len(rest)} more reasons, in to_correct.csv")
    return table


def _effects(effects: Sequence[Effect]) -> RenderableType:
    """What happened in the register, and what came of it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False, header_style="grey62")
    table.add_column("the next morning", no_wrap=True)
    table.add_column("letters until then", style="grey62")
    table.add_column("after that", style="cyan")
    for effect in effects:
        table.add_row(
            effect.what, _places(effect.before), f"{'next: ' if effect.is_next else ''}{_places(effect.after)}"
        )
    return Group(Rule("What changed in the register", align="left"), table)


def _places(cells: Cells) -> str:
    """Where letters are, in words: the most first."""
    places: Counter[str] = Counter()
    for (status, channel), count in cells.items():
        places[_place(status, channel)] += count
    return ", ".join(f"{count:,} {place}" for place, count in places.most_common())


def _place(status: str, channel: str) -> str:
    if channel == Channel.PRINT:
        return "on paper"
    if status in _DELIVERED:
        return f"in {_CHANNELS[channel]}"
    return status.replace("_", " ")


def _facts(found: Outcome) -> RenderableType:
    letters = sum(sender.receipts for sender in found.senders)
    laps = "  ".join(f"{name} {seconds:.1f}" for name, seconds in found.laps.items())
    handled = "  ".join(f"{name} {count:,}" for name, count in found.handled.items() if count)
    facts = _grid()
    facts.add_row("time", Text.assemble((f"{found.seconds:.1f} s", "bold"), f" for {letters:,} letters ({laps})"))
    facts.add_row("messages", handled)
    facts.add_row("memory", f"{found.ingest_peak_mb:.0f} MiB at most in ingest, measured in its own process")
    dead = sum(found.dead_letters.values())
    facts.add_row("dead letters", Text(f"{dead}", style="bold red" if dead else "green"))
    return Group(Rule("The run", align="left"), facts)


def _next_steps(found: Outcome) -> RenderableType:
    first = found.senders[0]
    steps = _grid()
    steps.add_row("what went in", f"{found.folder}/inbox/")
    for sender in found.senders:
        steps.add_row("receipt lists", f"{sender.folder}/")
    steps.add_row("open first", f"{first.folder}/report.html, in a browser, and receipts.csv, in a spreadsheet")
    steps.add_row("to correct", f"{first.folder}/to_correct.csv, and upload it as a new batch")
    for folder, job in found.print_jobs.items():
        size = f"{terminal.counted(job.letters, 'letter')} on {terminal.counted(job.sheets, 'sheet')}"
        steps.add_row("print job", f"{found.folder}/{folder}job.csv, {size}")
    steps.add_row("by hand", "brevdue up --sample, then brevdue send, or any S3 client")
    return Group(Rule("Look at", align="left"), steps)


def show_address(found: Address) -> None:
    """Print how to use a post office that is being served, with lines to copy that are never wrapped."""
    page = terminal.console()
    grid = _grid()
    grid.add_row("endpoint", Text(found.endpoint, style="bold"))
    grid.add_row("bucket", found.bucket)
    grid.add_row("region", found.region)
    grid.add_row("credentials", "any will do")
    page.print(Rule("Brevdue is up; Ctrl-C ends it, and all its data with it", align="left"), grid, "")
    batch = found.batches[0] if found.batches else "./inbox/SENDER/BATCH"
    root, _, name = batch.rpartition("inbox/")
    sender, _, id_ = name.partition("/")
    bucket = f"s3://{found.bucket}"
    for title, lines in (
        (
            "Once in each shell",
            (
                f"export AWS_ENDPOINT_URL={found.endpoint} AWS_DEFAULT_REGION={found.region}",
                f"export AWS_ACCESS_KEY_ID={found.access_key_id} AWS_SECRET_ACCESS_KEY={found.secret_access_key}",
            ),
        ),
        (
            "Check a batch and send it, watch it, and fetch its lists",
            (
                f"brevdue send {batch} --with-errors --sender {sender}",
                f"brevdue watch {id_} --sender {sender}",
                f"brevdue receipts {id_} --sender {sender}",
            ),
        ),
        (
            "The same with another client: the documents first, the manifest last",
            (
                f"aws s3 cp --recursive {batch}/documents {bucket}/inbox/{name}/documents",
                f"aws s3 cp {batch}/manifest.csv {bucket}/inbox/{name}/",
                f"aws s3 cp --recursive {bucket}/receipts/{name} receipts",
            ),
        ),
        (
            "The same in Python",
            (
                "import boto3, pathlib",
                "s3 = boto3.client('s3')",
                f"for file in sorted(pathlib.Path('{batch}').rglob('*.*')):",
                f"    s3.upload_file(str(file), '{found.bucket}', file.relative_to('{root or '.'}').as_posix())",
                f"s3.download_file('{found.bucket}', 'receipts/{name}/receipts.csv', 'receipts.csv')",
            ),
        ),
    ):
        page.print(Text(f"# {title}", "grey62"))
        for line in lines:
            page.print(Text(line), soft_wrap=True)
        page.print()
    for other in found.batches[1:]:
        page.print(Text(f"Another batch to upload: {other}"), soft_wrap=True)
    if found.batches:
        page.print("Mailboxes answer in seconds, people open within three minutes, lists follow each minute.")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="grey62", justify="right", min_width=13, no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _number(count: int) -> str:
    return f"{count:,}" if count else "·"
