"""`kill -9` while a server of one's own works: what it has is found again, and made once.

What nobody has any more is made anew, since it cost nothing: at AUTOMATIC1111 the answer to the call itself.
"""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from limner.assembly import assemble
from limner.core.errors import Billed, Error, OutcomeUnknown, ProviderError
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.core.results import AttemptState, Result
from limner.engine.books import RunStory
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.victim import BOUNDARIES, Nursery

MOMENTS = [f"{side} {name}" for name in BOUNDARIES for side in ("before", "after")]
PLANS: dict[str, dict[str, Any]] = {
    "a call that blocks": {"model": "a1111/server", "operation": "generate"},
    "another call that blocks": {"model": "openai-compatible/server", "operation": "generate"},
    "a workflow that is queued": {"model": "comfyui/checkpoint", "operation": "generate"},
    "a workflow with an upload": {"model": "comfyui/checkpoint", "operation": "img2img", "images": 1},
}
NOT_KEPT = {"before sent", "after sent", "before keep"}
"""When the answer to a call that blocks is lost for good: nobody has it any more."""
LOST = Fault(FaultKind.RESET_AFTER_BILLED, provider="comfyui", route="POST /prompt")
PEAR = Request(Operation.GENERATE, prompt="a pear", model="comfyui/checkpoint", allow_fallback=False)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/limner.db"


def environ(sandbox: RunningSandbox) -> dict[str, str]:
    slugs = ("a1111", "comfyui", "openai-compatible")
    return {f"{slug.upper().replace('-', '_')}_BASE_URL": sandbox.url(slug) for slug in slugs}


async def carry_on(sandbox: RunningSandbox, store: str, run: str) -> tuple[Result | Error, RunStory]:
    """Resume in this process, when the victim's lease has run out."""
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    async with assemble(Settings(environ=environ(sandbox), store=store), clock=later) as limner:
        try:
            outcome: Result | Error = await limner.engine.resume(run)
        except Error as error:
            outcome = error
        return outcome, await limner.books.show(run)


def pictures(outcome: Result | Error) -> list[bytes]:
    assert isinstance(outcome, Result), outcome
    assert outcome.images
    return [image.picture.data for image in outcome.images]


@pytest.mark.row("P2")
@pytest.mark.parametrize("flow", PLANS)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_whatever_dies_the_picture_comes(
    flow: str, moment: str, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    victim = nursery.victim({**PLANS[flow], "environ": environ(sandbox), "store": store, "kill": moment})
    assert victim.status() == -signal.SIGKILL
    if victim.run is None:
        assert not sandbox.bill.charges()
        return
    first, story = await carry_on(sandbox, store, victim.run)
    again, _ = await carry_on(sandbox, store, victim.run)
    assert pictures(first) == pictures(again)
    # Only what the server does not have any more is made a second time.
    anew = "blocks" in flow and moment in NOT_KEPT
    assert len(sandbox.bill.charges()) == 1 + anew
    assert not story.line.unknown
    assert (story.line.usd, story.line.possible, story.line.held) == (0, 0, 0)


@pytest.mark.row("P2")
async def test_each_of_several_finds_its_own(sandbox: RunningSandbox, nursery: Nursery, tmp_path: Path):
    """All of them lost, and alike in all but their names: none is taken for another's, none made twice."""
    store = f"sqlite:///{tmp_path}/limner.db"
    plan = {**PLANS["a workflow that is queued"], "environ": environ(sandbox), "store": store}
    runs: list[str | None] = []
    for _ in range(3):
        victim = nursery.victim({**plan, "kill": "before sent"})
        assert victim.status() == -signal.SIGKILL
        runs.append(victim.run)
    came: set[bytes] = set()
    for run in runs:
        assert run is not None
        outcome, _ = await carry_on(sandbox, store, run)
        came.update(pictures(outcome))
    assert len(came) == len(sandbox.bill.charges()) == 3


@pytest.mark.row("P2")
@pytest.mark.parametrize("many", [1, 3])
async def test_a_lost_answer_is_found_by_its_name(sandbox: RunningSandbox, many: int):
    sandbox.faults.plan(replace(LOST, times=many))
    async with assemble(Settings(environ=environ(sandbox)), clock=SkippingClock(patient=True)) as limner:
        results = await asyncio.gather(*(limner.engine.run(PEAR) for _ in range(many)))
    assert len({result.images[0].picture.data for result in results}) == many
    assert len(sandbox.bill.charges()) == many
    assert all(len(result.attempts) == 1 for result in results)


@pytest.mark.row("P2")
async def test_what_never_arrived_is_sent_again(sandbox: RunningSandbox):
    sandbox.faults.plan(replace(LOST, kind=FaultKind.RESET_BEFORE_BILLED))
    async with assemble(Settings(environ=environ(sandbox)), clock=SkippingClock(patient=True)) as limner:
        result = await limner.engine.run(PEAR)
    assert len(sandbox.bill.charges()) == 1
    assert [one.state for one in result.attempts] == [AttemptState.FAILED, AttemptState.KEPT]
    error = result.attempts[0].error
    assert isinstance(error, ProviderError)
    assert (error.billed, "queue" in error.message) == (Billed.NO, True)


async def test_a_call_that_blocks_and_breaks_off_is_not_made_again_at_once(sandbox: RunningSandbox):
    """The server may still be at it: only who comes back later begins anew."""
    sandbox.faults.plan(replace(LOST, provider="a1111", route="POST /sdapi/*"))
    async with assemble(Settings(environ=environ(sandbox)), clock=SkippingClock(patient=True)) as limner:
        with pytest.raises(OutcomeUnknown) as caught:
            await limner.engine.run(PEAR.replace(model="a1111/server"))
    assert len(sandbox.bill.charges()) == 1
    assert caught.value.billed is Billed.NO


@pytest.mark.row("P2")
@pytest.mark.parametrize(
    "kind", [FaultKind.RESET_AFTER_BILLED, FaultKind.GARBAGE_BODY, FaultKind.TRUNCATED_BODY]
)
async def test_nothing_of_a_free_server_is_left_to_decide(
    sandbox: RunningSandbox, kind: FaultKind, store: str
):
    """Whatever became of the work: nobody has to look at a bill that there is not."""
    sandbox.faults.plan(replace(LOST, kind=kind, provider="a1111", route="POST /sdapi/*"))
    settings = Settings(environ=environ(sandbox), store=store)
    async with assemble(settings, clock=SkippingClock(patient=True)) as limner:
        with pytest.raises(Error) as caught:
            await limner.engine.run(PEAR.replace(model="a1111/server"))
        assert caught.value.request_id
        line = (await limner.books.show(caught.value.request_id)).line
    assert (line.unknown, line.possible, line.held) == ((), 0, 0)
    assert "Nothing was charged" in str(caught.value)
