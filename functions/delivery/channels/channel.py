"""What every way out has in common."""

from typing import Protocol

from msgspec import Struct

from postal.channels import Channel as Name


class DispatchDocument(Struct, frozen=True, kw_only=True):
    """A document of a letter: where it lies in the bucket, and its size in bytes."""

    key: str
    version: str
    size: int
    etag: str


class DispatchLetter(Struct, frozen=True, kw_only=True):
    """A letter as a provider gets it.

    Attributes:
        letter: its id; with the attempt, the key by which a provider knows a repeat.
        from_id, from_name: the sender.
        respond_by: ISO time, or empty.
    """

    letter: str
    attempt: int
    recipient: str
    from_id: str
    from_name: str
    title: str
    documents: tuple[DispatchDocument, ...]
    language: str
    respond_by: str


class Dispatch(Struct, frozen=True, kw_only=True):
    """Letters that leave together, under the name by which a provider reports on them."""

    channel: Name
    name: str
    letters: tuple[DispatchLetter, ...]


class Channel(Protocol):
    """A way out."""

    def hand_over(self, dispatch: Dispatch) -> None:
        """Give the channel a dispatch. Doing it again with the same dispatch changes nothing."""
