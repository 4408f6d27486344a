"""What commands that speak to a post office share: their options, and how they end where it cannot be reached."""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

# What a command needs is imported in it: boto3 alone takes a while.
if TYPE_CHECKING:
    from msgspec import Struct

    from brevdue.remote import Where

PANEL: Final = "Which post office"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.")]
EndpointUrl = Annotated[
    str,
    typer.Option(
        "--endpoint-url",
        envvar=["BREVDUE_ENDPOINT_URL", "AWS_ENDPOINT_URL"],
        help="Where `brevdue up` serves; AWS by default.",
        rich_help_panel=PANEL,
    ),
]
Profile = Annotated[
    str, typer.Option("--profile", help="Of your AWS configuration.", rich_help_panel=PANEL, show_default=False)
]
Region = Annotated[
    str,
    typer.Option(
        "--region",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        help="Where the stack is; as your AWS configuration says by default.",
        rich_help_panel=PANEL,
    ),
]
Stack = Annotated[
    str,
    typer.Option("--stack", envvar="BREVDUE_STACK", help="Name of the CloudFormation stack.", rich_help_panel=PANEL),
]
Bucket = Annotated[
    str,
    typer.Option(
        "--bucket",
        envvar="BREVDUE_BUCKET",
        help="Its bucket: then nothing but S3 is spoken to. By default the stack is asked for it.",
        rich_help_panel=PANEL,
    ),
]


def with_arguments(run: Callable[..., None], command: Callable[..., None]) -> Callable[..., None]:
    """`run`, with the name and the arguments of `command`, but for its first, before its own options.

    Args:
        run: gives `command` something instead of its first argument, and takes the others as its last.
        command: what people type.
    """
    _, *own = inspect.signature(command).parameters.values()
    *options, _ = inspect.signature(run).parameters.values()
    run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined] # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *options)}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


@contextmanager
def reaching(where: "Where") -> Iterator[None]:
    """A block that speaks to a post office: the command ends with 2, and says what to do, where it cannot."""
    from msgspec import ValidationError  # noqa: PLC0415 - see above

    from brevdue import remote  # noqa: PLC0415

    try:
        yield
    except remote.RemoteError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    except remote.TROUBLE as error:
        complain(remote.explain(error, where))
        raise typer.Exit(2) from error
    except ValidationError as error:
        complain(f"something is stored that this release does not understand: {error}")
        raise typer.Exit(1) from error


def plain(struct: "Struct") -> dict[str, object]:
    """A struct as JSON has it: times as text."""
    from msgspec import to_builtins  # noqa: PLC0415 - see above

    found: dict[str, object] = to_builtins(struct)
    return found


def print_json(value: object) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def complain(text: str) -> None:
    """Say what is wrong, on standard error."""
    typer.echo(text, err=True)
