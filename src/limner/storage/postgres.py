"""PostgreSQL, for any number of processes."""

import asyncio
import contextlib
import os
import socket
from typing import Any, Final, TypeVar

from psycopg import AsyncConnection
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from limner.storage.database import Dialect, Work
from limner.storage.faults import database_fault, unreachable

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
SILENCE: Final = 20.0
"""Seconds without an answer after which a server is hung up on: one that is frozen keeps its connections."""


class _Impatient(AsyncConnection[Any]):
    """A connection that does not wait for ever."""

    async def wait(self, *args: Any, **options: Any) -> Any:
        """Wait for an answer, and hang up when none comes: whoever waits is told that the line is dead."""
        timer = asyncio.get_running_loop().call_later(SILENCE, _hang_up, self.pgconn.socket)
        try:
            return await super().wait(*args, **options)
        finally:
            timer.cancel()


def _hang_up(line: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(line)) as ours:
        ours.shutdown(socket.SHUT_RDWR)


def _engine(url: str, connections: int) -> AsyncEngine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    _, options = address.get_dialect()().create_connect_args(address)
    given: dict[str, Any] = {**options, **CONNECT}

    async def connect() -> AsyncConnection[Any]:
        return await _Impatient.connect(**given)

    return create_async_engine(
        address, pool_size=connections, max_overflow=0, pool_pre_ping=True, async_creator=connect
    )


class PostgresDatabase:
    """A database on a server."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str, *, connections: int = 10) -> None:
        """Prepare to connect; nothing is opened before the first work.

        Args:
            url: `postgresql://user:password@host/name`.
            connections: how many at most. One that has died while idle is found and replaced.
        """
        self._engine = _engine(url, connections)
        self._writing: set[asyncio.Future[Any]] = set()

    async def read(self, work: Work[T]) -> T:
        """Run work in a transaction that is rolled back."""
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)
        except DBAPIError as error:
            raise database_fault(error) from error
        except NoneFree as error:
            raise unreachable() from error

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
        except NoneFree as error:
            raise unreachable() from error

    async def aclose(self) -> None:
        """Finish what is being written, then close all connections."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._engine.dispose()


def postgres_engine(url: str) -> Engine:
    """An engine for work that blocks: migrations, at the start."""
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), connect_args=CONNECT)
