"""Ridge behind ridge, haze between them, firs in front; a lake on request."""

import numpy as np

from limner.painters.embedded.canvas import Points
from limner.painters.embedded.colours import Colour, darker, lighter, mix
from limner.painters.embedded.noise import level, ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import cottage
from limner.painters.embedded.parts.water import water
from limner.painters.embedded.parts.weather import lightning, weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_RIDGES = 5


def paint(stage: Stage) -> None:
    """Paint the scene."""
    sky.sky(stage, stage.height * 0.62, stage.between(0.25, 0.75))
    stand(stage, "air", stage.height * 0.26, stage.unit * 20)
    if stage.has("thunder"):
        lightning(stage, stage.height * 0.05, stage.height * 0.5)
    lake = stage.has("lake", "river", "water") or any(
        subject.habitat in {"water", "under"} for subject in stage.waiting
    )
    lowest = 0.66 if lake else 0.86
    line = None
    for number in range(_RIDGES):
        part = number / (_RIDGES - 1)
        base = stage.height * (0.4 + part * (lowest - 0.4))
        swing = stage.height * (0.3 - part * 0.2) * (0.55 if stage.has("hills") else 1.0)
        rough = 0.5 if number < 3 and not stage.has("hills") else 0.44
        line = ridge(stage.chance, stage.width, base, swing, rough)
        _ridge(stage, line, part, number)
        sky.veil(stage, base + swing * 0.25, base + swing * 0.25 + stage.height * 0.08, 0.3 * (1 - part))
        if number >= _RIDGES - 2 and not stage.has("bare"):
            tall = stage.unit * (3.2 + 7 * part)
            trees.firs(
                stage, line, int(46 - 14 * part), (tall * 0.55, tall), 0.34 * (1 - part), stage.unit * 3
            )
    assert line is not None  # noqa: S101 - there are ridges
    if lake:
        horizon = stage.height * 0.72
        water(stage, horizon)
        _mirror(stage, horizon)
        stand(stage, "water", stage.height * 0.84, stage.unit * 22)
        foot = ridge(stage.chance, stage.width, stage.height * 0.97, stage.height * 0.05, 0.5)
        stage.canvas.land(
            foot, [stage.tone(stage.colours.grass[-1]), darker(stage.tone(stage.colours.grass[-1]), 0.4)]
        )
        trees.tufts(stage, stage.height * 0.94, stage.height, 90, stage.unit * 7)
        stand(stage, "any", stage.height * 0.965, stage.unit * 36)
    else:
        foot = ridge(stage.chance, stage.width, stage.height * 0.95, stage.height * 0.05, 0.45)
        ground = stage.tone(mix(stage.colours.near, stage.colours.grass[-1], 0.35))
        stage.canvas.land(foot, [ground, darker(ground, 0.35)])
        trees.tufts(stage, stage.height * 0.93, stage.height * 1.02, 110, stage.unit * 5)
        stand(stage, "any", stage.height * 0.96, stage.unit * 38)
    if stage.has("cabin", "house"):
        x = stage.width * stage.between(0.6, 0.8)
        cottage(stage, x, level(line, x) + stage.unit * 2, stage.unit * 11)
    weather(stage, stage.height * 0.7)


def _ridge(stage: Stage, line: Points, part: float, number: int) -> None:
    colour = mix(stage.colours.far, stage.colours.near, part)
    top = mix(colour, stage.colours.haze, 0.18 * (1 - part))
    stage.canvas.land(line, [top, colour, darker(colour, 0.12)])
    snowy = stage.brief.season == "winter" or (stage.has("snow", "peaks") or number == 0)
    if snowy and number < 3 and not stage.has("hills"):
        _snowcap(stage, line, lighter(mix(colour, stage.colours.haze, 0.5), 0.45), 0.75 - number * 0.15)


def _snowcap(stage: Stage, line: Points, white: Colour, alpha: float) -> None:
    """Snow on the upper flanks: a copy of the ridge, ragged below."""
    high, low = float(line[:, 1].min()), float(line[:, 1].max())
    edge = high + (low - high) * 0.45
    rag = np.cumsum(stage.chance.standard_normal(len(line))) * stage.unit * 0.35
    rag = np.asarray(rag - np.linspace(rag[0], rag[-1], len(line)), np.float32)
    depth = np.clip((edge - line[:, 1]) * 0.62 + rag, 0, None)
    under = line.copy()
    under[:, 1] += depth
    stage.canvas.shape(np.concatenate([line, under[::-1]]), white, alpha)


def _mirror(stage: Stage, horizon: float) -> None:
    """What stands above the lake, upside down in it, dimmed and rippled."""
    top, count = round(horizon), stage.height - round(horizon)
    if count < 1 or top < 1:
        return
    rows = np.clip(top - 1 - np.arange(count) * 1.1, 0, top - 1).astype(int)
    shift = (np.sin(np.arange(count) * 0.9) * np.linspace(0.2, 1.4, count) * stage.unit * 0.5).astype(int)
    image = stage.canvas.pixels[rows]
    image = np.stack([np.roll(row, move, 0) for row, move in zip(image, shift, strict=True)])
    fade = np.linspace(0.62, 0.1, count, dtype=np.float32)[:, None, None]
    part = stage.canvas.pixels[top:]
    part += (image - part) * fade
