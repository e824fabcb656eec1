"""Servers of one's own that speak OpenAI's calls, each driven whole against its emulator."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.catalog.load import load
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Mask, Picture
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import NAMED, hole, photograph, plainest, png
from tests.support.clock import SkippingClock

PLACES: Final = {
    "server": "/v1",
    "sd-cpp": "/v1",
    "localai": "/localai/v1",
    "vllm-omni": "/vllm/v1",
    "sglang": "/sglang/v1",
}
DOABLE = [(one, op) for one in load().all() if one.provider == "openai-compatible" for op in one.abilities]
MASKED = [
    (model, operation)
    for model, operation in DOABLE
    if operation is Operation.OUTPAINT or NEEDS[operation].mask is not Need.UNUSED
]


def named(pairs: list[tuple[Model, Operation]]) -> list[str]:
    return [f"{model.name}-{operation}" for model, operation in pairs]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def limner_at(sandbox: RunningSandbox, model: Model, folder: Path, *, config: str = NAMED) -> Assembly:
    """Limner of an operator who has such a server, and says which model runs there."""
    path = folder / "limner.toml"
    path.write_text(config, encoding="utf-8")
    url = sandbox.url("openai-compatible", PLACES[model.name])
    settings = Settings(environ={"OPENAI_COMPATIBLE_BASE_URL": url}, config=path)
    return assemble(settings, clock=SkippingClock())


@pytest.mark.row("F7")
@pytest.mark.parametrize(("model", "operation"), DOABLE, ids=named(DOABLE))
async def test_every_operation_is_done_for_nothing(
    model: Model, operation: Operation, sandbox: RunningSandbox, tmp_path: Path
):
    request = plainest(model, operation, allow_fallback=False)
    async with limner_at(sandbox, model, tmp_path) as limner:
        result = await limner.engine.run(request)
    assert result.images
    assert (result.model, result.cost.usd) == (model.id, 0)
    assert sandbox.bill.charges()[-1].delivered


@pytest.mark.row("P1")
@pytest.mark.parametrize(("model", "operation"), MASKED, ids=named(MASKED))
async def test_the_mask_is_law(model: Model, operation: Operation, sandbox: RunningSandbox, tmp_path: Path):
    masked = {} if operation is Operation.OUTPAINT else {"mask": Mask(Picture(png(hole())))}
    async with limner_at(sandbox, model, tmp_path) as limner:
        result = await limner.engine.run(plainest(model, operation, allow_fallback=False, **masked))
    came, source = rgba(result.images[0].picture.data), rgba(photograph())
    if operation is Operation.OUTPAINT:
        assert np.array_equal(came[16:, 32:], source)
    else:
        keep = hole() == 0
        assert np.array_equal(came[keep], source[keep])
        assert not np.array_equal(came[~keep], source[~keep]), "nothing was painted"
    assert result.images[0].measured.changed_outside_mask == 0


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@pytest.mark.parametrize("operation", [Operation.INPAINT, Operation.UPSCALE])
async def test_what_must_be_named_is_asked_for_before_anything_is_sent(
    operation: Operation, sandbox: RunningSandbox, tmp_path: Path
):
    model = next(one for one, _ in DOABLE if one.name == "localai")
    async with limner_at(sandbox, model, tmp_path, config="") as limner:
        with pytest.raises(UserError, match="named") as caught:
            await limner.engine.run(plainest(model, operation, allow_fallback=False))
    assert caught.value.code == "model_not_named"
    assert not sandbox.requests.count("openai-compatible", "*")
