"""PostgreSQL, for any number of processes."""

import asyncio
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from limner.storage.database import Dialect, Work
from limner.storage.faults import database_fault

T = TypeVar("T")

CONNECT: Final = {
    "connect_timeout": 5,
    # A server that vanished without a word is noticed after some ten seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How to connect, in libpq's words."""


class PostgresDatabase:
    """A database on a server."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str, *, connections: int = 10) -> None:
        """Prepare to connect; nothing is opened before the first work.

        Args:
            url: `postgresql://user:password@host/name`.
            connections: how many at most. One that has died while idle is found and replaced.
        """
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=CONNECT,
        )
        self._writing: set[asyncio.Future[Any]] = set()

    async def read(self, work: Work[T]) -> T:
        """Run work in a transaction that is rolled back."""
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)
        except DBAPIError as error:
            raise database_fault(error) from error

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction, to its end also where the caller is cancelled."""
        task = asyncio.ensure_future(self._write(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def check_room(self) -> None:
        """Nothing: the disk is another machine's."""

    async def _write(self, work: Work[T]) -> T:
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except DBAPIError as error:
            raise database_fault(error) from error

    async def aclose(self) -> None:
        """Finish what is being written, then close all connections."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._engine.dispose()


def postgres_engine(url: str) -> Engine:
    """An engine for work that blocks: migrations, at the start."""
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), connect_args=CONNECT)
