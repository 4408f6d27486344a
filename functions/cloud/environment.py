"""A function's settings, read from its environment variables."""

import os
from collections.abc import Mapping
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment of every function has: the account that owns the bucket."""

    bucket_owner: str


def metrics_namespace() -> str:
    """Where an installation's metrics go: as the template says; a fixed one where no Lambda runs."""
    return os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Brevdue")


def read(settings: type[S], environment: Mapping[str, str] = os.environ) -> S:
    """The settings of a function: each field from the variable of its name in capitals.

    Raises:
        ValueError: a variable is missing or of the wrong type; names it.
    """
    names = settings.__struct_fields__
    found = {name: environment[name.upper()] for name in names if name.upper() in environment}
    try:
        return msgspec.convert(found, settings, strict=False)
    except msgspec.ValidationError as error:
        missing = ", ".join(name.upper() for name in names if name not in found)
        raise ValueError(
            f"environment of {settings.__module__}: {f'{missing} missing' if missing else error}"
        ) from error
