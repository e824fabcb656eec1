"""Space: stars, a nebula, planets with shade and rings."""

import numpy as np

from limner.painters.embedded.canvas import Points, ellipse, turned
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.noise import clouds, ridge
from limner.painters.embedded.parts import sky
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_PLANETS = tuple(hexed(tone) for tone in ("#c9714a", "#d9b27a", "#5f86b0", "#7fa08a", "#b0708a", "#9a8fc4"))
_NEBULAE = (("#3f2a6b", "#b0507a"), ("#1f4a6b", "#4fb0a3"), ("#5a2a4a", "#e08a5a"), ("#2a2f6b", "#6f8fe0"))


def paint(stage: Stage) -> None:
    """Paint the scene."""
    stage.canvas.slant([hexed("#0a0d1f"), hexed("#141a38"), hexed("#0b0a1a")], 30)
    one, other = (
        stage.brief.hues[:2]
        if len(stage.brief.hues) > 1
        else (hexed(tone) for tone in stage.pick(list(_NEBULAE)))
    )
    _nebula(stage, one, other)
    sky.stars(stage, stage.height, 1.7)
    for _ in range(8):
        x, y = stage.between(0, 1) * stage.width, stage.between(0, 1) * stage.height
        stage.canvas.glow(x, y, stage.unit * stage.between(1, 2.4), (1.0, 0.97, 0.9), 0.8)
    ground = stage.has("moon surface", "planet surface") or any(
        one.habitat == "land" for one in stage.waiting
    )
    side = stage.pick([0.24, 0.74])
    planet(
        stage,
        side * stage.width,
        stage.height * 0.3,
        stage.unit * stage.between(13, 19),
        stage.pick(_PLANETS),
        stage.flip(0.6),
    )
    planet(
        stage,
        (1 - side) * stage.width,
        stage.height * stage.between(0.46, 0.6),
        stage.unit * stage.between(3, 6),
        stage.pick(_PLANETS),
        False,
    )
    stand(stage, "space", stage.height * 0.52, stage.unit * 40)
    if ground:
        _surface(stage)
        stand(stage, "any", stage.height * 0.9, stage.unit * 40, ground="land")
    stand(stage, "any", stage.height * 0.62, stage.unit * 38, ground="none")


def _nebula(stage: Stage, one: Colour, other: Colour) -> None:
    for colour in (one, other):
        mist = clouds(stage.chance, stage.height, stage.width, (2.4, 2.4), 5)
        strength = np.clip(mist * 1.1 + 0.05, 0, 0.75)[..., None]
        stage.canvas.pixels += (np.asarray(colour, np.float32) - stage.canvas.pixels) * strength


def planet(stage: Stage, x: float, y: float, size: float, colour: Colour, ringed: bool) -> None:
    """A banded ball lit from the upper left."""
    canvas = stage.canvas
    canvas.glow(x, y, size * 1.7, colour, 0.35)
    turn = stage.between(-30, 30)
    if ringed:
        _ring(stage, x, y, size, colour, turn, behind=True)
    disc = ellipse(x, y, size, size)
    canvas.shape(disc, [lighter(colour, 0.12), colour])
    for number in range(5):
        level = (number - 2) * 0.36 + stage.between(-0.08, 0.08)
        half = float(np.sqrt(max(0.0, 1 - level * level)))
        band = turned(ellipse(0, level, half * 0.99, 0.08 * stage.between(0.6, 1.6)), turn)
        canvas.shape(
            band * size + np.array((x, y), np.float32),
            darker(colour, 0.2) if number % 2 else lighter(colour, 0.25),
            0.5,
            size * 0.02,
        )
    shade = np.concatenate([disc[len(disc) // 8 * 7 :], disc[: len(disc) // 8 * 3]])
    inner = ellipse(x - size * 0.34, y - size * 0.34, size * 1.06, size * 1.06)
    keep = inner[
        np.argsort(np.abs(np.arctan2(inner[:, 1] - y, inner[:, 0] - x) - np.pi / 4))[: len(inner) // 2]
    ]
    order = np.argsort(-np.arctan2(keep[:, 1] - y, keep[:, 0] - x))
    canvas.shape(
        np.concatenate([shade, keep[order]]).astype(np.float32), (0.02, 0.02, 0.06), 0.5, size * 0.06
    )
    if ringed:
        _ring(stage, x, y, size, colour, turn, behind=False)


def _ring(
    stage: Stage, x: float, y: float, size: float, colour: Colour, turn: float, *, behind: bool
) -> None:
    angles = np.linspace(np.pi, 2 * np.pi, 60) if behind else np.linspace(0, np.pi, 60)
    for reach, alpha in ((1.45, 0.75), (1.66, 0.9), (1.86, 0.5)):
        arc = np.stack([np.cos(angles) * reach, np.sin(angles) * reach * 0.3], 1).astype(np.float32)
        line: Points = turned(arc, turn) * size + np.array((x, y), np.float32)
        stage.canvas.strokes(
            [line.astype(np.float32)], mix(lighter(colour, 0.4), hexed("#e8dcc4"), 0.4), size * 0.12, alpha
        )


def _surface(stage: Stage) -> None:
    rock = (
        stage.brief.hues[-1]
        if stage.brief.hues
        else hexed("#8c8794")
        if not stage.has("mars")
        else hexed("#b0593c")
    )
    line = ridge(stage.chance, stage.width, stage.height * 0.78, stage.height * 0.06, 0.46, 8)
    stage.canvas.land(line, [lighter(rock, 0.25), rock, darker(rock, 0.5)])
    for _ in range(14):
        part = stage.between(0.1, 1)
        x, y = stage.between(0, 1) * stage.width, stage.height * (0.8 + 0.2 * part)
        wide = stage.unit * stage.between(1.5, 7) * (0.4 + part)
        stage.canvas.shape(ellipse(x, y, wide, wide * 0.26), darker(rock, 0.38), 0.8)
        stage.canvas.shape(ellipse(x, y + wide * 0.06, wide * 0.92, wide * 0.2), lighter(rock, 0.05), 0.6)
