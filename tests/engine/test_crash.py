"""`kill -9` at every boundary: nothing is paid twice, nothing kept is lost, every cent is explained."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from limner.assembly import assemble
from limner.core.errors import Billed, Error
from limner.core.money import Certainty
from limner.core.notes import NoteKind
from limner.core.results import AttemptState, Result
from limner.ledger.entries import State as LedgerState
from limner.ledger.sql.tables import ENTRIES
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.victim import BOUNDARIES, Nursery

MODEL = "openai/gpt-image-2.5-flare"
MOMENTS = [f"{side} {name}" for name in BOUNDARIES for side in ("before", "after")]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def environ(sandbox: RunningSandbox) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": "sk-sandbox",
        "OPENAI_BASE_URL": sandbox.url("openai"),
        "STABILITY_API_KEY": sandbox.key("stability"),
        "STABILITY_BASE_URL": sandbox.url("stability"),
    }


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/limner.db"


def plan(sandbox: RunningSandbox, store: str, moment: str, **more: Any) -> dict[str, Any]:
    fixed = {"store": store, "environ": environ(sandbox), "model": MODEL, "operation": "generate"}
    return {**fixed, "kill": moment, **more}


def killed(nursery: Nursery, plan: dict[str, Any]) -> str | None:
    """Run a victim until it has killed itself. Returns its run's id, if it came that far."""
    victim = nursery.victim(plan)
    assert victim.status() == -signal.SIGKILL
    return victim.run


def billed(sandbox: RunningSandbox) -> None:
    """Wait until something is on the bill."""
    while not sandbox.bill.charges():
        threading.Event().wait(0.01)


async def carry_on(
    sandbox: RunningSandbox, store: str, run: str, config: Path | None = None
) -> Result | Error:
    """Resume in this process, a minute later, when the victim's lease has run out."""
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    settings = Settings(environ=environ(sandbox), store=store, config=config)
    async with assemble(settings, clock=later) as limner:
        try:
            return await limner.engine.resume(run)
        except Error as error:
            return error


def explained(outcome: Result | Error, bill: Decimal) -> bool:
    """Whether what Limner says it cost, and lists as unknown, covers the bill."""
    if isinstance(outcome, Error):
        return outcome.billed is Billed.UNKNOWN or bill == 0
    unknown = any(attempt.state is AttemptState.UNKNOWN for attempt in outcome.attempts)
    return outcome.cost.usd == bill or (unknown and outcome.cost.kind is Certainty.UNKNOWN)


@pytest.mark.row("P2")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_killed_run_is_carried_on_without_paying_twice(
    moment: str, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    run = killed(nursery, plan(sandbox, store, moment))
    if run is None:
        assert sandbox.bill.total("openai") == 0
        return
    outcome = await carry_on(sandbox, store, run)
    assert len(sandbox.bill.charges()) <= 1
    assert explained(outcome, sandbox.bill.total("openai"))
    # What was kept before the kill is delivered, and what never left is painted now.
    kept = MOMENTS.index(moment) >= MOMENTS.index("after keep")
    unsent = MOMENTS.index(moment) <= MOMENTS.index("before sending")
    assert isinstance(outcome, Result) == (kept or unsent)


@pytest.mark.row("P2")
@pytest.mark.parametrize("moment", ["after reserve", "before sending", "after sending", "after keep"])
async def test_what_was_never_sent_can_be_let_go(
    moment: str, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    run = killed(nursery, plan(sandbox, store, moment))
    assert run is not None
    later = SkippingClock(datetime.now(UTC) + timedelta(minutes=2), patient=True)
    async with assemble(Settings(environ=environ(sandbox), store=store), clock=later) as limner:
        before = sandbox.bill.charges()
        if moment in {"after reserve", "before sending"}:
            assert (await limner.books.show(run)).line.held > 0
            await limner.engine.drop(run)
            line = (await limner.books.show(run)).line
            assert (line.held, line.state.value, line.usd) == (0, "failed", 0)
            with pytest.raises(Error, match="let go before anything was sent"):
                await limner.engine.drop(run)
        else:
            with pytest.raises(Error, match="may have been paid for"):
                await limner.engine.drop(run)
            assert (await limner.books.show(run)).line.state.value in {"open", "waiting"}
        assert sandbox.bill.charges() == before


@pytest.mark.row("P2")
async def test_nothing_is_sent_where_a_run_would_be_split_into_other_calls(
    sandbox: RunningSandbox, nursery: Nursery, store: str, tmp_path: Path
):
    config = tmp_path / "limner.toml"
    config.write_text(f'[models."{MODEL}".limits]\nn = 1\n', encoding="utf-8")
    run = killed(nursery, plan(sandbox, store, "after keep", n=2))
    assert run is not None
    outcome = await carry_on(sandbox, store, run, config)
    assert isinstance(outcome, Error)
    assert (outcome.code, outcome.billed) == ("split_anew", Billed.UNKNOWN)
    assert len(sandbox.bill.charges()) == 1
    outcome = await carry_on(sandbox, store, run)
    assert isinstance(outcome, Result)
    assert len(outcome.images) == 2
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
async def test_killed_inside_submit_the_outcome_is_unknown_and_not_sent_again(
    sandbox: RunningSandbox, nursery: Nursery, store: str
):
    # The provider has done the work and sits on its answer; the process dies waiting.
    sandbox.faults.plan(Fault(FaultKind.STALLED_BODY, route="POST /v1/images/*", seconds=0))
    victim = nursery.victim(plan(sandbox, store, "never"))
    await asyncio.to_thread(billed, sandbox)
    os.kill(victim.pid, signal.SIGKILL)
    assert victim.status() == -signal.SIGKILL
    assert victim.run is not None
    for _ in range(2):
        outcome = await carry_on(sandbox, store, victim.run)
        assert isinstance(outcome, Error)
        assert outcome.billed is Billed.UNKNOWN
        assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
async def test_killed_between_two_calls_nothing_is_sent_twice(
    sandbox: RunningSandbox, nursery: Nursery, store: str
):
    run = killed(nursery, plan(sandbox, store, "after keep", n=12))
    assert run is not None
    outcome = await carry_on(sandbox, store, run)
    assert explained(outcome, sandbox.bill.total("openai"))
    assert sum(charge.images for charge in sandbox.bill.charges()) <= 12


# The first candidate fails three times, then the second delivers. Killed where something may have left and
# nothing was noted of it, the outcome is unknown.
TURNS = {
    "before failed 3": False,
    "after failed 1": True,
    "after failed 3": True,
    "before reserve 2": True,
    "after reserve 2": True,
    "before sending 4": True,
    "after sending 4": False,
    "before keep 1": False,
    "after keep 1": True,
    "after settle 1": True,
}


@pytest.mark.row("P2")
@pytest.mark.row("C11")
@pytest.mark.parametrize("turn", TURNS)
async def test_killed_between_two_candidates_it_goes_on_with_the_right_one(
    turn: str, sandbox: RunningSandbox, nursery: Nursery, store: str
):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", route="POST *", status=500, times=None))
    moment, _, nth = turn.rpartition(" ")
    run = killed(nursery, plan(sandbox, store, moment, nth=int(nth)))
    assert run is not None
    outcome = await carry_on(sandbox, store, run)
    assert len(sandbox.bill.charges()) <= 1
    assert sandbox.requests.count("stability", "POST *") <= 1
    assert explained(outcome, sandbox.bill.total("stability", "credits") / 100)
    assert isinstance(outcome, Result) == TURNS[turn]
    if isinstance(outcome, Result):
        assert (outcome.provider, outcome.fallback_used) == ("stability", True)
        assert any(note.kind is NoteKind.FALLBACK and note.asked == MODEL for note in outcome.notes)
        assert {attempt.provider for attempt in outcome.attempts} == {"openai", "stability"}
    await held_nothing(store)


async def held_nothing(store: str) -> None:
    """Every hold is settled or released."""
    async with assemble(Settings(environ={}, store=store)) as limner:
        assert limner.memory is not None
        states = await limner.memory.store.database.read(lambda db: list(db.scalars(select(ENTRIES.c.state))))
    assert LedgerState.HELD not in states


@pytest.mark.row("P2")
async def test_killed_while_it_is_carried_on_it_is_still_paid_once(
    sandbox: RunningSandbox, nursery: Nursery, store: str
):
    run = killed(nursery, plan(sandbox, store, "after keep"))
    assert run is not None
    assert killed(nursery, plan(sandbox, store, "before finish", resume=run)) is None
    outcome = await carry_on(sandbox, store, run)
    assert isinstance(outcome, Result)
    assert outcome.cost.usd == sandbox.bill.total("openai")
    assert len(sandbox.bill.charges()) == 1
