"""The Recipients table: profiles and held letters."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from cloud.table import Item, Table
from postal import keys
from postal.pages import Page
from postal.recipients import Recipient


class HeldLetter(Struct, frozen=True, kw_only=True):
    """A letter stored for the sender until its recipient gets a mailbox: a pointer to its row.

    Attributes:
        accepted_at: when its batch was committed, as `postal.times` writes it.
        attempt: the attempt that will deliver it.
    """

    recipient: str
    accepted_at: str
    letter_id: str
    attempt: int
    page: Page
    row: int


class Recipients:
    """What the register knows, in the terms of `postal`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def recipients(self, ids: Iterable[str]) -> dict[str, Recipient]:
        """A recipient for each id, each looked up once; one the register does not know has no facts."""
        found = {id_: Recipient(id=id_) for id_ in ids}
        for item in self._table.get_many({"pk": id_, "sk": keys.PROFILE_SK} for id_ in found):
            found[item["pk"]] = _recipient(item)
        return found

    def hold(self, held: Iterable[HeldLetter]) -> None:
        """Store held letters with their recipients; one that is there is written over with the same."""
        self._table.put_many(
            {
                "pk": letter.recipient,
                "sk": keys.held_sk(letter.accepted_at, letter.letter_id, letter.attempt),
                "page": msgspec.to_builtins(letter.page),
                "row": letter.row,
            }
            for letter in held
        )


def _recipient(item: Item) -> Recipient:
    return msgspec.convert({**item, "id": item["pk"]}, Recipient)
