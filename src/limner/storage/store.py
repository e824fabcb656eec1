"""A store: records and bytes, opened from one address."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from limner.core.errors import UserError
from limner.storage.access import BucketAccess
from limner.storage.blobs import Blobs
from limner.storage.database import Database
from limner.storage.disk import DiskBlobs
from limner.storage.faults import database_fault, disk_fault
from limner.storage.postgres import PostgresDatabase, postgres_engine
from limner.storage.schema import is_current
from limner.storage.sqlite import Hold, SqliteDatabase, sqlite_engine

FLOOR: Final = 256_000_000
"""Bytes of disk that stay free: below it nothing new is bought, so that what is under way has room."""
LOOK: Final = 0.05
"""Seconds between two looks at a schema that another process is bringing up."""
LOOKS: Final = 600
"""How often to look before giving up."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a Limner remembers."""

    url: str = field(repr=False)
    """Of the database. It may hold a password."""
    database: Database
    blobs: Blobs

    async def aclose(self) -> None:
        """Finish what is under way and close."""
        await self.database.aclose()
        await self.blobs.aclose()


def open_store(
    url: str,
    *,
    blobs: str | None = None,
    bucket: BucketAccess | None = None,
    server: bool = False,
    floor: int = FLOOR,
) -> Store:
    """Open a store, and bring its schema up to date.

    Args:
        url: `sqlite:///path/limner.db` or `postgresql://user@host/name`.
        blobs: a folder for the bytes, or `s3://bucket/prefix`. Absent: a folder beside the SQLite file.
        bucket: how the bucket is reached. Absent: as Amazon's own, by the machine's role.
        server: hold SQLite as a server does; a second one is refused.
        floor: bytes of disk to leave free.

    Raises:
        UserError: the address cannot be used, or another server holds it.
        StoreFailed: the database cannot be reached.
    """
    if address_of(url).drivername == "sqlite":
        path = sqlite_path(url)
        kept = open_blobs(blobs or str(path.with_suffix(".blobs")), bucket, floor)
        hold = _ready_file(path, server=server)
        return Store(url, SqliteDatabase(path, hold=hold, floor=floor), kept)
    if blobs is None:
        raise UserError(
            "With PostgreSQL, say where the pictures are kept.",
            code="missing_blobs",
            field="blobs",
            remedy="Set LIMNER_BLOBS to a folder that every process reaches, or to s3://bucket/prefix.",
        )
    kept = open_blobs(blobs, bucket, floor)
    url = address_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
    _ready(lambda: postgres_engine(url))
    return Store(url, PostgresDatabase(url), kept)


def address_of(url: str) -> URL:
    """Read the address of a store.

    Raises:
        UserError: it is none. What was given is not repeated, because it may hold a password.

    Example:
        >>> address_of("postgresql://limner:hush@db.example/images").render_as_string()
        'postgresql://limner:***@db.example/images'
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or address.drivername not in {"sqlite", "postgresql", "postgres"}:
        raise UserError(
            "The address of the store is neither SQLite's nor PostgreSQL's.",
            code="invalid_store",
            field="store",
            remedy="Write sqlite:///path/to/limner.db or postgresql://user@host/name.",
        )
    return address


def open_blobs(place: str, bucket: BucketAccess | None = None, floor: int = FLOOR) -> Blobs:
    """Open a folder or a bucket.

    Raises:
        UserError: the address of the bucket cannot be used.
    """
    if not place.startswith("s3:"):
        return DiskBlobs(Path(place).expanduser(), floor=floor)
    from limner.storage.bucket import BucketBlobs  # noqa: PLC0415 - only where there is one

    return BucketBlobs(place, bucket or BucketAccess())


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///` address.

    Raises:
        UserError: it names no file.

    Example:
        >>> sqlite_path("sqlite:////var/lib/limner.db")
        PosixPath('/var/lib/limner.db')
    """
    database = address_of(url).database
    if not database or database == ":memory:":
        raise UserError(
            f"{url} names no file.",
            code="invalid_store",
            field="store",
            remedy="Write sqlite:///path/to/limner.db; leave the store out to remember nothing.",
        )
    return Path(database).expanduser()


def sqlite_url(path: Path) -> str:
    """The address of a file, whatever its name has in it.

    Example:
        >>> sqlite_url(Path("/srv/100%/limner.db"))
        'sqlite:////srv/100%25/limner.db'
    """
    return f"sqlite:///{quote(str(path.absolute()))}"


def engine_of(url: str) -> Engine:
    """An engine for work that blocks, whatever schema the database has. Whoever asks disposes of it.

    Args:
        url: of a store, as for `open_store`.
    """
    sqlite = address_of(url).drivername == "sqlite"
    return sqlite_engine(sqlite_path(url)) if sqlite else postgres_engine(url)


def _ready_file(path: Path, *, server: bool) -> Hold | None:
    """Make the file ready. Whoever changes its schema holds it meanwhile, so that no server runs on it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(error, f"Making the folder {path.parent}") from error
    if server:
        hold = Hold(path)
        try:
            _ready(lambda: sqlite_engine(path))
        except BaseException:
            hold.release()
            raise
        return hold
    pause = threading.Event()
    for last in [False] * LOOKS + [True]:
        if path.exists() and _is_ready(lambda: sqlite_engine(path)):
            return None
        try:
            hold = Hold(path)
        except UserError:
            if last:
                raise
            pause.wait(LOOK)
            continue
        try:
            _ready(lambda: sqlite_engine(path))
        finally:
            hold.release()
    return None


def _ready(connect: Callable[[], Engine]) -> None:
    """Bring a schema up, unless it is."""
    if _is_ready(connect):
        return
    from limner.storage.migrate import upgrade  # noqa: PLC0415 - Alembic takes longer to load than the rest

    engine = connect()
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def _is_ready(connect: Callable[[], Engine]) -> bool:
    engine = connect()
    try:
        with engine.connect() as connection:
            return is_current(connection)
    except DBAPIError as error:
        raise database_fault(error) from error
    finally:
        engine.dispose()
