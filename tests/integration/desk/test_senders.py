"""`brevdue senders`, through the real command line."""

import json
from pathlib import Path

import pytest

from brevdue.desk.sender_files import load
from brevdue.sender_yaml import parse
from tests.integration.desk.conftest import Brevdue
from tests.support.office import DANISH, NORWEGIAN, Office

FJORDVIK = """
id: fjordvik
name: Fjordvik kommune
regime: no_public
languages: [nb, nn]
settings:
  hold_days: 14
  print_cut_off: 17:30
"""
TWO = """
# Both of them.
- id: fjordvik
  name: Fjordvik kommune
  regime: no_public
- id: solvang-bank
  name: Solvang Bank
  regime: dk_private
  languages: [da]
  terms:
    - id: vilkaar-2026
      document_sha256: "%s"
      valid_from: 2026-01-01T00:00:00+01:00
""" % ("ab" * 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "senders.yaml"


def test_a_sender_is_admitted(office: Office, brevdue: Brevdue, file: Path) -> None:
    file.write_text(FJORDVIK)

    result = brevdue("senders", "put", str(file))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "fjordvik is new\n", "")
    admitted = office.senders.sender("fjordvik")
    assert admitted is not None
    assert (admitted.languages, admitted.settings.hold_days, admitted.settings.print_cut_off) == (
        ("nb", "nn"),
        14,
        "17:30",
    )


def test_a_sender_finds_its_own_settings(office: Office, brevdue: Brevdue, file: Path) -> None:
    for text in (FJORDVIK, TWO):
        file.write_text(text)
        brevdue("senders", "put", str(file))

        for sender in parse(text):
            assert load(sender.id, office.bucket.read) == sender == office.senders.sender(sender.id)


def test_what_changes_is_told_field_by_field(brevdue: Brevdue, file: Path) -> None:
    file.write_text(FJORDVIK)
    brevdue("senders", "put", str(file))
    assert brevdue("senders", "put", str(file)).stdout == "fjordvik is as it was\n"

    file.write_text(TWO)
    result = brevdue("senders", "put", str(file), "--json")

    assert json.loads(result.stdout) == {
        "senders": [
            {"id": "fjordvik", "is_new": False, "fields": ["languages", "settings.hold_days"]},
            {"id": "solvang-bank", "is_new": True, "fields": []},
        ]
    }


def test_a_file_with_a_mistake_changes_nothing(office: Office, brevdue: Brevdue, file: Path) -> None:
    file.write_text(TWO.replace("dk_private", "dk_privat"))

    result = brevdue("senders", "put", str(file))

    assert result.exit_code == 1
    assert result.stderr == f"{file}: solvang-bank: regime: 'dk_privat' is none of no_public, dk_private, dk_public\n"
    assert office.senders.sender("fjordvik") is None


def test_what_is_no_text_or_no_file_is_told(brevdue: Brevdue, file: Path) -> None:
    assert brevdue("senders", "put", str(file)).exit_code == 2
    file.write_bytes("name: Rødby".encode("latin-1"))
    result = brevdue("senders", "put", str(file))

    assert (result.exit_code, result.stderr) == (1, f"{file} is no UTF-8 text\n")


def test_senders_are_listed_by_id(brevdue: Brevdue, file: Path) -> None:
    file.write_text(f"{FJORDVIK}\ndisabled: true\n")
    brevdue("senders", "put", str(file))

    output = brevdue("senders", "list").stdout

    assert [line.split() for line in output.splitlines() if "no_public" in line] == [
        ["fjordvik", "Fjordvik", "kommune", "no_public", "nb", "nn", "coded", "disabled"],
        ["nordby", "Nordby", "kommune", "no_public", "nb", "coded"],
    ]
    listed = json.loads(brevdue("senders", "list", "--json").stdout)["senders"]
    assert [sender["id"] for sender in listed] == ["fjordvik", DANISH.id, NORWEGIAN.id]


def test_where_nobody_is_admitted_that_is_said(office: Office, brevdue: Brevdue) -> None:
    office.stack.reset_data()

    assert brevdue("senders", "list").stdout.startswith("no sender is admitted")
    assert json.loads(brevdue("senders", "list", "--json").stdout) == {"senders": []}


def test_a_sender_is_shown_as_it_can_be_put(office: Office, brevdue: Brevdue, file: Path) -> None:
    before = office.senders.sender("havblik")

    file.write_text(brevdue("senders", "show", "havblik").stdout)

    assert brevdue("senders", "put", str(file)).stdout == "havblik is as it was\n"
    assert office.senders.sender("havblik") == before
    assert json.loads(brevdue("senders", "show", "havblik", "--json").stdout)["terms"][0]["id"] == "vilkaar-2026"


def test_an_unknown_sender_ends_with_2(brevdue: Brevdue) -> None:
    result = brevdue("senders", "show", "nobody")

    assert result.exit_code == 2
    assert "there is no sender nobody" in result.stderr


def test_a_sender_that_was_put_by_hand_and_is_none_is_told(office: Office, brevdue: Brevdue) -> None:
    item = {"pk": {"S": "broken"}, "name": {"S": "Broken"}}
    office.stack.client("dynamodb").put_item(TableName=office.stack.names["SendersTable"], Item=item)

    for arguments in (("list",), ("show", "broken")):
        result = brevdue("senders", *arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith("something is stored that this release does not understand: Object missing")
