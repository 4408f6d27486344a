"""What falls due for a letter, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import due
from postal.channels import Channel
from postal.consignments import Consignment, Delivered, LetterItem, PageItems, Sorting
from postal.due import Due, Work
from postal.letters import Letter
from postal.pages import Page
from postal.reasons import Reason
from postal.senders import Regime, Sender, Settings
from postal.status import LetterState, Status
from postal.times import to_text

#: A Wednesday, 10:00 in Oslo.
START = datetime(2026, 11, 18, 9, tzinfo=UTC)
NORWEGIAN = Sender(id="nordby", name="Nordby kommune", regime=Regime.NO_PUBLIC)
DANISH = Sender(id="havblik", name="Havblik", regime=Regime.DK_PRIVATE, settings=Settings(hold_days=10))
PAGE = Page(sender="nordby", batch="b1", number=0, key="k", version="v", first=0, last=1)


def _letter(row: int = 1, **facts: object) -> Letter:
    return Letter(row=row, reference="", recipient="no-fnr:0", title="", documents=(), **facts)  # type: ignore[arg-type]


def _state(status: Status, reason: Reason, **facts: object) -> LetterState:
    return LetterState(row=1, status=status, reason=reason, at=START, **facts)  # type: ignore[arg-type]


def _dues(state: LetterState, letter: Letter | None = None, sender: Sender = NORWEGIAN) -> list[tuple[datetime, Work]]:
    return [(one.at, one.work) for one in due.of_letter(letter or _letter(), state, sender, START)]


def test_an_unopened_letter_in_altinn_is_decided_after_forty_working_hours() -> None:
    state = _state(Status.DELIVERED, Reason.ALTINN_BY_DEFAULT)

    assert _dues(state) == [(datetime(2026, 11, 20, 1, tzinfo=UTC), Work.DECIDE)]


def test_a_letter_that_may_only_go_digitally_is_never_decided_for_paper() -> None:
    state = _state(Status.DELIVERED, Reason.ALTINN_BY_DEFAULT)

    assert _dues(state, _letter(delivery="digital_only")) == [(START + timedelta(days=7), Work.REMIND)]


def test_a_letter_of_which_nobody_could_be_told_is_decided_at_once() -> None:
    assert _dues(_state(Status.NOTICE_FAILED, Reason.ALTINN_BY_DEFAULT)) == [(START, Work.DECIDE)]
    assert _dues(_state(Status.NOTICE_FAILED, Reason.CHOSE_DIGIPOST)) == []


def test_a_letter_in_another_mailbox_is_reminded_of_after_a_week_and_before_its_day() -> None:
    by = START + timedelta(days=20)
    state = _state(Status.DELIVERED, Reason.CHOSE_DIGIPOST)

    assert _dues(state, _letter(respond_by=to_text(by))) == [
        (START + timedelta(days=7), Work.REMIND),
        (by - due.REMINDED_BEFORE, Work.REMIND),
    ]


@pytest.mark.parametrize("days", [0, 1, 3])
def test_who_has_no_time_to_react_is_not_reminded_of_it(days: int) -> None:
    by = to_text(START + timedelta(days=days))
    state = _state(Status.DELIVERED, Reason.REGISTERED_IN_EBOKS)

    assert _dues(state, _letter(respond_by=by), DANISH) == []


def test_a_hold_ends_after_the_senders_days_or_when_it_was_extended_to() -> None:
    assert _dues(_state(Status.HELD, Reason.HELD_FOR_SENDER), sender=DANISH) == [
        (START + timedelta(days=10), Work.DECIDE)
    ]
    until = START + timedelta(days=100)
    assert _dues(_state(Status.HELD, Reason.HELD_FOR_SENDER, held_until=until), sender=DANISH) == [(until, Work.DECIDE)]


def test_paper_leaves_at_the_next_cut_off_until_a_job_has_claimed_it() -> None:
    assert _dues(_state(Status.TO_PRINT, Reason.OPTED_OUT)) == [
        (datetime(2026, 11, 18, 16, 30, tzinfo=UTC), Work.PRINT)
    ]
    assert _dues(_state(Status.TO_PRINT, Reason.OPTED_OUT, is_claimed=True)) == []


def test_a_letter_that_waits_for_its_date_is_decided_then() -> None:
    later = START + timedelta(days=3)

    assert _dues(_state(Status.WAITING, Reason.DELIVER_LATER), _letter(deliver_after=to_text(later))) == [
        (later, Work.DECIDE)
    ]


@pytest.mark.parametrize(
    "status",
    [
        Status.OPENED, Status.PRINTED, Status.RETURNED, Status.EXPIRED, Status.RECALLED, Status.STOPPED,
        Status.REJECTED, Status.FAILED, Status.IN_TRANSIT,
    ],
)  # fmt: skip
def test_nothing_falls_due_for_what_is_over_or_in_others_hands(status: Status) -> None:
    assert _dues(_state(status, Reason.CHOSE_DIGIPOST)) == []


def _items(**deliveries: Delivered) -> PageItems:
    named = {key.replace("_", "-").removeprefix("k"): one for key, one in deliveries.items()}
    return PageItems(
        sorting=Sorting(marks="DD", sorted_at=START, page=PAGE),
        consignments=(
            Consignment(
                channel=Channel.DIGIPOST, n=1, rows="1-2", leaving_at=START, handed_over_at=START, deliveries=named
            ),
        ),
    )


def _of_page(items: PageItems) -> list[int]:
    letters = {row: _letter(row) for row in (1, 2)}
    return [one.row for one in due.of_page(letters, items, range(1, 3), NORWEGIAN, START)]


def test_a_reminder_that_was_sent_falls_due_no_more_and_one_that_was_begun_does() -> None:
    delivered = Delivered(at=START, rows="1-2", notified_to=2)
    assert _of_page(_items(k1=delivered)) == [1, 2]

    begun = Delivered(at=START, rows="1-2", is_reminder=True, notified_to=1)
    assert _of_page(_items(k1=delivered, k1_d7=begun)) == [1, 2]

    # Row 2 was opened when the reminder fell due, so it is none of its rows: it needs none later either.
    sent = Delivered(at=START, rows="1", is_reminder=True, notified_to=1)
    assert _of_page(_items(k1=delivered, k1_d7=sent)) == []


def test_a_letter_that_left_alone_keeps_its_own_reminders() -> None:
    alone = LetterItem(row=1, mark="D", attempt=1, decided_at=START, delivered_at=START, reminded=frozenset({"d7"}))
    items = PageItems(sorting=Sorting(marks="HD", sorted_at=START, page=PAGE), letters={1: alone})

    assert _of_page(items) == []


def test_a_page_sleeps_until_the_first_date_where_every_letter_has_one() -> None:
    first, second = (_letter(deliver_after=to_text(START + timedelta(days=days))) for days in (2, 5))

    assert due.wakes_at([first, second], START) == START + timedelta(days=2)
    assert due.wakes_at([first, _letter()], START) is None
    assert due.wakes_at([first, second], START + timedelta(days=2)) is None
    assert due.wakes_at([], START) is None


@given(st.lists(st.integers(-500, 500), max_size=6), st.integers(-500, 500))
def test_the_next_look_is_the_earliest_time_still_to_come(hours: list[int], hour: int) -> None:
    dues = [Due(row=1, at=START + timedelta(hours=n), work=Work.DECIDE) for n in hours]
    now = START + timedelta(hours=hour)

    found = due.next_at(dues, now)

    ahead = [n for n in hours if n > hour]
    assert found == (START + timedelta(hours=min(ahead)) if ahead else None)
