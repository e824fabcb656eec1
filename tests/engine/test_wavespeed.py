"""Row D2: the fourteen editing models of WaveSpeed from request to bill, and the traps on the way."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from limner.assembly import Assembly, assemble
from limner.catalog.load import load
from limner.core.adapter import Order, Pending
from limner.core.errors import Billed, Error, ProviderError, Refused, UserError
from limner.core.models import Lifecycle
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.core.secret import Secret
from limner.providers.wavespeed.adapter import WaveSpeed
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.transport.auth import Credential
from limner.transport.client import Transport
from tests.engine.vendors import photograph, plainest, settings
from tests.support.clock import SkippingClock
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "wavespeed" / "models.json").read_text("utf-8"))
EDITING: dict[str, dict[str, Any]] = {one["path"]: one for one in CONTRACT["models"]}
MODELS = {one.name: one for one in load().all() if one.provider == "wavespeed"}
LIVE = [path for path in EDITING if MODELS[path].lifecycle is not Lifecycle.RETIRED]
QWEN = MODELS["wavespeed-ai/qwen-image/edit"]
WAITED = {"enable_sync_mode": True}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"wavespeed": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox) -> Assembly:
    return assemble(settings(sandbox), clock=SkippingClock())


@pytest.mark.row("D2")
@pytest.mark.row("P4")
@pytest.mark.parametrize("path", LIVE)
async def test_an_editing_model_costs_what_is_published_to_the_cent(path: str, sandbox: RunningSandbox):
    model = MODELS[path]
    operation = next(iter(model.abilities))
    async with limner_at(sandbox) as limner:
        quoted = await limner.engine.quote(plainest(model, operation))
        result = await limner.engine.run(plainest(model, operation))
    assert result.images
    assert result.cost.native
    (charge,) = sandbox.bill.charges()
    assert quoted.price.usd == result.cost.native.amount == charge.amount
    plain = [Decimal(str(one["usd"])) for one in EDITING[path]["price"]["examples"] if not one["inputs"]]
    assert result.cost.kind is (Certainty.ESTIMATED if "gpt-image-1" in path else Certainty.EXACT)
    if plain and "gpt-image-1" not in path:  # which is asked for the shape of the picture
        assert charge.amount == plain[0]


@pytest.mark.row("D2")
async def test_the_one_that_was_withdrawn_names_its_successor_and_its_words_still_hold(
    sandbox: RunningSandbox,
):
    model = MODELS["bytedance/seededit-v3"]
    asked = plainest(model, Operation.EDIT)
    async with limner_at(sandbox) as limner:
        with pytest.raises(UserError) as raised:
            await limner.engine.run(asked)
    assert model.successor
    assert model.successor in raised.value.remedy
    shown = Picture(photograph(), "image/png", Size(160, 128))
    request = Request(Operation.EDIT, prompt="a hat", images=(shown,), guidance=0.5)
    adapter, transport = WaveSpeed(), Transport()
    credential = Credential(Secret(sandbox.key("wavespeed")), base_url=sandbox.url("wavespeed"))
    order = Order(request, model, adapter.options(), hosted={shown.digest: "https://example.com/a.png"})
    try:
        reply = await transport.send(adapter.submit(order), adapter.profile, credential)
    finally:
        await transport.aclose()
    assert reply.ok
    assert isinstance(adapter.read(reply, order, None), Pending)


@pytest.mark.row("D2")
@pytest.mark.row("P2")
async def test_a_wait_that_ends_first_is_asked_for_and_paid_once(sandbox: RunningSandbox):
    asked = plainest(QWEN, Operation.EDIT, prompt="slow-run", options=WAITED)
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(asked)
    assert result.images
    assert sandbox.requests.count("wavespeed", "GET *predictions*") > 0
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("D2")
async def test_a_wait_brings_the_picture_at_once(sandbox: RunningSandbox):
    options = {**WAITED, "enable_base64_output": True}
    async with limner_at(sandbox) as limner:
        assert (await limner.engine.run(plainest(QWEN, Operation.EDIT, options=options))).images
    assert sandbox.requests.count("wavespeed", "GET *predictions*") == 0


@pytest.mark.row("D2")
async def test_pictures_lie_at_wavespeed_first(sandbox: RunningSandbox):
    async with limner_at(sandbox) as limner:
        await limner.engine.run(plainest(QWEN, Operation.EDIT))
    assert sandbox.requests.count("wavespeed", "POST */media/uploads") == 1


@pytest.mark.row("D2")
@pytest.mark.parametrize(
    ("prompt", "ends", "billed"),
    [
        ("forbidden-violence", Refused, Billed.NO),
        ("nsfw-output", Refused, Billed.YES),
        ("broken-run", ProviderError, Billed.NO),
    ],
)
async def test_what_fails_is_paid_back_and_what_is_struck_is_not(
    prompt: str, ends: type[Error], billed: Billed, sandbox: RunningSandbox
):
    async with limner_at(sandbox) as limner:
        with pytest.raises(ends) as raised:
            await limner.engine.run(plainest(QWEN, Operation.EDIT, prompt=prompt, allow_fallback=False))
    assert raised.value.billed is billed
    assert (sandbox.bill.total("wavespeed", "USD") > 0) == (billed is Billed.YES)
