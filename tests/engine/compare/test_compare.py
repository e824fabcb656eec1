"""Several models are asked the same: priced together first, limited together, and none stops another."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import AllFailed, Billed, OutcomeUnknown, Refused, Unavailable, UserError
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

pytestmark = pytest.mark.row("D6")

PEAR = Request(Operation.GENERATE, prompt="a pear")
OPENAI, STABILITY, FLUX, SKETCH = "openai/gpt-image-2", "stability/core", "bfl/flux-2-pro", "limner/sketch"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox) -> Assembly:
    environ: dict[str, str] = {}
    for slug in ("openai", "stability", "bfl"):
        environ[f"{slug.upper()}_API_KEY"] = sandbox.key(slug)
        environ[f"{slug.upper()}_BASE_URL"] = sandbox.url(slug)
    return assemble(Settings(environ=environ), clock=SkippingClock())


def asked(sandbox: RunningSandbox) -> int:
    return sum(sandbox.requests.count(slug, "POST *") for slug in ("openai", "stability", "bfl"))


async def test_all_are_priced_first_and_the_total_is_what_they_cost_together(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        lineup = await limner.comparer.line_up(PEAR, [OPENAI, STABILITY, SKETCH])
        assert asked(sandbox) == 0
        alone = [await limner.engine.quote(PEAR.replace(model=name)) for name in (OPENAI, STABILITY, SKETCH)]
        assert lineup.price.usd == sum((one.price.usd or 0 for one in alone), Decimal(0))
        assert lineup.price.most == sum((one.price.most or 0 for one in alone), Decimal(0))
        assert [each.model and each.model.id for each in lineup.candidates] == [OPENAI, STABILITY, SKETCH]
        assert all(each.reason for each in lineup.candidates)

        comparison = await limner.comparer.compare(lineup)
    assert [each.result and each.result.model for each in comparison.entries] == [OPENAI, STABILITY, SKETCH]
    assert comparison.quote == lineup.price
    assert asked(sandbox) == 2
    billed = sandbox.bill.total("openai", "USD") + sandbox.bill.total("stability", "credits") / 100
    assert comparison.cost.usd == billed
    assert comparison.cheapest is comparison.entries[2]
    assert comparison.fastest in comparison.entries


async def test_one_that_fails_does_not_stop_the_others_and_nobody_takes_its_place(sandbox: RunningSandbox):
    sandbox.faults.plan(
        Fault(FaultKind.STATUS, provider="stability", route="POST *", status=500, times=None),
        Fault(FaultKind.RESET_AFTER_BILLED, provider="bfl", route="POST *", times=None),
    )
    async with limner_at(sandbox) as limner:
        lineup = await limner.comparer.line_up(PEAR, [OPENAI, STABILITY, FLUX, "fal/flux-2-pro", "nosuch"])
        assert len(lineup.quotes) == 3  # nobody pays for those that cannot be asked
        comparison = await limner.comparer.compare(lineup)
    first, second, third, fourth, fifth = comparison.entries
    assert first.result is not None
    assert isinstance(second.error, Unavailable)
    assert second.cost.usd == 0
    assert isinstance(third.error, OutcomeUnknown)
    assert third.cost.kind is comparison.cost.kind is Certainty.UNKNOWN
    assert isinstance(fourth.error, UserError)
    assert fourth.error.code == "missing_key"
    assert isinstance(fifth.error, UserError)
    assert fifth.error.code == "unknown_model"
    assert comparison.results == (first.result,)
    assert sandbox.requests.count("openai", "POST *") == 1


@pytest.mark.row("P4")
async def test_the_limit_is_one_for_all_together(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        both = await limner.comparer.line_up(PEAR, [STABILITY, FLUX])
        assert both.price.most is not None
        capped = PEAR.replace(max_cost=both.price.most)
        with pytest.raises(Refused) as raised:
            await limner.comparer.line_up(
                capped.replace(max_cost=both.price.most - Decimal("0.001")), [STABILITY, FLUX]
            )
        assert (raised.value.code, raised.value.billed) == ("over_max_cost", Billed.NO)
        assert asked(sandbox) == 0
        comparison = await limner.comparer.compare(await limner.comparer.line_up(capped, [STABILITY, FLUX]))
        caps = [each.result.request.max_cost for each in comparison.entries if each.result]
        assert sum(cap for cap in caps if cap is not None) == both.price.most


async def test_names_that_make_no_comparison(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        line_up = limner.comparer.line_up
        for names in ([], [OPENAI], [OPENAI, "  "], [SKETCH] * 27):
            with pytest.raises(UserError) as raised:
                await line_up(PEAR, names)
            assert raised.value.code == "invalid_value"
        with pytest.raises(UserError) as raised:
            await line_up(PEAR, [OPENAI, "gpt-image-2"])
        assert raised.value.code == "duplicate_model"
        with pytest.raises(UserError) as raised:
            await line_up(PEAR.replace(prompt=""), [OPENAI, STABILITY])
        assert raised.value.code == "empty_prompt"
        with pytest.raises(AllFailed) as all_failed:
            await line_up(PEAR, ["nosuch", "fal/flux-2-pro"])
        assert all_failed.value.billed is Billed.NO
    assert asked(sandbox) == 0


@pytest.mark.row("P2")
async def test_the_same_key_again_gives_the_first_comparison(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        once = PEAR.replace(idempotency_key="k")
        found = [
            await limner.comparer.compare(await limner.comparer.line_up(once, [OPENAI, STABILITY]))
            for _ in range(2)
        ]
    assert [result.id for result in found[0].results] == [result.id for result in found[1].results]
    assert asked(sandbox) == 2
