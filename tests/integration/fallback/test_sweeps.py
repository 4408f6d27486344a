from datetime import datetime, timedelta

from brevdue.stack.stack import Call, Crash
from postal.channels import Channel
from postal.messages import Event, Report
from postal.status import Status
from postal.times import to_text
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter

USER = "no-fnr:15829012345"
STRANGER = "dk-cpr:0101575235"


def _page_entries(office: Office) -> list[str]:
    return [item["sk"] for item in office.due() if item["sk"].endswith("#page")]


def test_an_idle_tick_is_a_query_a_shard_and_one_of_what_is_stuck(office: Office) -> None:
    calls: list[str] = []
    office.stack.on_call = lambda call: calls.append(call.operation) if call.phase == "before" else None

    office.stack.advance(timedelta(minutes=1))

    assert calls == ["Query"] * 9


def test_a_tick_that_dies_is_left_to_the_next_minute(office: Office) -> None:
    tried: list[datetime] = []

    def die(_call: Call) -> None:
        tried.append(office.now)
        raise Crash

    office.stack.on_call = die
    for _ in range(4):
        office.stack.advance(timedelta(minutes=1))

    assert tried == [START + timedelta(minutes=n) for n in range(1, 5)]


def test_a_page_has_an_entry_until_nothing_can_fall_due_for_it(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])
    office.stack.advance(timedelta(minutes=16))
    assert len(_page_entries(office)) == 1

    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(START)))
    office.report(page, Channel.ALTINN, Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(START)))
    office.stack.advance(timedelta(hours=13))

    assert _page_entries(office) == []


def test_a_page_whose_message_was_lost_is_sorted_by_the_sweep(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])

    office.stack.advance(timedelta(minutes=16))

    assert office.statuses(page, 1) == [Status.IN_TRANSIT]
    assert len(_page_entries(office)) == 1


def test_a_held_letter_without_its_item_gets_it_back(office: Office) -> None:
    (page,) = office.commit(DANISH, [consenting(1, STRANGER)])
    office.sort([page])
    office.recipients_table.delete({"pk": STRANGER, "sk": office.held(STRANGER)[0]["sk"]})
    # The page is noted as sorted only after its letters are held.
    office.batches_table.delete({"pk": "havblik#b1", "sk": "sorted#0"})

    office.stack.advance(timedelta(minutes=16))

    assert len(office.held(STRANGER)) == 1


def test_a_consignment_that_was_not_handed_over_is_sent_again(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])
    office.batches_table.update(
        {"pk": "nordby#b1#0", "sk": "consignment#altinn#1"}, "REMOVE leaving_at, handed_over_at", {}
    )

    office.stack.advance(timedelta(minutes=16))

    assert office.statuses(page, 1) == [Status.IN_TRANSIT]
    assert list(office.dispatched(Channel.ALTINN)) == ["nordby/b1/00000-1"]


def test_an_entry_in_somebodys_hands_is_sent_again_only_after_an_hour(office: Office) -> None:
    office.commit(NORWEGIAN, [letter(1, USER)])
    sweeps: list[int] = []
    office.stack.on_invocation = lambda function, count: (
        sweeps.append(count) if function == "fallback" and count else None
    )
    entry = next(iter(office.due()))
    office.batches_table.update(
        {"pk": entry["pk"], "sk": entry["sk"]}, "SET sent_at = :now", {":now": "2026-11-18T09:14:00Z"}
    )

    office.stack.advance(timedelta(minutes=16))
    assert sweeps == []
    office.stack.advance(timedelta(hours=1))

    assert sweeps == [1]


def test_an_entry_that_was_put_anew_outlives_the_sweep_of_the_old_one(office: Office) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER)])
    office.sort([page])
    (sk,) = _page_entries(office)
    office.batches.due_entries.disarm(sk, "another token")
    assert _page_entries(office) == [sk]


def test_a_backlog_of_days_is_caught_up_with(office: Office) -> None:
    made = [office.commit(NORWEGIAN, [letter(1, USER)], batch=f"b{n}")[0] for n in range(30)]

    office.stack.advance(timedelta(days=3))

    assert all(office.statuses(page, 1) == [Status.IN_TRANSIT] for page in made)
