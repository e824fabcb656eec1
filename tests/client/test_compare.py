"""`compare` and `line_up` of the library, with and without awaiting; what is saved."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from limner import AsyncLimner, Limner
from limner.core.errors import UserError
from limner.settings import Settings

SETTINGS = Settings(environ={"OPENAI_API_KEY": "k"})
KEYLESS = Settings(environ={})
pytestmark = pytest.mark.row("D6")


async def test_both_say_the_same_before_anything_is_sent():
    names = ["openai/gpt-image-2", "limner/sketch"]
    with Limner(settings=SETTINGS) as limner:
        here = limner.line_up("a pear", models=names, quality="standard")
    async with AsyncLimner(settings=SETTINGS) as later:
        there = await later.line_up("a pear", models=", ".join(names), quality="standard")
    assert here == there
    assert here.price.usd is not None
    assert Decimal(0) < here.price.usd < Decimal(1)


def test_a_comparison_is_saved_whole(tmp_path: Path):
    heard: list[object] = []
    with Limner(settings=KEYLESS) as limner:
        comparison = limner.compare(
            "a pear",
            models="limner/sketch, openai/gpt-image-2",
            n=2,
            size="96x64",
            on_event=heard.append,
        )
    assert heard
    assert [result.model for result in comparison.results] == ["limner/sketch"]
    assert comparison.results[0].image.pil().size == (96, 64)
    saved = comparison.save(tmp_path / "new")
    names = ["a-limner-sketch-1.png", "a-limner-sketch-2.png", "sheet.png", "report.html"]
    assert [path.name for path in saved] == names
    assert saved[0].read_bytes() == comparison.results[0].images[0].bytes
    Image.open(saved[2]).verify()
    assert saved[3].read_text(encoding="utf-8") == comparison.report()


def test_the_operation_follows_from_what_comes():
    photo = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 120, 60)).save(photo, "PNG")
    with Limner(settings=KEYLESS) as limner:
        comparison = limner.compare(
            image=photo.getvalue(), operation="upscale", models=["limner/scale", "stability/fast"], scale=2
        )
        assert comparison.results[0].image.measured.size.width == 128
        with pytest.raises(UserError, match="same model"):
            limner.compare("a pear", models=["limner/sketch", "sketch"])
