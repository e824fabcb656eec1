"""NovelAI's other image work through the whole engine: director tools, enlarging, and what img2img sends."""

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.catalog.load import load
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.core.requests import Request
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import photograph, plainest, png, settings
from tests.support.clock import SkippingClock

MODELS = {one.name: one for one in load().all() if one.provider == "novelai"}
TOOLS = MODELS["director-tools"].limits.tools


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"novelai": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox) -> Assembly:
    return assemble(settings(sandbox), clock=SkippingClock())


@pytest.mark.row("A4")
@pytest.mark.parametrize("tool", TOOLS)
async def test_every_director_tool_answers_and_is_billed_as_quoted(tool: str, sandbox: RunningSandbox):
    request = Request(
        Operation.TOOL,
        model="novelai/director-tools",
        tool=f"novelai/{tool}",
        images=(Picture(photograph()),),
        options={"emotion": "happy"} if tool == "emotion" else {},
    )
    async with limner_at(sandbox) as limner:
        quoted = await limner.engine.quote(request)
        result = await limner.engine.run(request)
    assert result.images
    assert quoted.price.native
    assert result.cost.native
    assert (
        quoted.price.native.amount == result.cost.native.amount == sandbox.bill.total("novelai", "anlas") > 0
    )


@pytest.mark.row("A4")
async def test_an_enlargement_is_twice_as_large_and_its_price_is_never_a_false_zero(sandbox: RunningSandbox):
    request = plainest(MODELS["nai-diffusion-4-5-full"], Operation.UPSCALE)
    async with limner_at(sandbox) as limner:
        quoted = await limner.engine.quote(request)
        result = await limner.engine.run(request)
    source = Image.open(io.BytesIO(photograph()))
    made = Image.open(io.BytesIO(result.images[0].picture.data))
    assert made.size == (source.width * 2, source.height * 2)
    assert quoted.price.kind is Certainty.UNKNOWN
    assert quoted.price.usd is None


@pytest.mark.row("A3")
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
async def test_img2img_sends_strength_and_noise_and_starts_from_the_picture(
    strength: float, sandbox: RunningSandbox
):
    model = MODELS["nai-diffusion-4-5-full"]
    picture = Picture(png(np.full((128, 192, 3), 90, np.uint8)))
    request = plainest(
        model, Operation.IMG2IMG, images=(picture,), strength=strength, options={"noise": 0.2}, seed=5
    )
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(request)
    told: Any = json.loads(json.dumps(dict(result.attempts[0].sent), default=str))
    sent = json.dumps(told)
    least, most = model.limits.strength or (0, 1)
    assert f'"strength": {min(max(strength, least), most):g}' in sent
    assert '"noise": 0.2' in sent
    assert '"action": "img2img"' in sent
    assert result.images[0].seed == 5
    assert bool([note for note in result.notes if note.field == "strength"]) == (
        not least <= strength <= most
    )
    assert result.cost.native
    assert result.cost.native.amount == sandbox.bill.total("novelai", "anlas") >= Decimal(2)
