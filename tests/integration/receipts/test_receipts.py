import csv
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO

import pytest

from cloud.bucket import ConflictError
from postal import messages
from postal.batches import BatchState
from postal.messages import Sweep, WriteReceipts
from postal.pages import Page
from postal.reasons import Reason
from postal.senders import Regime, Settings
from tests.integration.receipts.world import PREFIX, Calls, World, letters
from tests.unit.receipts import samples
from tests.unit.receipts.samples import refused

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAMES = {
    "receipts.jsonl",
    "receipts.csv",
    "changes-0001.csv",
    "held.csv",
    "to_correct.csv",
    "summary.json",
}


def table(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    return list(csv.reader(StringIO(data[3:].decode(), newline=""), delimiter=";"))


def three_letters(world: World) -> Page:
    """A held letter, a refused row, and a letter that is handed over and not delivered."""
    world.commit([samples.letter(1), refused(2), samples.letter(3)])
    return world.sort(0, "HrK")


def test_a_batch_is_answered_for_row_by_row(world: World) -> None:
    page = three_letters(world)
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "3", NOW)
    world.run(NOW)
    lines = [json.loads(line) for line in world.read("receipts.jsonl").splitlines()]
    assert [(line["row"], line["reference"], line["status"], line["code"]) for line in lines] == [
        (1, "ref-1", "held", "HELD_FOR_SENDER"),
        (2, "ref-2", "rejected", "DOCUMENT_MISSING"),
        (3, "ref-3", "delivered", "REGISTERED_IN_EBOKS"),
    ]
    assert lines[2] == {
        "reference": "ref-3",
        "row": 3,
        "status": "delivered",
        "code": "REGISTERED_IN_EBOKS",
        "channel": "eboks",
        "time": "2026-11-18T10:30:00+01:00",
        "controller": "recipient",
        "text": ("Modtageren er bruger af e-Boks og er tilmeldt afsenderen. Brevet ligger i modtagerens postkasse."),
        "next_step": "none",
    }
    whole = table(world.read("receipts.csv"))
    assert whole[0] == ["reference", "row", "status", "code", "channel", "time", "controller", "text", "next_step"]
    assert [row[:4] for row in whole[1:]] == [
        [line["reference"], str(line["row"]), line["status"], line["code"]] for line in lines
    ]
    assert world.read("changes-0001.csv") == world.read("receipts.csv")


def test_files_say_what_to_correct_and_what_is_held(world: World) -> None:
    three_letters(world)
    world.run(NOW)
    assert set(world.files()) == NAMES
    assert table(world.read("to_correct.csv")) == [
        ["Reference", "Titel", "Fil", "error", "remedy"],
        [
            "ref-2",
            "",
            "a.pdf",
            "Dokumentet »a.pdf« mangler. Titlen er tom.",
            "Upload det under documents/. Skriv en titel.",
        ],
    ]
    columns, held = table(world.read("held.csv"))
    assert columns == ["reference", "row", "since", "until", "text", "next_step"]
    assert held[:4] == ["ref-1", "1", "2026-11-18T09:05:00+01:00", "2026-12-18T09:00:00+01:00"]
    assert "dataansvarlig" in held[4]


def test_the_summary_counts_and_hashes_the_files(world: World) -> None:
    three_letters(world)
    world.run(NOW)
    summary = json.loads(world.read("summary.json"))
    files = world.files()
    assert summary["files"] == {
        name: sha256(data).hexdigest() for name, data in files.items() if name != "summary.json"
    }
    assert summary["statuses"] == {"held": 1, "rejected": 1, "waiting": 1}
    assert summary["channels"] == {"eboks": 1}
    assert (summary["number"], summary["rows"], summary["refused_rows"], summary["state"]) == (1, 3, 1, "open")


def test_what_is_not_sorted_waits(world: World) -> None:
    world.commit(letters(401))
    world.sort(0, "K" * 400)
    world.run(NOW)
    last = json.loads(world.read("receipts.jsonl").splitlines()[-1])
    assert (last["row"], last["status"], last["code"]) == (401, "waiting", "WAITING_TO_BE_SORTED")
    assert last["time"] == "2026-11-18T09:00:00+01:00"


def test_a_repeat_writes_nothing_anew(world: World) -> None:
    three_letters(world)
    world.run(NOW)
    before = {name: world.versions(name) for name in NAMES}
    world.run(LATER)
    assert {name: world.versions(name) for name in NAMES} == before


def test_a_change_makes_the_next_list_and_tells_only_what_changed(world: World) -> None:
    page = three_letters(world)
    world.run(NOW)
    (first,) = world.versions("receipts.jsonl")
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "3", LATER)
    world.run(LATER)
    info = world.bucket.head(PREFIX + "receipts.jsonl")
    assert info
    assert info.metadata == {"number": "2", "previous": first, "written-at": "2026-11-18T10:30:00Z"}
    assert [row[1:3] for row in table(world.read("changes-0002.csv"))] == [["row", "status"], ["3", "delivered"]]
    assert [row[2] for row in table(world.read("changes-0001.csv"))] == ["status", "held", "rejected", "waiting"]
    assert json.loads(world.read("summary.json"))["number"] == 2


def test_the_summary_keeps_up_with_the_batch_without_a_new_list(world: World) -> None:
    three_letters(world)
    world.run(NOW)
    batch = world.batches.batch("kommunekemi", "2026-11")
    assert batch
    world.batches.set_sorted(batch, NOW)
    world.run(LATER)
    assert json.loads(world.read("summary.json"))["sorted_at"] == "2026-11-18T10:30:00+01:00"
    assert len(world.versions("receipts.jsonl")) == len(world.versions("receipts.csv")) == 1


def test_a_batch_of_final_letters_is_settled(world: World) -> None:
    world.commit([samples.letter(1), refused(2)])
    world.deliver(world.sort(0, "Kr"), Reason.REGISTERED_IN_EBOKS, 1, "1", NOW)
    world.run(NOW)
    assert world.state() is BatchState.SETTLED
    assert json.loads(world.read("summary.json"))["state"] == "settled"


def test_a_batch_with_a_letter_that_may_still_go_on_paper_stays_open(world: World) -> None:
    world.commit([samples.letter(1)], samples.sender(Regime.NO_PUBLIC, "nb"))
    world.deliver(world.sort(0, "A"), Reason.ALTINN_BY_DEFAULT, 1, "1", NOW)
    world.run(NOW)
    assert world.state() is BatchState.OPEN
    world.batches.set_fact(
        Page(sender="kommunekemi", batch="2026-11", number=0, key="", version="", first=0, last=0),
        1,
        "opened_at",
        LATER,
    )
    world.run(LATER)
    assert world.state() is BatchState.SETTLED


def test_the_due_entry_goes_when_its_work_is_done(world: World) -> None:
    three_letters(world)
    asked = world.arm(NOW)
    world.run(NOW, asked)
    assert world.due() == []


def test_a_due_entry_that_was_put_anew_stays(world: World) -> None:
    three_letters(world)
    asked = world.arm(NOW)
    world.arm(NOW)
    world.run(NOW, asked)
    assert [entry["sk"] for entry in world.due()] == [asked.due_sk]


def test_a_batch_that_is_not_committed_is_an_error(world: World) -> None:
    with pytest.raises(LookupError, match="not committed"):
        world.run(NOW)


def test_a_message_of_somebody_else_is_an_error(world: World) -> None:
    page = Page(sender="s", batch="b", number=0, key="k", version="v", first=0, last=1)
    with pytest.raises(ValueError, match="takes no Sweep"):
        world.receipts.handle(messages.encode(Sweep(page=page, due_sk="", token="", tries=0)), NOW)


def test_a_row_file_that_is_too_short_makes_no_list(world: World) -> None:
    batch = world.commit(letters(400))
    world.dynamodb.update_item(
        TableName=world.name,
        Key={"pk": {"S": "kommunekemi#2026-11"}, "sk": {"S": "batch"}},
        UpdateExpression="SET #rows = :rows",
        ExpressionAttributeNames={"#rows": "rows"},
        ExpressionAttributeValues={":rows": {"N": str(batch.rows + 400)}},
    )
    with pytest.raises(ValueError, match="400 rows for a batch of 800"):
        world.run(NOW)
    assert world.files() == {}


def test_a_summary_of_before_the_commit_is_replaced(world: World) -> None:
    world.bucket.put(PREFIX + "summary.json", b'{"state": "waiting_for_documents"}')
    three_letters(world)
    world.run(NOW)
    assert json.loads(world.read("summary.json"))["number"] == 1
    assert set(world.files()) == NAMES


def test_another_runs_newer_files_are_not_overwritten(world: World) -> None:
    three_letters(world)
    world.run(NOW)
    key = PREFIX + "held.csv"
    world.s3.put_object(Bucket=world.name, Key=key, Body=b"newer", Metadata={"number": "7"})
    world.s3.delete_object(Bucket=world.name, Key=PREFIX + "summary.json")
    with pytest.raises(ConflictError):
        world.run(LATER)
    assert world.read("held.csv") == b"newer"


def test_long_lists_are_written_in_parts_over_their_predecessor(world: World) -> None:
    # Long references make a list of more than one part of 5 MiB from few pages.
    rows = [refused(row, {"Reference": "r" * 2_000, "Fil": str(row)}) for row in range(1, 3_201)]
    world.commit(rows)
    for page in range(8):
        world.sort(page, "r" * 400)
    with world.watch(Calls()) as calls:
        world.run(NOW)
    assert "CompleteMultipartUpload" in calls.made
    assert len(world.read("to_correct.csv")) > 5 * 1024 * 1024
    assert len(table(world.read("to_correct.csv"))) == 3_201
    summary = json.loads(world.read("summary.json"))
    assert summary["files"]["to_correct.csv"] == sha256(world.read("to_correct.csv")).hexdigest()
    assert summary["state"] == "settled"


def test_settings_of_the_sender_rule_the_hold(world: World) -> None:
    settings = Settings(hold_days=10, fallback="return")
    world.commit([samples.letter(1)], samples.sender(language="en", settings=settings))
    world.sort(0, "H")
    world.run(NOW, WriteReceipts(sender="kommunekemi", batch="2026-11"))
    (_, held) = table(world.read("held.csv"))
    assert held[3] == "2026-11-28T09:00:00+01:00"
    assert held[4].endswith("it is not sent, and the sender has to find another way.")
