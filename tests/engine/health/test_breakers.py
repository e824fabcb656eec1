"""One suite for every home of breakers: memory, SQLite, PostgreSQL; and what processes that share one see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from limner.engine.health.breakers import Breakers
from limner.engine.health.store import BreakerStore, MemoryBreakers
from limner.engine.signals import BreakerChanged, Signal
from limner.engine.sql.breakers import SqlBreakers
from limner.policy import pair as pairs
from limner.policy.breaker import State, Thresholds
from limner.policy.pair import Pair
from limner.storage.store import open_store
from tests.support.clock import SkippingClock
from tests.support.databases import database

THRESHOLDS = Thresholds(failures=2, window=timedelta(minutes=10), recovery=timedelta(minutes=5))


class Home:
    """Where breakers live, opened once more for each process that is played."""

    def __init__(self, kind: str, url: str | None, folder: Path, stack: AsyncExitStack) -> None:
        self.kind = kind
        self._url = url
        self._folder = folder
        self._stack = stack
        self._memory = MemoryBreakers()
        self.clock = SkippingClock()
        self.heard: list[Signal] = []

    def store(self) -> BreakerStore:
        """As another process has it. Memory is shared by hand: it has no other process."""
        if self._url is None:
            return self._memory
        store = open_store(self._url, blobs=str(self._folder / "blobs"), floor=0)
        self._stack.push_async_callback(store.aclose)
        return SqlBreakers(store.database)

    def process(self) -> Breakers:
        return Breakers(self.store(), self.clock, THRESHOLDS, self.heard.append)

    async def fail(self, process: Breakers, trial: str | None = None) -> Pair:
        now = self.clock.now()
        _, after = await process.change(
            "openai", "generate", lambda pair: pairs.failed(pair, now, THRESHOLDS, trial=trial)
        )
        return after

    async def succeed(self, process: Breakers, trial: str | None = None) -> Pair:
        _, after = await process.change("openai", "generate", lambda pair: pairs.succeeded(pair, trial=trial))
        return after

    async def claim(self, process: Breakers, trial: str) -> bool:
        now = self.clock.now()
        before, after = await process.change(
            "openai", "generate", lambda pair: pairs.claimed(pair, now, THRESHOLDS, trial=trial) or pair
        )
        return before != after

    async def seen(self, process: Breakers) -> State:
        await self.clock.sleep(1)
        await process.refresh()
        return process.pair("openai", "generate").state(self.clock.now(), THRESHOLDS)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    async with AsyncExitStack() as stack:
        url = None
        if request.param != "memory":
            url = stack.enter_context(database(request.param, tmp_path))
        yield Home(request.param, url, tmp_path, stack)


@pytest.mark.row("C3")
async def test_what_one_process_meets_the_others_know_within_a_second(home: Home):
    one, other = home.process(), home.process()
    assert await home.seen(other) is State.CLOSED
    await home.fail(one)
    assert await home.seen(other) is State.CLOSED
    await home.fail(other)  # it counts what the other has met
    assert await home.seen(one) is State.OPEN


@pytest.mark.row("C3")
async def test_a_restart_changes_nothing(home: Home):
    for _ in range(THRESHOLDS.failures):
        await home.fail(home.process())
    before = home.process()
    assert await home.seen(before) is State.OPEN
    await home.clock.sleep(THRESHOLDS.recovery.total_seconds())
    after = home.process()
    assert await home.seen(after) is State.HALF_OPEN
    assert before.pair("openai", "generate") == after.pair("openai", "generate")


@pytest.mark.row("C3")
async def test_of_many_processes_one_makes_the_trial(home: Home):
    processes = [home.process() for _ in range(6)]
    for _ in range(THRESHOLDS.failures):
        await home.fail(processes[0])
    await home.clock.sleep(THRESHOLDS.recovery.total_seconds())
    claims = await asyncio.gather(
        *(home.claim(process, f"trial_{number}") for number, process in enumerate(processes))
    )
    assert sum(claims) == 1
    trial = f"trial_{claims.index(True)}"
    assert (await home.succeed(processes[5], "trial_of_nobody")).is_tried(home.clock.now())
    await home.succeed(processes[claims.index(True)], trial)
    assert [await home.seen(process) for process in processes] == [State.CLOSED] * 6


@pytest.mark.row("C3")
async def test_failures_at_once_are_all_counted(home: Home):
    processes = [home.process() for _ in range(4)]
    await asyncio.gather(*(home.fail(process) for process in processes[:2]))
    assert await home.seen(processes[3]) is State.OPEN
    failures = processes[3].pair("openai", "generate").provider.failures
    assert len(failures) == THRESHOLDS.failures


async def test_an_operation_and_its_provider_are_two_breakers(home: Home):
    process = home.process()
    await home.fail(process)
    await process.change("openai", "edit", lambda pair: pairs.succeeded(pair, trial=None))
    await home.fail(process)
    await process.refresh()
    now = home.clock.now()
    assert process.pair("openai", "generate").state(now, THRESHOLDS) is State.OPEN
    assert process.pair("openai", "edit").state(now, THRESHOLDS) is State.CLOSED
    assert set(process.of("openai")) == {"", "generate"}


async def test_what_changes_is_told_once(home: Home):
    process = home.process()
    for _ in range(THRESHOLDS.failures + 1):
        await home.fail(process)
    await home.clock.sleep(THRESHOLDS.recovery.total_seconds())
    assert await home.claim(process, "trial")
    await home.fail(process, "trial")
    told = [
        (signal.operation, signal.before.value, signal.after.value)
        for signal in home.heard
        if isinstance(signal, BreakerChanged)
    ]
    way = [("closed", "open"), ("open", "half_open"), ("half_open", "open")]
    assert told == [(part, *step) for step in way for part in (None, "generate")]
