"""A run under way: what was found of it, whom it asks, and what those who were asked before said."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from limner.core.adapter import Order
from limner.core.errors import Error
from limner.core.models import Model
from limner.core.money import NO_COST, Price
from limner.core.notes import Note, NoteKind
from limner.core.requests import Request
from limner.core.results import Attempt, AttemptState, Result
from limner.engine.drive import Trail
from limner.engine.events import Listener
from limner.engine.journal import AttemptRow, RunRow
from limner.engine.legs import Leg, free
from limner.engine.makers import Maker
from limner.engine.prepare import Prepared
from limner.engine.signals import RunEnded
from limner.ledger.entries import Charge


@dataclass(frozen=True, slots=True)
class Plan:
    """Who does it, with what, for how much."""

    model: Model
    maker: Maker
    prepared: Prepared
    price: Price
    notes: tuple[Note, ...]
    """Of how the model was chosen, and whose place it takes."""

    @property
    def fallback(self) -> bool:
        """Whether it takes the place of the one that was asked for."""
        return any(note.kind is NoteKind.FALLBACK for note in self.notes)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The calls it goes out as."""
        return self.prepared.orders


@dataclass(slots=True)
class Run:
    """A run under way."""

    row: RunRow
    request: Request
    listen: Listener
    deadline: float
    """By the clock's `monotonic`, over all candidates."""
    started: float
    """By the same clock."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set: the caller wants it stopped."""
    free: bool = False
    """Whether it certainly costs nothing."""
    plan: Plan | None = None
    """Of the candidate that is asked now. Absent: nobody is asked yet."""
    trails: list[Trail] = field(default_factory=list[Trail])
    """Of the same."""
    legs: tuple[Leg, ...] = ()
    """What the same came to."""
    left: list[Leg] = field(default_factory=list[Leg])
    """Of candidates before; all of them failed and surely cost nothing."""
    availability: str = ""
    """Of whoever was to serve first: `available`, or the layer that said no. Empty: not looked at."""

    @property
    def arrived(self) -> tuple[bytes, ...]:
        """Everything that came."""
        return tuple(data for trail in self.trails for data in trail.arrived)

    @property
    def spending(self) -> bool:
        """Whether something has left that may be paid for."""
        if self.free:
            return False
        begun_elsewhere = not self.trails and not all(row.cost_nothing for row in self.row.attempts)
        return begun_elsewhere or any(trail.spending for trail in self.trails)

    @property
    def before(self) -> tuple[Attempt, ...]:
        """The attempts of candidates before, and those of processes that are gone: they cost nothing."""
        trails = [*(leg.trail for leg in self.left), *self.trails]
        told = {row.id for trail in trails for row in trail.rows}
        gone = (row for row in self.row.attempts if row.cost_nothing and row.id not in told)
        here = (attempt for leg in self.left for attempt in leg.attempts)
        return (*map(_gone, gone), *here)

    def leave(self) -> None:
        """Turn from the candidate that failed to another."""
        self.left.extend(self.legs)
        self.legs, self.trails, self.plan = (), [], None

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every call that was made for it, in order."""
        return (*self.before, *(attempt for leg in self.legs for attempt in leg.attempts))

    def charges(self, price: Price) -> tuple[Charge, ...]:
        """Every attempt for the ledger; a call that may have been charged can cost its share of the most.

        Args:
            price: what was held.
        """
        before = (free(attempt) for attempt in self.before)
        return (*before, *(charge for leg in self.legs for charge in leg.charges(self._share(leg, price))))

    def _share(self, leg: Leg, price: Price) -> Decimal | None:
        """By pictures: the last call is often for fewer than the others."""
        pictures = sum(each.order.request.n for each in self.legs)
        return None if price.most is None else price.most * leg.order.request.n / pictures


def errors(legs: Sequence[Leg]) -> list[Error]:
    """What calls ended with that delivered nothing."""
    return [leg.outcome for leg in legs if isinstance(leg.outcome, Error)]


def run_ended(run: Run, outcome: Result | Error, now: float) -> RunEnded:
    """What the operator is told of a run that is over.

    Args:
        run: which.
        outcome: what it came to.
        now: by the clock's `monotonic`.
    """
    plan = run.plan
    result = outcome if isinstance(outcome, Result) else None
    return RunEnded(
        run=run.row.id,
        tenant=run.row.caller.tenant,
        user=run.row.caller.user,
        operation=run.request.operation,
        asked=run.request.model,
        model=None if plan is None else plan.model.id,
        availability=run.availability,
        fallback=plan is not None and plan.fallback,
        attempts=len(run.attempts),
        images=0 if result is None else len(result.images),
        seconds=now - run.started,
        cost=None if result is None else result.cost,
        error=outcome if isinstance(outcome, Error) else None,
    )


def _gone(row: AttemptRow) -> Attempt:
    """An attempt that failed in another process."""
    return Attempt(
        id=row.id,
        provider=row.provider,
        model=row.model,
        state=AttemptState.FAILED,
        cost=NO_COST,
        seconds=0.0,
        request_id=row.request_id,
        error=row.error,
        sent=row.sent,
    )
