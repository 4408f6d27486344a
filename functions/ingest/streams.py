"""From the bytes of an upload to its lines, in memory that does not grow with it."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ingest.errors import Code, ManifestError, Problem

MIB: Final = 1024**2
MOST_BYTES: Final = 1024 * MIB
MOST_LINE_BYTES: Final = 64 * 1024

_GZIP_MAGIC: Final = b"\x1f\x8b"
#: zlib: any window, gzip header and trailer.
_GZIP_WINDOW: Final = 31
_INFLATED_CHUNK: Final = 256 * 1024


class Hashing:
    """Passes chunks on and hashes them on the way."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._sha256.update(chunk)
            yield chunk

    def hexdigest(self) -> str:
        """SHA-256 of what was passed on so far."""
        return self._sha256.hexdigest()


def inflated(chunks: Iterable[bytes], most: int = MOST_BYTES) -> Iterator[bytes]:
    """The chunks, unzipped where they begin as gzip does, whatever the object is called.

    Args:
        chunks: of the object.
        most: how many bytes there may be when unzipped, in whole MiB.

    Raises:
        ManifestError: damaged gzip, or more bytes than that.
    """
    iterator = iter(chunks)
    # The magic may be cut by a chunk's end.
    start = b""
    for chunk in iterator:
        start += chunk
        if len(start) >= len(_GZIP_MAGIC):
            break
    whole = chain([start], iterator)
    return _limited(_gunzip(whole) if start.startswith(_GZIP_MAGIC) else whole, most)


def _limited(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise ManifestError(Problem(Code.MANIFEST_TOO_LARGE, facts={"limit": most // MIB}))
        yield chunk


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unzip in pieces of bounded size, so that a bomb is met by the limit and not by memory."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        data = chunk
        while data:
            if inflater.eof:
                # A gzip file may have several members: files joined end to end.
                inflater = zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield inflater.decompress(data, _INFLATED_CHUNK)
            except zlib.error as error:
                raise ManifestError(Problem(Code.MANIFEST_GZIP_BROKEN)) from error
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise ManifestError(Problem(Code.MANIFEST_GZIP_BROKEN))


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The physical lines, without their line ends LF or CRLF.

    Raises:
        ManifestError: a line of more than 64 KiB.
    """
    rest = b""
    number = 0
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        for line in whole:
            number += 1
            if len(line) > MOST_LINE_BYTES:
                raise _too_large(number)
            yield line[:-1] if line.endswith(b"\r") else line
        if len(rest) > MOST_LINE_BYTES:
            raise _too_large(number + 1)
    if rest:
        yield rest.removesuffix(b"\r")


def _too_large(number: int) -> ManifestError:
    return ManifestError(Problem(Code.ROW_TOO_LARGE, facts={"limit": MOST_LINE_BYTES // 1024}), number)
