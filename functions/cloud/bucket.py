"""The bucket: reading by version and range, writing once, writing in parts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import ClientError
from msgspec import Struct

from cloud.errors import LostRaceError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

#: S3's smallest part but for the last.
PART_BYTES: Final = 5 * 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_JSONL: Final = "application/x-ndjson"

_MISSING: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
_PRECONDITION: Final = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})


class ObjectInfo(Struct, frozen=True, kw_only=True):
    """What S3 knows of a version of an object. `etag` is without quotes, `size` in bytes."""

    key: str
    version: str
    size: int
    etag: str
    modified_at: datetime
    metadata: Mapping[str, str] = {}


class ListedVersion(Struct, frozen=True, kw_only=True):
    """The latest version of an object, as a listing shows it."""

    key: str
    version: str
    size: int
    etag: str


class ConflictError(LostRaceError):
    """A conditional write found another state than it asked for."""


def is_missing(error: ClientError) -> bool:
    """Whether S3 says that an object, or a version of it, is not there."""
    return error.response["Error"]["Code"] in _MISSING


def is_conflict(error: ClientError) -> bool:
    """Whether S3 says that a conditional write found another state than it asked for."""
    return error.response["Error"]["Code"] in _PRECONDITION


class Bucket:
    """The one bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def head(self, key: str, version: str = "") -> ObjectInfo | None:
        """What S3 knows of an object, its latest version by default; None where there is none."""
        try:
            answer = self._client.head_object(Bucket=self._name, Key=key, **_version(version))
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return ObjectInfo(
            key=key,
            version=answer["VersionId"],
            size=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            modified_at=answer["LastModified"],
            metadata=answer["Metadata"],
        )

    def list_latest(self, prefix: str, *, after: str) -> tuple[list[ListedVersion], str]:
        """Up to 1,000 versions of objects under a prefix whose keys come after `after`.

        Returns:
            The latest versions among them, deleted objects left out, in key order; and the
            last key up to which the listing is complete, empty where it reached the end.
        """
        answer = self._client.list_object_versions(Bucket=self._name, Prefix=prefix, KeyMarker=after)
        listed = [
            ListedVersion(
                key=version["Key"], version=version["VersionId"], size=version["Size"], etag=version["ETag"].strip('"')
            )
            for version in answer.get("Versions", ())
            if version["IsLatest"]
        ]
        return listed, answer.get("NextKeyMarker", "") if answer["IsTruncated"] else ""

    def stream(self, key: str, version: str) -> Iterator[bytes]:
        """The bytes of a version, in chunks, read as they are asked for."""
        body = self._client.get_object(Bucket=self._name, Key=key, VersionId=version)["Body"]
        try:
            yield from body.iter_chunks(_CHUNK_BYTES)
        finally:
            body.close()

    def stream_lines(self, key: str, version: str) -> Iterator[bytes]:
        """The lines of a version, without their line breaks, read as they are asked for."""
        rest = b""
        for chunk in self.stream(key, version):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        if rest:
            yield rest

    def read(self, key: str, version: str = "") -> bytes:
        """All bytes of a small object, its latest version by default."""
        return self._client.get_object(Bucket=self._name, Key=key, **_version(version))["Body"].read()

    def find(self, key: str, version: str) -> bytes | None:
        """All bytes of a version of a small object; None where there is none."""
        try:
            return self.read(key, version)
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def read_range(self, key: str, version: str, first: int, last: int) -> bytes:
        """The bytes from `first` to `last`, both inclusive, of a version."""
        answer = self._client.get_object(Bucket=self._name, Key=key, VersionId=version, Range=f"bytes={first}-{last}")
        return answer["Body"].read()

    def list_keys(self, prefix: str) -> Iterator[str]:
        """The keys under a prefix, in order, page by page as they are asked for."""
        for answer in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
            yield from (entry["Key"] for entry in answer.get("Contents", ()))

    def put(self, key: str, data: bytes, *, content_type: str = _JSONL) -> str:
        """Put an object and return its version."""
        answer = self._client.put_object(Bucket=self._name, Key=key, Body=data, ContentType=content_type)
        return answer["VersionId"]

    def put_new(self, key: str, data: bytes, *, content_type: str = _JSONL) -> bool:
        """Put an object where there is none; whether it was put."""
        try:
            self._client.put_object(Bucket=self._name, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*")
        except ClientError as error:
            if is_conflict(error):
                return False
            raise
        return True

    def writer(
        self,
        key: str,
        *,
        content_type: str = _JSONL,
        metadata: Mapping[str, str] | None = None,
        only_over: str | None = None,
    ) -> "Writer":
        """A writer of an object of any size.

        Args:
            key: the object's key.
            content_type: its media type.
            metadata: its S3 metadata.
            only_over: the ETag that the object must have to be replaced, empty where there
                must be none; None to write over anything.
        """
        condition: dict[str, str] = {}
        if only_over is not None:
            condition = {"IfMatch": f'"{only_over}"'} if only_over else {"IfNoneMatch": "*"}
        return Writer(
            self._client,
            {"Bucket": self._name, "Key": key},
            {"ContentType": content_type, "Metadata": metadata or {}},
            condition,
        )


class Writer:
    """Writes an object piece by piece, in memory that does not grow with it.

    Nothing is visible before `close`; leaving the `with` block without it aborts.
    """

    def __init__(
        self, client: "S3Client", where: Mapping[str, str], what: Mapping[str, object], condition: Mapping[str, str]
    ) -> None:
        # The request parts that its calls share: bucket and key, what the object is, when it may be made.
        self._client = client
        self._where: dict[str, Any] = dict(where)
        self._what: dict[str, Any] = dict(what)
        self._condition: dict[str, Any] = dict(condition)
        self._buffer = bytearray()
        self._upload_id = ""
        self._parts: list[CompletedPartTypeDef] = []
        self._closed = False
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._buffer += data
        self.size += len(data)
        if len(self._buffer) >= PART_BYTES:
            self._send_part()

    def close(self) -> str:
        """Make the object and return its version.

        Raises:
            ConflictError: the object is not in the state that the writer was made for.
        """
        try:
            version = self._finish()
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError(self._where["Key"]) from error
            raise
        self._closed = True
        return version

    def _finish(self) -> str:
        if not self._upload_id:
            put = self._client.put_object(Body=bytes(self._buffer), **self._where, **self._what, **self._condition)
            return put["VersionId"]
        if self._buffer:
            self._send_part()
        completed = self._client.complete_multipart_upload(
            UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}, **self._where, **self._condition
        )
        return completed["VersionId"]

    def abort(self) -> None:
        """Drop what was written."""
        self._closed = True
        if self._upload_id:
            self._client.abort_multipart_upload(UploadId=self._upload_id, **self._where)
            self._upload_id = ""

    def _send_part(self) -> None:
        if not self._upload_id:
            self._upload_id = self._client.create_multipart_upload(**self._where, **self._what)["UploadId"]
        number = len(self._parts) + 1
        answer = self._client.upload_part(
            UploadId=self._upload_id, PartNumber=number, Body=bytes(self._buffer), **self._where
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._buffer.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._closed:
            self.abort()


def _version(version: str) -> dict[str, Any]:
    return {"VersionId": version} if version else {}
