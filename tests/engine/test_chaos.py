"""`kill -9` anywhere, by a vendor that fails one time in twenty in each of many ways, seeded.

Of every run: nothing is paid twice, no picture that was kept is lost, and what the ledger charged, with
what it lists as unknown, covers the sandbox's bill.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, Error, TimedOut
from limner.core.results import AttemptState, Result
from limner.engine.books import RunStory
from limner.engine.sql.tables import BREAKERS
from limner.ledger.entries import State
from limner.ledger.sql.tables import ENTRIES
from limner.sandbox.bill import Charge
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.databases import sqlite_database
from tests.support.victim import BOUNDARIES, Nursery

KEYS = {"openai": "OPENAI_API_KEY", "replicate": "REPLICATE_API_TOKEN", "stability": "STABILITY_API_KEY"}
KEYS |= {"bfl": "BFL_API_KEY", "fal": "FAL_KEY", "gemini": "GEMINI_API_KEY", "venice": "VENICE_API_KEY"}
KEYS |= {slug: f"{slug.upper()}_API_KEY" for slug in ("openrouter", "together", "wavespeed")}
Models = dict[str, list[int]]
"""Who is asked, and for how many pictures."""
MODELS: Models = {
    "openai/gpt-image-2.5-flare": [1, 1, 12],  # which goes out as two calls
    "replicate/black-forest-labs/flux-schnell": [1, 3],
    "stability/core": [1, 2],
}
OTHERS: Models = {
    "bfl/flux-2-pro": [1, 1, 2],
    "fal/flux/schnell": [1, 2],
    "gemini/gemini-3.1-flash-lite-image": [1],
    "openrouter/bytedance-seed/seedream-4.5": [1, 2],
    "together/stabilityai/stable-diffusion-xl-base-1.0": [1],
    "venice/z-image-turbo": [1, 2],
    "wavespeed/wavespeed-ai/z-image/turbo": [1],
}
"""Of every way to deliver: with tickets and without, inline and by address, some behind another call."""
KINDS = (
    FaultKind.RESET_BEFORE_READ,
    FaultKind.RESET_BEFORE_BILLED,
    FaultKind.RESET_AFTER_BILLED,
    FaultKind.TRUNCATED_BODY,
    FaultKind.GARBAGE_BODY,
    FaultKind.BAD_GATEWAY,
    FaultKind.STATUS,
)
OFTEN = 0.05
MOST_RESUMES = 5
RESTING = 10
"""Rounds after which open breakers are closed: so many failures open them soon, and then nothing is sent."""
IN_DOLLARS = {"USD": Decimal(1), "credits": Decimal("0.01")}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@dataclass
class Score:
    """What came of many runs."""

    delivered: int = 0
    failed: int = 0
    killed: int = 0
    unknown: int = 0
    struck: int = 0
    wrong: list[str] = field(default_factory=list)


class Chaos:
    """Runs one after the other, on one store, by processes that die."""

    def __init__(
        self, seed: int, sandbox: RunningSandbox, nursery: Nursery, folder: Path, models: Models
    ) -> None:
        self._random = random.Random(seed)
        self._models = models
        self._slugs = sorted({model.partition("/")[0] for model in models})
        self._sandbox = sandbox
        self._nursery = nursery
        self._store = sqlite_database(folder)
        self.score = Score()
        sandbox.faults.plan(*(Fault(kind, times=None, probability=OFTEN) for kind in KINDS))

    async def play(self, rounds: int) -> Score:
        for number in range(rounds):
            if number % RESTING == 0:
                await self._close_breakers()
            before = len(self._sandbox.bill.charges())
            plan = {**self._plan(), "prompt": f"pear {number}"}
            run = self._victim(plan)
            if run is not None and self._random.random() < 0.3:  # another process takes over, and dies too
                self._victim({**plan, "kill": self._moment(), "resume": run})
            await self._judge(f"{number}: {plan}", plan["n"], run, before)
        self.score.struck = sum(struck for _, struck in self._sandbox.faults.planned())
        async with assemble(Settings(environ={}, store=self._store)) as limner:
            assert limner.memory is not None
            states = await limner.memory.store.database.read(
                lambda db: list(db.scalars(select(ENTRIES.c.state)))
            )
        assert State.HELD not in states
        return self.score

    async def _close_breakers(self) -> None:
        async with assemble(Settings(environ={}, store=self._store)) as limner:
            assert limner.memory is not None
            await limner.memory.store.database.write(lambda db: db.execute(delete(BREAKERS)))

    def _environ(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for slug in self._slugs:
            name = KEYS[slug]
            found |= {name: self._sandbox.key(slug), f"{slug.upper()}_BASE_URL": self._sandbox.url(slug)}
        return found

    def _plan(self) -> dict[str, Any]:
        model = self._random.choice(list(self._models))
        return {
            "store": self._store,
            "environ": self._environ(),
            "model": model,
            "operation": "generate",
            "n": self._random.choice(self._models[model]),
            "kill": self._moment(),
            "nth": self._random.choice([1, 1, 1, 2]),
        }

    def _moment(self) -> str:
        side = self._random.choice(["before", "after"])
        return f"{side} {self._random.choice([*BOUNDARIES, 'failed', 'nothing'])}"

    def _victim(self, plan: dict[str, Any]) -> str | None:
        victim = self._nursery.victim(plan)
        self.score.killed += victim.status() < 0
        return victim.run

    async def _judge(self, what: str, asked: int, run: str | None, before: int) -> None:
        if run is None:
            if len(self._sandbox.bill.charges()) > before:
                self.score.wrong.append(f"{what}: billed, and there is no run")
            return
        later = SkippingClock(datetime.now(UTC) + timedelta(minutes=5), patient=True)
        async with assemble(Settings(environ=self._environ(), store=self._store), clock=later) as limner:
            first, again = await carried_on(limner, run), await carried_on(limner, run)
            story = await limner.books.show(run)
        self.score.delivered += isinstance(first, Result)
        self.score.failed += isinstance(first, Error)
        self.score.unknown += len(story.line.unknown)
        bill = [charge for charge in self._sandbox.bill.charges()[before:] if charge.billed]
        self.score.wrong += [f"{what}: {said}" for said in wrongs(asked, (first, again), story, bill)]


async def carried_on(limner: Assembly, run: str) -> Result | Error:
    """How a run ends. One whose time was up has not: it has a ticket, and says that it is to be resumed."""
    for _ in range(MOST_RESUMES):
        try:
            return await limner.engine.resume(run)
        except TimedOut:
            continue
        except Error as error:
            return error
    raise AssertionError(f"{run} comes to no end")


def wrongs(
    asked: int, outcomes: tuple[Result | Error, Result | Error], story: RunStory, bill: list[Charge]
) -> Iterator[str]:
    """What breaks a promise."""
    first, again = outcomes
    line = story.line
    billed = sum((charge.amount * IN_DOLLARS[charge.unit] for charge in bill), Decimal(0))
    if sum(charge.images for charge in bill) > asked:
        yield f"paid twice: {bill}"
    if not line.usd <= billed <= line.usd + line.possible:
        yield f"billed {billed}, charged {line.usd}, unknown {line.possible}: {story}"
    if line.held:
        yield f"still held: {line.held}"
    kept = sum(call.state == AttemptState.KEPT.value for call in story.calls)
    if kept and not isinstance(first, Result):
        yield f"kept and lost: {first!r}"
    if isinstance(first, Error) and first.billed is Billed.NO and billed:
        yield f"told that nothing was charged: {first!r}"
    if type(first) is not type(again):
        yield f"first {first!r}, then {again!r}"
    if isinstance(first, Result) and isinstance(again, Result):
        pictures = [[image.picture.data for image in one.images] for one in (first, again)]
        if not pictures[0] or pictures[0] != pictures[1]:
            yield "other pictures the second time"


async def play(rounds: int, seed: int, nursery: Nursery, folder: Path, models: Models = MODELS) -> Score:
    with running_sandbox(seed=seed, rates=dict.fromkeys(KEYS, 1_000_000)) as sandbox:
        score = await Chaos(seed, sandbox, nursery, folder, models).play(rounds)
    assert not score.wrong, "\n".join(score.wrong[:5])
    # Chaos is no good when nothing happens.
    assert score.killed >= rounds / 3
    assert score.delivered >= rounds / 4
    return score


@pytest.mark.row("P2")
async def test_nothing_is_paid_twice_or_lost_in_chaos(nursery: Nursery, tmp_path: Path):
    score = await play(8, 3, nursery, tmp_path)
    assert score.struck
    assert score.unknown


@pytest.mark.soak
@pytest.mark.row("P2")
@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_paid_twice_or_lost_in_long_chaos(seed: int, nursery: Nursery, tmp_path: Path):
    score = await play(250, seed, nursery, tmp_path)
    assert score.struck > 20
    assert score.unknown > 5


@pytest.mark.soak
@pytest.mark.row("P2")
@pytest.mark.parametrize("seed", range(10, 14))
async def test_nor_with_any_other_vendor(seed: int, nursery: Nursery, tmp_path: Path):
    score = await play(250, seed, nursery, tmp_path, OTHERS)
    assert score.struck > 20
    assert score.unknown > 5
