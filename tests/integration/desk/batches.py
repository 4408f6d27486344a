"""Batches as senders have them on disk, and senders who may use nothing but what is theirs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.integration.ingest.conftest import manifest_text, row
from tests.support import pdfs
from tests.support.office import START

PDF = pdfs.document(pdfs.A4)
REAL: Any = BaseClient._make_api_call  # type: ignore[attr-defined] # every call of every client

#: What a sender may do, under which of its prefixes.
RIGHTS = {
    "PutObject": {"inbox", "enrolments"},
    "GetObject": {"inbox", "receipts", "enrolments"},
    "HeadObject": {"inbox", "receipts", "enrolments"},
    "ListObjectsV2": {"inbox", "receipts", "enrolments"},
}

Call = tuple[str, str]


def write(folder: Path, *rows: dict[str, str], name: str = "manifest.csv") -> Path:
    """Write a batch of these rows, with a document for each, as it was before the office opened."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for one in rows:
        (documents / one["document"]).write_bytes(PDF)
    (folder / name).write_text(manifest_text(rows), encoding="utf-8")
    for file in (folder / name, *documents.iterdir()):
        written_at(file, START - timedelta(days=1))
    return folder


def rows(number: int) -> list[dict[str, str]]:
    """Good rows of a Norwegian sender."""
    return [row(n) for n in range(1, number + 1)]


def written_at(file: Path, moment: datetime) -> None:
    """Have a file written at a time of the office's clock."""
    os.utime(file, (moment.timestamp(), moment.timestamp()))


@contextmanager
def watched_calls(fail_at: int = 0) -> Iterator[list[Call]]:
    """What is asked of AWS meanwhile: operation and key; the so-manieth upload fails."""
    asked: list[Call] = []
    numbers = count(1)

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        asked.append((operation, params.get("Key", "")))
        if fail_at and operation == "PutObject" and next(numbers) >= fail_at:
            raise ClientError({"Error": {"Code": "InternalError", "Message": "Try later."}}, operation)
        return REAL(self, operation, params)

    with patch.object(BaseClient, "_make_api_call", call):
        yield asked


def puts(asked: list[Call]) -> list[str]:
    """The keys that were put."""
    return [key for operation, key in asked if operation == "PutObject"]


@contextmanager
def rights_of(sender: str) -> Iterator[None]:
    """Nothing but a sender's rights meanwhile, as S3 grants them under prefixes.

    Who may not list the whole bucket is not told that an object is not there.
    """

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        area, _, rest = params.get("Key", params.get("Prefix", "")).partition("/")
        if not (area in RIGHTS.get(operation, ()) and rest.startswith(f"{sender}/")):
            raise denied(operation)
        try:
            return REAL(self, operation, params)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                raise denied(operation) from error
            raise

    with patch.object(BaseClient, "_make_api_call", call):
        yield


def denied(operation: str) -> ClientError:
    code = "403" if operation == "HeadObject" else "AccessDenied"
    return ClientError({"Error": {"Code": code, "Message": "No."}}, operation)
