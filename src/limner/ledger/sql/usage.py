"""Adds up who spent what on what."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from limner.ledger.entries import State
from limner.ledger.sql.tables import ENTRIES, OWNERS
from limner.ledger.usage import By, Usage
from limner.storage.types import dollars

NOTHING: Final = Decimal(0)
"""Held for a price that nobody knows, where no budget set a ceiling: it bounds nothing."""


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
    entries = ENTRIES
    source = entries
    if owner is not None or "owner" in by:
        source = entries.join(OWNERS, OWNERS.c.entry == entries.c.id)
    columns = [_column(db, name).label(f"g{place}") for place, name in enumerate(by)]
    charged, unknown = entries.c.state == State.CHARGED, entries.c.state == State.UNKNOWN
    sums = (
        func.count(),
        func.count().filter(entries.c.state == State.FAILED),
        func.coalesce(func.sum(entries.c.images).filter(charged), 0),
        func.coalesce(func.sum(entries.c.usd).filter(charged), 0),
        func.coalesce(func.sum(entries.c.possible).filter(unknown), 0),
        func.count().filter(
            entries.c.usd.is_(None) & (charged | (unknown & (entries.c.possible == NOTHING)))
        ),
    )
    wanted = select(*columns, *sums).select_from(source).where(entries.c.state != State.HELD)
    if since is not None:
        wanted = wanted.where(entries.c.at >= since)
    if until is not None:
        wanted = wanted.where(entries.c.at < until)
    if owner is not None:
        wanted = wanted.where(OWNERS.c.owner == owner)
    if columns:
        wanted = wanted.group_by(*columns).order_by(*columns)
    found = [tuple(row) for row in db.execute(wanted)]
    return [_line(row, len(by)) for row in found if row[len(by)]]


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


def _line(row: tuple[Any, ...], groups: int) -> Usage:
    calls, failed, images, usd, unknown, unpriced = row[groups:]
    return Usage(
        group=tuple(value.isoformat() if isinstance(value, date) else str(value) for value in row[:groups]),
        calls=int(calls),
        failed=int(failed),
        images=int(images),
        usd=_dollars(usd),
        unknown_usd=_dollars(unknown),
        unpriced=int(unpriced),
    )


def _dollars(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else dollars(int(value))
