"""What DynamoDB refuses and moto takes, refused here as well.

The functions' clients check no parameters, so what is wrong in a call shows only where it
arrives. Limits and sizes: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB" and
"DynamoDB item sizes and formats"; API Reference, each operation.
"""

import copy
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal, InvalidOperation
from functools import cache, wraps
from typing import Any, Final, NoReturn
from unittest.mock import patch

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.key_condition_expression import parse_expression
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.responses import DynamoHandler

#: Bytes.
MOST_OF_AN_ITEM: Final = 400 * 1024
_MOST_OF_A_REQUEST: Final = 16 * 1024 * 1024
_MOST_OF_A_TRANSACTION: Final = 4 * 1024 * 1024
_MOST_OF_AN_EXPRESSION: Final = 4096
_MOST_OF_A_PLACEHOLDER: Final = 255
_MOST_OF_A_NAME: Final = 65_535
_MOST_OF_A_PARTITION_KEY: Final = 2048
_MOST_OF_A_SORT_KEY: Final = 1024

_MOST_WRITES: Final = 25
_MOST_GETS: Final = 100
_MOST_IN_A_TRANSACTION: Final = 100
_DEEPEST: Final = 32
_MOST_DIGITS: Final = 38
_GREATEST_EXPONENT: Final = 125
_LEAST_EXPONENT: Final = -130
#: What a list or a map takes beside what is in it, and for each thing in it.
_NESTING_BYTES: Final = 3
_ELEMENT_BYTES: Final = 1

#: How an empty set of a kind is spoken of.
_EMPTY_SETS: Final = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}
_INVALID: Final = "One or more parameter values were invalid: "
_NO_KEY: Final = "The provided key element does not match the schema"

_EXPRESSIONS: Final = (
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
_TOKEN: Final = re.compile(r"(?P<word>[#:]?\w+)(?P<call>\s*\()?")
#: Words of the expressions' own language.
_SYNTAX: Final = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})

#: Attribute values by their names, as DynamoDB's JSON has them.
Attributes = Mapping[str, Mapping[str, Any]]
#: A call's parameters, or those of a part of it.
Request = Mapping[str, Any]


def patches() -> list[AbstractContextManager[object]]:
    """The patches, to be entered."""
    return [
        *(patch.object(DynamoHandler, name, _refusing(getattr(DynamoHandler, name), check)) for name, check in _CHECKS),
        patch.object(DynamoDBBackend, "update_item", _weighing(DynamoDBBackend.update_item)),
        # moto weighs by rules of its own, attribute for attribute.
        patch.object(LimitedSizeDict, "__setitem__", dict.__setitem__),
    ]


def size(item: Attributes) -> int:
    """How many bytes an item takes, the names of its attributes included."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:  # noqa: PLR0911 - a kind, a size
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(_digits(content)) + 1) // 2 + 1
        case "B":
            return len(_bytes(content))
        case "SS" | "NS" | "BS":
            return sum(_size({kind[0]: one}) for one in content)
        case "L":
            return _NESTING_BYTES + sum(_ELEMENT_BYTES + _size(one) for one in content)
        case "M":
            return _NESTING_BYTES + len(content) * _ELEMENT_BYTES + size(content)
        case _:
            return 1


def _bytes(content: str | bytes) -> bytes:
    return b64decode(content) if isinstance(content, str) else content


def _digits(number: str) -> str:
    """The significant digits."""
    return "".join(map(str, Decimal(number).as_tuple().digits)).strip("0")


# What a call says


def _refuse(message: str) -> NoReturn:
    raise MockValidationException(message)


def _put(table_of: Callable[[str], Table], request: Request) -> None:
    _check_item(request["Item"], _key_types(table_of(request["TableName"])))
    _check_expressions(request)


def _by_key(table_of: Callable[[str], Table], request: Request) -> None:
    """What gets, updates or deletes an item, or checks a condition on it."""
    _check_key(request["Key"], _key_types(table_of(request["TableName"])))
    _check_expressions(request)


def _query(table_of: Callable[[str], Table], request: Request) -> None:
    _check_limit(request)
    _check_expressions(request)
    start = request.get("ExclusiveStartKey")
    if start is not None and not request.get("IndexName"):
        table = table_of(request["TableName"])
        _check_key(start, _key_types(table))
        if request.get("KeyConditionExpression"):
            _check_start(start, request, table)


def _check_start(start: Attributes, request: Request, table: Table) -> None:
    """Check that a query goes on within what it asks for."""
    partitions, sorts, _ = parse_expression(
        key_condition_expression=request["KeyConditionExpression"],
        expression_attribute_names=request.get("ExpressionAttributeNames", {}),
        expression_attribute_values=request["ExpressionAttributeValues"],
        schema=table.schema,
    )
    asked = [(name, "=", [value]) for name, value in partitions] + sorts
    if not all(
        DynamoType(dict(start[name])).compare(comparison, [DynamoType(value) for value in values])
        for name, comparison, values in asked
    ):
        _refuse("The provided starting key is outside query boundaries based on provided conditions")


def _batch_write(table_of: Callable[[str], Table], request: Request) -> None:
    parts = [(table, part) for table, parts in request["RequestItems"].items() for part in parts]
    if not parts or not all(request["RequestItems"].values()):
        _refuse(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if len(parts) > _MOST_WRITES:
        _refuse("Too many items requested for the BatchWriteItem call")
    keys: list[tuple[str, Attributes]] = []
    total = 0
    for name, part in parts:
        types = _key_types(table_of(name))
        if "PutRequest" in part:
            item = part["PutRequest"]["Item"]
            _check_item(item, types)
            total += size(item)
            keys.append((name, {key: item[key] for key in types}))
        else:
            _check_key(part["DeleteRequest"]["Key"], types)
            keys.append((name, part["DeleteRequest"]["Key"]))
    if total > _MOST_OF_A_REQUEST:
        _refuse("Request size exceeded the maximum allowed size of 16 MB")
    _check_distinct(keys)


def _batch_get(table_of: Callable[[str], Table], request: Request) -> None:
    keys = [(name, key) for name, asked in request["RequestItems"].items() for key in asked["Keys"]]
    if not keys or not all(asked["Keys"] for asked in request["RequestItems"].values()):
        _refuse(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if len(keys) > _MOST_GETS:
        _refuse("Too many items requested for the BatchGetItem call")
    for name, key in keys:
        _check_key(key, _key_types(table_of(name)))
    for asked in request["RequestItems"].values():
        _check_expressions(asked)
    _check_distinct(keys)


def _transact(table_of: Callable[[str], Table], request: Request) -> None:
    parts = request["TransactItems"]
    if not 1 <= len(parts) <= _MOST_IN_A_TRANSACTION:
        _refuse(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
            f"length less than or equal to {_MOST_IN_A_TRANSACTION} and greater than or equal to 1"
        )
    total = 0
    for part in parts:
        ((kind, asked),) = part.items()
        (_put if kind == "Put" else _by_key)(table_of, asked)
        total += size(asked.get("Item", {})) + size(asked.get("ExpressionAttributeValues", {}))
    if total > _MOST_OF_A_TRANSACTION:
        _refuse("Collection size has exceeded the maximum allowed size of 4 MB")


#: What is looked at of each call.
_CHECKS: Final[Sequence[tuple[str, Callable[[Callable[[str], Table], Request], None]]]] = (
    ("put_item", _put),
    ("get_item", _by_key),
    ("update_item", _by_key),
    ("delete_item", _by_key),
    ("query", _query),
    ("scan", _query),
    ("batch_write_item", _batch_write),
    ("batch_get_item", _batch_get),
    ("transact_write_items", _transact),
    ("transact_get_items", _transact),
)


def _refusing(
    answer: Callable[[DynamoHandler], Any], check: Callable[[Callable[[str], Table], Request], None]
) -> Callable[[DynamoHandler], Any]:
    """Answer a call that DynamoDB would answer."""

    @wraps(answer)
    def answer_checked(handler: DynamoHandler) -> Any:  # noqa: ANN401 - moto's own type
        check(handler.dynamodb_backend.get_table, handler.body)
        return answer(handler)

    return answer_checked


def _weighing(update: Callable[..., Any]) -> Callable[..., Any]:
    """Update an item, and leave it as it was where it would be too large, or the update is wrong."""

    @wraps(update)
    def update_weighed(backend: DynamoDBBackend, table_name: str, key: Attributes, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - moto's own types
        table = backend.get_table(table_name)
        before = copy.deepcopy(_found(table, key))
        try:
            item = update(backend, table_name, key, *args, **kwargs)
            if size({name: value.to_regular_json() for name, value in item.attrs.items()}) > MOST_OF_AN_ITEM:
                _refuse("Item size to update has exceeded the maximum allowed size")
        except Exception:
            _put_back(table, key, before)
            raise
        return item

    return update_weighed


def _found(table: Table, key: Attributes) -> Any:  # noqa: ANN401 - moto's own type
    partition, sort = _parts(table, key)
    return table.get_item(partition, sort)


def _put_back(table: Table, key: Attributes, item: Any) -> None:  # noqa: ANN401 - moto's own type
    partition, sort = _parts(table, key)
    if item is None:
        table.delete_item(partition, sort)
    elif sort is None:
        table.items[partition] = item
    else:
        table.items[partition][sort] = item


def _parts(table: Table, key: Attributes) -> tuple[DynamoType, DynamoType | None]:
    """A key as moto takes one."""
    sort = table.range_key_attr
    return DynamoType(dict(key[table.hash_key_attr])), DynamoType(dict(key[sort])) if sort else None


# Keys


def _key_types(table: Table) -> dict[str, str]:
    """The types of a table's keys by their names, that of the partition first."""
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table.attr}
    return {name: types[name] for name in (table.hash_key_attr, table.range_key_attr) if name}


def _check_key(key: Attributes, types: Mapping[str, str]) -> None:
    if key.keys() != types.keys() or any(list(key[name]) != [kind] for name, kind in types.items()):
        _refuse(_NO_KEY)
    _check_key_values(key, types)


def _check_key_values(key: Attributes, types: Mapping[str, str]) -> None:
    for number, (name, kind) in enumerate(types.items()):
        content = key[name][kind]
        if kind == "N":
            _check_number(content)
            continue
        if not content:
            _refuse(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty {'string' if kind == 'S' else 'binary'} value. Key: {name}"
            )
        length = _size(key[name])
        if number == 0 and length > _MOST_OF_A_PARTITION_KEY:
            _refuse(f"{_INVALID}Size of hashkey has exceeded the maximum size limit of{_MOST_OF_A_PARTITION_KEY} bytes")
        if number and length > _MOST_OF_A_SORT_KEY:
            _refuse(f"{_INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes")


def _check_distinct(keys: Iterable[tuple[str, Attributes]]) -> None:
    seen = [(table, sorted((name, *value.items()) for name, value in key.items())) for table, key in keys]
    if len({repr(one) for one in seen}) < len(seen):
        _refuse("Provided list of item keys contains duplicates")


def _check_limit(request: Request) -> None:
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        _refuse(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )


# Items and values


def _check_item(item: Attributes, types: Mapping[str, str]) -> None:
    for name, kind in types.items():
        if name not in item:
            _refuse(f"{_INVALID}Missing the key {name} in the item")
        if list(item[name]) != [kind]:
            _refuse(f"{_INVALID}Type mismatch for key {name} expected: {kind} actual: {next(iter(item[name]), '')}")
    _check_key_values(item, types)
    _check_names(item)
    for value in item.values():
        _check_value(value)
    if size(item) > MOST_OF_AN_ITEM:
        _refuse("Item size has exceeded the maximum allowed size")


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if len(name.encode()) > _MOST_OF_A_NAME:
            _refuse("1 validation error detected: Attribute name is too large, must be less than 65536 bytes")


def _check_value(value: Mapping[str, Any], depth: int = 0) -> None:
    if len(value) != 1:
        wrong = "has more than one datatypes set" if value else "is empty"
        _refuse(f"Supplied AttributeValue {wrong}, must contain exactly one of the supported datatypes")
    ((kind, content),) = value.items()
    if kind in {"L", "M"} and depth >= _DEEPEST:
        _refuse("Nesting Levels have exceeded supported limits")
    match kind:
        case "N":
            _check_number(content)
        case "SS" | "NS" | "BS":
            _check_set(kind, content)
        case "L":
            for one in content:
                _check_value(one, depth + 1)
        case "M":
            _check_names(content)
            for one in content.values():
                _check_value(one, depth + 1)


def _check_set(kind: str, content: Collection[Any]) -> None:
    if not content:
        _refuse(_INVALID + _EMPTY_SETS[kind])
    if kind == "NS":
        for one in content:
            _check_number(one)
    if len({Decimal(one) if kind == "NS" else one for one in content}) < len(content):
        _refuse(f"{_INVALID}Input collection [{', '.join(map(str, content))}] contains duplicates.")


def _check_number(content: str) -> None:
    try:
        number = Decimal(content)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        _refuse(f"The parameter cannot be converted to a numeric value: {content}")
    if len(_digits(content)) > _MOST_DIGITS:
        _refuse("Attempting to store more than 38 significant digits in a Number")
    if number and number.adjusted() > _GREATEST_EXPONENT:
        _refuse("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number and number.adjusted() < _LEAST_EXPONENT:
        _refuse("Number underflow. Attempting to store a number with magnitude smaller than supported range")


# Expressions


def _check_expressions(request: Request) -> None:
    """Check a call's expressions, and that they and what stands for names and values in them fit each other."""
    given = {kind: request[kind] for kind in _EXPRESSIONS if request.get(kind)}
    for kind, expression in given.items():
        if len(expression.encode()) > _MOST_OF_AN_EXPRESSION:
            _refuse(f"Invalid {kind}: Expression size has exceeded the maximum allowed size;")
        for word in _reserved(expression):
            _refuse(f"Invalid {kind}: Attribute name is a reserved keyword; reserved keyword: {word}")
    _check_placeholders("Names", "name", request.get("ExpressionAttributeNames"), given, "#")
    values: Attributes | None = request.get("ExpressionAttributeValues")
    _check_placeholders("Values", "value", values, given, ":")
    _check_names((request.get("ExpressionAttributeNames") or {}).values())
    for value in (values or {}).values():
        _check_value(value)


def _check_placeholders(
    kind: str, what: str, meant: Mapping[str, object] | None, expressions: Mapping[str, str], sign: str
) -> None:
    if meant is not None:
        if not expressions:
            _refuse(f"ExpressionAttribute{kind} can only be specified when using expressions")
        if not meant:
            _refuse(f"ExpressionAttribute{kind} must not be empty")
    known = meant or {}
    used: set[str] = set()
    for name, expression in expressions.items():
        in_this = {word for word in _words(expression) if word.startswith(sign)}
        for word in sorted(in_this - known.keys()):
            _refuse(
                f"Invalid {name}: An expression attribute {what} used in expression is not defined; "
                f"attribute {what}: {word}"
            )
        used |= in_this
    for word in sorted(known.keys() - used):
        _refuse(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{word}}}")
    for word in known:
        if len(word.encode()) > _MOST_OF_A_PLACEHOLDER:
            _refuse(f"ExpressionAttribute{kind} contains invalid key: The key is too long; key: {word}")


@cache
def _words(expression: str) -> tuple[str, ...]:
    """The words of an expression that stand for names and values: no calls, and nothing of its own language."""
    return tuple(_words_of(expression))


def _words_of(expression: str) -> Iterator[str]:
    for token in _TOKEN.finditer(expression):
        word = token["word"]
        if not token["call"] and word.upper() not in _SYNTAX and not word.isdigit():
            yield word


@cache
def _reserved(expression: str) -> tuple[str, ...]:
    """The names in an expression that are words of DynamoDB's own."""
    keywords = frozenset(ReservedKeywords.get_reserved_keywords())
    return tuple(word for word in _words(expression) if word.upper() in keywords)
