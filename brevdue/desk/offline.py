"""The sender's commands that need no post office: they read and write files."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from brevdue.options import Bucket, EndpointUrl, Json, Profile, Region, Stack, complain, print_json, reaching

# What a command needs is imported in it: openpyxl alone takes a while.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from brevdue.desk.checking import Checked
    from brevdue.desk.columns import Column

_Regime = Literal["no_public", "dk_private", "dk_public"]
_Language = Literal["en", "da", "nb"]


def template(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="A new .xlsx or .csv file.")],
    *,
    regime: Annotated[_Regime, typer.Option("--regime", help="Of the sender who fills it in.")],
    language: Annotated[
        _Language | None,
        typer.Option("--language", help="Of headings and explanations; that of the regime's country by default."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a sheet to fill in, with the columns that a sender of a regime needs, and explain them.

    Two example letters in it are to be replaced. An .xlsx explains the columns
    on a second sheet, offers the words to choose from, and keeps leading zeros.
    """
    from brevdue.desk import columns as model  # noqa: PLC0415 - see above
    from brevdue.desk import templates  # noqa: PLC0415
    from postal.senders import COUNTRY, Regime  # noqa: PLC0415

    make = templates.MAKERS.get(file.suffix.lower())
    if make is None:
        raise typer.BadParameter(
            f"{file.name} is none of {', '.join(f'*{suffix}' for suffix in templates.MAKERS)}", param_hint="FILE"
        )
    language = language or model.LANGUAGE_OF[COUNTRY[Regime(regime)]]
    data = make(Regime(regime), language)
    try:
        with file.open("wb" if force else "xb") as target:
            target.write(data)
    except FileExistsError as error:
        raise typer.BadParameter(f"{file} is there already: --force writes over it", param_hint="FILE") from error
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror or error}", param_hint="FILE") from error
    columns = model.columns(Regime(regime), language)
    if as_json:
        print_json({"file": str(file), "columns": [one.as_json() for one in columns]})
        return
    typer.echo(f"{file}: {len(columns)} columns, and two example letters to be replaced")
    _explain(columns, language)
    if file.suffix.lower() == ".csv":
        typer.echo("Spreadsheets drop leading zeros when they open a .csv: import its columns as text, or take .xlsx.")


def check(  # noqa: PLR0913 - the options of a command
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With the manifest or an .xlsx, and documents.")],
    *,
    sender: Annotated[
        str,
        typer.Option(
            "--sender",
            metavar="FILE|NAME",
            envvar="BREVDUE_SENDER",
            help="The sender's YAML file; or its id, and its settings are asked of the post office.",
        ),
    ] = "",
    bucket: Bucket = "",
    endpoint_url: EndpointUrl = "",
    profile: Profile = "",
    region: Region = "",
    stack: Stack = "brevdue",
    as_json: Json = False,
) -> None:
    """Check a batch before it is sent: its rows as check-in does, its PDFs as print does.

    Nothing is sent. The first 20 errors are shown; all rows with errors go to
    to_correct.csv in the folder. Without --sender they are read as of somebody
    with the default settings. Ends with 1 if there are errors.
    """
    from brevdue.desk import checking, guessing, sender_files, shown  # noqa: PLC0415 - see above
    from brevdue.desk.folders import FolderError, open_folder  # noqa: PLC0415
    from brevdue.desk.progress import bars  # noqa: PLC0415
    from cloud import clock  # noqa: PLC0415

    def asked(key: str) -> bytes | None:
        from brevdue import remote  # noqa: PLC0415 - see above
        from brevdue.desk import connection  # noqa: PLC0415

        where = remote.Where(endpoint_url=endpoint_url, profile=profile, region=region, stack=stack)
        with reaching(where):
            found = connection.connect(where, bucket).read(key)
        return found.data if found else None

    try:
        with open_folder(folder) as batch:
            by = sender_files.load(sender, asked) if sender else guessing.somebody(batch)
            with ExitStack() as until_shown:
                with bars() as waiting:
                    checked = until_shown.enter_context(checking.check(batch, by, clock.now(), waiting))
                found = checked.report
                if as_json:
                    _print_errors(checked)
                else:
                    shown.report(found, folder.resolve().name, guess="" if sender else by.regime)
    except FolderError as error:
        raise typer.BadParameter(str(error), param_hint="FOLDER") from error
    except sender_files.SenderError as error:
        raise typer.BadParameter(str(error), param_hint="--sender") from error
    except OSError as error:
        complain(f"{error.filename or folder} cannot be read: {error.strerror or error}")
        raise typer.Exit(1) from error
    if not found.is_good:
        raise typer.Exit(1)


def _print_errors(checked: "Checked") -> None:
    """Print a check as one JSON object, error by error, for there may be many."""
    from msgspec import json  # noqa: PLC0415 - see above
    from msgspec.structs import asdict  # noqa: PLC0415

    from brevdue import memory  # noqa: PLC0415

    known = asdict(checked.report)
    del known["first"]
    typer.echo(json.encode(known)[:-1] + b', "errors": [', nl=False)
    for number, error in enumerate(checked.errors()):
        typer.echo((b", " if number else b"") + json.encode(error), nl=False)
    typer.echo(f'], "peak_mb": {memory.peak_mb():.1f}}}')


def add_to(app: typer.Typer) -> None:
    """Give an app the commands."""
    app.command(epilog="Example: brevdue template letters.xlsx --regime no_public")(template)
    app.command(epilog="Example: brevdue check november-2026 --sender nordvik-kommune.yaml")(check)


def _explain(columns: "Sequence[Column]", language: _Language) -> None:
    """Print what each column takes."""
    from rich import box  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415

    from brevdue import terminal  # noqa: PLC0415
    from brevdue.desk import columns as model  # noqa: PLC0415
    from brevdue.desk import templates  # noqa: PLC0415

    heading, needed, meaning, _, example = templates.headings(language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="grey62")
    table.add_column(heading, no_wrap=True)
    table.add_column(needed, width=13)
    table.add_column(meaning)
    table.add_column(example, width=21, overflow="fold")
    for one in columns:
        table.add_row(one.heading, one.needed.called(language), f"{one.meaning} {one.written_as}", one.example)
    page = terminal.console()
    page.print(table)
    for need in model.needs(columns):
        page.print(f"{need.called(language)}: {need.explained(language)}")
