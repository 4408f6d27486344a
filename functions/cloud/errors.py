"""What can go wrong with a message, and how soon it is then tried again: the one place that knows.

    PassingError             nothing is wrong with the message
      LostRaceError          somebody else was first: again within seconds
      NotYetError            something else has to happen first: again at a time of its own
      OutOfTimeError         the invocation's time is over: again at once, and later where that does not help
      BusyError              a service has a bad moment: again after a back-off

What boto3 raises is a service's bad moment, or a right that is missing and may be granted; but for what says that
the request itself is wrong, or that what it names is not there. That, and everything else, is our own fault or that of
a damaged message: it is tried until its queue has had enough, which is soon, and lies with the dead letters then.
"""

from datetime import timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

_AT_ONCE: Final = timedelta(seconds=1)
#: A race is over as soon as the other one has written.
_AFTER_A_RACE: Final = timedelta(seconds=2)
_LONGEST_AFTER_A_RACE: Final = timedelta(minutes=1)
_FIRST_BACK_OFF: Final = timedelta(seconds=30)
_LONGEST_BACK_OFF: Final = timedelta(minutes=15)
#: Trying again mends nothing here, but for a release that is being replaced meanwhile.
_OF_OUR_OWN: Final = timedelta(seconds=10)

#: What services answer where asking again is answered the same (common errors of their API references).
_FOR_GOOD: Final = frozenset(
    {"ValidationException", "ValidationError", "SerializationException", "InvalidRequest", "InvalidArgument",
     "NoSuchKey", "NoSuchVersion", "404"}
)  # fmt: skip

#: More doublings than these are above any of the limits.
_MOST_DOUBLINGS: Final = 10


class PassingError(Exception):
    """Nothing is wrong with the message; trying it again is enough."""


class LostRaceError(PassingError):
    """Somebody else has changed meanwhile what was read."""


class NotYetError(PassingError):
    """Something else has to happen first.

    Attributes:
        wait: how long that takes.
    """

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class OutOfTimeError(PassingError):
    """The invocation has no time left for what is still to be done. What is done is written down."""


class BusyError(PassingError):
    """A service has had enough for now, to the last try."""


def wait_after(error: BaseException, tries: int) -> timedelta:
    """How long a message waits until it is tried again.

    Args:
        error: that its handler raised.
        tries: how often it was received by now.
    """
    doubled = 1 << min(max(tries, 1) - 1, _MOST_DOUBLINGS)
    match error:
        case OutOfTimeError():
            return min(_AT_ONCE * doubled, _LONGEST_BACK_OFF)
        case LostRaceError():
            return min(_AFTER_A_RACE * doubled, _LONGEST_AFTER_A_RACE)
        case NotYetError(wait=wait):
            return wait
        case ClientError() if error.response["Error"].get("Code") in _FOR_GOOD:
            return _OF_OUR_OWN
        case BusyError() | ClientError() | BotoCoreError():
            return min(_FIRST_BACK_OFF * doubled, _LONGEST_BACK_OFF)
        case _:
            return _OF_OUR_OWN
