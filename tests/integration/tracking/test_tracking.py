import pytest
from msgspec import structs

from brevdue.stack.stack import Call
from cloud.batches import MOST_NEWS
from postal.channels import Channel
from postal.consignments import Delivered, Refused
from postal.messages import Event, Report
from postal.pages import Page
from postal.reasons import Reason
from postal.status import Status
from postal.times import from_text
from tests.support.office import DANISH, NORWEGIAN, Office, consenting, letter

USER = "no-fnr:15829012345"
AT = "2026-11-18T09:30:00Z"


def _report(event: Event, rows: str = "", *, n: int = 0, attempt: int = 1, code: str = "") -> Report:
    return Report(event=event, n=n, rows=rows, attempt=attempt, at=AT, code=code)


@pytest.fixture
def page(office: Office) -> Page:
    """Three letters of a Digipost user, handed over."""
    office.register(USER, chosen="digipost")
    (page,) = made = office.commit(NORWEGIAN, [letter(row, USER) for row in (1, 2, 3)])
    office.sort(made)
    return page


def test_a_whole_consignment_is_delivered_with_one_write(office: Office, page: Page) -> None:
    updates: list[str] = []
    office.stack.on_call = lambda call: (
        updates.append(call.operation)
        if call.function == "tracking" and call.operation == "UpdateItem" and call.phase == "before"
        else None
    )

    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1))

    assert office.statuses(page, 3) == [Status.DELIVERED] * 3
    assert len(updates) == 1


def test_what_a_report_on_a_consignment_excepts_stays_in_transit(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, "2", n=1))
    assert office.statuses(page, 3) == [Status.DELIVERED, Status.IN_TRANSIT, Status.DELIVERED]

    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, "2"))
    assert office.statuses(page, 3) == [Status.DELIVERED] * 3


def test_repeated_reports_change_nothing_and_tell_nobody_twice(office: Office, page: Page) -> None:
    for _ in range(3):
        office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1))
    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, "1-3"))

    consignment = office.batches.consignment(page, Channel.DIGIPOST, 1)
    assert consignment is not None
    assert len(consignment.deliveries) == 1
    assert len(office.emails()) == len(office.texts()) == 3


def test_a_refused_letter_is_decided_again_without_that_mailbox(office: Office, page: Page) -> None:
    refused = _report(Event.REFUSED, "2", code="unknown_recipient")

    office.report(page, Channel.DIGIPOST, refused)
    office.report(page, Channel.DIGIPOST, refused)

    states = office.states(page, 3)
    assert [state.reason for state in states] == [
        Reason.CHOSE_DIGIPOST,
        Reason.ALTINN_AFTER_REFUSAL,
        Reason.CHOSE_DIGIPOST,
    ]
    assert states[1].status is Status.IN_TRANSIT
    (alone,) = office.dispatched(Channel.ALTINN)["nordby/b1/letter-0000002-2"]
    assert (alone["letter"], alone["attempt"]) == ("nordby/b1/2", 2)


def test_a_letter_that_altinn_refuses_too_goes_to_paper(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.REFUSED, "1"))
    office.report(page, Channel.ALTINN, _report(Event.REFUSED, "1", attempt=2))

    state = office.states(page, 3)[0]
    assert (state.status, state.reason) == (Status.TO_PRINT, Reason.PAPER_AFTER_REFUSAL)


def test_a_report_about_another_attempt_changes_nothing(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.REFUSED, "1"))

    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, "1", attempt=1))
    office.report(page, Channel.ALTINN, _report(Event.DELIVERED, "1", attempt=3))

    assert office.statuses(page, 1) == [Status.IN_TRANSIT]
    office.report(page, Channel.ALTINN, _report(Event.DELIVERED, "1", attempt=2))
    assert office.statuses(page, 1) == [Status.DELIVERED]
    assert len(office.emails()) == 1


def test_a_danish_letter_that_is_refused_is_held(office: Office) -> None:
    user = "dk-cpr:0101575234"
    office.register(user, mailboxes=["eboks"])
    (page,) = made = office.commit(DANISH, [consenting(1, user)])
    office.sort(made)

    office.report(page, Channel.EBOKS, _report(Event.REFUSED, "1"))

    state = office.states(page, 1)[0]
    assert (state.status, state.reason) == (Status.HELD, Reason.HELD_AFTER_REFUSAL)
    (held,) = office.held(user)
    assert held["sk"].endswith("#havblik/b1/1#2")


def test_opened_counts_also_before_delivered(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.OPENED, "3"))
    assert office.statuses(page, 3) == [Status.IN_TRANSIT, Status.IN_TRANSIT, Status.OPENED]

    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1))
    assert office.statuses(page, 3) == [Status.DELIVERED, Status.DELIVERED, Status.OPENED]


def test_a_delivered_letter_cannot_be_refused_afterwards(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1))
    office.report(page, Channel.DIGIPOST, _report(Event.REFUSED, "1"))

    assert office.statuses(page, 1) == [Status.DELIVERED]
    assert office.dispatched(Channel.ALTINN) == {}


def test_a_channel_cannot_speak_of_letters_it_never_got(office: Office, page: Page) -> None:
    office.report(page, Channel.EBOKS, _report(Event.OPENED, "1"), _report(Event.DELIVERED, n=1))

    assert office.statuses(page, 3) == [Status.IN_TRANSIT] * 3
    assert office.stack.dead_letters() == {}


def test_a_failed_notice_shows_on_a_delivered_letter_until_it_is_opened(office: Office, page: Page) -> None:
    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1), _report(Event.NOTICE_FAILED, "1-2"))
    assert office.statuses(page, 3) == [Status.NOTICE_FAILED, Status.NOTICE_FAILED, Status.DELIVERED]

    office.report(page, Channel.DIGIPOST, _report(Event.OPENED, "1"))
    assert office.statuses(page, 2) == [Status.OPENED, Status.NOTICE_FAILED]


def test_letters_delivered_one_by_one_in_a_message_are_recorded_with_one_write(office: Office, page: Page) -> None:
    calls: list[str] = []
    office.stack.on_call = lambda call: (
        calls.append(call.operation)
        if call.function == "tracking" and "BatchesTable" in call.resource and call.phase == "before"
        else None
    )
    times = ["2026-11-18T09:10:00Z", "2026-11-18T09:20:00Z", "2026-11-18T09:10:00Z"]

    office.report(
        page,
        Channel.DIGIPOST,
        *(structs.replace(_report(Event.DELIVERED, str(row)), at=at) for row, at in enumerate(times, start=1)),
    )

    assert [state.at for state in office.states(page, 3)] == [from_text(at) for at in times]
    consignment = office.batches.consignment(page, Channel.DIGIPOST, 1)
    assert consignment is not None
    assert {delivered.rows for delivered in consignment.deliveries.values()} == {"1,3", "2"}
    assert len(office.emails()) == 3
    # The consignment, the page's entry and that of the receipts.
    assert calls.count("UpdateItem") == 1
    assert "GetItem" not in calls[calls.index("UpdateItem") :]


def test_of_a_letter_that_a_message_names_twice_the_first_word_holds(office: Office, page: Page) -> None:
    office.report(
        page,
        Channel.DIGIPOST,
        _report(Event.REFUSED, "1", code="unknown_recipient"),
        _report(Event.DELIVERED, "1-2"),
        _report(Event.REFUSED, "2", code="unknown_recipient"),
    )

    assert [state.reason for state in office.states(page, 2)] == [Reason.ALTINN_AFTER_REFUSAL, Reason.CHOSE_DIGIPOST]
    assert office.statuses(page, 3) == [Status.IN_TRANSIT, Status.DELIVERED, Status.IN_TRANSIT]


def test_more_than_one_write_holds_are_recorded_with_several(
    office: Office, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracking.service.MOST_NEWS", 2)
    times = ["2026-11-18T09:10:00Z", "2026-11-18T09:20:00Z", "2026-11-18T09:30:00Z"]

    office.report(
        page,
        Channel.DIGIPOST,
        *(structs.replace(_report(Event.DELIVERED, str(row)), at=at) for row, at in enumerate(times, start=1)),
    )

    assert [state.at for state in office.states(page, 3)] == [from_text(at) for at in times]
    assert len(office.emails()) == 3


def test_as_much_is_recorded_with_a_write_as_an_expression_holds(office: Office, page: Page) -> None:
    read = office.batches.consignment(page, Channel.DIGIPOST, 1)
    assert read is not None
    late = structs.replace(read, revision=9_000)
    office.batches_table.update(
        {"pk": "nordby#b1#0", "sk": "consignment#digipost#1"}, "SET revision = :r", {":r": 9_000}
    )

    recorded = office.batches.record(page, late, [Refused(at=from_text(AT), rows="1", code="c")] * MOST_NEWS)

    assert recorded is not None
    assert (recorded.revision, len(recorded.refusals)) == (9_000 + MOST_NEWS, MOST_NEWS)


def test_a_report_that_another_comes_before_is_recorded_after_it(office: Office, page: Page) -> None:
    done: list[bool] = []

    def another(call: Call) -> None:
        if not done and (call.function, call.operation, call.phase) == ("tracking", "UpdateItem", "before"):
            done.append(True)
            read = office.batches.consignment(page, Channel.DIGIPOST, 1)
            assert read is not None
            assert office.batches.record(page, read, [Delivered(at=from_text(AT), rows="2")])

    office.stack.on_call = another
    office.report(page, Channel.DIGIPOST, _report(Event.DELIVERED, n=1))

    consignment = office.batches.consignment(page, Channel.DIGIPOST, 1)
    assert consignment is not None
    assert [delivered.rows for delivered in consignment.deliveries.values()] == ["2", "1,3"]
