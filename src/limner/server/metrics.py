"""Figures for whoever watches: what happened, as counters, and how breakers stand, as gauges.

Labels are slugs of providers and operations and short codes, so that their number stays small: never a
prompt, a person or a model that somebody made up.
"""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from limner.engine.events import BudgetReached, FellBack
from limner.engine.health.store import WHOLE, Key
from limner.engine.signals import BreakerChanged, CallEnded, RetiringUsed, RunEnded, Signal
from limner.policy.breaker import State

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.1, 0.3, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640)
_DELIVERED: Final = "delivered"
_STATES: Final = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


class Figures:
    """Counts what happens in this process. A watcher of `Signals`."""

    def __init__(self) -> None:
        """Begin at nothing."""
        registry = self._registry = CollectorRegistry()
        at = ("provider", "operation")
        self._calls = Counter(
            "limner_calls", "Calls to providers by how they ended.", (*at, "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "limner_call_seconds",
            "How long calls took that delivered.",
            at,
            buckets=_SECONDS,
            registry=registry,
        )
        self._runs = Counter(
            "limner_runs", "Requests by how they ended.", (*at, "outcome"), registry=registry
        )
        self._images = Counter("limner_images", "Pictures delivered.", at, registry=registry)
        self._cost = Counter("limner_cost_usd", "US dollars charged, where known.", at, registry=registry)
        self._fallbacks = Counter(
            "limner_fallbacks",
            "Requests that went on elsewhere.",
            ("from_provider", "to_provider", "operation"),
            registry=registry,
        )
        self._changes = Counter(
            "limner_breaker_changes", "Breakers that came to a state.", (*at, "state"), registry=registry
        )
        self._breakers = Gauge(
            "limner_breaker_state",
            "0 closed, 1 half-open, 2 open; no operation: the provider.",
            at,
            registry=registry,
        )
        self._budgets = Counter(
            "limner_budget_thresholds", "Budgets used up to a share.", ("share",), registry=registry
        )
        self._retiring = Counter(
            "limner_retiring_used",
            "Requests served by models that are going away.",
            ("model",),
            registry=registry,
        )

    def hear(self, signal: Signal) -> None:
        """Count it."""
        match signal:
            case CallEnded():
                self._call(signal)
            case RunEnded():
                self._run(signal)
            case BreakerChanged():
                operation = signal.operation or WHOLE
                self._changes.labels(signal.provider, operation, signal.after.value).inc()
            case FellBack():
                way = (_provider(signal.instead_of), _provider(signal.model))
                self._fallbacks.labels(*way, signal.operation.value).inc()
            case BudgetReached():
                self._budgets.labels(str(signal.threshold.share)).inc()
            case RetiringUsed():
                self._retiring.labels(signal.model).inc()

    def text(self, breakers: Iterable[tuple[Key, State]]) -> bytes:
        """All figures in Prometheus's text format.

        Args:
            breakers: those that are not as they began.
        """
        self._breakers.clear()
        for (provider, operation), state in breakers:
            self._breakers.labels(provider, operation).set(_STATES[state])
        return generate_latest(self._registry)

    def _call(self, call: CallEnded) -> None:
        at = (call.provider, call.operation.value)
        self._calls.labels(*at, call.error.code if call.error is not None else _DELIVERED).inc()
        if call.error is None:
            self._seconds.labels(*at).observe(call.seconds)

    def _run(self, run: RunEnded) -> None:
        at = (_provider(run.model or ""), run.operation.value)
        self._runs.labels(*at, run.error.code if run.error is not None else _DELIVERED).inc()
        self._images.labels(*at).inc(run.images)
        if run.cost is not None and run.cost.usd is not None:
            self._cost.labels(*at).inc(float(run.cost.usd))


def _provider(model: str) -> str:
    return model.partition("/")[0]
