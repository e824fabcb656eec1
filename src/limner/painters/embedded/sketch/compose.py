"""From a brief to a finished picture."""

import importlib
from collections.abc import Callable
from typing import Final, Protocol, cast

import numpy as np

from limner.core.pictures import Size
from limner.painters.embedded.actors import act
from limner.painters.embedded.brief import Brief
from limner.painters.embedded.canvas import Canvas
from limner.painters.embedded.effects.looks import LOOKS
from limner.painters.embedded.finish import Paper, finish
from limner.painters.embedded.rasters import Pixels
from limner.painters.embedded.stage import Stage

_BARE: Final = Paper(waver=1.0, grain=0.0, wash=0.4, vignette=0.3)
_PAPERS: Final = {
    "pixel": Paper(0, 0, 0, 0.4),
    "blueprint": Paper(0.5, 0, 0, 0),
    "pencil": Paper(0.8, 0, 0, 0),
    "posterize": Paper(0.4, 0.8, 0.6, 0.2),
    "pop": Paper(0.4, 0, 0, 0),
    "noir": Paper(1.0, 0, 0.6, 1.3),
}
"""How the paper shows under each look; `_BARE` under the others."""


class Scene(Protocol):
    """A module of `scenes/`."""

    def paint(self, stage: Stage) -> None:
        """Paint the scene."""
        ...


def compose(brief: Brief, size: Size, seed: int, pulse: Callable[[], object] = lambda: None) -> Pixels:
    """Paint a brief.

    Args:
        brief: what to paint.
        size: of the result.
        seed: decides everything the brief leaves open; the same seed gives the same pixels.
        pulse: called again and again while painting; it may raise to stop.

    Returns:
        Height × width × 3.
    """
    chance = np.random.default_rng(seed)
    stage = Stage(Canvas(size.width, size.height, pulse=pulse), brief, chance, act)
    scene = cast("Scene", importlib.import_module(f"limner.painters.embedded.scenes.{brief.scene}"))
    scene.paint(stage)
    pulse()
    if brief.style is None:
        return finish(stage.canvas.pixels, chance, stage.paper)
    drawn = finish(stage.canvas.pixels, chance, _PAPERS.get(brief.style, _BARE))
    pulse()
    return LOOKS[brief.style](drawn, chance)
