"""What the page does when it is not the provider that fails."""

import asyncio

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, Cancelled, Error
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.journal import RunState
from limner.engine.run import Engine
from limner.settings import Settings
from tests.support.clock import SkippingClock

SKETCH = Request(Operation.GENERATE, prompt="a pear", model="limner/sketch")


@pytest.fixture
async def limner():
    async with assemble(Settings(environ={}), clock=SkippingClock()) as assembly:
        yield assembly


class Broken:
    """A painter with a fault of its own."""

    slug = "limner"
    title = "Broken"
    options: type[object] = object

    def paint(self, *_: object) -> None:
        raise ZeroDivisionError


async def test_a_fault_of_ours_is_told_and_leaves_nobody_waiting(limner: Assembly, monkeypatch):
    monkeypatch.setattr(type(limner.makers), "of", lambda *_: Broken())
    request = SKETCH.replace(idempotency_key="k")
    seen: list[str] = []
    for _ in range(2):
        with pytest.raises(Error) as raised:
            await limner.engine.run(request, on_event=lambda event: seen.append(event.run))
        assert raised.value.code == "internal_error"
        assert raised.value.billed is Billed.NO  # it paints for nothing
    row = await limner.journal.find(seen[0])
    assert row is not None
    assert row.state is RunState.FAILED


async def test_a_caller_that_goes_away_before_anything_is_sent_leaves_a_closed_run(
    limner: Assembly, monkeypatch
):
    started = asyncio.Event()

    async def wait(*_: object) -> None:
        started.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Engine, "_served", wait)
    task = asyncio.create_task(limner.engine.run(SKETCH.replace(idempotency_key="k")))
    await started.wait()
    (run,) = limner.engine._tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await limner.engine.aclose()
    row = await limner.journal.find(run)
    assert row is not None
    assert row.state is RunState.FAILED
    with pytest.raises(Cancelled):
        await limner.journal.claim(run)
