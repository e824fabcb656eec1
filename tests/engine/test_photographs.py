"""Promise 1 on ten real photographs: the embedded painter, through the whole engine."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from limner.assembly import Assembly, assemble
from limner.core.operations import Operation
from limner.core.pictures import Margins, Mask, Picture
from limner.core.requests import Request, Tier
from limner.core.results import Result
from limner.settings import Settings

NAMES = (
    *("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "camera.png"),
    *("motorcycle_left.png", "coins.png", "grass.png", "gravel.png", "brick.png"),
)
"""The photographs of scikit-image that the documentation shows."""
EDGE, FEATHER = 160, 4


def photograph(name: str) -> np.ndarray:
    """In colour, and small: what is promised does not depend on the size."""
    with Image.open(Path(data.__file__).parent / name) as opened:
        opened.thumbnail((EDGE, EDGE))
        return np.asarray(opened.convert("RGBA"))


def png(pixels: np.ndarray) -> bytes:
    Image.fromarray(pixels).save(out := io.BytesIO(), "PNG")
    return out.getvalue()


def came(result: Result) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(result.images[0].picture.data)).convert("RGBA"))


async def run(request: Request) -> Result:
    limner: Assembly
    async with assemble(Settings(environ={})) as limner:
        return await limner.engine.run(request)


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", NAMES)
async def test_outside_the_mask_a_healed_photograph_is_the_original(name: str):
    before = photograph(name)
    height, width = before.shape[:2]
    levels = np.zeros((height, width), np.uint8)
    levels[height // 3 : height // 2, width // 3 : width // 2] = 255
    mask = Mask(Picture(png(levels)), feather=FEATHER)
    images = (Picture(png(before)),)
    request = Request(Operation.ERASE, images=images, mask=mask, model="limner/heal", quality=Tier.DRAFT)
    result = await run(request)
    around = 3 * FEATHER  # the fade has an end
    kept = np.ones((height, width), np.bool_)
    kept[
        height // 3 - around : height // 2 + around,
        width // 3 - around : width // 2 + around,
    ] = False
    after = came(result)
    assert np.array_equal(after[kept], before[kept])
    assert not np.array_equal(after[~kept], before[~kept])
    assert result.images[0].measured.changed_outside_mask == 0


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", NAMES)
async def test_a_continued_photograph_has_the_original_in_it(name: str):
    before = photograph(name)
    request = Request(
        Operation.OUTPAINT,
        images=(Picture(png(before)),),
        margins=Margins(left=24, bottom=16),
        model="limner/heal",
        quality=Tier.DRAFT,
    )
    result = await run(request)
    assert np.array_equal(came(result)[:-16, 24:], before)
    assert result.images[0].measured.changed_outside_mask == 0


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_cut_out_keeps_its_colours(name: str):
    """Where the matte is whole, each pixel is the original's; or it is said that nothing stands out."""
    before = photograph(name)
    result = await run(
        Request(Operation.REMOVE_BACKGROUND, images=(Picture(png(before)),), model="limner/cutout")
    )
    after = came(result)
    whole = after[..., 3] == 255
    assert np.array_equal(after[whole], before[whole])


@pytest.mark.parametrize("name", NAMES)
async def test_an_enlarged_photograph_is_still_that_photograph(name: str):
    before = photograph(name)
    result = await run(
        Request(Operation.UPSCALE, images=(Picture(png(before)),), scale=2.0, model="limner/scale")
    )
    height, width = before.shape[:2]
    assert came(result).shape[:2] == (2 * height, 2 * width)
    small = Image.fromarray(came(result)).resize((width, height), Image.Resampling.BOX)
    apart = np.abs(np.asarray(small, np.int16) - before)[..., :3].mean()
    assert apart < 6, f"{apart:.1f} of 255"
