"""What falls or hangs before everything: rain, snow, fog, lightning."""

import numpy as np

from limner.painters.embedded.canvas import points
from limner.painters.embedded.colours import lighter
from limner.painters.embedded.stage import Stage


def weather(stage: Stage, ground: float) -> None:
    """Paint the weather over a finished scene.

    Args:
        stage: the picture.
        ground: where the ground begins; fog lies thickest there.
    """
    if stage.has("fog"):
        for _ in range(9):
            stage.canvas.mist(
                stage.between(0, 1) * stage.width,
                ground + stage.between(-0.16, 0.14) * stage.height,
                stage.width * stage.between(0.35, 0.7),
                stage.height * stage.between(0.03, 0.09),
                stage.colours.haze,
                stage.between(0.35, 0.6),
            )
    if stage.has("rain", "thunder"):
        _rain(stage)
    if stage.has("snowfall"):
        _snow(stage)


def lightning(stage: Stage, top: float, bottom: float) -> None:
    """A forked bolt between two heights."""
    x, y = stage.between(0.2, 0.8) * stage.width, top
    bolt = [(x, y)]
    while y < bottom:
        y += stage.between(0.04, 0.1) * (bottom - top)
        x += stage.between(-4, 4) * stage.unit
        bolt.append((x, y))
        if stage.flip(0.2):
            fork = [(x, y)]
            for _ in range(3):
                fork.append((fork[-1][0] + stage.between(-3, 5) * stage.unit, fork[-1][1] + stage.unit * 4))
            stage.canvas.strokes([points(*fork)], (1.0, 0.98, 0.9), stage.unit * 0.2, 0.7)
    stage.canvas.strokes([points(*bolt)], stage.colours.sun, stage.unit * 1.6, 0.35, stage.unit)
    stage.canvas.strokes([points(*bolt)], (1.0, 0.98, 0.9), stage.unit * 0.4, 0.95)


def _rain(stage: Stage) -> None:
    slope = stage.between(-0.35, 0.35)
    colour = lighter(stage.colours.haze, 0.3)
    for width, count, alpha in ((0.1, 220, 0.25), (0.16, 110, 0.32)):
        start = stage.chance.random((count, 2), np.float32) * (stage.width * 1.2, stage.height)
        length = (stage.chance.random(count, np.float32) * 3 + 2.5) * stage.unit * width / 0.1
        ends = start + np.stack([length * slope, length], 1)
        lines = [np.stack([one, other]) for one, other in zip(start, ends, strict=True)]
        stage.canvas.strokes(lines, colour, stage.unit * width, alpha)


def _snow(stage: Stage) -> None:
    for size, count, alpha in ((0.22, 150, 0.7), (0.4, 80, 0.85), (0.75, 24, 0.6)):
        spots = [
            (x * stage.width, y * stage.height, stage.unit * size * stage.between(0.7, 1.3))
            for x, y in stage.chance.random((count, 2)).tolist()
        ]
        stage.canvas.discs(spots, (1.0, 1.0, 1.0), alpha)
