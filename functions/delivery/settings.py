from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the delivery function."""

    bucket: str
    batches_table: str
