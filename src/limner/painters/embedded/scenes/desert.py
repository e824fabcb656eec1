"""Dunes with sharp crests between light and shade; cacti and mesas on request."""

import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, ellipse, path
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.weather import weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_SAND = hexed("#e8b27a")
_SHADE = hexed("#8a4436")
_CACTUS = hexed("#5d8a5a")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    horizon = stage.height * 0.52
    sky.sky(stage, horizon, stage.between(0.55, 0.8))
    stand(stage, "air", horizon * 0.45, stage.unit * 22)
    if stage.has("mesa", "canyon"):
        for _ in range(3):
            _mesa(stage, stage.between(0.05, 0.95) * stage.width, horizon + stage.unit * 2)
    count = 6
    for number in range(count):
        part = number / (count - 1)
        _dune(stage, horizon + stage.height * (part * 0.4 - 0.02), part)
        if number == 3:
            _plants(stage, horizon + stage.height * 0.26)
    stand(stage, "any", stage.height * 0.9, stage.unit * 40, ground="land")
    weather(stage, horizon)


def _sand(stage: Stage, part: float) -> tuple[Colour, Colour]:
    sand = _SAND if not stage.brief.hues else mix(_SAND, stage.brief.hues[-1], 0.5)
    light = stage.tone(mix(sand, _SHADE, part * 0.42), 0.42 * (1 - part))
    return light, stage.tone(mix(sand, _SHADE, 0.45 + part * 0.4), 0.3 * (1 - part))


def _dune(stage: Stage, y: float, part: float) -> None:
    light, shade = _sand(stage, part)
    tall = stage.height * stage.between(0.07, 0.13) * (0.7 + 0.6 * part)
    top = stage.between(0.15, 0.85) * stage.width
    width = stage.width
    rise = curve(
        (-0.05 * width, y + tall * stage.between(0.2, 0.7)),
        (top * 0.45, y + tall * 0.5),
        (top * 0.82, y - tall * 0.55),
        (top, y - tall * 0.6),
        count=40,
    )
    fall = curve(
        (top, y - tall * 0.6),
        (top + (width - top) * 0.3, y - tall * 0.2),
        (top + (width - top) * 0.55, y + tall * 0.6),
        (1.05 * width, y + tall * stage.between(0.1, 0.5)),
        count=40,
    )
    stage.canvas.land(path(rise, fall[1:]), [lighter(light, 0.08), light, mix(light, shade, 0.5)])
    way = stage.between(-0.16, -0.04) * width
    spine = curve(
        (top, y - tall * 0.6),
        (top + width * 0.05, y + tall * 0.3),
        (top + way * 0.4, y + tall * 1.4),
        (top + way, y + stage.height * 0.5),
        count=40,
    )
    lee = path(spine, np.array([(width * 1.05, stage.height * 1.1)], np.float32), fall[::-1])
    stage.canvas.shape(lee, [shade, mix(shade, light, 0.5), mix(shade, light, 0.85)], 0.62)
    stage.canvas.strokes([rise[-26:]], lighter(light, 0.3), stage.unit * 0.2, 0.5)
    _wind(stage, rise, tall, shade)


def _wind(stage: Stage, rise: Points, tall: float, shade: Colour) -> None:
    lines: list[Points] = []
    for _ in range(10):
        start = int(stage.chance.integers(4, 26))
        down = tall * stage.between(0.25, 1.6)
        piece = rise[start : start + int(stage.between(5, 13))]
        lines.append(np.add(piece, (0, down)))
    stage.canvas.strokes(lines, shade, stage.unit * 0.14, 0.22)


def _plants(stage: Stage, y: float) -> None:
    if stage.has("oasis", "palm"):
        pond = ellipse(stage.width * 0.64, y + stage.unit * 5, stage.width * 0.16, stage.unit * 3.4)
        stage.canvas.shape(pond, [stage.colours.water[0], stage.colours.water[1]])
        for over in (0.5, 0.58, 0.74, 0.8):
            trees.palm(
                stage,
                over * stage.width,
                y + stage.unit * stage.between(2, 6),
                stage.unit * stage.between(22, 32),
                0.05,
            )
    elif stage.has("cactus") or (stage.flip(0.4) and not stage.has("bare")):
        for _ in range(4):
            _cactus(
                stage,
                stage.between(0.06, 0.94) * stage.width,
                y + stage.unit * stage.between(-2, 9),
                stage.unit * stage.between(9, 18),
            )


def _cactus(stage: Stage, x: float, foot: float, tall: float) -> None:
    green = stage.tone(_CACTUS, 0.08)
    wide = tall * 0.1
    arms: list[Points] = [
        path(ellipse(x, foot - tall + wide, wide, wide), box(x - wide, foot - tall + wide, x + wide, foot))
    ]
    stage.canvas.shapes(
        [ellipse(x, foot - tall + wide, wide, wide), box(x - wide, foot - tall + wide, x + wide, foot)],
        [lighter(green, 0.12), green],
    )
    del arms
    for way, part in ((-1, stage.between(0.4, 0.6)), (1, stage.between(0.5, 0.7))):
        y = foot - tall * part
        arm = curve(
            (x, y), (x + way * tall * 0.3, y + wide), (x + way * tall * 0.26, y - tall * 0.3), count=14
        )
        stage.canvas.strokes([arm], green, wide * 1.5)
    stage.canvas.mist(x + tall * 0.3, foot, tall * 0.6, wide * 0.8, darker(_SHADE, 0.2), 0.25)


def _mesa(stage: Stage, x: float, foot: float) -> None:
    rock = stage.tone(hexed("#b0593c"), 0.45)
    half, tall = stage.unit * stage.between(8, 18), stage.unit * stage.between(9, 18)
    steps = np.linspace(-1, 1, 40, dtype=np.float32)
    side = np.where(np.abs(steps) < 0.72, 1.0, np.clip((1 - np.abs(steps)) / 0.28, 0, 1) ** 0.6 * 0.8)
    outline = np.stack(
        [x + steps * half, foot - side * tall * (1 + stage.chance.random(40) * 0.05)], 1
    ).astype(np.float32)
    stage.canvas.shape(
        path(outline, np.array([(x + half, foot + 9), (x - half, foot + 9)], np.float32)),
        [lighter(rock, 0.12), rock, darker(rock, 0.1)],
    )
    for part in (0.3, 0.5, 0.62):
        y = foot - tall * part
        stage.canvas.strokes(
            [curve((x - half * 0.7, y), (x + half * 0.7, y), count=2)],
            darker(rock, 0.2),
            stage.unit * 0.3,
            0.35,
        )
