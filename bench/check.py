"""What `brevdue check` holds in memory does not grow with the batch.

`python -m bench.check` checks a small and a large batch on disk, each letter with a PDF
of its own and two in a hundred with errors, and compares the peaks that the command tells.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from brevdue.sample import forms, numbers, pdf
from postal.cells import BYTE_ORDER_MARK

#: The large batch may need so many times what the small one needs.
MOST: Final = 1.1
_COLUMNS: Final = "reference;recipient;title;document;name;address_1;postal_code;city\r\n"
#: One row in so many has no title.
_BAD: Final = 50


def write(folder: Path, rows: int) -> None:
    """Write a batch."""
    documents = folder / "documents"
    documents.mkdir(parents=True)
    ((kind, _), *_) = forms.NORWEGIAN
    data = pdf.fill(kind.form, ("Kari Eksempel", "Storgata 1", "9993 NORDVIK"), "F-1")
    recipient = numbers.fnr(1, 1)
    with (folder / "manifest.csv").open("wb") as manifest:
        manifest.write(BYTE_ORDER_MARK + _COLUMNS.encode())
        for row in range(1, rows + 1):
            (documents / f"{row}.pdf").write_bytes(data)
            title = "Vedtak" if row % _BAD else ""
            manifest.write(f"F-{row};{recipient};{title};{row}.pdf;Kari {row};Storgata {row};9993;Nordvik\r\n".encode())


def checked(folder: Path) -> dict[str, Any]:
    """What the command says of a batch, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "brevdue", "check", str(folder), "--json"], stdout=subprocess.PIPE, check=False
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(
    few: Annotated[int, typer.Option(min=1, help="Rows of the small batch.")] = 10_000,
    many: Annotated[int, typer.Option(min=1, help="Rows of the large batch.")] = 100_000,
) -> None:
    """Compare the peaks of a small and a large batch."""
    peaks: list[float] = []
    for rows in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder, "batch"), rows)
            found = checked(Path(folder, "batch"))
        peaks.append(found["peak_mb"])
        typer.echo(f"{found['rows']:,} rows, {len(found['errors']):,} errors: {found['peak_mb']:.1f} MiB at most")
    ratio = peaks[1] / peaks[0]
    typer.echo(f"{'✓' if ratio <= MOST else '✗'} {ratio:.2f} times as much, of {MOST} at most")
    sys.exit(0 if ratio <= MOST else 1)


if __name__ == "__main__":
    typer.run(main)
