"""The next morning: what the register hears of, and whose letters show what comes of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from brevdue.outcome import Receipt
from brevdue.sample.batches import SampleBatch
from brevdue.sample.draws import Draws
from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from postal import register
from postal.channels import Channel
from postal.reasons import Reason
from postal.register import (
    Event,
    ExemptionEnded,
    MailboxChosen,
    OptedOut,
    Registered,
    SenderAccepted,
    SenderDeclined,
)

#: Of those for whom letters are held, so many sign up at once: a share, and no more than.
_SIGN_UP: Final = 0.4
_MOST_SIGN_UPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happens in the register.

    Attributes:
        what: in a sentence that does not say to whom.
        events: as the register is told.
        batch: that has letters to them.
        rows: of these letters.
        next_rows: of those that follow them in the batch that follows; empty where what comes of
            the change shows on the letters themselves.
    """

    what: str
    events: Sequence[Event]
    batch: SampleBatch
    rows: Sequence[int]
    next_rows: Sequence[int] = ()


class _Turn(NamedTuple):
    """Something that happens to one recipient.

    Attributes:
        code: of the letter by which the recipient is picked.
        events: of the recipient, at a time.
        is_seen_next: whether it shows on the next letter only.
    """

    what: str
    code: Reason
    events: Callable[[str, datetime], Sequence[Event]]
    is_seen_next: bool = True


_TURNS: Final = {
    MUNICIPALITY.id: (
        _Turn(
            "A Norwegian switched from Altinn to Digipost",
            Reason.ALTINN_BY_DEFAULT,
            lambda who, at: [MailboxChosen(recipient=who, occurred_at=at, mailbox=Channel.DIGIPOST)],
        ),
        _Turn(
            "A Norwegian opted out of digital post",
            Reason.CHOSE_EBOKS,
            lambda who, at: [OptedOut(recipient=who, occurred_at=at)],
        ),
    ),
    INSURER.id: (
        _Turn(
            f"A Dane declined {INSURER.name}",
            Reason.HELD_FOR_SENDER,
            lambda who, at: [SenderDeclined(recipient=who, occurred_at=at, sender=INSURER.id)],
            is_seen_next=False,
        ),
        _Turn(
            f"A Dane accepted {INSURER.name} again",
            Reason.DECLINED_TO_PAPER,
            lambda who, at: [SenderAccepted(recipient=who, occurred_at=at, sender=INSURER.id)],
        ),
    ),
    DANISH_MUNICIPALITY.id: (
        _Turn(
            "A Dane's exemption from Digital Post ended",
            Reason.EXEMPT,
            lambda who, at: [
                ExemptionEnded(recipient=who, occurred_at=at),
                Registered(recipient=who, occurred_at=at, mailbox=Channel.DIGITAL_POST),
            ],
        ),
    ),
}


def changes(batch: SampleBatch, receipts: Sequence[Receipt], seed: int, now: datetime) -> Iterator[Change]:
    """What happens, to people who are picked by what became of their letters.

    Args:
        batch: whose recipients they are.
        receipts: of the batch, so far.
        seed: of all chance.
        now: when it happens.
    """
    held = _letters(batch, receipts, Reason.HELD_FOR_SENDER)
    signing_up = [(row, who) for row, who in held if Draws(seed, "signs up", who).share() < _SIGN_UP][:_MOST_SIGN_UPS]
    busy = dict.fromkeys(who for _, who in signing_up)
    if busy:
        yield Change(
            what=f"{len(busy):,} Danes signed up for e-Boks" if len(busy) > 1 else "A Dane signed up for e-Boks",
            events=[Registered(recipient=who, occurred_at=now, mailbox=Channel.EBOKS) for who in busy],
            batch=batch,
            rows=[row for row, _ in signing_up],
        )
    following = 0
    for turn in _TURNS[batch.sender.id]:
        letters = _letters(batch, receipts, turn.code)
        row, who = next((letter for letter in letters if letter[1] not in busy), (0, ""))
        if who:
            busy[who] = None
            following += turn.is_seen_next
            yield Change(
                what=turn.what,
                events=turn.events(who, now),
                batch=batch,
                rows=[row],
                next_rows=[following] if turn.is_seen_next else [],
            )


def _letters(batch: SampleBatch, receipts: Sequence[Receipt], code: Reason) -> Iterator[tuple[int, str]]:
    """Rows that got a code, each with the id of its recipient."""
    return ((one.row, batch.rows.row(one.row).who.id) for one in receipts if one.code == code.code)


def register_file(happened: Sequence[Change]) -> bytes:
    """All that happened, as the operator uploads it."""
    return b"".join(register.encode(event).encode() + b"\n" for change in happened for event in change.events)


def next_batches(happened: Sequence[Change]) -> Iterator[SampleBatch]:
    """The batches that follow, to those on whose next letter a change shows."""
    rows: dict[str, list[int]] = {}
    batches: dict[str, SampleBatch] = {}
    for change in happened:
        if change.next_rows:
            batches[change.batch.id] = change.batch
            rows.setdefault(change.batch.id, []).extend(change.rows)
    for name, batch in batches.items():
        yield batch.following(rows[name])
