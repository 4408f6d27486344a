"""Admitting senders: into the Senders table, and what each may read of that."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from cloud.bucket import Bucket
from cloud.senders import Senders
from cloud.table import from_attributes
from postal import keys
from postal.senders import Sender

if TYPE_CHECKING:
    from brevdue.remote import Remote

_JSON: Final = "application/json"


class Change(Struct, frozen=True, kw_only=True):
    """What putting a sender changed; `fields` are those that differ from what was there."""

    id: str
    is_new: bool
    fields: list[str]


def put(senders: Senders, bucket: Bucket, sender: Sender) -> Change:
    """Put a sender, over whatever was there, and its own copy of its settings; what that changed."""
    before = senders.sender(sender.id)
    senders.put(sender)
    put_copy(bucket, sender)
    old: Mapping[str, Any] = msgspec.to_builtins(before) if before else {}
    fields = [path for path, value in _leaves(msgspec.to_builtins(sender)) if _at(old, path) != value]
    return Change(id=sender.id, is_new=before is None, fields=fields if before else [])


def put_copy(bucket: Bucket, sender: Sender) -> None:
    """Put a sender's settings where it finds them itself, with no right but to read what it gets back."""
    bucket.put(keys.sender_copy(sender.id), msgspec.json.encode(sender), content_type=_JSON)


def every(office: "Remote") -> list[Sender]:
    """Every sender, by id.

    The one Scan there is: senders are few, no index of them is kept, and nothing asks
    for all of them but an operator.
    """
    answers = office.dynamodb.get_paginator("scan").paginate(TableName=office.senders_table)
    items = (from_attributes(item) for answer in answers for item in answer["Items"])
    return sorted((msgspec.convert({**item, "id": item["pk"]}, Sender) for item in items), key=lambda one: one.id)


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    for name, inside in value.items():
        if isinstance(inside, dict):
            yield from _leaves(inside, f"{path}{name}.")
        else:
            yield f"{path}{name}", inside


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
