"""Writes docs/rules.md from the code: what is decided, by which facts, and how it is said.

Run by `make docs`. The decision tables are made by asking `postal.rules.decide` about
every combination of facts that matters, and then left as short as they can be while
each combination still meets the answer it was given.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Final, NamedTuple

from ingest import choices
from ingest.errors import Code, Problem, in_words
from notification import hours
from postal import due, rules, working_hours
from postal.channels import Channel
from postal.letters import Delivery, Letter, RowError
from postal.orders import Order
from postal.reasons import RULES_VERSION, NextStep, Reason, Unopened, Way
from postal.recipients import FRESH_FOR, Recipient
from postal.senders import COUNTRY, Regime, Sender, Settings, Terms
from postal.status import LetterState, Status, is_final

PAGE: Final = Path(__file__).with_name("rules.md")

NOW: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)
_TERMS: Final = Terms(id="terms", document_sha256="0" * 64, valid_from=NOW - timedelta(days=300))

_SUBJECT: Final = "the recipient "

#: The facts of one letter, by what they are about: which of its phrases holds.
Case = Mapping[str, str]


class Fact(NamedTuple):
    """Something that a decision may depend on.

    Attributes:
        about: what it is about; the name of the fact.
        phrases: what may hold, in words; the ordinary one last.
    """

    about: str
    phrases: tuple[str, ...]


class Rule(NamedTuple):
    """A row of a decision table.

    Attributes:
        when: the phrases of which one must hold, by their fact; nothing of a fact that does not matter.
    """

    when: Mapping[str, tuple[str, ...]]
    reason: Reason

    def matches(self, case: Case) -> bool:
        """Whether a letter meets all its conditions."""
        return all(case[about] in phrases for about, phrases in self.when.items())


LATER: Final = Fact("date", ("the sender chose a date that lies ahead", "no chosen date lies ahead"))
PAPER: Final = Fact("paper", ("the sender asked for paper", "the sender did not ask for paper"))
ADDRESS: Final = Fact("address", ("the letter has only an address", "the letter names its recipient"))
CLOSED: Final = Fact("closed", ("the recipient has died or closed", "the recipient can receive post"))
DIGITAL_ONLY: Final = Fact("digital", ("the letter may only go digitally", "the letter may go on paper"))

WHO: Final = Fact(
    "who",
    (
        "the recipient is a person who opted out of digital post",
        "the recipient is an organisation",
        "the recipient is a person who did not opt out",
    ),
)
CHOSEN: Final = Fact(
    "chosen", ("the recipient chose Digipost", "the recipient chose e-Boks", "the recipient chose neither")
)
CHOSEN_REFUSED: Final = Fact("refused", ("the chosen mailbox refused the letter", "the chosen mailbox did not refuse"))
ALTINN_REFUSED: Final = Fact("Altinn", ("Altinn refused the letter", "Altinn did not refuse the letter"))

CONSENT: Final = Fact("consent", ("the row shows no valid consent", "the row shows valid consent"))
DECLINED: Final = Fact("declined", ("the recipient declined the sender", "the recipient did not decline the sender"))
FALLBACK: Final = Fact("fallback", ("the sender wants such letters back", "the sender wants such letters on paper"))
EBOKS: Final = Fact("e-Boks", ("the recipient uses e-Boks", "the recipient does not use e-Boks"))
EBOKS_REFUSED: Final = Fact("refused", ("e-Boks refused the letter", "e-Boks did not refuse the letter"))

EXEMPT: Final = Fact("exempt", ("the recipient is exempt", "the recipient is not exempt"))
SCHEME: Final = Fact("scheme", ("the recipient is outside Digital Post", "the recipient has Digital Post"))
POST_REFUSED: Final = Fact("refused", ("Digital Post refused the letter", "Digital Post did not refuse the letter"))

#: By regime: what its decisions may depend on, in the order in which a reader asks.
FACTS: Final[Mapping[Regime, tuple[Fact, ...]]] = {
    Regime.NO_PUBLIC: (
        LATER, PAPER, ADDRESS, CLOSED, WHO, ALTINN_REFUSED, CHOSEN_REFUSED, CHOSEN, DIGITAL_ONLY,
    ),
    Regime.DK_PRIVATE: (
        ADDRESS, CONSENT, LATER, CLOSED, PAPER, DECLINED, FALLBACK, EBOKS, EBOKS_REFUSED, DIGITAL_ONLY,
    ),
    Regime.DK_PUBLIC: (LATER, ADDRESS, CLOSED, PAPER, EXEMPT, SCHEME, POST_REFUSED, DIGITAL_ONLY),
}  # fmt: skip

_ABOUT_REGIME: Final[Mapping[Regime, tuple[str, Callable[..., Reason]]]] = {
    Regime.NO_PUBLIC: ("Norwegian public senders", rules._no_public),  # noqa: SLF001 - its docstring is printed
    Regime.DK_PRIVATE: ("Danish private senders", rules._dk_private),  # noqa: SLF001 - its docstring is printed
    Regime.DK_PUBLIC: ("Danish public senders", rules._dk_public),  # noqa: SLF001 - its docstring is printed
}

_WAY: Final[Mapping[Way, str]] = {
    Way.ALTINN: "Altinn",
    Way.DIGIPOST: "Digipost",
    Way.EBOKS: "e-Boks",
    Way.DIGITAL_POST: "Digital Post",
    Way.PRINT: "paper",
    Way.HELD: "held for the sender",
    Way.WAITING: "waits",
    Way.REJECTED: "not sent",
    Way.RETURNED_UNSENT: "back to the sender",
    Way.STOPPED: "stopped",
    Way.FAILED: "failed",
    Way.RECALLED: "recalled",
}

_NEXT: Final[Mapping[NextStep, str]] = {
    NextStep.NONE: "nothing is left to do",
    NextStep.WAIT: "nobody has to act; it goes on by itself",
    NextStep.SENDER_FIXES: "the sender corrects it or sends it otherwise",
    NextStep.FOLLOW_UP: "the sender tries another way: the recipient has not reacted by the day that was asked for",
    NextStep.OPERATOR: "who runs Brevdue looks into it",
}

#: When a letter is decided later, for a reason that no sorting gives.
LATER_REASONS: Final[Mapping[Reason, str]] = {
    Reason.UNOPENED_IN_ALTINN: "it lay unopened in Altinn for the sender's working hours",
    Reason.NOTICES_FAILED: "it lies in Altinn, and nobody could be told of it",
    Reason.HOLD_ENDED_TO_PAPER: "its hold has ended, and the sender wants paper then",
    Reason.HOLD_ENDED: "its hold has ended, and the sender wants it back, or it may not go on paper",
    Reason.SENDER_ORDERED_PAPER: "it is held, and the sender orders `print`",
    Reason.SENDER_ORDERED_RETURN: "it is held, and the sender orders `return`",
    Reason.RECALLED_BY_SENDER: "it has not left, and the sender orders `recall`, or cancels the batch",
    Reason.PDF_DAMAGED: "a document of it does not open when it is brought to paper",
    Reason.PDF_ENCRYPTED: "a document of it is encrypted when it is brought to paper",
    Reason.PDF_NOT_A4: "a document of it is not A4 portrait when it is brought to paper",
    Reason.PDF_TOO_LONG: "it has more sheets than an envelope takes when it is brought to paper",
    Reason.REFUSED_BY_PRINTER: "its printer says that it cannot print it",
}

_STATUS: Final[Mapping[Status, str]] = {
    Status.REJECTED: "was not sent: the row has errors, or the letter has no way that it may go",
    Status.WAITING: "is taken in and will be sorted or handed over",
    Status.IN_TRANSIT: "was handed over to a mailbox that has not confirmed it yet",
    Status.HELD: "is stored for the sender, who stays its data controller, until the recipient gets a mailbox",
    Status.DELIVERED: "lies in the recipient's mailbox",
    Status.OPENED: "was opened by the recipient",
    Status.NOTICE_FAILED: "lies in the recipient's mailbox, but nobody could be told of it",
    Status.TO_PRINT: "waits for the next print run",
    Status.PRINTED: "was printed and posted",
    Status.RETURNED: "came back from its address",
    Status.EXPIRED: "will not be sent from here: the hold ended, or the recipient declined the sender",
    Status.RECALLED: "was called back by the sender before it left",
    Status.STOPPED: "will not be sent, not on paper either: the recipient has died or closed",
    Status.FAILED: "could not be delivered, and no rule gives it another way",
}


def outcome(regime: Regime, case: Case) -> Reason:
    """What `decide` answers where a letter has these facts."""

    def holds(fact: Fact) -> bool:
        return case.get(fact.about, fact.phrases[-1]) == fact.phrases[0]

    delivery: Delivery = "paper" if holds(PAPER) else "digital_only" if holds(DIGITAL_ONLY) else "digital_or_paper"
    chosen = {CHOSEN.phrases[0]: Channel.DIGIPOST, CHOSEN.phrases[1]: Channel.EBOKS}.get(case.get(CHOSEN.about, ""))
    scheme = {"no": "no-fnr", "dk": "dk-cpr"}[COUNTRY[regime]]
    if case.get(WHO.about) == WHO.phrases[1]:
        scheme = "no-orgnr"
    tried = {
        Regime.NO_PUBLIC: {
            Channel.ALTINN if holds(ALTINN_REFUSED) else None,
            chosen if holds(CHOSEN_REFUSED) else None,
        },
        Regime.DK_PRIVATE: {Channel.EBOKS if holds(EBOKS_REFUSED) else None},
        Regime.DK_PUBLIC: {Channel.DIGITAL_POST if holds(POST_REFUSED) else None},
    }[regime]
    mailboxes = {Channel.EBOKS if holds(EBOKS) else None, None if holds(SCHEME) else Channel.DIGITAL_POST, chosen}
    recipient = Recipient(
        id=f"{scheme}:0",
        mailboxes=frozenset(mailbox for mailbox in mailboxes if mailbox is not None),
        chosen=chosen,
        opted_out=holds(WHO),
        exempt=holds(EXEMPT),
        closed=holds(CLOSED),
        declined=frozenset({"the-sender"} if holds(DECLINED) else ()),
    )
    letter = Letter(
        row=1,
        reference="",
        recipient="" if holds(ADDRESS) else recipient.id,
        title="",
        documents=(),
        delivery=delivery,
        consent="" if holds(CONSENT) else "terms",
        consent_at="2026-06-01T00:00:00Z",
        deliver_after="2027-01-01T00:00:00Z" if holds(LATER) else "",
    )
    settings = Settings(fallback="return" if holds(FALLBACK) else "print")
    sender = Sender(id="the-sender", name="S", regime=regime, terms=(_TERMS,), settings=settings)
    return rules.decide(letter, recipient, sender, NOW, {mailbox for mailbox in tried if mailbox is not None})


def outcomes(regime: Regime) -> list[tuple[Case, Reason]]:
    """Every combination of facts that can be, with its reason."""
    facts = FACTS[regime]
    cases = [
        dict(zip((fact.about for fact in facts), phrases, strict=True))
        for phrases in product(*(fact.phrases for fact in facts))
    ]
    # Who chose no mailbox has none that could refuse.
    nobody = {(CHOSEN.about, CHOSEN.phrases[-1]), (CHOSEN_REFUSED.about, CHOSEN_REFUSED.phrases[0])}
    return [(case, outcome(regime, case)) for case in cases if not nobody <= case.items()]


def decision_table(regime: Regime) -> list[Rule]:
    """The rules of a regime, of which the first that matches decides; none could be left out or say less."""
    return _shortened(_tree(FACTS[regime], outcomes(regime)), outcomes(regime))


def _tree(facts: Sequence[Fact], decided: Sequence[tuple[Case, Reason]]) -> list[Rule]:
    """Rules that exclude each other, one question after the other."""
    if len({reason for _, reason in decided}) == 1:
        return [Rule({}, decided[0][1])]
    fact, *others = facts
    branches: list[tuple[list[str], list[Rule]]] = []
    for phrase in fact.phrases:
        with_phrase = [(case, reason) for case, reason in decided if case[fact.about] == phrase]
        if not with_phrase:
            continue
        rest = _tree(others, with_phrase)
        same = next((phrases for phrases, known in branches if known == rest), None)
        if same is None:
            branches.append(([phrase], rest))
        else:
            same.append(phrase)
    if len(branches) == 1:
        return branches[0][1]
    return [Rule({fact.about: tuple(phrases), **rule.when}, rule.reason) for phrases, rest in branches for rule in rest]


def _shortened(table: list[Rule], decided: Sequence[tuple[Case, Reason]]) -> list[Rule]:
    """The same decisions with every rule and condition left out that the rules before it make needless."""
    short: list[Rule] = []
    left = list(decided)
    for n, rule in enumerate(table):
        when = dict(rule.when)
        rest = table[n + 1 :]
        for about in list(when):
            fewer = Rule({key: value for key, value in when.items() if key != about}, rule.reason)
            if _decides([fewer, *rest], left):
                del when[about]
        if not rest or not _decides(rest, left):
            short.append(Rule(when, rule.reason))
            left = [(case, reason) for case, reason in left if not short[-1].matches(case)]
    return short


def _decides(table: Sequence[Rule], decided: Iterable[tuple[Case, Reason]]) -> bool:
    """Whether the first rule that matches gives each combination its reason."""
    return all(next((rule.reason for rule in table if rule.matches(case)), None) is reason for case, reason in decided)


def page() -> str:
    """The whole of docs/rules.md."""
    tables = {regime: decision_table(regime) for regime in Regime}
    return "\n".join(
        [
            "# The rules",
            "",
            "What becomes of each letter, why, and who acts next. This page is made from the code by `make docs`,",
            "and a test keeps it true. Codes are public: receipts show them, and they never change their meaning.",
            "",
            f"This is version {RULES_VERSION} of the rules. Each decision is stored with its version, which a letter's",
            "proof tells.",
            "",
            "- [Where a letter goes](#where-a-letter-goes): a decision table for each regime",
            "- [What becomes of it later](#what-becomes-of-it-later): when its time has come, on paper, by order",
            "- [Reasons](#reasons): every code, and how receipts say it",
            "- [Statuses](#statuses)",
            "- [Times](#times)",
            "- [Errors](#errors): what can be wrong with an upload, and what to do",
            "",
            *_decisions(tables),
            *_later(),
            *_reasons(tables),
            *_statuses(),
            *_times(),
            *_errors(),
        ]
    )


def _decisions(tables: Mapping[Regime, list[Rule]]) -> list[str]:
    lines = [
        "## Where a letter goes",
        "",
        "A sender has one regime. Its rules are read from the top; the first that fits decides.",
        "",
        _details(rules.decide_unseen),
        "",
        _details(rules.decide),
        "",
    ]
    for regime, table in tables.items():
        name, rule = _ABOUT_REGIME[regime]
        lines += [f"### {name}: `{regime}`", "", _prose(rule), ""]
        lines += _table(
            ("", "when", "the letter goes to", "reason"),
            [
                (str(n), _conditions(one), _WAY[one.reason.way], f"`{one.reason.code}`")
                for n, one in enumerate(table, start=1)
            ],
        )
    return lines


def _later() -> list[str]:
    lines = ["## What becomes of it later", "", _details(rules.decide_due), "", _details(rules.decide_for_paper), ""]
    lines += _table(
        ("when", "the letter goes to", "reason"),
        [(when, _WAY[reason.way], f"`{reason.code}`") for reason, when in LATER_REASONS.items()],
    )
    return lines


def _conditions(rule: Rule) -> str:
    conditions = [" or ".join(phrases) for phrases in rule.when.values()]
    # The same subject is not said twice in a row.
    said = ["", *conditions]
    shown = [
        condition.removeprefix(_SUBJECT) if before.startswith(_SUBJECT) else condition
        for before, condition in pairwise(said)
    ]
    return " and ".join(shown) or "otherwise"


def _reasons(tables: Mapping[Regime, list[Rule]]) -> list[str]:
    lines = ["## Reasons", "", "Who acts next:", ""]
    lines += [f"- `{step}`: {words}" for step, words in _NEXT.items()]
    lines += [
        "",
        "*Paper too* says whether paper follows where a delivered letter stays unopened. The *mark* is what is stored",
        "for each letter of a page.",
        "",
    ]
    regimes = {
        reason: ", ".join(
            f"`{regime}`" for regime, table in tables.items() if reason in {rule.reason for rule in table}
        )
        for reason in Reason
    }
    lines += _table(
        ("code", "mark", "goes to", "paper too", "next", "under"),
        [
            (
                f"`{reason.code}`",
                f"`{reason.mark}`",
                _WAY[reason.way],
                "yes" if reason.unopened is Unopened.PAPER else "",
                f"`{reason.next_step}`",
                regimes[reason] or ("later" if reason in LATER_REASONS else "check-in"),
            )
            for reason in Reason
        ],
    )
    lines += ["How receipts say it:", ""]
    lines += _table(
        ("code", "English", "Dansk", "Norsk (bokmål)"),
        [(f"`{reason.code}`", *(reason.explanation(language) for language in ("en", "da", "nb"))) for reason in Reason],
    )
    return lines


def _statuses() -> list[str]:
    lines = ["## Statuses", "", "A status that is final changes no more by itself.", ""]
    lines += _table(("status", "the letter", "final"), [(f"`{s}`", _STATUS[s], _finality(s)) for s in Status])
    return lines


def _finality(status: Status) -> str:
    """Whether a letter of this status can still become another, with and without paper to follow."""
    letter = Letter(row=1, reference="", recipient="", title="", documents=())
    stays, followed = (
        is_final(LetterState(row=1, status=status, reason=reason, at=None), letter)
        for reason in (Reason.CHOSE_DIGIPOST, Reason.ALTINN_BY_DEFAULT)
    )
    if stays and not followed and status in {Status.DELIVERED, Status.NOTICE_FAILED}:
        return "unless paper follows"
    return "yes" if stays else "no"


def _times() -> list[str]:
    days = ", ".join(
        f"`{regime}` {' and '.join(map(str, Sender(id='the-sender', name='S', regime=regime).reminder_days))}"
        for regime in Regime
    )
    return [
        "## Times",
        "",
        f"Where paper follows an unopened letter, it does so {Settings().unopened_hours} hours of working days after",
        "delivery, unless the sender's settings say otherwise.",
        "",
        (inspect.getdoc(working_hours) or "").partition("\n\n")[2],
        "",
        _details(working_hours.deadline),
        "",
        f"Paper leaves at the sender's cut-off on working days, at {Settings().print_cut_off}, and a letter is held",
        f"for {Settings().hold_days} days, unless the sender's settings or an order say otherwise. Who has not opened",
        f"a letter to which a response is wanted is reminded {due.REMINDED_BEFORE.days} days before that day.",
        "",
        _details(working_hours.is_working_day),
        "",
        _details(hours.sms_from),
        "",
        f"Telephone numbers and e-mail addresses are used for {FRESH_FOR.days} days after they were last verified,",
        "each on its own (eForvaltningsforskriften § 29). Days after delivery on which a recipient is told of an",
        f"unopened letter, unless the sender's settings say otherwise: {days}.",
        "",
        _details(Sender.reminder_days),
        "",
    ]


def _errors() -> list[str]:
    codes = list(Code)
    first_of_row, first_of_order = codes.index(Code.EMPTY_ROW), codes.index(Code.REFERENCE_UNKNOWN)
    return [
        "## Errors",
        "",
        "Words in {braces} stand for what the message names. Senders read these in their own language.",
        "",
        "### Of a whole upload",
        "",
        *_table(("code", "what is wrong", "what to do"), map(_error, codes[:first_of_row])),
        "### Of a row",
        "",
        "Only that row is refused, unless the sender's settings say otherwise.",
        "",
        *_table(("code", "what is wrong", "what to do"), map(_error, codes[first_of_row:first_of_order])),
        "### Of an order",
        "",
        "Only that order is refused. An order file is refused as any upload is, and a line of it as any row.",
        "",
        *_table(("code", "what is wrong", "what to do"), map(_error, codes[first_of_order:])),
        "Words for orders, in any case, with blanks, hyphens or underscores between them:",
        "",
        *_table(("order", "also"), [(f"`{order}`", ", ".join(_other_words(order))) for order in Order]),
    ]


def _other_words(order: Order) -> list[str]:
    return [word.replace("_", " ") for word, meant in choices.ORDER.items() if meant is order and word != order]


def _error(code: Code) -> tuple[str, str, str]:
    told = _told(code)
    return f"`{code}`", told.message, told.remedy


def _told(code: Code) -> RowError:
    """An error in English, with the names of its facts in their places."""
    facts: dict[str, str | int] = {}
    while True:
        try:
            return in_words(Problem(code, "{column}", facts), "en")
        except KeyError as missing:
            name = str(missing.args[0])
            if name in facts:
                raise
            facts[name] = f"{{{name}}}"


def _prose(rule: object) -> str:
    """A rule's docstring without the sections on how to call it."""
    return re.split(r"\n\n(?:Args|Raises):", inspect.getdoc(rule) or "")[0]


def _details(rule: object) -> str:
    """A rule's docstring without its first line, which speaks of the function."""
    return _prose(rule).partition("\n\n")[2]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
