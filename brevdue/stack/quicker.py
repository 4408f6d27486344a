"""moto, made quicker where it works through everything to find one thing.

The answers are the same. Without this a query costs as much as the whole table,
a message as much as the whole queue, and an item more to write down than to find.
"""

import copy
import heapq
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from botocore.model import StructureShape
from moto.core.serialize import ResponseSerializer
from moto.core.utils import camelcase_to_underscores, unix_time_millis
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.s3.models import S3Backend
from moto.s3.utils import _VersionedKeyStore
from moto.sqs.models import Message, Queue

_AS_IT_IS: Final = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})


def patches() -> list[AbstractContextManager[object]]:
    """The patches, to be entered."""
    serialize = ResponseSerializer._serialize_type_structure  # noqa: SLF001
    return [
        patch.object(Message, "delayed", property(_delayed)),
        patch.object(Queue, "attributes", property(_QueueAttributes)),
        patch.object(Table, "query", _query_partition(Table.query)),
        patch.object(S3Backend, "list_object_versions", _list_one_page(S3Backend.list_object_versions)),
        patch("moto.s3.models.copy", SimpleNamespace(copy=copy.copy, deepcopy=_itself)),
        patch.object(ResponseSerializer, "_serialize_type_structure", _serialize_item(serialize)),
    ]


def _delayed(message: Message) -> bool:
    """As in moto, but without asking the time for messages without a delay: most of a long queue."""
    return bool(message.delayed_until) and unix_time_millis() < message.delayed_until


class _QueueAttributes(Mapping[str, object]):
    """A queue's attributes, worked out one at a time.

    moto works out all of them, and so counts the whole queue three times, to look
    up a single one for each message sent and received.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._names = [
            *queue.BASE_ATTRIBUTES,
            *(queue.FIFO_ATTRIBUTES if queue.fifo_queue else ()),
            *(queue.KMS_ATTRIBUTES if queue.kms_master_key_id else ()),  # type: ignore[attr-defined]
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> object:
        if name not in self._names:
            raise KeyError(name)
        value: object = getattr(self._queue, camelcase_to_underscores(name))
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if name == "RedrivePolicy" and value else value


def _query_partition(query: Callable[..., Any]) -> Callable[..., Any]:
    """Query a table with nothing in sight but the partition that is asked for."""
    signature = inspect.signature(query)

    def query_one(table: Table, hash_key: DynamoType | None, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - moto's own types
        asked = signature.bind(table, hash_key, *args, **kwargs).arguments
        if hash_key is None or asked.get("index_name"):
            return query(table, hash_key, *args, **kwargs)
        everything = table.items
        table.items = {hash_key: everything[hash_key]} if hash_key in everything else {}  # type: ignore[assignment]
        try:
            return query(table, hash_key, *args, **kwargs)
        finally:
            table.items = everything

    return query_one


def _list_one_page(list_versions: Callable[..., Any]) -> Callable[..., Any]:
    """List versions with nothing in sight but the names of one answer.

    moto takes a marker that is no key for one, and so leaves out the first key behind it.
    """
    signature = inspect.signature(list_versions)

    def list_one(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 - moto's own types
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        asked = bound.arguments
        if asked["delimiter"] or asked["version_id_marker"] or asked["max_keys"] is None:
            return list_versions(*args, **kwargs)
        bucket = asked["self"].get_bucket(asked["bucket_name"])
        everything, prefix, marker = bucket.keys, asked["prefix"], asked["key_marker"] or ""
        behind = (name for name in everything if name > marker and name.startswith(prefix))
        bucket.keys = _VersionedKeyStore()
        for name in heapq.nsmallest(asked["max_keys"] + 1, behind):
            bucket.keys.setlist(name, everything.getlist(name))
        asked["key_marker"] = None
        try:
            return list_versions(*bound.args, **bound.kwargs)
        finally:
            bucket.keys = everything

    return list_one


def _itself(versions: list[object]) -> list[object]:
    """In place of deep copies of all versions with their bytes: a listing only marks which is the latest."""
    return versions


def _serialize_item(serialize: Callable[..., None]) -> Callable[..., None]:
    """Write an item's attributes down as they are: they are JSON already, as DynamoDB answers it."""

    def serialize_quickly(
        writer: ResponseSerializer, serialized: dict[str, Any], value: object, shape: StructureShape, key: str
    ) -> None:
        if shape.name == "AttributeValue" and _is_plain(value):
            serialized[key] = value
        else:
            serialize(writer, serialized, value, shape, key)

    return serialize_quickly


def _is_plain(value: object) -> bool:
    """Whether an attribute's value is JSON, down to the last: binary ones are not."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return isinstance(content, dict) and all(map(_is_plain, content.values()))
    if kind == "L":
        return isinstance(content, list) and all(map(_is_plain, content))
    return kind in _AS_IT_IS
