"""The sender's guide, followed to the letter on what `brevdue up` serves."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest
import typer
from msgspec.structs import fields

from brevdue.desk import offline, online
from ingest.errors import Code
from postal.orders import Answer, Order
from postal.reasons import Reason
from postal.senders import Settings
from postal.status import Status
from tests.support.template import ROOT

GUIDE: Final = ROOT / "docs" / "senders-guide.md"
TEXT: Final = GUIDE.read_text(encoding="utf-8")

#: What the guide writes where `brevdue up` serves; the test's has a port of its own.
ENDPOINT: Final = "http://127.0.0.1:4566"
ANYTHING: Final = "…"
#: Longer than what the guide waits for itself.
TIMEOUT_S: Final = 400

_BLOCK: Final = re.compile(
    r"(?:^<!-- not run: (?P<why>.+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_RUN: Final = {"console", "sh", "python"}


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is where it begins, `why` why it is not run."""

    line: int
    language: str
    text: str
    why: str

    def commands(self) -> list[tuple[str, list[str]]]:
        """What is typed at each prompt, with the lines that are expected after it."""
        _, *parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        return [(command, rest.splitlines()) for command, _, rest in (part.partition("\n") for part in parts)]


BLOCKS: Final = [
    Block(TEXT.count("\n", 0, found.start()) + 1, found["language"], found["text"], found["why"] or "")
    for found in _BLOCK.finditer(TEXT)
]
PLAYED: Final = [block for block in BLOCKS if block.language in _RUN and not block.why]


class Desk:
    """A terminal in a folder of its own: what one command exports and where it goes, the next one finds.

    Args:
        folder: where it begins.
        endpoint: where the post office is.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._state = folder.parent / "state.sh"
        self._state.write_text(f"cd {shlex.quote(str(folder))}\n")
        tools = folder.parent / "bin"
        tools.mkdir()
        # Not every set-up has installed the command.
        (tools / "brevdue").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m brevdue "$@"\n')
        (tools / "brevdue").chmod(0o755)
        python = Path(sys.executable).parent
        self.environment = {**clean(), "PATH": os.pathsep.join([str(tools), str(python), os.environ["PATH"]])}

    def run(self, command: str) -> tuple[int, str]:
        """The exit code of a command, and all that it has said."""
        script = (
            f". {self._state}\n{command}\ncode=$?\n{{ export -p; echo cd '\"'$PWD'\"'; }} > {self._state}\nexit $code"
        )
        return self._run(["sh", "-c", script.replace(ENDPOINT, self._endpoint)])

    def run_python(self, program: str) -> tuple[int, str]:
        """The same of a Python program."""
        file = self._folder.parent / "program.py"
        file.write_text(program, encoding="utf-8")
        return self.run(f"python {shlex.quote(str(file))}")

    def _run(self, arguments: list[str]) -> tuple[int, str]:
        done = subprocess.run(  # noqa: S603 - the guide is our own
            arguments,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            check=False,
        )
        return done.returncode, done.stdout


def clean() -> dict[str, str]:
    """The environment of somebody who has set nothing, in whose terminal nothing is coloured."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BREVDUE_"))}
    for name in ("FORCE_COLOR", "COLUMNS", "ENV"):
        own.pop(name, None)
    return {
        **own,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}",
        "PYTHONUTF8": "1",
        # What it says on standard output and what on standard error comes in the order in which it is said.
        "PYTHONUNBUFFERED": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk beside the post office that the guide starts, on a port of its own."""
    folder = tmp_path / "try"
    folder.mkdir()
    (command,) = [
        command for block in BLOCKS for command, _ in block.commands() if command.startswith("brevdue up") and block.why
    ]
    with subprocess.Popen(  # noqa: S603 - the guide is our own
        [sys.executable, "-m", *shlex.split(command), "--port", "0", "--json", "--log", str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
        env=clean(),
        cwd=folder,
    ) as served:
        try:
            assert served.stdout is not None
            address = json.loads(served.stdout.readline())
            assert address["bucket"] in TEXT
            assert address["region"] in TEXT
            yield Desk(folder, address["endpoint"])
        finally:
            served.terminate()


def test_who_follows_the_guide_gets_what_it_shows(desk: Desk) -> None:
    assert ENDPOINT in TEXT
    for block in PLAYED:
        if block.language == "python":
            code, said = desk.run_python(block.text)
            assert code == 0, _told(block, block.text, said)
        elif block.language == "sh":
            code, said = desk.run(f"set -e\n{block.text}\nset +e")
            assert code == 0, _told(block, block.text, said)
        else:
            for command, expected in block.commands():
                code, said = desk.run(command)
                assert code == 0, _told(block, command, said)
                assert agrees(expected, said), _told(block, command, said)


def test_every_block_is_run_or_says_why_not() -> None:
    assert len(BLOCKS) == len(re.findall(r"^```\w", TEXT, re.MULTILINE)) == TEXT.count("\n```") / 2
    assert {block.language for block in BLOCKS} <= _RUN
    assert len([block for block in BLOCKS if block.why]) == 1
    assert [block.line for block in BLOCKS if block.language == "console" and not block.text.startswith("$ ")] == []


def test_every_command_of_a_sender_is_run() -> None:
    app = typer.Typer()
    offline.add_to(app)
    online.add_to(app)
    names = {command.callback.__name__ for command in app.registered_commands if command.callback}
    run = "\n".join(command for block in PLAYED for command, _ in block.commands())

    assert names == {"template", "check", "send", "watch", "receipts", "order"}
    assert {name for name in names if f"brevdue {name} " not in run} == set()


def test_the_settings_are_those_that_there_are() -> None:
    (table,) = re.findall(r"^\| setting \|.*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    told = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", table, re.MULTILINE))
    others = {"reminder_days": "the regime's", "return_address": "none"}

    assert told == {field.name: others.get(field.name, str(field.default)) for field in fields(Settings)}


@pytest.mark.parametrize(("heading", "words"), [("What comes back", Status), ("Orders", Order), ("Orders", Answer)])
def test_every_word_is_explained(heading: str, words: type[StrEnum]) -> None:
    (section,) = re.findall(rf"^## {heading}$(.*?)^## ", TEXT, re.MULTILINE | re.DOTALL)

    assert {word for word in words if f"`{word}`" not in section} == set()


def test_the_codes_are_those_that_receipts_have() -> None:
    codes = set(re.findall(r"^\|[^|]+\| `([A-Z0-9_]+)` \|", TEXT, re.MULTILINE))

    assert len(codes) == 20
    assert codes <= {*Code, *(reason.code for reason in Reason)}


@pytest.mark.parametrize(
    ("expected", "said", "is_right"),
    [
        (["a", "b"], "a\nb\n", True),
        (["a b"], "\n a  b \n\n", True),
        (["a b"], "ab\n", False),
        (["a", "b"], "a\n", False),
        (["a"], "a\nb\n", False),
        ([], "a\n", False),
        (["…", "b"], "a\nc\nb\n", True),
        (["…", "b"], "b\n", True),
        (["a", "…"], "b\na\n", False),
        (["list … of …"], "list 2 of 2026\n", True),
        (["list … of …"], "list 2\n", False),
        (["a.c"], "abc\n", False),
    ],
)
def test_what_is_shown_is_compared(expected: list[str], said: str, is_right: bool) -> None:  # noqa: FBT001 - a parameter
    assert agrees(expected, said) is is_right


def agrees(expected: list[str], said: str) -> bool:
    """Whether a command has said what the guide shows, but for blanks, and for what the guide leaves out with `…`."""
    pattern = ""
    for line in _lines(expected):
        if line == ANYTHING:
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split(ANYTHING)) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(said.splitlines()))) is not None


def _lines(lines: Iterable[str]) -> list[str]:
    """Lines that are not blank, of which the blanks within count as one: tables are as wide as what is in them."""
    return [" ".join(line.split()) for line in lines if line.strip()]


def _told(block: Block, command: str, said: str) -> str:
    return f"{GUIDE.name}, line {block.line}: {command}\n{said}"
