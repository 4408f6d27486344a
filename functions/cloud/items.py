"""What the tables keep, as the structs of `postal` and back."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from cloud.table import Item

S = TypeVar("S", bound=Struct)


def plain_of(struct: Struct) -> dict[str, Any]:
    """A struct as plain values, its times as text; what is None or an empty set is left out, as the table wants it."""
    plain: dict[str, Any] = msgspec.to_builtins(struct)
    return {
        name: value
        for name, value in plain.items()
        if value is not None and getattr(struct, name, value) != frozenset()
    }


def struct_of(item: Item, type_: type[S]) -> S:
    """The struct that `plain_of` made an item of.

    Raises:
        msgspec.ValidationError: it is none of these.
    """
    return msgspec.convert(item, type_)
