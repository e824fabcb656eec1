"""What budgets still allow decides who is chosen, and is told before anything is held."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Refused
from limner.core.operations import Operation
from limner.core.requests import Request, Strategy
from limner.engine.advice import room_of
from limner.engine.journal import Caller
from limner.ledger.entries import Account, Budget, Period
from limner.policy.routing.candidates import Ranking
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

DEAR, CHEAP = "openai/gpt-image-2.6-sunburst", "stability/core"
PEAR = Request(Operation.GENERATE, prompt="an ultra pear", strategy=Strategy.PRIORITY)
ADA, BOB = Caller(user="ada"), Caller(user="bob")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def limner(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[Assembly]:
    sandbox.reset()
    environ: dict[str, str] = {}
    for slug in ("openai", "stability"):
        environ |= {
            f"{slug.upper()}_API_KEY": sandbox.key(slug),
            f"{slug.upper()}_BASE_URL": sandbox.url(slug),
        }
    store = f"sqlite:///{tmp_path / 'limner.db'}"
    settings = Settings(environ=environ, store=store, blobs=str(tmp_path / "blobs"))
    async with assemble(settings, clock=SkippingClock(patient=True)) as limner:
        yield limner


def codes(ranking: Ranking) -> dict[str, str]:
    return {each.model.id: each.code for each in ranking.left_out}


@pytest.mark.row("C12")
async def test_who_is_dearer_than_what_is_left_is_named_with_the_reason(limner: Assembly):
    before = await limner.advice.explain(PEAR, caller=ADA)
    assert before.best is not None
    assert before.best.model.id == DEAR
    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal("0.05")))
    now = await limner.advice.explain(PEAR, caller=ADA)
    assert codes(now)[DEAR] == "over_budget"
    reason = next(each.reason for each in now.left_out if each.model.id == DEAR)
    assert reason.endswith("user:ada has $0.05 of $0.05 left (day).")
    assert reason.startswith("It may cost $0.")
    assert now.best is not None
    assert all(
        choice.price.most is not None and choice.price.most <= Decimal("0.05") for choice in now.chosen
    )
    assert await limner.advice.explain(PEAR, caller=BOB) == before
    assert (await limner.books.budgets("user:ada"))[0].usd == 0


@pytest.mark.row("C12")
async def test_a_run_that_names_no_model_is_served_for_what_is_left(
    limner: Assembly, sandbox: RunningSandbox
):
    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal("0.05")))
    best = (await limner.advice.explain(PEAR, caller=ADA)).best
    assert best is not None
    result = await limner.engine.run(PEAR, caller=ADA)
    assert result.model == best.model.id
    assert result.cost.usd is not None
    assert result.cost.usd <= Decimal("0.05")
    assert [charge.provider for charge in sandbox.bill.charges()] == [result.provider]
    assert (await limner.books.budgets("user:ada"))[0].usd == result.cost.usd


@pytest.mark.row("C12")
async def test_who_is_named_is_refused_and_nobody_takes_the_place(limner: Assembly, sandbox: RunningSandbox):
    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal("0.05")))
    named = PEAR.replace(model=DEAR, strategy=None)
    told = codes(await limner.advice.explain(named, caller=ADA))
    assert told[DEAR] == "over_budget"
    assert told[CHEAP] == "no_fallback"
    with pytest.raises(Refused) as refused:
        await limner.engine.run(named, caller=ADA)
    assert refused.value.code == "over_budget"
    assert not sandbox.bill.charges()


@pytest.mark.row("C12")
async def test_nothing_left_leaves_what_is_free_and_no_pictures_left_leaves_nobody(limner: Assembly):
    await limner.books.set_budget(Budget("user:ada", Period.TOTAL, usd=Decimal(0)))
    sketch = PEAR.replace(provider="limner")
    best = (await limner.advice.explain(sketch, caller=ADA)).best
    assert best is not None
    assert best.price.free
    with pytest.raises(Refused, match=r"user:ada has \$0 of \$0 left"):
        await limner.engine.run(PEAR, caller=ADA)
    await limner.books.set_budget(Budget("user:ada", Period.DAY, images=1))
    two = await limner.advice.explain(sketch.replace(n=2), caller=ADA)
    assert two.best is None
    assert codes(two)[best.model.id] == "over_quota"
    assert (await limner.advice.explain(sketch, caller=ADA)).best is not None


def test_the_tightest_of_several_budgets_counts():
    day = Account(Budget("user:ada", Period.DAY, Decimal(5), ceiling=Decimal(1)), Decimal("4.9"), 0)
    ours = Account(Budget("tenant:local", Period.MONTH, Decimal(100), ceiling=Decimal(2)), Decimal(10), 0)
    few = Account(Budget("key:1", Period.HOUR, images=3), Decimal(0), 2, datetime(2026, 11, 21, tzinfo=UTC))
    room = room_of([day, ours, few], 1)
    assert room is not None
    assert (room.usd, room.ceiling, room.full) == (Decimal("0.1"), Decimal(2), None)
    assert room.left == "user:ada has $0.10 of $5 left (day)."
    without = replace(day, budget=replace(day.budget, ceiling=None))
    assert room_of([without, ours], 1) == replace(room, ceiling=None)
    full = room_of([few], 2)
    assert full is not None
    assert full.usd is None
    assert full.full == "key:1 may make 3 pictures (hour), and 2 are made or under way."
    assert room_of([], 1) is None
