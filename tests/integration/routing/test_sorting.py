from typing import TYPE_CHECKING

from postal import keys, pages
from postal.channels import Channel
from postal.messages import SortPage
from postal.reasons import Reason
from postal.status import Status
from tests.support.office import DANISH, NORWEGIAN, Office, consenting, letter, refused

if TYPE_CHECKING:
    from postal.rows import Row

DIGIPOST_USER = "no-fnr:15829012345"
EBOKS_USER = "no-fnr:15829012346"
NOBODY = "no-fnr:15829012347"
OPTED_OUT = "no-fnr:15829012348"
DEAD = "no-fnr:15829012349"
DANISH_USER = "dk-cpr:0101575234"
DANISH_STRANGER = "dk-cpr:0101575235"
DANISH_DECLINER = "dk-cpr:0101575236"


def _norwegians(office: Office) -> None:
    office.register(DIGIPOST_USER, chosen="digipost", mailboxes=["digipost", "altinn"])
    office.register(EBOKS_USER, chosen="eboks", mailboxes=["eboks"])
    office.register(OPTED_OUT, opted_out=True)
    office.register(DEAD, closed=True)


def test_a_page_of_norwegian_letters_goes_where_each_recipient_reads_post(office: Office) -> None:
    _norwegians(office)
    rows: list[Row] = [
        letter(1, DIGIPOST_USER),
        letter(2, EBOKS_USER),
        letter(3, NOBODY),
        letter(4, OPTED_OUT),
        letter(5, DEAD),
        refused(6),
        letter(7, ""),
        letter(8, DIGIPOST_USER, delivery="paper"),
        letter(9, OPTED_OUT, delivery="digital_only"),
    ]

    (page,) = made = office.commit(NORWEGIAN, rows)
    office.sort(made)

    states = office.states(page, 9)
    assert [state.status for state in states] == [
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.TO_PRINT,
        Status.STOPPED,
        Status.REJECTED,
        Status.TO_PRINT,
        Status.TO_PRINT,
        Status.REJECTED,
    ]
    assert [state.reason for state in states] == [
        Reason.CHOSE_DIGIPOST,
        Reason.CHOSE_EBOKS,
        Reason.ALTINN_BY_DEFAULT,
        Reason.OPTED_OUT,
        Reason.RECIPIENT_CLOSED,
        Reason.ROW_REFUSED,
        Reason.NO_DIGITAL_ID,
        Reason.SENDER_CHOSE_PAPER,
        Reason.NO_DIGITAL_WAY,
    ]
    assert office.stack.failures == []
    assert office.stack.refusals == []


def test_a_danish_stranger_is_held_and_a_decliner_is_not_written_to(office: Office) -> None:
    office.register(DANISH_USER, mailboxes=["eboks"])
    office.register(DANISH_DECLINER, mailboxes=["eboks"], declined=["havblik"])
    rows = [
        consenting(1, DANISH_USER),
        consenting(2, DANISH_STRANGER),
        consenting(3, DANISH_DECLINER),
        letter(4, DANISH_USER),
        letter(5, DANISH_USER, consent="vilkaar-2026", consent_at="2025-12-31T00:00:00Z"),
        letter(6, DANISH_USER, consent="vilkaar-2026", consent_at="2027-01-01T00:00:00Z"),
    ]

    (page,) = made = office.commit(DANISH, rows)
    office.sort(made)

    assert office.statuses(page, 6) == [
        Status.IN_TRANSIT,
        Status.HELD,
        Status.TO_PRINT,
        Status.REJECTED,
        Status.REJECTED,
        Status.REJECTED,
    ]
    (held,) = office.held(DANISH_STRANGER)
    assert held["sk"] == "held#2026-11-18T09:00:00Z#havblik/b1/2#1"
    assert held["row"] == 2
    assert not office.held(DANISH_USER)


def test_rows_without_evidenced_consent_are_never_looked_up(office: Office) -> None:
    looked_up: list[object] = []
    office.stack.on_call = lambda call: looked_up.append(call) if call.operation == "BatchGetItem" else None

    office.sort(office.commit(DANISH, [letter(1, DANISH_USER), refused(2)]))

    assert looked_up == []


def test_a_repeat_decides_nothing_again_and_does_every_after_step_again(office: Office) -> None:
    (page,) = made = office.commit(DANISH, [consenting(1, DANISH_STRANGER), consenting(2, DANISH_USER)])
    office.register(DANISH_USER, mailboxes=["eboks"])
    office.sort(made)
    before = office.states(page, 2)
    # A crash before the after-steps would have left these undone.
    office.recipients_table.delete({"pk": DANISH_STRANGER, "sk": office.held(DANISH_STRANGER)[0]["sk"]})
    office.recipients_table.put({"pk": DANISH_USER, "sk": keys.PROFILE_SK, "closed": True})

    office.send("PagesQueue", SortPage(page=page))
    office.stack.run()

    assert office.states(page, 2) == before
    assert len(office.held(DANISH_STRANGER)) == 1
    assert list(office.dispatched(Channel.EBOKS)) == ["havblik/b1/00000-1"]


def test_receipts_are_asked_for_once_when_the_last_page_is_sorted(office: Office) -> None:
    rows = [refused(row) for row in range(1, pages.PAGE_SIZE + 2)]
    first, last = office.commit(NORWEGIAN, rows)
    asked: list[int] = []
    office.stack.on_invocation = lambda function, count: asked.append(count) if function == "receipts" else None

    office.sort([first])
    assert asked == []
    office.sort([last])
    assert asked == [1]
    office.sort([first, last])

    assert asked == [1]
    batch = office.batches.batch("nordby", "b1")
    assert batch is not None
    assert batch.sorted_at == office.now


def test_a_page_of_an_unknown_batch_is_retried_and_ends_as_a_dead_letter(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [refused(1)])
    office.batches_table.delete({"pk": "nordby#b1", "sk": "batch"})

    office.send("PagesQueue", SortPage(page=page))
    office.stack.settle()

    assert "PagesDeadLetters" in office.stack.dead_letters()
