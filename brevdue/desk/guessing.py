"""Whose batch it may be, where nobody says it: enough to read its rows by."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from brevdue.desk.folders import BatchFolder
from ingest.columns import UnknownColumns
from ingest.errors import ManifestError
from ingest.intake import raw_rows
from ingest.raw import RawRow
from ingest.values import recipient_id
from postal.senders import Country, Regime, Sender

#: Rows that are looked at.
_ENOUGH: Final = 400
_COUNTRIES: Final[tuple[Country, ...]] = ("no", "dk")


def somebody(folder: BatchFolder) -> Sender:
    """A sender without an id, with the default settings, under the regime that the first rows look like.

    Rows that name a consent are a private Danish sender's; else their recipients tell the country.
    """
    rows = list(_first_rows(folder))
    if any("consent" in row.values for row in rows):
        return _of(Regime.DK_PRIVATE)
    counts = Counter(country for row in rows for country in _countries_of(row))
    return _of(Regime.DK_PUBLIC if counts["dk"] > counts["no"] else Regime.NO_PUBLIC)


def _of(regime: Regime) -> Sender:
    return Sender(id="", name="Somebody", regime=regime)


def _first_rows(folder: BatchFolder) -> Iterator[RawRow]:
    with folder.manifest_file.open("rb") as file:
        try:
            yield from islice(raw_rows(folder.manifest_name, file, UnknownColumns()), _ENOUGH)
        except ManifestError:
            # The check says why it cannot be read.
            return


def _countries_of(row: RawRow) -> Iterator[Country]:
    """The countries in which a row's recipient is one: a bare number may be one in both."""
    recipient = row.values.get("recipient", "")
    for country in _COUNTRIES if recipient else ():
        found = recipient_id(recipient, country)
        if isinstance(found, str) and found.startswith(country):
            yield country
