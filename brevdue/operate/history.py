"""What a letter was at each time that is stored: the same derivation as now, of less."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from postal import pages, status
from postal.consignments import Consignment, Decided, LetterItem, PageItems
from postal.status import LetterState


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


def states(items: PageItems, row: int, batch_rows: int) -> list[LetterState]:
    """Every state that a letter has had, the first first; of several within one second the last.

    Args:
        items: everything that is stored of its page.
        row: counted from 1.
        batch_rows: of its batch.

    Raises:
        KeyError: a mark that is unknown here.
    """
    found = [status.state_of(PageItems(), row, batch_rows)]
    then = (status.state_of(_as_of(items, row, at), row, batch_rows) for at in sorted(set(_times(items, row))))
    for state in (*then, status.state_of(items, row, batch_rows)):
        if _what(state) != _what(found[-1]):
            found.append(state)
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
        yield from filter(None, (getattr(letter, fact) for fact in _FACTS))


#: What happened to a letter alone, but for decisions.
_FACTS = (
    "handed_over_at",
    "delivered_at",
    "opened_at",
    "notice_failed_at",
    "responded_at",
    "claimed_at",
    "returned_at",
)


def _as_of(items: PageItems, row: int, at: datetime) -> PageItems:
    """What was stored of a letter at a time; when it was recalled from its page or consignment is not stored."""
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
    facts = {fact: _by(getattr(letter, fact), at) for fact in _FACTS}
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


def _by(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None
