"""The operator's commands, on a post office that is deployed: on AWS, or as `brevdue up` serves it."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, Final, ParamSpec

import typer

from brevdue.options import (
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
from postal.channels import MAILBOXES, Channel

# What a command needs is imported in it: boto3 alone takes a while.
if TYPE_CHECKING:
    from brevdue.operate.story import Stored
    from brevdue.remote import QueuePair, Remote
    from postal.senders import Language, Sender

P = ParamSpec("P")

_MAILBOXES: Final = ", ".join(MAILBOXES)


def connected(command: Callable[Concatenate["Remote", P], None]) -> Callable[..., None]:
    """A command with the options that say which post office it is for, instead of its first argument.

    The command ends with 2, and a sentence that says what to do, where that cannot be reached.
    """

    def run(
        *,
        endpoint_url: EndpointUrl = "",
        profile: Profile = "",
        region: Region = "",
        stack: Stack = "brevdue",
        **own: object,
    ) -> None:
        from brevdue import remote  # noqa: PLC0415 - see above

        where = remote.Where(endpoint_url=endpoint_url, profile=profile, region=region, stack=stack)
        with reaching(where):
            command(remote.connect(where), **own)  # type: ignore[call-arg, arg-type] # typer gives what the signature asks for

    return with_arguments(run, command)


# --- outages ---

outage = typer.Typer(
    name="outage",
    help="Record when a mailbox was down: those hours do not count towards unopened deadlines.",
    no_args_is_help=True,
)


def _mailbox(text: str) -> str:
    if text not in MAILBOXES:
        raise typer.BadParameter(f"{text} is none of {_MAILBOXES}")
    return text


def _moment(text: str) -> datetime:
    from brevdue.operate import outages  # noqa: PLC0415 - see above

    try:
        return outages.moment(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


_Mailbox = Annotated[str, typer.Argument(metavar="CHANNEL", parser=_mailbox, help=f"{_MAILBOXES}.")]
_From = Annotated[datetime, typer.Argument(metavar="FROM", parser=_moment, help="When it began, with its zone.")]
_To = Annotated[datetime, typer.Argument(metavar="TO", parser=_moment, help="The first moment after it.")]


@outage.command("add", epilog="Example: brevdue outage add altinn 2026-11-18T09:00+01:00 2026-11-18T13:30+01:00")
@connected
def add_outage(office: "Remote", channel: _Mailbox, begin: _From, end: _To, *, as_json: Json = False) -> None:
    """Record that nobody could read what lies in a mailbox from one time to another.

    Those hours do not count towards the time after which unopened letters go to paper.
    So an outage never becomes paper: the letters stay in the mailbox that much longer.
    What went to paper before the outage was recorded stays there.
    """
    from brevdue.operate import outages, shown  # noqa: PLC0415 - see above
    from cloud import clock  # noqa: PLC0415
    from cloud.outages import Outages  # noqa: PLC0415

    try:
        one = outages.outage(Channel(channel), begin, end)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="TO") from error
    replaced = outages.add(Outages(office.batches), one)
    doubts = list(outages.doubts(one, clock.now()))
    if as_json:
        before = plain(replaced) if replaced else None
        print_json({**plain(one), "replaced": before, "warnings": doubts})
    else:
        shown.outage_added(one, replaced)
    for doubt in doubts:
        typer.echo(f"warning: {doubt}", err=True)


@outage.command("list", epilog="Example: brevdue outage list --json")
@connected
def list_outages(office: "Remote", *, as_json: Json = False) -> None:
    """Show the outages that are recorded, by mailbox and time."""
    from brevdue.operate import shown  # noqa: PLC0415 - see above
    from cloud.outages import Outages  # noqa: PLC0415

    found = list(Outages(office.batches).all())
    if as_json:
        print_json({"outages": [plain(one) for one in found]})
    else:
        shown.outages(found)


@outage.command("remove", epilog="Example: brevdue outage remove altinn 2026-11-18T09:00+01:00")
@connected
def remove_outage(office: "Remote", channel: _Mailbox, begin: _From, *, as_json: Json = False) -> None:
    """Forget the outage of a mailbox that began at a time: its hours count again. Ends with 1 if there is none."""
    from brevdue.operate import outages, shown  # noqa: PLC0415 - see above
    from cloud.outages import Outages  # noqa: PLC0415

    removed = outages.remove(Outages(office.batches), Channel(channel), begin)
    if as_json:
        print_json({"removed": plain(removed) if removed else None})
    elif removed:
        shown.outage_removed(removed)
    if removed is None:
        complain(f"no outage of {channel} begins at {shown.time(begin)}: see `brevdue outage list`")
        raise typer.Exit(1)


# --- status ---

_SenderOption = Annotated[
    str, typer.Option("--sender", metavar="NAME", help="Show the open batches of this sender too, by its id.")
]


@connected
def status(office: "Remote", *, sender: _SenderOption = "", as_json: Json = False) -> None:
    """Show queues, dead letters, letters that are stuck, what falls due next, and open print jobs.

    Ends with 1 if there are dead letters, or letters that are stuck.
    """
    from brevdue.operate import shown  # noqa: PLC0415 - see above
    from brevdue.operate import status as reports  # noqa: PLC0415
    from cloud import clock  # noqa: PLC0415

    if sender:
        _sender_named(office, sender, "--sender")
    report = reports.read(office, clock.now(), sender)
    if as_json:
        print_json(plain(report))
    else:
        shown.report(report)
    if not report.is_well:
        raise typer.Exit(1)


# --- senders ---

senders = typer.Typer(
    name="senders", help="Admit senders, and see who is admitted with which settings.", no_args_is_help=True
)


@senders.command("put", epilog="Example: brevdue senders put senders.yaml")
@connected
def put_senders(
    office: "Remote",
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="YAML: a sender, or a list of them.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Put the senders of a file, over what was there: what the file leaves out is the default.

    Nothing is put, and it ends with 1, if something in the file is wrong.
    What `brevdue senders show` writes is such a file. Each sender finds a copy of its own settings
    under its receipts, so that `brevdue send` needs no file.
    Batches keep the settings that their sender had when they were accepted.
    """
    from brevdue import sender_yaml  # noqa: PLC0415 - see above
    from brevdue.operate import senders as admission  # noqa: PLC0415
    from brevdue.operate import shown  # noqa: PLC0415
    from cloud.bucket import Bucket  # noqa: PLC0415
    from cloud.senders import Senders  # noqa: PLC0415

    try:
        read = sender_yaml.parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        complain(f"{file} is no UTF-8 text")
        raise typer.Exit(1) from error
    except sender_yaml.SenderFileError as error:
        for problem in error.problems:
            complain(f"{file}: {problem}")
        raise typer.Exit(1) from error
    table, bucket = Senders(office.senders), Bucket(office.s3, office.bucket)
    changes = [admission.put(table, bucket, sender) for sender in read]
    if as_json:
        print_json({"senders": [plain(change) for change in changes]})
    else:
        shown.changes(changes)


@senders.command("list", epilog="Example: brevdue senders list")
@connected
def list_senders(office: "Remote", *, as_json: Json = False) -> None:
    """Show who is admitted."""
    from brevdue.operate import senders as admission  # noqa: PLC0415 - see above
    from brevdue.operate import shown  # noqa: PLC0415

    found = admission.every(office)
    if as_json:
        print_json({"senders": [plain(sender) for sender in found]})
    else:
        shown.senders(found)


@senders.command("show", epilog="Example: brevdue senders show nordvik-kommune > nordvik-kommune.yaml")
@connected
def show_sender(
    office: "Remote",
    sender: Annotated[str, typer.Argument(metavar="SENDER", help="Its id.")],
    *,
    as_json: Json = False,
) -> None:
    """Show a sender with all its settings, as `brevdue senders put` reads it."""
    from brevdue import sender_yaml  # noqa: PLC0415 - see above

    found = _sender_named(office, sender, "SENDER")
    if as_json:
        print_json(plain(found))
    else:
        typer.echo(sender_yaml.as_yaml(found), nl=False)


# --- dead letters ---


@connected
def redrive(
    office: "Remote",
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="As `brevdue status` names it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Move them without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Show the dead letters of a queue, and move them back into it, to be tried again.

    First see to why they died. With --json nothing is asked: without --yes, nothing is moved.
    """
    from brevdue.operate import dead_letters, shown  # noqa: PLC0415 - see above

    pair = _queue_named(office, queue)
    look = dead_letters.look(office.sqs, pair)
    if not as_json:
        shown.dead_letters(pair.name, look)
    wanted = bool(look.count) and (yes or (not as_json and typer.confirm(f"Move {look.count} back into {pair.name}?")))
    moved = dead_letters.move_back(office.sqs, pair, look.count) if wanted else 0
    if as_json:
        print_json({"queue": pair.name, **plain(look), "moved": moved})
    elif look.count:
        typer.echo(f"{moved} moved back into {pair.name}" if moved else "nothing was moved")
    if wanted and moved < look.count:
        complain(f"{look.count - moved} were not there any more, or are in somebody's hands: look again in a while")
        raise typer.Exit(1)


# --- one letter, one recipient ---


class StoryLanguage(StrEnum):
    """The languages in which a letter's way is told."""

    EN = "en"
    DA = "da"
    NB = "nb"


LetterName = Annotated[
    list[str],
    typer.Argument(
        metavar="LETTER",
        help="Its id, as sender/batch/row; or three words: SENDER BATCH REFERENCE.",
        show_default=False,
    ),
]
ToldIn = Annotated[
    StoryLanguage | None,
    typer.Option("--language", help="Of what is told; the sender's by default.", show_default=False),
]


def stored_letter(office: "Remote", letter: list[str], *, with_register: bool = True) -> "Stored":
    """What is stored of a letter, as it was named; the command ends where there is none, or the name is none."""
    from brevdue.operate import telling  # noqa: PLC0415 - see above

    try:
        named = telling.named(letter)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="LETTER") from error
    try:
        return telling.letter(office, named, with_register=with_register)
    except telling.NotThereError as error:
        complain(str(error))
        raise typer.Exit(1) from error


def language_of(stored: "Stored", asked: StoryLanguage | None) -> "Language":
    """The language in which a letter is told: the one that is asked for, else its sender's."""
    of_sender = stored.batch.sender.language
    if asked is not None:
        return asked.value
    return "nb" if of_sender == "nn" else of_sender


@connected
def explain(
    office: "Remote",
    letter: LetterName,
    *,
    language: ToldIn = None,
    as_sender: Annotated[
        bool, typer.Option("--sender", "--as-sender", help="Tell what the sender's receipts tell, and no more.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell the whole way of one letter: which rule decided, what happened when, what comes next, and who has to act.

    What it tells is for the operator: to a sender, tell what --as-sender tells.
    Ends with 1 if there is no such letter.
    """
    from brevdue.operate import shown_story, story  # noqa: PLC0415 - see above
    from cloud import clock  # noqa: PLC0415

    stored = stored_letter(office, letter)
    tell = story.tell_as_sender if as_sender else story.tell
    told = tell(stored, language_of(stored, language), clock.now())
    if as_json:
        print_json(plain(told))
    else:
        shown_story.story(told)


@connected
def recipient(
    office: "Remote",
    who: Annotated[
        str,
        typer.Argument(
            metavar="RECIPIENT",
            help="As scheme:value. What you type stays in your shell's history: "
            "write - instead, and it is read from standard input.",
        ),
    ],
    *,
    show_contact: Annotated[
        bool, typer.Option("--show-contact", help="Show whole mobile numbers and e-mail addresses.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show everything that is stored of a recipient, as for its right of access (GDPR art. 15).

    What the register knows, with when it became true; letters that wait; enrolments with their evidence;
    declined senders; and what senders learnt.
    """
    from brevdue.operate import shown_story, telling  # noqa: PLC0415 - see above

    try:
        id_ = telling.recipient_id(typer.get_text_stream("stdin").readline() if who == "-" else who)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="RECIPIENT") from error
    found = telling.recipient(office, id_, show_contact=show_contact)
    if as_json:
        print_json(plain(found))
    else:
        shown_story.recipient(found)


def add_to(app: typer.Typer) -> None:
    """Give an app the operator's commands."""
    app.command(epilog="Example: brevdue status --sender nordvik-kommune")(status)
    app.command(epilog="Example: brevdue redrive pages")(redrive)
    app.command(epilog="Example: brevdue explain nordvik-kommune/november-2026/17 --language en")(explain)
    app.command(epilog="Example: brevdue recipient - < id.txt")(recipient)
    app.add_typer(outage)
    app.add_typer(senders)


def _queue_named(office: "Remote", name: str) -> "QueuePair":
    pairs = {pair.name: pair for pair in office.queues}
    if name not in pairs:
        raise typer.BadParameter(f"{name} is none of {', '.join(pairs)}", param_hint="QUEUE")
    return pairs[name]


def _sender_named(office: "Remote", id_: str, hint: str) -> "Sender":
    from cloud.senders import Senders  # noqa: PLC0415 - see above

    found = Senders(office.senders).sender(id_) if id_ else None
    if found is None:
        raise typer.BadParameter(f"there is no sender {id_}: see `brevdue senders list`", param_hint=hint)
    return found
