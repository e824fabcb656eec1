"""One thing before a plain ground: a soft light, a halo of paint, a shadow."""

import numpy as np

from limner.painters.embedded.canvas import Points, curve, ellipse
from limner.painters.embedded.colours import darker, hexed, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_GROUNDS = (
    ("#e9dcc3", "#d99a6a"),
    ("#cfd9d6", "#6f9a9a"),
    ("#f0d9c4", "#c96f5a"),
    ("#d8dccb", "#8fa07a"),
    ("#2c3a4a", "#c98a4a"),
    ("#e6dfe8", "#8f84b0"),
)


def paint(stage: Stage) -> None:
    """Paint the scene."""
    ground, accent = (hexed(tone) for tone in stage.pick(list(_GROUNDS)))
    if stage.brief.hues:
        accent = stage.brief.hues[-1]
        ground = (
            lighter(stage.brief.hues[0], 0.72) if not stage.has("dark") else darker(stage.brief.hues[0], 0.6)
        )
    if stage.brief.light in {"night", "blue"} or stage.has("dark"):
        ground = mix(darker(ground, 0.68), hexed("#1d2f4f"), 0.4)
    stage.canvas.slant([lighter(ground, 0.1), ground, darker(ground, 0.1)], 20)
    x, y = stage.width / 2, stage.height * 0.47
    size = stage.unit * 37
    _halo(stage, x, y, size, accent)
    floor = stage.height * 0.84
    line = ridge(stage.chance, stage.width, floor, stage.unit * 2, 0.4, 5)
    stage.canvas.land(line, [mix(ground, accent, 0.32), mix(darker(ground, 0.22), accent, 0.2)])
    _sprigs(stage, x, y, size, accent)
    several = sum(subject.count for subject in stage.waiting) > 1
    if any(subject.habitat in {"air", "under", "space"} for subject in stage.waiting) and not several:
        stand(stage, "air", y, stage.unit * 52, ground="none")
        stand(stage, "under", y + stage.unit * 24, stage.unit * 52, ground="none")
        stand(stage, "space", y, stage.unit * 52, ground="none")
    stand(stage, "any", stage.height * 0.89, stage.unit * (62 if not several else 50), 0.1, 0.9, "land")


def _halo(stage: Stage, x: float, y: float, size: float, colour: tuple[float, float, float]) -> None:
    """A round of loose brushwork behind the subject."""
    steps = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waver = (
        1 + np.convolve(np.tile(stage.chance.standard_normal(60), 3), np.ones(9) / 9, "same")[60:120] * 0.07
    )
    round_: Points = np.stack([x + np.cos(steps) * size * waver, y + np.sin(steps) * size * waver], 1).astype(
        np.float32
    )
    stage.canvas.shape(round_, [lighter(colour, 0.3), colour], 0.8)
    for _ in range(9):
        start = stage.between(0, 6.28)
        angles = np.linspace(start, start + stage.between(0.5, 1.5), 20)
        reach = size * stage.between(0.86, 1.12)
        arc = np.stack([x + np.cos(angles) * reach, y + np.sin(angles) * reach], 1).astype(np.float32)
        stage.canvas.strokes(
            [arc], lighter(colour, stage.between(0.0, 0.5)), stage.unit * stage.between(0.4, 1.6), 0.45
        )


def _sprigs(stage: Stage, x: float, y: float, size: float, colour: tuple[float, float, float]) -> None:
    tone = darker(colour, 0.3)
    for side in (-1, 1):
        root = (x + side * size * 0.6, y + size * 0.98)
        tip = (x + side * size * 1.22, y + size * stage.between(-0.2, 0.1))
        stem = curve(root, (x + side * size * 1.25, y + size * 0.75), tip, count=24)
        stage.canvas.strokes([stem], tone, stage.unit * 0.4, 0.9)
        blades: list[Points] = []
        for number in range(3, 23, 2):
            cx, cy = (float(value) for value in stem[number])
            blades.extend(
                ellipse(
                    cx + way * stage.unit * 1.7,
                    cy - stage.unit,
                    stage.unit * 2.1,
                    stage.unit * 0.8,
                    way * -38,
                )
                for way in (-1, 1)
            )
        stage.canvas.shapes(blades, mix(tone, stage.pick(stage.colours.leaves), 0.5), 0.92)
