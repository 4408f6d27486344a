from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the fallback function."""

    bucket: str
    batches_table: str
    recipients_table: str
    due_queue: str
    pages_queue: str
    receipts_queue: str
    notices_queue: str
    uploads_queue: str
