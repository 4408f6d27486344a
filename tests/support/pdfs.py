"""PDFs written by hand, object by object: with a table of objects, or with everything packed into streams."""

import zlib
from collections.abc import Mapping

A4 = b"/MediaBox [0 0 595.28 841.89]"


def written(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF 1.4 of numbered objects, of which 1 is the catalogue.

    Args:
        objects: by number.
        trailer: entries besides the size and the catalogue.
    """
    data, offsets = _laid_out(b"%PDF-1.4\n", objects)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(offsets.items()))
    return data + (
        b"xref\n0 1\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, max(offsets) + 1, trailer, len(data))
    )


def document(*pages: bytes, tree: bytes = b"", count: int | None = None) -> bytes:
    """A PDF of pages, by the entries of each.

    Args:
        pages: such as `A4`.
        tree: entries of the page tree, which its pages inherit.
        count: that the page tree claims; by default the right one.
    """
    return written(_objects(pages, tree, count))


def packed(*pages: bytes) -> bytes:
    """A PDF 1.7 whose objects and table are compressed streams."""
    objects = _objects(pages, b"", None)
    bodies = list(objects.values())
    places = [sum(len(body) + 1 for body in bodies[:n]) for n in range(len(bodies))]
    head = b"".join(b"%d %d " % (number, place) for number, place in zip(objects, places, strict=True))
    holder, table = max(objects) + 1, max(objects) + 2
    data, offsets = _laid_out(
        b"%PDF-1.7\n",
        {
            holder: stream(
                b"/Type /ObjStm /N %d /First %d" % (len(objects), len(head)), head + b" ".join(bodies), is_packed=True
            )
        },
    )
    entries = b"".join(
        [
            *(_entry(2, holder, n) for n in range(len(objects))),
            _entry(1, offsets[holder], 0),
            _entry(1, len(data), 0),
        ]
    )
    kind = b"/Type /XRef /Size %d /Index [1 %d] /W [1 4 2] /Root 1 0 R" % (table + 1, table)
    startxref = len(data)
    data, _ = _laid_out(data, {table: stream(kind, entries, is_packed=True)})
    return data + b"startxref\n%d\n%%%%EOF\n" % startxref


def stream(entries: bytes, content: bytes, *, is_packed: bool = False) -> bytes:
    """The body of a stream object."""
    if is_packed:
        entries, content = entries + b" /Filter /FlateDecode", zlib.compress(content, 9)
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _objects(pages: tuple[bytes, ...], tree: bytes, count: int | None) -> dict[int, bytes]:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, len(pages) + 3))
    total = len(pages) if count is None else count
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count %d /Kids [%s] %s >>" % (total, kids, tree),
        **{number: b"<< /Type /Page /Parent 2 0 R %s >>" % page for number, page in enumerate(pages, 3)},
    }


def _laid_out(data: bytes, objects: Mapping[int, bytes]) -> tuple[bytes, dict[int, int]]:
    """The objects behind the data, and where each begins."""
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return data, offsets


def _entry(kind: int, first: int, second: int) -> bytes:
    return kind.to_bytes(1, "big") + first.to_bytes(4, "big") + second.to_bytes(2, "big")
