"""What DynamoDB refuses, the stack refuses, in DynamoDB's words."""

import string
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brevdue.stack.backend import moto_follows
from brevdue.stack.refusals import MOST_OF_AN_ITEM, size
from brevdue.stack.stack import StackClock
from cloud.table import to_attributes

KEY: Final = {"pk": {"S": "p"}, "sk": {"S": "s"}}
KEYS: Final = [("pk", "HASH"), ("sk", "RANGE")]
EMPTY_KEY: Final = "The AttributeValue for a key attribute cannot contain an empty string value. Key: "

#: Calls in which a key stands, each made with one.
BY_KEY: Final[dict[str, Any]] = {
    "get_item": lambda key: {"TableName": "t", "Key": key},
    "delete_item": lambda key: {"TableName": "t", "Key": key},
    "update_item": lambda key: {"TableName": "t", "Key": key, "UpdateExpression": "REMOVE a"},
    "put_item": lambda key: {"TableName": "t", "Item": key},
    "batch_get_item": lambda key: {"RequestItems": {"t": {"Keys": [key]}}},
    "batch_write_item": lambda key: {"RequestItems": {"t": [{"PutRequest": {"Item": key}}]}},
    "transact_write_items": lambda key: {"TransactItems": [{"Delete": {"TableName": "t", "Key": key}}]},
    "transact_get_items": lambda key: {"TransactItems": [{"Get": {"TableName": "t", "Key": key}}]},
}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client that checks no parameters, as those of the functions, and a table `t`."""
    with moto_follows(StackClock.real()):
        client = boto3.client("dynamodb", region_name="eu-north-1", config=Config(parameter_validation=False))
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],  # type: ignore[typeddict-item]
        )
        yield client


def refusal(call: Any, **request: Any) -> str:
    """With what words a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    answer = refused.value.response
    assert answer["Error"]["Code"] == "ValidationException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    return answer["Error"]["Message"]


def put(client: Any, **attributes: Any) -> dict[str, Any]:
    """A put of an item with these attributes, to be called."""
    return {"call": client.put_item, "TableName": "t", "Item": {**KEY, **attributes}}


def update(client: Any, expression: str, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An update, to be called."""
    extras = {"ExpressionAttributeValues": values} if values else {}
    return {"call": client.update_item, "TableName": "t", "Key": KEY, "UpdateExpression": expression, **extras, **more}


# Keys


@pytest.mark.parametrize("name", ["pk", "sk"])
@pytest.mark.parametrize("operation", BY_KEY)
def test_an_empty_key_is_refused_in_every_call(client: Any, operation: str, name: str) -> None:
    request = BY_KEY[operation]({**KEY, name: {"S": ""}})
    assert EMPTY_KEY + name in refusal(getattr(client, operation), **request)


def test_an_empty_key_is_refused_in_a_batch_of_deletes(client: Any) -> None:
    deletes = [{"DeleteRequest": {"Key": {**KEY, "pk": {"S": ""}}}}]
    assert EMPTY_KEY + "pk" in refusal(client.batch_write_item, RequestItems={"t": deletes})


@pytest.mark.parametrize(
    ("condition", "values"),
    [("pk = :a", [""]), ("pk = :a AND sk = :b", ["p", ""]), ("pk = :a AND begins_with(sk, :b)", ["p", ""])],
)
def test_a_query_for_an_empty_key_is_refused(client: Any, condition: str, values: list[str]) -> None:
    given_values = {name: {"S": value} for name, value in zip((":a", ":b"), values, strict=False)}
    said = refusal(
        client.query, TableName="t", KeyConditionExpression=condition, ExpressionAttributeValues=given_values
    )
    assert "cannot contain an empty string value" in said


@pytest.mark.parametrize("operation", BY_KEY)
def test_too_long_a_key_is_refused_in_every_call(client: Any, operation: str) -> None:
    call = getattr(client, operation)
    call(**BY_KEY[operation]({"pk": {"S": "p" * 2048}, "sk": {"S": "å" * 512}}))
    assert "limit of2048 bytes" in refusal(call, **BY_KEY[operation]({**KEY, "pk": {"S": "p" * 2049}}))
    assert "limit of 1024 bytes" in refusal(call, **BY_KEY[operation]({**KEY, "sk": {"S": "å" * 512 + "s"}}))


@pytest.mark.parametrize("key", [{"pk": KEY["pk"]}, {**KEY, "more": {"S": "m"}}, {**KEY, "sk": {"N": "1"}}])
@pytest.mark.parametrize("operation", [one for one in BY_KEY if one not in {"put_item", "batch_write_item"}])
def test_what_is_not_the_tables_key_is_refused(client: Any, operation: str, key: dict[str, Any]) -> None:
    said = refusal(getattr(client, operation), **BY_KEY[operation](key))
    assert said == "The provided key element does not match the schema"


def test_an_item_without_its_key_is_refused(client: Any) -> None:
    assert "Missing the key sk" in refusal(client.put_item, TableName="t", Item={"pk": KEY["pk"]})
    said = refusal(client.put_item, TableName="t", Item={**KEY, "sk": {"N": "1"}})
    assert said.endswith("Type mismatch for key sk expected: S actual: N")


# Values


WRONG: Final = [
    ({"SS": []}, "An string set  may not be empty"),
    ({"NS": []}, "An number set  may not be empty"),
    ({"BS": []}, "Binary sets should not be empty"),
    ({"SS": ["a", "a"]}, "Input collection [a, a] contains duplicates."),
    ({"NS": ["1", "1.0"]}, "Input collection [1, 1.0] contains duplicates."),
    ({"N": "1" * 39}, "more than 38 significant digits"),
    ({"N": "1E126"}, "Number overflow"),
    ({"N": "-1E126"}, "Number overflow"),
    ({"N": "1E-131"}, "Number underflow"),
    ({"N": "seven"}, "cannot be converted to a numeric value: seven"),
    ({"N": "NaN"}, "cannot be converted to a numeric value"),
    ({"N": ""}, "cannot be converted to a numeric value"),
    ({"NS": ["1", "1E126"]}, "Number overflow"),
    ({}, "Supplied AttributeValue is empty"),
    ({"S": "a", "N": "1"}, "more than one datatypes set"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_a_wrong_value_is_refused_wherever_it_stands(client: Any, value: dict[str, Any], said: str) -> None:
    assert said in refusal(**put(client, a=value))
    assert said in refusal(**put(client, a={"L": [{"M": {"b": value}}]}))
    assert said in refusal(**update(client, "SET a = :a", {":a": value}))
    write = [{"PutRequest": {"Item": {**KEY, "a": value}}}]
    assert said in refusal(client.batch_write_item, RequestItems={"t": write})
    transaction = [{"Put": {"TableName": "t", "Item": {**KEY, "a": value}}}]
    assert said in refusal(client.transact_write_items, TransactItems=transaction)
    assert said in refusal(
        client.delete_item,
        TableName="t",
        Key=KEY,
        ConditionExpression="a = :a",
        ExpressionAttributeValues={":a": value},
    )


@pytest.mark.parametrize(
    "value",
    [
        {"S": ""}, {"B": b""}, {"L": []}, {"M": {}}, {"SS": [""]}, {"N": "1" * 38}, {"N": "9.9E125"}, {"N": "-1E-130"},
        {"N": "1" + "0" * 60},
    ],
)  # fmt: skip
def test_what_dynamodb_takes_is_taken(client: Any, value: dict[str, Any]) -> None:
    client.put_item(TableName="t", Item={**KEY, "a": value})
    client.update_item(TableName="t", Key=KEY, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": value})


def test_too_deep_a_value_is_refused(client: Any) -> None:
    value: dict[str, Any] = {"S": "a"}
    for _ in range(32):
        value = {"L": [value]}
    client.put_item(TableName="t", Item={**KEY, "a": value})
    assert refusal(**put(client, a={"L": [value]})) == "Nesting Levels have exceeded supported limits"


def test_too_long_a_name_is_refused(client: Any) -> None:
    name = "a" * 65_536
    assert "Attribute name is too large" in refusal(**put(client, **{name: {"S": ""}}))
    assert "Attribute name is too large" in refusal(**put(client, a={"M": {name: {"S": ""}}}))
    said = refusal(**update(client, "REMOVE #a", ExpressionAttributeNames={"#a": name}))
    assert "Attribute name is too large" in said


# Sizes


def filled(length: int) -> dict[str, Any]:
    """An item of so many bytes."""
    return {**KEY, "a": {"S": "x" * (length - size({**KEY, "a": {"S": ""}}))}}


def test_an_item_of_more_than_400_kb_is_refused(client: Any) -> None:
    client.put_item(TableName="t", Item=filled(MOST_OF_AN_ITEM))
    too_much = filled(MOST_OF_AN_ITEM + 1)
    words = "Item size has exceeded the maximum allowed size"
    assert refusal(client.put_item, TableName="t", Item=too_much) == words
    write = [{"PutRequest": {"Item": too_much}}]
    assert refusal(client.batch_write_item, RequestItems={"t": write}) == words
    transaction = [{"Put": {"TableName": "t", "Item": too_much}}]
    assert refusal(client.transact_write_items, TransactItems=transaction) == words


@pytest.mark.parametrize(
    ("item", "expression", "value"),
    [
        ({"a": {"SS": ["x" * 300_000]}}, "ADD a :v", {"SS": ["y" * 110_000]}),
        ({"a": {"L": [{"S": "x" * 300_000}]}}, "SET a = list_append(a, :v)", {"L": [{"S": "y" * 110_000}]}),
        ({"a": {"M": {"b": {"S": "x" * 300_000}}}}, "SET a.c = :v", {"S": "y" * 110_000}),
        ({"a": {"S": "x" * 300_000}}, "SET b = :v", {"S": "y" * 110_000}),
        ({"a": {"S": "x" * 300_000}}, "SET b = a, c = :v", {"S": "y"}),
        ({"a": {"S": "x" * 409_593}}, "SET " + "b" * 30 + " = :v", {"S": ""}),
    ],
)
def test_an_item_that_grows_beyond_400_kb_stays_as_it_was(
    client: Any,
    item: dict[str, Any],
    expression: str,
    value: dict[str, Any],
) -> None:
    client.put_item(TableName="t", Item={**KEY, **item})
    said = refusal(**update(client, expression, {":v": value}))
    assert said == "Item size to update has exceeded the maximum allowed size"
    assert client.get_item(TableName="t", Key=KEY)["Item"] == {**KEY, **item}


def test_an_item_that_would_be_new_and_too_large_is_not_made(client: Any) -> None:
    client.delete_item(TableName="t", Key=KEY)
    refusal(**update(client, "SET a = :v", {":v": {"S": "x" * 410_000}}))
    assert "Item" not in client.get_item(TableName="t", Key=KEY)


def test_a_size_is_as_documented() -> None:
    sizes = {
        size({"åb": value}) - 3
        for value in (
            {"S": "x"}, {"N": "7"}, {"N": "-120"}, {"B": b"x"}, {"BOOL": True}, {"NULL": True}, {"SS": ["x"]},
        )
    }  # fmt: skip
    assert sizes == {1, 2}
    assert size({"a": {"N": "12345"}}) == 1 + 3 + 1
    assert size({"a": {"L": []}}) == 1 + 3
    assert size({"a": {"M": {"bc": {"S": "def"}}}}) == 1 + 3 + 1 + 2 + 3
    assert size({"a": {"NS": ["1", "100", "123"]}}) == 1 + 2 + 2 + 3


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(-(10**9), 10**9) | st.sets(st.text(), min_size=1),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(string.ascii_letters), inside, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(item=st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=4), _PLAIN, max_size=4))
def test_what_is_right_is_kept_as_it_is(client: Any, item: dict[str, Any]) -> None:
    attributes = {**to_attributes(item), **KEY}
    client.put_item(TableName="t", Item=attributes)
    found = client.get_item(TableName="t", Key=KEY)["Item"]
    assert size(found) == size(attributes)


# Batches


def keys(count: int) -> list[dict[str, Any]]:
    return [{"pk": {"S": "p"}, "sk": {"S": str(n)}} for n in range(count)]


def test_too_many_in_a_batch_are_refused(client: Any) -> None:
    writes = [{"PutRequest": {"Item": key}} for key in keys(26)]
    client.batch_write_item(RequestItems={"t": writes[:25]})
    assert "Too many items" in refusal(client.batch_write_item, RequestItems={"t": writes})
    client.batch_get_item(RequestItems={"t": {"Keys": keys(100)}})
    assert "Too many items" in refusal(client.batch_get_item, RequestItems={"t": {"Keys": keys(101)}})
    gets = [{"Get": {"TableName": "t", "Key": key}} for key in keys(101)]
    assert "less than or equal to 100" in refusal(client.transact_get_items, TransactItems=gets)


def test_an_empty_batch_is_refused(client: Any) -> None:
    assert "greater than or equal to 1" in refusal(client.batch_write_item, RequestItems={})
    assert "greater than or equal to 1" in refusal(client.batch_write_item, RequestItems={"t": []})
    assert "greater than or equal to 1" in refusal(client.batch_get_item, RequestItems={"t": {"Keys": []}})


def test_doubled_keys_in_a_batch_are_refused(client: Any) -> None:
    said = "Provided list of item keys contains duplicates"
    puts = [{"PutRequest": {"Item": {**KEY, "a": {"S": letter}}}} for letter in "ab"]
    assert refusal(client.batch_write_item, RequestItems={"t": puts}) == said
    mixed = [puts[0], {"DeleteRequest": {"Key": KEY}}]
    assert refusal(client.batch_write_item, RequestItems={"t": mixed}) == said
    turned = {"sk": KEY["sk"], "pk": KEY["pk"]}
    assert refusal(client.batch_get_item, RequestItems={"t": {"Keys": [KEY, turned]}}) == said


# Expressions


def test_too_long_an_expression_is_refused(client: Any) -> None:
    names = [f"attribute{n:04}" for n in range(400)]
    assert "Expression size has exceeded" in refusal(**update(client, "REMOVE " + ", ".join(names)))


def test_a_reserved_word_is_refused_in_every_expression(client: Any) -> None:
    words = "Attribute name is a reserved keyword; reserved keyword: status"
    assert words in refusal(**update(client, "REMOVE status"))
    assert words in refusal(**update(client, "REMOVE a.status"))
    assert words in refusal(**update(client, "REMOVE a", ConditionExpression="attribute_exists(status)"))
    assert words in refusal(client.get_item, TableName="t", Key=KEY, ProjectionExpression="a, status")


def test_placeholders_and_expressions_have_to_fit(client: Any) -> None:
    one = {":a": {"S": "a"}}
    assert "not defined; attribute value: :b" in refusal(**update(client, "SET a = :a, b = :b", one))
    assert "not defined; attribute name: #b" in refusal(**update(client, "REMOVE #b"))
    assert "unused in expressions: keys: {:a}" in refusal(**update(client, "REMOVE a", one))
    names = {"#a": "a"}
    assert "unused in expressions: keys: {#a}" in refusal(**update(client, "REMOVE b", ExpressionAttributeNames=names))
    assert "can only be specified" in refusal(client.delete_item, TableName="t", Key=KEY, ExpressionAttributeValues=one)
    assert "must not be empty" in refusal(**update(client, "REMOVE a", ExpressionAttributeNames={}))


# Queries


def query(client: Any, **more: Any) -> dict[str, Any]:
    """A query for what begins with `held#`, to be called."""
    return {
        "call": client.query,
        "TableName": "t",
        "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)",
        "ExpressionAttributeValues": {":p": {"S": "p"}, ":s": {"S": "held#"}},
        **more,
    }


def test_a_limit_of_nothing_is_refused(client: Any) -> None:
    assert "greater than or equal to 1" in refusal(**query(client, Limit=0))
    assert "greater than or equal to 1" in refusal(client.scan, TableName="t", Limit=0)


@pytest.mark.parametrize("start", [("p", "profile"), ("q", "held#1")])
def test_a_query_that_goes_on_outside_what_it_asks_for_is_refused(client: Any, start: tuple[str, str]) -> None:
    key = {"pk": {"S": start[0]}, "sk": {"S": start[1]}}
    assert "outside query boundaries" in refusal(**query(client, ExclusiveStartKey=key))
