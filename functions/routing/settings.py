from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the routing function: names of tables and the bucket, URLs of queues."""

    bucket: str
    batches_table: str
    recipients_table: str
    altinn_queue: str
    digipost_queue: str
    eboks_queue: str
    digital_post_queue: str
    receipts_queue: str
    register_queue: str
