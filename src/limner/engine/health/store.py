"""The port to where breakers live, and its form where there is no store."""

from collections.abc import Callable, Mapping
from typing import Protocol

from limner.policy.breaker import CLOSED, Breaker
from limner.policy.pair import Pair

Key = tuple[str, str]
"""A provider's slug and an operation; `WHOLE` for the provider as such."""
WHOLE = ""
Act = Callable[[Pair], Pair]
"""Changes two breakers. Pure: it may run on another thread."""


class BreakerStore(Protocol):
    """Where breakers live. Several processes may share one."""

    async def read(self) -> Mapping[Key, Breaker]:
        """All breakers that are not as they began.

        Raises:
            StoreFailed: it cannot be reached.
        """
        ...

    async def change(self, provider: str, operation: str, act: Act) -> tuple[Pair, Pair]:
        """Change the two breakers before a call in one transaction: of two at once, one sees the other's.

        Returns:
            How they stood, and how they stand.

        Raises:
            StoreFailed: it cannot be reached. Nothing was changed.
        """
        ...


class MemoryBreakers:
    """The breakers of a process that remembers nothing after it ends."""

    def __init__(self) -> None:
        """Begin with all of them closed."""
        self._breakers: dict[Key, Breaker] = {}

    async def read(self) -> Mapping[Key, Breaker]:
        """All that are not as they began."""
        return dict(self._breakers)

    async def change(self, provider: str, operation: str, act: Act) -> tuple[Pair, Pair]:
        """Change two. Nothing else runs meanwhile."""
        whole, part = (provider, WHOLE), (provider, operation)
        before = Pair(self._breakers.get(whole, CLOSED), self._breakers.get(part, CLOSED))
        after = act(before)
        self._breakers[whole], self._breakers[part] = after.both
        return before, after
