"""What calls lately met, as this process saw them: how many delivered, how long they took."""

from collections import defaultdict, deque
from dataclasses import dataclass
from statistics import median
from typing import Final

from limner.core.clock import Clock
from limner.core.errors import Error, OutOfCredit, Unauthorized
from limner.core.operations import Operation
from limner.policy.routing.facts import Speeds

HOUR: Final = 3600.0
"""Seconds over which success is counted."""
FRESH: Final = 300.0
"""Seconds for which a call that delivered shows that the provider can be asked."""
SHUT: Final = 60.0
"""Seconds for which a refused key or an empty account is not asked again."""
MOST: Final = 1000
"""Calls that are remembered of each provider."""
MEASURED: Final = 25
"""Calls whose median is a model's speed."""
_KEY_IS_WRONG: Final = 401


@dataclass(frozen=True, slots=True)
class _Call:
    at: float
    delivered: bool


class Windows:
    """Remembers calls. All times are the clock's `monotonic`."""

    def __init__(self, clock: Clock) -> None:
        """Remember nothing yet."""
        self._clock = clock
        self._calls: defaultdict[str, deque[_Call]] = defaultdict(lambda: deque(maxlen=MOST))
        self._delivered_at: dict[str, float] = {}
        self._shut: dict[str, tuple[float, str]] = {}
        self._seconds: defaultdict[tuple[str, Operation], deque[float]] = defaultdict(
            lambda: deque(maxlen=MEASURED)
        )
        self._speeds: Speeds = {}

    def delivered(self, provider: str, model: str, operation: Operation, seconds: float) -> None:
        """A call delivered.

        Args:
            provider: its slug.
            model: the id of who did it.
            operation: what it did.
            seconds: how long it took, from sending to the last byte.
        """
        now = self._clock.monotonic()
        self._calls[provider].append(_Call(now, delivered=True))
        self._delivered_at[provider] = now
        self._shut.pop(provider, None)
        measured = self._seconds[model, operation]
        measured.append(seconds)
        speed = float(f"{median(measured):.2g}")  # so that those who rank by it can remember how they ranked
        if self._speeds.get((model, operation)) != speed:
            self._speeds = {**self._speeds, (model, operation): speed}

    def faulted(self, provider: str) -> None:
        """A call failed by the provider's own fault."""
        self._calls[provider].append(_Call(self._clock.monotonic(), delivered=False))

    def refused(self, provider: str, error: Error) -> None:
        """A call failed for another reason. A wrong key and an empty account shut every door for a while."""
        wrong_key = isinstance(error, Unauthorized) and error.status == _KEY_IS_WRONG
        if wrong_key or isinstance(error, OutOfCredit):
            self._shut[provider] = (self._clock.monotonic() + SHUT, error.message)

    def rate(self, provider: str) -> float | None:
        """The share of calls that delivered in the last hour, 0..1. `None`: none was made."""
        since = self._clock.monotonic() - HOUR
        lately = [call.delivered for call in self._calls.get(provider, ()) if call.at > since]
        return sum(lately) / len(lately) if lately else None

    def delivered_at(self, provider: str) -> float | None:
        """When a call last delivered. `None`: never."""
        return self._delivered_at.get(provider)

    def delivers(self, provider: str) -> bool:
        """Whether a call delivered so lately that nobody has to ask."""
        at = self._delivered_at.get(provider)
        return at is not None and self._clock.monotonic() < at + FRESH

    def shut(self, provider: str) -> tuple[float, str] | None:
        """Until when a provider's account is shut, and what it said. `None`: it is not."""
        found = self._shut.get(provider)
        return found if found is not None and self._clock.monotonic() < found[0] else None

    def speeds(self) -> Speeds:
        """Median seconds of each model and operation, to two digits. The same object until one changes."""
        return self._speeds
