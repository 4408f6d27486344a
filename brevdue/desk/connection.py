"""A post office as a sender reaches it: its bucket, under the sender's own prefixes, and nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError
from msgspec import Struct

from brevdue import remote
from brevdue.remote import RemoteError, Where
from cloud.bucket import ConflictError, is_conflict, is_missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: How many uploads there are at a time.
THREADS: Final = 16

#: What is stopped by a line that is down for a moment has to be begun again by hand.
_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=THREADS,
    tcp_keepalive=True,
)
_CHUNK_BYTES: Final = 256 * 1024
_UNCHANGED: Final = "304"


class Object(Struct, frozen=True, kw_only=True):
    """A small object as it was read; `etag` as S3 writes it, with its quotes."""

    data: bytes
    etag: str


class Listed(Struct, frozen=True, kw_only=True):
    """An object as a listing shows it; `name` is its key below what was listed, `size` in bytes."""

    name: str
    size: int
    modified_at: datetime


class Head(Struct, frozen=True, kw_only=True):
    """What S3 knows of the latest version of an object; `etag` as it writes it, with its quotes."""

    version: str
    etag: str
    size: int
    metadata: Mapping[str, str]


class Connection:
    """A bucket, spoken to with the rights of a sender.

    Every call raises RemoteError, which says what to do, where a right is missing or there is no such bucket.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def read(self, key: str, known: Object | None = None) -> Object | None:
        """An object; None where there is none.

        Args:
            key: its key.
            known: as it was read before, which is returned itself where nothing has changed.
        """
        condition: dict[str, Any] = {"IfNoneMatch": known.etag} if known else {}
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=key, **condition)
        except ClientError as error:
            if _code(error) == _UNCHANGED:
                return known
            if is_missing(error) or (remote.is_forbidden(error) and not self._is_there(key)):
                return None
            self._explain(error, key)
            raise
        return Object(data=answer["Body"].read(), etag=answer["ETag"])

    def read_data(self, key: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        found = self.read(key)
        return found.data if found else None

    def _is_there(self, key: str) -> bool:
        """Whether there is an object, which S3 does not tell by a GET to whoever may list some prefixes only."""
        folder, _, name = key.rpartition("/")
        return any(found.name == name for found in self.files(f"{folder}/", name))

    def chunks(self, key: str) -> Iterator[bytes]:
        """The bytes of an object that is there, read as they are asked for."""
        with self._asking(key):
            yield from self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].iter_chunks(_CHUNK_BYTES)

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of an object that is there, without their line breaks."""
        with self._asking(key):
            yield from self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].iter_lines(_CHUNK_BYTES)

    def head(self, key: str) -> Head:
        """What is known of an object that is there."""
        with self._asking(key):
            answer = self._s3.head_object(Bucket=self.bucket, Key=key)
        return Head(
            version=answer.get("VersionId", ""),
            etag=answer["ETag"],
            size=answer["ContentLength"],
            metadata=answer["Metadata"],
        )

    def files(self, folder: str, beginning: str = "") -> Iterator[Listed]:
        """What lies in a folder, which ends in `/`, but not in folders below it; in the order of the names."""
        return self._list(folder, beginning, Delimiter="/")

    def all_below(self, folder: str) -> Iterator[Listed]:
        """What lies in a folder, which ends in `/`, and in folders below it; in the order of the names."""
        return self._list(folder, "")

    def _list(self, folder: str, beginning: str, **options: Any) -> Iterator[Listed]:  # noqa: ANN401 - boto3's own
        with self._asking(folder):
            pages = self._s3.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{folder}{beginning}", **options):
                for found in page.get("Contents", ()):
                    name = found["Key"].removeprefix(folder)
                    yield Listed(name=name, size=found["Size"], modified_at=found["LastModified"])

    def put(
        self, key: str, body: IO[bytes] | bytes, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> str:
        """Put an object, over any that is there, and return its version."""
        return self._put(key, body, content_type, metadata)

    def put_over(
        self, key: str, etag: str, body: IO[bytes] | bytes, content_type: str, metadata: Mapping[str, str]
    ) -> str:
        """Put an object over the one with an ETag, or where there is none if that is empty; return its version.

        Raises:
            ConflictError: there is another, or one is being put.
        """
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            return self._put(key, body, content_type, metadata, **condition)
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError(key) from error
            raise

    def _put(
        self,
        key: str,
        body: IO[bytes] | bytes,
        content_type: str,
        metadata: Mapping[str, str] | None,
        **condition: Any,  # noqa: ANN401 - boto3's own
    ) -> str:
        with self._asking(key):
            answer = self._s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=metadata or {},
                **condition,
            )
        return answer.get("VersionId", "")

    @contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            self._explain(error, key)
            raise

    def _explain(self, error: ClientError, key: str) -> None:
        """Raise RemoteError for what only a sender runs into; `remote.explain` knows the rest."""
        if _code(error) == "NoSuchBucket":
            raise RemoteError(
                f"there is no bucket {self.bucket}: name yours with --bucket or BREVDUE_BUCKET"
            ) from error
        if remote.is_forbidden(error):
            area, sender, *_ = key.split("/")
            raise RemoteError(
                f"the credentials do not allow {error.operation_name} under {area}/{sender}/ of the bucket "
                f"{self.bucket}: use those of the sender {sender}, or ask the operator for the right to put, get and "
                f"list under inbox/{sender}/ and to get and list under receipts/{sender}/"
            ) from error


def connect(where: Where, bucket: str) -> Connection:
    """The post office at a place.

    Args:
        where: it is.
        bucket: its bucket's name, so that nothing but S3 is spoken to; empty to ask the stack for it.

    Raises:
        RemoteError: it is not there, or cannot be reached.
    """
    return Connection(remote.s3_of(where, _CONFIG), bucket or _bucket_of(where))


def _bucket_of(where: Where) -> str:
    try:
        return remote.connect(where).bucket
    except RemoteError as error:
        if remote.is_forbidden(error.__cause__):
            raise RemoteError(
                "the credentials do not allow to ask the stack which bucket it has: "
                "name the bucket with --bucket or BREVDUE_BUCKET; the operator knows it"
            ) from error
        raise


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
