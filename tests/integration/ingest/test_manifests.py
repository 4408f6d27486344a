import json
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest

from brevdue.stack.stack import Call, Crash
from cloud.bucket import PART_BYTES
from postal import pages
from postal.batches import BatchState
from postal.letters import Letter, RefusedRow
from postal.messages import CheckManifest
from postal.senders import Sender, Settings
from postal.status import Status
from tests.integration.ingest.conftest import PDF, Uploads, row
from tests.support.office import NORWEGIAN, START, Office

#: After which a message of the uploads queue comes again.
VISIBILITY = timedelta(seconds=5_400)
DOCUMENTS = [f"brev-{n:06}.pdf" for n in range(5)]


def _with(office: Office, **settings: object) -> None:
    """Give the Norwegian sender other settings."""
    office.senders.put(msgspec.structs.replace(NORWEGIAN, settings=msgspec.convert(settings, Settings)))


def test_a_manifest_becomes_a_batch_whose_letters_are_sorted(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    version = uploads.manifest([row(n) for n in range(5)])

    office.stack.run()

    batch = uploads.committed()
    assert (batch.state, batch.rows, batch.refused_rows) == (BatchState.OPEN, 5, 0)
    assert (batch.manifest_version, batch.accepted_at) == (version, START)
    assert batch.sender == NORWEGIAN
    letters = uploads.rows()
    assert [letter.reference for letter in letters] == [f"F-{n}" for n in range(5)]
    assert isinstance(letters[3], Letter)
    (document,) = letters[3].documents
    assert (document.path, document.size) == ("brev-000003.pdf", len(PDF))
    assert document.version == uploads.office.bucket.head("inbox/nordby/b1/documents/brev-000003.pdf").version  # type: ignore[union-attr]
    items = office.batches.page_items("nordby", "b1", 0)
    assert items.sorting is not None
    assert office.statuses(items.sorting.page, 5) == [Status.IN_TRANSIT] * 5
    assert {"2026-11-18T09:15:00Z#nordby#b1#0#page", "2026-11-18T10:00:00Z#nordby#b1#receipts"} <= {
        entry["sk"] for entry in office.due()
    }
    assert (office.stack.failures, office.stack.refusals, office.stack.dead_letters()) == ([], [], {})


@pytest.mark.parametrize("name", ["manifest.csv.gz", "manifest.csv"])
def test_documents_may_come_after_the_manifest(uploads: Uploads, office: Office, name: str) -> None:
    uploads.manifest([row(n) for n in range(5)], name)
    uploads.documents(*DOCUMENTS[:3])
    office.stack.run()

    assert uploads.batch() is None
    summary = uploads.receipt("summary")
    assert (summary["state"], summary["letters_waiting"]) == ("waiting_for_documents", 2)
    assert summary["missing_documents"] == DOCUMENTS[3:]
    assert summary["waits_until"] == "2026-11-18T10:15:00+01:00"

    uploads.documents(*DOCUMENTS[3:])
    office.stack.advance(timedelta(seconds=59))
    assert uploads.batch() is None
    office.stack.advance(timedelta(seconds=1))
    assert uploads.committed().refused_rows == 0
    assert uploads.receipt("summary")["state"] == "open"


def test_rows_whose_documents_never_come_are_refused_when_the_time_is_up(uploads: Uploads, office: Office) -> None:
    looks: list[int] = []
    office.stack.on_invocation = lambda function, _count: (
        looks.append(int((office.now - START).total_seconds())) if function == "ingest" else None
    )
    uploads.documents(*DOCUMENTS[:4])
    uploads.manifest([row(n) for n in range(5)])
    office.stack.run()

    _pass(office, timedelta(minutes=20))

    # Due after 30, 90, 210, 450 and 900 seconds, and sent on by the minute.
    assert looks == [0, 60, 120, 240, 480, 900]
    assert uploads.errors() == {5: ["DOCUMENT_MISSING"]}
    assert uploads.committed().refused_rows == 1


def test_documents_are_waited_for_as_long_as_the_sender_wants(uploads: Uploads, office: Office) -> None:
    _with(office, document_wait_minutes=24 * 60)
    uploads.documents(*DOCUMENTS[:4])
    uploads.manifest([row(n) for n in range(5)])
    office.stack.run()
    _pass(office, timedelta(hours=23), timedelta(minutes=15))
    assert uploads.batch() is None

    uploads.documents(*DOCUMENTS[4:])
    _pass(office, timedelta(minutes=16))

    assert uploads.errors() == {}
    assert _waiting(office) == []
    assert office.stack.deepest_chains["ingest"] == 1
    assert office.stack.dead_letters() == {}


def test_the_waiting_ends_at_its_deadline_however_long_it_was(uploads: Uploads, office: Office) -> None:
    _with(office, document_wait_minutes=24 * 60)
    uploads.manifest([row(0)])
    office.stack.run()

    _pass(office, timedelta(hours=24), timedelta(minutes=15))

    assert uploads.errors() == {1: ["DOCUMENT_MISSING"]}
    assert _waiting(office) == []


def test_events_that_come_again_while_a_manifest_waits_make_no_second_round(uploads: Uploads, office: Office) -> None:
    looks: list[datetime] = []
    office.stack.on_invocation = lambda function, _count: looks.append(office.now) if function == "ingest" else None
    version = uploads.manifest([row(0)])
    office.stack.run()
    event = {"Records": [{"s3": {"object": {"key": "inbox/nordby/b1/manifest.csv", "versionId": version}}}]}
    for _ in range(3):
        office.stack.client("sqs").send_message(
            QueueUrl=office.stack.names["UploadsQueue"], MessageBody=json.dumps(event)
        )
    office.send("UploadsQueue", CheckManifest(key="inbox/nordby/b1/manifest.csv", version=version))
    office.stack.run()
    assert len(_waiting(office)) == 1
    looks.clear()

    _pass(office, timedelta(minutes=10))

    assert len(looks) == 4
    assert len(_waiting(office)) == 1


def test_a_manifest_that_waits_and_is_deleted_is_forgotten(uploads: Uploads, office: Office) -> None:
    version = uploads.manifest([row(0)])
    office.stack.run()
    office.s3.delete_object(Bucket=office.bucket_name, Key="inbox/nordby/b1/manifest.csv", VersionId=version)

    _pass(office, timedelta(minutes=2))

    assert _waiting(office) == []
    assert uploads.batch() is None


@pytest.mark.parametrize("arrives", [True, False])
def test_a_crash_at_any_call_of_another_look_loses_no_manifest(
    uploads: Uploads, office: Office, *, arrives: bool
) -> None:
    def look(watch: Callable[[Call], None]) -> None:
        office.reset()
        uploads.documents(DOCUMENTS[0])
        uploads.manifest([row(0), row(1)])
        office.stack.run()
        if arrives:
            uploads.documents(DOCUMENTS[1])
        office.stack.on_call = watch
        office.stack.advance(timedelta(minutes=1))
        office.stack.on_call = None
        office.stack.clock.advance(VISIBILITY)
        _pass(office, timedelta(minutes=3))

    calls: list[Call] = []
    look(lambda call: calls.append(call) if call.function == "ingest" else None)
    assert ("DeleteItem", "after") in {(call.operation, call.phase) for call in calls}

    for point in calls:

        def crash(call: Call, point: Call = point) -> None:
            if (call.function, call.number, call.phase) == (point.function, point.number, point.phase):
                raise Crash(f"{call.phase} {call.operation}")

        look(crash)

        assert [type(failure.error) for failure in office.stack.failures] == [Crash], point
        assert uploads.errors() == ({} if arrives else {2: ["DOCUMENT_MISSING"]}), point
        assert _waiting(office) == [], point
        assert office.stack.dead_letters() == {}, point


def test_a_deleted_document_is_missing(uploads: Uploads, office: Office) -> None:
    _with(office, document_wait_minutes=0)
    uploads.documents(*DOCUMENTS)
    office.s3.delete_object(Bucket=office.bucket_name, Key="inbox/nordby/b1/documents/brev-000002.pdf")
    uploads.put("documents/brev-000003.pdf", b"")
    uploads.manifest([row(n) for n in range(5)])

    office.stack.run()

    assert uploads.errors() == {3: ["DOCUMENT_MISSING"], 4: ["DOCUMENT_EMPTY"]}


def test_many_documents_are_listed_and_pinned_in_their_latest_version(uploads: Uploads, office: Office) -> None:
    count = 450
    names = [f"mappe æ+ø/brev {n:06}.pdf" for n in range(count)]
    uploads.documents(*names)
    office.stack.clock.advance(timedelta(seconds=1))
    uploads.documents(names[7])
    uploads.manifest([row(n, document=names[n]) for n in range(count)])
    operations: list[str] = []
    office.stack.on_call = lambda call: operations.append(call.operation)

    office.stack.run()

    assert uploads.errors() == {}
    letter = uploads.rows()[7]
    assert isinstance(letter, Letter)
    assert letter.documents[0].version == office.bucket.head(f"inbox/nordby/b1/documents/{names[7]}").version  # type: ignore[union-attr]
    assert operations.count("ListObjectVersions") <= 2 * 2
    for number in (0, 1):
        assert office.batches.page_items("nordby", "b1", number).sorting is not None


def test_a_manifest_that_waits_and_is_replaced_is_forgotten(uploads: Uploads, office: Office) -> None:
    uploads.manifest([row(0), row(1)])
    office.stack.run()
    uploads.documents(*DOCUMENTS)
    replaced = uploads.manifest([row(0)])
    assert len(_waiting(office)) == 1

    _pass(office, timedelta(minutes=20))

    assert uploads.committed().manifest_version == replaced
    assert _waiting(office) == []
    assert not [name for name in uploads.receipt_names() if name.startswith("refused")]


def test_a_redelivered_event_sends_the_same_pages_again(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(n % 5, reference=f"R{n}", document=DOCUMENTS[n % 5]) for n in range(950)])
    office.stack.run()
    batch = uploads.committed()
    made = [office.batches.page_items("nordby", "b1", number).sorting.page for number in range(3)]  # type: ignore[union-attr]
    for entry in office.due():
        office.batches_table.delete({"pk": entry["pk"], "sk": entry["sk"]})
    read: list[str] = []
    office.stack.on_call = lambda call: read.append(call.operation) if call.function == "ingest" else None
    sent = _watch_pages(office)

    office.send("UploadsQueue", CheckManifest(key=batch.manifest, version=batch.manifest_version))
    office.stack.advance(timedelta(minutes=1))

    assert uploads.committed() == batch
    assert sum(sent) == 3
    assert [office.batches.page_items("nordby", "b1", number).sorting.page for number in range(3)] == made  # type: ignore[union-attr]
    assert [entry["page"]["last"] for entry in office.due() if "page" in entry] == [page.last for page in made]
    # Of the manifest nothing is read: only the row file, to find where its pages end.
    assert read.count("GetObject") // 2 <= 1
    assert uploads.receipt_names() == [name for name in uploads.receipt_names() if not name.startswith("repeated")]


def test_a_redelivered_event_of_a_batch_that_waits_for_approval_has_its_lists_written(
    uploads: Uploads, office: Office
) -> None:
    _with(office, bad_rows="await_approval", bad_rows_percent=0)
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0), row(1, title="")])
    office.stack.run()
    batch = uploads.committed()
    armed = [entry["sk"] for entry in office.due()]
    for entry in office.due():
        office.batches_table.delete({"pk": entry["pk"], "sk": entry["sk"]})
    sent = _watch_pages(office)

    office.send("UploadsQueue", CheckManifest(key=batch.manifest, version=batch.manifest_version))
    office.stack.run()

    assert [entry["sk"] for entry in office.due()] == armed == ["2026-11-18T10:00:00Z#nordby#b1#receipts"]
    assert sent == []


def _watch_pages(office: Office) -> list[int]:
    sent: list[int] = []
    office.stack.on_invocation = lambda function, count: sent.append(count) if function == "routing" else None
    return sent


def test_the_same_manifest_again_changes_nothing_and_says_so(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0)])
    office.stack.run()
    batch = uploads.committed()

    again = uploads.manifest([row(0)])
    office.stack.run()

    assert uploads.committed() == batch
    told = uploads.receipt(f"repeated-{again}")
    assert (told["changed"], told["version"], told["accepted_version"]) == (False, again, batch.manifest_version)


def test_another_manifest_is_refused_and_touches_nothing(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0)])
    office.stack.run()
    batch, summary = uploads.committed(), uploads.receipt("summary")

    other = uploads.manifest([row(1)], "manifest.csv.gz")
    office.stack.run()

    assert uploads.committed() == batch
    assert uploads.receipt("summary") == summary
    refusal = uploads.receipt(f"refused-{other}")
    assert refusal["state"] == "refused"
    assert [error["code"] for error in refusal["errors"]] == ["BATCH_ID_TAKEN"]
    assert refusal["errors"][0]["message"].startswith("Et annet manifest er allerede godtatt")


def test_a_manifest_refused_as_a_whole_leaves_its_batch_id_free(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    first = uploads.put("manifest.csv", "reference;recipient;title\r\nA;1;T\r\n".encode("utf-16"))
    office.stack.run()

    assert uploads.batch() is None
    refusal = uploads.receipt(f"refused-{first}")
    assert uploads.receipt("summary") == refusal
    assert refusal["errors"] == [
        {
            "code": "MANIFEST_UTF16",
            "line": 0,
            "column": "",
            "message": "Filen er skrevet som UTF-16 (“Unicode-tekst”).",
            "remedy": "Lagre arket som “CSV UTF-8” og last opp den filen.",
        }
    ]
    assert office.due() == []

    uploads.manifest([row(0)])
    office.stack.run()
    assert uploads.committed().rows == 1
    assert uploads.receipt("summary")["state"] == "open"


def test_bad_rows_cost_those_rows_and_are_given_back_as_written(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0), row(1, recipient="15108695077"), row(2, reference="F-0"), row(3, Tittle="x")])

    office.stack.run()

    assert uploads.errors() == {2: ["RECIPIENT_CHECK_DIGITS"], 3: ["DUPLICATE_REFERENCE"]}
    batch = uploads.committed()
    assert (batch.rows, batch.refused_rows, batch.unknown_columns) == (4, 2, (("Tittle", "title"),))
    items = office.batches.page_items("nordby", "b1", 0)
    assert items.sorting is not None
    assert office.statuses(items.sorting.page, 4) == [
        Status.IN_TRANSIT,
        Status.REJECTED,
        Status.REJECTED,
        Status.IN_TRANSIT,
    ]


def test_only_an_accepted_row_holds_its_reference(uploads: Uploads, office: Office) -> None:
    _with(office, document_wait_minutes=0)
    uploads.documents(*DOCUMENTS)
    refused_for_itself, refused_for_its_document = row(0, title=""), row(9, reference="F-0")
    uploads.manifest([refused_for_itself, refused_for_its_document, row(0), row(1, reference="F-0")])

    office.stack.run()

    assert uploads.errors() == {1: ["VALUE_MISSING"], 2: ["DOCUMENT_MISSING"], 4: ["DUPLICATE_REFERENCE"]}
    last = uploads.rows()[3]
    assert isinstance(last, RefusedRow)
    assert last.errors[0].message == "Samme reference står i rad 3, som beholdes."


def test_a_sender_may_have_the_batch_refused_for_any_bad_row(uploads: Uploads, office: Office) -> None:
    _with(office, bad_rows="refuse_batch")
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0), *[row(n, title="") for n in range(1, 40)]])

    office.stack.run()

    assert uploads.batch() is None
    errors = uploads.receipt("summary")["errors"]
    assert len(errors) == 20
    assert (errors[0]["code"], errors[0]["line"], errors[0]["column"]) == ("VALUE_MISSING", 3, "title")
    assert office.s3.list_object_versions(Bucket=office.bucket_name, Prefix="rows/").get("Versions", []) == []


@pytest.mark.parametrize(
    ("percent", "state"), [(50, BatchState.OPEN), (25, BatchState.OPEN), (24, BatchState.AWAITING_APPROVAL)]
)
def test_a_sender_may_have_a_batch_wait_for_approval(
    uploads: Uploads, office: Office, percent: int, state: BatchState
) -> None:
    _with(office, bad_rows="await_approval", bad_rows_percent=percent)
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0), row(1), row(2), row(3, title="")])
    sent = _watch_pages(office)

    office.stack.run()

    assert uploads.committed().state is state
    assert sent == ([1] if state is BatchState.OPEN else [])


def test_a_disabled_sender_is_told_and_an_unknown_one_is_not(uploads: Uploads, office: Office) -> None:
    office.senders.put(Sender(id="nordby", name="Nordby", regime=NORWEGIAN.regime, disabled=True))
    uploads.manifest([row(0)])
    stranger = Uploads(office, "nobody")
    stranger.manifest([row(0)])

    office.stack.run()

    assert [error["code"] for error in uploads.receipt("summary")["errors"]] == ["SENDER_DISABLED"]
    assert stranger.receipt_names() == []
    assert office.stack.dead_letters() == {}
    assert office.stack.failures == []


def test_settings_of_the_commit_rule_the_batch(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0)])
    office.stack.run()
    _with(office, hold_days=90)
    assert uploads.committed().sender.settings.hold_days == 30


def test_a_row_file_of_several_parts(uploads: Uploads, office: Office) -> None:
    uploads.documents("a.pdf")
    count = 9_000
    listed = [
        row(n, document="a.pdf", title="Vedtak om " + "x" * 80, address_1="S" * 90, address_2="S" * 90)
        for n in range(count)
    ]
    uploads.manifest(listed, "manifest.csv.gz")

    office.stack.run()

    batch = uploads.committed()
    info = office.bucket.head(batch.row_file)
    assert info is not None
    assert info.size > PART_BYTES
    assert (batch.rows, batch.refused_rows) == (count, 0)
    last = office.batches.page_items("nordby", "b1", pages.page_count(count) - 1).sorting
    assert last is not None
    assert last.page.last == info.size - 1


def test_an_event_without_a_version_pins_one(uploads: Uploads, office: Office) -> None:
    uploads.documents(*DOCUMENTS)
    version = uploads.manifest([row(0)])
    office.stack.run()
    office.reset()
    uploads.documents(*DOCUMENTS)
    version = uploads.manifest([row(0)])
    body = msgspec.json.encode({"Records": [{"s3": {"object": {"key": "inbox/nordby/b1/manifest.csv"}}}]}).decode()
    office.stack.client("sqs").purge_queue(QueueUrl=office.stack.names["UploadsQueue"])
    office.stack.client("sqs").send_message(QueueUrl=office.stack.names["UploadsQueue"], MessageBody=body)

    office.stack.run()

    assert uploads.committed().manifest_version == version


def test_what_is_no_message_of_ours_fails_alone(office: Office) -> None:
    batch = [
        {"messageId": str(n), "body": body, "attributes": {"ApproximateReceiveCount": "1"}, "eventSource": "aws:sqs"}
        for n, body in enumerate(
            [
                "no json",
                '{"Event": "s3:TestEvent", "Bucket": "b"}',
                '{"type": "Sweep"}',
                '{"Records": [{"s3": {"object": {"key": "inbox/nordby/b1/documents/manifest.csv"}}}]}',
                '{"Records": [{"s3": {"object": {"key": "inbox/nordby/gone/manifest.csv"}}}]}',
                '{"Records": [{"s3": {}}]}',
            ]
        )
    ]
    answer = office.stack.invoke("ingest", {"Records": batch})
    assert answer == {"batchItemFailures": [{"itemIdentifier": n} for n in ("0", "2", "5")]}


def _pass(office: Office, time: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
    """Let time pass, with the schedule looking for what is due after each step."""
    for _ in range(time // step):
        office.stack.advance(step)


def _waiting(office: Office) -> list[str]:
    """The keys of the due entries of manifests that wait for their documents."""
    return [entry["sk"] for entry in office.due() if "manifest" in entry]


def _take_one(uploads: Uploads, office: Office, watch: Callable[[Call], None]) -> None:
    """Upload a batch of one good letter, a bad one and a repeated one, and let ingest take it, come what may."""
    office.reset()
    uploads.documents(*DOCUMENTS)
    uploads.manifest([row(0), row(1, title=""), row(0)])
    office.stack.on_call = watch
    office.stack.run()
    office.stack.on_call = None
    office.stack.clock.advance(VISIBILITY)
    office.stack.run()


def test_a_crash_at_any_call_changes_nothing_in_the_end(uploads: Uploads, office: Office) -> None:
    calls: list[Call] = []
    _take_one(uploads, office, lambda call: calls.append(call) if call.function == "ingest" else None)
    expected = uploads.errors()
    # The documents' own events end without a call.
    assert len(calls) >= 2 * 10

    for point in calls:

        def crash(call: Call, point: Call = point) -> None:
            if (call.function, call.number, call.phase) == (point.function, point.number, point.phase):
                raise Crash(f"{call.phase} {call.operation}")

        _take_one(uploads, office, crash)

        assert [type(failure.error) for failure in office.stack.failures] == [Crash], point
        assert uploads.errors() == expected == {2: ["VALUE_MISSING"], 3: ["DUPLICATE_REFERENCE"]}, point
        items = office.batches.page_items("nordby", "b1", 0)
        assert items.sorting is not None, point
        assert office.statuses(items.sorting.page, 1) == [Status.IN_TRANSIT], point
        assert items.sorting.page.version == uploads.committed().row_file_version, point
        assert not [name for name in uploads.receipt_names() if name.startswith(("refused", "repeated"))], point
        assert office.stack.dead_letters() == {}, point
