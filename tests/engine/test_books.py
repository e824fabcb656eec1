"""What a person finds afterwards: runs, what each came to, what nobody knows, and budgets."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, OutcomeUnknown, Refused, UserError
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request, Tier
from limner.engine.journal import Caller, RunState
from limner.ledger.entries import Budget, Period, State
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import photograph
from tests.support.clock import SkippingClock
from tests.support.databases import database

MODEL = "openai/gpt-image-2.5-flare"
PEAR = Request(Operation.GENERATE, prompt="a pear", model=MODEL)
FREE = Request(Operation.GENERATE, prompt="a plum", model="limner/sketch", size=Size(64, 64))
ADA = Caller(user="ada")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture(params=["sqlite", "postgresql"])
async def limner(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path: Path
) -> AsyncIterator[Assembly]:
    with database(request.param, tmp_path) as url:
        environ = {"OPENAI_API_KEY": "sk-sandbox", "OPENAI_BASE_URL": sandbox.url("openai")}
        settings = Settings(environ=environ, store=url, blobs=str(tmp_path / "blobs"))
        async with assemble(settings, clock=SkippingClock(patient=True)) as limner:
            yield limner


async def lost(limner: Assembly, sandbox: RunningSandbox, request: Request = PEAR) -> str:
    """Ask, and lose the answer after the provider has billed it. Returns the attempt nobody knows of."""
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route="POST /v1/images/*"))
    with pytest.raises(OutcomeUnknown):
        await limner.engine.run(request, caller=ADA)
    [line] = await limner.books.runs(state="unknown")
    [attempt] = line.unknown
    return attempt


@pytest.mark.row("E4")
async def test_runs_are_listed_newest_first_with_what_they_came_to(limner: Assembly):
    free = await limner.engine.run(FREE)
    paid = await limner.engine.run(PEAR, caller=ADA)
    newest, oldest = await limner.books.runs()
    assert (newest.id, newest.model, newest.owner, newest.usd) == (paid.id, MODEL, "user:ada", paid.cost.usd)
    assert (oldest.id, oldest.prompt, oldest.owner, oldest.usd) == (free.id, "a plum", "tenant:local", 0)
    assert (newest.state, newest.images, newest.held, newest.unknown) == (RunState.FINISHED, 1, 0, ())
    assert [line.id for line in await limner.books.runs(limit=1)] == [paid.id]
    assert [line.id for line in await limner.books.runs(before=paid.id)] == [free.id]
    assert [line.id for line in await limner.books.runs(model=MODEL)] == [paid.id]
    assert [line.id for line in await limner.books.runs(owner="user:ada")] == [paid.id]
    assert await limner.books.runs(until=oldest.at) == []
    assert len(await limner.books.runs(since=oldest.at, state="finished")) == 2
    assert await limner.books.runs(state="failed") == []


@pytest.mark.row("C12")
async def test_a_lost_call_may_come_to_as_many_pictures_as_it_was_for(
    limner: Assembly, sandbox: RunningSandbox
):
    fault = Fault(FaultKind.RESET_AFTER_BILLED, "openai", "POST /v1/images/*", times=None)
    sandbox.faults.plan(fault)
    with pytest.raises(OutcomeUnknown):  # ten pictures in one call, one in the other
        await limner.engine.run(PEAR.replace(n=11, quality=Tier.DRAFT, size=Size(1024, 1024)))
    [line] = await limner.books.runs(state="unknown")
    calls = (await limner.books.show(line.id)).calls
    assert len(calls) == 2
    billed = sorted(charge.amount for charge in sandbox.bill.charges("openai"))
    for call, amount in zip(sorted(call.possible or 0 for call in calls), billed, strict=True):
        assert amount <= call < amount * 3


@pytest.mark.row("E4")
async def test_a_run_is_shown_with_every_call(limner: Assembly):
    paid = await limner.engine.run(PEAR.replace(idempotency_key="k"), caller=ADA)
    story = await limner.books.show(paid.id)
    [call] = story.calls
    assert (call.state, call.entry, call.usd, call.possible) == ("kept", State.CHARGED, paid.cost.usd, None)
    assert call.request_id == paid.attempts[0].request_id
    assert call.arithmetic.endswith("as metered")
    assert (story.error, story.idempotent) == (None, True)
    with pytest.raises(UserError) as caught:
        await limner.books.show("run_none")
    assert caught.value.code == "unknown_run"


@pytest.mark.row("D3")
async def test_an_edit_is_checked_before_and_tracked_after(limner: Assembly, sandbox: RunningSandbox):
    picture = Picture(photograph())
    by_model = Request(Operation.EDIT, prompt="a hat", model=MODEL, images=(picture,))
    by_provider = by_model.replace(model=None, provider="openai")
    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal("0.0001")))
    for wrong, kind in (
        (by_model.replace(images=()), UserError),
        (by_model.replace(model="openai/nobody"), UserError),
        (by_model, Refused),  # Ada's budget has no room for it
    ):
        with pytest.raises(kind):
            await limner.engine.run(wrong, caller=ADA)
    assert sandbox.requests.count("openai") == 0

    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal(10)))
    for wish in (by_model, by_provider):
        result = await limner.engine.run(wish, caller=ADA)
        line = (story := await limner.books.show(result.id)).line
        assert (line.owner, line.operation, line.prompt) == ("user:ada", "edit", "a hat")
        assert (line.model, result.provider) == (result.model, "openai")
        assert line.usd == result.cost.usd == story.calls[0].usd != 0
        run = await limner.journal.find(result.id)
        assert run is not None
        assert run.attempts[0].sent["url"] == "/images/edits"
        assert result.images[0].measured.bytes == len(result.images[0].picture.data)
    used = await limner.books.usage(["operation"], owner="user:ada")
    assert [(line.group, line.usd) for line in used] == [(("edit",), sandbox.bill.total("openai"))]


@pytest.mark.row("C12")
@pytest.mark.row("E1")
async def test_what_is_unknown_counts_until_a_person_decides(limner: Assembly, sandbox: RunningSandbox):
    attempt = await lost(limner, sandbox)
    [line] = await limner.books.runs()
    assert line.state is RunState.FAILED
    assert line.possible >= sandbox.bill.total("openai") > 0
    [before] = await limner.books.usage(["provider"])
    assert (before.usd, before.unknown_usd) == (0, line.possible)

    await limner.books.resolve(attempt, sandbox.bill.total("openai"))
    [after] = await limner.books.usage(["provider"])
    assert (after.usd, after.unknown_usd) == (sandbox.bill.total("openai"), 0)
    story = await limner.books.show(line.id)
    assert story.line.unknown == ()
    assert story.error is not None
    assert story.error.billed is Billed.YES
    assert story.calls[0].arithmetic == "decided by a person"
    assert await limner.books.runs(state="unknown") == []
    with pytest.raises(UserError) as caught:
        await limner.books.resolve(attempt, Decimal(0))
    assert caught.value.code == "unknown_attempt"


@pytest.mark.row("C12")
async def test_one_that_was_not_billed_frees_its_key_and_its_budget(
    limner: Assembly, sandbox: RunningSandbox
):
    keyed = PEAR.replace(idempotency_key="once")
    await limner.books.set_budget(Budget("user:ada", Period.TOTAL, usd=Decimal(1)))
    attempt = await lost(limner, sandbox, keyed)
    with pytest.raises(OutcomeUnknown):
        await limner.engine.run(keyed, caller=ADA)
    await limner.books.resolve(attempt, Decimal(0))
    [account] = await limner.books.budgets("user:ada")
    assert account.usd == 0
    again = await limner.engine.run(keyed, caller=ADA)
    [account] = await limner.books.budgets()
    assert account.usd == again.cost.usd


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "1000001"])
async def test_an_amount_that_is_none_is_refused(limner: Assembly, amount: str):
    with pytest.raises(UserError) as caught:
        await limner.books.resolve("attempt_x", Decimal(amount))
    assert caught.value.code == "invalid_amount"


@pytest.mark.row("E1")
async def test_a_budget_is_set_replaced_and_removed(limner: Assembly, sandbox: RunningSandbox):
    budget = Budget("user:ada", Period.DAY, usd=Decimal("0.0001"))
    await limner.books.set_budget(budget)
    with pytest.raises(Refused):
        await limner.engine.run(PEAR, caller=ADA)
    assert sandbox.bill.total("openai") == 0
    [refused] = await limner.books.runs(state="failed")
    assert refused.usd == 0
    await limner.books.set_budget(Budget("user:ada", Period.DAY, usd=Decimal(1)))
    await limner.engine.run(PEAR, caller=ADA)
    await limner.books.remove_budget("user:ada", Period.DAY)
    assert await limner.books.budgets() == []
    with pytest.raises(UserError) as caught:
        await limner.books.remove_budget("user:ada", Period.DAY)
    assert caught.value.code == "unknown_budget"


async def test_where_nothing_is_remembered_that_is_said():
    async with assemble(Settings(environ={})) as limner:
        with pytest.raises(UserError) as caught:
            _ = limner.books
    assert caught.value.code == "no_store"
    assert "LIMNER_STORE" in caught.value.remedy
