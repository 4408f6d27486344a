import csv
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.bucket import ListedVersion, ObjectInfo
from ingest.columns import UnknownColumns
from ingest.documents import Documents
from ingest.duplicates import Digests, FirstRows, References
from ingest.intake import Intake, Tally, raw_rows
from postal import rows
from postal.letters import Address, Letter, RefusedRow
from postal.senders import Sender
from tests.unit.ingest.manifest_texts import GOOD, NORDBY, csv_text, good, jsonl_text, pieces
from tests.unit.ingest.test_documents import TIME

PREFIX = "inbox/nordby/b1/documents/"


class EveryDocument:
    """A bucket in which every document is but those whose name begins so."""

    def __init__(self, missing: str = "missing", empty: str = "empty") -> None:
        self.missing = missing
        self.empty = empty

    def head(self, key: str, version: str = "") -> ObjectInfo | None:
        name = key.rpartition("/")[2]
        if name.startswith(self.missing):
            return None
        size = 0 if name.startswith(self.empty) else 7
        return ObjectInfo(key=key, version="v" + version, size=size, etag="e", modified_at=TIME)

    def list_latest(self, prefix: str, *, after: str) -> tuple[list[ListedVersion], str]:
        # A listing that ends before it answers for anything.
        return [], prefix + after.removeprefix(prefix)


def _take(
    data: bytes,
    name: str = "manifest.csv",
    *,
    sender: Sender = NORDBY,
    references: References | None = None,
    waits: bool = False,
) -> tuple[Tally, bytes]:
    intake = Intake(sender, Documents(EveryDocument(), PREFIX), waits=waits)
    written: list[bytes] = []
    raws = raw_rows(name, pieces(data, 4096), UnknownColumns())
    tally = intake.run(raws, references or Digests(), written.append)
    return tally, b"".join(written)


def _written(data: bytes, name: str = "manifest.csv", **options: Any) -> list[rows.Row]:
    return rows.decode_page(_take(data, name, **options)[1])


# A text that all dialects can carry: what Windows-1252 has, without what no row may hold.
TEXT = st.text("abcÆØÅæøå é€;,\"'|-.0", min_size=1, max_size=12).map(lambda text: "x" + text.strip(" ") + "x")
LETTERS = st.fixed_dictionaries(
    {
        "reference": TEXT,
        "recipient": st.sampled_from(["02013299997", "no-orgnr:991825827", ""]),
        "title": TEXT,
        "document": st.sampled_from(["a.pdf", "mappe/å b.pdf|c.pdf"]),
        "name": TEXT,
        "address_1": TEXT,
        "postal_code": st.sampled_from(["0150", "9999"]),
        "city": TEXT,
        "delivery": st.sampled_from(["", "paper", "digital_or_paper"]),
        "colour": st.sampled_from(["", "ja", "no"]),
        "respond_by": st.sampled_from(["", "2026-12-31", "2026-12-31T12:00:00Z"]),
    }
)
OTHER_NAMES = {"reference": "Referanse", "title": "TITTEL", "name": "Navn", "postal_code": "post nr", "city": "By"}


def _in_csv(manifest: list[dict[str, str]], columns: list[str], draw: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=draw(st.sampled_from(";,")),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    rename = draw(st.booleans())
    writer.writerow([OTHER_NAMES.get(column, column) if rename else column for column in columns])
    writer.writerows([row[column] for column in columns] for row in manifest)
    return out.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252"])))


@given(st.lists(LETTERS, min_size=1, max_size=8), st.data())
def test_a_manifest_means_the_same_in_every_dialect(manifest: list[dict[str, str]], data: Any) -> None:
    expected = _written(jsonl_text(manifest).encode(), "manifest.jsonl")
    columns = data.draw(st.permutations(list(manifest[0])))

    written = _in_csv(manifest, columns, data.draw)
    if data.draw(st.booleans()):
        written = gzip.compress(written)

    assert _written(written) == expected
    for row, read in zip(manifest, expected, strict=True):
        assert isinstance(read, Letter)
        assert (read.reference, read.title) == (row["reference"], row["title"])
        assert [document.path for document in read.documents] == row["document"].split("|")
        assert read.address == Address(
            name=row["name"], lines=(row["address_1"],), postal_code=row["postal_code"], city=row["city"], country="NO"
        )


@given(st.binary(max_size=300), st.sampled_from(["manifest.csv", "manifest.jsonl"]))
def test_whatever_is_uploaded_is_read_or_refused_by_name(data: bytes, name: str) -> None:
    from ingest.errors import ManifestError  # noqa: PLC0415 - of this test alone

    head = csv_text([GOOD]).encode() if name.endswith("csv") else jsonl_text([GOOD]).encode()
    for manifest in (data, head + data):
        try:
            tally, written = _take(manifest, name)
        except ManifestError:
            continue
        assert len(rows.decode_page(written)) == tally.rows


def test_a_bad_row_costs_that_row() -> None:
    manifest = [good(reference=f"F-{n}") for n in range(5)]
    manifest[1]["recipient"] = "123"
    manifest[2]["document"] = "missing.pdf|empty.pdf"

    tally, written = _take(csv_text(manifest).encode())

    read = rows.decode_page(written)
    assert [type(row) for row in read] == [Letter, RefusedRow, RefusedRow, Letter, Letter]
    assert (tally.rows, tally.refused, tally.lacking) == (5, 2, 0)
    refused = read[2]
    assert isinstance(refused, RefusedRow)
    assert [error.code for error in refused.errors] == ["DOCUMENT_MISSING", "DOCUMENT_EMPTY"]
    assert (refused.row, refused.line, refused.reference, refused.cells) == (3, 4, "F-2", manifest[2])
    assert refused.errors[0].message == "“missing.pdf” finnes ikke i batchens mappe documents/."


def test_letters_that_may_still_get_their_documents_are_counted_and_nothing_more_is_written() -> None:
    manifest = [good(reference=f"F-{n}", document=f"{'missing' if n % 2 else 'there'}-{n}.pdf") for n in range(1000)]
    tally, written = _take(csv_text(manifest).encode(), waits=True)
    assert (tally.rows, tally.lacking, tally.refused) == (1000, 500, 0)
    assert tally.missing == [f"missing-{n}.pdf" for n in range(1, 41, 2)]
    assert written == b""


def test_pages_end_where_they_should() -> None:
    manifest = [good(reference=f"F-{n}") for n in range(1001)]
    tally, written = _take(csv_text(manifest).encode())
    starts = [0, *tally.page_ends]
    pages = [rows.decode_page(written[a:b]) for a, b in pairwise(starts)]
    assert [[row.row for row in page] for page in pages] == [
        list(range(1, 401)),
        list(range(401, 801)),
        list(range(801, 1002)),
    ]


def test_a_repeated_reference_costs_the_later_row() -> None:
    manifest = [good(reference=reference) for reference in ("A", "B", "A", "a", "A")]
    manifest[4]["title"] = ""
    data = csv_text(manifest).encode()
    digests = Digests()
    _take(data, references=digests)

    read = _written(data, references=FirstRows(digests.repeated()))

    assert [[error.code for error in row.errors] if isinstance(row, RefusedRow) else [] for row in read] == [
        [],
        [],
        ["DUPLICATE_REFERENCE"],
        [],
        ["VALUE_MISSING", "DUPLICATE_REFERENCE"],
    ]
    assert isinstance(read[2], RefusedRow)
    assert read[2].errors[0].message == "Samme reference står i rad 1, som beholdes."


#: What is wrong with a row but for its reference: nothing, something in it, or its document.
FAULTS = {"": {}, "title": {"title": ""}, "missing": {"document": "missing.pdf"}, "empty": {"document": "empty.pdf"}}


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([*FAULTS])), min_size=1, max_size=12))
def test_only_accepted_rows_hold_their_references(drawn: list[tuple[str, str]]) -> None:
    data = csv_text([good(reference=reference, **FAULTS[fault]) for reference, fault in drawn]).encode()
    digests = Digests()
    _take(data, references=digests)

    read = _written(data, references=FirstRows(digests.repeated()))

    # The plain model: the first row without other errors stands, and later rows name it.
    holders: dict[str, int] = {}
    for (reference, fault), row in zip(drawn, read, strict=True):
        holder = holders.get(reference)
        if not fault and holder is None:
            holders[reference] = row.row
            assert isinstance(row, Letter)
            continue
        assert isinstance(row, RefusedRow)
        told = [error.message for error in row.errors if error.code == "DUPLICATE_REFERENCE"]
        assert told == ([f"Samme reference står i rad {holder}, som beholdes."] if holder else [])
        assert len(row.errors) == len(told) + bool(fault)


def test_a_row_that_waits_for_its_document_holds_no_reference() -> None:
    data = csv_text([good(document="missing.pdf"), good()]).encode()
    digests = Digests()
    tally, _ = _take(data, references=digests, waits=True)
    assert (tally.lacking, tally.refused) == (1, 0)

    # Its document is deleted between two passes.
    tally, _ = _take(data, references=FirstRows(digests.repeated()), waits=True)
    assert (tally.lacking, tally.refused) == (1, 0)


def _manifest_of(count: int) -> Iterator[bytes]:
    head, _, line = csv_text([GOOD]).encode().partition(b"\r\n")
    yield head + b"\r\n"
    for start in range(0, count, 500):
        yield b"".join(line.replace(b"F-1001", b"F-%d" % n) for n in range(start, start + 500))


def _peak(count: int) -> int:
    intake = Intake(NORDBY, Documents(EveryDocument(), PREFIX), waits=False)
    tracemalloc.start()
    raws = raw_rows("manifest.csv", _manifest_of(count), UnknownColumns())
    tally = intake.run(raws, Digests(), lambda _data: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tally.rows, tally.refused) == (count, 0)
    return peak


@pytest.mark.parametrize(("few", "many"), [(2_000, 20_000)])
def test_memory_grows_by_the_digests_alone(few: int, many: int) -> None:
    _peak(500)
    growth = _peak(many) - _peak(few)
    # Eight bytes a row, an eighth ahead of need, and a list of page ends.
    assert growth < (many - few) * 10 + 64 * 1024
