"""The sender's commands that speak to a post office: through its bucket, with the rights of a sender."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, Final, ParamSpec

import typer

from brevdue.options import (
    Bucket,
    EndpointUrl,
    Json,
    Profile,
    Region,
    Stack,
    complain,
    plain,
    print_json,
    reaching,
    with_arguments,
)
from postal import keys

# What a command needs is imported in it: boto3 alone takes a while.
if TYPE_CHECKING:
    from brevdue.desk.connection import Connection

P = ParamSpec("P")

_ORDERS: Final = "recall, extend, print, return, responded, approve or cancel"
#: How often, and how long, receipts are tried again that are being rewritten.
_REWRITTEN_EVERY_S: Final = 1.0
_REWRITTEN_FOR_S: Final = 10.0
_ANSWERS_EVERY_S: Final = 2.0

_Sender = Annotated[
    str,
    typer.Option(
        "--sender", envvar="BREVDUE_SENDER", metavar="FILE|NAME", help="Who you are: your id, or a YAML file of yours."
    ),
]


def _batch_named(text: str) -> str:
    if keys.BATCH_ID.fullmatch(text) is None:
        raise typer.BadParameter(f"{text} is no id of a batch: letters, digits, dots, hyphens and underscores")
    return text


_Batch = Annotated[str, typer.Argument(metavar="BATCH", parser=_batch_named, help="Its id.")]


def at_desk(command: Callable[Concatenate["Connection", P], None]) -> Callable[..., None]:
    """A command with the options that say which post office it is for, instead of its first argument.

    It ends with 2, and a sentence that says what to do, where that cannot be reached or a right is missing.
    """

    def run(
        *,
        bucket: Bucket = "",
        endpoint_url: EndpointUrl = "",
        profile: Profile = "",
        region: Region = "",
        stack: Stack = "brevdue",
        **own: object,
    ) -> None:
        from brevdue.desk import connection  # noqa: PLC0415 - see above
        from brevdue.desk.sender_files import SenderError  # noqa: PLC0415
        from brevdue.remote import Where  # noqa: PLC0415

        where = Where(endpoint_url=endpoint_url, profile=profile, region=region, stack=stack)
        with reaching(where):
            try:
                command(connection.connect(where, bucket), **own)  # type: ignore[call-arg, arg-type] # typer gives what the signature asks for
            except SenderError as error:
                complain(str(error))
                raise typer.Exit(2) from error

    return with_arguments(run, command)


@contextmanager
def _on_disk(done: str) -> Iterator[None]:
    """A block that reads or writes files: the command ends with 1, and says which, where one cannot be."""
    from brevdue import remote  # noqa: PLC0415 - see above

    try:
        yield
    except remote.TROUBLE:
        # Of botocore's errors, some that are about the network are OSErrors too.
        raise
    except OSError as error:
        complain(f"{error.filename or 'a file'} cannot be {done}: {error.strerror or error}")
        raise typer.Exit(1) from error


@at_desk
def send(  # noqa: PLR0913 - the options of a command
    office: "Connection",
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With the manifest and the documents.")],
    *,
    sender: _Sender,
    batch: Annotated[
        str, typer.Option("--batch", metavar="ID", help="Its id; made from the folder's name by default.")
    ] = "",
    with_errors: Annotated[
        bool, typer.Option("--with-errors", help="Send it although rows have errors, which come back refused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a batch and send it: its documents, and last the manifest.

    Interrupted, it goes on where it stopped; a batch that was sent is not sent again.
    Ends with 1, and sends nothing, if rows have errors or the batch was sent with another manifest.
    """
    from brevdue.desk import shown, shown_online, uploading  # noqa: PLC0415 - see above
    from brevdue.desk.folders import FolderError, open_folder  # noqa: PLC0415
    from brevdue.desk.progress import bars  # noqa: PLC0415
    from brevdue.desk.sender_files import load  # noqa: PLC0415
    from cloud import clock  # noqa: PLC0415

    who = load(sender, office.read_data)
    try:
        id_ = _batch_named(batch) if batch else uploading.batch_id(folder)
        with _on_disk("read"), bars() as waiting, open_folder(folder) as opened:
            sent = uploading.send(office, who, opened, id_, waiting, now=clock.now(), with_errors=with_errors)
    except FolderError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    except uploading.NotSentError as error:
        if as_json:
            outcome = "refused" if error.errors else "not_sent"
            errors = [plain(one) for one in error.errors]
            print_json({"sender": who.id, "batch": id_, "outcome": outcome, "errors": errors})
        elif error.errors:
            shown_online.errors(error.errors)
        complain(str(error))
        raise typer.Exit(1) from error
    if as_json:
        print_json(plain(sent))
    elif sent.outcome == "has_errors" and sent.report is not None:
        shown.report(sent.report, folder.resolve().name)
    else:
        shown_online.sent(sent)
    if sent.outcome == "has_errors":
        others = "" if sent.is_hopeless else ", or send the others with --with-errors"
        complain(f"nothing was sent: correct the rows{others}")
        raise typer.Exit(1)


@at_desk
def watch(  # noqa: PLR0913 - the options of a command
    office: "Connection",
    batch: _Batch,
    *,
    sender: _Sender,
    every: Annotated[float, typer.Option("--every", min=0.1, metavar="SECONDS", help="How often to look.")] = 2.0,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=0, metavar="SECONDS", help="When to give up; never by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Watch a batch until it is settled, or nothing of it moves any more by itself.

    Lists are written at the sender's cadence, so what happens in between is seen with the next.
    Ends with 1 if the batch was refused or never sent, or if the time is over.
    """
    from math import inf  # noqa: PLC0415 - see above

    from brevdue.desk import shown_online, watching  # noqa: PLC0415
    from brevdue.desk.pace import Pace  # noqa: PLC0415
    from brevdue.desk.sender_files import id_of  # noqa: PLC0415

    who = id_of(sender)
    with shown_online.watching(batch) as seen:
        found = watching.watch(office, who, batch, Pace(every, inf if timeout is None else timeout), seen)
    if as_json:
        print_json({"sender": who, "batch": batch, **plain(found)})
    else:
        shown_online.watched(found, who, batch)
    if not found.is_well:
        raise typer.Exit(1)


@at_desk
def receipts(
    office: "Connection",
    batch: _Batch,
    *,
    sender: _Sender,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FOLDER", help="Where they go; receipts/BATCH by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the receipt lists of a batch, and whatever else came back for it.

    What is there already and has not changed is not fetched again.
    A to_correct.csv that was changed here is left as it is. Ends with 1 if there is nothing yet.
    """
    from brevdue.desk import fetching, shown_online  # noqa: PLC0415 - see above
    from brevdue.desk.pace import Pace  # noqa: PLC0415
    from brevdue.desk.sender_files import id_of  # noqa: PLC0415

    folder = into or Path("receipts", batch)
    pace = Pace(_REWRITTEN_EVERY_S, _REWRITTEN_FOR_S)
    try:
        with _on_disk("written"):
            found = fetching.fetch(office, id_of(sender), batch, folder, pace)
    except fetching.NothingFetchedError as error:
        complain(str(error))
        raise typer.Exit(1) from error
    if as_json:
        print_json(plain(found))
    else:
        shown_online.fetched(found, batch)


@at_desk
def order(  # noqa: PLR0913 - the options of a command
    office: "Connection",
    batch: _Batch,
    word: Annotated[str, typer.Argument(metavar="ORDER", help=f"{_ORDERS[0].upper()}{_ORDERS[1:]}.")],
    references: Annotated[
        list[str] | None, typer.Argument(metavar="REFERENCE", help="Of the letters.", show_default=False)
    ] = None,
    *,
    sender: _Sender,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="References, one a line, or a CSV with the column reference, as held.csv."),
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Recall every letter of the batch.")] = False,
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Of extend: 2027-01-31, or a time with its zone.")
    ] = "",
    wait: Annotated[
        float,
        typer.Option(
            "--wait", min=0, metavar="SECONDS", help="Wait so long for the answers, which take up to two minutes."
        ),
    ] = 0,
    as_json: Json = False,
) -> None:
    """Order something for letters of a batch, or for the whole of it.

    recall takes back what no mailbox has yet; approve and cancel decide on a batch that awaits it.
    extend holds letters longer, print and return end their hold, responded tells of a reaction.
    With --wait it ends with 1 if an order is not carried out, or not answered in time.
    """
    from brevdue.desk import ordering, shown_online  # noqa: PLC0415 - see above
    from brevdue.desk.pace import Pace  # noqa: PLC0415
    from brevdue.desk.sender_files import id_of  # noqa: PLC0415
    from cloud import clock  # noqa: PLC0415

    who = id_of(sender)
    now = clock.now()
    try:
        named = [*(references or ()), *(ordering.references_in(file) if file else ())]
        lines = ordering.lines(ordering.order_of(word), named, until, now, is_all=is_all)
        found, version = ordering.put(office, who, batch, lines, now)
    except ordering.UsageError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    except ordering.NotAcceptedError as error:
        complain(str(error))
        raise typer.Exit(1) from error
    if wait:
        found = ordering.answers(office, who, batch, found, version, Pace(_ANSWERS_EVERY_S, wait))
    if as_json:
        print_json({"sender": who, "batch": batch, **plain(found)})
    else:
        shown_online.ordered(found, who, batch, is_waited_for=bool(wait))
    if wait and not found.is_well:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Give an app the sender's commands."""
    app.command(epilog="Example: brevdue send letters/november-2026 --sender nordvik-kommune")(send)
    app.command(epilog="Example: brevdue watch november-2026 --sender nordvik-kommune")(watch)
    app.command(epilog="Example: brevdue receipts november-2026 --sender nordvik-kommune")(receipts)
    app.command(epilog="Example: brevdue order november-2026 recall A-1001 A-1002 --sender nordvik-kommune")(order)
