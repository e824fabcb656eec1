"""Breakers in SQL, shared by all processes of a store."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from limner.engine.health.store import WHOLE, Act, Key
from limner.engine.sql.tables import BREAKERS
from limner.policy.breaker import CLOSED, Breaker
from limner.policy.pair import Pair
from limner.storage.database import Database
from limner.storage.upsert import insert_new


class SqlBreakers:
    """Breakers that survive restarts, one row each."""

    def __init__(self, database: Database) -> None:
        """Use a database that has the current schema."""
        self._database = database

    async def read(self) -> Mapping[Key, Breaker]:
        """All that are not as they began."""

        def work(db: Connection) -> dict[Key, Breaker]:
            found = {(row.provider, row.operation): _breaker(row) for row in db.execute(select(BREAKERS))}
            return {key: breaker for key, breaker in found.items() if breaker != CLOSED}

        return await self._database.read(work)

    async def change(self, provider: str, operation: str, act: Act) -> tuple[Pair, Pair]:
        """Change two, each row locked. The provider's comes first, so that nobody waits in a circle."""
        return await self._database.write(lambda db: _change(db, provider, operation, act))


def _change(db: Connection, provider: str, operation: str, act: Act) -> tuple[Pair, Pair]:
    for part in (WHOLE, operation):
        insert_new(db, BREAKERS, [{"provider": provider, "operation": part, **_values(CLOSED)}])
    before = Pair(_locked(db, provider, WHOLE), _locked(db, provider, operation))
    after = act(before)
    for part, was, now in zip((WHOLE, operation), before.both, after.both, strict=True):
        if now != was:
            db.execute(update(BREAKERS).where(*_is(provider, part)).values(**_values(now)))
    return before, after


def _locked(db: Connection, provider: str, part: str) -> Breaker:
    return _breaker(db.execute(select(BREAKERS).where(*_is(provider, part)).with_for_update()).one())


def _is(provider: str, part: str) -> tuple[Any, Any]:
    return BREAKERS.c.provider == provider, BREAKERS.c.operation == part


def _values(breaker: Breaker) -> dict[str, object]:
    return {
        "failures": json.dumps([at.isoformat() for at in breaker.failures]),
        "opened_at": breaker.opened_at,
        "trial": breaker.trial,
        "trial_until": breaker.trial_until,
    }


def _breaker(row: Row[Any]) -> Breaker:
    failures = tuple(datetime.fromisoformat(at) for at in json.loads(row.failures))
    return Breaker(failures, row.opened_at, row.trial, row.trial_until)
