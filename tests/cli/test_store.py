"""`limner store`: looking after what is remembered."""

import os
import time
from pathlib import Path

import pytest

from limner.storage.integrity import YOUNG
from limner.storage.migrate import downgrade
from limner.storage.sqlite import Hold, sqlite_engine
from tests.cli.conftest import Limner
from tests.support.databases import owned_database, sqlite_database

SKETCH = ("generate", "a pear", "--model", "limner/sketch", "--size", "32x32")


@pytest.fixture
def store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a store."""
    place = folder.parent / "store"
    monkeypatch.setenv("LIMNER_STORE", sqlite_database(place))
    return place


@pytest.fixture
def painted(limner: Limner, store: Path) -> Path:
    """The bytes of the only picture in it."""
    assert limner(*SKETCH).code == 0
    [blob] = store.rglob("?" * 64)
    return blob


def test_all_is_well(limner: Limner, painted: Path):
    ran = limner("store", "check")
    assert (ran.code, ran.out) == (
        0,
        f"sqlite:///{painted.parents[3]}/limner.db: everything is there (1 file).\n",
    )
    assert limner("store", "check", "--json").json["sound"] is True


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_what_is_wrong_is_named(limner: Limner, painted: Path, how: str):
    if how == "missing":
        painted.unlink()
    else:
        painted.write_bytes(b"damaged")
    ran = limner("store", "check")
    assert ran.code == 1
    assert ran.out == f"{how}  local/{painted.name}\n"
    assert "1 of 1 file cannot be used" in ran.err
    assert limner("store", "check", "--json").json[how] == [["local", painted.name]]


def test_a_backup_brings_it_back(
    limner: Limner, painted: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    data = painted.read_bytes()
    ran = limner("store", "backup", "backup")
    assert ran.code == 0
    assert ran.out.endswith("records and 1 file copied.\n")
    assert limner("store", "backup", "backup").code == 2  # it has one already

    monkeypatch.setenv("LIMNER_STORE", f"sqlite:///{folder}/new.db")
    assert limner("store", "restore", "backup").code == 0
    [brought] = (folder / "new.blobs").rglob("?" * 64)
    assert brought.read_bytes() == data
    assert limner("store", "check").code == 0
    again = limner("store", "restore", "backup")
    assert again.code == 2
    assert "The store is not empty." in again.err


def test_a_store_moves_to_postgresql_and_its_password_is_not_shown(
    limner: Limner, painted: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    assert limner("store", "backup", "backup", "--json").json["missing"] == 0
    with owned_database("hush-hush") as url:
        monkeypatch.setenv("LIMNER_STORE", url)
        monkeypatch.setenv("LIMNER_BLOBS", str(folder / "blobs"))
        said = [limner("store", *words) for words in (("restore", "backup"), ("check",), ("upgrade",))]
        assert [ran.code for ran in said] == [0, 0, 0]
        assert not [ran for ran in said if "hush-hush" in ran.out + ran.err]
        assert limner(*SKETCH).code == 0
    monkeypatch.undo()


def test_a_backup_that_lacks_something_says_so(limner: Limner, painted: Path):
    painted.write_bytes(b"damaged")
    ran = limner("store", "backup", "backup")
    assert ran.code == 1
    assert "1 file could not be read" in ran.err


def test_only_what_is_old_and_unneeded_is_swept(limner: Limner, painted: Path):
    orphan = painted.parents[2] / "local" / "00" / ("0" * 64)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left over")
    assert limner("store", "sweep").out == "0 files removed, 0 bytes.\n"
    old = time.time() - 2 * YOUNG.total_seconds()
    for path in (orphan, painted):
        os.utime(path, (old, old))
    assert limner("store", "sweep").out == "1 file removed, 9 bytes.\n"
    assert painted.exists()
    assert limner("store", "sweep", "--json").json == {"count": 0, "size": 0}


def test_an_older_store_is_brought_up(limner: Limner, store: Path):
    assert "there is nothing to do" in limner("store", "upgrade").out
    engine = sqlite_engine(store / "limner.db")
    downgrade(engine)
    engine.dispose()
    hold = Hold(store / "limner.db")
    refused = limner("store", "upgrade")
    hold.release()
    assert refused.code == 2
    assert "Another server is running" in refused.err
    raised = limner("store", "upgrade", "--json").json
    assert raised["before"] < raised["after"]
    assert "there is nothing to do" in limner("store", "upgrade").out


@pytest.mark.parametrize("command", ["check", "sweep", "upgrade", "backup"])
def test_nothing_is_made_by_looking_after_nothing(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    arguments = ("x",) if command == "backup" else ()
    monkeypatch.setenv("LIMNER_STORE", f"sqlite:///{folder}/none.db")
    ran = limner("store", command, *arguments)
    assert ran.code == 2
    assert f"There is nothing at sqlite:///{folder}/none.db yet." in ran.err
    assert not list(folder.iterdir())
    monkeypatch.setenv("LIMNER_STORE", "memory")
    assert "Nothing is remembered here" in limner("store", command, *arguments).err
    monkeypatch.setenv("LIMNER_STORE", "hush://a:hush@b c")
    wrong = limner("store", command, *arguments)
    assert wrong.code == 2
    assert "hush@" not in wrong.err
