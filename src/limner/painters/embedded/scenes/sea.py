"""The open sea: a swell in layers, foam on the crests."""

import numpy as np

from limner.painters.embedded.canvas import Points
from limner.painters.embedded.colours import darker, lighter, mix
from limner.painters.embedded.parts import sky
from limner.painters.embedded.parts.buildings import sailing_boat
from limner.painters.embedded.parts.water import glints
from limner.painters.embedded.parts.weather import lightning, weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_SWELLS = 9


def paint(stage: Stage) -> None:
    """Paint the scene."""
    horizon = stage.height * stage.between(0.42, 0.5)
    sky.sky(stage, horizon)
    sky.birds(stage, stage.width * stage.between(0.2, 0.8), horizon * 0.5, 5)
    stand(stage, "air", horizon * 0.42, stage.unit * 22)
    if stage.has("thunder"):
        lightning(stage, 0, horizon)
    stage.canvas.wash(stage.colours.water, horizon)
    rough = 1.9 if stage.has("waves", "thunder", "wind") or stage.brief.light == "storm" else 0.8
    placed = False
    alone = not stage.waiting
    for number in range(_SWELLS):
        part = number / (_SWELLS - 1)
        y = horizon + stage.height * (0.02 + 0.56 * part**1.35)
        if part > 0.42 and not placed:
            placed = True
            _crew(stage, y, alone)
        _swell(stage, y, stage.unit * (0.5 + 3.4 * part) * rough, part)
        if number < 4:
            glints(stage, stage.sun[0], y, y + stage.height * 0.05, stage.colours.sun, 0.8 + part * 2, 20)
    stand(stage, "any", stage.height * 0.96, stage.unit * 36, ground="water")
    weather(stage, horizon)


def _crew(stage: Stage, y: float, alone: bool) -> None:
    if alone and not stage.has("bare"):
        sailing_boat(stage, stage.width * stage.between(0.3, 0.7), y, stage.unit * 21)
    stand(stage, "water", y + stage.unit * 2, stage.unit * 32)
    stand(stage, "under", y + stage.unit * 10, stage.unit * 32, ground="water")


def _crest(stage: Stage, y: float, tall: float) -> Points:
    x = np.linspace(-0.02, 1.02, 240, dtype=np.float32) * stage.width
    long = tall * stage.between(9, 14) + stage.width * 0.04
    phase = stage.between(0, 6.28)
    wave = np.sin(x / long * 6.28 + phase)
    wave = np.sign(wave) * np.abs(wave) ** 1.35 + 0.4 * np.sin(x / long * 15 + phase * 3)
    return np.stack([x, y - wave * tall * 0.5], 1).astype(np.float32)


def _swell(stage: Stage, y: float, tall: float, part: float) -> None:
    colours = stage.colours
    place = min(len(colours.water) - 1.001, part * (len(colours.water) - 1))
    base = mix(colours.water[int(place)], colours.water[int(place) + 1], place % 1)
    line = _crest(stage, y, tall)
    stage.canvas.land(line, [lighter(base, 0.1), base, darker(base, 0.06)], alpha=0.92)
    foam = mix(colours.haze, lighter(base, 0.5), 0.35)
    high = np.gradient(-line[:, 1])
    crest = [
        line[start : start + 26] - (0, tall * 0.05)
        for start in range(0, 214, 26)
        if high[start : start + 26].mean() > -0.02
    ]
    stage.canvas.strokes(crest, foam, max(1.0, stage.unit * 0.3 * (0.4 + part)), 0.34 + 0.2 * part)
    flecks: list[Points] = []
    for _ in range(int(26 * (0.4 + part))):
        at = int(stage.chance.integers(0, 226))
        flecks.append(np.add(line[at : at + 12], (0, tall * stage.between(0.3, 1.6))))
    stage.canvas.strokes(flecks, lighter(base, 0.22), max(1.0, stage.unit * 0.16), 0.4)
