"""What policy documents say, decided as IAM decides it: those of roles, and those of keys and buckets.

An explicit Deny wins, then an Allow, else no. Only what the evaluator knows is
accepted: a condition it cannot judge is an error when the stack starts.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, Final, TypeAlias

# A policy document as JSON has it.
Document: TypeAlias = Mapping[str, Any]
# What a request tells of itself: condition key in lower case, its values.
Facts: TypeAlias = Mapping[str, tuple[str, ...]]

_ARN_PARTS: Final = 6
_STATEMENT_KEYS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"},
)
# Condition keys of which the requests tell (see permissions.py).
_KNOWN_KEYS: Final = frozenset(
    {
        "aws:principalarn",
        "aws:securetransport",
        "aws:sourceaccount",
        "kms:calleraccount",
        "kms:viaservice",
        "s3:prefix",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-customer-algorithm",
        "ses:fromaddress",
    },
)
_ROOT: Final = re.compile(r"arn:[^:]+:iam::\d+:root|\d{12}")


class UnknownPolicyError(ValueError):
    """A policy uses something that the evaluator does not know."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a statement: an operator, a key in lower case, and the values allowed."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the request's `facts` pass the test.

        Of what the request does not tell, a test for another value holds, and so does one "if it exists".
        """
        actual = facts.get(self.key, ())
        every, operator = _quantifier(self.operator)
        if operator == _NULL:
            return bool(actual) is ("false" in self.values)
        negated = "Not" in operator
        if not actual:
            return every or negated or operator.endswith("IfExists")
        test = _OPERATORS[_positive(operator)]
        found = [any(test(wanted, value) for wanted in self.values) is not negated for value in actual]
        return all(found) if every or negated else any(found)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy; exactly one of each pair `x`, `not_x` is given.

    Attributes:
        principals: of a resource's policy, whom of AWS's principals it speaks of; a service's are left out.
    """

    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[Condition, ...]

    def applies(self, action: str, resource: str, facts: Facts) -> bool:
        """Whether the statement speaks of this request."""
        return (
            _chosen(self.actions, self.not_actions, action, _action_matches)
            and _chosen(self.resources, self.not_resources, resource, _resource_matches)
            and all(condition.holds(facts) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Policies:
    """All statements of one role."""

    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, documents: Iterable[Document]) -> "Policies":
        """The statements of `documents`.

        Raises:
            UnknownPolicyError: a document says something that cannot be judged.
        """
        return cls(tuple(_statement(raw) for document in documents for raw in _list(document["Statement"])))

    def allow(self, action: str, resource: str, facts: Facts | None = None) -> bool:
        """Whether the role may do `action` ("s3:GetObject") on `resource` (an ARN)."""
        spoken = [one for one in self.statements if one.applies(action, resource, facts or {})]
        return bool(spoken) and all(one.allows for one in spoken)

    def deny(self, action: str, resource: str, facts: Facts) -> bool:
        """Whether a statement forbids it, whoever else allows it."""
        return any(not one.allows and one.applies(action, resource, facts) for one in self.statements)


class Answer(Enum):
    """What the policy of a resource says to a request.

    LEFT_TO_THE_ACCOUNT: it names the account as a whole, whose roles' own policies decide.
    """

    DENIED = auto()
    ALLOWED = auto()
    LEFT_TO_THE_ACCOUNT = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """The policy of a key or a bucket."""

    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: Document) -> "ResourcePolicy":
        """The statements of a document.

        Raises:
            UnknownPolicyError: it says something that cannot be judged.
        """
        return cls(tuple(_resource_statement(raw) for raw in _list(document["Statement"])))

    def answer(self, principal: str, action: str, resource: str, facts: Facts) -> Answer:
        """What it says to a role of the account, by the role's ARN."""
        spoken = [
            (one.allows, name)
            for one in self.statements
            for name in one.principals
            if (name in {"*", principal} or _ROOT.fullmatch(name)) and one.applies(action, resource, facts)
        ]
        if not all(allows for allows, _ in spoken):
            return Answer.DENIED
        if not spoken:
            return Answer.NOTHING
        by_name = any(not _ROOT.fullmatch(name) for _, name in spoken)
        return Answer.ALLOWED if by_name else Answer.LEFT_TO_THE_ACCOUNT


def _resource_statement(raw: Mapping[str, Any]) -> Statement:
    if "Principal" not in raw:
        raise UnknownPolicyError(f"a statement of a resource's policy needs a Principal: {raw}")
    principal = raw["Principal"]
    names = _list(principal.get("AWS", []) if isinstance(principal, Mapping) else principal)
    return _statement({key: value for key, value in raw.items() if key != "Principal"}, tuple(names))


def _statement(raw: Mapping[str, Any], principals: tuple[str, ...] = ()) -> Statement:
    if unknown := set(raw) - _STATEMENT_KEYS:
        raise UnknownPolicyError(f"unknown in a policy statement: {sorted(unknown)}")
    if ("Action" in raw) == ("NotAction" in raw) or ("Resource" in raw) == ("NotResource" in raw):
        raise UnknownPolicyError(f"a statement needs one of Action and NotAction, Resource and NotResource: {raw}")
    if raw["Effect"] not in {"Allow", "Deny"}:
        raise UnknownPolicyError(f"unknown Effect in a policy statement: {raw['Effect']}")
    return Statement(
        allows=raw["Effect"] == "Allow",
        principals=principals,
        actions=_strings(raw, "Action"),
        not_actions=_strings(raw, "NotAction"),
        resources=_strings(raw, "Resource"),
        not_resources=_strings(raw, "NotResource"),
        conditions=tuple(
            _condition(operator, key, values)
            for operator, tests in raw.get("Condition", {}).items()
            for key, values in tests.items()
        ),
    )


def _condition(operator: str, key: str, values: object) -> Condition:
    name = _quantifier(operator)[1]
    if name != _NULL and _positive(name) not in _OPERATORS:
        raise UnknownPolicyError(f"unknown condition operator in a policy: {operator}")
    if key.lower() not in _KNOWN_KEYS:
        raise UnknownPolicyError(f"unknown condition key in a policy: {key}")
    texts = tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in _list(values))
    return Condition(operator, key.lower(), texts)


def _strings(raw: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    if key not in raw:
        return None
    texts = tuple(str(value) for value in _list(raw[key]))
    if variables := [text for text in texts if "${" in text]:
        raise UnknownPolicyError(f"policy variables are not known: {variables}")
    return texts


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _chosen(
    wanted: tuple[str, ...] | None,
    unwanted: tuple[str, ...] | None,
    value: str,
    matches: Callable[[str, str], bool],
) -> bool:
    if wanted is not None:
        return any(matches(pattern, value) for pattern in wanted)
    return not any(matches(pattern, value) for pattern in unwanted or ())


@cache
def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def _like(pattern: str, value: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


def _action_matches(pattern: str, action: str) -> bool:
    return _like(pattern.lower(), action.lower())


def _resource_matches(pattern: str, resource: str) -> bool:
    """Part by part: a wildcard does not reach over a colon of an ARN's head."""
    wanted, actual = (text.split(":", _ARN_PARTS - 1) for text in (pattern, resource))
    if pattern == "*" or len(wanted) != _ARN_PARTS or len(actual) != _ARN_PARTS:
        return _like(pattern, resource)
    return all(_like(one, other) for one, other in zip(wanted, actual, strict=True))


def _quantifier(operator: str) -> tuple[bool, str]:
    """Whether every value must pass, and the operator without its quantifier."""
    return operator.startswith("ForAllValues:"), operator.rpartition(":")[2]


def _positive(operator: str) -> str:
    """The operator that it is the opposite of, or the stricter form of."""
    return operator.removesuffix("IfExists").replace("Not", "", 1)


_NULL: Final = "Null"
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringLike": _like,
    "ArnLike": _resource_matches,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
