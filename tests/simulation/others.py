"""What mailboxes and printers do: they collect what lies ready for them, and report as the plan has it.

Nothing is drawn here. A report is a line of a tracking file, with what it says of each letter in plain words.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation import workdays
from tests.simulation.happenings import Said
from tests.simulation.plan import Answer, Row, Upload
from tests.support.office import Office

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """A line that a channel uploads at a time.

    Attributes:
        midst: it is uploaded in the midst of what follows, before its n-th call; 0 where it is not.
    """

    at: datetime
    channel: str
    line: Line
    says: tuple[Said, ...]
    midst: int = 0


@dataclass(slots=True)
class Others:
    """All mailboxes and printers.

    Attributes:
        collected: keys of what they have collected.
    """

    office: Office
    rows: Mapping[str, Row]
    uploads: Mapping[str, Upload]
    collected: set[str] = field(default_factory=set)

    def collect(self) -> Iterator[Report]:
        """What will be said of what is new in the outboxes."""
        for key in self._new("outbox/"):
            _, channel, name = key.split("/", 2)
            if not name.startswith("_tracking/"):
                lines = [json.loads(line) for line in self.office.bucket.read(key).splitlines()]
                yield from self._answers(channel, name.removesuffix(".jsonl"), lines)

    def fetch_jobs(self) -> Iterator[Report]:
        """What will be said of print jobs that were closed."""
        for key in self._new("print/"):
            if key.endswith("/job.json"):
                folder = key.removesuffix("job.json")
                for part in json.loads(self.office.bucket.read(key))["parts"]:
                    lines = [json.loads(line) for line in self.office.bucket.read(folder + part["key"]).splitlines()]
                    yield from self._printed(part["dispatch"], lines)

    def _new(self, prefix: str) -> list[str]:
        pages = self.office.s3.get_paginator("list_objects_v2").paginate(Bucket=self.office.bucket_name, Prefix=prefix)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        new = [key for key in keys if key not in self.collected]
        self.collected.update(new)
        return sorted(new)

    # --- mailboxes ---

    def _answers(self, channel: str, name: str, lines: list[Line]) -> Iterator[Report]:
        now = self.office.now
        whole = self.uploads[name.rpartition("/")[0]].whole_answer
        told_together: list[Line] = []
        for line in lines:
            row = self.rows[line["letter"]]
            answer = row.answers[min(line["attempt"], len(row.answers)) - 1]
            if whole is not None and not answer.refuses and not answer.told_after:
                told_together.append(line)
                delivered_at = now + timedelta(minutes=whole)
            else:
                delivered_at = now + timedelta(minutes=answer.after)
                told_at = delivered_at + timedelta(minutes=answer.told_after)
                event = "refused" if answer.refuses else "delivered"
                yield _of_letter(channel, line, event, delivered_at, told_at)
            yield from _more(channel, line, answer, delivered_at)
            if not answer.refuses:
                yield from _openings(channel, line, row, delivered_at)
        if whole is not None and told_together:
            yield _of_dispatch(channel, name, lines, told_together, now + timedelta(minutes=whole))

    # --- printers ---

    def _printed(self, name: str, lines: list[Line]) -> Iterator[Report]:
        """Most letters of a part are confirmed together; refused ones, and every third part, one by one."""
        now = self.office.now
        rows = {line["letter"]: self.rows[line["letter"]] for line in lines}
        first = rows[lines[0]["letter"]]
        alone = first.letter.row % 3 == 0
        together = [line for line in lines if not alone and not rows[line["letter"]].printing.refuses]
        if together:
            at = now + timedelta(minutes=first.printing.after)
            yield _of_dispatch("print", name, lines, together, at, event="printed")
            if first.printing.is_twice:
                yield _of_dispatch("print", name, lines, together, at + timedelta(minutes=77), event="printed")
        for line in lines:
            printing = rows[line["letter"]].printing
            at = now + timedelta(minutes=printing.after)
            if line not in together:
                event = "refused" if printing.refuses else "printed"
                yield _of_letter("print", line, event, at, at)
                if printing.is_twice:
                    yield _of_letter("print", line, event, at, at + timedelta(minutes=33))
            for event, minutes in (("returned", printing.returned_after), ("refused", printing.recants_after)):
                if minutes is not None:
                    at = now + timedelta(minutes=minutes)
                    yield _of_letter("print", line, event, at, at)


def put(office: Office, channel: str, lines: Iterable[Line], number: int) -> None:
    """Upload a tracking file."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    office.s3.put_object(Bucket=office.bucket_name, Key=f"tracking/{channel}/report-{number}.jsonl", Body=body)


def _more(channel: str, line: Line, answer: Answer, at: datetime) -> Iterator[Report]:
    """What a mailbox says besides: the same once more, the contrary, or that nobody could be told."""
    event, contrary = ("refused", "delivered") if answer.refuses else ("delivered", "refused")
    told_at = at + timedelta(minutes=answer.told_after)
    if answer.again_after is not None:
        again_at = told_at + timedelta(minutes=answer.again_after)
        yield _of_letter(channel, line, event, at + timedelta(minutes=1), again_at)
    if answer.contradicts_after is not None:
        later = told_at + timedelta(minutes=answer.contradicts_after + 1)
        yield _of_letter(channel, line, contrary, later, later)
    if answer.notice_fails_after is not None and not answer.refuses:
        failed_at = told_at + timedelta(minutes=answer.notice_fails_after)
        yield _of_letter(channel, line, "notice_failed", max(failed_at, at), max(failed_at, at))


def _openings(channel: str, line: Line, row: Row, delivered_at: datetime) -> Iterator[Report]:
    opening = row.opening
    if opening.when == "never":
        return
    minutes = timedelta(minutes=opening.minutes)
    at = delivered_at + minutes
    if opening.when in {"deadline", "cut_off"}:
        sender = row.letter.sender
        deadline = workdays.deadline(delivered_at, sender.unopened_hours, sender.country, ())
        cut_off = workdays.next_cut_off(deadline, sender.cut_off, sender.country)
        at = (deadline if opening.when == "deadline" else cut_off) + minutes
    told_at = at + timedelta(minutes=opening.told_after)
    yield _of_letter(channel, line, "opened", at, told_at, midst=opening.midst)
    if opening.is_twice:
        yield _of_letter(channel, line, "opened", at, told_at + timedelta(minutes=90))


def _of_letter(channel: str, line: Line, event: str, at: datetime, told_at: datetime, *, midst: int = 0) -> Report:
    said = {"event": event, "letter": line["letter"], "attempt": line["attempt"], "at": at.isoformat()}
    if event == "refused":
        said["code"] = "no_such_recipient"
    says = Said(line["letter"], channel, line["attempt"], event, at)
    return Report(told_at, channel, said, (says,), midst)


def _of_dispatch(
    channel: str, name: str, lines: list[Line], told: list[Line], at: datetime, *, event: str = "delivered"
) -> Report:
    """A line on a whole dispatch, but for the letters of which it says nothing."""
    named = {line["letter"] for line in told}
    rows = [int(line["letter"].rpartition("/")[2]) for line in lines if line["letter"] not in named]
    said = {"event": event, "dispatch": name, "except": rows, "at": at.isoformat()}
    says = tuple(Said(line["letter"], channel, line["attempt"], event, at) for line in told)
    return Report(at, channel, said, says)
