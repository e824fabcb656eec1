"""Budgets, and how much of each is used.

That is kept on the budget's own row, so that asking costs the same at the millionth entry as at the first.
The row's lock makes everybody who spends from it wait in line.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, select, text, update

from limner.core.errors import UserError
from limner.ledger.entries import Account, Budget, Period
from limner.ledger.sql.tables import BUDGETS, ENTRIES, OWNERS
from limner.storage.types import dollars
from limner.storage.upsert import upsert

MOST: Final = Decimal(1_000_000)
"""US dollars that a budget can have at most: more is a slip of the finger, and would not fit the column."""

LONGEST_OWNER: Final = 200
"""Characters that a column has for one."""


def set_budget(db: Connection, budget: Budget, now: datetime) -> None:
    """Set the budget of an owner for a period; the one there was is replaced. What is spent already counts.

    Args:
        db: in a transaction.
        budget: the new one.
        now: decides the running period.

    Raises:
        UserError: it limits nothing, a limit is negative or too large, or it has no owner.
    """
    if budget.usd is None and budget.images is None:
        raise UserError(
            "A budget limits money, pictures, or both.",
            code="empty_budget",
            field="budget",
            remedy="Give an amount in US dollars, or a number of pictures.",
        )
    if not 0 < len(budget.owner) <= LONGEST_OWNER:
        raise UserError(
            "A budget has an owner.",
            code="invalid_owner",
            field="owner",
            remedy=f"Name one in up to {LONGEST_OWNER} characters, as tenant:local.",
        )
    limits = [limit for limit in (budget.usd, budget.images, budget.ceiling) if limit is not None]
    if min(limits) < 0 or max(limits) > MOST:
        raise UserError(
            f"A budget is from 0 to {MOST}.",
            code="out_of_range",
            field="budget",
            remedy="Give a limit within that range.",
        )
    if db.dialect.name == "postgresql":
        # Whoever reserves has read this table: what it holds must be seen by the counting below.
        db.execute(text("LOCK TABLE budgets IN EXCLUSIVE MODE"))
    row = {"owner": budget.owner, "period": budget.period.value, "usd": budget.usd}
    upsert(db, BUDGETS, {**row, "images": budget.images, "ceiling": budget.ceiling, **_nothing(budget, now)})
    usd, images = spent(db, budget.owner, budget.period, now)
    db.execute(update(BUDGETS).where(_is(budget)).values(used_usd=usd, used_images=images))


def remove_budget(db: Connection, owner: str, period: Period) -> bool:
    """Remove a budget; without one, nothing is limited. Returns whether there was one."""
    gone = db.execute(delete(BUDGETS).where(BUDGETS.c.owner == owner, BUDGETS.c.period == period.value))
    return gone.rowcount > 0


def budgets(db: Connection, now: datetime, owner: str | None = None) -> list[Account]:
    """The budgets there are, with what is used of each in the running period.

    Args:
        db: in a transaction.
        now: decides the running period.
        owner: whose. Absent: everybody's.
    """
    wanted = select(BUDGETS).order_by(BUDGETS.c.owner, BUDGETS.c.period)
    if owner is not None:
        wanted = wanted.where(BUDGETS.c.owner == owner)
    return [_account(row, now) for row in db.execute(wanted)]


def of_owners(db: Connection, owners: Iterable[str], now: datetime) -> list[Account]:
    """The accounts of some owners, to be looked at.

    Args:
        db: in a transaction.
        owners: whose.
        now: decides the running period.
    """
    return [_account(row, now) for row in db.execute(_owned(owners))]


def locked(db: Connection, owners: Iterable[str], now: datetime) -> list[Account]:
    """The accounts of some owners, always in the same order, locked until the transaction ends."""
    return [_account(row, now) for row in db.execute(_owned(owners).with_for_update())]


def _owned(owners: Iterable[str]) -> Select[Any]:
    wanted = select(BUDGETS).where(BUDGETS.c.owner.in_(list(owners)))
    return wanted.order_by(BUDGETS.c.owner, BUDGETS.c.period)


def count(db: Connection, account: Account, at: datetime, usd: Decimal, images: int) -> None:
    """Add to what is used of a budget, or take from it; a period that is over is not touched again.

    Args:
        db: in a transaction that has the account locked.
        account: as `locked` gave it.
        at: when the run was reserved that this is about.
        usd: US dollars; negative ones are given back.
        images: pictures, likewise.
    """
    start = account.budget.period.start(at)
    if start is not None and account.since is not None and start < account.since:
        return
    values = {"since": account.since, "used_usd": account.usd + usd, "used_images": account.images + images}
    db.execute(update(BUDGETS).where(_is(account.budget)).values(**values))


def spent(db: Connection, owner: str, period: Period, now: datetime) -> tuple[Decimal, int]:
    """What an owner's entries of the running period come to, added up: US dollars, and pictures."""
    usd = func.sum(func.coalesce(ENTRIES.c.usd, ENTRIES.c.possible, 0))
    counted = (
        select(func.coalesce(usd, 0), func.coalesce(func.sum(ENTRIES.c.images), 0))
        .select_from(ENTRIES.join(OWNERS, OWNERS.c.entry == ENTRIES.c.id))
        .where(OWNERS.c.owner == owner)
    )
    start = period.start(now)
    if start is not None:
        counted = counted.where(ENTRIES.c.at >= start)
    found, images = db.execute(counted).one()
    return found if isinstance(found, Decimal) else dollars(int(found)), int(images)


def _account(row: Row[Any], now: datetime) -> Account:
    budget = Budget(row.owner, Period(row.period), row.usd, row.images, row.ceiling)
    start = budget.period.start(now)
    if start is not None and (row.since is None or row.since < start):
        return Account(budget, Decimal(0), 0, start)  # a new period has begun
    return Account(budget, row.used_usd, row.used_images, row.since)


def _nothing(budget: Budget, now: datetime) -> dict[str, Any]:
    return {"since": budget.period.start(now), "used_usd": Decimal(0), "used_images": 0}


def _is(budget: Budget) -> Any:
    return (BUDGETS.c.owner == budget.owner) & (BUDGETS.c.period == budget.period.value)
