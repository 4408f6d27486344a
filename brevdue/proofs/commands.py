"""Making a proof, at a post office; and checking one, anywhere."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brevdue.operate.commands import LetterName, StoryLanguage, ToldIn, connected, language_of, stored_letter
from brevdue.options import Json, complain, plain, print_json

# What a command needs is imported in it: boto3 and cryptography alone take a while.
if TYPE_CHECKING:
    from brevdue.proofs.keys import PublicKey
    from brevdue.proofs.signing import Signer
    from brevdue.remote import Remote
    from postal.senders import Language


@connected
def proof(  # noqa: PLR0913 - the options of a command
    office: "Remote",
    letter: LetterName,
    *,
    language: ToldIn = None,
    in_full: Annotated[
        bool,
        typer.Option(
            "--full", help="Tell what neutral receipts hide, too: for a court or an authority, never for the sender."
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            dir_okay=False,
            help="Where it is written; SENDER-BATCH-ROW.proof here by default. No file is written over.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the proof of one letter: one signed file, for its sender to keep.

    It tells what was sent, by hash, on what consent, every status with its time and its rule, and the calendar
    by which time was counted. `brevdue verify` checks it anywhere, with nothing but the public key.
    What the sender's receipts hide, it hides too, unless --full is given.
    Ends with 1 if there is no such letter, or the file is there already.
    """
    from brevdue.operate import telling  # noqa: PLC0415 - see above
    from brevdue.proofs import making  # noqa: PLC0415
    from cloud import clock  # noqa: PLC0415

    stored = stored_letter(office, letter, with_register=False)
    hashes = telling.document_hashes(office, stored)
    told_in = language_of(stored, language)
    made = making.make(stored, hashes, office.operator, told_in, clock.now(), is_full=in_full)
    signer = _signer(office)
    file = output or Path(f"{made.letter.replace('/', '-')}.proof")
    # It names a person.
    _write(file, signer.sign(made), 0o600)
    gone = [one.path for one in made.documents if not one.sha256]
    if as_json:
        print_json({"letter": made.letter, "file": str(file), "key": signer.public_key.id, "not_stored": gone})
    else:
        typer.echo(f"{file} proves {made.letter}, signed with the key {signer.public_key.id}")
        typer.echo(f"next: brevdue proof-key > brevdue.pem; brevdue verify {file} --key brevdue.pem")
    for path in gone:
        typer.echo(f"warning: {path} is not stored any more, so the proof has no hash of it", err=True)


@connected
def proof_key(
    office: "Remote",
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="Write it there instead.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the public key with which proofs are checked, as PEM. Give it to everybody, by a way they trust."""
    key = _signer(office).public_key
    if output is not None:
        _write(output, key.pem, 0o644)
    if as_json:
        print_json({"key": key.id, "pem": key.pem})
    elif output is not None:
        typer.echo(f"{output} has the public key {key.id}")
    else:
        typer.echo(key.pem, nl=False)


def verify(
    file: Annotated[
        Path, typer.Argument(metavar="PROOF", exists=True, dir_okay=False, readable=True, help="The signed file.")
    ],
    given: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            exists=True,
            readable=True,
            help="Compare these with what was sent: documents, the manifest, or the folder of the batch.",
            show_default=False,
        ),
    ] = None,
    *,
    key: Annotated[
        Path,
        typer.Option("--key", exists=True, dir_okay=False, readable=True, help="The post office's public key, as PEM."),
    ],
    language: Annotated[
        StoryLanguage,
        typer.Option("--language", help="In which to say why a proof proves nothing; a genuine one has its own."),
    ] = StoryLanguage.EN,
    as_json: Json = False,
) -> None:
    """Check a proof, and tell what it proves. It needs no network, no account, and no post office.

    Ends with 1 if something does not match: the signature, the key, or a file that was given.
    """
    from brevdue.proofs import shown, verifying  # noqa: PLC0415 - see above

    public_key = _key(key, language.value, as_json=as_json)
    try:
        proven = verifying.read(file.read_bytes(), public_key)
    except verifying.NotProvenError as error:
        if as_json:
            print_json({"is_genuine": False, "flaw": error.flaw, "key": public_key.id, "key_named": error.named})
        complain(shown.not_proven(error, public_key, language.value))
        raise typer.Exit(1) from error
    compared = verifying.compare(proven, given or ())
    if as_json:
        files = [plain(one) for one in compared]
        print_json({"is_genuine": True, "key": public_key.id, "proof": plain(proven), "files": files})
    else:
        typer.echo(shown.proof(proven, public_key, compared))
    wrong = [one for one in compared if one.outcome in verifying.WRONG]
    for one in wrong:
        complain(shown.comparison(one, proven.language))
    if wrong:
        raise typer.Exit(1)


def _signer(office: "Remote") -> "Signer":
    """The key of the post office; the command ends where it is none that can sign proofs."""
    from brevdue.proofs import keys, signing  # noqa: PLC0415 - see above

    signer = signing.Signer(office.kms, office.proof_key)
    try:
        _ = signer.public_key
    except keys.NoKeyError as error:
        complain(f"{office.proof_key} is {error}: proofs are signed with a key of the kind ECC_NIST_P256")
        raise typer.Exit(1) from error
    return signer


def _write(file: Path, text: str, mode: int) -> None:
    """Write a new file, of this mode; the command ends where that is not possible, and leaves nothing."""
    try:
        with open(file, "x", encoding="ascii", newline="\n", opener=partial(os.open, mode=mode)) as stream:
            try:
                stream.write(text)
                stream.flush()
            except OSError:
                file.unlink()
                raise
    except FileExistsError as error:
        complain(f"{file} is there already: name another file with --output, or move that one away")
        raise typer.Exit(1) from error
    except OSError as error:
        complain(f"{file} cannot be written: {error.strerror}")
        raise typer.Exit(1) from error


def _key(file: Path, language: "Language", *, as_json: bool) -> "PublicKey":
    from brevdue.proofs import keys, shown  # noqa: PLC0415 - see above

    try:
        return keys.from_pem(file.read_bytes())
    except keys.NoKeyError as error:
        if as_json:
            print_json({"is_genuine": False, "flaw": "no_key"})
        complain(shown.no_key(file, language))
        raise typer.Exit(1) from error


def add_to(app: typer.Typer) -> None:
    """Give an app the commands of proofs."""
    app.command(epilog="Example: brevdue proof nordvik-kommune/november-2026/17")(proof)
    app.command("proof-key", epilog="Example: brevdue proof-key > brevdue.pem")(proof_key)
    app.command(epilog="Example: brevdue verify letter.proof decision.pdf --key brevdue.pem")(verify)
