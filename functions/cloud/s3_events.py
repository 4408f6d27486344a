"""What S3 says of new objects, as it comes in a queue message."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from msgspec import Struct


class NewObject(Struct, frozen=True, kw_only=True):
    """An object that S3 says was created. `version` is empty where the event has none."""

    key: str
    version: str


def is_s3_event(body: Mapping[str, Any]) -> bool:
    """Whether a message body is S3's: a notification, or the test event of a new configuration."""
    return "Records" in body or body.get("Event") == "s3:TestEvent"


def new_objects(body: Mapping[str, Any]) -> list[NewObject]:
    """Every object that a notification speaks of; none for a test event.

    S3 encodes keys as in a query string ("Event message structure", Amazon S3
    User Guide); they are decoded here and nowhere else.

    Raises:
        KeyError: a record is not of S3's shape.
    """
    return [
        NewObject(
            key=unquote_plus(record["s3"]["object"]["key"]),
            version=record["s3"]["object"].get("versionId", ""),
        )
        for record in body.get("Records", ())
    ]
