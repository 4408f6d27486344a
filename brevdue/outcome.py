"""What came of a run, read from the files that went in and the files that came back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from brevdue.printers import Job
from brevdue.sample.batches import SampleBatch
from postal.status import Status

_LIST: Final = "receipts.jsonl"


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt says, as far as it is counted here."""

    row: int
    reference: str
    status: str
    code: str
    channel: str
    text: str


_DECODER: Final = msgspec.json.Decoder(Receipt)

#: Letters by status and channel.
Cells = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason for which rows were refused, and what the sender reads."""

    code: str
    rows: int
    text: str


@dataclass(slots=True, kw_only=True)
class SenderOutcome:
    """What became of one sender's batch.

    Attributes:
        rows: lines of data in the manifest.
        receipts: lines of the receipt list.
        cells: letters by status and channel.
        refusals: most frequent first.
        silent: rejected rows that do not say why.
        doubled: rows with more than one receipt.
        strange: mistakes that the sample made on purpose and were not found, or others that were.
    """

    id: str
    name: str
    batch: str
    folder: Path
    rows: int
    receipts: int = 0
    cells: Cells = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    silent: int = 0
    doubled: int = 0
    strange: list[str] = field(default_factory=list)

    @property
    def statuses(self) -> dict[str, int]:
        """Letters of each status that any has."""
        return _sums(self.cells, 0)

    @property
    def channels(self) -> dict[str, int]:
        """Letters through each channel that any goes through."""
        return {channel: count for channel, count in _sums(self.cells, 1).items() if channel}

    def problems(self) -> Iterator[str]:
        """What should not be, in sentences."""
        if self.rows != self.receipts or self.doubled:
            yield f"{self.id}: {self.rows} rows and {self.receipts} receipts, {self.doubled} of them twice"
        if self.silent:
            yield f"{self.id}: {self.silent} refused rows do not say why"
        for text in self.strange:
            yield f"{self.id}: {text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What came of something that happened in the register.

    Attributes:
        what: happened, in a sentence.
        before: letters as they were then.
        after: the same letters in the end, or the next ones to the same recipients.
        is_next: whether they are the next ones.
    """

    what: str
    before: Cells
    after: Cells
    is_next: bool

    def problems(self) -> Iterator[str]:
        """What should not be, in sentences."""
        if self.before.total() != self.after.total():
            yield f"{self.what}: {self.before.total()} letters before, and {self.after.total()} after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run.

    Attributes:
        effects: of what happened in the register meanwhile.
        print_jobs: what went on paper, by the folders of the jobs.
        dead_letters: messages in each dead-letter queue that has any.
        failures: what functions raised, and how often; a retry may have made it good.
        refused_calls: AWS calls that a function's role does not allow.
        complaints: tracking and register files of which the post office could not use all lines.
        ingest_peak_mb: the most memory that ingest held, in MiB.
        seconds: from the first call to the last file.
        laps: seconds of each part of the run.
        handled: messages that each function got.
    """

    senders: list[SenderOutcome]
    effects: list[Effect]
    print_jobs: Mapping[str, Job]
    dead_letters: dict[str, int]
    failures: dict[str, int]
    refused_calls: list[str]
    complaints: list[str]
    ingest_peak_mb: float
    seconds: float
    laps: dict[str, float]
    handled: dict[str, int]
    folder: Path

    def problems(self) -> list[str]:
        """What should not be, in sentences; empty for a run that went well."""
        return [
            *(problem for sender in self.senders for problem in sender.problems()),
            *(problem for effect in self.effects for problem in effect.problems()),
            *(f"{count} dead letters in {queue}" for queue, count in self.dead_letters.items()),
            *(f"{what} ({count} times)" for what, count in self.failures.items() if self.dead_letters),
            *(f"a call was not allowed: {call}" for call in dict.fromkeys(self.refused_calls)),
            *(f"the post office did not understand a report: {key}" for key in self.complaints),
        ]

    def as_json(self) -> dict[str, object]:
        """The run in numbers."""
        return {
            "senders": {
                sender.id: {
                    "rows": sender.rows,
                    "receipts": sender.receipts,
                    "statuses": sender.statuses,
                    "channels": sender.channels,
                }
                for sender in self.senders
            },
            "dead_letters": sum(self.dead_letters.values()),
            "seconds": round(self.seconds, 1),
            "folder": str(self.folder),
            "print_jobs": {folder: job.letters for folder, job in self.print_jobs.items()},
            "ingest_peak_mb": round(self.ingest_peak_mb, 1),
        }


def read(folder: Path, batch: SampleBatch) -> SenderOutcome:
    """Read what became of a batch.

    Args:
        folder: with `inbox/` as uploaded and `receipts/` as downloaded.
        batch: to know which mistakes are in it.
    """
    receipts = folder / "receipts" / batch.sender.id / batch.id
    outcome = SenderOutcome(
        id=batch.sender.id,
        name=batch.sender.name,
        batch=batch.id,
        folder=receipts,
        rows=_data_rows(folder / batch.prefix / batch.manifest_name),
    )
    seen: set[int] = set()
    rejected: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for receipt in _receipts(receipts / _LIST):
        outcome.receipts += 1
        outcome.cells[receipt.status, receipt.channel] += 1
        seen.add(receipt.row)
        if receipt.status == Status.REJECTED:
            rejected[receipt.code] += 1
            texts.setdefault(receipt.code, receipt.text)
            outcome.silent += not (receipt.code and receipt.text)
    outcome.doubled = outcome.receipts - len(seen)
    outcome.refusals = [Refusal(code, count, texts[code]) for code, count in rejected.most_common()]
    outcome.strange = list(_strange(batch, rejected))
    return outcome


def decode(receipts: bytes) -> list[Receipt]:
    """The lines of a receipt list."""
    return _DECODER.decode_lines(receipts)


def cells(receipts: Sequence[Receipt], rows: Sequence[int]) -> Cells:
    """How the letters of some rows are counted."""
    wanted = frozenset(rows)
    return Counter((receipt.status, receipt.channel) for receipt in receipts if receipt.row in wanted)


def _strange(batch: SampleBatch, rejected: Counter[str]) -> Iterator[str]:
    for fault, expected in batch.faults().items():
        if rejected[fault] != expected:
            yield f"{expected} rows should be refused with {fault}, but {rejected[fault]} were"


def _data_rows(manifest: Path) -> int:
    """Lines of a manifest that are rows: all, but for the header of a CSV file."""
    with manifest.open("rb") as file:
        lines = sum(1 for line in file if line.strip())
    return lines - 1 if manifest.suffix == ".csv" else lines


def _receipts(file: Path) -> Iterator[Receipt]:
    if file.exists():
        with file.open("rb") as lines:
            yield from map(_DECODER.decode, lines)


def _sums(cells: Cells, place: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for key, count in cells.items():
        sums[key[place]] += count
    return dict(sums.most_common())
