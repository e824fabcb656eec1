"""What a run tells while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from limner.core.money import Price
from limner.core.operations import Operation
from limner.ledger.entries import Threshold


@dataclass(frozen=True, slots=True)
class Quoted:
    """A model was chosen and its price is held."""

    run: str
    model: str
    price: Price
    calls: int
    """How many calls the work goes out as."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt is about to leave: from here on it may be paid for."""

    run: str
    attempt: str
    model: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """The work goes on."""

    run: str
    attempt: str
    fraction: float | None
    """0..1 of this attempt. Absent: the provider does not say."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """A preview came."""

    run: str
    attempt: str
    index: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Retrying:
    """A call failed without being billed and is sent again."""

    run: str
    attempt: str
    why: str
    pause: float
    """Seconds until then."""


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """A budget has been used up to a share of it."""

    run: str
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class FellBack:
    """Another model takes the place of the one that was asked for."""

    run: str
    operation: Operation
    instead_of: str
    model: str
    why: str


Event = BudgetReached | FellBack | Quoted | Sending | Progressed | Previewed | Retrying
Listener = Callable[[Event], None]
"""Called on the event loop; it must not block."""


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
