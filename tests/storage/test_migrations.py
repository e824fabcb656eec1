"""Up, down one, and up with data; from nothing, at the same time, and to what the rooms' tables say."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, text

from limner.assembly import tables
from limner.core.errors import UserError
from limner.engine.sql.tables import EXECUTORS
from limner.storage.migrate import downgrade, upgrade
from limner.storage.postgres import postgres_engine
from limner.storage.schema import VERSIONS, current, is_current, known
from limner.storage.sqlite import Hold, sqlite_engine
from limner.storage.store import open_store
from tests.support.databases import postgres_database

ROWS = {
    "executors": {"id": "executor_1", "lease_until": "2026-11-21 12:00:00"},
    "runs": {
        "id": "run_1",
        "tenant": "local",
        "caller": "[null, []]",
        "request": "{}",
        "at": "2026-11-21 12:00:00",
        "state": "open",
        "executor": "executor_1",
    },
    "attempts": {
        "id": "attempt_1",
        "run": "run_1",
        "number": 0,
        "position": 0,
        "provider": "openai",
        "model": "openai/x",
        "state": "sent",
        "at": "2026-11-21 12:00:00",
        "sent": "{}",
    },
    "run_blobs": {"run": "run_1", "digest": "0" * 64},
    "entries": {
        "id": "attempt_1",
        "run": "run_1",
        "state": "charged",
        "at": "2026-11-21 12:00:00",
        "provider": "openai",
        "model": "openai/x",
        "operation": "generate",
        "images": 1,
        "usd": 40_000_000_000,
        "certainty": "exact",
        "arithmetic": "",
    },
    "entry_owners": {"entry": "attempt_1", "owner": "tenant:local"},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_engine(tmp_path / "empty.db")
        yield engine
        engine.dispose()
        return
    with postgres_database(empty=True) as url:
        engine = postgres_engine(url)
        yield engine
        engine.dispose()


def write(engine: Engine) -> None:
    with engine.connect() as db:
        for table, row in ROWS.items():
            db.execute(sa.table(table, *map(sa.column, row)).insert().values(**row))
        db.commit()


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as db:
        return {
            table: db.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0 for table in ROWS
        }


def test_the_schema_is_what_the_rooms_say(engine: Engine):
    upgrade(engine)
    together = MetaData()
    for room in tables():
        for table in room.tables.values():
            table.to_metadata(together)
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        differences: list[Any] = compare_metadata(context, together)
    assert not differences


def test_down_one_and_up_again_keeps_every_row(engine: Engine):
    upgrade(engine)
    write(engine)
    for _ in range(2):
        downgrade(engine)
        with engine.connect() as db:
            assert current(db) == known()[-2]
        upgrade(engine)
        assert counts(engine) == dict.fromkeys(ROWS, 1)


def test_all_the_way_down_leaves_nothing(engine: Engine):
    upgrade(engine)
    write(engine)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)


def test_step_by_step(engine: Engine):
    for revision in known():
        upgrade(engine, revision)
        with engine.connect() as db:
            assert current(db) == revision
    upgrade(engine)
    with engine.connect() as db:
        assert is_current(db)


def test_a_newer_database_is_refused(engine: Engine):
    upgrade(engine)
    with engine.connect() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.commit()
    with pytest.raises(UserError) as raised:
        upgrade(engine)
    assert raised.value.code == "store_too_new"


def test_a_step_that_fails_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr("limner.storage.migrate._check_references", broken)
    with pytest.raises(RuntimeError):
        upgrade(engine)
    assert inspect(engine).get_table_names() == []


def test_the_names_of_the_files_say_their_revisions():
    scripts = ScriptDirectory(str(VERSIONS.parent)).walk_revisions()
    assert sorted(script.revision for script in scripts) == list(known())


def at_once(url: str, folder: Path) -> None:
    def start(_: int) -> None:
        asyncio.run(open_store(url, blobs=str(folder / "blobs"), floor=0).aclose())

    with ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(start, range(6)))) == 6


def test_many_that_start_at_once_make_one_schema(tmp_path: Path):
    at_once(f"sqlite:///{tmp_path}/limner.db", tmp_path)
    with postgres_database(empty=True) as url:
        at_once(url, tmp_path)


def test_nobody_changes_the_schema_under_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    hold = Hold(tmp_path / "limner.db")
    monkeypatch.setattr("limner.storage.store.LOOKS", 2)
    with pytest.raises(UserError) as raised:
        open_store(f"sqlite:///{tmp_path}/limner.db")
    assert raised.value.code == "store_in_use"
    hold.release()
    asyncio.run(open_store(f"sqlite:///{tmp_path}/limner.db").aclose())


def test_moments_and_amounts_mean_the_same_on_both(engine: Engine):
    """What is written as UTC is read as UTC, whatever the server's zone."""
    upgrade(engine)
    moment = datetime(2026, 11, 21, 23, 59, 59, 999999, UTC)
    with engine.connect() as db:
        if engine.dialect.name == "postgresql":
            db.exec_driver_sql("SET TIME ZONE 'Asia/Tokyo'")
        db.execute(EXECUTORS.insert().values(id="one", lease_until=moment))
        assert db.scalar(EXECUTORS.select().with_only_columns(EXECUTORS.c.lease_until)) == moment
        db.commit()
