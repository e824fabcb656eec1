"""SQLite: one writer thread that commits in groups, readers beside it.

Write-ahead logging lets readers go on while the writer works; `synchronous = FULL` makes a commit survive
a power cut. One fsync serves all that waits, which is what makes FULL affordable. Connections stay open: the
last one to close writes the log back, which costs more fsyncs than the commit itself.
"""

import asyncio
import fcntl
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from limner.core.errors import UserError
from limner.storage.database import Dialect, Work
from limner.storage.faults import check_floor, database_fault, disk_fault

T = TypeVar("T")

MOST_IN_A_COMMIT: Final = 256
READERS: Final = 4
BUSY_SECONDS: Final = 30
"""How long to wait for a lock that another process holds: a command line beside the server."""


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    future: "Future[Any]"


class SqliteDatabase:
    """A database in one file."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, *, hold: "Hold | None" = None, floor: int = 0) -> None:
        """Open the file, which must exist in its current schema; see `migrate.upgrade`.

        Args:
            path: the file.
            hold: a server's lock on it, let go when this is closed. Absent: it is a command line or a
                library, which writes beside a server.
            floor: bytes of the disk to leave free; see `check_room`.
        """
        self._path = path
        self._hold = hold
        self._floor = floor
        self._engine = sqlite_engine(path)
        self._closed = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    async def read(self, work: Work[T]) -> T:
        """Run work on a reader's thread."""
        return await asyncio.wrap_future(self._readers.submit(self._read, work))

    async def write(self, work: Work[T]) -> T:
        """Hand work to the writer and wait for its commit.

        A caller that is cancelled does not undo it: what was handed over is written.
        """
        if self._closed:
            raise RuntimeError("the database is closed")
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future))
        return await asyncio.shield(asyncio.wrap_future(future))

    async def check_room(self) -> None:
        """Refuse when the disk of the file is nearly full."""
        await asyncio.to_thread(check_floor, self._path.parent, self._floor)

    async def aclose(self) -> None:
        """Write what waits, then close."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()
        if self._hold is not None:
            self._hold.release()

    def _read(self, work: Work[T]) -> T:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                return work(connection)
        except DBAPIError as error:
            raise database_fault(error) from error

    def _write_all(self) -> None:
        """The writer's life: take what waits, commit it together, say so."""
        stopping = False
        while not stopping:
            jobs: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                jobs.append(job)
                if len(jobs) == MOST_IN_A_COMMIT:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            stopping = job is None
            if jobs:
                self._commit(jobs)

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                answers = [_within_savepoint(connection, job.work) for job in jobs]
                connection.commit()
        except DBAPIError as error:
            answers = [_raiser(database_fault(error)) for _ in jobs]
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting
            answers = [_raiser(error) for _ in jobs]
        for job, answer in zip(jobs, answers, strict=True):
            _resolve(job.future, answer)


Answer = Callable[[], Any]


def _within_savepoint(connection: Connection, work: Work[Any]) -> Answer:
    """Run one work so that its failure undoes nothing but itself."""
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        result = work(connection)
    except DBAPIError as error:
        raw: Any = connection.connection.dbapi_connection
        if not raw.in_transaction:
            raise  # SQLite has rolled everything back, as it does when the disk is full
        connection.exec_driver_sql("ROLLBACK TO work")
        connection.exec_driver_sql("RELEASE work")
        return _raiser(database_fault(error))
    except Exception as error:  # noqa: BLE001 - it belongs to whoever handed the work in
        connection.exec_driver_sql("ROLLBACK TO work")
        connection.exec_driver_sql("RELEASE work")
        return _raiser(error)
    connection.exec_driver_sql("RELEASE work")
    return lambda: result


def _raiser(error: BaseException) -> Answer:
    def answer() -> Any:
        raise error

    return answer


def _resolve(future: "Future[Any]", answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(answer())
    except BaseException as error:  # noqa: BLE001 - handed on
        future.set_exception(error)


def sqlite_engine(path: Path) -> Engine:
    """An engine over a file, with the settings that paid work needs.

    Transactions are begun by hand: the driver's own habit of beginning late would let two writers meet.
    """
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=READERS + 1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    def prepare(raw: object, _record: object) -> None:
        connection = cast("Any", raw)
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", prepare)
    return engine


class Hold:
    """The lock of the one server on a database, or of whoever changes its schema."""

    def __init__(self, path: Path) -> None:
        """Take it, for as long as the process lives or until it is released.

        Raises:
            UserError: another process holds it.
            StoreFailed: its file cannot be made.
        """
        place = f"{path}.server"
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise disk_fault(error, f"Making {place}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise UserError(
                f"Another server is running on {path}.",
                code="store_in_use",
                field="store",
                remedy="SQLite serves one server process. For several, set LIMNER_STORE to a postgresql:// "
                "address.",
            ) from error
        self._handle: int | None = handle

    def release(self) -> None:
        """Let go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
