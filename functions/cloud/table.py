"""A DynamoDB table, as Brevdue uses one: small typed calls over the low-level client.

Items go in and out as plain values: text, whole numbers, booleans, None, lists,
maps and sets. `Value` is what msgspec makes of a struct and takes back.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from cloud.chunks import chunks
from cloud.errors import BusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: An item as plain values. What an attribute holds is known to whoever converts it to a struct.
Item = dict[str, Any]

_MOST_GETS: Final = 100
_MOST_WRITES: Final = 25
_MOST_TRIES: Final = 8
_FIRST_WAIT_SECONDS: Final = 0.05


class _Integers(TypeDeserializer):
    """Numbers come back as int: no item of ours holds a fraction."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


_serialize = TypeSerializer().serialize
_deserialize = _Integers().deserialize


def to_attributes(item: Mapping[str, object]) -> dict[str, Any]:
    """Plain values as attribute values of the low-level client."""
    return {name: _serialize(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, Any]) -> Item:
    """Attribute values of the low-level client as plain values."""
    return {name: _deserialize(value) for name, value in attributes.items()}


class Table:
    """One table with keys `pk` and `sk`. All reads are strongly consistent."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get(self, **key: str) -> Item | None:
        """The item of a key, or None."""
        answer = self._client.get_item(TableName=self._name, Key=to_attributes(key), ConsistentRead=True)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def put(self, item: Mapping[str, object]) -> None:
        """Put an item, over whatever was there."""
        self._client.put_item(TableName=self._name, Item=to_attributes(item))

    def put_new(self, item: Mapping[str, object]) -> bool:
        """Put an item where there is none; whether it was put."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item=to_attributes(item),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if _is_failed_condition(error):
                return False
            raise
        return True

    def update(
        self,
        key: Mapping[str, str],
        expression: str,
        values: Mapping[str, object],
        *,
        condition: str = "",
        names: Mapping[str, str] | None = None,
    ) -> Item | None:
        """Update an item under a condition.

        Args:
            key: the item's key.
            expression: DynamoDB update expression.
            values: of its placeholders, with their colons.
            condition: DynamoDB condition expression, if any.
            names: of its name placeholders, with their number signs.

        Returns:
            The whole item after the update; None where the condition did not hold.
        """
        extras: dict[str, Any] = {}
        if condition:
            extras["ConditionExpression"] = condition
        if names:
            extras["ExpressionAttributeNames"] = dict(names)
        if values:
            extras["ExpressionAttributeValues"] = to_attributes(values)
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=to_attributes(key),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                **extras,
            )
        except ClientError as error:
            if _is_failed_condition(error):
                return None
            raise
        return from_attributes(answer["Attributes"])

    def delete(
        self,
        key: Mapping[str, str],
        *,
        condition: str = "",
        values: Mapping[str, object] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Delete an item; whether the condition held."""
        extras: dict[str, Any] = {}
        if condition:
            extras["ConditionExpression"] = condition
        if values:
            extras["ExpressionAttributeValues"] = to_attributes(values)
        if names:
            extras["ExpressionAttributeNames"] = dict(names)
        try:
            self._client.delete_item(TableName=self._name, Key=to_attributes(key), **extras)
        except ClientError as error:
            if _is_failed_condition(error):
                return False
            raise
        return True

    def query(
        self, pk: str, *, up_to: str = "", beginning: str = "", after: str = "", at_once: int = 0
    ) -> Iterator[Item]:
        """The items of a partition in key order, page by page as they are asked for.

        Args:
            pk: the partition.
            up_to: only keys up to and including this one.
            beginning: only keys that begin so.
            after: only keys after this one, which is itself one of those asked for, there or not.
            at_once: how many are read with each call; 0 for as many as the table gives.
        """
        condition, values = "pk = :pk", {":pk": pk}
        if up_to:
            condition, values = "pk = :pk AND sk <= :sk", {":pk": pk, ":sk": up_to}
        elif beginning:
            condition, values = "pk = :pk AND begins_with(sk, :sk)", {":pk": pk, ":sk": beginning}
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_attributes(values),
            "ConsistentRead": True,
        }
        if after:
            request["ExclusiveStartKey"] = to_attributes({"pk": pk, "sk": after})
        if at_once:
            request["Limit"] = at_once
        while True:
            answer = self._client.query(**request)
            for attributes in answer["Items"]:
                yield from_attributes(attributes)
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def get_many(self, keys: Iterable[Mapping[str, str]]) -> Iterator[Item]:
        """The items that exist of these keys, each asked for once, in any order."""
        distinct = {tuple(sorted(key.items())): key for key in keys}
        for chunk in chunks(distinct.values(), _MOST_GETS):
            wanted: dict[str, Any] = {
                self._name: {"Keys": [to_attributes(key) for key in chunk], "ConsistentRead": True}
            }
            for wait in _waits():
                answer = self._client.batch_get_item(RequestItems=wanted)
                for attributes in answer["Responses"].get(self._name, ()):
                    yield from_attributes(attributes)
                wanted = dict(answer.get("UnprocessedKeys") or {})
                if not wanted:
                    break
                time.sleep(wait)
            else:
                raise BusyError(f"{self._name} left keys unprocessed {_MOST_TRIES} times")

    def put_many(self, items: Iterable[Mapping[str, object]]) -> None:
        """Put items with distinct keys, over whatever was there.

        Raises:
            BusyError: the table left some unprocessed to the last; putting all again is safe.
        """
        for chunk in chunks(items, _MOST_WRITES):
            wanted: dict[str, Any] = {self._name: [{"PutRequest": {"Item": to_attributes(item)}} for item in chunk]}
            for wait in _waits():
                answer = self._client.batch_write_item(RequestItems=wanted)
                wanted = dict(answer.get("UnprocessedItems") or {})
                if not wanted:
                    break
                time.sleep(wait)
            else:
                raise BusyError(f"{self._name} left items unprocessed {_MOST_TRIES} times")


def _waits() -> Iterator[float]:
    """Seconds to wait after each try: doubling, with jitter, so that callers spread out."""
    for n in range(_MOST_TRIES):
        yield random.uniform(0.5, 1) * _FIRST_WAIT_SECONDS * 2**n  # noqa: S311 - jitter, no secret


def _is_failed_condition(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
