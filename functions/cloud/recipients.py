"""The Recipients table: profiles, held letters, enrolments, and who learnt what."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from cloud.errors import LostRaceError
from cloud.table import Item, Table
from postal import keys
from postal.batches import Batch
from postal.letters import Letter, letter_id
from postal.notices import Unusable
from postal.pages import Page
from postal.reasons import Reason
from postal.recipients import Disclosure, Enrolment, Recipient
from postal.register import Fact, Facts
from postal.times import to_text

_HELD: Final = "held#"
_ENROLMENT: Final = "enrolment#"

#: How many held letters are read with a call: a release decides few at a time, however many there are.
_HELD_AT_ONCE: Final = 100

#: What of a recipient does not come from the register's facts.
_NOT_FROM_FACTS: Final = frozenset({"id", "enrolled", "unusable"})

#: A map is written over what was read; so often it is read again where somebody else came between.
_MOST_TRIES: Final = 10


class HeldLetter(Struct, frozen=True, kw_only=True):
    """A letter that waits for its recipient, held for the sender or not yet on paper: a pointer to its row.

    Attributes:
        accepted_at: when its batch was committed, as `postal.times` writes it.
        attempt: the attempt that will deliver it.
        mark: of the reason for which it waits, unless the letter's own item has another.
    """

    recipient: str
    accepted_at: str
    letter_id: str
    attempt: int
    mark: str
    page: Page
    row: int

    @classmethod
    def of(cls, batch: Batch, page: Page, letter: Letter, attempt: int, reason: Reason) -> "HeldLetter":
        """A letter of a batch, as it waits for its recipient."""
        return cls(
            recipient=letter.recipient,
            accepted_at=to_text(batch.accepted_at),
            letter_id=letter_id(page.sender, page.batch, letter.row),
            attempt=attempt,
            mark=reason.mark,
            page=page,
            row=letter.row,
        )

    @property
    def sk(self) -> str:
        """Its key under the recipient: in the order in which batches were accepted."""
        return keys.held_sk(self.accepted_at, self.letter_id, self.attempt)


class Profile(Struct, frozen=True, kw_only=True):
    """A profile as it was read, to be written back over nothing newer."""

    recipient: Recipient
    facts: Facts
    revision: int


class Recipients:
    """What the register knows, in the terms of `postal`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # Profiles

    def recipients(self, ids: Iterable[str]) -> dict[str, Recipient]:
        """A recipient for each id, each looked up once; one the register does not know has no facts."""
        found = {id_: Recipient(id=id_) for id_ in ids}
        for item in self._table.get_many({"pk": id_, "sk": keys.PROFILE_SK} for id_ in found):
            found[item["pk"]] = _recipient(item)
        return found

    def profile(self, id_: str) -> Profile:
        """A recipient's profile; one the register does not know has no facts."""
        item = self._table.get(pk=id_, sk=keys.PROFILE_SK) or {"pk": id_}
        return Profile(
            recipient=_recipient(item),
            facts=msgspec.convert(item.get("facts", {}), dict[str, Fact]),
            revision=item.get("revision", 0),
        )

    def put_profile(self, recipient: Recipient, facts: Facts, read: Profile) -> bool:
        """Write a profile over the one that was read; False where another was written meanwhile."""
        values = {f":{name}": value for name, value in _profile(recipient, facts, read.revision + 1).items()}
        condition = "attribute_not_exists(revision)"
        if read.revision:
            values[":read"] = read.revision
            condition = "revision = :read"
        names = [name.removeprefix(":") for name in values if name != ":read"]
        return (
            self._table.update(
                {"pk": recipient.id, "sk": keys.PROFILE_SK},
                "SET " + ", ".join(f"#{name} = :{name}" for name in names),
                values,
                condition=condition,
                names={f"#{name}": name for name in names},
            )
            is not None
        )

    def put_profiles(self, profiles: Iterable[tuple[Recipient, Facts]]) -> None:
        """Put the profiles of recipients that nobody else writes yet: the first filling of a register."""
        self._table.put_many(
            {"pk": recipient.id, "sk": keys.PROFILE_SK, **_profile(recipient, facts, 1)}
            for recipient, facts in profiles
        )

    def set_unusable(self, recipient: str, addresses: Iterable[str], reason: Unusable) -> None:
        """Have no notices sent to e-mail addresses any more; a complaint, or what happened later, says more.

        Raises:
            LostRaceError: others wrote it each time between reading and writing.
        """
        addresses = [address.lower() for address in addresses]
        for _ in range(_MOST_TRIES):
            read = (self._table.get(pk=recipient, sk=keys.PROFILE_SK) or {}).get("unusable")
            known = msgspec.convert(read or {}, dict[str, Unusable])
            news = {one: reason for one in addresses if one not in known or _says_more(reason, known[one])}
            if not news:
                return
            values: dict[str, object] = {":unusable": msgspec.to_builtins({**known, **news})}
            condition = "attribute_exists(pk) AND attribute_not_exists(unusable)"
            if read is not None:
                values[":read"], condition = read, "unusable = :read"
            key = {"pk": recipient, "sk": keys.PROFILE_SK}
            if self._table.update(key, "SET unusable = :unusable", values, condition=condition) is not None:
                return
            if self._table.get(**key) is None:
                # Erased: nobody is told anything any more.
                return
        raise LostRaceError("the unusable addresses of a recipient were written each time by others")

    # Enrolments

    def enrol(self, enrolment: Enrolment) -> None:
        """Keep the evidence, unless there is some already."""
        self._table.put_new(
            {
                "pk": enrolment.recipient,
                "sk": keys.enrolment_sk(enrolment.sender),
                **_without(enrolment, "recipient"),
            }
        )

    def set_enrolled(self, recipient: str, sender: str) -> bool:
        """Note on the profile that a sender enrolled the recipient; False where it declined the sender."""
        return (
            self._table.update(
                {"pk": recipient, "sk": keys.PROFILE_SK},
                "ADD enrolled :senders",
                {":senders": {sender}, ":sender": sender},
                condition="NOT contains(declined, :sender)",
            )
            is not None
        )

    def enrolling_senders(self, recipient: str) -> list[str]:
        """The senders that hold evidence of the recipient's consent."""
        return [item["sk"].removeprefix(_ENROLMENT) for item in self._table.query(recipient, beginning=_ENROLMENT)]

    # Held letters

    def hold(self, held: Iterable[HeldLetter]) -> None:
        """Store held letters with their recipients; one that is there is written over with the same."""
        self._table.put_many(
            {"pk": letter.recipient, "sk": letter.sk, **_without(letter, "recipient")} for letter in held
        )

    def held(self, recipient: str, *, after: str = "") -> Iterator[HeldLetter]:
        """A recipient's held letters in order, those after a key, read as they are asked for."""
        for item in self._table.query(recipient, beginning=_HELD, after=after, at_once=_HELD_AT_ONCE):
            yield msgspec.convert({**item, "recipient": item["pk"]}, HeldLetter)

    def let_go(self, letter: HeldLetter) -> None:
        """Delete a held letter that is held no more."""
        self._table.delete({"pk": letter.recipient, "sk": letter.sk})

    # Who learnt what

    def disclose(self, disclosures: Iterable[Disclosure]) -> None:
        """Note in the recipients' own log what a sender learnt of them."""
        items = (
            {
                "pk": one.recipient,
                "sk": keys.disclosed_sk(one.at, one.sender, one.letter_id),
                **_without(one, "recipient"),
            }
            for one in disclosures
        )
        self._table.put_many({(item["pk"], item["sk"]): item for item in items}.values())


def _says_more(reason: Unusable, known: Unusable) -> bool:
    return (reason.is_complaint, reason.at) > (known.is_complaint, known.at)


def _recipient(item: Item) -> Recipient:
    return msgspec.convert({**item, "id": item["pk"]}, Recipient)


def _profile(recipient: Recipient, facts: Facts, revision: int) -> Item:
    """The attributes of a profile, but for those that others than the register write beside these."""
    plain = msgspec.to_builtins(recipient)
    derived = {name: plain[name] for name in recipient.__struct_fields__ if name not in _NOT_FROM_FACTS}
    return {**derived, "facts": msgspec.to_builtins(facts), "revision": revision}


def _without(struct: Struct, left_out: str) -> Item:
    return {name: value for name, value in msgspec.to_builtins(struct).items() if name != left_out}
