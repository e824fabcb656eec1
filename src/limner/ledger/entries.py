"""What the ledger is told, and what it says."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from limner.core.money import Cost, Price
from limner.core.operations import Operation


class State(StrEnum):
    """What an entry stands for."""

    HELD = "held"
    """Reserved for a run under way."""
    CHARGED = "charged"
    FAILED = "failed"
    """A call that surely cost nothing."""
    UNKNOWN = "unknown"
    """A call that may have been charged; its possible amount counts until somebody decides."""


class Period(StrEnum):
    """Over which stretch of time a budget counts, in UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    TOTAL = "total"

    def start(self, now: datetime) -> datetime | None:
        """When the stretch that `now` lies in began. `None`: at the beginning of time.

        Example:
            >>> from datetime import UTC
            >>> str(Period.MONTH.start(datetime(2026, 11, 21, 3, 59, tzinfo=UTC)))
            '2026-11-01 00:00:00+00:00'
        """
        hour = now.replace(minute=0, second=0, microsecond=0)
        match self:
            case Period.HOUR:
                return hour
            case Period.DAY:
                return hour.replace(hour=0)
            case Period.MONTH:
                return hour.replace(hour=0, day=1)
            case Period.TOTAL:
                return None


@dataclass(frozen=True, slots=True)
class Budget:
    """How much an owner may spend, or how many pictures it may make, in a period."""

    owner: str
    """Opaque: `tenant:acme`, `user:ada`, `key:…`."""
    period: Period
    usd: Decimal | None = None
    """In US dollars. Absent: money is not limited here."""
    images: int | None = None
    """Absent: the number is not limited here."""
    ceiling: Decimal | None = None
    """What to hold for a run whose price nobody knows, in US dollars. Absent: such runs are refused."""


@dataclass(frozen=True, slots=True)
class Spend:
    """A run that is about to spend."""

    run: str
    owners: tuple[str, ...]
    """Everybody whose budgets it counts against."""
    provider: str
    model: str
    operation: Operation
    images: int
    price: Price
    at: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """How one attempt ended, in money."""

    attempt: str
    provider: str
    model: str
    state: State
    images: int
    """Pictures delivered."""
    cost: Cost
    possible: Decimal | None = None
    """Of an unknown one: the most it can have been, in US dollars. Absent: nothing bounds it."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A budget has been used up to a share of it."""

    budget: Budget
    share: Decimal
    """0.5, 0.8 or 1."""
    used: Decimal
    """In US dollars, or in pictures, as the budget counts."""


@dataclass(frozen=True, slots=True)
class Account:
    """A budget with what is used of it in its running period."""

    budget: Budget
    usd: Decimal
    """Spent and held, in US dollars."""
    images: int
    """Made and under way."""
    since: datetime | None = None
    """When the period began that this counts. Absent: at the beginning of time."""
