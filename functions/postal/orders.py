"""Orders: what a sender asks for after it has uploaded a batch, and what became of that."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct


class Order(StrEnum):
    """What a sender can ask for."""

    RECALL = "recall"
    EXTEND = "extend"
    PRINT = "print"
    RETURN = "return"
    RESPONDED = "responded"
    APPROVE = "approve"
    CANCEL = "cancel"


#: Orders that speak of a whole batch, never of one letter.
OF_BATCHES: Final = frozenset({Order.APPROVE, Order.CANCEL})

#: Orders that speak of a whole batch where they name no letter.
OF_BOTH: Final = frozenset({Order.RECALL})


class Answer(StrEnum):
    """What became of an order.

    WAITING: it is not carried out yet. DONE: it is. TOO_LATE: the letter, or the batch, has moved on. NOT_HELD:
    it is for held letters, and this one is none. ACCEPTED: all that a sender with neutral receipts is told.
    REFUSED: it could not be understood.
    """

    WAITING = "waiting"
    DONE = "done"
    TOO_LATE = "too_late"
    NOT_HELD = "not_held"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class LetterOrder(Struct, frozen=True, array_like=True):
    """An order for a letter of a page.

    Attributes:
        line: of the order file, by which it is answered.
        row: of the letter; 0 for every letter of the page.
        until: of `extend`, as `postal.times` writes it; else empty.
    """

    line: int
    row: int
    order: Order
    until: str = ""


class OrderAnswers(Struct, frozen=True, kw_only=True):
    """What became of the orders of one file, for the letters of one page or for the batch itself.

    Attributes:
        lines: the answers of orders that name a letter or the batch, by the order file's line.
        letters: of orders for every letter: how many met each answer, by line and answer.
    """

    lines: Mapping[str, Answer] = {}
    letters: Mapping[str, Mapping[Answer, int]] = {}


class OrderLine(Struct, frozen=True, kw_only=True):
    """A line of the canonical form of an order file, which ingest writes and receipts reads.

    Attributes:
        line: of the sender's file, counted from 1.
        order, reference, until: as the sender wrote them, cut to 100 characters.
        row: of the letter; 0 where it speaks of the batch or is refused.
        error: why it is refused, in the sender's language; else empty.
    """

    line: int
    order: str
    reference: str
    until: str
    row: int = 0
    error: str = ""


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(OrderLine)


def encode(line: OrderLine) -> bytes:
    """One line of a canonical order file, with its line break."""
    return _ENCODER.encode(line) + b"\n"


def decode(line: bytes) -> OrderLine:
    """The order of one line; raises msgspec.DecodeError where it is none."""
    return _DECODER.decode(line)
