"""`brevdue receipts`: what came back, whole, and nothing twice."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from brevdue.desk import fetching
from brevdue.desk.connection import Connection
from brevdue.desk.fetching import Fetched, NothingFetchedError
from brevdue.desk.pace import Pace
from brevdue.desk.sheets import to_csv
from tests.integration.desk.batches import watched_calls
from tests.integration.desk.conftest import Brevdue
from tests.support.office import NORWEGIAN, Office, letter, refused
from tests.support.people import NORWEGIANS

PREFIX = "receipts/nordby/b1/"


@pytest.fixture
def listed(office: Office) -> Office:
    """An office that has written the first list of a batch."""
    office.sort(office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0]), refused(2)]))
    return office


def _fetch(brevdue: Brevdue, folder: Path) -> dict[str, str]:
    """How each file came."""
    result = brevdue("receipts", "b1", "--sender", "nordby", "--into", str(folder), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return {file["name"]: file["came"] for file in json.loads(result.stdout)["files"]}


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".xlsx"}


def test_everything_is_fetched_as_it_lies_there(listed: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    came = _fetch(brevdue, tmp_path / "new" / "b1")

    assert set(came.values()) == {"new"}
    found = _files(tmp_path / "new" / "b1")
    assert found == {name: listed.bucket.read(PREFIX + name) for name in came}
    hashes: dict[str, str] = json.loads(found["summary.json"])["files"]
    assert len(hashes) > 4
    assert hashes == {name: sha256(found[name]).hexdigest() for name in hashes}


def test_only_what_has_changed_is_fetched_again(listed: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    # Something that no list speaks of.
    listed.bucket.put(f"{PREFIX}refused-v2.json", b"{}")
    _fetch(brevdue, tmp_path)
    with watched_calls() as asked:
        assert set(_fetch(brevdue, tmp_path).values()) == {"unchanged"}
    assert [key for operation, key in asked if operation == "GetObject"] == [f"{PREFIX}summary.json"]

    brevdue("order", "b1", "recall", "--all", "--sender", "nordby")
    listed.stack.run()
    listed.stack.advance(timedelta(minutes=2))
    (tmp_path / "held.csv").write_text("damaged")
    came = _fetch(brevdue, tmp_path)

    assert [name for name, how in came.items() if how == "unchanged"] == [
        "changes-0001.csv",
        "no_reaction.csv",
        "receipts.csv",
        "receipts.jsonl",
        "refused-v2.json",
        "report.html",
        "to_correct.csv",
    ]
    assert _files(tmp_path) == {name: listed.bucket.read(PREFIX + name) for name in came}


def test_rows_that_are_being_corrected_are_left_as_they_are(listed: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    _fetch(brevdue, tmp_path)
    (tmp_path / "to_correct.csv").write_text("half corrected")

    result = brevdue("receipts", "b1", "--sender", "nordby", "--into", str(tmp_path))

    assert (tmp_path / "to_correct.csv").read_text() == "half corrected"
    assert "changed here, and left so" in " ".join(result.stdout.split())
    (tmp_path / "to_correct.csv").unlink()
    assert _fetch(brevdue, tmp_path)["to_correct.csv"] == "new"
    assert listed.bucket.read(f"{PREFIX}to_correct.csv") == (tmp_path / "to_correct.csv").read_bytes()


def test_refused_rows_come_as_a_workbook_too_which_is_left_alone(
    listed: Office, brevdue: Brevdue, tmp_path: Path
) -> None:
    _fetch(brevdue, tmp_path)
    target = BytesIO()
    to_csv(tmp_path / "to_correct.xlsx", target)
    assert target.getvalue() == listed.bucket.read(f"{PREFIX}to_correct.csv")

    (tmp_path / "to_correct.xlsx").write_bytes(b"half corrected")
    _fetch(brevdue, tmp_path)
    assert (tmp_path / "to_correct.xlsx").read_bytes() == b"half corrected"


def test_nothing_is_written_outside_the_folder(listed: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    strange = ["../../escaped.csv", ".hidden", "..", "a\\b.csv", "C:evil.csv", "/etc.csv", "line\nbreak.csv", "x" * 300]
    for name in strange:
        listed.s3.put_object(Bucket=listed.bucket_name, Key=f"{PREFIX}{name}", Body=b"evil")
    folder = tmp_path / "in" / "here"

    result = brevdue("receipts", "b1", "--sender", "nordby", "--into", str(folder))

    assert result.exit_code == 0
    assert [file for file in tmp_path.rglob("*") if file.is_file() and file.parent != folder] == []
    assert b"evil" not in {file.read_bytes() for file in folder.iterdir()}
    assert "left out, for its name is none of a file: '.hidden'" in result.stdout


@pytest.mark.usefixtures("listed")
def test_the_files_are_told_with_what_they_are(brevdue: Brevdue, tmp_path: Path) -> None:
    result = brevdue("receipts", "b1", "--sender", "nordby", "--into", str(tmp_path))

    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "receipts.csv every letter, for a spreadsheet new" in lines
    assert "to_correct.csv refused rows: correct them, and send them as a new batch new" in lines
    assert any(line.startswith("● in transit 1") for line in lines)
    assert "1 refused: they are in to_correct.csv, to be corrected and sent as a new batch" in lines


def test_where_nothing_came_back_that_is_said(
    brevdue: Brevdue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = brevdue("receipts", "b1", "--sender", "nordby")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "there are no receipts yet" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("listed")
def test_a_folder_that_cannot_be_written_is_told(brevdue: Brevdue, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = brevdue("receipts", "b1", "--sender", "nordby", "--into", str(tmp_path / "file"))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{tmp_path / 'file'} cannot be written")


class _Rewritten(Connection):
    """A bucket in which a list is being written: some reads find it before its summary."""

    def __init__(self, office: Office, times: int) -> None:
        super().__init__(office.s3, office.bucket_name)
        self._times = times

    def chunks(self, key: str) -> Iterator[bytes]:
        if key.endswith("receipts.csv") and self._times:
            self._times -= 1
            yield b"newer than the summary"
        else:
            yield from super().chunks(key)


def _fetch_rewritten(office: Office, folder: Path, times: int) -> Fetched:
    slept: list[float] = []
    pace = Pace(1, 3, lambda: sum(slept), slept.append)
    return fetching.fetch(_Rewritten(office, times), "nordby", "b1", folder, pace)


def test_a_list_that_is_being_rewritten_is_tried_again(listed: Office, tmp_path: Path) -> None:
    found = _fetch_rewritten(listed, tmp_path, 3)

    assert "receipts.csv" in {file.name for file in found.files}
    assert (tmp_path / "receipts.csv").read_bytes() == listed.bucket.read(f"{PREFIX}receipts.csv")


def test_what_is_rewritten_all_the_time_is_given_up_without_half_a_file(listed: Office, tmp_path: Path) -> None:
    with pytest.raises(NothingFetchedError, match="being rewritten: try again in a minute"):
        _fetch_rewritten(listed, tmp_path, 99)

    whole: dict[str, Any] = {name: listed.bucket.read(PREFIX + name) for name in _files(tmp_path)}
    assert _files(tmp_path) == whole
    assert not {"receipts.csv", "summary.json"} & whole.keys()
