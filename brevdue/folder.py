"""The folder on disk in which a run leaves its files."""

from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MARK: Final = ".brevdue"
_OURS: Final = ("inbox", "receipts", "print")


class StrangeFolderError(Exception):
    """The folder holds something else, which must not be lost."""


def prepare(folder: Path) -> None:
    """Make the folder, or empty it of what an earlier run left.

    Raises:
        StrangeFolderError: it is no folder, or holds files that no run left there.
    """
    if folder.exists() and not folder.is_dir():
        raise StrangeFolderError(f"{folder} is a file")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise StrangeFolderError(f"{folder} holds other files; name an empty folder with --folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    for name in _OURS:
        if (folder / name).exists():
            rmtree(folder / name)


def download(s3: "S3Client", bucket: str, prefix: str, folder: Path) -> int:
    """Download all objects under a prefix, to where their keys say; how many they were."""
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            file = folder / found["Key"]
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as target:
                s3.download_fileobj(bucket, found["Key"], target)
            count += 1
    return count
