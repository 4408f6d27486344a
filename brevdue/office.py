"""A post office on this machine: the template of this project on the embedded stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from brevdue.operate.senders import put_copy
from brevdue.sample.sample import Sample
from brevdue.stack.stack import Stack, StackClock
from brevdue.stages import Stage, Watch
from cloud.bucket import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOTICES_FROM: Final = "post@brevdue.example"


class Office:
    """A deployed post office, as its operator sees it.

    Attributes:
        stack: it runs.
        s3: a client that may do everything.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.s3: S3Client = stack.client("s3")

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.stack.names["Bucket"]

    def admit(self, sample: Sample, watch: Watch) -> None:
        """Put the sample's senders and its register into the tables, and each sender's own copy of its settings."""
        dynamodb = self.stack.client("dynamodb")
        sample.put_senders(dynamodb, self.stack.names["SendersTable"])
        for sender in sample.senders:
            put_copy(Bucket(self.s3, self.bucket), sender)
        done = 0

        def count(profiles: int) -> None:
            nonlocal done
            done += profiles
            watch.reached(Stage.REGISTER, done)

        watch.expect(Stage.REGISTER, sum(batch.count for batch in sample.batches))
        sample.put_register(dynamodb, self.stack.names["RecipientsTable"], count)
        watch.expect(Stage.REGISTER, done)


@contextmanager
def opened(clock: StackClock, *, log: TextIO, separate: frozenset[str] = frozenset()) -> Iterator[Office]:
    """Deploy the template, until the context ends.

    Args:
        clock: of the office.
        log: where its functions print to.
        separate: short names of functions that run in a process of their own.
    """
    with Stack.deploy(
        template(), clock, parameters={"NoticeEmailFrom": _NOTICES_FROM}, separate=separate, log=log
    ) as stack:
        # What an operator does once: show that the address which notices come from is its own.
        stack.client("sesv2").create_email_identity(EmailIdentity=_NOTICES_FROM)
        yield Office(stack)


def template() -> Path:
    """This project's template.yaml, beside this package in a clone, or in the working directory.

    Raises:
        FileNotFoundError: it is in neither.
    """
    for folder in (Path(__file__).parents[1], Path.cwd()):
        if (folder / "template.yaml").is_file():
            return folder / "template.yaml"
    raise FileNotFoundError("template.yaml is neither beside this package nor in this folder: run it in a clone")
