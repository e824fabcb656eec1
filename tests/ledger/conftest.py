"""A database for the ledger's plain functions: each test in a transaction that is rolled back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from limner.storage.postgres import postgres_engine
from limner.storage.sqlite import sqlite_engine
from limner.storage.store import sqlite_path
from tests.support.databases import database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("ledger")
    with database(request.param, folder) as url:
        engine = sqlite_engine(sqlite_path(url)) if request.param == "sqlite" else postgres_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.rollback()
