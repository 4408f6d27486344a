"""Finding references that stand in a manifest twice, with eight bytes a row.

Only a row that is accepted holds its reference: the first one without other errors
stands, and every later row is refused naming it. A row that is refused for what
stands in it, or for its documents, keeps nothing from those after it.

A first pass keeps a digest of each reference and tells at its end which digests came
more than once, in accepted rows or not, for documents may come between two passes.
Mostly none did. Otherwise a second pass looks at the references of those digests as
they are, so that two references are never taken for one.
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
    """What a pass does with the references of its rows, in their order."""

    def earlier(self, reference: str) -> int:
        """Note a row's reference; the earlier row that is known to hold it, or 0."""

    def hold(self, reference: str, row: int) -> None:
        """Note that a row is accepted, and holds its reference."""

    def repeated(self) -> frozenset[int]:
        """Digests that the pass leaves unsettled, after its end."""


class Digests:
    """The digests of all references of a manifest: the first pass, in which no row is known to repeat another."""

    def __init__(self, digest: Digest = hash) -> None:
        self._digest = digest
        self._shelves = [array("q") for _ in range(_SHELVES)]

    def earlier(self, reference: str) -> int:
        """Note a reference; which rows share one is not known before the end."""
        digest = self._digest(reference)
        self._shelves[digest % _SHELVES].append(digest)
        return 0

    def hold(self, reference: str, row: int) -> None:
        """Which row holds a reference is settled by the second pass."""

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
    """Which row holds each repeated reference: the second pass, which settles every row."""

    def __init__(self, suspects: frozenset[int], digest: Digest = hash) -> None:
        self._suspects = suspects
        self._digest = digest
        self._holders: dict[str, int] = {}

    def earlier(self, reference: str) -> int:
        """The earlier row that holds the reference; 0 where none does."""
        return self._holders.get(reference, 0)

    def hold(self, reference: str, row: int) -> None:
        """Remember who holds a reference, where others may want it."""
        if self._digest(reference) in self._suspects:
            self._holders[reference] = row

    def repeated(self) -> frozenset[int]:
        """Nothing is left to settle."""
        return frozenset()
