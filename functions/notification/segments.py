"""How much one SMS holds, counted as the network does.

Source: 3GPP TS 23.038 (GSM 03.38), 6.2.1 and 6.2.1.1: 160 septets of its default alphabet, in
which a character of the extension table takes two; else UCS-2, 70 UTF-16 code units. AWS sends
so too (AWS End User Messaging SMS User Guide, "SMS character limits").
"""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

_MOST_SEPTETS: Final = 160
_MOST_CODE_UNITS: Final = 70

_DEFAULT: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")

#: What joins the character before it and the one after it.
_JOINER: Final = "\u200d"
#: Modifiers of the skin's colour, which belong to the emoji before them.
_MODIFIERS: Final = range(0x1F3FB, 0x1F400)


def is_one_segment(text: str) -> bool:
    """Whether an SMS of this text is one, and billed as one."""
    if _DEFAULT.union(_EXTENSION).issuperset(text):
        return sum(2 if character in _EXTENSION else 1 for character in text) <= _MOST_SEPTETS
    return len(text.encode("utf-16-le")) // 2 <= _MOST_CODE_UNITS


def filled(words: Callable[[str], str], name: str) -> str:
    """Words with as much of a name as one SMS holds, never cut within what is read as one character.

    Args:
        words: the text around a name.
        name: whose; it is put together (NFC) first, for `a` with a ring is `å`, which the alphabet has.
    """
    whole = unicodedata.normalize("NFC", name)
    for end in _ends(whole):
        text = words(whole[:end].rstrip())
        if is_one_segment(text):
            return text
    return words("")


def _ends(text: str) -> Iterator[int]:
    """Where a text may be cut, the end first."""
    yield len(text)
    for end in range(len(text) - 1, 0, -1):
        if not (_belongs_to_the_one_before(text[end]) or text[end - 1] == _JOINER):
            yield end


def _belongs_to_the_one_before(character: str) -> bool:
    return character == _JOINER or unicodedata.category(character).startswith("M") or ord(character) in _MODIFIERS
