"""A backup: one SQLite file with every row and a folder with all bytes, whatever the store is.

So a backup of PostgreSQL and a bucket can be restored into SQLite and a folder, and the other way round:
it is also how a store moves. The file gets its name when everything is there: what was broken off is no
backup, and cannot be taken for one.
"""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError

from limner.core.errors import StoreFailed, UserError
from limner.storage.blobs import Blobs
from limner.storage.faults import database_fault, disk_fault
from limner.storage.migrate import upgrade
from limner.storage.store import Store, engine_of, open_blobs, open_store, sqlite_url

Tables = Sequence[MetaData]
"""Every room's, in an order in which rows can be inserted."""
PAGE: Final = 500
"""Rows that are copied at once."""
FILE: Final = "limner.db"
PART: Final = f"{FILE}.part"
"""The file until everything is there."""
FOLDER: Final = "blobs"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or a restore wrote."""

    rows: int
    blobs: int
    missing: int
    """Bytes that went away while they were copied, or were gone before; `limner store check` names them."""


async def back_up(store: Store, rooms: Tables, folder: Path) -> Copied:
    """Copy a store that is in use. Rows are of one moment; bytes that they name are copied after them.

    Args:
        store: open.
        rooms: every room's tables.
        folder: where to; it may have an older backup's bytes, which are not copied again.

    Raises:
        UserError: the folder has a backup's rows already, or another backup is being written to it.
        StoreFailed: the store or the folder fails.
    """
    file = folder / FILE
    if file.exists():
        raise UserError(
            f"{file} is there already.",
            code="backup_exists",
            field="folder",
            remedy="Name a new folder, or remove the old rows; bytes may stay.",
        )
    with alone(folder):
        _remove_parts(folder)
        part = folder / PART
        target = open_store(sqlite_url(part), blobs=str(folder / FOLDER), floor=0)
        try:
            count = await asyncio.to_thread(_copy_between, store.url, target.url, rooms)
            blobs, missing = await _copy_blobs(store.blobs, target.blobs)
        finally:
            await target.aclose()
        _check_closed(part)
        part.rename(file)
        _remove_parts(folder)
    return Copied(count, blobs, missing)


async def restore(folder: Path, store: Store, rooms: Tables) -> Copied:
    """Copy a backup into a store. The backup is only read, and may be an older Limner's.

    Args:
        folder: of the backup.
        store: open, in use by nobody, and empty.
        rooms: every room's tables.

    Raises:
        UserError: there is no whole backup, it is a newer Limner's, or the store is not empty.
        StoreFailed: the store or the folder fails.
    """
    _check_whole(folder)
    await store.database.read(lambda db: _check_empty(db, _tables(rooms)))
    with TemporaryDirectory(prefix="limner-") as aside:
        rows = await asyncio.to_thread(_current, folder / FILE, Path(aside))
        # Bytes first: a row never names what is not there.
        blobs, missing = await _copy_blobs(open_blobs(str(folder / FOLDER), floor=0), store.blobs)
        count = await asyncio.to_thread(_copy_between, rows, store.url, rooms)
    return Copied(count, blobs, missing)


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Be the only one that writes a backup to a folder, which is made where it is not there.

    Args:
        folder: of the backup.

    Raises:
        UserError: somebody else is writing one.
        StoreFailed: the folder cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise disk_fault(error, f"Making the folder {folder}") from error
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UserError(
            f"Another backup is being written to {folder}.",
            code="backup_in_use",
            field="folder",
            remedy="Wait for it, or name another folder.",
        ) from error


def _remove_parts(folder: Path) -> None:
    for left in folder.glob(f"{PART}*"):
        left.unlink()


def _check_closed(part: Path) -> None:
    """SQLite writes its log into the file when the last connection closes, unless that fails."""
    log = part.with_name(f"{PART}-wal")
    if log.exists() and log.stat().st_size > 0:
        raise StoreFailed(
            f"Rows of the backup could not be written into {part}.",
            code="backup_unfinished",
            remedy="Check the disk, and that nobody has the file open; then back up again.",
        )


def _check_whole(folder: Path) -> None:
    if (folder / FILE).is_file():
        return
    if (folder / PART).exists():
        raise UserError(
            f"The backup in {folder} was broken off: not everything is in it.",
            code="backup_unfinished",
            field="folder",
            remedy="Name another backup. `limner store backup` with the same folder finishes this one.",
        )
    raise UserError(
        f"{folder} has no backup.",
        code="no_backup",
        field="folder",
        remedy=f"Name the folder that has {FILE} in it.",
    )


def _current(file: Path, aside: Path) -> str:
    """The address of a copy in the schema of this Limner: a backup may be older, or on what is read-only."""
    copy = aside / FILE
    try:
        for part in (file, file.with_name(f"{FILE}-wal")):  # a store's own folder may have one of these
            if part.exists():
                shutil.copyfile(part, aside / part.name)
    except OSError as error:
        raise disk_fault(error, f"Copying {file} to {aside}") from error
    url = sqlite_url(copy)
    engine = engine_of(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    return url


def _copy_between(source: str, target: str, rooms: Tables) -> int:
    engines = engine_of(source), engine_of(target)
    try:
        with engines[0].connect() as reading, engines[1].connect() as writing:
            if reading.dialect.name == "sqlite":
                reading.exec_driver_sql("BEGIN")
            else:
                reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if writing.dialect.name == "sqlite":
                writing.exec_driver_sql("BEGIN IMMEDIATE")
            tables = _tables(rooms)
            _check_empty(writing, tables)
            count = sum(_copy(reading, writing, table) for table in tables)
            writing.commit()
            return count
    except DBAPIError as error:
        raise database_fault(error) from error
    finally:
        for engine in engines:
            engine.dispose()


def _copy(reading: Connection, writing: Connection, table: Table) -> int:
    count = 0
    found = reading.execution_options(yield_per=PAGE).execute(select(table))
    for page in found.mappings().partitions(PAGE):
        rows: list[dict[str, Any]] = [dict(row) for row in page]
        writing.execute(insert(table), rows)
        count += len(rows)
    return count


def _tables(rooms: Tables) -> list[Table]:
    return [table for room in rooms for table in room.sorted_tables]


def _check_empty(db: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        if db.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise UserError(
                "The store is not empty.",
                code="store_not_empty",
                field="store",
                remedy="Restore into a new store, then use that one.",
            )


async def _copy_blobs(source: Blobs, target: Blobs) -> tuple[int, int]:
    copied = missing = 0
    async for kept in source.all():
        try:
            await target.put(kept.tenant, await source.get(kept.tenant, kept.digest))
            copied += 1
        except StoreFailed as error:
            if error.code not in {"blob_missing", "blob_damaged"}:
                raise
            missing += 1
    return copied, missing
