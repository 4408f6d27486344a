"""Ways out of the post office."""

from enum import StrEnum


class Channel(StrEnum):
    """A mailbox, or paper."""

    ALTINN = "altinn"
    DIGIPOST = "digipost"
    EBOKS = "eboks"
    DIGITAL_POST = "digital_post"
    PRINT = "print"


#: The channels that are mailboxes: where a recipient reads digital post.
MAILBOXES = (Channel.ALTINN, Channel.DIGIPOST, Channel.EBOKS, Channel.DIGITAL_POST)
