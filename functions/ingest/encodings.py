"""What a text file is written in: UTF-8 or Windows-1252, or something that is no manifest."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ingest.errors import Code, ManifestError, Problem

_UTF8: Final = "utf-8"
_WINDOWS: Final = "cp1252"
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
#: ZIP (xlsx, ods) and OLE2 (xls).
_SPREADSHEET_MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_HEAD_BYTES: Final = 1024

_MIXED: Final = Problem(Code.ENCODING_MIXED)


def text_only(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks without a byte order mark, once their beginning was found to be text.

    Raises:
        ManifestError: nothing at all, UTF-16, a spreadsheet, or another binary file.
    """
    iterator = iter(chunks)
    head = b""
    for chunk in iterator:
        head += chunk
        if len(head) >= _HEAD_BYTES:
            break
    code = _no_text(head)
    if code is not None:
        raise ManifestError(Problem(code))
    return chain([head.removeprefix(_UTF8_BOM)], iterator)


def _no_text(head: bytes) -> Code | None:
    start = head[:_HEAD_BYTES]
    if not head:
        return Code.MANIFEST_EMPTY
    if start.startswith(_SPREADSHEET_MAGICS):
        return Code.MANIFEST_SPREADSHEET
    nuls = start.count(0)
    # ASCII as UTF-16 has a NUL in every other place, with or without byte order mark.
    is_every_other = nuls > len(start) // 4 and 0 in (start[::2].count(0), start[1::2].count(0))
    if start.startswith(_UTF16_BOMS) or is_every_other:
        return Code.MANIFEST_UTF16
    if nuls or start.startswith(b"%PDF-"):
        return Code.MANIFEST_BINARY
    return None


class Decoder:
    """Decodes lines; the first line that is not ASCII decides between UTF-8 and Windows-1252."""

    def __init__(self) -> None:
        self._encoding = ""

    def decode(self, line: bytes) -> tuple[str, Problem | None]:
        """A line's text, and a problem where it is not in the encoding of the lines before.

        Text that comes with a problem is a reading for the sender to recognise the line by.
        """
        if line.isascii():
            return line.decode("ascii"), None
        if not self._encoding:
            self._encoding = _UTF8 if _is(line, _UTF8) else _WINDOWS
        if self._encoding == _UTF8:
            try:
                return line.decode(_UTF8), None
            except UnicodeDecodeError:
                return line.decode(_WINDOWS, "replace"), _MIXED
        # Text in Windows-1252 is all but never valid UTF-8 by chance.
        if _is(line, _UTF8):
            return line.decode(_UTF8), _MIXED
        try:
            return line.decode(_WINDOWS), None
        except UnicodeDecodeError:
            return line.decode(_WINDOWS, "replace"), _MIXED


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
