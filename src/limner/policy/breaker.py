"""The circuit breaker as a pure state machine, and what counts as a provider's own fault.

               enough failures within the window
    closed ───────────────────────────────────────▶ open ◀────────────────┐
       ▲                                              │ recovery time      │ the trial fails
       │                the trial delivers            ▼                    │
       └──────────────────────────────────────── half-open ───────────────┘
                                                 one trial at a time

Nothing here reads a clock or a store. Why it is so: docs/decisions/0010-breaker.md.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from limner.core.errors import Error, Malformed, OutcomeUnknown, ProviderError, TimedOut, Unavailable

PATIENT: Final = 60.0
"""Seconds. A caller who waits for less has no right to call a provider slow."""


class State(StrEnum):
    """How a breaker stands."""

    CLOSED = "closed"
    """Calls pass."""
    OPEN = "open"
    """No call passes."""
    HALF_OPEN = "half_open"
    """One call passes, to try."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When breakers open and how long they rest."""

    failures: int = 5
    """This many within the window open it."""
    window: timedelta = timedelta(minutes=10)
    recovery: timedelta = timedelta(minutes=10)
    """From opening to the first trial; and how long a trial may keep others waiting that never reports."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one provider, or of one operation of it."""

    failures: tuple[datetime, ...] = ()
    """The latest ones, in the order they were reported."""
    opened_at: datetime | None = None
    """Absent: it is closed."""
    trial: str | None = None
    """Who is trying. Absent: nobody."""
    trial_until: datetime | None = None
    """When the trial counts as lost. Absent: nobody is trying."""

    def state(self, now: datetime, thresholds: Thresholds) -> State:
        """How it stands at a moment."""
        if self.opened_at is None:
            return State.CLOSED
        return State.OPEN if now < self.opened_at + thresholds.recovery else State.HALF_OPEN

    def retry_at(self, thresholds: Thresholds) -> datetime | None:
        """When it may be tried next, as far as is known. `None`: it is closed."""
        if self.opened_at is None:
            return None
        rested = self.opened_at + thresholds.recovery
        return rested if self.trial_until is None else max(rested, self.trial_until)

    def recent(self, now: datetime, thresholds: Thresholds) -> int:
        """How many failures count at a moment."""
        return len(_within(self.failures, now, thresholds))


CLOSED: Final = Breaker()
"""As every breaker begins."""


def failed(breaker: Breaker, now: datetime, thresholds: Thresholds, *, trial: str | None) -> Breaker:
    """A call failed by the provider's own fault.

    Args:
        breaker: as it stood.
        now: when the failure was seen.
        thresholds: when it opens.
        trial: the trial the call was. Absent: an ordinary call, which changes a closed breaker only:
            one that was under way when it opened proves nothing new.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
        >>> one = Thresholds(failures=1)
        >>> failed(CLOSED, noon, one, trial=None).state(noon, one).value
        'open'
    """
    if breaker.opened_at is not None:
        if trial is None or trial != breaker.trial:
            return breaker
        return Breaker((*breaker.failures, now)[-thresholds.failures :], opened_at=now)
    failures = (*_within(breaker.failures, now, thresholds), now)
    return Breaker(failures, opened_at=now if len(failures) >= thresholds.failures else None)


def succeeded(breaker: Breaker, *, trial: str | None, clears: bool) -> Breaker:
    """A call delivered.

    Args:
        breaker: as it stood.
        trial: the trial the call was; it closes the breaker. Absent: an ordinary call.
        clears: whether a closed breaker forgets its failures. That of a whole provider does: one
            operation that works shows that the provider is there. That of an operation does not:
            failures within the window are failures.
    """
    if breaker.opened_at is not None:
        return CLOSED if trial is not None and trial == breaker.trial else breaker
    return CLOSED if clears else breaker


def claimed(breaker: Breaker, now: datetime, thresholds: Thresholds, *, trial: str) -> Breaker | None:
    """Take the one trial of a half-open breaker.

    Args:
        breaker: as it stands.
        now: when the trial begins.
        thresholds: how long it may take.
        trial: the name under which its outcome is told.

    Returns:
        The breaker with the trial. `None`: it is not half-open, or somebody else is trying.
    """
    if breaker.state(now, thresholds) is not State.HALF_OPEN or is_tried(breaker, now):
        return None
    return replace(breaker, trial=trial, trial_until=now + thresholds.recovery)


def withdrawn(breaker: Breaker, *, trial: str) -> Breaker:
    """A trial said nothing about the provider: the next call may be one."""
    return replace(breaker, trial=None, trial_until=None) if breaker.trial == trial else breaker


def is_tried(breaker: Breaker, now: datetime) -> bool:
    """Whether somebody is trying it at a moment. A trial that never reports is lost in the end."""
    return breaker.trial_until is not None and now < breaker.trial_until


def is_fault(error: Error, *, patience: float) -> bool:
    """Whether an error is the provider's own fault.

    What the caller did wrong, what a rule refused, a key, an account or its limits are not: waiting
    does not mend them, and other callers may have none of them.

    Args:
        error: what a call ended with.
        patience: seconds the caller gave it. What ended by the clock of a hurried caller is not held
            against the provider, or one caller could open its breaker for all.

    Example:
        >>> is_fault(Unavailable("Down.", provider="x"), patience=600.0)
        True
    """
    if isinstance(error, TimedOut | OutcomeUnknown):
        return patience >= PATIENT
    if isinstance(error, Unavailable | Malformed):
        return True
    status = error.status if isinstance(error, ProviderError) else None
    return status is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _within(failures: tuple[datetime, ...], now: datetime, thresholds: Thresholds) -> tuple[datetime, ...]:
    return tuple(at for at in failures if now - at < thresholds.window)
