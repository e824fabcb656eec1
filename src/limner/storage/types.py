"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final

from sqlalchemy import BigInteger, DateTime, Dialect, TypeDecorator

_SCALE: Final = 12
"""Decimal places of an amount of money: the smallest rate of any vendor is some 1e-8 dollars a pixel."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC, aware on both sides."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store it in UTC. SQLite keeps no zone."""
        if value is None:
            return None
        stored = value.astimezone(UTC)
        return stored.replace(tzinfo=None) if dialect.name == "sqlite" else stored

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give it back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """US dollars as a whole number of 1e-12, so that both databases add them exactly.

    What does not fit is rounded up: a held or charged amount is never too small.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Store it."""
        del dialect
        return None if value is None else _units(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give it back without idle zeros."""
        del dialect
        return None if value is None else dollars(int(value))


def rounded(amount: Decimal) -> Decimal:
    """An amount as a column keeps it, so that what is computed beside the database stays equal to it.

    Example:
        >>> rounded(Decimal(1) / 3)
        Decimal('0.333333333334')
    """
    return dollars(_units(amount))


def _units(amount: Decimal) -> int:
    return int(amount.scaleb(_SCALE).to_integral_value(ROUND_CEILING))


def dollars(units: int) -> Decimal:
    """An amount as stored, in dollars.

    Example:
        >>> dollars(40_000_000_000)
        Decimal('0.04')
    """
    amount = Decimal(units).scaleb(-_SCALE)
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()
