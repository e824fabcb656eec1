"""Water: a surface with waves, glints under the sun, and mirrored light."""

import numpy as np

from limner.painters.embedded.canvas import Points, curve
from limner.painters.embedded.colours import Colour, mix
from limner.painters.embedded.stage import Stage


def water(stage: Stage, horizon: float, bottom: float | None = None, waves: float = 1.0) -> None:
    """Paint water from the horizon down, with the sun's path on it."""
    end = stage.height if bottom is None else bottom
    colours = stage.colours
    stage.canvas.wash(colours.water, horizon, end)
    _ripples(stage, horizon, end, waves)
    if not stage.has("rain", "overcast", "snowfall"):
        glints(stage, stage.sun[0], horizon, end, colours.sun)


def _ripples(stage: Stage, horizon: float, end: float, waves: float) -> None:
    colours = stage.colours
    for colour, alpha in ((colours.haze, 0.2), (colours.water[-1], 0.24)):
        for depth in range(6):
            lines: list[Points] = []
            for _ in range(int(16 * waves)):
                part = (depth + float(stage.chance.random())) / 6
                y = horizon + 2 + part**1.5 * (end - horizon)
                half = stage.unit * stage.between(1, 6) * (0.3 + part)
                x = stage.between(0, 1) * stage.width
                lift = stage.between(-0.4, 0.4) * stage.unit * waves
                lines.append(curve((x - half, y), (x, y + lift), (x + half, y), count=9))
            stage.canvas.strokes(lines, colour, stage.unit * (0.14 + depth * 0.07) * waves, alpha)


def glints(
    stage: Stage, x: float, horizon: float, end: float, colour: Colour, wide: float = 1.0, many: int = 60
) -> None:
    """Short strokes of light under a light."""
    for depth in range(5):
        lines: list[Points] = []
        for _ in range(many // 5):
            part = (depth + float(stage.chance.random())) / 5
            y = horizon + 2 + part**1.4 * (end - horizon)
            spread = stage.unit * (2.5 + part * 9) * wide
            middle = x + float(stage.chance.standard_normal()) * spread * 0.55
            half = stage.unit * stage.between(0.5, 3.2) * (0.4 + part * 0.9) * min(1.0, 0.5 + wide / 2)
            lines.append(curve((middle - half, y), (middle + half, y), count=2))
        stage.canvas.strokes(lines, colour, stage.unit * (0.16 + depth * 0.1), 0.42 - depth * 0.04)


def shore(stage: Stage, line: "np.typing.NDArray[np.float32]", bright: float = 0.5) -> None:
    """The light line where water meets something."""
    stage.canvas.strokes(
        [line], mix(stage.colours.haze, stage.colours.water[0], 0.3), stage.unit * 0.35, bright
    )
