"""A running sandbox, shared and emptied between tests, under a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from limner.sandbox.server import RunningSandbox, running_sandbox


class StillClock:
    """Time that moves only when it is told to, or when somebody sleeps."""

    def __init__(self, now: datetime) -> None:
        self.start = now
        self.time = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return (self.time - self.start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def server() -> Iterator[RunningSandbox]:
    with running_sandbox(StillClock(TODAY)) as sandbox:
        yield sandbox


@pytest.fixture
def clock(server: RunningSandbox) -> Iterator[StillClock]:
    clock = server.clock
    assert isinstance(clock, StillClock)
    yield clock
    clock.time = TODAY
    clock.slept.clear()


@pytest.fixture
def sandbox(server: RunningSandbox, clock: StillClock) -> Iterator[RunningSandbox]:
    yield server
    server.reset()
