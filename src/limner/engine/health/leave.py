"""Leave to call a provider: asked for before each call of a run, and told what became of it."""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

from limner.core.clock import Clock
from limner.core.errors import Again, Billed, Error, StoreFailed, Unavailable
from limner.core.ids import new_id
from limner.core.models import Model
from limner.core.operations import Operation
from limner.engine.health.breakers import Breakers
from limner.engine.health.say import resting
from limner.engine.health.store import Act
from limner.engine.health.windows import Windows
from limner.engine.signals import CallEnded, Sink
from limner.policy import pair as pairs
from limner.policy.breaker import State, is_fault
from limner.policy.pair import Pair

BREAKER_OPEN: Final = "breaker_open"
"""The code of calls that were not made because of a breaker."""


class Leave(Protocol):
    """What the driver asks before a call, and tells after it."""

    async def check(self) -> None:
        """Refuse where no call may pass, before anything free is sent for it.

        Raises:
            Unavailable: as `enter`.
        """
        ...

    async def enter(self) -> str | None:
        """Ask before a call.

        Returns:
            The name of the trial that the call is. `None`: it is an ordinary one.

        Raises:
            Unavailable: no call may pass now; nothing was sent.
        """
        ...

    async def tell(self, trial: str | None, error: Error | None, seconds: float) -> None:
        """Say what became of a call.

        Args:
            trial: what `enter` gave. Absent: nobody asked, because it was begun by another process.
            error: what it ended with. Absent: it delivered.
            seconds: how long it took.
        """
        ...

    async def withdraw(self, trial: str | None) -> None:
        """Say that a call was given up: nothing was learnt from it."""
        ...


class Turnstile:
    """The leave of one run for one model. Its calls, side by side, share a trial."""

    def __init__(
        self,
        model: Model,
        operation: Operation,
        *,
        patience: float,
        breakers: Breakers,
        windows: Windows,
        clock: Clock,
        publish: Sink,
    ) -> None:
        """Keep what every call needs.

        Args:
            model: who is called.
            operation: for what.
            patience: seconds the caller gives each call; see `breaker.is_fault`.
            breakers: those before the call are looked at, and changed.
            windows: remember what calls met.
            clock: time.
            publish: hears of each call's end.
        """
        self._model = model
        self._operation = operation
        self._patience = patience
        self._breakers = breakers
        self._windows = windows
        self._clock = clock
        self._publish = publish
        self._trial: asyncio.Event | None = None
        """Set when the run's own trial is over. Absent: it makes none."""

    async def check(self) -> None:
        """Refuse where no call may pass."""
        await self._breakers.refresh()
        pair, now = self._pair, self._clock.now()
        state = pair.state(now, self._breakers.thresholds)
        if state is State.OPEN or (state is State.HALF_OPEN and self._trial is None and pair.is_tried(now)):
            raise self._refusal(pair)

    async def enter(self) -> str | None:
        """Pass, as a trial where one is due; wait for the trial of another call of this run."""
        await self._breakers.refresh()
        while self._trial is not None:
            await self._trial.wait()
        pair, now = self._pair, self._clock.now()
        state = pair.state(now, self._breakers.thresholds)
        if state is State.CLOSED:
            return None
        if state is State.OPEN or pair.is_tried(now):
            raise self._refusal(pair)
        self._trial = asyncio.Event()
        trial = None
        try:
            trial = await self._claim()
        finally:
            if trial is None:
                self._over()
        return trial

    async def _claim(self) -> str | None:
        """Take the trial. `None`: another process has closed the breaker meanwhile."""
        trial = new_id("trial")
        now, thresholds = self._clock.now(), self._breakers.thresholds

        def act(pair: Pair) -> Pair:
            return pairs.claimed(pair, now, thresholds, trial=trial) or pair

        try:
            before, after = await self._breakers.change(self._model.provider, self._operation, act)
        except StoreFailed as error:
            raise self._refusal(self._pair) from error
        if before.state(now, thresholds) is State.CLOSED:
            return None
        if before == after:
            raise self._refusal(after)
        return trial

    async def tell(self, trial: str | None, error: Error | None, seconds: float) -> None:
        """Count it, and let the breakers know."""
        provider = self._model.provider
        try:
            if error is None:
                self._windows.delivered(provider, self._model.id, self._operation, seconds)
                await self._succeeded(trial)
            elif is_fault(error, patience=self._patience):
                self._windows.faulted(provider)
                await self._failed(trial)
            else:
                self._windows.refused(provider, error)
                await self._withdrawn(trial)
        finally:
            if trial is not None:
                self._over()
        self._publish(CallEnded(provider, self._model.id, self._operation, seconds, error))

    async def withdraw(self, trial: str | None) -> None:
        """Let another call be the trial."""
        try:
            await self._withdrawn(trial)
        finally:
            if trial is not None:
                self._over()

    async def _withdrawn(self, trial: str | None) -> None:
        if trial is not None:
            await self._change(lambda pair: pairs.withdrawn(pair, trial=trial))

    async def _succeeded(self, trial: str | None) -> None:
        pair = self._pair
        if trial is not None or pairs.succeeded(pair, trial=None) != pair:
            await self._change(lambda pair: pairs.succeeded(pair, trial=trial))

    async def _failed(self, trial: str | None) -> None:
        now, thresholds = self._clock.now(), self._breakers.thresholds
        await self._change(lambda pair: pairs.failed(pair, now, thresholds, trial=trial))

    async def _change(self, act: Act) -> None:
        """Change the breakers. What the store cannot take is lost: it says nothing about money."""
        with suppress(StoreFailed):
            await self._breakers.change(self._model.provider, self._operation, act)

    def _over(self) -> None:
        if self._trial is not None:
            self._trial.set()
            self._trial = None

    @property
    def _pair(self) -> Pair:
        return self._breakers.pair(self._model.provider, self._operation)

    def _refusal(self, pair: Pair) -> Unavailable:
        now, thresholds = self._clock.now(), self._breakers.thresholds
        retry_at = pair.stricter(now, thresholds).retry_at(thresholds)
        return Unavailable(
            f"{self._model.provider} was not asked: {resting(pair, now, thresholds)}",
            provider=self._model.provider,
            model=self._model.id,
            code=BREAKER_OPEN,
            again=Again.ANOTHER,
            billed=Billed.NO,
            retry_after=None if retry_at is None else max(0.0, (retry_at - now).total_seconds()),
        )
