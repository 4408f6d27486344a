"""Decisions as IAM takes them."""

from typing import Any

import pytest

from brevdue.stack.policies import Answer, Policies, ResourcePolicy, UnknownPolicyError

OBJECT = "arn:aws:s3:::post/inbox/a"


def policies(*statements: dict[str, Any]) -> Policies:
    return Policies.read([{"Version": "2012-10-17", "Statement": list(statements)}])


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:GetObject", OBJECT, True),
        ("S3:getobject", OBJECT, True),
        ("s3:Get*", "arn:aws:s3:::post/*", True),
        ("s3:GetObjec?", "arn:aws:s3:::p?st/inbox/a", True),
        (["s3:PutObject", "s3:*"], ["arn:aws:s3:::other/*", "*"], True),
        ("s3:PutObject", "*", False),
        ("s3:GetObjectVersion", "*", False),
        ("s3:GetObject", "arn:aws:s3:::post/outbox/*", False),
        ("s3:GetObject", "arn:aws:s3:::POST/*", False),
        ("s3:GetObject", "arn:aws:s3:::post", False),
    ],
)
def test_actions_and_resources_match_with_wildcards(action: Any, resource: Any, *, allowed: bool) -> None:
    assert policies(allow(action, resource)).allow("s3:GetObject", OBJECT) is allowed


def test_nothing_is_allowed_without_a_statement() -> None:
    assert not policies().allow("s3:GetObject", OBJECT)


def test_a_wildcard_stays_in_its_part_of_the_arn() -> None:
    one = policies(allow("sqs:*", "arn:aws:sqs:*:123456789012:work"))
    assert one.allow("sqs:SendMessage", "arn:aws:sqs:eu-north-1:123456789012:work")
    assert not one.allow("sqs:SendMessage", "arn:aws:sqs:eu-north-1:999:123456789012:work")


def test_deny_wins_in_any_order() -> None:
    for statements in (allow("s3:*"), deny("s3:*", OBJECT)), (deny("s3:*", OBJECT), allow("s3:*")):
        assert not policies(*statements).allow("s3:GetObject", OBJECT)
        assert policies(*statements).allow("s3:GetObject", "arn:aws:s3:::post/inbox/b")


def test_not_action_and_not_resource() -> None:
    others = policies({"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:*:*:post"})
    assert others.allow("sqs:SendMessage", "arn:aws:sqs:eu-north-1:123456789012:work")
    assert not others.allow("sqs:SendMessage", "arn:aws:sqs:eu-north-1:123456789012:post")
    most = policies({"Effect": "Allow", "NotAction": ["s3:Delete*"], "Resource": "*"})
    assert most.allow("s3:GetObject", OBJECT)
    assert not most.allow("s3:DeleteObject", OBJECT)


def test_known_conditions_are_judged() -> None:
    listing = policies(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": ["inbox/*", "rows/*"]}}))
    assert listing.allow("s3:ListBucket", "arn:aws:s3:::post", {"s3:prefix": ("rows/a",)})
    assert not listing.allow("s3:ListBucket", "arn:aws:s3:::post", {"s3:prefix": ("print/",)})
    assert not listing.allow("s3:ListBucket", "arn:aws:s3:::post")
    lenient = policies(allow("s3:ListBucket", Condition={"ForAllValues:StringEquals": {"s3:prefix": "inbox/"}}))
    assert lenient.allow("s3:ListBucket", "arn:aws:s3:::post")


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "post"}}),
        allow("s3:*", Condition={"IpAddress": {"s3:prefix": "10.0.0.0/8"}}),
        allow("s3:*", "arn:aws:s3:::post/${aws:username}/*"),
        {"Effect": "Allow", "Action": "s3:*"},
        {"Effect": "Maybe", "Action": "s3:*", "Resource": "*"},
        {**allow("s3:*"), "Principal": "*"},
    ],
)
def test_what_cannot_be_judged_is_an_error(statement: dict[str, Any]) -> None:
    with pytest.raises(UnknownPolicyError):
        policies(statement)


@pytest.mark.parametrize(
    ("operator", "values", "facts", "holds"),
    [
        ("StringEquals", "a", (), False),
        ("StringEqualsIfExists", "a", (), True),
        ("StringNotEquals", "a", (), True),
        ("StringNotEquals", "a", ("a",), False),
        ("StringNotEquals", ["a", "b"], ("b",), False),
        ("StringNotEquals", ["a", "b"], ("c",), True),
        ("StringNotEqualsIfExists", "a", (), True),
        ("StringNotLike", "a*", ("ab",), False),
        ("Null", "true", (), True),
        ("Null", "true", ("a",), False),
        ("Null", "false", (), False),
        ("Null", "false", ("a",), True),
        ("ArnLike", "arn:aws:iam::1:role/post/*", ("arn:aws:iam::1:role/post/a/b",), True),
        ("ArnLike", "arn:aws:iam::*:role/post/*", ("arn:aws:iam::1:role/other",), False),
        ("ArnNotLike", "arn:aws:iam::1:role/post/*", ("arn:aws:iam::1:role/other",), True),
    ],
)
def test_of_what_a_request_does_not_tell_another_value_is_true(
    operator: str, values: Any, facts: tuple[str, ...], *, holds: bool
) -> None:
    one = policies(allow("s3:*", Condition={operator: {"aws:PrincipalArn": values}}))

    assert one.allow("s3:GetObject", OBJECT, {"aws:principalarn": facts}) is holds


KEY = "arn:aws:kms:eu-north-1:123456789012:key/1"
ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
ROLE = "arn:aws:iam::123456789012:role/reader"


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], Answer.NOTHING),
        ([allow("kms:*", Principal={"Service": "sns.amazonaws.com"})], Answer.NOTHING),
        ([allow("kms:*", Principal={"AWS": f"{ROLE}-2"})], Answer.NOTHING),
        ([allow("kms:*", Principal=ACCOUNT)], Answer.LEFT_TO_THE_ACCOUNT),
        ([allow("kms:*", Principal={"AWS": ["123456789012"]})], Answer.LEFT_TO_THE_ACCOUNT),
        ([allow("kms:*", Principal=ACCOUNT), allow("kms:*", Principal={"AWS": ROLE})], Answer.ALLOWED),
        ([allow("kms:*", Principal="*")], Answer.ALLOWED),
        ([allow("kms:*", Principal="*"), {**deny("kms:Decrypt"), "Principal": {"AWS": "*"}}], Answer.DENIED),
    ],
)
def test_a_resource_names_who_may_or_leaves_it_to_the_account(statements: list[dict[str, Any]], answer: Answer) -> None:
    assert ResourcePolicy.read({"Statement": statements}).answer(ROLE, "kms:Decrypt", KEY, {}) is answer


def test_a_resource_that_names_nobody_cannot_be_judged() -> None:
    with pytest.raises(UnknownPolicyError, match="Principal"):
        ResourcePolicy.read({"Statement": allow("kms:*")})
