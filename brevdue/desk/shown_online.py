"""What a sender sees of its batches in the terminal."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from brevdue import terminal
from brevdue.desk.watching import Ending
from brevdue.terminal import console
from postal import corrections
from postal.batches import BatchState
from postal.keys import SUMMARY_NAME
from postal.orders import Answer
from postal.status import Status

if TYPE_CHECKING:
    from brevdue.desk.fetching import Fetched
    from brevdue.desk.ordering import Ordered
    from brevdue.desk.summaries import BatchSummary
    from brevdue.desk.uploading import Sent
    from brevdue.desk.watching import Wait, Watched
    from ingest.errors import Finding

_MEGABYTE: Final = 1_000_000
#: What the files are, by a beginning of their names.
_FILES: Final = (
    ("receipts.csv", "every letter, for a spreadsheet"),
    ("receipts.jsonl", "every letter, for programs"),
    ("changes-", "what a list changed in the one before"),
    (corrections.NAME, "refused rows: correct them, and send them as a new batch"),
    ("held.csv", "letters that are held for you"),
    ("no_reaction.csv", "letters to which nobody responded in time"),
    ("orders.csv", "what became of your orders"),
    ("report.html", "the batch on one page"),
    (SUMMARY_NAME, "the batch in numbers"),
    ("refused-", "why a manifest was refused"),
    ("repeated-", "a manifest came again, and changed nothing"),
    ("orders-refused-", "why an order file was refused"),
)
_ENDINGS: Final = {
    Ending.NOT_SENT: "nothing was sent as {batch}: see `brevdue send --help`",
    Ending.REFUSED: "the whole batch was refused: correct it and send it again",
    Ending.CANCELLED: "it was cancelled, and nothing of it is sent",
    Ending.SETTLED: "every letter is answered for",
    Ending.NEUTRAL: (
        "your receipts are neutral: they tell that letters are taken in, and later what went on paper or comes back, "
        "but not where letters are. So there is no more to watch"
    ),
    Ending.WAITS: "nothing is on its way any more; what lies unopened may still be opened, or go on paper",
}
_CHANGES: Final = re.compile(r"changes-\d+\.csv")
_ANSWER_COLOURS: Final[Mapping[Answer, str]] = {
    Answer.DONE: "green",
    Answer.ACCEPTED: "green",
    Answer.WAITING: "cyan",
    Answer.TOO_LATE: "yellow",
    Answer.NOT_HELD: "yellow",
    Answer.REFUSED: "red",
}


# --- send ---


def sent(found: "Sent") -> None:
    """Print what was sent, and what comes next."""
    page = console()
    new = found.uploaded
    documents = terminal.counted(new.documents, "document")
    if found.outcome == "already_sent":
        page.print(f"{found.batch} was already sent{f'; {documents} added' if new.documents else ''}")
    elif found.report is not None:
        there = found.report.documents - new.documents
        before = f" ({there:,} lay there already)" if there else ""
        size = f"{new.bytes / _MEGABYTE:,.1f} MB"
        rows = terminal.counted(found.report.rows, "row")
        page.print(f"{found.batch} is sent: {rows}, {documents}{before}, {size}", soft_wrap=True)
        if found.report.refused:
            they = "1 of them has" if found.report.refused == 1 else f"{found.report.refused:,} of them have"
            page.print(f"{they} errors, and will reach nobody", style="yellow")
    _next(f"brevdue watch {found.batch} --sender {found.sender}")


def errors(found: Sequence["Finding"]) -> None:
    """Print why check-in refused something."""
    table = terminal.table(">line", "column", "what is wrong", "what to do")
    for error in found:
        line = f"{error.line:,}" if error.line else "·"
        table.add_row(line, error.column, error.message, Text(error.remedy, "cyan"))
    console().print(table)


# --- watch ---


@contextmanager
def watching(batch: str) -> Iterator[Callable[["BatchSummary | None"], None]]:
    """Shows a batch on standard error as it moves, where that is a terminal, until the context ends."""
    page = console(stderr=True)
    if not page.is_terminal:
        yield lambda _summary: None
        return
    with Live(console=page, transient=True, refresh_per_second=4) as live:
        yield lambda summary: live.update(_moving(batch, summary))


def watched(found: "Watched", sender: str, batch: str) -> None:
    """Print how watching ended, and what comes next."""
    page = console()
    if found.summary is not None:
        page.print(_batch(batch, found.summary))
    for sentence in _sentences(found, batch):
        page.print(sentence, soft_wrap=True)
    if found.ending is Ending.REFUSED and found.summary is not None:
        errors(found.summary.errors)
    elif found.ending is Ending.AWAITING_APPROVAL:
        _next(
            f"brevdue order {batch} approve --sender {sender}",
            f"brevdue order {batch} cancel --sender {sender}",
        )
    elif found.summary is not None and found.summary.number:
        _next(f"brevdue receipts {batch} --sender {sender}")


def _moving(batch: str, summary: "BatchSummary | None") -> RenderableType:
    if summary is None:
        return Text(f"{batch} waits for check-in", "cyan")
    if summary.state is BatchState.WAITING_FOR_DOCUMENTS:
        return Text(f"{batch}: {_missing(summary)}", "yellow")
    return _batch(batch, summary)


def _batch(batch: str, summary: "BatchSummary") -> RenderableType:
    """A batch in numbers: its letters by status, with a bar for each."""
    state = summary.state.value.replace("_", " ")
    rows = f", {terminal.counted(summary.rows, 'row')}" if summary.rows else ""
    listed = f", list {summary.number} of {summary.written_at}" if summary.number else ""
    parts: list[RenderableType] = [Text.assemble((batch, "bold"), f"  {state}{rows}{listed}")]
    if summary.statuses:
        parts.append(_statuses(summary.statuses))
    if summary.refused_rows:
        there = "they are in" if summary.number else "they come back in"
        text = f"{summary.refused_rows:,} refused: {there} {corrections.NAME}, to be corrected and sent as a new batch"
        parts.append(Text(text, "red"))
    return Group(*parts)


def _statuses(counts: Mapping[str, int]) -> RenderableType:
    table = terminal.table("status", ">letters", "", "")
    total = sum(counts.values())
    for status, colour in terminal.COLOURS.items():
        count = counts.get(status, 0)
        if count:
            name = Text.assemble(("● ", colour), terminal.name(status))
            table.add_row(name, f"{count:,}", terminal.bar(count / total, colour), terminal.MEANINGS.get(status, ""))
    return table


def _sentences(found: "Watched", batch: str) -> Iterator[str]:
    """What the end means."""
    summary = found.summary
    match found.ending:
        case Ending.TIMEOUT:
            yield f"the time is over; {_unfinished(summary)}"
        case Ending.AWAITING_APPROVAL if summary is not None:
            yield summary.text or (
                f"{summary.refused_rows:,} of {summary.rows:,} rows have errors, which is more than you let pass: "
                "nothing is sent before you approve or cancel the batch"
            )
        case Ending.WAITS if found.waits:
            yield from (_wait(wait) for wait in found.waits)
        case ending:
            yield _ENDINGS[ending].format(batch=batch)


def _unfinished(summary: "BatchSummary | None") -> str:
    """What was still to come when the time was over."""
    if summary is None:
        return "the batch still waits for check-in, which answers only who is admitted as a sender"
    if summary.state is BatchState.WAITING_FOR_DOCUMENTS:
        return _missing(summary)
    return "letters are still on their way"


def _missing(summary: "BatchSummary") -> str:
    names = ", ".join(summary.missing_documents)
    return (
        f"{summary.letters_waiting:,} letters wait until {summary.waits_until} for documents: {names}. "
        "`brevdue send` uploads what is missing"
    )


def _wait(wait: "Wait") -> str:
    what = {
        Status.HELD: "held until their recipients sign up",
        Status.TO_PRINT: "for the next print job",
        Status.WAITING: "waiting for the date that you chose",
    }[wait.status]
    when = f", until {wait.first}" if wait.first else ""
    later = f" at the earliest and {wait.last} at the latest" if wait.last != wait.first else ""
    return f"{wait.letters:,} {what}{when}{later}"


# --- receipts ---


def fetched(found: "Fetched", batch: str) -> None:
    """Print what lies in the folder now."""
    page = console()
    if found.summary is not None:
        page.print(_batch(batch, found.summary))
    page.print(Text(found.folder, "bold"))
    table = terminal.table("file", "what it is", "")
    changes = [file for file in found.files if _CHANGES.fullmatch(file.name)]
    for file in found.files:
        if file not in changes:
            table.add_row(
                file.name, _what(file.name), "changed here, and left so" if file.came == "kept" else file.came
            )
        elif file is changes[0]:
            name = file.name if len(changes) == 1 else f"{file.name} … {changes[-1].name}"
            new = sum(one.came == "new" for one in changes)
            table.add_row(name, _what(file.name), f"{new:,} new" if new else "unchanged")
    page.print(table)
    for name in found.left_out:
        page.print(f"left out, for its name is none of a file: {name!r}", style="yellow", soft_wrap=True)


def _what(name: str) -> str:
    return next((what for beginning, what in _FILES if name.startswith(beginning)), "")


# --- order ---


def ordered(found: "Ordered", sender: str, batch: str, *, is_waited_for: bool) -> None:
    """Print what was ordered, and the answers."""
    page = console()
    orders = terminal.counted(found.orders, "order")
    page.print(f"{orders} for {batch}, in {found.file}", soft_wrap=True)
    if found.errors:
        page.print("refused as a whole:", style="red")
        errors(found.errors)
    if found.answers:
        table = terminal.table("order", "reference", "until", "answer", ">letters", "")
        for one in found.answers:
            answer = Text(one.answer.replace("_", " "), _ANSWER_COLOURS[one.answer])
            table.add_row(one.order, one.reference, one.until, answer, one.letters, one.text)
        page.print(table)
    if not is_waited_for:
        page.print("the answers come with the next list, in orders.csv")
    elif not found.is_answered:
        page.print("the time is over, and not every order is answered yet; the answers come in orders.csv")
    if not found.is_answered:
        _next(f"brevdue receipts {batch} --sender {sender}")


def _next(*commands: str) -> None:
    """Print what can be typed next, in lines that are never wrapped."""
    page = console()
    for command in commands:
        page.print(Text.assemble(("next: ", "grey62"), command), soft_wrap=True)
