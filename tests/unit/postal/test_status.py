from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from postal import status
from postal.channels import Channel
from postal.consignments import Consignment, Delivered, LetterItem, PageItems, Refused, Sorting
from postal.letters import Letter
from postal.pages import Page
from postal.reasons import Reason
from postal.status import LetterState, Status

T = [datetime(2026, 11, 18, 9, tzinfo=UTC) + timedelta(hours=n) for n in range(6)]
PAGE = Page(sender="s1", batch="b", number=0, key="k", version="v", first=0, last=9)


def _state(marks: str, consignments: tuple[Consignment, ...] = (), *letters: LetterItem) -> list[LetterState]:
    items = PageItems(
        sorting=Sorting(marks=marks, sorted_at=T[0], page=PAGE),
        consignments=consignments,
        letters={letter.row: letter for letter in letters},
    )
    return list(status.states(items, range(1, len(marks) + 1)))


def _altinn(**facts: object) -> Consignment:
    return Consignment(channel=Channel.ALTINN, n=1, rows="1-2", **facts)  # type: ignore[arg-type]


def test_rows_of_a_page_that_is_not_sorted_wait() -> None:
    states = list(status.states(PageItems(), range(401, 404)))

    assert [(state.row, state.status, state.reason) for state in states] == [
        (row, Status.WAITING, None) for row in (401, 402, 403)
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.ROW_REFUSED, Status.REJECTED),
        (Reason.OPTED_OUT, Status.TO_PRINT),
        (Reason.HELD_FOR_SENDER, Status.HELD),
        (Reason.RECIPIENT_CLOSED, Status.STOPPED),
        (Reason.DECLINED_TO_SENDER, Status.EXPIRED),
        (Reason.REFUSED_BY_DIGITAL_POST, Status.FAILED),
        (Reason.DELIVER_LATER, Status.WAITING),
        (Reason.ALTINN_BY_DEFAULT, Status.WAITING),
    ],
)
def test_the_sorting_alone_says_what_does_not_leave(reason: Reason, expected: Status) -> None:
    (state,) = _state(reason.mark)

    assert (state.status, state.at) == (expected, T[0])


def test_a_consignment_carries_its_letters_forward() -> None:
    assert [s.status for s in _state("AA", (_altinn(),))] == [Status.WAITING] * 2
    assert [s.status for s in _state("AA", (_altinn(leaving_at=T[1]),))] == [Status.WAITING] * 2
    handed_over = _state("AA", (_altinn(leaving_at=T[1], handed_over_at=T[2]),))
    assert [(s.status, s.at) for s in handed_over] == [(Status.IN_TRANSIT, T[2])] * 2


def test_only_delivered_rows_are_delivered() -> None:
    consignment = _altinn(handed_over_at=T[1], deliveries={"1": Delivered(at=T[2], rows="2")})

    assert [s.status for s in _state("AA", (consignment,))] == [Status.IN_TRANSIT, Status.DELIVERED]


def test_a_refused_letter_is_in_transit_until_it_is_decided_again() -> None:
    consignment = _altinn(handed_over_at=T[1], refusals={"1": Refused(at=T[2], rows="1", code="no")})
    again = LetterItem(row=1, mark=Reason.PAPER_AFTER_REFUSAL.mark, attempt=2, decided_at=T[3])

    assert _state("AA", (consignment,))[0].status is Status.IN_TRANSIT
    after = _state("AA", (consignment,), again)[0]
    assert (after.status, after.reason, after.at) == (Status.TO_PRINT, Reason.PAPER_AFTER_REFUSAL, T[3])


def test_opened_is_accepted_from_every_status() -> None:
    opened = LetterItem(row=1, opened_at=T[4])
    for consignments in ((), (_altinn(),), (_altinn(handed_over_at=T[1]),)):
        state = _state("AA", consignments, opened)[0]
        assert (state.status, state.at) == (Status.OPENED, T[4])


def test_a_failed_notice_counts_for_a_delivered_letter_alone() -> None:
    failed = LetterItem(row=1, notice_failed_at=T[4])
    delivered = _altinn(handed_over_at=T[1], deliveries={"1": Delivered(at=T[2], rows="1-2")})

    assert _state("AA", (_altinn(handed_over_at=T[1]),), failed)[0].status is Status.IN_TRANSIT
    assert _state("AA", (delivered,), failed)[0].status is Status.NOTICE_FAILED


def test_final_is_what_nothing_can_befall() -> None:
    delivered = _altinn(handed_over_at=T[1], deliveries={"1": Delivered(at=T[2], rows="1")})
    digipost = Consignment(
        channel=Channel.DIGIPOST,
        n=1,
        rows="2",
        handed_over_at=T[1],
        deliveries={"1": Delivered(at=T[2], rows="2")},
    )
    in_altinn, in_digipost, rejected = _state("ADr", (delivered, digipost))
    (opened,) = _state("A", (delivered,), LetterItem(row=1, opened_at=T[3]))

    row = Letter(row=1, reference="r", recipient="x", title="t", documents=())
    digital_only = msgspec.structs.replace(row, delivery="digital_only")
    assert not status.is_final(in_altinn, row), "paper follows when it stays unopened"
    assert status.is_final(in_altinn, digital_only)
    assert status.is_final(in_digipost, row)
    assert status.is_final(rejected, row)
    assert status.is_final(opened, row)
