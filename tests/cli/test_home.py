"""Where the command line remembers: the user's own store, another, or none."""

import os
import stat
from pathlib import Path

import pytest

from limner.cli.home import opened, settled
from limner.settings import Settings
from limner.storage.sqlite import Hold
from tests.cli.conftest import Limner
from tests.cli.test_servers import post, served
from tests.support.databases import sqlite_database

SKETCH = ("generate", "a pear", "--model", "limner/sketch", "--size", "32x32")


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's own store will be."""
    monkeypatch.delenv("LIMNER_STORE")
    return folder.parent / "data" / "limner" / "limner.db"


@pytest.fixture
def used(home: Path) -> Path:
    """The same, made already."""
    home.parent.parent.mkdir()
    sqlite_database(home.parent)
    return home


def test_the_first_picture_makes_it_for_the_user_alone(limner: Limner, home: Path):
    assert limner(*SKETCH).code == 0
    assert limner("store", "check").out.strip().endswith("everything is there (1 file).")
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "command",
    [
        ("quote", *SKETCH[:-2]),
        ("route", "a pear", "--model", "limner/sketch"),
        ("recommend", "erase"),
        ("providers",),
        ("doctor",),
        ("models",),
        (*SKETCH, "--no-store"),
    ],
    ids=lambda command: command[0],
)
def test_looking_makes_none(limner: Limner, home: Path, command: tuple[str, ...]):
    assert limner(*command).code == 0
    assert not home.parent.exists()


def test_looking_uses_the_one_there_is(used: Path):
    assert settled(new=False).store == f"sqlite:///{used}"


def test_another_one_is_named_or_none(limner: Limner, home: Path, monkeypatch: pytest.MonkeyPatch):
    other = home.parent.parent.parent / "other"
    monkeypatch.setenv("LIMNER_STORE", sqlite_database(other))
    assert limner(*SKETCH).code == 0
    assert len(list((other / "limner.blobs").rglob("?" * 64))) == 1
    monkeypatch.setenv("LIMNER_STORE", "memory")
    assert limner(*SKETCH).code == 0
    assert not home.parent.exists()


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="root writes everywhere")
def test_where_none_can_be_made_it_says_what_to_do(
    limner: Limner, home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/self")  # nobody makes a folder there
    ran = limner(*SKETCH)
    assert ran.code == 8
    assert "Making the folder /proc/self/limner failed" in ran.err
    assert "LIMNER_STORE=memory" in ran.err
    assert "Nothing was charged." in ran.err
    assert limner(*SKETCH, "--no-store").code == 0


def test_the_command_line_writes_beside_a_server(limner: Limner, used: Path):
    hold = Hold(used)
    try:
        assert limner(*SKETCH).code == 0
    finally:
        hold.release()


def test_serve_remembers_too_and_a_second_server_is_refused(tmp_path: Path):
    wish = {"operation": "generate", "prompt": "a pear", "model": "limner/sketch", "size": "32x32"}
    with served(tmp_path, "serve") as (root, _):
        assert post(f"{root}/api/v1/run", wish)["images"]
        own = tmp_path / ".local" / "share" / "limner"
        settings = Settings(environ={"HOME": str(tmp_path)}, store=f"sqlite:///{own / 'limner.db'}")
        with pytest.raises(Exception, match="Another server is running"):
            opened(settings, server=True)
    assert len(list((own / "limner.blobs").rglob("?" * 64))) == 1
