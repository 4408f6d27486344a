from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the tracking function."""

    batches_table: str
    notices_queue: str
    pages_queue: str
