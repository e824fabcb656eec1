"""The diffusers painter with real pipelines: see docs/decisions/0021-diffusers-tests-are-opt-in.md."""

import io
import shutil
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly
from limner.core.adapter import Order
from limner.core.errors import Billed, Cancelled, UserError
from limner.core.money import NO_COST
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request
from limner.engine.events import Event, Progressed
from limner.painters.diffusers.options import DiffusersOptions
from limner.painters.diffusers.painter import Diffusers
from tests.painters.diffusers.tiny import torch

Build = Callable[[Path], Assembly]
STEPS = 4
pytestmark = pytest.mark.filterwarnings("default")  # the libraries speak of their own future


def png(size: tuple[int, int] = (32, 32), colour: str = "red") -> Picture:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return Picture(buffer.getvalue(), "image/png", Size(*size))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def generate(**more: object) -> Request:
    request = Request(Operation.GENERATE, prompt="a kite", model="diffusers/tiny", steps=STEPS, seed=7)
    return request.replace(**more)


async def test_a_seed_makes_the_same_picture_and_another_another(limner_with: Build, saved: Path):
    async with limner_with(saved) as limner:
        first, again = [await limner.engine.run(generate()) for _ in range(2)]
        other = await limner.engine.run(generate(seed=8))
    assert first.images[0].seed == 7
    assert first.images[0].measured.size == Size(32, 32)
    assert first.images[0].picture.data == again.images[0].picture.data != other.images[0].picture.data
    assert first.cost == NO_COST


async def test_several_have_seeds_of_their_own(limner_with: Build, saved: Path):
    async with limner_with(saved) as limner:
        several = await limner.engine.run(generate(n=2))
        alone = await limner.engine.run(generate(seed=8))
    assert [image.seed for image in several.images] == [7, 8]
    difference = pixels(several.images[1].picture.data) - pixels(alone.images[0].picture.data)
    assert abs(difference).max() <= 1  # a batch rounds otherwise than one alone


@pytest.mark.parametrize("change", [{"negative_prompt": "grey"}, {"guidance": 1.5}, {"steps": 2}])
async def test_what_is_asked_for_matters(change: dict[str, object], limner_with: Build, saved: Path):
    async with limner_with(saved) as limner:
        plain = await limner.engine.run(generate())
        changed = await limner.engine.run(generate(**change))
    assert plain.images[0].picture.data != changed.images[0].picture.data


async def test_a_size_is_kept(limner_with: Build, saved: Path):
    async with limner_with(saved) as limner:
        result = await limner.engine.run(generate(size=Size(48, 32)))
    assert result.images[0].measured.size == Size(48, 32)


async def test_a_weaker_strength_stays_nearer_to_the_source(limner_with: Build, saved: Path):
    source = png(colour="orange")
    request = generate(operation=Operation.IMG2IMG, images=(source,), steps=10)
    async with limner_with(saved) as limner:
        weak, strong = [await limner.engine.run(request.replace(strength=much)) for much in (0.1, 1.0)]
    assert weak.images[0].picture.data != strong.images[0].picture.data
    assert weak.images[0].measured.size == Size(32, 32)


@pytest.mark.row("P1")
async def test_inpainting_changes_nothing_outside_the_mask(limner_with: Build, saved: Path):
    mask = Image.new("L", (32, 32), 0)
    mask.paste(255, (8, 8, 24, 24))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    request = generate(
        operation=Operation.INPAINT, images=(png(),), mask=Mask(Picture(buffer.getvalue())), strength=1.0
    )
    async with limner_with(saved) as limner:
        result = await limner.engine.run(request)
    painted, inside = pixels(result.images[0].picture.data), np.asarray(mask) > 0
    assert (painted[~inside] == (255, 0, 0)).all()
    assert (painted[inside] != (255, 0, 0)).any()
    assert result.images[0].measured.changed_outside_mask == 0


async def test_progress_is_told_by_step(limner_with: Build, saved: Path):
    heard: list[Event] = []
    async with limner_with(saved) as limner:
        await limner.engine.run(generate(), on_event=heard.append)
    told = [event.fraction for event in heard if isinstance(event, Progressed)]
    assert told == [0.25, 0.5, 0.75, 1.0, 1.0]


async def test_it_stops_at_the_next_step(limner_with: Build, saved: Path):
    told: list[float] = []
    async with limner_with(saved) as limner:
        model = limner.catalog.get("diffusers/tiny")
        assert model is not None
        order = Order(generate(size=Size(32, 32)), model, DiffusersOptions())
        with pytest.raises(Cancelled) as caught:
            Diffusers().paint(order, told.append, lambda: len(told) == 2)
    assert told == [0.25, 0.5]
    assert caught.value.billed is Billed.NO


async def test_a_run_can_be_stopped_from_outside(limner_with: Build, saved: Path):
    begun = threading.Event()

    async with limner_with(saved) as limner:

        def hear(event: Event) -> None:
            if isinstance(event, Progressed) and not begun.is_set():
                begun.set()
                limner.engine.stop(event.run)

        with pytest.raises(Cancelled):
            await limner.engine.run(generate(steps=50), on_event=hear)


async def test_another_model_takes_the_place_of_the_first(limner_with: Build, saved: Path):
    async with limner_with(saved) as limner:
        first = await limner.engine.run(generate())
        other = await limner.engine.run(generate(model="diffusers/other"))
    assert first.images[0].picture.data == other.images[0].picture.data


# What is not loaded


async def test_pickles_are_not_loaded(limner_with: Build, saved: Path, tmp_path: Path):
    """One part is there as a pickle only: it is not read, although the library could."""
    folder = tmp_path / "pickled"
    shutil.copytree(saved, folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(import_module("safetensors.torch").load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    async with limner_with(folder) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(generate())
    assert caught.value.code == "invalid_catalog"
    assert "safetensors" in caught.value.remedy


async def test_code_that_comes_with_weights_is_not_run(limner_with: Build, saved: Path, tmp_path: Path):
    folder, ran = tmp_path / "scripted", tmp_path / "ran"
    shutil.copytree(saved, folder)
    index = (folder / "model_index.json").read_text()
    (folder / "model_index.json").write_text(
        index.replace('"diffusers",\n    "UNet2D', '"evil",\n    "UNet2D')
    )
    (folder / "unet" / "evil.py").write_text(f"open({str(ran)!r}, 'w')\n")
    async with limner_with(folder) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(generate())
    assert "evil" in caught.value.message
    assert not ran.exists()
