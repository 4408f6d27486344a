from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the receipts function: names of the bucket and the table."""

    bucket: str
    batches_table: str
