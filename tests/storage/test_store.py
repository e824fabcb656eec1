"""Opening a store: what stands in the way is said, and nothing is left locked."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from limner.assembly import store_of, tables
from limner.core.errors import StoreFailed, UserError
from limner.settings import Settings
from limner.storage.backup import back_up
from limner.storage.faults import database_fault
from limner.storage.sqlite import sqlite_engine
from limner.storage.store import open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/limner.db"


@pytest.mark.parametrize("server", [True, False])
def test_a_store_that_cannot_be_used_is_let_go(url: str, tmp_path: Path, server: bool):
    asyncio.run(open_store(url, floor=0).aclose())
    engine = sqlite_engine(tmp_path / "limner.db")
    with engine.connect() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.commit()
    for _ in range(2):
        with pytest.raises(UserError) as raised:
            open_store(url, floor=0, server=server)
        assert raised.value.code == "store_too_new"
    with engine.connect() as db:
        db.execute(text("DROP TABLE alembic_version"))
        db.commit()
    engine.dispose()


@pytest.mark.parametrize("written", ["no database, but a text of some length" * 99, "nothing"])
def test_a_file_that_is_no_database_is_called_so(url: str, tmp_path: Path, written: str):
    (tmp_path / "limner.db").write_text(written, "ascii")
    with pytest.raises(StoreFailed) as raised:
        open_store(url, floor=0)
    assert raised.value.code == "store_damaged"
    assert "restore" in raised.value.remedy


def test_a_folder_in_place_of_the_file_is_no_server_that_is_away(url: str, tmp_path: Path):
    (tmp_path / "limner.db").mkdir()
    with pytest.raises(StoreFailed, match="cannot be opened") as raised:
        open_store(url, floor=0)
    assert "server" not in str(raised.value)


def test_a_lock_that_cannot_be_made_is_told(url: str, tmp_path: Path):
    (tmp_path / "limner.db.server").mkdir()
    with pytest.raises(StoreFailed, match=r"limner\.db\.server"):
        open_store(url, floor=0)


def test_a_folder_may_have_any_name(tmp_path: Path):
    home = tmp_path / "what? 100%41 #1 &c"
    settings = Settings(environ={"XDG_DATA_HOME": str(home)}).at_home()

    async def used() -> None:
        store = store_of(settings)
        await store.blobs.put("local", b"bytes")
        await back_up(store, tables(), home / "backup")
        await store.aclose()

    asyncio.run(used())
    assert [path.name for path in tmp_path.iterdir()] == [home.name]
    found = {str(path.relative_to(home)) for path in home.rglob("limner.*")}
    assert found >= {"limner/limner.db", "limner/limner.blobs", "backup/limner.db"}


def test_what_may_only_be_read_is_called_so():
    fault = database_fault(
        OperationalError("INSERT", {}, sqlite3.OperationalError("attempt to write a readonly database"))
    )
    assert "permission" in fault.remedy
    assert "server" not in str(fault)
