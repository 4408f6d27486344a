"""What is found of letters: in print jobs, in outboxes, in receipt lists, and in the tables."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postal import keys, pages, status
from postal.letters import letter_id
from postal.rows import decode_page
from postal.status import LetterState
from tests.support.office import Office


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A line of a dispatch file.

    Attributes:
        at: when the file was written.
    """

    channel: str
    attempt: int
    at: datetime
    key: str


@dataclass(slots=True)
class Found:
    """What is found of one letter.

    Attributes:
        state: as the post office derives it; None where it has no such row.
        claimed_at: when a print job took it.
        parts: of print jobs that hold it.
        dispatched: where it left digitally.
        receipts: its lines of the receipt list.
    """

    state: LetterState | None = None
    is_final: bool = False
    has_due_entry: bool = False
    claimed_at: datetime | None = None
    parts: list[str] = field(default_factory=list)
    dispatched: list[Dispatched] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)


class Evidence:
    """All that is found now.

    Args:
        office: where to look.
        batches: `sender/batch` of each batch that was sent.

    Attributes:
        letters: by id; one that is nowhere has an empty one.
        oddities: what no single letter can be blamed for.
    """

    def __init__(self, office: Office, batches: Iterable[str]) -> None:
        self.letters: defaultdict[str, Found] = defaultdict(Found)
        self.oddities: list[str] = []
        self._office = office
        for name in batches:
            self._look_at_batch(*name.split("/"))
        self._look_at_outboxes()
        self._look_at_jobs()
        self._look_at_failures()

    def items(self, id_: str) -> Iterator[str]:
        """What is stored of a letter's page, for a developer to read."""
        sender, batch, row = id_.split("/")
        pk = keys.page_pk(sender, batch, pages.page_of(int(row)))
        for item in self._office.batches_table.query(pk):
            if not item["sk"].startswith("letter#") or item["sk"] == keys.letter_sk(int(row)):
                yield json.dumps({name: item[name] for name in item if name not in {"pk", "page"}}, default=str)

    def _look_at_batch(self, sender: str, name: str) -> None:
        office = self._office
        batch = office.batches.batch(sender, name)
        if batch is None:
            self.oddities.append(f"batch {sender}/{name} was never committed")
            return
        armed = {item["sk"].partition("#")[2] for item in office.due()}
        lines = list(office.bucket.stream_lines(batch.row_file, batch.row_file_version))
        for number in range(pages.page_count(batch.rows)):
            numbers = pages.rows_of(number, batch.rows)
            items = office.batches.page_items(sender, name, number)
            rows = decode_page(b"\n".join(lines[numbers.start - 1 : numbers.stop - 1]))
            for state, row in zip(status.states(items, numbers), rows, strict=True):
                found = self.letters[letter_id(sender, name, row.row)]
                found.state, found.is_final = state, status.is_final(state, row)
                found.has_due_entry = f"{sender}#{name}#{number}{keys.PAGE_DUE}" in armed
                found.claimed_at = items.letters[row.row].claimed_at if row.row in items.letters else None
        self._look_at_receipts(sender, name)

    def _look_at_receipts(self, sender: str, batch: str) -> None:
        key = f"{keys.receipts_prefix(sender, batch)}receipts.jsonl"
        if self._office.bucket.head(key) is None:
            self.oddities.append(f"batch {sender}/{batch} has no receipts")
            return
        for line in self._office.bucket.read(key).splitlines():
            receipt = json.loads(line)
            self.letters[letter_id(sender, batch, receipt["row"])].receipts.append(receipt)

    def _look_at_outboxes(self) -> None:
        for key, at in self._versions("outbox/"):
            _, channel, name = key.split("/", 2)
            if name.startswith("_tracking/"):
                if errors := self._office.bucket.read(key).decode():
                    self.oddities.append(f"a tracking file was not understood: {errors}")
                continue
            for line in self._lines(key):
                dispatched = Dispatched(channel, line["attempt"], at, key)
                self.letters[line["letter"]].dispatched.append(dispatched)

    def _look_at_jobs(self) -> None:
        parts: set[str] = set()
        named: set[str] = set()
        for key, _ in self._versions("print/"):
            if "/parts/" in key:
                parts.add(key)
                for line in self._lines(key):
                    self.letters[line["letter"]].parts.append(key)
            elif key.endswith("/job.json"):
                folder = key.removesuffix("job.json")
                named |= {folder + part["key"] for part in json.loads(self._office.bucket.read(key))["parts"]}
        self.oddities += [f"no job.json names the part {key}" for key in sorted(parts - named)]

    def _look_at_failures(self) -> None:
        stack = self._office.stack
        for queue, bodies in stack.dead_letters().items():
            self.oddities += [f"a dead letter in {queue}: {body}" for body in bodies]
        self.oddities += [f"refused by a role: {refusal}" for refusal in stack.refusals]
        self.oddities += [
            f"{failure.function} failed: {failure.error!r}"
            for failure in stack.failures
            if isinstance(failure.error, Exception)
        ]

    def _lines(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._office.bucket.read(key).splitlines()]

    def _versions(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Every version of every object, so that what was written over counts too."""
        pages_ = self._office.s3.get_paginator("list_object_versions")
        for page in pages_.paginate(Bucket=self._office.bucket_name, Prefix=prefix):
            for found in page.get("Versions", ()):
                yield found["Key"], found["LastModified"]
