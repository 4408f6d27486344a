"""What a letter was at each time that is stored: the same derivation as now, of less."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from postal import pages, status
from postal.consignments import Consignment, Decided, LetterItem, PageItems
from postal.status import LetterState

#: What happened to a letter alone, but for decisions.
_FACTS: Final = (
    "handed_over_at",
    "delivered_at",
    "opened_at",
    "notice_failed_at",
    "responded_at",
    "claimed_at",
    "returned_at",
)


class Past(Struct, frozen=True, kw_only=True):
    """A state that a letter has had.

    Attributes:
        at: when it came to that here, which may be later than it says itself: a mailbox may report late. None
            where that is not stored.
    """

    at: datetime | None
    state: LetterState


def decisions(items: PageItems, row: int, batch_rows: int) -> list[Decided]:
    """Every decision on a letter, that of its page first; empty before that is sorted.

    Args:
        items: everything that is stored of its page.
        row: counted from 1.
        batch_rows: of its batch.
    """
    sorting = items.sorting
    if sorting is None:
        return []
    place = row - pages.rows_of(sorting.page.number, batch_rows).start
    of_page = Decided(mark=sorting.marks[place], at=sorting.sorted_at, rules_version=sorting.rules_version)
    letter = items.letters.get(row)
    return [of_page, *(own_decisions(letter) if letter else ())]


def own_decisions(letter: LetterItem) -> list[Decided]:
    """A letter's own decisions after the sorting of its page, the oldest first."""
    if not letter.mark or letter.decided_at is None:
        return list(letter.before)
    latest = Decided(
        mark=letter.mark,
        at=letter.decided_at,
        rules_version=letter.rules_version,
        handed_over_at=letter.handed_over_at,
        refused_at=letter.refused_at,
    )
    return [*letter.before, latest]


def past(items: PageItems, row: int, batch_rows: int) -> list[Past]:
    """Every state that a letter has had, in the order in which it came to them; of several within a second the last.

    Args:
        items: everything that is stored of its page.
        row: counted from 1.
        batch_rows: of its batch.

    Raises:
        KeyError: a mark that is unknown here.
    """
    found = [Past(at=None, state=status.state_of(PageItems(), row, batch_rows))]
    then = (
        Past(at=at, state=status.state_of(_as_of(items, row, at), row, batch_rows))
        for at in sorted(set(_times(items, row)))
    )
    # What was recalled from its page is noted without a time.
    for one in (*then, Past(at=None, state=status.state_of(items, row, batch_rows))):
        if _what(one.state) != _what(found[-1].state):
            found.append(one)
    return found


def _what(state: LetterState) -> tuple[object, ...]:
    return state.status, state.reason, state.is_claimed


def _times(items: PageItems, row: int) -> Iterator[datetime]:
    """When something happened to a letter that a status may come from."""
    if items.sorting is not None:
        yield items.sorting.sorted_at
    for consignment in items.consignments:
        if row in consignment.leaving_rows():
            if consignment.handed_over_at:
                yield consignment.handed_over_at
            yield from (at for of, at in consignment.delivery_times().items() if of == row)
    letter = items.letters.get(row)
    if letter is not None:
        for decided in own_decisions(letter):
            yield decided.at
            yield from filter(None, (decided.handed_over_at, decided.refused_at))
        yield from filter(None, (_known_at(letter, fact) for fact in _FACTS))


def _as_of(items: PageItems, row: int, at: datetime) -> PageItems:
    """What was stored of a letter at a time; a recall from its consignment is told by its own item."""
    sorting, letter = items.sorting, items.letters.get(row)
    return PageItems(
        sorting=sorting if sorting and sorting.sorted_at <= at else None,
        consignments=tuple(_consignment(one, at) for one in items.consignments),
        letters={row: _letter(letter, at)} if letter else {},
    )


def _consignment(consignment: Consignment, at: datetime) -> Consignment:
    return structs.replace(
        consignment,
        left_out=frozenset(),
        handed_over_at=_by(consignment.handed_over_at, at),
        deliveries={key: one for key, one in consignment.deliveries.items() if one.at <= at},
    )


def _letter(letter: LetterItem, at: datetime) -> LetterItem:
    facts = {fact: getattr(letter, fact) if _by(_known_at(letter, fact), at) else None for fact in _FACTS}
    decided = next((one for one in reversed(own_decisions(letter)) if one.at <= at), None)
    if decided is not None and decided.refused_at is not None:
        facts["handed_over_at"] = _by(decided.handed_over_at, at)
    return structs.replace(
        letter,
        **facts,
        mark=decided.mark if decided else "",
        decided_at=decided.at if decided else None,
        claimed_for=letter.claimed_for if facts["claimed_at"] else 0,
    )


def _known_at(letter: LetterItem, fact: str) -> datetime | None:
    at: datetime | None = getattr(letter, fact)
    noted_at: datetime | None = getattr(letter, f"{fact.removesuffix('_at')}_noted_at", None)
    return noted_at or at


def _by(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None
