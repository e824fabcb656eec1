"""The breakers as this process knows them: read again when that is older than half a second."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from limner.core.clock import Clock
from limner.core.errors import StoreFailed
from limner.engine.health.store import WHOLE, Act, BreakerStore, Key
from limner.engine.signals import BreakerChanged, Sink
from limner.policy.breaker import CLOSED, Breaker, State, Thresholds
from limner.policy.pair import Pair

FRESH: Final = 0.5
"""Seconds for which what was read counts: other processes hear of a change within a second."""


class Breakers:
    """What this process knows of the store's breakers, and how it changes them."""

    def __init__(self, store: BreakerStore, clock: Clock, thresholds: Thresholds, publish: Sink) -> None:
        """Know nothing yet: every breaker counts as closed until it is read.

        Args:
            store: where they live.
            clock: time.
            thresholds: when they open.
            publish: hears when one opens, is tried, or closes.
        """
        self._store = store
        self._clock = clock
        self.thresholds = thresholds
        self._publish = publish
        self._known: Mapping[Key, Breaker] = {}
        self._read_until = float("-inf")
        self._forget: list[Callable[[Iterable[str]], None]] = []

    def on_change(self, forget: Callable[[Iterable[str]], None]) -> None:
        """Have somebody told of which providers the breakers have changed."""
        self._forget.append(forget)

    def pair(self, provider: str, operation: str) -> Pair:
        """The two before a call, as last read."""
        known = self._known
        return Pair(known.get((provider, WHOLE), CLOSED), known.get((provider, operation), CLOSED))

    def of(self, provider: str) -> Mapping[str, Breaker]:
        """All of a provider's that are not as they began, by operation."""
        return {operation: each for (slug, operation), each in self._known.items() if slug == provider}

    def state(self, breaker: Breaker) -> State:
        """How one stands now."""
        return breaker.state(self._clock.now(), self.thresholds)

    def all(self) -> Iterator[tuple[Key, State]]:
        """All that are not as they began."""
        return ((key, self.state(breaker)) for key, breaker in self._known.items())

    async def refresh(self) -> None:
        """Read them again where that is due. A store that is away leaves what is known."""
        now = self._clock.monotonic()
        if now < self._read_until:
            return
        self._read_until = now + FRESH
        with suppress(StoreFailed):
            self._learn(await self._store.read())

    async def change(self, provider: str, operation: str, act: Act) -> tuple[Pair, Pair]:
        """Change the two before a call.

        Returns:
            How they stood, and how they stand.

        Raises:
            StoreFailed: the store cannot be reached.
        """
        before, after = await self._store.change(provider, operation, act)
        whole, part = (provider, WHOLE), (provider, operation)
        self._learn({**self._known, whole: after.provider, part: after.operation})
        self._tell(whole, before.provider, after.provider)
        self._tell(part, before.operation, after.operation)
        return before, after

    def _learn(self, known: Mapping[Key, Breaker]) -> None:
        known = {key: breaker for key, breaker in known.items() if breaker != CLOSED}
        keys = known.keys() | self._known.keys()
        changed = {key[0] for key in keys if known.get(key) != self._known.get(key)}
        self._known = known
        if changed:
            for forget in self._forget:
                forget(changed)

    def _tell(self, key: Key, was: Breaker, now: Breaker) -> None:
        before, after = self.state(was), self.state(now)
        tried = now.trial is not None and now.trial != was.trial
        if before is after and not tried:
            return
        self._publish(
            BreakerChanged(
                provider=key[0],
                operation=key[1] or None,
                before=State.OPEN if tried else before,
                after=after,
                failures=len(now.failures),
                retry_at=now.retry_at(self.thresholds),
            )
        )
