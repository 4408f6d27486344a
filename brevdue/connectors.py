"""Plays the mailboxes: what the connectors of Altinn, Digipost, e-Boks and Digital Post do.

A connector collects the dispatch files that are new under `outbox/{channel}/`, and
answers with files under `tracking/{channel}/`: delivered, refused, later opened.
What it answers to a letter is a function of the seed, the letter and the attempt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

import msgspec

from brevdue.sample.draws import Draws
from cloud.chunks import chunks
from postal.channels import MAILBOXES, Channel
from postal.messages import Event
from postal.times import to_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Each mailbox's own words for a letter that it does not take.
_REFUSALS: Final = {
    Channel.ALTINN: ("RECIPIENT_RESERVED", "RECIPIENT_NOT_FOUND"),
    Channel.DIGIPOST: ("MAILBOX_CLOSED", "UNIDENTIFIED_RECIPIENT"),
    Channel.EBOKS: ("recipient.is.closed", "recipient.not.found"),
    Channel.DIGITAL_POST: ("recipient.is.closed",),
}
_MOST_LINES: Final = 10_000
#: Where the post office says which lines of a tracking file it could not use.
_COMPLAINTS: Final = "_tracking/"


class _Letter(msgspec.Struct, frozen=True):
    """As much of a dispatched letter as a connector needs to answer."""

    letter: str
    attempt: int

    @property
    def row(self) -> int:
        """Its row in the manifest."""
        return int(self.letter.rpartition("/")[2])


class TrackingLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a tracking file."""

    event: Event
    at: str
    dispatch: str = ""
    excepted: list[int] = msgspec.field(name="except", default_factory=list)
    letter: str = ""
    attempt: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the mailboxes and the people behind them behave.

    Attributes:
        refused: the share of letters that a mailbox refuses.
        opened: the share of delivered letters that are opened.
        opened_within: the longest that it takes, for those that are.
    """

    refused: float = 0.02
    opened: float = 0.55
    opened_within: timedelta = timedelta(hours=8)


@dataclass(slots=True)
class Tally:
    """What the connectors have done, in letters."""

    collected: int = 0
    delivered: int = 0
    refused: int = 0
    opened: int = 0


@dataclass(slots=True)
class _Mailbox:
    """What a connector remembers.

    Attributes:
        collected: keys of dispatch files.
        to_open: when letters will be opened, soonest first, each with its id and attempt.
        answers: tracking files written.
    """

    channel: Channel
    collected: set[str] = field(default_factory=set)
    to_open: list[tuple[datetime, str, int]] = field(default_factory=list)
    answers: int = 0


_DECODER: Final = msgspec.json.Decoder(_Letter)
_ENCODER: Final = msgspec.json.Encoder()


class Connectors:
    """The connectors of all mailboxes.

    Args:
        s3: a client for the bucket.
        bucket: its name.
        seed: of all chance.
        habits: of the mailboxes.

    Attributes:
        tally: what they have done so far.
    """

    def __init__(self, s3: "S3Client", bucket: str, seed: int, habits: Habits | None = None) -> None:
        self.tally = Tally()
        self._s3 = s3
        self._bucket = bucket
        self._seed = seed
        self._habits = habits or Habits()
        self._mailboxes = [_Mailbox(channel) for channel in MAILBOXES]

    def play(self, now: datetime) -> bool:
        """Collect what is new, and answer what is to be said by `now`; whether anything was said."""
        said = [self._play(mailbox, now) for mailbox in self._mailboxes]
        return any(said)

    @property
    def to_open(self) -> int:
        """How many letters will be opened in all, of those delivered so far."""
        return self.tally.opened + sum(len(mailbox.to_open) for mailbox in self._mailboxes)

    def complaints(self) -> list[str]:
        """Keys of the files in which the post office says what it could not use."""
        prefixes = [f"outbox/{mailbox.channel}/{_COMPLAINTS}" for mailbox in self._mailboxes]
        # A file in which all was understood has an empty answer.
        return [key for prefix in prefixes for key, size in self._objects(prefix) if size]

    def _play(self, mailbox: _Mailbox, now: datetime) -> bool:
        lines: list[TrackingLine] = []
        for key in self._new(mailbox):
            lines += self._collect(mailbox, key, now)
            mailbox.collected.add(key)
        lines += self._openings(mailbox, now)
        for some in chunks(lines, _MOST_LINES):
            mailbox.answers += 1
            name = f"{now:%Y%m%dT%H%M%S}-{mailbox.answers:06d}.jsonl"
            self._s3.put_object(Bucket=self._bucket, Key=f"tracking/{mailbox.channel}/{name}", Body=tracking_file(some))
        return bool(lines)

    def _collect(self, mailbox: _Mailbox, key: str, now: datetime) -> Iterator[TrackingLine]:
        """The answer to a dispatch file: all of it is delivered, but for the letters that are refused."""
        at = to_text(now)
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        letters = _DECODER.decode_lines(body)
        refused: list[int] = []
        for letter in letters:
            chance = Draws(self._seed, mailbox.channel, letter.letter, letter.attempt)
            if chance.share() < self._habits.refused:
                refused.append(letter.row)
                code = chance.one_of(_REFUSALS[mailbox.channel])
                yield TrackingLine(Event.REFUSED, at, letter=letter.letter, attempt=letter.attempt, code=code)
            elif chance.share() < self._habits.opened:
                opened_at = now + max(0.05, chance.share()) * self._habits.opened_within
                heappush(mailbox.to_open, (opened_at, letter.letter, letter.attempt))
        if len(refused) < len(letters):
            name = key.removeprefix(f"outbox/{mailbox.channel}/").removesuffix(".jsonl")
            yield TrackingLine(Event.DELIVERED, at, dispatch=name, excepted=refused)
        self.tally.collected += len(letters)
        self.tally.refused += len(refused)
        self.tally.delivered += len(letters) - len(refused)

    def _openings(self, mailbox: _Mailbox, now: datetime) -> Iterator[TrackingLine]:
        due: list[tuple[datetime, str, int]] = []
        while mailbox.to_open and mailbox.to_open[0][0] <= now:
            due.append(heappop(mailbox.to_open))
        self.tally.opened += len(due)
        # Letter by letter rather than minute by minute: what belongs together stays together.
        for opened_at, letter, attempt in sorted(due, key=_place):
            yield TrackingLine(Event.OPENED, to_text(opened_at), letter=letter, attempt=attempt)

    def _new(self, mailbox: _Mailbox) -> list[str]:
        """Keys of the dispatch files that were not collected before."""
        prefix = f"outbox/{mailbox.channel}/"
        return [
            key
            for key, _ in self._objects(prefix)
            if key not in mailbox.collected and not key.startswith(f"{prefix}{_COMPLAINTS}")
        ]

    def _objects(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys under a prefix, with their sizes."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                yield found["Key"], found["Size"]


def tracking_file(lines: Iterable[TrackingLine]) -> bytes:
    """A tracking file of these lines."""
    return b"".join(_ENCODER.encode(line) + b"\n" for line in lines)


def _place(opening: tuple[datetime, str, int]) -> tuple[str, int]:
    batch, _, row = opening[1].rpartition("/")
    return batch, int(row)
