"""The demo: every row is answered, and uploading again changes nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from brevdue import folder as folders
from brevdue import outcome as outcomes
from brevdue.connectors import Connectors
from brevdue.demo import Demo
from brevdue.office import Office
from brevdue.printers import Printers
from brevdue.sample.sample import Sample
from brevdue.stages import Nobody
from tests.support.office import ROOT, START
from tests.support.office import Office as Desk

ROWS = 60
#: Of a sample that has, in few letters, somebody for everything that happens overnight.
SEED = 22
ENV = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}"}


@pytest.fixture
def demo(office: Desk) -> Iterator[Demo]:
    before = office.stack.on_invocation
    sample = Sample(ROWS, SEED, office.now)
    connectors = Connectors(office.s3, office.bucket_name, SEED)
    printers = Printers(office.s3, office.bucket_name, SEED, returned=0)
    yield Demo(Office(office.stack), sample, connectors, printers, Nobody())
    office.stack.on_invocation = before


def test_the_command_prints_one_object_in_which_rows_equal_receipts(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "brevdue", "demo", "--rows", str(ROWS), "--json", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=ENV,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == {"senders", "dead_letters", "seconds", "folder", "print_jobs", "ingest_peak_mb"}
    assert len(found["print_jobs"]) >= 2
    for job, letters in found["print_jobs"].items():
        assert letters > 0
        assert len((tmp_path / job / "job.csv").read_text(encoding="utf-8").splitlines()) == letters + 1
    assert found["senders"].keys() == {"nordvik-kommune", "havblik-forsikring", "havneby-kommune"}
    for sender in found["senders"].values():
        assert sender["rows"] == sender["receipts"] == ROWS // 3
        assert sum(sender["statuses"].values()) == ROWS // 3
        assert sender["statuses"]["rejected"] >= 1
    assert found["dead_letters"] == 0
    assert 20 < found["ingest_peak_mb"] < 400
    assert found["folder"] == str(tmp_path)
    assert (tmp_path / "receipts" / "nordvik-kommune" / "november-2026" / "receipts.csv").exists()
    assert (tmp_path / "inbox" / "havblik-forsikring" / "fornyelse-2027" / "manifest.jsonl").exists()


def test_a_second_upload_of_the_same_changes_nothing(office: Desk, demo: Demo, tmp_path: Path) -> None:
    demo.play(tmp_path)
    sample = Sample(ROWS, SEED, office.now)
    before = _receipts(tmp_path)

    for batch in sample.batches:
        data = (tmp_path / batch.prefix / batch.manifest_name).read_bytes()
        office.s3.put_object(Bucket=office.bucket_name, Key=f"{batch.prefix}{batch.manifest_name}", Body=data)
    office.stack.run()
    demo.finish()
    folders.download(office.s3, office.bucket_name, "receipts/", tmp_path / "again")

    after = _receipts(tmp_path / "again")
    assert len(before) == len(demo._batches) > 3
    assert after == before
    assert office.stack.dead_letters() == {}
    assert [problem for batch in sample.batches for problem in outcomes.read(tmp_path, batch).problems()] == []


def _receipts(folder: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text(encoding="utf-8") for path in folder.glob("receipts/*/*/receipts.jsonl")}


def test_letters_find_their_way_after_a_refusal(office: Desk, demo: Demo, tmp_path: Path) -> None:
    demo._connectors._habits = type(demo._connectors._habits)(refused=0.5)
    demo.play(tmp_path)

    # What became of them later stands in the newer lists.
    texts = " ".join(path.read_text(encoding="utf-8-sig") for path in tmp_path.glob("receipts/*/*/changes-*.csv"))
    for code in ("ALTINN_AFTER_REFUSAL", "PAPER_AFTER_REFUSAL", "HELD_AFTER_REFUSAL"):
        assert code in texts
    assert office.stack.dead_letters() == {}
    assert office.stack.failures == []


def test_letters_follow_what_changes_in_the_register_overnight(office: Desk, demo: Demo) -> None:
    demo._connectors._habits = type(demo._connectors._habits)(refused=0)
    demo.play()
    effects = {effect.what: effect for effect in demo.effects()}

    (signed_up,) = (effect for what, effect in effects.items() if "signed up for e-Boks" in what)
    assert signed_up.before == {("held", ""): signed_up.after.total()}
    assert {channel for _, channel in signed_up.after} == {"eboks"}
    assert {status for status, _ in signed_up.after} <= {"delivered", "opened", "notice_failed"}
    switched = effects["A Norwegian switched from Altinn to Digipost"]
    assert {channel for _, channel in switched.before} == {"altinn"}
    assert {channel for _, channel in switched.after} == {"digipost"}
    assert effects["A Norwegian opted out of digital post"].after == {("printed", "print"): 1}
    assert effects["A Dane declined Havblik Forsikring"].before == {("held", ""): 1}
    assert effects["A Dane declined Havblik Forsikring"].after == {("printed", "print"): 1}
    accepted = effects["A Dane accepted Havblik Forsikring again"]
    assert accepted.before == {("to_print", "print"): 1}
    assert {channel for _, channel in accepted.after} == {"eboks"}
    ended = effects["A Dane's exemption from Digital Post ended"]
    assert ended.before == {("to_print", "print"): 1}
    assert {channel for _, channel in ended.after} == {"digital_post"}
    assert demo.complaints() == []
    assert [problem for effect in effects.values() for problem in effect.problems()] == []
    _check_that_nothing_was_forgotten(office)


def _check_that_nothing_was_forgotten(office: Desk) -> None:
    """What the register knew is still known of those of whom it heard more."""
    changed = 0
    for recipient, facts in Sample(ROWS, SEED, START).profiles():
        profile = office.recipients.profile(recipient.id)
        changed += profile.revision > 1
        assert profile.facts.keys() >= facts.keys()
        assert profile.recipient.contact == recipient.contact
        assert profile.recipient.mailboxes >= recipient.mailboxes
    assert changed >= 5


def test_up_serves_any_client_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "brevdue", "up", "--sample", "--rows", "4", "--port", "0", "--json"]
    with subprocess.Popen(  # noqa: S603 - our own
        [*command, "--folder", str(tmp_path), "--log", str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
        env=ENV,
    ) as served:
        try:
            assert served.stdout is not None
            address = json.loads(served.stdout.readline())
            s3 = boto3.client(
                "s3",
                endpoint_url=address["endpoint"],
                region_name=address["region"],
                aws_access_key_id=address["access_key_id"],
                aws_secret_access_key=address["secret_access_key"],
            )
            for file in sorted(Path(address["batches"][0]).rglob("*.*")):
                s3.upload_file(str(file), address["bucket"], file.relative_to(tmp_path).as_posix())
            s3.get_waiter("object_exists").wait(
                Bucket=address["bucket"],
                Key="receipts/nordvik-kommune/november-2026/summary.json",
                WaiterConfig={"Delay": 1, "MaxAttempts": 60},
            )
        finally:
            served.terminate()
        rest = served.stdout.read()

    assert served.returncode == 0
    assert rest == ""
