import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cloud.table import Item
from ingest.order_files import MOST_FILES
from postal import keys, messages, orders
from postal.batches import Batch, BatchState
from postal.messages import FollowOrders, Message, SortPage
from postal.orders import LetterOrder, Order, OrderLine
from postal.pages import PAGE_SIZE, Page
from postal.senders import Sender, Settings
from postal.status import Status
from tests.integration.ingest.conftest import BulkFiles, Uploads, calls_of, dying_at, row
from tests.support.office import DANISH, NORWEGIAN, ROOT, Office, letter, refused
from tests.support.people import NORWEGIANS

KEY = "inbox/nordby/b1/orders/ordrer.csv"
HEADER = "order;reference;until"
NEXT_MINUTE = "2026-11-18T09:01:00Z"


def _file(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in (HEADER, *lines))


def _commit(office: Office, count: int, **settings: Any) -> list[Page]:
    rows = [letter(n, NORWEGIANS[0]) for n in range(1, count + 1)]
    return office.commit(NORWEGIAN, rows, settings=msgspec.convert(settings, Settings))


def _await_approval(office: Office, count: int = 1) -> None:
    """Have the sender's batch of good rows and a bad one wait for approval."""
    settings = Settings(bad_rows="await_approval", bad_rows_percent=0)
    office.senders.put(msgspec.structs.replace(NORWEGIAN, settings=settings))
    uploads = Uploads(office)
    uploads.documents("a.pdf")
    uploads.manifest([*(row(n, document="a.pdf") for n in range(count)), row(count, title="")])
    office.stack.run()
    assert _batch(office).state is BatchState.AWAITING_APPROVAL


def _batch(office: Office, sender: str = "nordby") -> Batch:
    return office.batches.committed(sender, "b1")


def _name(office: Office, key: str = KEY) -> str:
    """The id of the latest version of an order file."""
    info = office.bucket.head(key)
    assert info is not None
    return keys.order_file_id(key.rpartition("/")[2], info.version)


def _written(office: Office, key: str = KEY, sender: str = "nordby") -> list[OrderLine]:
    """The canonical form of the latest version of an order file."""
    data = office.bucket.read(keys.order_file(sender, "b1", _name(office, key)))
    return [orders.decode(line) for line in data.splitlines()]


def _answers(office: Office, name: str) -> dict[str, str]:
    item = office.batches_table.get(pk=keys.batch_pk("nordby", "b1"), sk=keys.orders_sk(name))
    return dict(item["lines"]) if item else {}


def _due(office: Office) -> set[str]:
    return {entry["sk"] for entry in office.due()}


def _followed(bulk: BulkFiles) -> dict[int, list[LetterOrder]]:
    """The orders in the pages queue, by page."""
    found: dict[int, list[LetterOrder]] = {}
    for message in bulk.sent("PagesQueue"):
        assert isinstance(message, FollowOrders)
        found.setdefault(message.page.number, []).extend(message.orders)
    return found


def test_orders_for_letters_go_to_their_pages(office: Office, bulk: BulkFiles) -> None:
    made = _commit(office, 2 * PAGE_SIZE + 10)
    lines = ["recall;ref-801;", "extend;ref-2;2026-12-31", "print;ref-810;", "return;ref-2;", "responded;ref-400;"]
    bulk.take(bulk.upload(KEY, _file(*lines)))

    sent = bulk.sent("PagesQueue")
    assert sent == [
        FollowOrders(
            page=made[0],
            file=_name(office),
            orders=(
                LetterOrder(3, 2, Order.EXTEND, "2026-12-30T23:00:00Z"),
                LetterOrder(5, 2, Order.RETURN),
                LetterOrder(6, 400, Order.RESPONDED),
            ),
        ),
        FollowOrders(
            page=made[2],
            file=_name(office),
            orders=(LetterOrder(2, 801, Order.RECALL), LetterOrder(4, 810, Order.PRINT)),
        ),
    ]
    assert _written(office) == [
        OrderLine(line=2, order="recall", reference="ref-801", until="", row=801),
        OrderLine(line=3, order="extend", reference="ref-2", until="2026-12-31", row=2),
        OrderLine(line=4, order="print", reference="ref-810", until="", row=810),
        OrderLine(line=5, order="return", reference="ref-2", until="", row=2),
        OrderLine(line=6, order="responded", reference="ref-400", until="", row=400),
    ]
    assert _batch(office).order_files == {_name(office)}
    assert _answers(office, _name(office)) == {}
    assert f"{NEXT_MINUTE}#nordby#b1#receipts" in _due(office)
    assert office.stack.refusals == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_every_dialect_says_the_same(office: Office, bulk: BulkFiles, encoding: str, delimiter: str) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0], reference="Å-1"), letter(2, NORWEGIANS[0], reference="Ø-2")])
    text = "Til;Vår referanse;Ordre\n;Å-1;Trekk tilbake\n2026-12-31;Ø-2;Forlæng".replace(";", delimiter)
    bulk.take(bulk.upload(KEY, text.encode(encoding)))
    extended = LetterOrder(3, 2, Order.EXTEND, "2026-12-30T23:00:00Z")
    assert _followed(bulk) == {0: [LetterOrder(2, 1, Order.RECALL), extended]}


def test_a_bad_line_costs_that_line_and_is_told_why(office: Office, bulk: BulkFiles) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0]), refused(2), letter(3, NORWEGIANS[0])])
    bad = ["recal;ref-1;", "print;ref-9;", "return;ref-2;", "extend;ref-1;2026-11-18", "extend;ref-1;2028-01-01"]
    bulk.take(bulk.upload(KEY, _file("recall;ref-1;", *bad, "print;ref-3;")))

    assert _followed(bulk) == {0: [LetterOrder(2, 1, Order.RECALL), LetterOrder(8, 3, Order.PRINT)]}
    written = _written(office)
    assert [(line.line, line.row) for line in written] == [(2, 1), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 3)]
    assert [line.error for line in written] == [
        "",
        "order har en verdi som ikke er kjent. Skriv en av: recall, extend, print, return, responded, approve, cancel.",
        (
            "Ingen brev i batchen har denne reference. "
            "Skriv den som i manifestet; vær nøye med innledende nuller, store og små bokstaver."
        ),
        "Raden med denne reference ble avvist; ingenting er sendt. Rett raden og send den i en ny batch.",
        "until var alt passert da filen ble lastet opp. Skriv en dato eller tid som ligger foran.",
        (
            "until er etter 2027-12-13T10:00:00+01:00, så lenge brev i denne batchen høyst kan oppbevares. "
            "Skriv en tidligere dato."
        ),
        "",
    ]


@pytest.mark.parametrize(
    ("data", "line", "start"),
    [
        (b"", 0, "Filen er tom."),
        (_file("recall;ref-1;").encode("utf-16"), 0, "Filen er skrevet som UTF-16"),
        (b"order;refrence\r\nrecall;ref-1\r\n", 1, "Disse kolonnene mangler: reference (“refrence”?)."),
        (_file("recall;ref-1;", *["recall;ref-1;"] * 100_000).encode(), 100_002, "Filen har mer enn 100000 rader."),
    ],
)
def test_a_file_that_is_none_is_answered_in_one_line(
    office: Office, bulk: BulkFiles, data: bytes, line: int, start: str
) -> None:
    _commit(office, 1)
    bulk.take(bulk.upload(KEY, data))

    (written,) = _written(office)
    assert (written.line, written.order, written.reference, written.row) == (line, "", "", 0)
    assert written.error.startswith(start)
    assert bulk.sent("PagesQueue") == []
    assert _batch(office).order_files == {_name(office)}
    assert f"{NEXT_MINUTE}#nordby#b1#receipts" in _due(office)


def test_a_repeat_does_the_same_and_changes_nothing(office: Office, bulk: BulkFiles) -> None:
    _commit(office, 5)
    event = bulk.upload(KEY, _file("recall;ref-1;", "extend;ref-2;2026-11-19", "x;;"))
    bulk.take(event)
    batch, written, sent = _batch(office), _written(office), bulk.sent("PagesQueue")
    assert len(sent) == 1

    # The date of the extension has passed by now, and the sender may upload no more.
    office.stack.clock.advance(timedelta(days=2))
    office.senders.put(msgspec.structs.replace(NORWEGIAN, disabled=True))
    bulk.take(event)
    assert (_batch(office), _written(office), bulk.sent("PagesQueue")) == (batch, written, sent)


def test_another_version_of_the_same_name_is_another_file(office: Office, bulk: BulkFiles) -> None:
    _commit(office, 5)
    names = []
    for n in (1, 2):
        event = bulk.upload(KEY, _file(f"recall;ref-{n};"))
        names.append(_name(office))
        bulk.take(event)

    sent = bulk.sent("PagesQueue")
    assert [message.file for message in sent if isinstance(message, FollowOrders)] == names
    assert _batch(office).order_files == set(names)
    written = [office.bucket.read(keys.order_file("nordby", "b1", name)) for name in names]
    assert [orders.decode(line).row for line in written] == [1, 2]


def test_many_orders_for_a_page_are_several_messages(office: Office, bulk: BulkFiles) -> None:
    _commit(office, 3)
    bulk.take(bulk.upload(KEY, _file(*(f"responded;ref-{n % 3 + 1};" for n in range(2_500)))))

    sent = bulk.sent("PagesQueue")
    found = [message.orders for message in sent if isinstance(message, FollowOrders)]
    assert [len(some) for some in found] == [1_000, 1_000, 500]
    assert [order.line for some in found for order in some] == list(range(2, 2_502))
    assert max(len(messages.encode(message)) for message in sent) * 10 < 1024 * 1024


def test_a_recall_of_the_batch_reaches_every_page(office: Office, bulk: BulkFiles) -> None:
    made = _commit(office, 2 * PAGE_SIZE + 10)
    bulk.take(bulk.upload(KEY, _file("recall;;")))

    sent = bulk.sent("PagesQueue")
    assert sent == [
        FollowOrders(page=page, file=_name(office), orders=(LetterOrder(2, 0, Order.RECALL),)) for page in made
    ]
    assert [(line.row, line.error) for line in _written(office)] == [(0, "")]
    assert _answers(office, _name(office)) == {}


def _pages_sent(sent: list[Message]) -> list[Page]:
    assert all(isinstance(message, SortPage) for message in sent)
    return [message.page for message in sent if isinstance(message, SortPage)]


def test_an_approved_batch_is_armed_and_sent_however_often_it_is_said(office: Office, bulk: BulkFiles) -> None:
    _await_approval(office, 2 * PAGE_SIZE)
    office.stack.clock.advance(timedelta(hours=3))
    event = bulk.upload(KEY, _file("approve;;"))
    bulk.take(event)

    batch = _batch(office)
    assert (batch.state, batch.decided_by) == (BatchState.OPEN, _name(office))
    assert _answers(office, _name(office)) == {"2": "done"}
    armed = {f"2026-11-18T12:15:00Z#nordby#b1#{number}#page" for number in range(3)}
    armed |= {"2026-11-18T12:01:00Z#nordby#b1#receipts", "2026-11-18T13:00:00Z#nordby#b1#receipts"}
    assert armed <= _due(office)
    pages = _pages_sent(bulk.sent("PagesQueue"))
    assert [page.number for page in pages] == [0, 1, 2]
    info = office.bucket.head(batch.row_file)
    assert info is not None
    assert pages[-1].last == info.size - 1

    office.stack.clock.advance(timedelta(minutes=7))
    bulk.take(event)
    assert _batch(office) == batch
    assert _answers(office, _name(office)) == {"2": "done"}
    assert _pages_sent(bulk.sent("PagesQueue")) == pages
    assert {sk for sk in _due(office) if sk.endswith("#page")} <= armed
    assert office.stack.refusals == []


def test_the_letters_of_an_approved_batch_are_sorted(office: Office) -> None:
    _await_approval(office, 2)
    office.bucket.put(KEY, "Ordre,Referanse\r\nGodkjenn,\r\n".encode("utf-8-sig"))
    office.stack.run()

    sorting = office.batches.page_items("nordby", "b1", 0).sorting
    assert sorting is not None
    assert office.statuses(sorting.page, 3) == [Status.IN_TRANSIT] * 2 + [Status.REJECTED]
    assert (office.stack.failures, office.stack.refusals, office.stack.dead_letters()) == ([], [], {})


def test_what_a_file_recalls_does_not_leave_by_its_approval(office: Office) -> None:
    _await_approval(office, 2)
    office.bucket.put(KEY, _file("approve;;", "recall;F-0;").encode())
    office.stack.run()

    sorting = office.batches.page_items("nordby", "b1", 0).sorting
    assert sorting is not None
    assert office.statuses(sorting.page, 3) == [Status.RECALLED, Status.IN_TRANSIT, Status.REJECTED]


def test_a_cancelled_batch_stays_so(office: Office, bulk: BulkFiles) -> None:
    _await_approval(office)
    first = bulk.upload(KEY, _file("annuller;;"))
    bulk.take(first)
    cancelled, name = _batch(office), _name(office)
    assert (cancelled.state, cancelled.decided_by) == (BatchState.CANCELLED, name)
    assert _answers(office, name) == {"2": "done"}
    assert bulk.sent("PagesQueue") == []

    # What is ordered for letters is answered where all such orders are.
    bulk.take(bulk.upload(KEY, _file("approve;;", "cancel;;", "recall;F-0;")))
    assert _answers(office, _name(office)) == {"2": "too_late", "3": "too_late"}
    assert _followed(bulk) == {0: [LetterOrder(4, 1, Order.RECALL)]}

    bulk.take(first)
    assert _answers(office, name) == {"2": "done"}
    after = _batch(office)
    assert (after.state, after.decided_by) == (BatchState.CANCELLED, name)


@pytest.mark.parametrize("order", ["approve", "cancel"])
def test_an_open_batch_is_neither_approved_nor_cancelled(office: Office, bulk: BulkFiles, order: str) -> None:
    _commit(office, 1)
    bulk.take(bulk.upload(KEY, _file(f"{order};;")))

    batch = _batch(office)
    assert (batch.state, batch.decided_by) == (BatchState.OPEN, "")
    assert _answers(office, _name(office)) == {"2": "too_late"}
    assert bulk.sent("PagesQueue") == []


@pytest.mark.parametrize(
    ("lines", "state", "answers"),
    [
        (("approve;;", "cancel;;", "approve;;"), BatchState.OPEN, ["done", "too_late", "done"]),
        (("cancel;;", "approve;;"), BatchState.CANCELLED, ["done", "too_late"]),
    ],
)
def test_of_orders_that_exclude_each_other_the_first_holds(
    office: Office, bulk: BulkFiles, lines: tuple[str, ...], state: BatchState, answers: list[str]
) -> None:
    _await_approval(office)
    event = bulk.upload(KEY, _file(*lines))
    for _ in range(2):
        bulk.take(event)
        assert _batch(office).state is state
        assert list(_answers(office, _name(office)).values()) == answers
        assert len(_pages_sent(bulk.sent("PagesQueue"))) == (state is BatchState.OPEN)


def test_a_sender_with_a_neutral_list_is_answered_at_its_own_time(office: Office, bulk: BulkFiles) -> None:
    settings = Settings(disclosure="neutral", receipt_cadence_minutes=240)
    office.commit(DANISH, [letter(1, NORWEGIANS[0])], settings=settings)
    bulk.take(bulk.upload("inbox/havblik/b1/orders/a.csv", _file("recall;ref-1;")))
    assert [sk for sk in _due(office) if sk.endswith("#receipts")] == ["2026-11-18T12:00:00Z#havblik#b1#receipts"]


def _refusal(office: Office, key: str = KEY) -> dict[str, Any]:
    info = office.bucket.head(key)
    assert info is not None
    sender = key.split("/")[1]
    refusal: dict[str, Any] = json.loads(office.bucket.read(f"receipts/{sender}/b1/orders-refused-{info.version}.json"))
    return refusal


def _nothing_was_done(office: Office, bulk: BulkFiles) -> bool:
    return bulk.sent("PagesQueue") == [] and not office.s3.list_objects_v2(
        Bucket=office.bucket_name, Prefix="rows/nordby/b1/orders/"
    ).get("Contents")


def test_nothing_can_be_ordered_before_the_batch_is_accepted(office: Office, bulk: BulkFiles) -> None:
    bulk.take(bulk.upload(KEY, _file("recall;;")))
    info = office.bucket.head(KEY)
    assert info is not None
    assert _refusal(office) == {
        "sender": "nordby",
        "batch": "b1",
        "orders": KEY,
        "version": info.version,
        "written_at": "2026-11-18T10:00:00+01:00",
        "errors": [
            {
                "code": "BATCH_NOT_ACCEPTED",
                "line": 0,
                "column": "",
                "message": "Batchen er ikke godtatt ennå. Ingenting er utført.",
                "remedy": "Last opp ordrene igjen når summary.json sier at batchen er open eller awaiting_approval.",
            }
        ],
    }
    assert _nothing_was_done(office, bulk)
    assert office.due() == []


@pytest.mark.parametrize("manifest", [[row(0)], [{"title": "T"}]])
def test_a_batch_that_waits_or_was_refused_is_not_accepted(
    office: Office, bulk: BulkFiles, manifest: list[dict[str, str]]
) -> None:
    uploads = Uploads(office)
    uploads.manifest(manifest)
    office.stack.run()
    summary = uploads.receipt("summary")
    bulk.take(bulk.upload(KEY, _file("recall;;")))
    assert [error["code"] for error in _refusal(office)["errors"]] == ["BATCH_NOT_ACCEPTED"]
    assert uploads.receipt("summary") == summary
    assert _nothing_was_done(office, bulk)


def test_a_disabled_sender_orders_nothing_and_an_unknown_one_is_told_nothing(office: Office, bulk: BulkFiles) -> None:
    _commit(office, 1)
    office.senders.put(Sender(id="nordby", name="Nordby", regime=NORWEGIAN.regime, disabled=True))
    bulk.take(bulk.upload(KEY, _file("recall;;")))
    assert [error["code"] for error in _refusal(office)["errors"]] == ["SENDER_DISABLED"]
    assert _nothing_was_done(office, bulk)
    assert _batch(office).order_files == set()

    bulk.take(bulk.upload("inbox/nobody/b1/orders/a.csv", _file("recall;;")))
    assert office.s3.list_objects_v2(Bucket=office.bucket_name, Prefix="receipts/nobody/").get("Contents") is None


def test_a_batch_takes_so_many_order_files_and_no_more(office: Office, bulk: BulkFiles) -> None:
    _commit(office, 1)
    batch = _batch(office)
    taken = bulk.upload(KEY, _file("recall;;"))
    bulk.take(taken)
    for n in range(MOST_FILES - 1):
        office.batches.note_order_file(batch, f"f{n}.csv@v")
    bulk.sent("PagesQueue")

    bulk.take(bulk.upload("inbox/nordby/b1/orders/b.csv", _file("recall;;")))
    (error,) = _refusal(office, "inbox/nordby/b1/orders/b.csv")["errors"]
    assert (error["code"], bulk.sent("PagesQueue")) == ("TOO_MANY_ORDER_FILES", [])
    # A repeat of one that was taken is none too many.
    bulk.take(taken)
    assert len(bulk.sent("PagesQueue")) == 1


def test_no_reference_is_logged(
    office: Office, bulk: BulkFiles, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0], reference="hemmelig-1")])
    bulk.take(bulk.upload(KEY, _file("recall;hemmelig-1;", "recall;hemmelig-2;", "x;hemmelig-3;")))
    output = capsys.readouterr()
    assert "order file taken" in output.out + output.err + caplog.text
    assert "hemmelig" not in output.out + output.err + caplog.text


def _left(office: Office) -> tuple[list[Item], list[OrderLine], set[str]]:
    """What orders leave behind, but for due entries' tokens."""
    partition = list(office.batches_table.query(keys.batch_pk("nordby", "b1")))
    return partition, _written(office), _due(office)


@pytest.mark.parametrize("lines", [("approve;;", "recall;F-0;"), ("cancel;;",), ("recall;;",)])
def test_a_death_at_any_call_changes_nothing_in_the_end(
    office: Office, bulk: BulkFiles, lines: tuple[str, ...]
) -> None:
    def begin() -> str:
        office.reset()
        _await_approval(office)
        return bulk.upload(KEY, _file(*lines))

    def without_versions(left: tuple[list[Item], list[OrderLine], set[str]]) -> str:
        return (
            repr(left)
            .replace(_batch(office).row_file_version, "R")
            .replace(_batch(office).manifest_version, "M")
            .replace(_name(office), "F")
        )

    event = begin()
    points = calls_of(office, lambda: bulk.take(event))
    expected = without_versions(_left(office))
    sent = len(bulk.sent("PagesQueue"))

    for point in points:
        event = begin()
        dying_at(office, point, lambda event=event: bulk.take(event))  # type: ignore[misc]
        # Nothing is done for letters before the batch knows whose orders they are.
        if bulk.sent("PagesQueue"):
            assert _batch(office).order_files == {_name(office)}, point
        bulk.take(event)
        assert without_versions(_left(office)) == expected, point
        assert len(bulk.sent("PagesQueue")) == sent, point


def test_s3s_event_of_an_order_file_is_taken(office: Office) -> None:
    office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])], batch="2026-11")
    key = "inbox/nordby/2026-11/orders/recall.csv"
    office.bucket.put(key, _file("recall;ref-1;").encode())
    event = json.loads((ROOT / "events" / "uploads-order-file.json").read_text(encoding="utf-8"))

    assert office.stack.invoke("ingest", event) == {"batchItemFailures": []}

    assert office.batches.committed("nordby", "2026-11").order_files == {_name(office, key)}
