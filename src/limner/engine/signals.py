"""What the whole process tells those who watch it: figures, log lines, alerts.

Events of one run are for whoever waits for it (`events.py`); these are for the operator. None of them
carries a prompt, a picture or a secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from limner.core.errors import Error
from limner.core.money import Cost
from limner.core.operations import Operation
from limner.engine.events import BudgetReached, FellBack
from limner.policy.breaker import State


@dataclass(frozen=True, slots=True)
class BreakerChanged:
    """A breaker opened, is being tried, or closed."""

    provider: str
    operation: str | None
    """Absent: that of the provider as a whole."""
    before: State
    after: State
    failures: int
    retry_at: datetime | None
    """Absent: it is closed."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call to a provider, or a painter's work, ended."""

    provider: str
    model: str
    operation: Operation
    seconds: float
    error: Error | None
    """Absent: it delivered."""


@dataclass(frozen=True, slots=True)
class RetiringUsed:
    """A request was served by a model that is going away, or names one that is gone."""

    run: str
    model: str
    shutdown_on: date | None
    """Absent: no day is known."""
    successor: str | None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A request was answered."""

    run: str
    tenant: str
    user: str | None
    operation: Operation
    asked: str | None
    """The model that was asked for. Absent: none was named."""
    model: str | None
    """Who served, or was asked last. Absent: nobody was."""
    availability: str
    """Of whoever was to serve first: `available`, or the layer that said no."""
    fallback: bool
    attempts: int
    images: int
    seconds: float
    cost: Cost | None
    """Absent: it failed before anything was settled."""
    error: Error | None
    """Absent: it delivered."""


Signal = BreakerChanged | CallEnded | FellBack | BudgetReached | RetiringUsed | RunEnded
Sink = Callable[[Signal], None]
"""Called on the event loop; it must not block."""


class Signals:
    """Passes signals on to everybody who watches. One for the whole process."""

    def __init__(self) -> None:
        """Have nobody watching."""
        self._sinks: list[Sink] = []
        self._log = structlog.get_logger("limner.signals")

    def subscribe(self, sink: Sink) -> None:
        """Have somebody watch from now on."""
        self._sinks.append(sink)

    def publish(self, signal: Signal) -> None:
        """Tell everybody. One who fails is logged, and keeps nobody from painting."""
        for sink in self._sinks:
            try:
                sink(signal)
            except Exception:  # noqa: BLE001 - a watcher is no part of the work
                self._log.exception("a watcher failed", signal=type(signal).__name__)
