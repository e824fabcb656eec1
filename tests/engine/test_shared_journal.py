"""What processes that share one store owe each other: one carries a run on, and dead ones write nothing."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from limner.core.adapter import Ticket
from limner.core.errors import Billed, Cancelled, Error, StoreFailed, TimedOut, UserError
from limner.core.money import NO_COST
from limner.core.results import Result
from limner.engine.journal import RunRow, RunState
from limner.engine.sql.journal import SqlJournal
from limner.engine.sql.tables import EXECUTORS
from limner.storage.database import Work
from limner.storage.store import open_store
from tests.engine.test_journal import ADA, HELD, REQUEST, attempted, begun, result, sql_journal
from tests.support.clock import SkippingClock
from tests.support.databases import database, sqlite_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


async def test_what_is_no_text_is_refused(url: str, tmp_path: Path):
    async with sql_journal(url, tmp_path) as journal:
        with pytest.raises(UserError) as raised:
            await journal.open(REQUEST.replace(prompt="a p\udcffar"), ADA)
        assert raised.value.code == "invalid_text"


@pytest.mark.row("P2")
async def test_of_many_with_one_key_in_several_processes_one_begins(url: str, tmp_path: Path):
    request = REQUEST.replace(idempotency_key="k")
    async with sql_journal(url, tmp_path) as one, sql_journal(url, tmp_path) as two:
        opening = [asyncio.create_task(journal.open(request, ADA)) for journal in (one, two) * 8]
        done, _ = await asyncio.wait(opening, return_when=asyncio.FIRST_COMPLETED)
        (run,) = [task.result() for task in done]
        assert isinstance(run, RunRow)
        first = done.pop()
        journal = (one, two)[opening.index(first) % 2]
        await journal.finish(run.id, result(run))
        others = [task for task in opening if task is not first]
        assert {type(answer) for answer in await asyncio.gather(*others)} == {Result}
        assert len(others) == 15


@pytest.mark.row("P2")
async def test_a_run_is_carried_on_by_one_at_a_time(url: str, tmp_path: Path):
    async with sql_journal(url, tmp_path) as one, sql_journal(url, tmp_path) as two:
        run = await begun(one)
        for journal in (one, two):
            with pytest.raises(UserError) as raised:
                await journal.claim(run.id)
            assert raised.value.code == "run_in_progress"
        attempt = await attempted(one, run)
        await one.sent(attempt.id, Ticket("task", "/check"), None)
        await one.finish(run.id, TimedOut("Too long.", provider="openai"))
        claims = await asyncio.gather(
            *(journal.claim(run.id) for journal in (one, two) * 4), return_exceptions=True
        )
        assert [type(claim) for claim in claims].count(RunRow) == 1


async def test_who_stops_waiting_for_the_first_run_of_a_key_is_just_gone(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    request = REQUEST.replace(idempotency_key="k")
    async with sql_journal(url, tmp_path) as journal:
        run = await begun(journal, request)
        write, looks = journal._database.write, asyncio.Event()

        async def looked(work: Work[Any]) -> Any:
            looks.set()
            return await write(work)

        monkeypatch.setattr(journal._database, "write", looked)
        second = asyncio.create_task(journal.open(request, ADA))
        await looks.wait()
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await journal.finish(run.id, result(run))


async def test_nothing_is_held_for_a_run_that_was_let_go_meanwhile(url: str, tmp_path: Path):
    """Whoever is cancelled does not undo what it handed over; on PostgreSQL, that may be written later."""
    async with sql_journal(url, tmp_path) as journal:
        run = await begun(journal)
        await journal.pause(run.id, Cancelled("Gone.", billed=Billed.NO), paid=False)
        with pytest.raises(Error) as raised:
            await journal.reserve(run, HELD)
        assert raised.value.code == "run_closed"
        assert raised.value.billed is Billed.NO


@pytest.mark.row("P2")
async def test_who_was_counted_as_dead_writes_nothing_more(url: str, tmp_path: Path):
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    async with sql_journal(url, tmp_path) as one, sql_journal(url, tmp_path, later) as two:
        run = await begun(one)
        await one.reserve(run, HELD)
        assert isinstance(await two.claim(run.id), RunRow)
        writes = [attempted(one, run), one.settle(run.id, NO_COST, ()), one.finish(run.id, result(run))]
        for write in writes:
            with pytest.raises(Error) as raised:
                await write
            assert raised.value.code == "run_taken_over"
        found = await two.find(run.id)
        assert found is not None
        assert (found.attempts, found.settled, found.state) == ((), None, RunState.OPEN)
        await two.finish(run.id, result(run))
        assert isinstance(await one.claim(run.id), Result)


async def test_who_was_counted_as_dead_has_nothing_to_let_go(url: str, tmp_path: Path):
    """Whoever lets go has an error of its own to tell, and perhaps a picture to hand over with it."""
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    full = StoreFailed("Full.", code="store_full", remedy="", kept=(b"picture",))
    async with sql_journal(url, tmp_path) as one, sql_journal(url, tmp_path, later) as two:
        run = await begun(one)
        await one.reserve(run, HELD)
        assert isinstance(await two.claim(run.id), RunRow)
        for paid in (True, False):
            await one.pause(run.id, full, paid=paid)
        found = await two.find(run.id)
        assert found is not None
        assert found.state is RunState.OPEN


async def test_who_leaves_lets_others_go_on_at_once(url: str, tmp_path: Path):
    async with sql_journal(url, tmp_path) as one:
        run = await begun(one)
    async with sql_journal(url, tmp_path) as two:
        assert isinstance(await two.claim(run.id), RunRow)


def test_signs_of_life_go_on_in_the_next_event_loop(tmp_path: Path):
    """Whoever calls `asyncio.run` for each picture."""
    clock = SkippingClock(patient=True)
    store = open_store(sqlite_database(tmp_path), floor=0)
    journal = SqlJournal(store.database, store.blobs, clock)

    async def alive() -> bool:
        await begun(journal)
        until = await store.database.read(lambda db: db.scalar(select(EXECUTORS.c.lease_until)))
        return until is not None and until > clock.now()

    async def leave() -> None:
        await journal.aclose()
        assert await store.database.read(lambda db: db.scalar(select(EXECUTORS.c.id))) is None
        await store.aclose()

    assert asyncio.run(alive())
    clock.skip(120)
    assert asyncio.run(alive())
    asyncio.run(leave())
