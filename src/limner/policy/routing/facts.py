"""What routing looks at: who can be reached, how fast they were, and what the request asks for."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from limner.core.models import Model
from limner.core.money import Price
from limner.core.operations import Operation
from limner.core.pictures import Role, Size
from limner.core.requests import Classification, Strategy, Tier

Layer = Literal["key", "flag", "breaker", "window", "probe"]
"""Where a provider was found unavailable, from what is looked at first."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a provider can be asked now.

    Example:
        >>> Availability(available=False, reason="No key is set.", layer="key").set_up
        False
    """

    available: bool = True
    reason: str | None = None
    """Why not, in a sentence for people. Absent: it is available."""
    layer: Layer | None = None
    """Where that was found. Absent: it is available."""

    @property
    def set_up(self) -> bool:
        """Whether the operator has done their part; what is missing then is the provider's own."""
        return self.layer not in {"key", "flag"}


AVAILABLE = Availability()

AvailabilityOf = Callable[[str, Operation], Availability]
"""Of a provider (by slug), for an operation."""

Speeds = Mapping[tuple[str, Operation], float]
"""Median seconds measured here, by model id and operation. What is absent was never measured."""

PriceOf = Callable[[Model], Price]
"""What the request will cost on a model. Raises `UserError` where it cannot be fitted to it."""


@dataclass(frozen=True, slots=True)
class Floors:
    """What a request costs at least on each model: the same for all requests of one kind.

    Words are what differs between requests of a kind. They add little to a price and never take from it.
    """

    kind: Hashable
    of: PriceOf
    """As a `PriceOf`; its bounds are at most the request's own."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the budgets of whoever asks still allow. Only a look: the price is held when it is reserved."""

    usd: Decimal | None = None
    """US dollars. Absent: money is not limited."""
    ceiling: Decimal | None = None
    """US dollars to hold where no price is published. Absent: under a limit of money, that is refused."""
    left: str = ""
    """The tightest budget and what is left of it, for people. Empty: money is not limited."""
    full: str | None = None
    """Why not even a free picture may be made, for people. Absent: it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the request and those it belongs to ask of a model. Never changed to find one.

    Example:
        >>> Wishes(operation=Operation.GENERATE, today=date(2026, 11, 21)).opened
        False
    """

    operation: Operation
    today: date
    """Decides what is retired."""
    words: bool = False
    """Whether a prompt comes with it."""
    images: int = 0
    """How many source pictures."""
    canvas: Size | None = None
    """Of the first source picture. Absent: there is none, or nobody has measured it."""
    masked: bool = False
    references: tuple[Role, ...] = ()
    """The role of each reference."""
    size: Size | None = None
    """To deliver. Absent: as it comes."""
    scale: float | None = None
    transparent: bool = False
    """Whether the background must be transparent."""
    tool: str | None = None
    tier: Tier | None = None
    """Preferred, never demanded. Absent: none."""
    max_cost: Decimal | None = None
    """US dollars. Absent: no limit."""
    ceiling: Decimal | None = None
    """US dollars that may be held where no price is published. Absent: such a model is not chosen unasked."""
    room: Room | None = None
    """What budgets still allow. Absent: nobody has looked, or there are none."""
    regions: frozenset[str] = frozenset()
    """Where the pixels may be processed. Empty: anywhere."""
    classification: Classification | None = None
    """Of the most confidential picture or prompt. Absent: as public."""
    pin: str | None = None
    """The id of the model that is asked for by name. Absent: none is."""
    fallback: bool = True
    """Whether another model may take the place of the pinned one."""
    among: tuple[str, ...] = ()
    """The ids that an alias leads to, the preferred first. Empty: any."""
    provider: str | None = None
    """Only this provider's models. Absent: any."""
    strategy: Strategy | None = None
    """Absent: by priority; and nothing that costs money is opened by it."""
    budgeted: bool = False
    """Whether a tier is asked for with a limit of cost."""

    @property
    def opened(self) -> bool:
        """Whether models may be chosen that somebody pays for: only when something asks for them."""
        return self.named or self.strategy is not None or self.budgeted

    @property
    def named(self) -> bool:
        """Whether a model, an alias or a provider is asked for by name."""
        return bool(self.pin or self.among or self.provider)
