"""The documents of a page are checked with a few in memory at once."""

import threading
import time
from typing import TYPE_CHECKING, cast

import pytest

from cloud.errors import OutOfTimeError
from fallback import pdfs
from fallback.printing import Printing
from postal.batches import Batch
from postal.letters import Document
from tests.support.office import NORWEGIAN, START
from tests.support.times import NONE, PLENTY

if TYPE_CHECKING:
    from cloud.batches import Batches
    from cloud.bucket import Bucket
    from cloud.print_jobs import PrintJobs
    from cloud.queues import Queue
    from cloud.recipients import Recipients

DOCUMENTS = [Document(path=f"{n}.pdf", version="v", size=1_000_000, etag="e") for n in range(40)]
BATCH = Batch(
    id="b1",
    sender=NORWEGIAN,
    row_file="",
    row_file_version="",
    manifest="",
    manifest_version="",
    manifest_sha256="",
    rows=40,
    refused_rows=0,
    accepted_at=START,
)


class Downloads:
    """A bucket that counts the documents that were downloaded, and not checked yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.unchecked = self.most = 0

    def find(self, _key: str, _version: str) -> bytes:
        with self._lock:
            self.unchecked += 1
            self.most = max(self.most, self.unchecked)
        return b""

    def check(self, _content: bytes) -> pdfs.Pdf:
        time.sleep(0.005)
        with self._lock:
            self.unchecked -= 1
        return pdfs.Pdf(pages=1)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    found = Downloads()
    monkeypatch.setattr(pdfs, "check", found.check)
    return found


@pytest.fixture
def printing(downloads: Downloads) -> Printing:
    nothing = object()
    return Printing(
        bucket=cast("Bucket", downloads),
        batches=cast("Batches", nothing),
        recipients=cast("Recipients", nothing),
        jobs=cast("PrintJobs", nothing),
        pages=cast("Queue", nothing),
    )


def test_a_few_documents_are_in_memory_at_once_however_slow_the_check_is(
    printing: Printing, downloads: Downloads
) -> None:
    found = printing._look_at(BATCH, DOCUMENTS, PLENTY)

    assert found == dict.fromkeys(DOCUMENTS, pdfs.Pdf(pages=1))
    assert downloads.most <= 4


def test_no_document_is_checked_without_time_for_it(printing: Printing, downloads: Downloads) -> None:
    with pytest.raises(OutOfTimeError):
        printing._look_at(BATCH, DOCUMENTS, NONE)

    assert downloads.unchecked <= 4
