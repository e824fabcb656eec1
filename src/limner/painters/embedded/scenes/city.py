"""A town by the water: gabled houses, lit windows, reflections; towers when it is a big one."""

import numpy as np

from limner.painters.embedded.canvas import Points, box, points
from limner.painters.embedded.colours import Colour, brightness, darker, hexed, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import rowing_boat
from limner.painters.embedded.parts.water import glints, water
from limner.painters.embedded.parts.weather import weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_WALLS = tuple(
    hexed(tone)
    for tone in ("#b4452f", "#d9a13b", "#e8dcc4", "#6f8f86", "#c96f4a", "#8a4b3c", "#d8b48a", "#93a7b0")
)
_TOWERS = tuple(hexed(tone) for tone in ("#5d7488", "#7d8a94", "#46586e", "#8c8379", "#667a86"))
_ROOF = hexed("#4a3a38")
_TILE = hexed("#a3553a")
_TRIM = hexed("#f4ead8")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    ashore = stage.has("street", "square") or any(one.habitat == "land" for one in stage.waiting)
    quay = stage.height * (0.7 if ashore else 0.64)
    sky.sky(stage, quay)
    stand(stage, "air", stage.height * 0.16, stage.unit * 18)
    big = stage.has("skyline", "metropolis", "skyscraper")
    if big:
        for layer in range(3):
            _towers(stage, quay, layer)
    else:
        back = ridge(stage.chance, stage.width, quay - stage.height * 0.2, stage.height * 0.12, 0.5, 7)
        stage.canvas.land(back, [mix(stage.colours.far, stage.colours.haze, 0.2)], quay)
        _row(stage, quay - stage.unit * 5, 0.5, 0.62)
        _row(stage, quay, 0.0, 1.0)
    stage.canvas.shape(
        box(-9, quay - 2, stage.width + 9, quay + stage.unit * 1.6),
        darker(stage.tone(stage.colours.rock[0]), 0.1),
    )
    if ashore:
        _square(stage, quay)
    else:
        _harbour(stage, quay)
    stand(
        stage,
        "any",
        stage.height * 0.95,
        stage.unit * 36,
        ground="land" if ashore else "water",
    )
    weather(stage, quay)


def _row(stage: Stage, foot: float, away: float, scale: float) -> None:
    x, previous = -stage.unit * stage.between(0, 6), -1
    while x < stage.width:
        wide = stage.unit * stage.between(9, 15) * scale
        tall = stage.unit * stage.between(17, 34) * scale
        kind = int(stage.chance.integers(len(_WALLS)))
        kind = (kind + 1) % len(_WALLS) if kind == previous else kind
        previous = kind
        _house(stage, x, foot, wide, tall, stage.tone(_accent(stage, _WALLS[kind]), away), away)
        x += wide + stage.unit * 0.15


def _accent(stage: Stage, wall: Colour) -> Colour:
    hues = stage.brief.hues
    return mix(wall, hues[int(stage.chance.integers(len(hues)))], 0.55) if hues else wall


def _house(stage: Stage, x: float, foot: float, wide: float, tall: float, wall: Colour, away: float) -> None:
    canvas, top = stage.canvas, foot - tall
    roof = stage.tone(stage.pick([_ROOF, _TILE, _TILE]), away)
    if stage.brief.season == "winter":
        roof = mix(roof, stage.tone((0.95, 0.97, 1.0), away), 0.8)
    shape = int(stage.chance.integers(3))
    if shape == 0:
        canvas.shape(
            points((x - 2, top + 1), (x + wide / 2, top - wide * 0.62), (x + wide + 2, top + 1)),
            wall if stage.flip(0.4) else roof,
        )
    elif shape == 1:
        canvas.shape(
            points(
                (x - 2, top + 1),
                (x + wide * 0.16, top - wide * 0.34),
                (x + wide * 0.84, top - wide * 0.34),
                (x + wide + 2, top + 1),
            ),
            roof,
        )
    else:
        for step in range(4):
            inset = wide * 0.12 * step
            canvas.shape(box(x + inset, top - wide * 0.13 * (step + 1), x + wide - inset, top + 1), wall)
    if stage.flip(0.5):
        canvas.shape(box(x + wide * 0.66, top - wide * 0.62, x + wide * 0.8, top), darker(roof, 0.2))
    canvas.shape(box(x, top, x + wide, foot + 2), [lighter(wall, 0.05), wall, darker(wall, 0.1)])
    canvas.shape(box(x + wide * 0.86, top, x + wide, foot + 2), darker(wall, 0.4), 0.22)
    _windows(stage, x, top, wide, tall, wall, away)


def _windows(stage: Stage, x: float, top: float, wide: float, tall: float, wall: Colour, away: float) -> None:
    columns = 3 if wide > stage.unit * 8 else 2
    rows = max(2, int(tall / (stage.unit * 6.4)))
    high = tall / (rows + 0.7)
    lit: list[Points] = []
    unlit: list[Points] = []
    frames: list[Points] = []
    for row in range(rows):
        for column in range(columns):
            left = x + wide * (column + 0.5) / columns - wide * 0.085
            y = top + high * (row + 0.45)
            pane = box(left, y, left + wide * 0.17, y + high * 0.5)
            grow = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * max(0.8, stage.unit * 0.22)
            frames.append(pane + grow)
            (lit if stage.flip(stage.colours.lamps * 0.62) else unlit).append(pane)
    trim = stage.tone(_TRIM, away)
    stage.canvas.shapes(frames, trim if brightness(wall) < 0.75 else darker(wall, 0.3), 0.85)
    stage.canvas.shapes(unlit, mix(stage.tone(hexed("#2b3946"), away), stage.colours.sky[1], 0.2))
    stage.canvas.shapes(lit, stage.colours.lamp)


def _towers(stage: Stage, foot: float, layer: int) -> None:
    away = (0.62, 0.34, 0.04)[layer]
    x = -stage.unit * 4
    while x < stage.width:
        wide = stage.unit * stage.between(6, 13)
        middle = 1 - abs((x + wide / 2) / stage.width - 0.5) * 1.1
        tall = stage.height * stage.between(0.16, 0.42) * (1.1 - layer * 0.2) * middle + stage.unit * 6
        wall = stage.tone(_accent(stage, stage.pick(_TOWERS)), away)
        stage.canvas.shape(box(x, foot - tall, x + wide, foot), [lighter(wall, 0.1), wall, darker(wall, 0.2)])
        if stage.flip(0.35):
            stage.canvas.shape(
                points(
                    (x + wide * 0.2, foot - tall + 1),
                    (x + wide / 2, foot - tall - wide * 0.7),
                    (x + wide * 0.8, foot - tall + 1),
                ),
                wall,
            )
            stage.canvas.strokes(
                [points((x + wide / 2, foot - tall - wide * 0.6), (x + wide / 2, foot - tall - wide * 1.3))],
                wall,
                stage.unit * 0.25,
            )
        _panes(stage, x, foot - tall, wide, tall, away)
        x += wide * stage.between(0.75, 1.15)


def _panes(stage: Stage, x: float, top: float, wide: float, tall: float, away: float) -> None:
    side = stage.unit * 0.9
    lit: list[Points] = []
    unlit: list[Points] = []
    for row in range(int(tall / (side * 2.1))):
        for column in range(max(2, int(wide / (side * 1.9)))):
            left, y = x + side * (0.6 + column * 1.9), top + side * (0.8 + row * 2.1)
            if left + side > x + wide - side * 0.4:
                continue
            (lit if stage.flip(0.12 + stage.colours.lamps * 0.5) else unlit).append(
                box(left, y, left + side, y + side * 1.2)
            )
    stage.canvas.shapes(unlit, mix(stage.colours.sky[0], stage.colours.near, 0.5), 0.4 * (1 - away))
    stage.canvas.shapes(
        lit,
        mix(stage.colours.lamp, stage.colours.haze, 0.0 if stage.colours.lamps else 0.6),
        0.9 * (1 - away * 0.6),
    )


def _harbour(stage: Stage, quay: float) -> None:
    start = round(quay + stage.unit * 1.6)
    count = stage.height - start
    if count < 1:
        return
    mirror = stage.canvas.pixels[np.clip(start - 2 - np.arange(count), 0, None)].copy()
    water(stage, start, waves=0.8)
    shift = (np.sin(np.arange(count) * 0.55) * np.linspace(0.2, 1.6, count) * stage.unit * 0.6).astype(int)
    mirror = np.stack([np.roll(row, move, 0) for row, move in zip(mirror, shift, strict=True)])
    fade = np.linspace(0.5, 0.12, count, dtype=np.float32)[:, None, None]
    part = stage.canvas.pixels[start:]
    part += (mirror - part) * fade
    if stage.colours.lamps > 0.5:
        for _ in range(7):
            glints(
                stage,
                stage.between(0, 1) * stage.width,
                start,
                start + stage.height * 0.2,
                stage.colours.lamp,
                0.2,
                15,
            )
    alone = not any(one.habitat == "water" for one in stage.waiting)
    stand(stage, "water", stage.height * 0.84, stage.unit * 24)
    if alone:
        rowing_boat(stage, stage.width * stage.between(0.2, 0.8), stage.height * 0.84, stage.unit * 14)


def _square(stage: Stage, quay: float) -> None:
    stone = stage.tone(
        mix(hexed("#b9a78f"), (0.95, 0.97, 1.0), 0.7 if stage.brief.season == "winter" else 0.0)
    )
    stage.canvas.wash([mix(stone, stage.colours.haze, 0.2), stone, darker(stone, 0.25)], quay + stage.unit)
    lines = [
        points(
            (0, quay + (stage.height - quay) * part**1.6),
            (stage.width, quay + (stage.height - quay) * part**1.6),
        )
        for part in np.linspace(0.1, 1, 9)
    ]
    lines += [
        points((stage.width * (0.5 + over * 0.3), quay), (stage.width * (0.5 + over * 2.2), stage.height))
        for over in np.linspace(-1, 1, 13)
    ]
    stage.canvas.strokes(lines, darker(stone, 0.3), stage.unit * 0.16, 0.35)
    for over in (0.08, 0.92):
        trees.tree(stage, over * stage.width, quay + stage.unit * 6, stage.unit * 26, 0.0)
