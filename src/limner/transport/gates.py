"""How many calls of one credential are under way at once. Those who wait are served in order."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager

from limner.transport.faults import NotSent


class Gates:
    """One gate for each credential, for as long as somebody is in it or before it."""

    def __init__(self) -> None:
        """Start with no gate."""
        self._gates: dict[Hashable, _Gate] = {}

    @asynccontextmanager
    async def turn(
        self, key: Hashable, *, width: int, patience: float, host: str
    ) -> AsyncGenerator[None, None]:
        """Wait for a turn and hold it.

        Args:
            key: whose gate.
            width: how many may be inside at once; that of the first who comes counts.
            patience: seconds to wait at most.
            host: for the error.

        Raises:
            NotSent: no turn came in time.
        """
        gate = self._gates.setdefault(key, _Gate(width))
        gate.users += 1
        try:
            try:
                async with asyncio.timeout(patience):
                    await gate.slots.acquire()
            except TimeoutError:
                raise NotSent("pool", host=host, detail=f"waited {patience:g} s") from None
            try:
                yield
            finally:
                gate.slots.release()
        finally:
            gate.users -= 1
            if gate.users == 0:
                del self._gates[key]


class _Gate:
    def __init__(self, width: int) -> None:
        self.slots = asyncio.Semaphore(width)
        self.users = 0
