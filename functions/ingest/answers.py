"""What ingest answers on bulk files: why a line was refused, for whoever wrote the file."""

import msgspec
from msgspec import Struct

from cloud.bucket import Bucket, ObjectInfo


class LineError(Struct, frozen=True):
    """Why a line was refused.

    Attributes:
        line: counted from 1; 0 for the file as a whole.
        code: public and stable.
        message: what is wrong; never what was written.
    """

    line: int
    code: str
    message: str


def encode(error: LineError) -> bytes:
    """One line of the file that answers, with its line break."""
    return msgspec.json.encode(error) + b"\n"


def is_superseded(bucket: Bucket, file: ObjectInfo) -> bool:
    """Whether a newer version of a file has come, which is answered under the same name."""
    latest = bucket.head(file.key)
    return latest is not None and latest.version != file.version
