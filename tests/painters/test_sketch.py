import importlib
import pkgutil

import numpy as np
import pytest

from limner.core.adapter import Artifact
from limner.core.errors import Cancelled
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.painters.embedded import scenes
from limner.painters.embedded.brief import Brief, Subject
from limner.painters.embedded.effects.looks import LOOKS
from limner.painters.embedded.rasters import Pixels, decode
from limner.painters.embedded.reading import read
from limner.painters.embedded.sketch.compose import compose
from limner.painters.embedded.tables import table

SCENES = sorted(module.name for module in pkgutil.iter_modules(scenes.__path__))


def _bytes(artifact: Artifact) -> bytes:
    assert isinstance(artifact.source, bytes)
    return artifact.source


def _is_a_picture(pixels: Pixels) -> bool:
    """Whether it has light and shade and several colours, as no blank or broken picture has."""
    values = pixels.astype(np.float32)
    return float(values.std()) > 8 and len(np.unique(pixels.reshape(-1, 3) // 16, axis=0)) > 20


def _apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.float32) - other).mean())


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_can_be_painted_in_any_light(scene):
    for number, light in enumerate(table("lights")):
        seasons = list(table("seasons"))
        brief = Brief(scene, light, seasons[number % 4], letter="Ö" if scene == "initial" else None)
        assert _is_a_picture(compose(brief, Size(160, 120), number))


@pytest.mark.parametrize("scene", sorted({*SCENES} - {"initial"}))
@pytest.mark.parametrize("habitat", ["land", "water", "under", "air", "table", "space"])
def test_a_subject_appears_in_every_scene(scene, habitat):
    """An initial shows its letter alone."""
    alone = Brief(scene, "day")
    cast = Brief(scene, "day", subjects=(Subject("fox", habitat, colour=(1.0, 0.0, 1.0)),))
    magenta = _pinkness(compose(cast, Size(256, 256), 3)) - _pinkness(compose(alone, Size(256, 256), 3))
    assert magenta > 0.004


def _pinkness(pixels: Pixels) -> float:
    """The part of the picture that is about magenta."""
    red, green, blue = (pixels[..., band].astype(np.float32) for band in range(3))
    return float(((red > green + 45) & (blue > green + 45)).mean())


@pytest.mark.parametrize("style", sorted(LOOKS))
def test_every_style_is_a_picture_of_its_own(style):
    plain = compose(Brief("coast", "dusk"), Size(200, 160), 4)
    styled = compose(Brief("coast", "dusk", style=style), Size(200, 160), 4)
    assert styled.shape == plain.shape
    assert _is_a_picture(styled) or style == "noir"
    assert _apart(plain, styled) > 2


@pytest.mark.parametrize(
    "prompt",
    [
        "a red fox in a birch forest at dawn",
        "asdf qwer zxcv",
        "!!! ???",
        "beautiful stunning amazing",
        "كلب في الحديقة عند الغروب",
        "שועל ביער",
        "🦊🌲",
        "x" * 10_000,
        "a cat " * 1_666,
        "\x00\x07 \u202e weird",
    ],
)
def test_whatever_the_prompt_there_is_a_decent_picture(paint, prompt):
    done = paint("sketch", Operation.GENERATE, prompt=prompt, size=Size(192, 128))
    assert _is_a_picture(decode(_bytes(done.artifacts[0])))


def test_the_same_seed_paints_the_same_and_another_seed_another(paint):
    two = paint("sketch", Operation.GENERATE, prompt="a lighthouse at dusk", size=Size(256, 192), seed=8, n=2)
    again = paint("sketch", Operation.GENERATE, prompt="a lighthouse at dusk", size=Size(256, 192), seed=9)
    assert [artifact.seed for artifact in two.artifacts] == [8, 9]
    assert _bytes(two.artifacts[1]) == _bytes(again.artifacts[0])
    assert _apart(decode(_bytes(two.artifacts[0])), decode(_bytes(two.artifacts[1]))) > 5


@pytest.mark.parametrize("size", [Size(16, 16), Size(1, 1), Size(16, 300), Size(513, 17), Size(640, 480)])
def test_any_size_is_made_exactly(paint, size):
    done = paint("sketch", Operation.GENERATE, prompt="two swans on a lake", size=size)
    assert decode(_bytes(done.artifacts[0])).shape == (size.height, size.width, 3)


def test_light_and_colour_words_show():
    night = compose(read("mountains at night", 1), Size(128, 128), 1).mean()
    day = compose(read("mountains at noon", 1), Size(128, 128), 1).mean()
    assert night < day - 50
    green = compose(read("mountains, everything green", 1), Size(128, 128), 1).astype(float).mean((0, 1))
    assert green[1] > green[0]
    assert green[1] > green[2]


def test_it_stops_in_the_midst_of_a_picture(paint):
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 40

    with pytest.raises(Cancelled):
        paint("sketch", Operation.GENERATE, prompt="a forest", size=Size(640, 640), cancelled=stop)
    assert asked == 41


def test_progress_ends_at_one(paint):
    told: list[float] = []
    paint("sketch", Operation.GENERATE, prompt="a forest", size=Size(64, 64), n=3, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= 3


def test_every_scene_has_the_one_entrance():
    for name in SCENES:
        assert callable(importlib.import_module(f"limner.painters.embedded.scenes.{name}").paint)
