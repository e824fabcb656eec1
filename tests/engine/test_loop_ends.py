"""The event loop ends under a run: what was sent may be paid for, and stays on the books."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import OutcomeUnknown
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.events import Event, Sending
from limner.engine.journal import RunState
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.databases import database

PEAR = Request(
    Operation.GENERATE, prompt="a pear", model="openai/gpt-image-2.5-flare", idempotency_key="once"
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Settings]:
    environ = {"OPENAI_API_KEY": sandbox.key("openai"), "OPENAI_BASE_URL": sandbox.url("openai")}
    with database(request.param, tmp_path) as url:
        yield Settings(environ=environ, store=url, blobs=str(tmp_path / "blobs"))


def opened(settings: Settings) -> Assembly:
    return assemble(settings, clock=SkippingClock(patient=True))


def end_all(event: Event) -> None:
    """Cancel every task, as `asyncio.run` does when its own is over: at a timeout, or at Ctrl-C."""
    if isinstance(event, Sending):
        for task in asyncio.all_tasks():
            task.cancel()


def test_a_call_that_was_under_way_is_unknown_and_not_sent_again(settings: Settings, sandbox: RunningSandbox):
    sandbox.reset()

    async def torn() -> None:
        async with opened(settings) as limner:
            await limner.engine.run(PEAR, on_event=end_all)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(torn())

    async def afterwards() -> None:
        async with opened(settings) as limner:
            [line] = await limner.books.runs()
            assert (line.state, line.held > 0) == (RunState.WAITING, True)
            with pytest.raises(OutcomeUnknown):
                await limner.engine.run(PEAR)
            [line] = await limner.books.runs(state="unknown")
            assert line.possible > 0

    asyncio.run(afterwards())
    assert sandbox.requests.count("openai") <= 1
