"""The port to records: work is a plain function over a connection, run in one transaction.

Rooms that keep tables write such functions in their `sql.py`; they never see an engine, and the same
function runs on SQLite and on PostgreSQL.
"""

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Work = Callable[[Connection], T]
"""Reads or writes within one transaction. It may run on another thread, and must not keep the connection."""

Dialect = Literal["sqlite", "postgresql"]


class Database(Protocol):
    """Records, whichever database holds them."""

    @property
    def dialect(self) -> Dialect:
        """For the few statements that differ."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run work that only reads, in a transaction of its own.

        Raises:
            StoreFailed: the database is locked or cannot be reached.
        """
        ...

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction, and return when it is durable. Work that raises writes nothing.

        On SQLite several works share one commit; each is undone by itself when it raises. A caller that
        is cancelled does not undo it: what was handed over is written.

        Raises:
            StoreFailed: the database is full, locked, or cannot be reached. Nothing was written.
        """
        ...

    async def check_room(self) -> None:
        """Refuse when so little room is left that what is bought could not be recorded.

        Raises:
            StoreFailed: fewer bytes are free than the floor that the operator has set.
        """
        ...

    async def aclose(self) -> None:
        """Finish what is under way and close."""
        ...
