"""The command line: `brevdue`.

Exit codes: 0 all is well, 1 something is wrong with what was found, 2 the command
was not understood.
"""

import json
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import typer

from brevdue.desk import offline, online
from brevdue.operate import commands
from brevdue.proofs import commands as proofs

# What a command needs is imported in it: moto alone takes a second.

#: The smallest demo has one letter for each sender.
_FEWEST: Final = 3
_MOST: Final = 1_000_000

app = typer.Typer(
    name="brevdue",
    help="A digital post office: a batch of letters goes in, every letter comes out, a receipt list comes back.",
    epilog="Begin with: brevdue demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Rows = Annotated[int, typer.Option("--rows", "-n", min=_FEWEST, max=_MOST, help="Letters, of all senders together.")]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed makes another sample; the same, the same.")]
_Folder = Annotated[Path, typer.Option("--folder", "-f", help="Where the files go; an empty or a new folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.")]


def _show_version(value: bool) -> None:  # noqa: FBT001 - as typer calls it
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - see above

        typer.echo(f"brevdue {version('brevdue')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Take the options of no command."""


@app.command(epilog="Example: brevdue demo --rows 5000 --folder /tmp/post")
def demo(
    *,
    rows: _Rows = 1_000,
    seed: _Seed = 1,
    folder: _Folder = Path("demo"),
    as_json: _Json = False,
) -> None:
    """Send sample batches of three senders through the whole post office, and show what became of it.

    The files that went in and the receipt lists that came back stay in the folder.
    Ends with 1 if a letter was lost, a refused row does not say why, or a message died.
    """
    from brevdue import demo as demos  # noqa: PLC0415 - see above
    from brevdue import screen, terminal  # noqa: PLC0415
    from brevdue.folder import StrangeFolderError  # noqa: PLC0415

    try:
        with screen.Screen.watching() as watch:
            outcome = demos.run(rows, seed, folder, watch)
    except StrangeFolderError as error:
        raise typer.BadParameter(str(error), param_hint="--folder") from error
    if as_json:
        typer.echo(json.dumps(outcome.as_json()))
        for problem in outcome.problems():
            typer.echo(problem, err=True)
    else:
        terminal.console().print(screen.outcome(outcome))
    if outcome.problems():
        raise typer.Exit(1)


@app.command(epilog="Example: brevdue up --sample --port 4566")
def up(  # noqa: PLR0913 - the options of a command
    *,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="On loopback; 0 for a free one.")] = 4566,
    sample: Annotated[
        bool, typer.Option("--sample", help="Admit three senders and a register, and write batches.")
    ] = False,
    connectors: Annotated[
        bool, typer.Option("--connectors/--no-connectors", help="Whether mailboxes and printers answer by themselves.")
    ] = True,
    speed: Annotated[
        int, typer.Option("--speed", min=1, max=60, help="How fast its time passes; 60 turns an hour into a minute.")
    ] = 1,
    rows: _Rows = 1_000,
    seed: _Seed = 1,
    folder: _Folder = Path("demo"),
    log: Annotated[Path | None, typer.Option("--log", help="Write there what the functions log.")] = None,
    as_json: _Json = False,
) -> None:
    """Serve the post office on loopback until Ctrl-C or SIGTERM, to any AWS client.

    With --sample, three senders may upload, and their batches lie on disk, ready to be uploaded.
    """
    from brevdue import screen  # noqa: PLC0415 - see above
    from brevdue import up as serving  # noqa: PLC0415
    from brevdue.folder import StrangeFolderError  # noqa: PLC0415

    stop = Event()
    # What stops a service; and a process that was started in the background does not hear Ctrl-C.
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())

    def ready(address: serving.Address) -> None:
        if as_json:
            typer.echo(json.dumps(address.as_json()))
            sys.stdout.flush()
        else:
            screen.show_address(address)

    wishes = serving.Wishes(
        port=port,
        rows=rows if sample else 0,
        seed=seed,
        folder=folder,
        connectors=connectors,
        speed=speed,
        log=log,
    )
    try:
        serving.run(wishes, ready, stop)
    except StrangeFolderError as error:
        raise typer.BadParameter(str(error), param_hint="--folder") from error
    except OSError as error:
        typer.echo(f"cannot serve on port {port}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from error


@app.command(epilog="Example: brevdue sample /tmp/post --rows 200")
def sample(
    *,
    folder: Annotated[Path, typer.Argument(help="Where the batches go; an empty or a new folder.")],
    rows: _Rows = 1_000,
    seed: _Seed = 1,
    as_json: _Json = False,
) -> None:
    """Write the sample's three batches to disk, as their senders would upload them."""
    from brevdue import folder as folders  # noqa: PLC0415 - see above
    from brevdue.demo import START  # noqa: PLC0415
    from brevdue.sample.sample import Sample  # noqa: PLC0415

    try:
        folders.prepare(folder)
    except folders.StrangeFolderError as error:
        raise typer.BadParameter(str(error), param_hint="folder") from error
    batches = Sample(rows, seed, START).batches
    written = {batch.sender.id: str(batch.write(folder)) for batch in batches}
    if as_json:
        typer.echo(json.dumps(written))
    else:
        for batch in batches:
            mistakes = batch.faults().total()
            typer.echo(f"{written[batch.sender.id]}: {batch.count} letters, {mistakes} of them with mistakes")


offline.add_to(app)
online.add_to(app)
commands.add_to(app)
proofs.add_to(app)


def main() -> None:
    """Run the command line."""
    app()
