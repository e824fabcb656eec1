"""In which order models are tried: a score for each, higher is better.

A score looks at one model alone, so that who else is there changes nobody's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from limner.core.models import Model
from limner.core.money import Price, plain
from limner.core.requests import Strategy, Tier

_TIERS: Final = {tier: place for place, tier in enumerate(Tier)}
_STEPS: Final = len(_TIERS)
_LAST: Final = 1000
"""Priorities from here on count alike."""
_HALF_COST: Final = Decimal("0.04")
"""US dollars at which a price scores half."""
_HALF_TIME: Final = 10.0
"""Seconds at which a time scores half."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one model for one request."""

    model: Model
    price: Price
    seconds: float | None
    """Measured. Absent: never."""
    native: bool
    """Whether it does the operation itself, not by means of another."""
    tier: Tier | None
    """What is preferred. Absent: nothing."""


Scorer = Callable[[Standing], float]


def nearness(standing: Standing) -> float:
    """How near the model's tier is to the one preferred: 1 is it, each step away takes a quarter."""
    if standing.tier is None:
        return 1.0
    return 1 - abs(_TIERS[standing.model.tier] - _TIERS[standing.tier]) / _STEPS


def enough(standing: Standing) -> bool:
    """Whether the model's tier is at least the one preferred."""
    return standing.tier is None or _TIERS[standing.model.tier] >= _TIERS[standing.tier]


def cheapness(standing: Standing) -> float:
    """1 is free, a half is four cents, 0 is unknown."""
    amount = standing.price.most if standing.price.usd is None else standing.price.usd
    return 0.0 if amount is None else float(_HALF_COST / (_HALF_COST + amount))


def quickness(standing: Standing) -> float:
    """1 is at once, a half is ten seconds, 0 was never measured."""
    return 0.0 if standing.seconds is None else _HALF_TIME / (_HALF_TIME + standing.seconds)


def preferred(standing: Standing) -> float:
    """The catalog's own order, from 1 down."""
    return 1 - min(max(standing.model.priority, 0), _LAST) / _LAST


def _priority(standing: Standing) -> float:
    # A step of tier weighs more than any priority.
    return nearness(standing) - 1 / _STEPS + preferred(standing) / _STEPS


def _cheapest(standing: Standing) -> float:
    return (1.0 if enough(standing) else 0.0) / 2 + cheapness(standing) / 2


def _fastest(standing: Standing) -> float:
    return (1.0 if enough(standing) else 0.0) / 2 + quickness(standing) / 2


def _balanced(standing: Standing) -> float:
    return (
        0.4 * nearness(standing)
        + 0.25 * cheapness(standing)
        + 0.15 * quickness(standing)
        + 0.1 * preferred(standing)
        + (0.1 if standing.native else 0.0)
    )


SCORERS: Final[Mapping[Strategy, Scorer]] = MappingProxyType(
    {
        Strategy.PRIORITY: _priority,
        Strategy.CHEAPEST: _cheapest,
        Strategy.FASTEST: _fastest,
        Strategy.BALANCED: _balanced,
    }
)


def why(standing: Standing) -> str:
    """What a score is made of, in words.

    Args:
        standing: of the model.

    Example:
        >>> from datetime import date
        >>> from limner.core.money import FREE
        >>> brush = Model("a/b", "a", "b", {}, "a page", date(2026, 11, 21), priority=7)
        >>> why(Standing(brush, FREE, 2.5, True, Tier.HIGH))
        'tier standard (high asked) · free · 2.5 s measured · priority 7'
    """
    model, tier = standing.model, standing.tier
    asked = "" if tier is None or tier is model.tier else f" ({tier.value} asked)"
    parts = [
        f"tier {model.tier.value}{asked}",
        _money(standing.price),
        "time not measured" if standing.seconds is None else f"{standing.seconds:.3g} s measured",
        f"priority {model.priority}",
    ]
    return " · ".join(parts if standing.native else [*parts, "by other means"])


def _money(price: Price) -> str:
    if price.free:
        return "free"
    if price.most is None:
        return "price unknown" if price.native is None else f"{price.native}, dollars unknown"
    return f"${plain(price.most)} at most"
