"""What the operator sees in the terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from brevdue import terminal
from brevdue.terminal import console
from postal.times import to_text

if TYPE_CHECKING:
    from brevdue.operate.dead_letters import Look
    from brevdue.operate.senders import Change
    from brevdue.operate.status import NextDue, OpenBatch, QueueState, Report, StuckLetters
    from cloud.outages import Outage
    from postal.senders import Sender

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def time(moment: datetime) -> str:
    """A time as everywhere: UTC."""
    return to_text(moment)


def outage_added(one: "Outage", replaced: "Outage | None") -> None:
    """Say that an outage is recorded."""
    instead = f", instead of one until {time(replaced.end)}" if replaced and replaced.end != one.end else ""
    console().print(f"{one.channel} was down from {time(one.begin)} to {time(one.end)}{instead}", soft_wrap=True)


def outage_removed(one: "Outage") -> None:
    """Say that an outage is forgotten."""
    text = f"forgotten: that {one.channel} was down from {time(one.begin)} to {time(one.end)}"
    console().print(text, soft_wrap=True)


def outages(found: Sequence["Outage"]) -> None:
    """Print outages."""
    if not found:
        console().print("no outages are recorded")
        return
    table = terminal.table("channel", "from", "to", ">lasted")
    for one in found:
        table.add_row(one.channel.value, time(one.begin), time(one.end), _exactly(one.end - one.begin))
    console().print(table)


def report(found: "Report") -> None:
    """Print how a post office is doing."""
    page = console()
    for title, content in _parts(found):
        page.print(Rule(title, align="left"), content, "")


def changes(found: Sequence["Change"]) -> None:
    """Print what putting senders changed."""
    for one in found:
        what = "is new" if one.is_new else f"changed: {', '.join(one.fields)}" if one.fields else "is as it was"
        console().print(f"{one.id} {what}", soft_wrap=True)


def senders(found: Sequence["Sender"]) -> None:
    """Print who is admitted."""
    if not found:
        console().print("no sender is admitted: see `brevdue senders put --help`")
        return
    table = terminal.table("id", "name", "regime", "languages", "receipts", "")
    for one in found:
        state = Text("disabled", "red") if one.disabled else ""
        table.add_row(one.id, one.name, one.regime.value, " ".join(one.languages), one.settings.disclosure, state)
    console().print(table)


def dead_letters(queue: str, look: "Look") -> None:
    """Print what lies in a dead-letter queue."""
    page = console()
    if not look.count:
        page.print(f"{queue} has no dead letters")
        return
    table = terminal.table(">messages", "what", "sender", "batch", "oldest sent")
    for one in look.found:
        table.add_row(f"{one.messages:,}", one.kind.type, one.kind.sender, one.kind.batch, time(one.oldest))
    page.print(Rule(f"{queue}: {look.count:,} dead", align="left"), table)
    if look.looked_at < look.count:
        page.print(f"{look.looked_at:,} of them were looked at")


def _parts(found: "Report") -> Iterator[tuple[str, RenderableType]]:
    yield f"{found.stack} in {found.region}, {time(found.at)}", _queues(found.queues)
    yield "Alarms", _alarms(found.alarms_go_to)
    yield "Stuck letters", _stuck(found.stuck) if found.stuck else "none"
    yield "Next due", _due(found.due, found.at) if found.due else "nothing"
    yield "Open print jobs", _jobs(found) if found.print_jobs else "none"
    if found.batches is not None:
        yield (
            "Open batches, those first whose lists were written last",
            (_batches(found.batches) if found.batches else "none"),
        )


def _alarms(address: str) -> RenderableType:
    return address or Text("NOBODY IS TOLD of alarms: deploy with an AlarmEmail", "bold red")


def _queues(found: Sequence["QueueState"]) -> RenderableType:
    table = terminal.table("queue", ">waiting", ">delayed", ">in flight", ">oldest", ">dead letters")
    for one in found:
        oldest = "·" if one.oldest_seconds is None else _length(timedelta(seconds=one.oldest_seconds))
        dead = Text(f"{one.dead:,}", "bold red") if one.dead else "·"
        table.add_row(one.queue, _number(one.waiting), _number(one.delayed), _number(one.in_flight), oldest, dead)
    return table


def _stuck(found: Sequence["StuckLetters"]) -> RenderableType:
    table = terminal.table("batch", "status", ">letters", "since", "why")
    for one in found:
        status = "not known" if one.status is None else one.status.value.replace("_", " ")
        letters = _number(one.letters)
        table.add_row(f"{one.sender}/{one.batch}", Text(status, "bold red"), letters, time(one.since), one.why)
    return table


def _due(found: Sequence["NextDue"], now: datetime) -> RenderableType:
    table = terminal.table("at", ">in", "what")
    for one in found:
        wait = _length(one.at - now) if one.at >= now else Text(f"{_length(now - one.at)} ago", "yellow")
        table.add_row(time(one.at), wait, _what(one))
    return table


def _what(one: "NextDue") -> str:
    match one.kind:
        case "page":
            return f"page {one.page} of {one.sender}/{one.batch}"
        case "print job":
            return f"print job of {one.printer}"
        case _:
            return f"{one.kind} of {one.sender}/{one.batch}"


def _jobs(found: "Report") -> RenderableType:
    table = terminal.table("printer", "cut-off", "state", ">consignments in hand")
    for one in found.print_jobs:
        table.add_row(one.printer, time(one.cut_off), one.state.value, f"{one.in_hand:,}")
    return table


def _batches(found: Sequence["OpenBatch"]) -> RenderableType:
    table = terminal.table("batch", "state", ">rows", ">refused", "accepted", "letters")
    for one in found:
        letters = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in one.statuses.items())
        state = one.state.value.replace("_", " ")
        table.add_row(one.batch, state, _number(one.rows), _number(one.refused_rows), one.accepted_at, letters)
    return table


def _number(count: int) -> str:
    return f"{count:,}" if count else "·"


def _exactly(span: timedelta) -> str:
    """How long something is, to the minute."""
    days, rest = divmod(span, _DAY)
    hours, rest = divmod(rest, _HOUR)
    return f"{f'{days} d ' if days else ''}{hours} h {rest // _MINUTE} min"


def _length(span: timedelta) -> str:
    """About how long something is, in the unit that suits it."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    return f"{int(span.total_seconds())} s"
