"""What the README says can be done can be done."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from brevdue.cli import app
from tests.support.template import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "events" / "README.md"]
COMMANDS = re.findall(r"^\$ (.+?)(?:\s+#.*)?$", README, re.MULTILINE)


def test_the_readme_opens_with_the_two_commands() -> None:
    assert COMMANDS[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_every_target_is_there(command: str) -> None:
    done = subprocess.run(  # noqa: S603 - a dry run of our own Makefile
        ["make", "--dry-run", *command.split()[1:]],  # noqa: S607 - make is found as a user finds it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_make_help_lists_the_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607

    assert "make demo" in done.stdout
    assert "make test" in done.stdout


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_brevdue_is_there(path: Path) -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined] # a group of commands
    text = path.read_text(encoding="utf-8")

    assert set(re.findall(r"`brevdue ([a-z]+)", text)) <= known


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target
