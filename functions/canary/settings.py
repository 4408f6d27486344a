from typing import Annotated

from msgspec import Meta, Struct

from postal.senders import SENDER_ID_PATTERN


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the canary.

    Attributes:
        bucket: the bucket's name.
        sender: the id of the sender that sends it.
        recipient: `scheme:value` of whoever gets it: somebody of the operator's own.
        hours: after how many hours it is late.
    """

    bucket: str
    sender: Annotated[str, Meta(pattern=SENDER_ID_PATTERN)]
    recipient: Annotated[str, Meta(pattern="^[a-z-]+:[0-9]+$")]
    hours: Annotated[int, Meta(ge=1, le=23)]
