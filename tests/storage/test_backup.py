"""A backup of any store is restored into any other, and is then the same store."""

import itertools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import Connection, select, text

from limner.assembly import names, tables
from limner.core.errors import StoreFailed, UserError
from limner.core.results import Result
from limner.engine.journal import RunRow
from limner.engine.sql.journal import SqlJournal
from limner.ledger.entries import Budget, Period
from limner.ledger.sql.book import reserve, settle
from limner.ledger.sql.budgets import set_budget
from limner.storage import backup
from limner.storage.backup import Copied, back_up, restore
from limner.storage.integrity import check
from limner.storage.migrate import downgrade, upgrade
from limner.storage.schema import known
from limner.storage.sqlite import sqlite_engine
from limner.storage.store import Store, open_store
from tests.engine.test_journal import ADA, REQUEST, attempted, result
from tests.ledger.samples import NOON, charged, spend
from tests.support.buckets import Service, access, bucket
from tests.support.clock import SkippingClock
from tests.support.databases import database

KINDS = ["sqlite", "postgresql"]


@asynccontextmanager
async def opened(kind: str, folder: Path, service: Service) -> AsyncIterator[Store]:
    with database(kind, folder) as url:
        if kind == "sqlite":
            store = open_store(url, floor=0)
        else:
            store = open_store(url, blobs=f"s3://{bucket(service)}/x", bucket=access(service))
        try:
            yield store
        finally:
            await store.aclose()


async def fill(store: Store) -> None:
    """A finished run, one under way, budgets and entries."""
    journal = SqlJournal(store.database, store.blobs, SkippingClock(patient=True))
    run = await journal.open(REQUEST, ADA)
    assert isinstance(run, RunRow)
    await attempted(journal, run)
    await journal.finish(run.id, result(run))
    await journal.open(REQUEST.replace(idempotency_key="k"), ADA)
    await journal.aclose()

    def money(db: Connection) -> None:
        set_budget(db, Budget("user:ada", Period.MONTH, usd=Decimal("1.5"), ceiling=Decimal("0.1")), NOON)
        held = spend("0.06")
        reserve(db, held)
        settle(db, held.run, [charged("0.0512345678")])
        reserve(db, spend("0.02"))

    await store.database.write(money)


def rows(db: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: [tuple(row) for row in db.execute(select(table).order_by(*table.primary_key))]
        for room in tables()
        for table in room.sorted_tables
    }


@pytest.mark.parametrize(("source", "target"), [*itertools.product(KINDS, KINDS)])
async def test_what_is_restored_is_the_same(source: str, target: str, tmp_path: Path, service: Service):
    async with opened(source, tmp_path / "source", service) as store:
        await fill(store)
        before = await store.database.read(rows)
        copied = await back_up(store, tables(), tmp_path / "backup")
        assert copied.missing == 0
        assert copied.rows == sum(map(len, before.values())) > 8
    async with opened(target, tmp_path / "target", service) as store:
        assert await restore(tmp_path / "backup", store, tables()) == copied
        assert await store.database.read(rows) == before
        assert (await check(store.database, store.blobs, names())).sound
        journal = SqlJournal(store.database, store.blobs, SkippingClock(patient=True))
        run = next(row for row in before["runs"] if row[5] == "finished")
        assert isinstance(await journal.claim(str(run[0])), Result)
        await journal.aclose()


async def test_a_backup_holds_no_key(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        (tmp_path / "source" / "limner.key").write_text("hush", encoding="ascii")
        await back_up(store, tables(), tmp_path / "backup")
    names = {path.name for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert not [name for name in names if "key" in name or "wal" in name]


async def test_bytes_that_are_there_already_are_not_copied_twice(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        first = await back_up(store, tables(), tmp_path / "backup")
        with pytest.raises(UserError) as raised:
            await back_up(store, tables(), tmp_path / "backup")
        assert raised.value.code == "backup_exists"
        (tmp_path / "backup" / "limner.db").unlink()
        assert await back_up(store, tables(), tmp_path / "backup") == first


async def test_nothing_is_restored_over_anything(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        await back_up(store, tables(), tmp_path / "backup")
        for kept in [kept async for kept in store.blobs.all()]:
            await store.blobs.delete(kept.tenant, kept.digest)
        with pytest.raises(UserError) as raised:
            await restore(tmp_path / "backup", store, tables())
        assert raised.value.code == "store_not_empty"
        assert not [kept async for kept in store.blobs.all()]
        with pytest.raises(UserError) as raised:
            await restore(tmp_path / "nowhere", store, tables())
        assert raised.value.code == "no_backup"


async def test_lost_bytes_do_not_stop_a_backup_and_are_counted(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        whole = await back_up(store, tables(), tmp_path / "whole")
        (kept, *_) = [kept async for kept in store.blobs.all()]
        path = next((tmp_path / "source").rglob(kept.digest))
        path.write_bytes(b"damaged")
        copied = await back_up(store, tables(), tmp_path / "partial")
        assert copied == Copied(whole.rows, whole.blobs - 1, 1)
        report = await check(store.database, store.blobs, names())
        assert report.damaged == [(kept.tenant, kept.digest)]


async def test_a_backup_that_was_broken_off_is_none(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "backup"
    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        with monkeypatch.context() as killed:
            killed.setattr(backup, "_copy_blobs", Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                await back_up(store, tables(), folder)
        async with opened("sqlite", tmp_path / "target", service) as target:
            with pytest.raises(UserError) as raised:
                await restore(folder, target, tables())
            assert raised.value.code == "backup_unfinished"
        whole = await back_up(store, tables(), folder)
        assert whole.blobs > 0
        assert {path.name for path in folder.iterdir()} == {"limner.db", "blobs"}


async def test_a_backup_whose_rows_are_not_in_its_file_gets_no_name(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
):
    folder, readers = tmp_path / "backup", []

    def read_too(url: str, **more: Any) -> Store:
        target = open_store(url, **more)
        reader = sqlite3.connect(folder / "limner.db.part", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        readers.append(reader)
        return target

    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        with monkeypatch.context() as held:
            held.setattr(backup, "open_store", read_too)
            with pytest.raises(StoreFailed) as raised:
                await back_up(store, tables(), folder)
        assert raised.value.code == "backup_unfinished"
        assert not (folder / "limner.db").exists()
        readers.pop().close()
        assert (await back_up(store, tables(), folder)).rows > 0


async def test_two_backups_into_one_folder_are_one_too_many(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        with backup.alone(tmp_path / "backup"):
            with pytest.raises(UserError) as raised:
                await back_up(store, tables(), tmp_path / "backup")
            assert raised.value.code == "backup_in_use"
        await back_up(store, tables(), tmp_path / "backup")


async def test_a_backup_of_an_older_limner_is_restored_and_stays_as_it_is(tmp_path: Path, service: Service):
    folder = tmp_path / "backup"
    async with opened("sqlite", tmp_path / "source", service) as store:
        await fill(store)
        before = await store.database.read(rows)
        copied = await back_up(store, tables(), folder)
    old = sqlite_engine(folder / "limner.db")
    downgrade(old, known()[0])
    upgrade(old, known()[1])
    old.dispose()
    seen = snapshot(folder)
    async with opened("sqlite", tmp_path / "target", service) as store:
        brought = await restore(folder, store, tables())
        assert brought.blobs == copied.blobs
        restored = await store.database.read(rows)
    assert restored["runs"] == before["runs"]
    assert snapshot(folder) == seen


async def test_a_backup_of_a_newer_limner_is_refused(tmp_path: Path, service: Service):
    async with opened("sqlite", tmp_path / "source", service) as store:
        await back_up(store, tables(), tmp_path / "backup")
    newer = sqlite_engine(tmp_path / "backup" / "limner.db")
    with newer.connect() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.commit()
    newer.dispose()
    async with opened("sqlite", tmp_path / "target", service) as store:
        with pytest.raises(UserError) as raised:
            await restore(tmp_path / "backup", store, tables())
        assert raised.value.code == "store_too_new"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
