"""Inserts that know what to do when the row is there already; the two databases agree on the words."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose keys are free; the others are left as they are.

    Returns:
        How many were inserted.
    """
    if not rows:
        return 0
    # Inserts forget how many rows they made unless asked to keep it.
    count = {"preserve_rowcount": True}
    new = [_insert(db)(table).values(**row).on_conflict_do_nothing() for row in rows]
    return sum(db.execute(statement, execution_options=count).rowcount for statement in new)


def upsert(db: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or change the one that has the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys}
    statement = _insert(db)(table).values(**row)
    db.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _insert(db: Connection) -> Any:
    return sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
