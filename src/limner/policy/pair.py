"""Two breakers stand before every call: that of the provider and that of the operation at it.

A failure counts in both. The provider's closes again with any operation that works, so it opens when
nothing of the provider works any more; the operation's counts every failure within the window, so one
endpoint that is down is left alone while the others serve.
"""

from dataclasses import dataclass
from datetime import datetime

from limner.policy import breaker
from limner.policy.breaker import CLOSED, Breaker, State, Thresholds

_RANKS = (State.CLOSED, State.HALF_OPEN, State.OPEN)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two breakers before a call.

    Example:
        >>> from datetime import UTC
        >>> Pair().state(datetime(2026, 11, 21, tzinfo=UTC), Thresholds()).value
        'closed'
    """

    provider: Breaker = CLOSED
    operation: Breaker = CLOSED

    def state(self, now: datetime, thresholds: Thresholds) -> State:
        """How the two stand together: the stricter one counts."""
        return max((each.state(now, thresholds) for each in self.both), key=_RANKS.index)

    def stricter(self, now: datetime, thresholds: Thresholds) -> Breaker:
        """The one that keeps a call from passing, or would first."""
        return max(self.both, key=lambda each: _RANKS.index(each.state(now, thresholds)))

    def is_tried(self, now: datetime) -> bool:
        """Whether somebody is trying one of them."""
        return any(breaker.is_tried(each, now) for each in self.both)

    @property
    def both(self) -> tuple[Breaker, Breaker]:
        """The provider's first."""
        return self.provider, self.operation


def failed(pair: Pair, now: datetime, thresholds: Thresholds, *, trial: str | None) -> Pair:
    """A call failed by the provider's own fault; see `breaker.failed`."""
    provider, operation = (breaker.failed(each, now, thresholds, trial=trial) for each in pair.both)
    return Pair(provider, operation)


def succeeded(pair: Pair, *, trial: str | None) -> Pair:
    """A call delivered; see `breaker.succeeded`."""
    return Pair(
        breaker.succeeded(pair.provider, trial=trial, clears=True),
        breaker.succeeded(pair.operation, trial=trial, clears=False),
    )


def claimed(pair: Pair, now: datetime, thresholds: Thresholds, *, trial: str) -> Pair | None:
    """Take the one trial of both, or of the one that is half-open while the other is closed.

    Returns:
        The pair with the trial. `None`: one is open, or somebody else is trying.
    """
    if pair.state(now, thresholds) is not State.HALF_OPEN or pair.is_tried(now):
        return None
    provider, operation = (breaker.claimed(each, now, thresholds, trial=trial) or each for each in pair.both)
    return Pair(provider, operation)


def withdrawn(pair: Pair, *, trial: str) -> Pair:
    """A trial said nothing about the provider."""
    provider, operation = (breaker.withdrawn(each, trial=trial) for each in pair.both)
    return Pair(provider, operation)
