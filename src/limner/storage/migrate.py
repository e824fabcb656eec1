"""Bringing a database to the schema this Limner knows, and back. All steps are one transaction."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from limner.core.errors import UserError
from limner.storage.faults import database_fault
from limner.storage.schema import current, known

HEAD: Final = "head"
_LOCK: Final = 0x6C696D6E6572
"""Of PostgreSQL's advisory locks, the one that processes starting at the same time queue for."""


def upgrade(engine: Engine, revision: str = HEAD) -> None:
    """Bring a database up; one that is there already is left alone.

    Args:
        engine: of the database. On SQLite the caller holds it; see `sqlite.Hold`.
        revision: how far. Absent: as far as this Limner knows.

    Raises:
        UserError: the database is newer than this Limner.
        StoreFailed: it cannot be reached or changed. Nothing was changed.
    """
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str = "-1") -> None:
    """Take a database back.

    Args:
        engine: as for `upgrade`.
        revision: where to. Absent: one step.

    Raises:
        UserError: as for `upgrade`.
        StoreFailed: as for `upgrade`.
    """
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, act: Callable[[Config], object]) -> None:
    try:
        with engine.connect() as connection:
            _begin(connection)
            _check_not_newer(connection)
            act(_config(connection))
            _check_references(connection)
            connection.commit()
    except DBAPIError as error:
        raise database_fault(error) from error


def _begin(connection: Connection) -> None:
    """Begin a transaction that nobody else can change the schema beside."""
    if connection.dialect.name == "sqlite":
        # Tables are changed by copying, and dropping the old one must not take what refers to it along.
        # The setting ends with the connection, which is not used again.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.detach()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _check_not_newer(connection: Connection) -> None:
    revision = current(connection)
    if revision is not None and revision not in known():
        raise UserError(
            f"The database is at revision {revision}, which this Limner does not know.",
            code="store_too_new",
            field="store",
            remedy="Use the newer Limner that wrote it.",
        )


def _check_references(connection: Connection) -> None:
    """On SQLite nothing has looked at foreign keys meanwhile."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"a migration left rows of {broken[0]} without those they refer to")
