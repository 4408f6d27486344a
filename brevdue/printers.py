"""Plays the printer: what whoever prints for the senders does with the jobs under `print/`.

It takes a job once its `job.json` is there, posts all letters of it at once, and gets
some back days later.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from brevdue.connectors import TrackingLine, tracking_file
from brevdue.sample.draws import Draws
from postal.channels import Channel
from postal.messages import Event
from postal.times import to_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_JOBS: Final = "print/"
_JOB: Final = "job.json"
_COMES_BACK_AFTER: Final = timedelta(days=5)


class Part(msgspec.Struct, frozen=True):
    """A part of a job, as far as a printer needs it to answer."""

    key: str
    dispatch: str


class Job(msgspec.Struct, frozen=True):
    """`job.json`, as far as it is used here."""

    printer: str
    cut_off: str
    letters: int
    sheets: int
    parts: tuple[Part, ...]


class _Letter(msgspec.Struct, frozen=True):
    letter: str
    attempt: int


_LETTERS: Final = msgspec.json.Decoder(_Letter)


class Printers:
    """The printers of all senders.

    Args:
        s3: a client for the bucket.
        bucket: its name.
        seed: of all chance.
        returned: the share of letters that come back as returned mail.

    Attributes:
        jobs: those taken so far, by their folders.
    """

    def __init__(self, s3: "S3Client", bucket: str, seed: int, returned: float = 0.02) -> None:
        self.jobs: dict[str, Job] = {}
        self._s3 = s3
        self._bucket = bucket
        self._seed = seed
        self._returned = returned
        self._to_return: list[tuple[datetime, _Letter]] = []
        self._answers = 0

    def play(self, now: datetime) -> bool:
        """Print what is new, and say what has come back by `now`; whether anything was said."""
        lines = [line for folder in self._new() for line in self._print(folder, now)]
        lines += [
            TrackingLine(Event.RETURNED, to_text(at), letter=letter.letter, attempt=letter.attempt)
            for at, letter in self._to_return
            if at <= now
        ]
        self._to_return = [(at, letter) for at, letter in self._to_return if at > now]
        if lines:
            self._answers += 1
            name = f"{now:%Y%m%dT%H%M%S}-{self._answers:06d}.jsonl"
            self._s3.put_object(Bucket=self._bucket, Key=f"tracking/{Channel.PRINT}/{name}", Body=tracking_file(lines))
        return bool(lines)

    def _print(self, folder: str, now: datetime) -> Iterator[TrackingLine]:
        """The answers to a job: every part of it is posted; some letters will come back."""
        job = msgspec.json.decode(self._read(f"{folder}{_JOB}"), type=Job)
        self.jobs[folder] = job
        for part in job.parts:
            yield TrackingLine(Event.PRINTED, to_text(now), dispatch=part.dispatch)
            letters: list[_Letter] = _LETTERS.decode_lines(self._read(f"{folder}{part.key}"))
            self._to_return += [
                (now + _COMES_BACK_AFTER, letter)
                for letter in letters
                if Draws(self._seed, "comes back", letter.letter).share() < self._returned
            ]

    def _new(self) -> list[str]:
        """The folders of jobs that are closed and not printed yet."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=_JOBS)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        folders = [key.removesuffix(_JOB) for key in keys if key.endswith(f"/{_JOB}")]
        return [folder for folder in folders if folder not in self.jobs]

    def _read(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
