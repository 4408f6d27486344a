"""Orders for letters: what stops or turns a letter is written where its next step would have to see it.

A letter is stopped on the item whose next write would carry it away: before its page
is sorted on the page, before its consignment leaves on that, else on its own item.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud.batches import Batches
from cloud.errors import LostRaceError, NotYetError
from cloud.observability import metrics
from cloud.recipients import Recipients
from cloud.time_left import TimeLeft
from postal import due, pages, rules, status
from postal.batches import Batch, BatchState
from postal.consignments import Consignment, LetterItem, PageItems, after
from postal.letters import Letter
from postal.messages import FollowOrders
from postal.orders import Answer, LetterOrder, Order, OrderAnswers
from postal.pages import Page
from postal.reasons import Reason, Way
from postal.status import LetterState, Status
from postal.times import from_text

_TO_PAPER_OR_BACK: Mapping[Order, Reason] = {
    Order.PRINT: Reason.SENDER_ORDERED_PAPER,
    Order.RETURN: Reason.SENDER_ORDERED_RETURN,
}

#: How long routing mostly takes to come to a page that waits in its queue.
_SORTED_WITHIN = timedelta(minutes=1)

#: Orders that mean something for held letters alone.
_OF_HOLDS = frozenset({Order.EXTEND, Order.PRINT, Order.RETURN})


class _PageAtWork:
    """A page as it is known while orders for it are followed: read once, and kept in step with what they write.

    What others write meanwhile is found by the conditions of those writes.
    """

    def __init__(self, items: PageItems, rows: range, batch_rows: int) -> None:
        self._letters = dict(items.letters)
        self.items = structs.replace(items, letters=self._letters)
        self._states = {state.row: state for state in status.states(items, rows)}
        self._batch_rows = batch_rows

    def state(self, row: int) -> LetterState:
        """The state of a letter."""
        if row not in self._states:
            self._states[row] = status.state_of(self.items, row, self._batch_rows)
        return self._states[row]

    def item(self, row: int) -> LetterItem | None:
        """A letter's own item, or None."""
        return self._letters.get(row)

    def moved_on(self, letter: LetterItem) -> None:
        """Take note of a letter's new decision."""
        self._letters[letter.row] = letter
        self._states.pop(letter.row, None)

    def left_out(self, consignment: Consignment, row: int) -> None:
        """Take note of a consignment that a letter is left out of."""
        of_it = (consignment.channel, consignment.n)
        others = (one for one in self.items.consignments if (one.channel, one.n) != of_it)
        self.items = structs.replace(self.items, consignments=(*others, consignment))
        self._states.pop(row, None)

    def recalled(self, row: int) -> None:
        """Take note of a recall before the sorting."""
        self.items = structs.replace(self.items, recalled=self.items.recalled | {row})
        self._states.pop(row, None)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Carries out orders for letters of a page."""

    batches: Batches
    recipients: Recipients

    def follow(
        self, batch: Batch, asked: FollowOrders, letters: Mapping[int, Letter], now: datetime, time_left: TimeLeft
    ) -> None:
        """Carry out a message's orders, each once, and keep the answers.

        Raises:
            LostRaceError: somebody else changed a letter meanwhile.
            NotYetError: its page is still to be sorted, or its consignment to be made.
            OutOfTimeError: there is no time for all; what is carried out is found so.
        """
        page = asked.page
        items = self.batches.page_items(page.sender, page.batch, page.number)
        is_coming = items.sorting is None and batch.state is BatchState.OPEN and not due.wakes_at(letters.values(), now)
        if is_coming and any(order.order in _OF_HOLDS for order in asked.orders):
            raise NotYetError("a hold was to be changed before its page was sorted", _SORTED_WITHIN)
        at_work = _PageAtWork(items, pages.rows_of(page.number, batch.rows), batch.rows)
        answers: dict[str, Answer] = {}
        counts: dict[str, dict[Answer, int]] = {}
        for order in asked.orders:
            rows = [row for row in ([order.row] if order.row else sorted(letters)) if row in letters]
            given = [self._follow(batch, page, at_work, order, letters[row], now) for row in time_left.each(rows)]
            if order.row:
                answers[str(order.line)] = given[0] if given else Answer.TOO_LATE
            else:
                counts[str(order.line)] = {answer: len(list(same)) for answer, same in groupby(sorted(given))}
        self.batches.put_answers(page, asked.file, asked.orders[0].line, OrderAnswers(lines=answers, letters=counts))
        metrics.add_metric(name="OrdersFollowed", unit=MetricUnit.Count, value=len(asked.orders))

    def _follow(  # noqa: PLR0913, PLR0917 - the letter, what stands for it, and what is ordered
        self, batch: Batch, page: Page, at_work: _PageAtWork, order: LetterOrder, letter: Letter, now: datetime
    ) -> Answer:
        if order.order is Order.RESPONDED:
            if not at_work.state(letter.row).has_responded:
                self.batches.set_fact(page, letter.row, "responded_at", now, now)
            return Answer.DONE
        if batch.state is BatchState.CANCELLED:
            return Answer.TOO_LATE
        match order.order:
            case Order.RECALL:
                return self._recall(page, at_work, letter, now)
            case Order.EXTEND:
                if at_work.state(letter.row).status is not Status.HELD:
                    return Answer.NOT_HELD
                until, item = from_text(order.until), at_work.item(letter.row)
                is_done = item is not None and item.held_until == until
                if not is_done and not self.batches.extend(page, letter.row, item, until):
                    raise LostRaceError("a held letter changed while its hold was extended")
                self.batches.due_entries.arm_page(batch, page, until)
                return Answer.DONE
            case Order.PRINT | Order.RETURN:
                return self._end_hold(batch, page, at_work, letter, order.order, now)
            case other:
                raise ValueError(f"{other} is no order for a letter")

    def _recall(self, page: Page, at_work: _PageAtWork, letter: Letter, now: datetime) -> Answer:
        """Stop a letter that has not left; what a mailbox ever received, or a print job has claimed, is too late."""
        row, state, item = letter.row, at_work.state(letter.row), at_work.item(letter.row)
        if state.status is Status.RECALLED:
            self._note_recalled(page, at_work, row, now)
            return Answer.DONE
        if at_work.items.sorting is None:
            if not self.batches.recall_unsorted(page, [row]):
                raise LostRaceError("a page was sorted while a row of it was recalled")
            at_work.recalled(row)
            return Answer.DONE
        if not _can_be_recalled(state):
            return Answer.TOO_LATE
        mailbox = state.reason.way.mailbox if state.reason else None
        if mailbox is not None and (item is None or not item.mark):
            consignment = at_work.items.consignment(mailbox, 1)
            if consignment is None:
                raise NotYetError("a letter was recalled before its consignment was made", _SORTED_WITHIN)
            without = self.batches.leave_out(page, consignment, [row])
            if without is None:
                return Answer.TOO_LATE
            at_work.left_out(without, row)
            self._note_recalled(page, at_work, row, now)
            return Answer.DONE
        lets_go = rules.is_let_go(letter, state.reason, Reason.RECALLED_BY_SENDER)
        recalled = after(item, row, Reason.RECALLED_BY_SENDER, now, lets_go=lets_go)
        decided = self.batches.move_on(page, recalled, item, unless_leaving=mailbox is not None)
        if decided is None:
            raise LostRaceError("a letter changed while it was recalled")
        at_work.moved_on(decided)
        return Answer.DONE

    def _note_recalled(self, page: Page, at_work: _PageAtWork, row: int, now: datetime) -> None:
        """Keep the time of a recall that stands on the letter's consignment."""
        item = at_work.item(row)
        if at_work.items.sorting is not None and (item is None or not item.mark):
            noted = self.batches.move_on(page, after(item, row, Reason.RECALLED_BY_SENDER, now), item)
            if noted is not None:
                at_work.moved_on(noted)

    def _end_hold(  # noqa: PLR0913, PLR0917 - the letter, what stands for it, and what is ordered
        self, batch: Batch, page: Page, at_work: _PageAtWork, letter: Letter, order: Order, now: datetime
    ) -> Answer:
        """End a letter's hold as ordered, unless its recipient has got a mailbox or died meanwhile."""
        ordered, state, item = _TO_PAPER_OR_BACK[order], at_work.state(letter.row), at_work.item(letter.row)
        if state.reason is ordered:
            return Answer.DONE
        if state.status is not Status.HELD:
            return Answer.NOT_HELD
        if order is Order.PRINT and (letter.address is None or letter.delivery == "digital_only"):
            return Answer.TOO_LATE
        tried = [mailbox.channel for mailbox in item.tried] if item else []
        recipient = self.recipients.profile(letter.recipient).recipient
        again = rules.decide(letter, recipient, batch.sender, now, tried)
        reason = ordered if again.way is Way.HELD else again
        lets_go = rules.is_let_go(letter, state.reason, reason)
        decided = self.batches.move_on(page, after(item, letter.row, reason, now, lets_go=lets_go), item)
        if decided is None:
            raise LostRaceError("a held letter changed while its hold was ended")
        at_work.moved_on(decided)
        return Answer.DONE if reason is ordered else Answer.TOO_LATE


def _can_be_recalled(state: LetterState) -> bool:
    """Whether a letter has not left, was never in a mailbox, and is not claimed for print."""
    match state.status:
        case Status.WAITING | Status.HELD:
            return True
        case Status.TO_PRINT:
            return not state.is_claimed and state.reason is not None and rules.is_rescued(state.reason)
        case _:
            return False
