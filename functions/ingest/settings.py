from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the ingest function: names of tables and the bucket, URLs of queues."""

    bucket: str
    senders_table: str
    batches_table: str
    pages_queue: str
    tracking_queue: str
    register_queue: str
