"""A letter's past, derived from what is stored at the end, is what was derived at each time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from brevdue.operate import history
from postal import status
from postal.channels import Channel
from postal.consignments import Consignment, Delivered, LetterItem, PageItems, Refused, Sorting, Tried, after
from postal.pages import Page
from postal.reasons import RULES_VERSION, Reason, Way
from postal.status import LetterState
from tests.support.office import START, Office

MINUTE = timedelta(minutes=1)
SORTED = [reason for reason in Reason if reason.way is not Way.RECALLED]
NUMBERS = count(1)


class LetterOfOne:
    """A letter that is alone in its batch, and to which things happen as the functions write them."""

    def __init__(self, office: Office, first: Reason) -> None:
        self.batches, self.now = office.batches, START + MINUTE
        self.page = Page(sender="nordby", batch=f"h{next(NUMBERS)}", number=0, key="k", version="v", first=0, last=1)
        self.seen: list[tuple[datetime | None, LetterState]] = [(None, status.state_of(PageItems(), 1, 1))]
        sorting = Sorting(marks=first.mark, sorted_at=self.now, page=self.page, rules_version=RULES_VERSION)
        assert self.batches.sort(sorting)
        if first.way.mailbox:
            self.batches.put_consignment(self.page, Consignment(channel=first.way.mailbox, n=1, rows="1"))
        self.look()

    @property
    def items(self) -> PageItems:
        return self.batches.page_items(self.page.sender, self.page.batch, 0)

    @property
    def item(self) -> LetterItem:
        return self.items.letters.get(1, LetterItem(row=1))

    @property
    def state(self) -> LetterState:
        return status.state_of(self.items, 1, 1)

    @property
    def mailbox(self) -> Channel | None:
        """The mailbox for which it leaves or has left."""
        reason = self.state.reason
        return reason.way.mailbox if reason else None

    def look(self) -> None:
        state = self.state
        if what(state) != what(self.seen[-1][1]):
            self.seen.append((self.now, state))

    def happen(self, name: str, reason: Reason) -> None:
        """Let something happen to it, where it can."""
        self.now += MINUTE
        HAPPENINGS[name](self, reason)
        self.look()

    def consignment(self) -> Consignment | None:
        """The consignment with which it leaves, if it does not leave alone."""
        return None if self.item.mark else next(iter(self.items.consignments), None)

    def leave(self, _: Reason) -> None:
        consignment, item = self.consignment(), self.item
        if consignment:
            self.batches.set_leaving(self.page, consignment, self.now)
            self.batches.set_handed_over(self.page, consignment, self.now)
        elif item.mark and self.mailbox:
            self.batches.set_letter(self.page, 1, "handed_over_at", self.now, attempt=item.attempt)

    def deliver(self, _: Reason) -> None:
        consignment, item = self.consignment(), self.item
        if consignment and consignment.handed_over_at and not consignment.refusals and not consignment.deliveries:
            self.batches.record(self.page, consignment, [Delivered(at=self.now, rows="1")])
        elif item.mark and self.mailbox and item.handed_over_at and not item.refused_at:
            self.batches.set_letter(self.page, 1, "delivered_at", self.now, attempt=item.attempt)

    def refuse(self, reason: Reason) -> None:
        consignment, item, mailbox = self.consignment(), self.item, self.mailbox
        if mailbox is None:
            return
        if consignment:
            if not consignment.handed_over_at or consignment.deliveries:
                return
            self.batches.record(self.page, consignment, [Refused(at=self.now, rows="1", code="c")])
        elif not item.handed_over_at or item.delivered_at:
            return
        else:
            self.batches.set_letter(self.page, 1, "refused_at", self.now, attempt=item.attempt)
        self.now += MINUTE
        attempt = max(item.attempt, 1) + 1
        tried = (*item.tried, Tried(channel=mailbox, code="c"))
        again = structs.replace(after(item, 1, reason, self.now), attempt=attempt, tried=tried)
        assert self.batches.decide_again(self.page, again, self.item)

    def move_on(self, reason: Reason) -> None:
        item = self.items.letters.get(1)
        if self.mailbox is None or self.state.delivered_at:
            self.batches.move_on(self.page, after(item, 1, reason, self.now), item)

    def claim(self, _: Reason) -> None:
        if self.state.status is status.Status.TO_PRINT:
            self.batches.put_consignment(self.page, Consignment(channel=Channel.PRINT, n=1, rows="1"))
            self.batches.claim(self.page, 1, self.items.letters.get(1), 1, self.now)

    def be_printed(self, _: Reason) -> None:
        consignment = self.items.consignment(Channel.PRINT, 1)
        if consignment and self.item.claimed_for and not consignment.deliveries:
            self.batches.record(self.page, consignment, [Delivered(at=self.now, rows="1")])

    def fail(self, _: Reason) -> None:
        if self.item.claimed_for:
            self.batches.fail_claimed(self.page, self.item, Reason.PDF_DAMAGED.mark, self.now)

    def note(self, fact: str, *, late: timedelta = timedelta()) -> None:
        self.batches.set_fact(self.page, 1, fact, self.now - late, self.now)


HAPPENINGS: Final[Mapping[str, Callable[[LetterOfOne, Reason], None]]] = {
    "leave": LetterOfOne.leave,
    "deliver": LetterOfOne.deliver,
    "refuse": LetterOfOne.refuse,
    "move_on": LetterOfOne.move_on,
    "claim": LetterOfOne.claim,
    "be_printed": LetterOfOne.be_printed,
    "fail": LetterOfOne.fail,
    "open": lambda letter, _: letter.note("opened_at"),
    "open_and_tell_late": lambda letter, _: letter.note("opened_at", late=timedelta(hours=3)),
    "tell_late_of_notices": lambda letter, _: letter.note("notice_failed_at", late=3 * MINUTE),
    "come_back_and_tell_late": lambda letter, _: letter.note("returned_at", late=3 * MINUTE),
    "notice_failed": lambda letter, _: letter.note("notice_failed_at"),
    "respond": lambda letter, _: letter.note("responded_at"),
    "come_back": lambda letter, _: letter.note("returned_at"),
}


def what(state: LetterState) -> tuple[object, ...]:
    return state.status, state.reason, state.is_claimed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SORTED),
    st.lists(st.tuples(st.sampled_from(sorted(HAPPENINGS)), st.sampled_from(SORTED)), max_size=12),
)
@example(
    Reason.CHOSE_DIGIPOST,
    [
        ("leave", Reason.EXEMPT),
        ("refuse", Reason.ALTINN_AFTER_REFUSAL),
        ("leave", Reason.EXEMPT),
        ("refuse", Reason.PAPER_AFTER_REFUSAL),
        ("claim", Reason.EXEMPT),
        ("be_printed", Reason.EXEMPT),
        ("come_back", Reason.EXEMPT),
    ],
)
@example(
    Reason.OPTED_OUT,
    [
        ("respond", Reason.EXEMPT),
        ("claim", Reason.EXEMPT),
        ("open_and_tell_late", Reason.EXEMPT),
        ("fail", Reason.EXEMPT),
    ],
)
@example(
    Reason.HELD_FOR_SENDER,
    [
        ("move_on", Reason.REGISTERED_IN_EBOKS),
        ("leave", Reason.EXEMPT),
        ("refuse", Reason.HELD_AFTER_REFUSAL),
        ("move_on", Reason.HOLD_ENDED_TO_PAPER),
        ("open", Reason.EXEMPT),
    ],
)
def test_the_past_is_what_it_was(office: Office, first: Reason, happenings: list[tuple[str, Reason]]) -> None:
    letter = LetterOfOne(office, first)
    for name, reason in happenings:
        letter.happen(name, reason)

    past = history.past(letter.items, 1, 1)

    assert [(one.at, one.state) for one in past] == letter.seen


def test_a_decision_has_its_version_and_a_refused_one_its_times(office: Office) -> None:
    letter = LetterOfOne(office, Reason.HELD_FOR_SENDER)
    for name, reason in (
        ("move_on", Reason.REGISTERED_IN_EBOKS),
        ("leave", Reason.EXEMPT),
        ("refuse", Reason.HELD_AFTER_REFUSAL),
    ):
        letter.happen(name, reason)

    sorted_, released, held = history.decisions(letter.items, 1, 1)

    assert {one.rules_version for one in (sorted_, released, held)} == {RULES_VERSION}
    assert [one.at for one in (sorted_, released, held)] == [_after(1), _after(2), _after(5)]
    assert (released.handed_over_at, released.refused_at) == (_after(3), _after(4))
    assert (held.handed_over_at, held.refused_at) == (None, None)


def test_what_was_recalled_from_its_page_comes_last_and_without_a_time(office: Office) -> None:
    letter = LetterOfOne(office, Reason.CHOSE_DIGIPOST)
    unsorted = structs.replace(letter.page, batch="h-unsorted")
    assert letter.batches.recall_unsorted(unsorted, [1])

    past = history.past(letter.batches.page_items("nordby", "h-unsorted", 0), 1, 1)

    assert [(one.at, one.state.reason) for one in past] == [(None, None), (None, Reason.RECALLED_BY_SENDER)]


def _after(minutes: int) -> datetime:
    return START + minutes * MINUTE
