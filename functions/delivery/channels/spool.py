"""The spool: a dispatch becomes a file, which a provider's connector collects.

The file is JSONL, a line a letter, put only if absent; connectors never delete.
The connector answers with files under `tracking/{channel}/`.
"""

import msgspec

from cloud.bucket import Bucket
from delivery.channels.channel import Dispatch
from postal import keys


class Spool:
    """Writes dispatch files under `outbox/{channel}/`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def hand_over(self, dispatch: Dispatch) -> None:
        """Put the dispatch file, unless it is there: the same letters were written to it then."""
        data = b"".join(msgspec.json.encode(letter) + b"\n" for letter in dispatch.letters)
        self._bucket.put_new(keys.dispatch_file(dispatch.channel, dispatch.name), data)
