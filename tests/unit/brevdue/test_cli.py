"""The command line says how it is used, and starts fast."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from brevdue.cli import app


def _commands(group: Any, *names: str) -> Iterator[tuple[str, ...]]:
    """Every command, by what is typed to run it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *names, name)
        else:
            yield (*names, name)


COMMANDS = list(_commands(get_command(app)))


def test_these_are_the_commands() -> None:
    assert {" ".join(names) for names in COMMANDS} == {
        "demo",
        "up",
        "sample",
        "check",
        "template",
        "send",
        "watch",
        "receipts",
        "order",
        "status",
        "redrive",
        "explain",
        "recipient",
        "proof",
        "proof-key",
        "verify",
        "outage add",
        "outage list",
        "outage remove",
        "senders put",
        "senders list",
        "senders show",
    }


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(names: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*names, "--help"])

    assert result.exit_code == 0
    assert f"Example: brevdue {' '.join(names)} " in f"{' '.join(result.output.split())} "
    assert "--json" in result.output


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert result.exit_code == 0
    assert result.output.startswith("brevdue 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["demo", "--rows", "1"],
        ["demo", "--rows", "many"],
        ["outage"],
        ["outage", "end"],
        ["outage", "add", "altinn"],
        ["redrive"],
        ["explain"],
        ["explain", "--language", "fi", "nordby/b1/1"],
        ["recipient"],
        ["template"],
        ["template", "letters.xlsx"],
        ["send", "november-2026"],
        ["watch", "--sender", "nordby"],
        ["receipts", "november-2026"],
        ["order", "november-2026", "--sender", "nordby"],
        ["status", "--stack"],
        ["senders", "put", "no-such-file.yaml"],
    ],
)
def test_what_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize("command", [["demo", "--folder"], ["up", "--sample", "--folder"], ["sample"]])
def test_a_folder_with_other_files_is_left_alone(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts" / "mine.txt").write_text("precious")

    result = CliRunner().invoke(app, [*command, str(tmp_path)])

    assert result.exit_code == 2
    assert "holds other files" in " ".join(result.output.replace("│", " ").split())
    assert (tmp_path / "receipts" / "mine.txt").read_text() == "precious"


def test_the_sample_is_written_twice_into_the_same_folder(tmp_path: Path) -> None:
    folder = tmp_path / "post"
    for _ in range(2):
        result = CliRunner().invoke(app, ["sample", str(folder), "--rows", "10", "--json"])
        assert result.exit_code == 0

    written = json.loads(result.stdout)
    assert {Path(path).name for path in written.values()} == {"november-2026", "fornyelse-2027", "gebyrer-2027"}
    assert all(list(Path(path).glob("manifest.*")) for path in written.values())


def test_nothing_slow_is_imported_for_help() -> None:
    code = "import sys, brevdue.cli; print(*{'moto', 'boto3', 'fpdf', 'samtranslator', 'msgspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert done.stdout.split() == []
