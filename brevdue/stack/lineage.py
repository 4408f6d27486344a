"""Lambda's recursive loop detection, as far as queues carry a chain of requests.

On AWS the X-Ray header of a message says how often each function was invoked in the chain that led to it.
boto3 passes it on with what an invocation sends, and Lambda stops a function that its chain has invoked about
16 times (AWS Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops").

Here the lineage of a message is kept beside it, by the message's id. S3 carries it too on AWS. This does not: no
function that a message leads to writes where the bucket has a queue told of it, as tests/contract/test_loops.py holds.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

#: How often one chain of requests may invoke a function. AWS says "approximately".
MOST_INVOCATIONS: Final = 16

#: How often a chain of requests has invoked each function.
Chain = Mapping[str, int]

_NEW: Final[Chain] = MappingProxyType({})


class Lineage:
    """From which chain of requests each message comes.

    Args:
        may_loop: the functions that one chain may invoke without end.

    Attributes:
        deepest: how often the longest chain so far has invoked each function.
        stopped: the functions that were not invoked, one entry an invocation, oldest first.
    """

    def __init__(self, may_loop: Collection[str]) -> None:
        self._may_loop = may_loop
        self.deepest: dict[str, int] = {}
        self.stopped: list[str] = []
        self._chains: dict[str, Chain] = {}

    def chain(self, function: str, messages: Iterable[str] = ()) -> Chain:
        """The chain of an invocation: all that led to its messages, and itself.

        Args:
            function: which is to be invoked.
            messages: ids of the messages that it gets; none where nothing but its own event led to it.
        """
        chain: dict[str, int] = {}
        for message in messages:
            for name, count in self._chains.get(message, _NEW).items():
                chain[name] = max(count, chain.get(name, 0))
        chain[function] = chain.get(function, 0) + 1
        return chain

    def is_stopped(self, function: str, chain: Chain) -> bool:
        """Whether Lambda does not invoke a function that is at the end of this chain."""
        if function in self._may_loop or chain[function] <= MOST_INVOCATIONS:
            return False
        self.stopped.append(function)
        return True

    def invoked(self, chain: Chain, sent: Iterable[str]) -> None:
        """Note an invocation at the end of a chain, and the ids of the messages that it sent."""
        for name, count in chain.items():
            self.deepest[name] = max(count, self.deepest.get(name, 0))
        self._chains.update(dict.fromkeys(sent, chain))

    def handled(self, messages: Iterable[str]) -> None:
        """Forget messages that are deleted."""
        for message in messages:
            self._chains.pop(message, None)

    def reset(self) -> None:
        """Forget everything."""
        self.deepest.clear()
        self.stopped.clear()
        self._chains.clear()
