"""Writes the table of a manifest's columns into docs/senders-guide.md. Run by `make docs`."""

from pathlib import Path
from typing import Final

from brevdue.desk import columns

PAGE: Final = Path(__file__).with_name("senders-guide.md")
_BEGIN: Final = "<!-- columns: begin -->"
_END: Final = "<!-- columns: end -->"


def page(text: str) -> str:
    """The guide with the table as the code makes it, instead of what stands between its two marks.

    Raises:
        ValueError: a mark is missing.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{PAGE.name} has no {_BEGIN} with {_END} after it")
    return f"{before}{begin}\n\n{columns.markdown()}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
