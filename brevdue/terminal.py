"""What all that people see in the terminal shares: its width, and how statuses of letters are shown."""

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from postal.status import Status

_WIDTH: Final = 100
#: How many characters the longest bar has.
BAR: Final = 14

#: In the order in which they are shown; what went well comes first.
COLOURS: Final = {
    Status.OPENED: "green",
    Status.DELIVERED: "bright_green",
    Status.NOTICE_FAILED: "dark_olive_green3",
    Status.IN_TRANSIT: "cyan",
    Status.WAITING: "cyan",
    Status.HELD: "yellow",
    Status.TO_PRINT: "blue",
    Status.PRINTED: "blue",
    Status.RETURNED: "magenta",
    Status.EXPIRED: "magenta",
    Status.RECALLED: "magenta",
    Status.STOPPED: "grey62",
    Status.REJECTED: "red",
    Status.FAILED: "bright_red",
}

MEANINGS: Final = {
    Status.OPENED: "opened by its recipient",
    Status.DELIVERED: "in the mailbox, recipient told",
    Status.NOTICE_FAILED: "in the mailbox, no notice got through",
    Status.IN_TRANSIT: "handed over, not confirmed yet",
    Status.WAITING: "not sorted yet",
    Status.HELD: "kept for the sender until the recipient signs up",
    Status.TO_PRINT: "waits for the next print job",
    Status.PRINTED: "printed and posted",
    Status.RETURNED: "came back from its address",
    Status.EXPIRED: "not sent: its hold ended, or the recipient declined the sender",
    Status.STOPPED: "recipient can no longer receive post",
    Status.REJECTED: "sent back to be corrected",
    Status.FAILED: "refused; the sender has to find another way",
}


def console(*, stderr: bool = False) -> Console:
    """A console of a comfortable width, also where there is no terminal; text is text, whoever wrote it."""
    found = Console(stderr=stderr, highlight=False, markup=False)
    width = min(found.width, _WIDTH) if found.is_terminal else _WIDTH
    return Console(stderr=stderr, highlight=False, markup=False, width=width)


def bar(share: float, colour: str) -> Text:
    """A bar of at least one step, and the share in percent."""
    steps = max(1, round(share * BAR * 8))
    full, rest = divmod(steps, 8)
    drawn = "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")
    return Text.assemble((f"{share:4.0%} ", "grey62"), (drawn, colour))


def name(status: Status) -> str:
    """A status in words."""
    return status.value.replace("_", " ")


def table(*columns: str) -> Table:
    """A table; the columns with `>` are numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="grey62")
    for column in columns:
        is_number = column.startswith(">")
        made.add_column(column.removeprefix(">"), justify="right" if is_number else "left", overflow="fold")
    return made


def counted(number: int, thing: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
