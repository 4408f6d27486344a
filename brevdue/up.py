"""Serves the post office on loopback, for any AWS client."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from os import devnull
from pathlib import Path
from threading import Event, Thread
from typing import Final

from brevdue import folder as folders
from brevdue.connectors import Connectors, Habits
from brevdue.office import Office, opened
from brevdue.printers import Printers
from brevdue.remote import LOOPBACK_KEYS
from brevdue.sample.sample import Sample
from brevdue.stack.clock import StackClock
from brevdue.stack.server import serve
from brevdue.stack.stack import REGION
from brevdue.stages import Nobody

#: Nobody watches for hours: letters are opened within minutes.
_HABITS: Final = Habits(opened_within=timedelta(minutes=3))
_OTHERS_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How to reach the post office.

    Attributes:
        batches: folders of the sample's batches, as they lie on disk and belong in the bucket.
    """

    endpoint: str
    region: str
    bucket: str
    access_key_id: str
    secret_access_key: str
    batches: list[str]

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What to serve.

    Attributes:
        port: on loopback; 0 for a free one.
        rows: letters of the sample, 0 for no sample.
        seed: of all chance.
        folder: where the sample's batches are written.
        connectors: whether the mailboxes and the printers answer by themselves.
        speed: how many times as fast as real time the post office's clock runs.
        log: what the functions print goes there.
    """

    port: int
    rows: int
    seed: int
    folder: Path
    connectors: bool
    speed: int
    log: Path | None


def run(wishes: Wishes, ready: Callable[[Address], None], stop: Event | None = None) -> None:
    """Serve until Ctrl-C, or until `stop` is set.

    Args:
        wishes: what to serve.
        ready: called when it listens.
        stop: ends it from another thread.

    Raises:
        StrangeFolderError: the folder holds something else.
        OSError: the port is taken.
    """
    if wishes.rows:
        folders.prepare(wishes.folder)
    with (
        Path(wishes.log or devnull).open("a", encoding="utf-8") as log,
        opened(StackClock.real(wishes.speed), log=log) as office,
    ):
        batches = _sample(office, wishes) if wishes.rows else []

        def tell(endpoint: str) -> None:
            key, secret = LOOPBACK_KEYS
            ready(
                Address(
                    endpoint=endpoint,
                    region=REGION,
                    bucket=office.bucket,
                    access_key_id=key,
                    secret_access_key=secret,
                    batches=batches,
                )
            )

        others = (
            Connectors(office.s3, office.bucket, wishes.seed, _HABITS),
            Printers(office.s3, office.bucket, wishes.seed),
        )
        with _Playing(others, office) if wishes.connectors else nullcontext():
            serve(office.stack, wishes.port, ready=tell, stop=stop)


def _sample(office: Office, wishes: Wishes) -> list[str]:
    """Put the sample's senders and register into the tables, and its batches on disk; where they lie."""
    sample = Sample(wishes.rows, wishes.seed, datetime.now(UTC), hurried=True)
    office.admit(sample, Nobody())
    return [str(batch.write(wishes.folder)) for batch in sample.batches]


class _Playing:
    """The mailboxes and the printers at work in a thread of their own, in a `with` block."""

    def __init__(self, others: tuple[Connectors | Printers, ...], office: Office) -> None:
        self._others = others
        self._clock = office.stack.clock
        self._stop = Event()
        self._thread = Thread(target=self._play, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _play(self) -> None:
        while not self._stop.wait(_OTHERS_EVERY_S):
            for other in self._others:
                other.play(self._clock.now())
