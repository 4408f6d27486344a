"""Manifests for tests: good rows, and ways to write them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.checks import Checked, check, ground_of
from ingest.columns import UnknownColumns
from ingest.errors import Code, ManifestError
from ingest.intake import raw_rows
from ingest.raw import RawRow
from postal.senders import Regime, Sender, Settings

NORDBY = Sender(id="nordby", name="Nordby kommune", regime=Regime.NO_PUBLIC, languages=("nb",))
HAVBLIK = Sender(
    id="havblik",
    name="Havblik",
    regime=Regime.DK_PRIVATE,
    languages=("da",),
    settings=Settings(fallback="return"),
)

GOOD = {
    "reference": "F-1001",
    "recipient": "02013299997",
    "title": "Vedtak om barnehageplass",
    "document": "vedtak-1001.pdf",
    "name": "Kari Eksempel",
    "address_1": "Storgata 1",
    "postal_code": "0150",
    "city": "Oslo",
}


def good(**changes: str | None) -> dict[str, str]:
    """A good Norwegian row with changes; None takes a column away."""
    return {column: value for column, value in {**GOOD, **changes}.items() if value is not None}


def csv_text(rows: Sequence[Mapping[str, str]], delimiter: str = ";") -> str:
    """Rows as the plainest CSV, unquoted."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return "".join(delimiter.join(line) + "\r\n" for line in lines)


def jsonl_text(rows: Iterable[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def pieces(data: bytes, size: int = 37) -> Iterator[bytes]:
    """Data in small chunks, so that every boundary is met."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(data: bytes | str, name: str = "manifest.csv", unknown: UnknownColumns | None = None) -> list[RawRow]:
    encoded = data.encode() if isinstance(data, str) else data
    return list(raw_rows(name, pieces(encoded), unknown or UnknownColumns()))


def refusal(data: bytes | str, name: str = "manifest.csv") -> ManifestError:
    """The error by which a manifest is refused as a whole."""
    try:
        read(data, name)
    except ManifestError as error:
        return error
    raise AssertionError("the manifest was not refused")


def checked(data: bytes | str, sender: Sender = NORDBY, name: str = "manifest.csv") -> list[Checked]:
    return [check(raw, ground_of(sender)) for raw in read(data, name)]


def codes(row: Mapping[str, str], sender: Sender = NORDBY) -> list[Code]:
    """What is wrong with one row."""
    raw = RawRow(1, 2, dict(row), tuple(row), tuple(row.values()))
    return [problem.code for problem in check(raw, ground_of(sender)).problems]
