"""Every file that a sender gets, as agreed."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest

from postal.orders import Answer, OrderAnswers, OrderLine
from postal.reasons import Reason
from postal.senders import Settings
from tests.integration.receipts.world import PREFIX, World
from tests.unit.receipts import samples
from tests.unit.receipts.samples import NOW, refused

GOLDEN = Path(__file__).parent
BY = "2026-11-18T09:15:00Z"
ORDERS = "stop.csv@v1"

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def as_text(files: dict[str, bytes]) -> str:
    """All files, without byte order marks and with the line ends of this repository."""
    parts = []
    for name, data in sorted(files.items()):
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        parts.append(f"== {name}\n{_HASH.sub('<sha256>', text)}")
    return "\n".join(parts)


@pytest.mark.parametrize("disclosure", ["coded", "neutral"])
def test_files_read_as_agreed(world: World, disclosure: Literal["coded", "neutral"]) -> None:
    by = samples.sender(language="en", settings=Settings(disclosure=disclosure))
    batch = world.commit(
        [
            samples.letter(1, respond_by=BY),
            refused(2),
            samples.letter(3, respond_by="2026-12-01T11:00:00Z"),
            samples.letter(4, deliver_after="2026-12-24T11:00:00Z"),
            samples.letter(5, recipient=""),
            samples.letter(6),
        ],
        by,
    )
    page = world.sort(0, "HrKwaS")
    world.batches.set_sorted(batch, samples.SORTED_AT)
    world.deliver(page, Reason.REGISTERED_IN_EBOKS, 1, "3", samples.DELIVERED_AT)
    error = "No letter of the batch has this reference. Write it as in the manifest."
    world.order(
        ORDERS,
        OrderLine(line=2, order="recall", reference="ref-3", until="", row=3),
        OrderLine(line=3, order="extend", reference="ref-1", until="31-01-2027", row=1),
        OrderLine(line=4, order="recall", reference="@ref", until="", error=error),
    )
    world.order("stop-all.csv@v1", OrderLine(line=2, order="recall", reference="", until=""))
    world.answer(page, ORDERS, 2, OrderAnswers(lines={"2": Answer.TOO_LATE}))
    world.answer(page, "stop-all.csv@v1", 2, OrderAnswers(letters={"2": {Answer.DONE: 3, Answer.TOO_LATE: 2}}))
    world.run(NOW, world.arm(NOW))
    files = world.files()
    # The page is held by tests of its own.
    report = files.pop("report.html")
    assert json.loads(files["summary.json"])["files"]["report.html"] == sha256(report).hexdigest()
    content_type = world.s3.head_object(Bucket=world.name, Key=f"{PREFIX}report.html")["ContentType"]
    assert content_type == "text/html; charset=utf-8"
    golden = GOLDEN / f"{disclosure}.golden.txt"
    assert as_text(files) == golden.read_text(encoding="utf-8")
