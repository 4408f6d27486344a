"""What ingest answers on bulk files: why a line was refused, for whoever wrote the file.

Every version of a file is taken, each by its own event; the answer has one name for all
of them, and is about the latest. Events come late, more than once and at the same time,
so whoever has answered looks whether a newer version has come meanwhile, whose answer
its own may have taken the place of, and then answers on that one too. So the last that
is written is right, however many write.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from cloud.bucket import Bucket, ObjectInfo, Writer
from ingest.errors import Problem, in_words

T = TypeVar("T")

#: Of an answer that has an error a line.
CONTENT_TYPE: Final = "application/x-ndjson"

#: Name of the metadata that says which version of a file an answer is about.
_ABOUT: Final = "about"


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


def of_problem(problem: Problem, line: int) -> LineError:
    """A problem in words, for the operator and for connectors."""
    told = in_words(problem, "en")
    return LineError(line, told.code, f"{told.message} {told.remedy}")


@dataclass(frozen=True, kw_only=True)
class Answers(Generic[T]):
    """Answers on the files of one name.

    Attributes:
        key: of the answer.
        content_type: of the answer.
        read: reads a version of the file, writes the answer on the way, and gives what it says.
    """

    bucket: Bucket
    key: str
    content_type: str
    read: Callable[[ObjectInfo, Writer], Iterable[T]]

    def take(self, file: ObjectInfo, send: Callable[[Iterable[T]], object]) -> int:
        """Send on what a version of the file says, and answer on the latest one.

        A file in which all is good is answered too, so that no answer to an earlier one stays.

        Returns:
            How many bytes the answer on this version has.
        """
        about = ""
        with self._writer(file) as writer:
            send(self.read(file, writer))
            size = writer.size
            if self._is_latest(file):
                writer.close()
                about = file.version
        while (latest := self.bucket.head(file.key)) is not None and latest.version != (about or self._about()):
            with self._writer(latest) as writer:
                # What it says is sent on by its own event.
                deque(self.read(latest, writer), maxlen=0)
                writer.close()
            about = latest.version
        return size

    def _writer(self, file: ObjectInfo) -> Writer:
        return self.bucket.writer(self.key, content_type=self.content_type, metadata={_ABOUT: file.version})

    def _is_latest(self, file: ObjectInfo) -> bool:
        latest = self.bucket.head(file.key)
        return latest is None or latest.version == file.version

    def _about(self) -> str:
        """The version that the answer is about; empty where there is none."""
        answer = self.bucket.head(self.key)
        return answer.metadata.get(_ABOUT, "") if answer else ""
