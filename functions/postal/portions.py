"""How many letters leave for print together: as many as one invocation can surely check."""

from collections.abc import Mapping, Sequence
from typing import Final

from postal.letters import Document, Letter

#: A check of a document takes five seconds at the most, so these take seven minutes of the ten that there are.
MOST_DOCUMENTS: Final = 80
#: They are downloaded in seconds.
MOST_BYTES: Final = 200_000_000


def first_portion(rows: Sequence[int], letters: Mapping[int, Letter]) -> list[int]:
    """The first of some rows whose documents together are not too many, and not too large; one row at least.

    Args:
        rows: at least one.
        letters: by row. A document of several letters counts once.
    """
    documents: set[Document] = set()
    for count, row in enumerate(rows):
        documents.update(letters[row].documents)
        is_too_much = len(documents) > MOST_DOCUMENTS or sum(one.size for one in documents) > MOST_BYTES
        if count and is_too_much:
            return list(rows[:count])
    return list(rows)
