"""Which schema a database has, and which one this Limner knows; told without loading Alembic."""

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"


@cache
def known() -> tuple[str, ...]:
    """Every revision, oldest first: the number that its file's name begins with."""
    return tuple(sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py")))


def current(db: Connection) -> str | None:
    """The revision of a database. `None`: it is empty."""
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.scalar(text("SELECT version_num FROM alembic_version"))


def is_current(db: Connection) -> bool:
    """Whether a database has the schema that this Limner knows."""
    return current(db) == known()[-1]
