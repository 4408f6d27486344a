from postal.channels import Channel
from postal.messages import DeliverConsignment
from postal.status import Status
from tests.support.office import NORWEGIAN, Office, letter

USER = "no-fnr:15829012345"


def test_a_consignment_becomes_a_dispatch_file(office: Office) -> None:
    office.register(USER, chosen="digipost")
    rows = [letter(1, USER, respond_by="2026-12-01T00:00:00Z"), letter(2, "no-fnr:15829012346"), letter(3, USER)]

    office.sort(office.commit(NORWEGIAN, rows))

    dispatched = office.dispatched(Channel.DIGIPOST)["nordby/b1/00000-1"]
    assert [line["letter"] for line in dispatched] == ["nordby/b1/1", "nordby/b1/3"]
    assert dispatched[0] == {
        "letter": "nordby/b1/1",
        "attempt": 1,
        "recipient": USER,
        "from_id": "nordby",
        "from_name": "Nordby kommune",
        "title": "Et brev",
        "documents": [{"key": "inbox/nordby/b1/documents/1.pdf", "version": "v1", "size": 1_000, "etag": "e"}],
        "language": "nb",
        "respond_by": "2026-12-01T00:00:00Z",
    }
    assert len(office.dispatched(Channel.ALTINN)["nordby/b1/00000-1"]) == 1


def test_a_repeat_hands_nothing_over_again(office: Office) -> None:
    (page,) = made = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort(made)
    puts: list[str] = []
    office.stack.on_call = lambda call: puts.append(call.operation) if call.service == "s3" else None

    office.send("AltinnQueue", DeliverConsignment(page=page, channel=Channel.ALTINN, n=1))
    office.stack.run()

    assert puts == []


def test_a_letter_that_was_left_out_before_leaving_does_not_leave(office: Office) -> None:
    (page,) = made = office.commit(NORWEGIAN, [letter(1, USER), letter(2, USER)])
    office.sort(made)
    # As an order writes it: on the item whose next write would carry the letter away.
    key = {"pk": "nordby#b1#0", "sk": "consignment#altinn#1"}
    office.batches_table.update(key, "ADD left_out :row REMOVE leaving_at, handed_over_at", {":row": {1}})
    office.s3.delete_object(Bucket=office.bucket_name, Key="outbox/altinn/nordby/b1/00000-1.jsonl")

    office.send("AltinnQueue", DeliverConsignment(page=page, channel=Channel.ALTINN, n=1))
    office.stack.run()

    assert [line["letter"] for line in office.dispatched(Channel.ALTINN)["nordby/b1/00000-1"]] == ["nordby/b1/2"]
    assert office.statuses(page, 2) == [Status.RECALLED, Status.IN_TRANSIT]


def test_a_hand_over_arms_a_receipt_run_at_the_next_cadence(office: Office) -> None:
    office.sort(office.commit(NORWEGIAN, [letter(1, USER)]))

    assert "2026-11-18T10:00:00Z#nordby#b1#receipts" in [item["sk"] for item in office.due()]
