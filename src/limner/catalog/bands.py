"""Price bands, for people who compare models (row D6)."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from limner.core.money import Price


class Band(StrEnum):
    """What a picture costs, roughly."""

    BUDGET = "budget"
    MID = "mid"
    PREMIUM = "premium"


UP_TO: Final = ((Decimal("0.03"), Band.BUDGET), (Decimal("0.05"), Band.MID))
"""The most US dollars of a band, from the lowest; above all of them is `premium`."""


def band(price: Price | None) -> Band | None:
    """The band of a price.

    Args:
        price: of one picture. Absent: unknown.

    Returns:
        By what it is estimated at, else by its bound. `None`: the dollars are unknown.

    Example:
        >>> from limner.core.money import FREE
        >>> band(FREE), band(None)
        (<Band.BUDGET: 'budget'>, None)
    """
    if price is None:
        return None
    amount = price.most if price.usd is None else price.usd
    if amount is None:
        return None
    return next((found for most, found in UP_TO if amount <= most), Band.PREMIUM)
