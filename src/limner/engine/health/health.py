"""The layers together: key, flag, breaker, what calls lately met, and what a free probe found."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from limner.core.clock import Clock
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.operations import Operation
from limner.engine.health.breakers import Breakers
from limner.engine.health.leave import Turnstile
from limner.engine.health.probes import Probes
from limner.engine.health.say import resting
from limner.engine.health.store import WHOLE, BreakerStore, Key
from limner.engine.health.windows import Windows
from limner.engine.makers import Makers
from limner.engine.signals import CallEnded, Signal, Sink
from limner.policy.breaker import CLOSED, Breaker, State, Thresholds
from limner.policy.routing.facts import AVAILABLE, Availability, Speeds
from limner.transport.client import Transport

KEPT: Final = 300.0
"""Seconds for which an availability is remembered, unless something happens."""


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker as it is shown."""

    state: State
    failures: int
    """That count now: within the window, or those that opened it."""
    retry_at: datetime | None
    """Absent: calls pass."""


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How a provider stands, layer by layer."""

    provider: str
    available: bool
    reason: str | None
    """Absent: it is available."""
    layer: str | None
    """Where it was found unavailable. Absent: it is available."""
    remedy: str | None
    """What the operator can do. Absent: nothing."""
    key: bool
    """Whether its key and address are set, where it needs them."""
    flag: bool
    """Whether it is switched on."""
    breaker: BreakerView
    operations: Mapping[str, BreakerView]
    """The breakers of single operations that are not as they began."""
    success_rate: float | None
    """Of this process's calls in the last hour, 0..1. Absent: it made none."""
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class _Checked:
    until: float
    """By the clock's `monotonic`."""
    at: datetime
    availability: Availability


class Health:
    """Knows who can be asked now, and why others cannot. One for the whole process."""

    def __init__(
        self,
        *,
        makers: Makers,
        transport: Transport,
        store: BreakerStore,
        clock: Clock,
        publish: Sink,
        thresholds: Thresholds | None = None,
    ) -> None:
        """Keep what every look needs.

        Args:
            makers: who is set up.
            transport: for free probes.
            store: where breakers live.
            clock: time.
            publish: hears of breakers and of each call's end.
            thresholds: when breakers open. Absent: the usual.
        """
        self._makers = makers
        self._clock = clock
        self._publish = publish
        self._breakers = Breakers(store, clock, thresholds or Thresholds(), publish)
        self._breakers.on_change(lambda changed: self.forget(*changed))
        self._windows = Windows(clock)
        self._probes = Probes(makers, transport, clock)
        self._known: dict[tuple[str, str], _Checked] = {}

    def availability(self, provider: str, operation: Operation | None = None) -> Availability:
        """Whether a provider can be asked now. Remembered, so asking costs next to nothing.

        Args:
            provider: its slug.
            operation: what it is to do. Absent: anything.
        """
        known = self._known.get((provider, operation or WHOLE))
        if known is not None and self._clock.monotonic() < known.until:
            return known.availability
        return self._look(provider, operation or WHOLE).availability

    @property
    def thresholds(self) -> Thresholds:
        """When breakers open and how long they rest."""
        return self._breakers.thresholds

    async def refresh(self) -> None:
        """Hear what other processes have met, where that is not known already."""
        await self._breakers.refresh()

    def forget(self, *providers: str) -> None:
        """Look again: something about these providers has changed.

        Args:
            providers: their slugs. None: all.
        """
        for key in [key for key in self._known if not providers or key[0] in providers]:
            del self._known[key]

    def leave(self, model: Model, operation: Operation, *, patience: float) -> Turnstile:
        """What a run asks before each call of a model; see `Turnstile`."""
        return Turnstile(
            model,
            operation,
            patience=patience,
            breakers=self._breakers,
            windows=self._windows,
            clock=self._clock,
            publish=self._heard,
        )

    def speeds(self) -> Speeds:
        """The median seconds of each model and operation, as measured here."""
        return self._windows.speeds()

    def breakers(self) -> Iterator[tuple[Key, State]]:
        """Every breaker that is not as it began, as far as this process has heard."""
        return self._breakers.all()

    async def report(self, providers: Sequence[str], *, probe: bool = False) -> tuple[ProviderHealth, ...]:
        """How providers stand, in the order given.

        Args:
            providers: their slugs.
            probe: whether to ask those that offer something free to ask, where no call delivered lately
                and nobody has asked within five minutes.
        """
        await self.refresh()
        if probe:
            await asyncio.gather(*(self._probe(provider) for provider in providers))
        return tuple(self._report(provider) for provider in providers)

    async def _probe(self, provider: str) -> None:
        fit = self.availability(provider)
        if (fit.available or fit.layer in {"window", "probe"}) and not self._windows.delivers(provider):
            known = self._probes.known(provider)
            if await self._probes.ask(provider) is not known:
                self.forget(provider)

    def _heard(self, signal: Signal) -> None:
        if isinstance(signal, CallEnded):
            self.forget(signal.provider)
        self._publish(signal)

    # --- the layers, from what is looked at first ---------------------------------------------

    def _look(self, provider: str, operation: str) -> _Checked:
        now = self._clock.monotonic()
        availability, lasts = (
            self._set_up(provider)
            or self._broken(provider, operation)
            or self._shut(provider)
            or self._probed(provider)
            or (AVAILABLE, KEPT)
        )
        lasts = min(lasts, KEPT)
        checked = self._known[provider, operation] = _Checked(now + lasts, self._clock.now(), availability)
        return checked

    def _set_up(self, provider: str) -> tuple[Availability, float] | None:
        try:
            self._makers.of(provider)
        except UserError as problem:
            layer = "flag" if problem.code == "provider_disabled" else "key"
            return Availability(available=False, reason=problem.message, layer=layer), KEPT
        return None

    def _broken(self, provider: str, operation: str) -> tuple[Availability, float] | None:
        now, thresholds = self._clock.now(), self._breakers.thresholds
        pair = self._breakers.pair(provider, operation)
        state = pair.state(now, thresholds)
        if state is State.CLOSED or (state is State.HALF_OPEN and not pair.is_tried(now)):
            return None
        until = pair.stricter(now, thresholds).retry_at(thresholds) or now
        reason = resting(pair, now, thresholds)
        lasts = max(0.0, (until - now).total_seconds())
        return Availability(available=False, reason=reason[:1].upper() + reason[1:], layer="breaker"), lasts

    def _shut(self, provider: str) -> tuple[Availability, float] | None:
        shut = self._windows.shut(provider)
        if shut is None:
            return None
        until, reason = shut
        lasts = until - self._clock.monotonic()
        return Availability(available=False, reason=reason, layer="window"), lasts

    def _probed(self, provider: str) -> tuple[Availability, float] | None:
        """What a probe found, unless a call has delivered since."""
        found = self._probes.known(provider)
        if found is None or found.problem is None:
            return None
        delivered_at = self._windows.delivered_at(provider)
        if delivered_at is not None and delivered_at > found.since:
            return None
        lasts = found.until - self._clock.monotonic()
        return Availability(available=False, reason=found.problem, layer="probe"), lasts

    # --- what is shown ------------------------------------------------------------------------

    def _report(self, provider: str) -> ProviderHealth:
        availability = self.availability(provider)
        breakers = self._breakers.of(provider)
        return ProviderHealth(
            provider=provider,
            available=availability.available,
            reason=availability.reason,
            layer=availability.layer,
            remedy=self._remedy(provider),
            key=self._makers.has_key(provider),
            flag=self._makers.is_enabled(provider),
            breaker=self._view(breakers.get(WHOLE, CLOSED)),
            operations={part: self._view(each) for part, each in breakers.items() if part != WHOLE},
            success_rate=self._windows.rate(provider),
            checked_at=self._known[provider, WHOLE].at,
        )

    def _remedy(self, provider: str) -> str | None:
        try:
            self._makers.of(provider)
        except UserError as problem:
            return problem.remedy
        return None

    def _view(self, breaker: Breaker) -> BreakerView:
        now, thresholds = self._clock.now(), self._breakers.thresholds
        state = breaker.state(now, thresholds)
        failures = breaker.recent(now, thresholds) if state is State.CLOSED else len(breaker.failures)
        return BreakerView(state, failures, breaker.retry_at(thresholds))
