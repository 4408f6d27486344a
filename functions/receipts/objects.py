"""The objects under a batch's receipts: their keys, and the number of the list that each was made of."""

from typing import Final

from cloud.bucket import ConflictError, ObjectInfo
from postal import keys
from postal.batches import Batch

_NUMBER: Final = "number"


def key_of(batch: Batch, name: str) -> str:
    """Where a file of a batch lies."""
    return f"{keys.receipts_prefix(batch.sender.id, batch.id)}{name}"


def metadata(number: int) -> dict[str, str]:
    """The metadata of an object that is made of a list, or of the list itself."""
    return {_NUMBER: str(number)}


def number_of(found: ObjectInfo) -> int:
    """The number of the list that an object was made of; 0 for one of somebody else's, such as ingest's summary."""
    return int(found.metadata.get(_NUMBER, "0"))


def only_over(found: ObjectInfo | None, number: int) -> str:
    """The ETag over which an object of a list may be written; empty where there is none.

    Raises:
        ConflictError: what was found was made of a newer list.
    """
    if found is None:
        return ""
    if number_of(found) > number:
        raise ConflictError(found.key)
    return found.etag
