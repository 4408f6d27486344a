"""The Senders table."""

import msgspec

from cloud.table import Table
from postal.senders import Sender


class Senders:
    """The organisations that may upload."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def sender(self, sender_id: str) -> Sender | None:
        """The sender of an id, or None."""
        item = self._table.get(pk=sender_id)
        return msgspec.convert({**item, "id": item["pk"]}, Sender) if item else None

    def put(self, sender: Sender) -> None:
        """Put a sender, over whatever was there."""
        self._table.put({"pk": sender.id, **msgspec.to_builtins(sender)})
