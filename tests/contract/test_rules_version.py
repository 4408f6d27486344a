"""What the rules of each version decide: whoever changes that gives them a new version."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product

from postal import rules
from postal.channels import Channel
from postal.letters import Delivery, Letter
from postal.reasons import RULES_VERSION, Reason, Way
from postal.recipients import Recipient
from postal.senders import Regime, Sender, Settings, Terms
from postal.status import LetterState, Status
from tests.support.office import ADDRESS, letter
from tests.support.template import ROOT

LOCK = ROOT / "tests" / "contract" / "rules.lock.json"

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TERMS = Terms(id="t1", document_sha256="a" * 64, valid_from=NOW - timedelta(days=300))
DELIVERIES: tuple[Delivery, ...] = ("digital_or_paper", "digital_only", "paper")
IDS = ("no-fnr:15829012345", "no-orgnr:991825827")
MAILBOXES = ((), (Channel.EBOKS,), (Channel.DIGITAL_POST,), (Channel.EBOKS, Channel.DIGITAL_POST))
CHOSEN = (None, Channel.ALTINN, Channel.DIGIPOST, Channel.EBOKS)
#: While the terms are valid, before that, in the future, never.
CONSENTS = ("2026-06-01T00:00:00Z", "2025-06-01T00:00:00Z", "2027-06-01T00:00:00Z", "")
MAYBE = (False, True)

SENDERS = [
    Sender(id="s", name="S", regime=regime, terms=(TERMS,), settings=Settings(fallback=fallback))
    for regime in Regime
    for fallback in ("print", "return")
]
RECIPIENTS = [
    Recipient(
        id=id_,
        mailboxes=frozenset(mailboxes),
        chosen=chosen,
        opted_out=opted_out,
        exempt=exempt,
        closed=closed,
        declined=frozenset({"s"} if declined else ()),
    )
    for id_, mailboxes, chosen in product(IDS, MAILBOXES, CHOSEN)
    for opted_out, exempt, closed, declined in product(MAYBE, repeat=4)
]
TRIED = (
    (),
    (Channel.ALTINN,),
    (Channel.DIGIPOST,),
    (Channel.DIGIPOST, Channel.ALTINN),
    (Channel.EBOKS,),
    (Channel.DIGITAL_POST,),
)
STORED = [reason for reason in Reason if reason.way in {Way.HELD, Way.PRINT}]


def test_the_rules_of_this_version_decide_as_they_did() -> None:
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    decided = sha256("\n".join(_decisions()).encode()).hexdigest()

    assert lock.get(str(RULES_VERSION)) == decided, "give the rules a new version, and add what they decide to the lock"
    assert sorted(map(int, lock)) == list(range(1, RULES_VERSION + 1))


def _decisions() -> Iterator[str]:
    for one, sender in product(_letters_unseen(), SENDERS):
        yield _code(rules.decide_unseen(one, sender, NOW))
    for one, recipient, sender, tried in product(_letters(), RECIPIENTS, SENDERS, TRIED):
        yield _code(rules.decide(one, recipient, sender, NOW, tried))
    for one, recipient, sender, tried in product(_letters(), RECIPIENTS, SENDERS, TRIED[:5:4]):
        for status in (Status.WAITING, Status.HELD, Status.DELIVERED, Status.NOTICE_FAILED):
            state = LetterState(row=1, status=status, reason=None, at=NOW)
            yield _code(rules.decide_due(one, state, recipient, sender, NOW, tried))
    for recipient, sender, reason, tried in product(RECIPIENTS, SENDERS, STORED, TRIED[:5:4]):
        yield _code(rules.decide_stored(_letter(), reason, recipient, sender, NOW, tried))


def _letters() -> list[Letter]:
    return [_letter(delivery=delivery, address=address) for delivery in DELIVERIES for address in (None, ADDRESS)]


def _letters_unseen() -> Iterator[Letter]:
    for id_, delivery, consent, consent_at, later in product(("", *IDS), DELIVERIES, ("t1", "t2", ""), CONSENTS, MAYBE):
        deliver_after = "2026-12-01T00:00:00Z" if later else ""
        yield _letter(id_, delivery, consent=consent, consent_at=consent_at, deliver_after=deliver_after)


def _letter(recipient: str = IDS[0], delivery: Delivery = "digital_or_paper", **facts: object) -> Letter:
    """One whose consent is good and that has no address, where nothing else is said."""
    usual: dict[str, object] = {"consent": "t1", "consent_at": CONSENTS[0], "address": None}
    return letter(1, recipient, delivery=delivery, **{**usual, **facts})


def _code(reason: Reason | None) -> str:
    return reason.code if reason else "-"
