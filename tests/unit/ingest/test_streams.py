import gzip
import hashlib
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import Code, ManifestError
from ingest.streams import MIB, MOST_BYTES, Hashing, inflated, lines
from tests.unit.ingest.manifest_texts import pieces


def _bomb(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1024 * 1024)
    for _ in range(size // len(block)):
        yield packer.compress(block)
    yield packer.flush()


def test_a_gzip_bomb_meets_the_limit_and_not_the_memory() -> None:
    packed = b"".join(_bomb(128 * 1024 * 1024))
    tracemalloc.start()
    with pytest.raises(ManifestError) as raised:
        for _ in inflated([packed], 64 * MIB):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raised.value.problem.code is Code.MANIFEST_TOO_LARGE
    assert raised.value.problem.facts == {"limit": 64}
    assert peak < 2 * 1024 * 1024


def test_a_bomb_of_one_line_is_refused_at_its_first_line() -> None:
    with pytest.raises(ManifestError) as raised:
        list(lines(inflated([b"".join(_bomb(4 * 1024 * 1024))])))
    assert raised.value.problem.code is Code.ROW_TOO_LARGE


def test_the_limit_is_one_gib() -> None:
    assert MOST_BYTES == 1024 * MIB == 2**30


@given(st.binary(max_size=500), st.integers(1, 20))
def test_gzip_is_told_by_its_beginning_and_other_bytes_pass(data: bytes, size: int) -> None:
    assert b"".join(inflated(pieces(gzip.compress(data), size))) == data
    if not data.startswith(b"\x1f\x8b"):
        assert b"".join(inflated(pieces(data, size))) == data


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r"))), st.integers(1, 9))
def test_lines_are_found_at_every_boundary(expected: list[bytes], size: int) -> None:
    data = b"\r\n".join([*expected, b""])
    assert list(lines(pieces(data, size))) == expected


def test_the_number_of_a_line_that_is_too_long_is_told() -> None:
    with pytest.raises(ManifestError) as raised:
        list(lines([b"a\nb\n" + b"x" * 70_000]))
    assert raised.value.line == 3


def test_hashing_is_of_the_bytes_as_uploaded() -> None:
    data = gzip.compress(b"a\nb\n")
    hashing = Hashing(pieces(data, 3))
    assert list(lines(inflated(hashing))) == [b"a", b"b"]
    assert hashing.hexdigest() == hashlib.sha256(data).hexdigest()
