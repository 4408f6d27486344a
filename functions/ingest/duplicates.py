"""Finding references that stand in a manifest twice, with eight bytes a row.

A first pass keeps a digest of each reference and tells at its end which digests came
more than once. Mostly none did. Otherwise a second pass looks at the references of
those digests as they are, so that two references are never taken for one.
"""

from array import array
from collections.abc import Callable
from typing import Final, Protocol

from ingest.errors import Code, ManifestError, Problem

#: References that stand in a manifest more than once, after which it is refused as a whole:
#: the second pass remembers each of them.
MOST_REPEATED: Final = 100_000

#: The digests lie in so many arrays, of which one at a time is looked through.
_SHELVES: Final = 256

#: From a reference to a whole number of 64 bits with sign. `hash` of a text is SipHash,
#: keyed by the process, so nobody can choose references that collide.
Digest = Callable[[str], int]


class References(Protocol):
    """What a pass does with the references of its rows."""

    def earlier(self, reference: str, row: int) -> int:
        """Note a row's reference; an earlier row that is known to have the same, or 0."""

    def repeated(self) -> frozenset[int]:
        """Digests that the pass leaves unsettled, after its end."""


class Digests:
    """The digests of all references of a manifest: the first pass, in which no row is known to repeat another."""

    def __init__(self, digest: Digest = hash) -> None:
        self._digest = digest
        self._shelves = [array("q") for _ in range(_SHELVES)]

    def earlier(self, reference: str, row: int) -> int:  # noqa: ARG002 - one of two kinds of pass
        """Note a reference; which rows share one is not known before the end."""
        digest = self._digest(reference)
        self._shelves[digest % _SHELVES].append(digest)
        return 0

    def repeated(self) -> frozenset[int]:
        """The digests that came more than once.

        Raises:
            ManifestError: there are more than 100,000.
        """
        repeated: set[int] = set()
        for shelf in self._shelves:
            seen: set[int] = set()
            for digest in shelf:
                if digest in seen:
                    repeated.add(digest)
                seen.add(digest)
            if len(repeated) > MOST_REPEATED:
                raise ManifestError(Problem(Code.TOO_MANY_DUPLICATES, facts={"limit": MOST_REPEATED}))
        return frozenset(repeated)


class FirstRows:
    """Where each repeated reference stood first: the second pass, which settles every row."""

    def __init__(self, suspects: frozenset[int], digest: Digest = hash) -> None:
        self._suspects = suspects
        self._digest = digest
        self._first: dict[str, int] = {}

    def earlier(self, reference: str, row: int) -> int:
        """The earlier row with the same reference; 0 where this row is the first."""
        if self._digest(reference) not in self._suspects:
            return 0
        first = self._first.setdefault(reference, row)
        return first if first != row else 0

    def repeated(self) -> frozenset[int]:
        """Nothing is left to settle."""
        return frozenset()
