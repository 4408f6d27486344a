"""The sender's commands need a sender's rights, and say which one is missing."""

from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from brevdue.operate.senders import put_copy
from tests.integration.desk.batches import REAL, denied, rights_of, rows, watched_calls, write
from tests.integration.desk.conftest import Brevdue
from tests.support.office import NORWEGIAN, Office


@pytest.fixture
def folder(office: Office, tmp_path: Path) -> Path:
    put_copy(office.bucket, NORWEGIAN)
    return write(tmp_path / "b1", *rows(3))


def test_every_command_works_with_them(
    office: Office, brevdue: Brevdue, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREVDUE_BUCKET", office.bucket_name)
    monkeypatch.setenv("BREVDUE_SENDER", "nordby")

    def run(*arguments: str) -> tuple[int, str]:
        with rights_of("nordby"):
            result = brevdue(*arguments)
        assert result.stderr in {"", "there are no receipts yet: `brevdue watch` tells when there are\n"}
        return result.exit_code, result.stdout

    assert run("watch", "b1")[0] == 1
    assert run("receipts", "b1", "--into", str(tmp_path / "r"))[0] == 1
    assert run("send", str(folder))[0] == 0
    code, text = run("watch", "b1", "--timeout", "0")
    assert (code, "still waits for check-in" in text) == (1, True)
    assert "already sent" in run("send", str(folder))[1]
    office.stack.run()
    assert "already sent" in run("send", str(folder))[1]
    code, text = run("watch", "b1", "--timeout", "0")
    assert (code, "open, 3 rows" in text) == (1, True)
    assert run("order", "b1", "recall", "--all")[0] == 0
    assert run("order", "b1", "recall", "F-1", "--wait", "0.01")[0] == 1
    office.stack.run()
    assert run("receipts", "b1", "--into", str(tmp_path / "r"))[0] == 0
    assert (tmp_path / "r" / "receipts.csv").is_file()


def test_nothing_but_s3_is_spoken_to(office: Office, brevdue: Brevdue, folder: Path) -> None:
    with watched_calls() as asked:
        assert brevdue("send", str(folder), "--sender", "nordby", "--bucket", office.bucket_name).exit_code == 0

    assert {operation for operation, _ in asked} == {"GetObject", "ListObjectsV2", "PutObject"}


def test_a_stack_that_may_not_be_asked_is_told(brevdue: Brevdue, folder: Path) -> None:
    with rights_of("nordby"):
        result = brevdue("send", str(folder), "--sender", "nordby")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "name the bucket with --bucket or BREVDUE_BUCKET" in result.stderr


@pytest.mark.parametrize("command", ["send", "watch", "receipts", "order"])
def test_the_rights_of_another_sender_do_not_do(office: Office, brevdue: Brevdue, folder: Path, command: str) -> None:
    what = {"send": (str(folder),), "order": ("b1", "recall", "--all")}.get(command, ("b1",))
    with rights_of("havblik"):
        result = brevdue(command, *what, "--sender", "nordby", "--bucket", office.bucket_name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"under receipts/nordby/ of the bucket {office.bucket_name}: use those of the sender nordby" in result.stderr
    assert "put, get and list under inbox/nordby/ and to get and list under receipts/nordby/" in result.stderr


def _without(operation: str) -> AbstractContextManager[object]:
    """One operation is denied meanwhile."""

    def call(self: BaseClient, name: str, params: object) -> object:
        if name == operation:
            raise denied(operation)
        return REAL(self, name, params)

    return patch.object(BaseClient, "_make_api_call", call)


@pytest.mark.parametrize(
    ("operation", "area"),
    [
        ("GetObject", "receipts/nordby/"),
        ("HeadObject", "inbox/nordby/"),
        ("ListObjectsV2", "inbox/nordby/"),
        ("PutObject", "inbox/nordby/"),
    ],
)
def test_the_missing_right_is_named(office: Office, brevdue: Brevdue, folder: Path, operation: str, area: str) -> None:
    # A manifest that has to be looked at.
    office.bucket.put("inbox/nordby/b1/manifest.csv", b"no;header\r\n")
    office.stack.run()

    with _without(operation):
        result = brevdue("send", str(folder), "--sender", "nordby", "--bucket", office.bucket_name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"the credentials do not allow {operation} under {area}" in result.stderr


@pytest.mark.parametrize("command", [("watch", "b1"), ("receipts", "b1"), ("order", "b1", "approve")])
def test_a_bucket_that_is_not_there_is_told(brevdue: Brevdue, command: tuple[str, ...]) -> None:
    result = brevdue(*command, "--sender", "nordby", "--bucket", "no-such-bucket")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no bucket no-such-bucket: name yours with --bucket or BREVDUE_BUCKET" in result.stderr


@pytest.mark.parametrize("command", ["watch", "receipts", "order"])
def test_what_is_no_batch_and_no_sender_ends_with_2(brevdue: Brevdue, command: str) -> None:
    order = ("approve",) if command == "order" else ()
    for batch, sender in (("../b1", "nordby"), ("_enrolments", "nordby"), ("b1", "Nordby kommune")):
        result = brevdue(command, batch, *order, "--sender", sender, "--bucket", "b")
        assert (result.exit_code, result.stdout) == (2, "")
