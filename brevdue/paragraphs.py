"""Plain text of a readable width, for what people print or send on."""

from textwrap import fill
from typing import Final

_WIDTH: Final = 96


def wrapped(text: str, indent: str = "", first: str = "") -> str:
    """A paragraph, its first line behind `first` where that is given; long words and numbers stay whole."""
    return fill(
        text,
        _WIDTH,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def item(text: str, indent: str = "  ") -> str:
    """An item of a list."""
    return wrapped(text, f"{indent}  ", f"{indent}- ")
