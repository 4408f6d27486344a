import csv
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Literal

import pytest

from cloud.bucket import ConflictError
from postal import messages
from postal.batches import BatchState
from postal.channels import Channel
from postal.consignments import Consignment, Delivered
from postal.messages import Sweep, WriteReceipts
from postal.pages import Page
from postal.reasons import Reason
from postal.senders import Regime, Settings
from tests.integration.receipts.world import PAGE, PREFIX, Calls, World, letters
from tests.support.times import PLENTY
from tests.unit.receipts import samples
from tests.unit.receipts.samples import refused

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAMES = {
    "receipts.jsonl",
    "receipts.csv",
    "changes-0001.csv",
    "held.csv",
    "no_reaction.csv",
    "to_correct.csv",
    "report.html",
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
        "text": (
            "Modtageren bruger e-Boks og har ifølge afsender accepteret vilkårene. "
            "Brevet ligger i modtagerens postkasse."
        ),
        "next_step": "none",
        "until": "",
        "respond_by": "",
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
    assert columns == ["reference", "row", "since", "days", "code", "text", "until", "next_step"]
    assert held[:5] == ["ref-1", "1", "2026-11-18T09:05:00+01:00", "0", "HELD_FOR_SENDER"]
    assert held[6:] == ["2026-12-18T09:05:00+01:00", "wait"]


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
    world.batches.set_fact(PAGE, 1, "opened_at", LATER, LATER)
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


def test_a_held_letter_ages_with_the_list_that_tells_of_it(world: World) -> None:
    world.commit([samples.letter(1), samples.letter(2)])
    page = world.sort(0, "HK")
    until = datetime(2027, 3, 1, 11, tzinfo=UTC)
    assert world.batches.extend(page, 1, None, until)
    world.run(NOW)
    world.run(NOW + timedelta(days=9))
    assert table(world.read("held.csv"))[1][3] == "0"
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "2", LATER)
    world.run(samples.SORTED_AT + timedelta(days=10) - timedelta(seconds=1))
    assert table(world.read("held.csv"))[1][3] == "9"
    assert table(world.read("held.csv"))[1][6] == "2027-03-01T12:00:00+01:00"
    world.batches.set_fact(page, 2, "opened_at", LATER, LATER)
    world.run(samples.SORTED_AT + timedelta(days=10))
    assert table(world.read("held.csv"))[1][3] == "10"


def test_a_letter_that_was_opened_after_its_print_job_took_it_stays_on_paper(world: World) -> None:
    world.commit([samples.letter(1), samples.letter(2)], samples.sender(Regime.DK_PUBLIC))
    page = world.sort(0, "FF")
    put = Consignment(channel=Channel.PRINT, n=1, rows="1-2")
    world.batches.put_consignment(page, put)
    for row in (1, 2):
        assert world.batches.claim(page, row, None, 1, NOW)
        world.batches.set_fact(page, row, "opened_at", NOW, NOW)
    assert world.batches.record(page, put, [Delivered(at=NOW, rows="1")])
    world.run(NOW)
    assert [(row[2], row[4]) for row in table(world.read("receipts.csv"))[1:]] == [
        ("printed", "print"),
        ("to_print", "print"),
    ]
    world.batches.set_fact(page, 1, "returned_at", LATER, LATER)
    world.run(LATER)
    assert [row[2] for row in table(world.read("receipts.csv"))[1:]] == ["returned", "to_print"]


def test_who_has_not_reacted_is_told_once_the_day_has_passed(world: World) -> None:
    by = "2026-11-18T10:00:00Z"
    rows = [samples.letter(1, respond_by=by), samples.letter(2, respond_by=by), samples.letter(3)]
    world.commit(rows, samples.sender(language="en"))
    page = world.sort(0, "KKK")
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "1-3", NOW)
    world.batches.set_fact(page, 2, "responded_at", NOW, NOW)
    world.run(NOW)
    columns = ["reference", "row", "status", "code", "channel", "time", "respond_by", "text"]
    assert table(world.read("no_reaction.csv")) == [columns]
    assert world.state() is BatchState.SETTLED
    world.run(LATER)
    assert table(world.read("no_reaction.csv")) == [
        columns,
        [
            "ref-1",
            "1",
            "delivered",
            "REGISTERED_IN_EBOKS",
            "eboks",
            "2026-11-18T10:30:00+01:00",
            "2026-11-18T11:00:00+01:00",
            (
                "The recipient uses e-Boks and has accepted the terms, according to the sender. "
                "The letter lies in the recipient's mailbox. "
                "The day for a response has passed, and the sender has reported none."
            ),
        ],
    ]
    assert [row[1] for row in table(world.read("changes-0002.csv"))] == ["row", "1"]
    world.batches.set_fact(page, 1, "responded_at", LATER, LATER)
    world.run(LATER + timedelta(hours=1))
    assert table(world.read("no_reaction.csv")) == [columns]


def test_a_response_that_is_overdue_stays_so_where_a_clock_is_behind(world: World) -> None:
    world.commit([samples.letter(1, respond_by="2026-11-18T10:00:00Z")])
    world.sort(0, "K")
    world.run(LATER)
    before = world.files()
    world.run(NOW)
    assert world.files() == before
    assert len(world.versions("receipts.jsonl")) == 1
    world.batches.set_fact(PAGE, 1, "opened_at", NOW, NOW)
    world.run(NOW)
    info = world.bucket.head(PREFIX + "receipts.jsonl")
    assert info
    assert info.metadata["written-at"] == "2026-11-18T10:30:00Z"


def test_a_batch_that_awaits_approval_says_how_to_give_it(world: World) -> None:
    by = samples.sender(language="en", settings=Settings(bad_rows="await_approval"))
    batch = world.commit([samples.letter(1), refused(2)], by, BatchState.AWAITING_APPROVAL)
    world.run(NOW)
    summary = json.loads(world.read("summary.json"))
    assert (summary["state"], summary["statuses"]) == ("awaiting_approval", {"rejected": 1, "waiting": 1})
    assert summary["text"].startswith("1 of 2 rows have errors (50%). The sender lets 5% pass at the most")
    assert [row[3] for row in table(world.read("receipts.csv"))] == ["code", "AWAITING_APPROVAL", "DOCUMENT_MISSING"]
    world.batches.decide(batch, BatchState.OPEN, "approve.csv@v1")
    world.run(LATER)
    summary = json.loads(world.read("summary.json"))
    assert (summary["state"], "text" in summary) == ("open", False)
    assert [row[3] for row in table(world.read("changes-0002.csv"))] == ["code", "WAITING_TO_BE_SORTED"]


@pytest.mark.parametrize("disclosure", ["coded", "neutral"])
def test_a_batch_that_was_cancelled_is_recalled_to_the_last_letter(
    world: World, disclosure: Literal["coded", "neutral"]
) -> None:
    by = samples.sender(settings=Settings(bad_rows="await_approval", disclosure=disclosure))
    batch = world.commit([*letters(2), refused(3)], by, BatchState.AWAITING_APPROVAL)
    world.run(NOW, world.arm(NOW))
    world.batches.decide(batch, BatchState.CANCELLED, "approve.csv@v1")
    world.run(LATER, world.arm(LATER))
    summary = json.loads(world.read("summary.json"))
    assert (summary["state"], summary["statuses"]) == ("cancelled", {"recalled": 2, "rejected": 1})
    assert [row[2:4] for row in table(world.read("receipts.csv"))[1:]] == [
        ["recalled", "RECALLED_BY_SENDER"],
        ["recalled", "RECALLED_BY_SENDER"],
        ["rejected", "DOCUMENT_MISSING"],
    ]
    assert world.state() is BatchState.CANCELLED


def test_rows_that_were_recalled_before_their_page_is_sorted_read_so(world: World) -> None:
    world.commit(letters(2))
    assert world.batches.recall_unsorted(PAGE, [2])
    world.run(NOW)
    assert [(row[2], row[5]) for row in table(world.read("receipts.csv"))[1:]] == [
        ("waiting", "2026-11-18T09:00:00+01:00"),
        ("recalled", "2026-11-18T09:00:00+01:00"),
    ]


def test_a_batch_that_is_not_committed_is_an_error(world: World) -> None:
    with pytest.raises(LookupError, match="not committed"):
        world.run(NOW)


def test_a_message_of_somebody_else_is_an_error(world: World) -> None:
    page = Page(sender="s", batch="b", number=0, key="k", version="v", first=0, last=1)
    with pytest.raises(ValueError, match="takes no Sweep"):
        world.receipts.handle(messages.encode(Sweep(page=page, due_sk="", token="", tries=0)), NOW, PLENTY)


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
    assert held[5].endswith("it is not sent, and the sender has to find another way.")
    assert held[6] == "2026-11-28T09:05:00+01:00"
