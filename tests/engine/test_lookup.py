"""An answer that was lost: the work is looked for in the vendor's own list, and never bought again."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, Error, OutcomeUnknown
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.core.results import Result
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import environ, settings
from tests.support.clock import SkippingClock
from tests.support.victim import Nursery

MODEL = "replicate/black-forest-labs/flux-schnell"
PEAR = Request(Operation.GENERATE, prompt="a pear", model=MODEL, allow_fallback=False)
LOST = Fault(FaultKind.RESET_AFTER_BILLED, provider="replicate", route="POST */predictions")
NO_LIST = Fault(FaultKind.STATUS, provider="replicate", route="GET /v1/predictions", status=503, times=None)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"replicate": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


async def run(sandbox: RunningSandbox, request: Request = PEAR) -> Result:
    limner: Assembly
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        return await limner.engine.run(request)


@pytest.mark.row("P2")
async def test_work_whose_answer_was_lost_is_found_and_delivered(sandbox: RunningSandbox):
    sandbox.faults.plan(LOST)
    result = await run(sandbox)
    assert len(result.images) == 1
    assert len(sandbox.bill.charges()) == 1
    assert len(result.attempts) == 1


@pytest.mark.row("P2")
async def test_work_that_was_never_begun_stays_unknown(sandbox: RunningSandbox):
    sandbox.faults.plan(
        Fault(FaultKind.RESET_BEFORE_BILLED, provider="replicate", route="POST */predictions")
    )
    with pytest.raises(OutcomeUnknown, match="nothing in its list of recent work is it"):
        await run(sandbox)
    assert not sandbox.bill.charges()


@pytest.mark.row("P2")
async def test_without_the_list_it_is_as_unknown_as_before(sandbox: RunningSandbox):
    sandbox.faults.plan(LOST)
    sandbox.faults.plan(NO_LIST)
    with pytest.raises(OutcomeUnknown) as caught:
        await run(sandbox)
    assert "list" not in caught.value.message


@pytest.mark.row("P2")
async def test_what_other_attempts_bought_is_not_taken_for_it(sandbox: RunningSandbox):
    limner: Assembly
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        before = await limner.engine.run(PEAR)
        sandbox.faults.plan(
            Fault(FaultKind.RESET_BEFORE_BILLED, provider="replicate", route="POST */predictions")
        )
        with pytest.raises(OutcomeUnknown, match="nothing in its list"):
            await limner.engine.run(PEAR)
    assert len(before.images) == len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
async def test_where_several_are_alike_nobody_guesses(sandbox: RunningSandbox):
    sandbox.faults.plan(
        Fault(FaultKind.RESET_AFTER_BILLED, provider="replicate", route="POST */predictions", times=2)
    )
    limner: Assembly
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        ended = await asyncio.gather(limner.engine.run(PEAR), limner.engine.run(PEAR), return_exceptions=True)
    assert len(sandbox.bill.charges()) == 2
    # At least one of the two finds two that are alike; the pictures that came are different ones.
    lost = [one for one in ended if isinstance(one, OutcomeUnknown)]
    assert lost
    assert all(one.billed is Billed.UNKNOWN for one in lost)
    assert all(isinstance(one, Result | OutcomeUnknown) for one in ended)


@pytest.mark.row("P2")
async def test_another_process_finds_it_after_kill_9(sandbox: RunningSandbox, tmp_path: Path):
    store = f"sqlite:///{tmp_path}/limner.db"
    plan = {"model": MODEL, "operation": "generate", "store": store, "environ": environ(sandbox)}
    with Nursery() as nursery:
        victim = nursery.victim({**plan, "kill": "before sent"})
        assert victim.status() == -signal.SIGKILL
    assert victim.run is not None
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    async with assemble(settings(sandbox, store), clock=later) as limner:
        outcome: Result | Error = await limner.engine.resume(victim.run)
    assert isinstance(outcome, Result)
    assert len(sandbox.bill.charges()) == 1
