"""What databases and disks do to us, in words a person can act on."""

import errno
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from limner.core.errors import StoreFailed


def database_fault(error: DBAPIError) -> StoreFailed:
    """Tell what a database driver's error means.

    Args:
        error: as SQLAlchemy wraps it. Its statement and parameters are never repeated.
    """
    said = str(error.orig).lower()
    if "disk is full" in said or "no space" in said or "disk i/o error" in said:
        return full("The database's disk is full.")
    if "locked" in said or "busy" in said:
        return StoreFailed(
            "The database is locked by another process.",
            code="store_locked",
            remedy="Wait for the other process, or use PostgreSQL for several of them.",
        )
    file = _file_fault(said) if isinstance(error.orig, sqlite3.Error) else None
    if file is not None:
        return file
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return unreachable()
    return StoreFailed(
        f"The database refused: {type(error.orig).__name__}.",
        code="store_failed",
        remedy="See the log; this is likely a fault of Limner's.",
    )


def _file_fault(said: str) -> StoreFailed | None:
    """What is wrong with SQLite's file. `None`: something else is."""
    if "not a database" in said or "malformed" in said:
        return StoreFailed(
            "The database file is damaged, or is none.",
            code="store_damaged",
            remedy="Move it away and restore a backup, with `limner store restore`, or name another store.",
        )
    if "unable to open" in said or "readonly" in said:
        return StoreFailed(
            "The database file cannot be opened, or may not be written.",
            code="store_unreachable",
            remedy="Check the file, its folder and their permissions.",
        )
    return None


def unreachable() -> StoreFailed:
    """The database does not answer."""
    return StoreFailed(
        "The database cannot be reached.",
        code="store_unreachable",
        remedy="It is tried anew with the next request; look at the database server.",
    )


def disk_fault(error: OSError, what: str) -> StoreFailed:
    """Tell what a file system's error means.

    Args:
        error: as it came.
        what: what was being done, to begin the sentence with.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return full(f"{what} failed: the disk is full.")
    return StoreFailed(
        f"{what} failed: {error.strerror or error}.",
        code="store_failed",
        remedy="Check the folder and its permissions.",
    )


def full(message: str) -> StoreFailed:
    """There is no room."""
    return StoreFailed(
        message,
        code="store_full",
        remedy="Make room; until then nothing new is bought, and nothing paid is lost.",
    )


def check_floor(folder: Path, floor: int) -> None:
    """Refuse to go on when the disk under a folder is nearly full.

    Args:
        folder: which need not exist yet.
        floor: bytes that must be free.

    Raises:
        StoreFailed: fewer are.
    """
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < floor:
        raise full(f"The disk of {folder} is nearly full, so nothing new is bought.")
