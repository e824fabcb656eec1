"""Adds up who spent what on what."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from limner.core.money import USD, Money
from limner.ledger.entries import State
from limner.ledger.sql.tables import ENTRIES, OWNERS
from limner.ledger.usage import By, Usage
from limner.storage.types import dollars

NOTHING: Final = Decimal(0)
"""Held for a price that nobody knows, where no budget set a ceiling: it bounds nothing."""
_CHARGED: Final = ENTRIES.c.state == State.CHARGED
_UNKNOWN: Final = ENTRIES.c.state == State.UNKNOWN
_SUMS: Final = (
    func.count(),
    func.count().filter(ENTRIES.c.state == State.FAILED),
    func.coalesce(func.sum(ENTRIES.c.images).filter(_CHARGED), 0),
    func.coalesce(func.sum(ENTRIES.c.usd).filter(_CHARGED), 0),
    func.coalesce(func.sum(ENTRIES.c.possible).filter(_UNKNOWN), 0),
    func.count().filter(ENTRIES.c.usd.is_(None) & (_CHARGED | (_UNKNOWN & (ENTRIES.c.possible == NOTHING)))),
)


def usage(
    db: Connection,
    by: Sequence[By],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    owner: str | None = None,
) -> list[Usage]:
    """Add up the entries.

    Args:
        db: in a transaction.
        by: what to group by, in order; none: one line over all.
        since: from this moment on. Absent: from the beginning.
        until: up to, not including. Absent: to the end.
        owner: only what counts against this owner. Absent: everything, each entry once.

    Returns:
        One line a group, in the order of the groups.
    """
    columns = [_column(db, name).label(f"g{place}") for place, name in enumerate(by)]
    joined = owner is not None or "owner" in by

    def among(*wanted: ColumnElement[Any]) -> Select[Any]:
        found = select(*columns, *wanted).where(ENTRIES.c.state != State.HELD)
        if joined:
            found = found.select_from(ENTRIES.join(OWNERS, OWNERS.c.entry == ENTRIES.c.id))
        if since is not None:
            found = found.where(ENTRIES.c.at >= since)
        if until is not None:
            found = found.where(ENTRIES.c.at < until)
        return found if owner is None else found.where(OWNERS.c.owner == owner)

    lines = among(*_SUMS)
    if columns:
        lines = lines.group_by(*columns).order_by(*columns)
    found = [tuple(row) for row in db.execute(lines)]
    native = _native(db, among, columns)
    return [_line(row, len(by), native) for row in found if row[len(by)]]


def _native(
    db: Connection, among: Callable[..., Select[Any]], columns: Sequence[Any]
) -> dict[Any, tuple[Money, ...]]:
    """What was charged in units of vendors' own, by group. Amounts are texts, so they are added here."""
    kinds = (ENTRIES.c.unit, ENTRIES.c.native)
    own = among(*kinds, func.count()).where(_CHARGED, ENTRIES.c.unit != USD, ENTRIES.c.native.is_not(None))
    sums: dict[Any, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in db.execute(own.group_by(*columns, *kinds)):
        *_, unit, amount, count = values = tuple[Any, ...](row)
        sums[values[:-3]][unit] += Decimal(amount) * count
    return {
        group: tuple(Money(amount, unit) for unit, amount in sorted(units.items()))
        for group, units in sums.items()
    }


def _column(db: Connection, name: By) -> ColumnElement[Any]:
    match name:
        case "day":
            if db.dialect.name == "sqlite":
                return func.date(ENTRIES.c.at)
            return func.to_char(func.timezone("UTC", ENTRIES.c.at), "YYYY-MM-DD")
        case "owner":
            return OWNERS.c.owner
        case _:
            return ENTRIES.c[name]


def _line(row: tuple[Any, ...], groups: int, native: dict[Any, tuple[Money, ...]]) -> Usage:
    calls, failed, images, usd, unknown, unpriced = row[groups:]
    return Usage(
        group=tuple(value.isoformat() if isinstance(value, date) else str(value) for value in row[:groups]),
        calls=int(calls),
        failed=int(failed),
        images=int(images),
        usd=_dollars(usd),
        unknown_usd=_dollars(unknown),
        unpriced=int(unpriced),
        native=native.get(row[:groups], ()),
    )


def _dollars(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else dollars(int(value))
