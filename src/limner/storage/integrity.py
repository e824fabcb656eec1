"""Whether rows and bytes agree; and removing the bytes that no row needs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection

from limner.core.errors import StoreFailed
from limner.storage.blobs import Blobs, Kept
from limner.storage.database import Database

YOUNG: Final = timedelta(days=1)
"""Bytes younger than this are left alone: they are stored before the row that names them."""
PAGE: Final = 500
"""How many names are looked at in one transaction."""


class Names(Protocol):
    """The bytes that the rows of one room name."""

    def needed(self, db: Connection, tenant: str, digests: Sequence[str]) -> set[str]:
        """Which of these the room's rows name."""
        ...

    def page(self, db: Connection, after: tuple[str, str] | None, most: int) -> list[tuple[str, str]]:
        """What they name, in order of `(tenant, digest)`, each once.

        Args:
            db: in a transaction.
            after: only what comes later. Absent: from the beginning.
            most: how many at most.
        """
        ...


@dataclass(slots=True)
class Report:
    """What was found."""

    named: int = 0
    """Bytes that rows name."""
    missing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """`(tenant, digest)` of those that are not there."""
    damaged: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Of those that are not what was stored."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.missing and not self.damaged


async def check(database: Database, blobs: Blobs, names: Sequence[Names]) -> Report:
    """Read everything that rows name, and see that it is what was stored.

    Args:
        database: the rows.
        blobs: the bytes.
        names: one for each room that has rows which name bytes.

    Raises:
        StoreFailed: the store cannot be reached.
    """
    report = Report()
    for room in names:
        async for tenant, digest in _all(database, room):
            report.named += 1
            try:
                await blobs.get(tenant, digest)
            except StoreFailed as error:
                if error.code == "blob_missing":
                    report.missing.append((tenant, digest))
                elif error.code == "blob_damaged":
                    report.damaged.append((tenant, digest))
                else:
                    raise
    return report


@dataclass(slots=True)
class Swept:
    """What was removed."""

    count: int = 0
    size: int = 0
    """Bytes."""


async def sweep(
    database: Database, blobs: Blobs, names: Sequence[Names], now: datetime, *, young: timedelta = YOUNG
) -> Swept:
    """Remove bytes that no row names. What is young is left alone: its row may be about to be written.

    Args:
        database: the rows.
        blobs: the bytes.
        names: as for `check`; one that is left out loses its bytes.
        now: decides what is young.
        young: how long bytes may wait for their row.

    Raises:
        StoreFailed: the store cannot be reached. What was removed until then was not needed.
    """
    swept = Swept()
    page: list[Kept] = []
    async for kept in blobs.all():
        if kept.at > now - young:
            continue
        if page and (len(page) == PAGE or page[0].tenant != kept.tenant):
            await _sweep(database, blobs, names, page, swept)
            page = []
        page.append(kept)
    if page:
        await _sweep(database, blobs, names, page, swept)
    return swept


async def _sweep(
    database: Database, blobs: Blobs, names: Sequence[Names], page: list[Kept], swept: Swept
) -> None:
    """Remove what is not needed of one tenant's bytes."""
    tenant, digests = page[0].tenant, [kept.digest for kept in page]

    def needed(db: Connection) -> set[str]:
        return {digest for room in names for digest in room.needed(db, tenant, digests)}

    keep = await database.read(needed)
    for kept in page:
        if kept.digest not in keep and await blobs.sweep(kept):
            swept.count += 1
            swept.size += kept.size


async def _all(database: Database, room: Names) -> AsyncIterator[tuple[str, str]]:
    after: tuple[str, str] | None = None
    while True:
        page = await database.read(lambda db, last=after: room.page(db, last, PAGE))
        for name in page:
            yield name
        if len(page) < PAGE:
            return
        after = page[-1]
