"""Pages: rows 400k+1 ... 400k+400 of a row file, always.

The unit of work, of retry and of deadlines. A message names a page; whoever
needs its rows reads the byte range.
"""

from msgspec import Struct

PAGE_SIZE = 400

#: Sets of sorted pages are kept in items of this many pages each.
PAGES_PER_SET = 256


class Page(Struct, frozen=True, kw_only=True):
    """A page of a committed row file.

    Attributes:
        number: counted from 0.
        key, version: of the row file.
        first, last: its byte range, both inclusive.
    """

    sender: str
    batch: str
    number: int
    key: str
    version: str
    first: int
    last: int


def page_of(row: int) -> int:
    """The number of the page that holds a row."""
    return (row - 1) // PAGE_SIZE


def page_count(rows: int) -> int:
    """How many pages that many rows make."""
    return -(-rows // PAGE_SIZE)


def rows_of(number: int, rows: int) -> range:
    """The rows of a page, in a batch of `rows` rows."""
    return range(number * PAGE_SIZE + 1, min((number + 1) * PAGE_SIZE, rows) + 1)


def set_size(set_number: int, pages: int) -> int:
    """How many pages a full set of sorted pages has, in a batch of `pages` pages."""
    return min(PAGES_PER_SET, pages - set_number * PAGES_PER_SET)
