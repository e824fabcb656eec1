"""`kill -9` where vendors make it hard: what has a ticket is polled, what was prepared is not paid again."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from limner.assembly import assemble
from limner.core.errors import Billed, Error
from limner.core.results import Result
from limner.ledger.entries import State as Entry
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import HARD, UNITS, environ, settings
from tests.support.clock import SkippingClock
from tests.support.victim import BOUNDARIES, Nursery

MOMENTS = [f"{side} {name}" for name in BOUNDARIES for side in ("before", "after")]

PLANS: dict[str, dict[str, Any]] = {
    "a ticket, and the picture with it": {
        "model": "stability/upscale-creative",
        "operation": "upscale",
        "images": 1,
    },
    "a ticket, and the result behind another call": {"model": "fal/flux/schnell", "operation": "generate"},
    "paid preparation": {
        "model": "novelai/nai-diffusion-4-5-full",
        "operation": "generate",
        "references": ["style"],
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates=dict.fromkeys(HARD, 100_000)) as sandbox:
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


def killed(nursery: Nursery, sandbox: RunningSandbox, flow: str, **more: Any) -> str | None:
    victim = nursery.victim({**PLANS[flow], "environ": environ(sandbox), **more})
    assert victim.status() == -signal.SIGKILL
    return victim.run


async def carry_on(sandbox: RunningSandbox, store: str, run: str) -> Result | Error:
    """Resume in this process, when the victim's lease has run out."""
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    async with assemble(settings(sandbox, store), clock=later) as limner:
        try:
            return await limner.engine.resume(run)
        except Error as error:
            return error


def bill(sandbox: RunningSandbox, flow: str) -> Decimal:
    slug = PLANS[flow]["model"].partition("/")[0]
    return sandbox.bill.total(slug, UNITS[slug])


@pytest.mark.row("P2")
@pytest.mark.parametrize("flow", [name for name in PLANS if "ticket" in name])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_ticket_survives_the_process(
    flow: str, moment: str, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    run = killed(nursery, sandbox, flow, store=store, kill=moment)
    if run is None:
        assert not sandbox.bill.charges()
        return
    outcome = await carry_on(sandbox, store, run)
    assert len(sandbox.bill.charges()) <= 1
    # Between the call's leaving and the ticket's being saved, nobody knows. Otherwise it is delivered.
    unknown = moment in {"after sending", "before sent"}
    assert isinstance(outcome, Error if unknown else Result), outcome
    if isinstance(outcome, Result):
        assert outcome.cost.native
        assert outcome.cost.native.amount == bill(sandbox, flow) > 0
    else:
        assert outcome.billed is Billed.UNKNOWN


ENCODED, PAINTED = Decimal(2), Decimal(20)


@dataclass(frozen=True)
class Moment:
    """When the process dies, and what comes of it."""

    kill: str
    nth: int
    """Of the encoding (1) or of the painting (2)."""
    paid: Decimal
    """What the bill says after the run was carried on."""
    delivered: bool

    def __str__(self) -> str:
        return f"{self.kill} {self.nth}"


PREPARED = [
    Moment("before sending", 1, ENCODED + PAINTED, delivered=True),
    Moment("after sending", 1, Decimal(0), delivered=False),
    Moment("before keep", 1, ENCODED, delivered=False),
    Moment("after keep", 1, ENCODED + PAINTED, delivered=True),
    Moment("before sending", 2, ENCODED + PAINTED, delivered=True),
    Moment("after sending", 2, ENCODED, delivered=False),
    Moment("before keep", 2, ENCODED + PAINTED, delivered=False),
    Moment("after keep", 2, ENCODED + PAINTED, delivered=True),
    Moment("before settle", 1, ENCODED + PAINTED, delivered=True),
    Moment("before finish", 1, ENCODED + PAINTED, delivered=True),
]


@pytest.mark.row("P2")
@pytest.mark.parametrize("moment", PREPARED, ids=str)
async def test_what_was_prepared_is_not_paid_again(
    moment: Moment, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    flow = "paid preparation"
    run = killed(nursery, sandbox, flow, store=store, kill=moment.kill, nth=moment.nth)
    assert run is not None
    for _ in range(2):
        outcome = await carry_on(sandbox, store, run)
        assert bill(sandbox, flow) == moment.paid
        assert isinstance(outcome, Result) == moment.delivered, outcome
        if isinstance(outcome, Result):
            assert outcome.cost.native
            assert outcome.cost.native.amount == moment.paid
            assert [attempt.error for attempt in outcome.attempts] == [None, None]
        else:
            assert outcome.billed is Billed.UNKNOWN
    async with assemble(settings(sandbox, store)) as limner:
        [line] = await limner.books.runs()
        calls = (await limner.books.show(run)).calls
        assert len(line.unknown) == (not moment.delivered)
        assert len(calls) == moment.nth or moment.delivered
        assert [call.entry for call in calls if call.state == "kept"] == [Entry.CHARGED] * (
            len(calls) - len(line.unknown)
        )
