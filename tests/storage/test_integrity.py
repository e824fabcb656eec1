"""Rows and bytes are compared, and only what nothing needs is swept away."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from limner.core.errors import StoreFailed
from limner.storage.blobs import Blobs
from limner.storage.database import Database
from limner.storage.integrity import YOUNG, check, sweep
from tests.storage.test_blobs import listed

OLD = datetime.now(UTC) + 2 * YOUNG
"""A moment at which everything stored now is old."""


class Room:
    """A room whose rows name what it was told."""

    def __init__(self, *named: tuple[str, str]) -> None:
        self.named = sorted(set(named))

    def needed(self, db: Connection, tenant: str, digests: Sequence[str]) -> set[str]:
        del db
        return {digest for name, digest in self.named if name == tenant and digest in digests}

    def page(self, db: Connection, after: tuple[str, str] | None, most: int) -> list[tuple[str, str]]:
        del db
        return [name for name in self.named if after is None or name > after][:most]


async def test_all_is_well(blobs: Blobs, records: Database):
    room = Room(("acme", await blobs.put("acme", b"one")), ("other", await blobs.put("other", b"one")))
    report = await check(records, blobs, [room, Room()])
    assert (report.sound, report.named) == (True, 2)


async def test_what_is_missing_is_named(blobs: Blobs, records: Database):
    digest = await blobs.put("acme", b"one")
    lost = ("acme", "0" * 64)
    report = await check(records, blobs, [Room(("acme", digest), lost)])
    assert (report.sound, report.missing, report.damaged) == (False, [lost], [])


async def test_more_than_a_page_is_looked_at(records: Database):
    class Lost:
        async def get(self, tenant: str, digest: str) -> bytes:
            raise StoreFailed(tenant + digest, code="blob_damaged", remedy="")

    many = [("acme", f"{number:064x}") for number in range(1203)]
    report = await check(records, Lost(), [Room(*many)])  # pyright: ignore[reportArgumentType]
    assert (report.named, report.damaged) == (1203, many)


async def test_a_sweep_takes_only_what_is_old_and_unnamed(blobs: Blobs, records: Database):
    kept, gone, others = [await blobs.put("acme", data) for data in (b"kept", b"gone", b"others")]
    theirs = await blobs.put("other", b"gone")
    rooms = [Room(("acme", kept)), Room(("acme", others), ("other", theirs))]
    nothing = await sweep(records, blobs, rooms, datetime.now(UTC))
    assert (nothing.count, nothing.size) == (0, 0)  # it is young
    swept = await sweep(records, blobs, rooms, OLD)
    assert (swept.count, swept.size) == (1, 4)
    assert await listed(blobs) == sorted([("acme", kept), ("acme", others), ("other", theirs)])
    assert gone not in {kept, others}
