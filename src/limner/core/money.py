"""Amounts of money and of vendors' own units. Always `Decimal`, never a float."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

USD: Final = "USD"
"""The unit every budget is kept in."""


class Certainty(StrEnum):
    """How far a figure can be trusted."""

    EXACT = "exact"
    """This is what will be, or was, charged."""
    ESTIMATED = "estimated"
    """The vendor bills by something known only afterwards; `Price.most` bounds it."""
    UNKNOWN = "unknown"
    """No published price. Never shown, counted or budgeted as zero."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a unit: US dollars, or a vendor's credits.

    Example:
        >>> str(Money(Decimal("0.0400")))
        '$0.04'
        >>> str(Money(Decimal(20), "anlas"))
        '20 anlas'
    """

    amount: Decimal
    unit: str = USD

    def __str__(self) -> str:
        """Write it as people read it."""
        if self.unit == USD:
            return f"${plain(self.amount)}"
        return f"{plain(self.amount)} {self.unit}"


def plain(amount: Decimal) -> str:
    """Write a decimal without exponent or trailing zeros, with two places at least for whole cents.

    Example:
        >>> plain(Decimal("1E+2")), plain(Decimal("0.0400")), plain(Decimal("0.5"))
        ('100', '0.04', '0.50')
    """
    text = f"{amount:f}"
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    whole, _, places = text.partition(".")
    return f"{whole}.{places:0<2}" if places else whole


def dollars(amount: Decimal) -> str:
    """An amount of US dollars in few figures: to a tenth of a cent, smaller ones to two figures.

    Example:
        >>> dollars(Decimal("0.0512")), dollars(Decimal("0.000123"))
        ('$0.051', '$0.00012')
    """
    return f"${plain(round(amount, max(3, 1 - amount.adjusted()))) if amount else '0'}"


@dataclass(frozen=True, slots=True)
class Price:
    """What a call will cost, quoted before it is made."""

    kind: Certainty
    native: Money | None = None
    """The amount in the unit the vendor bills in. Absent: unknown."""
    usd: Decimal | None = None
    """The amount in US dollars. Absent: unknown, or the unit has no published rate."""
    most: Decimal | None = None
    """The most it can come to, in US dollars: what a budget holds. Absent: nothing bounds it."""
    arithmetic: str = ""
    """How the figure came about, for people: `2 × $0.053 (medium, 1024x1024)`."""

    @property
    def free(self) -> bool:
        """Whether it certainly costs nothing."""
        return self.kind is Certainty.EXACT and self.native is not None and self.native.amount == 0


FREE: Final = Price(Certainty.EXACT, Money(Decimal(0)), Decimal(0), Decimal(0), "free")
"""The price of what runs on this machine."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What was charged, as far as it is known."""

    kind: Certainty
    """`exact`: stated by the vendor or computed from metered usage by the published rates."""
    native: Money | None = None
    """In the vendor's unit. Absent: unknown."""
    usd: Decimal | None = None
    """In US dollars. Absent: unknown, or no published rate."""
    arithmetic: str = ""
    """How the figure came about."""


NO_COST: Final = Cost(Certainty.EXACT, Money(Decimal(0)), Decimal(0), "nothing was charged")
"""The cost of what never reached a vendor."""


def total(costs: "list[Cost] | tuple[Cost, ...]") -> Cost:
    """Add costs up; the sum is no more certain than its least certain part.

    A native amount is kept only when all parts share its unit; an unknown part makes the
    sum unknown while the known dollars are still reported as a floor in `arithmetic`.

    Args:
        costs: the parts, in any order.

    Returns:
        The sum; `NO_COST` for none.

    Example:
        >>> cent = Cost(Certainty.EXACT, Money(Decimal("0.01")), Decimal("0.01"), "1 image")
        >>> total([cent, cent]).usd
        Decimal('0.02')
    """
    if not costs:
        return NO_COST
    if len(costs) == 1:
        return costs[0]
    ranks = list(Certainty)
    kind = max((cost.kind for cost in costs), key=ranks.index)
    known = [cost.usd for cost in costs if cost.usd is not None]
    arithmetic = " + ".join(cost.arithmetic for cost in costs if cost.arithmetic)
    if kind is Certainty.UNKNOWN:
        return Cost(kind, None, None, f"{arithmetic} (at least ${plain(sum(known, Decimal(0)))})")
    usd = sum(known, Decimal(0)) if len(known) == len(costs) else None
    natives = [cost.native for cost in costs if cost.native is not None]
    units = {native.unit for native in natives}
    native = None
    if len(natives) == len(costs) and len(units) == 1:
        native = Money(sum((part.amount for part in natives), Decimal(0)), units.pop())
    return Cost(kind, native, usd, arithmetic)
