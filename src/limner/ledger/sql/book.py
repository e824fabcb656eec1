"""Reserving, settling and resolving: plain functions over a connection, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from limner.core.errors import Refused, Stage, UserError
from limner.core.money import Certainty, plain
from limner.ledger.entries import Account, Budget, Charge, Spend, State, Threshold
from limner.ledger.sql.budgets import count, locked
from limner.ledger.sql.tables import ENTRIES, OWNERS
from limner.storage.types import rounded

SHARES: Final = (Decimal("0.5"), Decimal("0.8"), Decimal(1))
"""How much of a budget must be used for somebody to be told."""


def reserve(db: Connection, spend: Spend) -> tuple[Threshold, ...]:
    """Hold the most a run can cost, if every budget it counts against has room.

    The check and the hold are one transaction: of many at once, exactly as many pass as there is room for.

    Args:
        db: in a transaction.
        spend: what is about to be spent.

    Returns:
        The thresholds that this crosses.

    Raises:
        Refused: a budget has no room, or the price is unknown and a budget has set no ceiling.
    """
    spend, accounts = _in_the_running_period(db, spend)
    held = rounded(_amount(spend, [account.budget for account in accounts]))
    crossed: list[Threshold] = []
    for account in accounts:
        if not spend.price.free:
            crossed += _money(account, held)
        crossed += _pictures(account, spend.images)
    for account in accounts:
        count(db, account, spend.at, held, spend.images)
    _hold(db, spend, held)
    return tuple(crossed)


def settle(db: Connection, run: str, charges: Sequence[Charge]) -> None:
    """Replace what was held for a run by what its attempts came to.

    Settling twice changes nothing. Entries keep the hold's time, so that a run counts in the period it was
    begun in.

    Args:
        db: in a transaction.
        run: whose hold ends.
        charges: one for each attempt.
    """
    hold = _held(db, run)
    if hold is None:
        return
    owners = _owners(db, run)
    accounts = locked(db, owners, hold.at)
    paid = [charge for charge in charges if charge.state is not State.FAILED]
    share = hold.usd / len(paid) if paid else hold.usd
    usd = sum((_charge(db, charge, hold, share, owners) for charge in charges), -hold.usd)
    images = sum(charge.images for charge in charges) - hold.images
    for account in accounts:
        count(db, account, hold.at, usd, images)
    _drop(db, run)


def release(db: Connection, run: str) -> None:
    """Let go of what was held for a run."""
    hold = _held(db, run)
    if hold is None:
        return
    for account in locked(db, _owners(db, run), hold.at):
        count(db, account, hold.at, -hold.usd, -hold.images)
    _drop(db, run)


def resolve(db: Connection, attempt: str, usd: Decimal) -> None:
    """Decide what an unknown attempt came to.

    Args:
        db: in a transaction.
        attempt: its id.
        usd: what the provider charged, in US dollars; 0: nothing.

    Raises:
        UserError: there is no unknown attempt of that id.
    """
    unknown = (ENTRIES.c.id == attempt) & (ENTRIES.c.state == State.UNKNOWN)
    entry = db.execute(select(ENTRIES).where(unknown).with_for_update()).first()
    if entry is None:
        raise UserError(
            f"There is no unknown attempt {attempt!r}.",
            code="unknown_attempt",
            field="attempt",
            remedy="`limner runs list --unknown` shows those there are.",
        )
    usd = rounded(usd)
    for account in locked(db, _owners(db, attempt), entry.at):
        count(db, account, entry.at, usd - entry.possible, 0)
    db.execute(
        update(ENTRIES)
        .where(unknown)
        .values(
            state=State.CHARGED.value if usd else State.FAILED.value,
            usd=usd,
            native=plain(usd),
            unit="USD",
            certainty=Certainty.EXACT.value,
            arithmetic="decided by a person",
        )
    )


def _in_the_running_period(db: Connection, spend: Spend) -> tuple[Spend, list[Account]]:
    """The accounts that it counts against, and the spend at a time that lies in their periods.

    A clock that is behind, or was put back, names a period that is over for another: what is spent by it
    would be checked against the running one, and counted in none.
    """
    accounts = locked(db, spend.owners, spend.at)
    latest = max((account.since for account in accounts if account.since is not None), default=spend.at)
    if latest <= spend.at:
        return spend, accounts
    spend = replace(spend, at=latest)
    return spend, locked(db, spend.owners, latest)


def _amount(spend: Spend, budgets: Sequence[Budget]) -> Decimal:
    """What to hold: the most it can cost, or the ceiling where nothing bounds the price."""
    if spend.price.most is not None:
        return spend.price.most
    money = [budget for budget in budgets if budget.usd is not None]
    ceilings = [budget.ceiling for budget in money if budget.ceiling is not None]
    if len(ceilings) < len(money):
        raise Refused(
            f"Nobody knows what {spend.model} will cost, and a budget has to hold an amount.",
            stage=Stage.BUDGET,
            code="price_unknown",
            remedy="Choose a model with a known price, or set a ceiling on the budget.",
        )
    return max(ceilings, default=Decimal(0))


def _money(account: Account, held: Decimal) -> list[Threshold]:
    budget = account.budget
    if budget.usd is None:
        return []
    if account.usd + held > budget.usd:
        left = max(budget.usd - account.usd, Decimal(0))
        raise Refused(
            f"{budget.owner} has ${plain(left)} of ${plain(budget.usd)} left ({budget.period}), "
            f"and this may cost ${plain(held)}.",
            stage=Stage.BUDGET,
            code="over_budget",
            remedy="Wait for the next period, ask for less, or have the budget raised.",
        )
    return _crossed(budget, budget.usd, account.usd, account.usd + held)


def _pictures(account: Account, more: int) -> list[Threshold]:
    budget = account.budget
    if budget.images is None:
        return []
    if account.images + more > budget.images:
        raise Refused(
            f"{budget.owner} may make {budget.images} pictures ({budget.period}), "
            f"and {account.images} are made or under way.",
            stage=Stage.QUOTA,
            code="over_quota",
            remedy="Wait for the next period, ask for fewer, or have the quota raised.",
        )
    after = Decimal(account.images + more)
    return _crossed(budget, Decimal(budget.images), Decimal(account.images), after)


def _crossed(budget: Budget, limit: Decimal, before: Decimal, after: Decimal) -> list[Threshold]:
    return [Threshold(budget, share, after) for share in SHARES if before < share * limit <= after]


def _hold(db: Connection, spend: Spend, usd: Decimal) -> None:
    native = spend.price.native
    db.execute(
        insert(ENTRIES).values(
            id=spend.run,
            run=spend.run,
            state=State.HELD.value,
            at=spend.at,
            provider=spend.provider,
            model=spend.model,
            operation=spend.operation.value,
            images=spend.images,
            usd=usd,
            native=None if native is None else plain(native.amount),
            unit=None if native is None else native.unit,
            certainty=spend.price.kind.value,
            arithmetic=spend.price.arithmetic,
        )
    )
    _own(db, spend.run, spend.owners)


def _charge(
    db: Connection, charge: Charge, hold: Row[Any], share: Decimal, owners: tuple[str, ...]
) -> Decimal:
    """Write an attempt's entry. Returns what it counts for: at most its share where nobody knows better."""
    native = charge.cost.native
    usd = None if charge.state is State.UNKNOWN else charge.cost.usd
    possible = None
    if usd is None:
        possible = rounded(share if charge.possible is None else charge.possible)
    db.execute(
        insert(ENTRIES).values(
            id=charge.attempt,
            run=hold.run,
            state=charge.state.value,
            at=hold.at,
            provider=charge.provider,
            model=charge.model,
            operation=hold.operation,
            images=charge.images,
            usd=usd,
            possible=possible,
            native=None if native is None else plain(native.amount),
            unit=None if native is None else native.unit,
            certainty=charge.cost.kind.value,
            arithmetic=charge.cost.arithmetic,
        )
    )
    _own(db, charge.attempt, owners)
    return (possible or Decimal(0)) if usd is None else rounded(usd)


def _held(db: Connection, run: str) -> Row[Any] | None:
    held = (ENTRIES.c.id == run) & (ENTRIES.c.state == State.HELD)
    return db.execute(select(ENTRIES).where(held).with_for_update()).first()


def _drop(db: Connection, run: str) -> None:
    db.execute(delete(OWNERS).where(OWNERS.c.entry == run))
    db.execute(delete(ENTRIES).where(ENTRIES.c.id == run))


def _owners(db: Connection, entry: str) -> tuple[str, ...]:
    return tuple(db.scalars(select(OWNERS.c.owner).where(OWNERS.c.entry == entry)))


def _own(db: Connection, entry: str, owners: Iterable[str]) -> None:
    rows = [{"entry": entry, "owner": owner} for owner in dict.fromkeys(owners)]
    if rows:
        db.execute(insert(OWNERS), rows)
