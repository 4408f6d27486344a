"""The rules as docs/rules.md states them, read by a person and written down again.

Shares nothing with `functions/postal`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from tests.simulation.happenings import Letter

#: What is so of a person: the newest word on each fact.
Facts = Mapping[str, str | bool]


class Decision(NamedTuple):
    """Where a letter goes.

    Attributes:
        place: `paper`, `held`, `waiting`, `mailbox`, `rejected`, `expired`, `stopped` or `failed`.
        channel: the mailbox.
        why: in words.
    """

    place: str
    why: str
    channel: str = ""


def decide(  # noqa: PLR0911 - one line a row of the tables
    letter: Letter, person: Facts, tried: Collection[str], now: datetime
) -> Decision:
    """Where a letter goes: the tables of docs/rules.md, from the top."""
    if letter.is_bad:
        return Decision("rejected", "the row has an error")
    is_private = letter.sender.regime == "dk_private"
    if is_private and letter.person and not letter.has_consent:
        return Decision("rejected", "no valid consent")
    if letter.deliver_after is not None and letter.deliver_after > now:
        return Decision("waiting", "its date lies ahead")
    if not letter.person:
        return _on_paper(letter, "it has only an address")
    if person.get("closed"):
        return Decision("stopped", "the recipient has died or closed")
    if letter.delivery == "paper":
        return Decision("paper", "the sender asked for paper")
    if is_private:
        return _private(letter, person, tried)
    return _norwegian(letter, person, tried) if letter.sender.regime == "no_public" else _danish(letter, person, tried)


def _norwegian(letter: Letter, person: Facts, tried: Collection[str]) -> Decision:
    chosen = _chosen(person)
    if letter.is_to_person and person.get("opted_out"):
        return _on_paper(letter, "the recipient opted out")
    if "altinn" in tried:
        return _on_paper(letter, "Altinn refused it")
    if not letter.is_to_person:
        return Decision("mailbox", "organisations have Altinn", "altinn")
    if chosen in tried:
        return Decision("mailbox", "the chosen mailbox refused it", "altinn")
    if chosen in {"digipost", "eboks"}:
        return Decision("mailbox", f"the recipient chose {chosen}", chosen)
    return Decision("mailbox", "nothing else was chosen", "altinn")


def _private(letter: Letter, person: Facts, tried: Collection[str]) -> Decision:
    if person.get(f"declined.{letter.sender.id}"):
        if letter.sender.fallback == "return":
            return Decision("expired", "the recipient declined the sender, who wants it back")
        return _on_paper(letter, "the recipient declined the sender")
    if "eboks" in tried:
        return Decision("held", "e-Boks refused it")
    if person.get("mailbox.eboks"):
        return Decision("mailbox", "the recipient uses e-Boks", "eboks")
    return Decision("held", "the recipient is no user")


def _danish(letter: Letter, person: Facts, tried: Collection[str]) -> Decision:
    if person.get("exempt"):
        return _on_paper(letter, "the recipient is exempt")
    if not person.get("mailbox.digital_post"):
        return _on_paper(letter, "the recipient is outside Digital Post")
    if "digital_post" in tried:
        return Decision("failed", "Digital Post refused it")
    return Decision("mailbox", "Digital Post", "digital_post")


def hold_ended(letter: Letter) -> Decision:
    """What becomes of a letter whose hold has ended and whose recipient has no mailbox."""
    if letter.sender.fallback == "print" and may_be_printed(letter):
        return Decision("paper", "its hold ended, and the sender wants paper")
    return Decision("expired", "its hold ended")


def may_be_printed(letter: Letter) -> bool:
    return letter.has_address and letter.delivery != "digital_only"


def paper_follows(letter: Letter, channel: str) -> bool:
    """Whether a letter that stays unopened in a mailbox is printed too."""
    return channel == "altinn" and letter.delivery != "digital_only"


def _on_paper(letter: Letter, why: str) -> Decision:
    if letter.delivery == "digital_only":
        return Decision("rejected", f"{why}, but it may only go digitally")
    return Decision("paper", why)


def _chosen(person: Facts) -> str:
    """The mailbox that somebody chose, while they have it."""
    chosen = str(person.get("chosen", ""))
    return chosen if person.get(f"mailbox.{chosen}") else ""
