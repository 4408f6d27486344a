"""What a sender sees of a check in the terminal."""

from typing import Final

from rich.table import Table
from rich.text import Text

from brevdue import terminal
from brevdue.desk.checking import Report
from brevdue.terminal import console, counted

_CONSEQUENCES: Final = {
    "none": "Check-in takes all rows.",
    "rows_refused": "Sent as it is, the rows with errors come back, and the others are sent.",
    "batch_refused": "Sent as it is, the whole batch is refused.",
    "awaits_approval": "Sent as it is, the whole batch waits until you approve or cancel it.",
}


def report(found: Report, name: str, *, guess: str = "") -> None:
    """Print what a check found.

    Args:
        found: by the check.
        name: of the folder.
        guess: the regime that the rows looked like, where nobody said whose they are.
    """
    page = console()
    size = f"{found.document_bytes / 1_000_000:,.1f} MB"
    page.print(f"{name}: {counted(found.rows, 'row')}, {counted(found.documents, 'document')} ({size})")
    if guess:
        page.print(f"Read as of a sender under {guess}, with the default settings: name yours with --sender.")
    for heading, nearest in found.unknown_columns:
        hint = f"; did you mean {nearest}?" if nearest else ""
        page.print(f"warning: the column “{heading}” is not known and not used{hint}", style="yellow")
    if found.unused:
        more = ", …" if found.unused > len(found.first_unused) else ""
        names = ", ".join(found.first_unused)
        page.print(f"warning: no row names {counted(found.unused, 'PDF')}: {names}{more}", style="yellow")
    if found.is_good:
        page.print("No errors.", style="green")
        return
    page.print(_errors(found))
    if sum(found.kinds.values()) > len(found.first):
        page.print(_kinds(found))
    page.print(f"{found.refused:,} of {counted(found.rows, 'row')} with errors." if found.rows else "Nothing was read.")
    if found.refused_late:
        later = f"{found.refused_late:,} of them would pass check-in and fail later."
        page.print(f"{_CONSEQUENCES[found.consequence]} {later}")
    else:
        page.print(_CONSEQUENCES[found.consequence])
    if found.to_correct:
        page.print(f"They are in {found.to_correct}, and beside it as .xlsx, with what to do.", soft_wrap=True)


def _errors(found: Report) -> Table:
    table = terminal.table(">row", ">line", "column", "what is wrong", "what to do")
    for error in found.first:
        table.add_row(_place(error.row), _place(error.line), error.column, error.message, Text(error.remedy, "cyan"))
    return table


def _kinds(found: Report) -> Table:
    table = terminal.table(">errors", "kind")
    for code, count in found.kinds.items():
        table.add_row(f"{count:,}", code)
    table.add_section()
    table.add_row(f"{sum(found.kinds.values()):,}", f"in all, of which {len(found.first)} are shown")
    return table


def _place(number: int) -> str:
    return f"{number:,}" if number else "·"
