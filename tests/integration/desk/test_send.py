"""`brevdue send`: everything once, and nothing twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import msgspec
import pytest

from brevdue.desk import uploading
from brevdue.desk.connection import Connection
from brevdue.desk.folders import open_folder
from brevdue.desk.progress import Nobody
from brevdue.office import Office as Deployed
from brevdue.operate.senders import put_copy
from brevdue.sample.sample import Sample
from brevdue.sender_yaml import as_yaml
from brevdue.stages import Nobody as NobodyWatches
from postal.batches import BatchState
from postal.senders import Sender, Settings
from tests.integration.desk.batches import puts, rights_of, rows, watched_calls, write, written_at
from tests.integration.desk.conftest import Brevdue
from tests.integration.ingest.conftest import row
from tests.support.office import NORWEGIAN, START, Office

DOCUMENTS = "inbox/nordby/november/documents/"
MANIFEST = "inbox/nordby/november/manifest.csv"


@pytest.fixture(autouse=True)
def _the_sender_has_its_settings(office: Office) -> None:
    put_copy(office.bucket, NORWEGIAN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "November", *rows(3))


def _send(brevdue: Brevdue, folder: Path, *options: str) -> dict[str, Any]:
    """Send what can be sent."""
    result = brevdue("send", str(folder), "--sender", "nordby", "--json", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _admit(office: Office, **settings: Any) -> Sender:
    sender = msgspec.structs.replace(NORWEGIAN, settings=msgspec.convert(settings, Settings))
    office.senders.put(sender)
    put_copy(office.bucket, sender)
    return sender


def _committed(office: Office, batch: str = "november") -> tuple[int, int]:
    """Rows and refused rows of an accepted batch."""
    found = office.batches.committed("nordby", batch)
    return found.rows, found.refused_rows


def test_documents_go_first_and_the_manifest_last(office: Office, brevdue: Brevdue, folder: Path) -> None:
    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "november is sent: 3 rows, 3 documents, 0.0 MB",
        "next: brevdue watch november --sender nordby",
    ]
    *documents, last = puts(asked)
    assert (sorted(documents), last) == ([f"{DOCUMENTS}brev-{n:06}.pdf" for n in (1, 2, 3)], MANIFEST)
    info = office.s3.head_object(Bucket=office.bucket_name, Key=documents[0])
    assert info["ContentType"] == "application/pdf"
    office.stack.run()
    assert _committed(office) == (3, 0)
    head = office.bucket.head(MANIFEST)
    assert head is not None
    assert head.metadata == {"sha256": office.batches.committed("nordby", "november").manifest_sha256}


def test_what_was_sent_is_not_sent_again(office: Office, brevdue: Brevdue, folder: Path) -> None:
    _send(brevdue, folder)
    for state in ("being read", "accepted"):
        with watched_calls() as asked:
            assert _send(brevdue, folder)["outcome"] == "already_sent", state
        assert puts(asked) == []
        office.stack.run()
    result = brevdue("send", str(folder), "--sender", "nordby")
    assert result.stdout.splitlines()[0] == "november was already sent"
    assert len(office.s3.list_object_versions(Bucket=office.bucket_name, Prefix=MANIFEST)["Versions"]) == 1


def test_it_goes_on_where_it_stopped(office: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    folder = write(tmp_path / "November", *rows(40))
    with watched_calls(fail_at=30) as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")
    assert result.exit_code == 2
    assert result.stderr == "PutObject failed: Try later. (InternalError)\n"
    assert MANIFEST not in puts(asked)
    there = {key.removeprefix(DOCUMENTS) for key in office.bucket.list_keys(DOCUMENTS)}
    assert len(there) == 29

    with watched_calls() as asked:
        sent = _send(brevdue, folder)

    assert len(puts(asked)) == 40 - 29 + 1
    assert not {key.removeprefix(DOCUMENTS) for key in puts(asked)} & there
    assert sent["uploaded"]["documents"] == 40 - 29
    office.stack.run()
    assert _committed(office) == (40, 0)


def test_a_document_that_was_written_since_is_uploaded_again(brevdue: Brevdue, folder: Path) -> None:
    with watched_calls(fail_at=4):
        assert brevdue("send", str(folder), "--sender", "nordby").exit_code == 2
    longer, newer = (folder / "documents" / f"brev-00000{n}.pdf" for n in (1, 2))
    longer.write_bytes(longer.read_bytes() + b"\n")
    written_at(longer, START - timedelta(days=1))
    written_at(newer, START + timedelta(hours=1))

    with watched_calls() as asked:
        _send(brevdue, folder)

    assert sorted(puts(asked)) == [f"{DOCUMENTS}{longer.name}", f"{DOCUMENTS}{newer.name}", MANIFEST]


def test_rows_with_errors_are_shown_and_nothing_is_sent(brevdue: Brevdue, tmp_path: Path) -> None:
    folder = write(tmp_path / "November", *rows(2), row(3, title=""))

    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")
        as_json = json.loads(brevdue("send", str(folder), "--sender", "nordby", "--json").stdout)

    assert (result.exit_code, puts(asked)) == (1, [])
    assert "1 of 3 rows with errors." in result.stdout
    assert result.stderr == "nothing was sent: correct the rows, or send the others with --with-errors\n"
    assert (as_json["outcome"], as_json["report"]["kinds"]) == ("has_errors", {"VALUE_MISSING": 1})


def test_rows_with_errors_are_sent_on_demand(office: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    folder = write(tmp_path / "November", *rows(2), row(3, title=""))

    result = brevdue("send", str(folder), "--sender", "nordby", "--with-errors")

    assert result.exit_code == 0
    assert "1 of them has errors, and will reach nobody" in result.stdout
    office.stack.run()
    assert _committed(office) == (3, 1)


def test_what_would_be_refused_as_a_whole_is_never_sent(office: Office, brevdue: Brevdue, tmp_path: Path) -> None:
    _admit(office, bad_rows="refuse_batch")
    folder = write(tmp_path / "November", *rows(2), row(3, title=""))

    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby", "--with-errors")

    assert (result.exit_code, puts(asked)) == (1, [])
    assert "Sent as it is, the whole batch is refused." in result.stdout
    assert result.stderr == "nothing was sent: correct the rows\n"


def test_nothing_is_sent_for_a_sender_that_is_disabled(office: Office, brevdue: Brevdue, folder: Path) -> None:
    put_copy(office.bucket, msgspec.structs.replace(NORWEGIAN, disabled=True))

    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")

    assert (result.exit_code, result.stdout, puts(asked)) == (1, "", [])
    assert "takes nothing from nordby, which is disabled" in result.stderr


def test_another_manifest_of_an_accepted_batch_is_a_conflict(office: Office, brevdue: Brevdue, folder: Path) -> None:
    _send(brevdue, folder)
    write(folder, *rows(2))
    for says in ("is being read", "was accepted with another manifest"):
        with watched_calls() as asked:
            result = brevdue("send", str(folder), "--sender", "nordby")
            as_json = json.loads(brevdue("send", str(folder), "--sender", "nordby", "--json").stdout)
        assert (result.exit_code, result.stdout, puts(asked)) == (1, "", [])
        assert says in result.stderr
        assert "--batch" in result.stderr
        assert as_json == {"sender": "nordby", "batch": "november", "outcome": "not_sent", "errors": []}
        office.stack.run()

    assert _send(brevdue, folder, "--batch", "november-2")["outcome"] == "sent"
    office.stack.run()
    assert (_committed(office), _committed(office, "november-2")) == ((3, 0), (2, 0))


def test_the_same_batch_in_another_form_is_a_conflict_too(office: Office, brevdue: Brevdue, folder: Path) -> None:
    _send(brevdue, folder)
    (folder / "manifest.csv").unlink()
    (folder / "manifest.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in rows(3)))

    result = brevdue("send", str(folder), "--sender", "nordby")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "another manifest of the batch november is being read" in result.stderr
    assert office.bucket.head(MANIFEST.replace(".csv", ".jsonl")) is None


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.jsonl"])
def test_a_refused_manifest_is_replaced_by_a_better_one(
    office: Office, brevdue: Brevdue, folder: Path, name: str
) -> None:
    # A manifest that a check would have stopped.
    office.bucket.put(MANIFEST, b"no;header\r\n1;2\r\n")
    office.stack.run()
    if name == "manifest.jsonl":
        (folder / "manifest.csv").unlink()
        (folder / name).write_text("".join(f"{json.dumps(one)}\n" for one in rows(3)))

    assert _send(brevdue, folder)["outcome"] == "sent"
    assert _send(brevdue, folder)["outcome"] == "already_sent"
    office.stack.run()

    assert _committed(office) == (3, 0)
    assert office.batches.committed("nordby", "november").manifest.endswith(name)


def test_a_refused_manifest_is_not_sent_again_as_it_is(office: Office, brevdue: Brevdue, folder: Path) -> None:
    office.senders.put(msgspec.structs.replace(NORWEGIAN, disabled=True))
    _send(brevdue, folder)
    office.stack.run()

    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")
        as_json = json.loads(brevdue("send", str(folder), "--sender", "nordby", "--json").stdout)

    assert (result.exit_code, puts(asked)) == (1, [])
    assert "this manifest was refused" in result.stderr
    assert "avsenderen er sperret" in result.stdout
    assert (as_json["outcome"], [error["code"] for error in as_json["errors"]]) == ("refused", ["SENDER_DISABLED"])


def test_documents_that_check_in_waits_for_are_added(office: Office, brevdue: Brevdue, folder: Path) -> None:
    # Sent by hand, and in the wrong order: without metadata, and before its documents.
    office.bucket.put(MANIFEST, (folder / "manifest.csv").read_bytes())
    office.bucket.put(f"{DOCUMENTS}brev-000001.pdf", (folder / "documents" / "brev-000001.pdf").read_bytes())
    office.stack.run()
    assert json.loads(office.bucket.read("receipts/nordby/november/summary.json"))["state"] == "waiting_for_documents"

    with watched_calls() as asked:
        result = brevdue("send", str(folder), "--sender", "nordby")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "november was already sent; 2 documents added")
    assert sorted(puts(asked)) == [f"{DOCUMENTS}brev-00000{n}.pdf" for n in (2, 3)]
    office.let_pass(timedelta(minutes=2))
    assert _committed(office) == (3, 0)


def _send_at_once(office: Office, *folders: Path) -> list[str]:
    """Send several folders as one batch, all of which have looked before any has put its manifest."""
    ready = Barrier(len(folders))

    class Together(Nobody):
        def begin(self, what: str, total: int | None) -> None:
            super().begin(what, total)
            if what == "Uploading documents":
                ready.wait(timeout=30)

    def send(folder: Path) -> str:
        connection = Connection(office.stack.client("s3"), office.bucket_name)
        with open_folder(folder) as opened:
            try:
                found = uploading.send(
                    connection, NORWEGIAN, opened, "november", Together(), now=START, with_errors=False
                )
            except uploading.NotSentError as error:
                return str(error)
        return found.outcome

    with ThreadPoolExecutor(len(folders)) as threads:
        return sorted(threads.map(send, folders))


def test_of_two_who_send_the_same_at_once_one_sends_it(office: Office, folder: Path) -> None:
    assert _send_at_once(office, folder, folder) == ["already_sent", "sent"]


def test_of_two_who_send_different_batches_under_one_name_one_is_told(office: Office, tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", *rows(2)), write(tmp_path / "other", *rows(3))

    told, outcome = _send_at_once(office, one, other)

    assert outcome == "sent"
    assert told.startswith("another manifest of the batch november is being read")


def test_the_folder_names_the_batch_where_nothing_else_does(brevdue: Brevdue, tmp_path: Path) -> None:
    folder = write(tmp_path / "Årsopgørelser Sønderjylland 2026", *rows(1))
    assert _send(brevdue, folder)["batch"] == "aarsopgoerelser-soenderjylland-2026"

    nameless = write(tmp_path / "…", *rows(1))
    result = brevdue("send", str(nameless), "--sender", "nordby")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "makes no batch id: name one with --batch" in result.stderr
    assert brevdue("send", str(nameless), "--sender", "nordby", "--batch", "a/b").exit_code == 2


def test_a_file_of_settings_will_do_for_the_name(
    office: Office, brevdue: Brevdue, folder: Path, tmp_path: Path
) -> None:
    office.s3.delete_object(Bucket=office.bucket_name, Key="receipts/nordby/_sender.json")
    unknown = brevdue("send", str(folder), "--sender", "nordby")
    (tmp_path / "us.yaml").write_text(as_yaml(NORWEGIAN), encoding="utf-8")

    known = brevdue("send", str(folder), "--sender", str(tmp_path / "us.yaml"))

    assert (unknown.exit_code, known.exit_code) == (2, 0)
    assert "the post office has no settings of nordby" in unknown.stderr


def test_what_cannot_be_read_is_told(brevdue: Brevdue, tmp_path: Path, folder: Path) -> None:
    nothing = brevdue("send", str(tmp_path / "nowhere"), "--sender", "nordby")
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "is no folder" in nothing.stderr
    nobody = brevdue("send", str(folder), "--sender", str(tmp_path / "us.yaml"))
    assert nobody.exit_code == 2
    assert "us.yaml is no file that can be read, and no sender's id" in nobody.stderr


def test_the_sample_goes_through_with_the_rights_of_its_senders(
    office: Office, brevdue: Brevdue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = Sample(30, 1, START)
    Deployed(office.stack).admit(sample, NobodyWatches())
    monkeypatch.setenv("BREVDUE_BUCKET", office.bucket_name)
    for batch in sample.batches:
        folder = batch.write(tmp_path)
        with rights_of(batch.sender.id):
            result = brevdue("send", str(folder), "--sender", batch.sender.id, "--with-errors")
        assert (result.exit_code, result.stderr) == (0, "")
        office.stack.run()
        found = office.batches.committed(batch.sender.id, batch.id)
        assert (found.rows, found.state) == (batch.count, BatchState.OPEN)
