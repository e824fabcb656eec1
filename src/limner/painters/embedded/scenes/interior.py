"""A quiet room: an arched window with a view, its light on the floor, a plant, a chair or a bed."""

import cv2
import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_WALLS = tuple(hexed(tone) for tone in ("#e9dcc3", "#c9d3c4", "#d9b9a0", "#3f5a5c", "#c4cfd6", "#dcc07f"))
_FLOOR = hexed("#a8694a")
_TRIM = hexed("#f7efe0")
_POTS = tuple(hexed(tone) for tone in ("#b8482b", "#c9a36a", "#e8dcc4", "#3f6f7a"))
_CLOTH = tuple(hexed(tone) for tone in ("#b9472b", "#3f6f7a", "#d9a13b", "#6f8f86", "#7a4a5c"))


def paint(stage: Stage) -> None:
    """Paint the scene."""
    floor = stage.height * 0.78
    wall = _wall(stage)
    stage.canvas.slant([lighter(wall, 0.06), darker(wall, 0.16)], 50)
    wood = stage.tone(_FLOOR)
    stage.canvas.wash([wood, darker(wood, 0.2)], floor)
    _boards(stage, floor, wood)
    left = stage.flip(0.6)
    middle = stage.width * (0.36 if left else 0.64)
    wide = min(stage.width * 0.34, stage.height * 0.36)
    _window(stage, middle, stage.height * 0.19, wide, floor)
    _sunlight(stage, middle, wide, floor, left)
    other = stage.width * (0.77 if left else 0.23)
    if stage.has("bookshelf", "library"):
        _shelf(stage, other, floor, stage.unit * 40)
    else:
        _picture(stage, stage.width * (0.78 if left else 0.22), stage.height * 0.33)
        _plant(stage, other, floor + stage.unit * 8)
    if stage.has("chair", "sofa") or (not stage.waiting and stage.flip(0.5)):
        _chair(stage, stage.width * (0.6 if left else 0.4), floor + stage.unit * 13)
    stand(stage, "air", stage.height * 0.4, stage.unit * 14)
    stand(stage, "any", stage.height * 0.93, stage.unit * 36, ground="land")


def _wall(stage: Stage) -> Colour:
    wall = stage.brief.hues[0] if stage.brief.hues else stage.pick(_WALLS)
    return mix(stage.tone(wall), wall, 0.35)


def _boards(stage: Stage, floor: float, wood: Colour) -> None:
    lines: list[Points] = [
        points((stage.width * (0.5 + over * 0.28), floor), (stage.width * (0.5 + over * 0.75), stage.height))
        for over in np.linspace(-2.4, 2.4, 23)
    ]
    stage.canvas.strokes(lines, darker(wood, 0.35), stage.unit * 0.16, 0.4)
    stage.canvas.shape(
        box(-9, floor - stage.unit * 1.6, stage.width + 9, floor), mix(stage.tone(_TRIM), _TRIM, 0.4), 0.9
    )
    stage.canvas.strokes([points((0, floor), (stage.width, floor))], darker(wood, 0.5), stage.unit * 0.3, 0.6)


def _arch(middle: float, top: float, wide: float, bottom: float) -> Points:
    half = wide / 2
    angles = np.linspace(np.pi, 2 * np.pi, 40)
    head = np.stack([middle + half * np.cos(angles), top + half + half * np.sin(angles)], 1).astype(
        np.float32
    )
    return path(points((middle - half, bottom)), head, points((middle + half, bottom)))


def _window(stage: Stage, middle: float, top: float, wide: float, floor: float) -> None:
    """The view is painted on a canvas of its own, then seen through the arch."""
    colours, canvas = stage.colours, stage.canvas
    sill = floor - stage.unit * (1 if stage.has("door") else 9)
    arch = _arch(middle, top, wide, sill)
    canvas.shape(
        _arch(middle, top - stage.unit * 1.2, wide + stage.unit * 2.4, sill + stage.unit),
        mix(stage.tone(_TRIM), _TRIM, 0.5),
    )
    canvas.shape(arch, list(colours.sky))
    keep = canvas.pixels.copy()
    x, y = middle + wide * stage.between(-0.2, 0.24), top + wide * stage.between(0.5, 0.8)
    canvas.glow(x, y, wide * 0.5, colours.sun, 0.5)
    canvas.disc(x, y, wide * 0.09, colours.sun)
    for part, swing in ((0.0, 0.16), (0.45, 0.1), (0.9, 0.07)):
        line = ridge(
            stage.chance,
            stage.width,
            sill - (sill - top) * (0.34 - part * 0.24),
            (sill - top) * swing,
            0.48,
            7,
        )
        tone = mix(colours.far, stage.tone(colours.grass[-1]) if part > 0.8 else colours.near, part)
        canvas.land(line, [mix(tone, colours.haze, 0.15), tone], sill + stage.unit)
    _outside(stage, keep, arch)
    bars = [
        points((middle, top), (middle, sill)),
        points((middle - wide / 2, top + wide * 0.5), (middle + wide / 2, top + wide * 0.5)),
    ]
    if not stage.has("door"):
        canvas.strokes(bars, mix(stage.tone(_TRIM), _TRIM, 0.5), stage.unit * 0.7)
        ledge = box(middle - wide * 0.6, sill, middle + wide * 0.6, sill + stage.unit * 1.8)
        canvas.shape(ledge, mix(stage.tone(_TRIM), _TRIM, 0.4))


def _outside(stage: Stage, keep: "np.typing.NDArray[np.float32]", arch: Points) -> None:
    """Put back what was there before, outside the arch."""
    mask = np.zeros(keep.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(arch * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    part = (mask.astype(np.float32) / 255)[..., None]
    stage.canvas.pixels[...] = keep + (stage.canvas.pixels - keep) * part


def _sunlight(stage: Stage, middle: float, wide: float, floor: float, left: bool) -> None:
    way = 1 if left else -1
    light = mix(stage.colours.sun, stage.colours.haze, 0.4)
    strong = 0.1 if stage.brief.light in {"night", "storm"} else 0.34
    near = middle + way * wide * 0.9
    patch = points(
        (middle - wide * 0.42, floor),
        (middle + wide * 0.42, floor),
        (near + wide * 0.62, stage.height + 9),
        (near - wide * 0.5, stage.height + 9),
    )
    stage.canvas.shape(patch, light, strong, stage.unit * 0.5)


def _plant(stage: Stage, x: float, foot: float) -> None:
    canvas, size = stage.canvas, stage.unit * 15
    pot = stage.tone(stage.pick(_POTS))
    canvas.mist(x + size * 0.3, foot, size * 0.9, size * 0.16, (0.0, 0.0, 0.0), 0.3)
    greens = (
        stage.colours.leaves
        if stage.brief.season == "summer"
        else (hexed("#3f6b53"), hexed("#57866a"), hexed("#2c5244"))
    )
    rim = foot - size * 0.92
    for number in range(15):
        angle = np.deg2rad(-90 + (number - 7) * 12.5 + stage.between(-5, 5))
        long = size * stage.between(1.5, 2.5)
        tip = (x + np.cos(angle) * long, rim + np.sin(angle) * long * 0.95)
        side = (-np.sin(angle) * long * 0.13, np.cos(angle) * long * 0.13)
        bend = (x + np.cos(angle) * long * 0.55, rim + np.sin(angle) * long * 0.72 - long * 0.06)
        leaf = path(
            curve((x, rim), (bend[0] + side[0], bend[1] + side[1]), tip, count=14),
            curve(tip, (bend[0] - side[0], bend[1] - side[1]), (x, rim), count=14),
        )
        tone = stage.tone(darker(stage.pick(greens), stage.between(0, 0.3)))
        canvas.shape(leaf, [lighter(tone, 0.1), tone])
        canvas.strokes(
            [curve((x, rim), bend, tip, count=10)], lighter(tone, 0.2), max(1.0, stage.unit * 0.14), 0.5
        )
    canvas.shape(
        points(
            (x - size * 0.5, rim), (x + size * 0.5, rim), (x + size * 0.36, foot), (x - size * 0.36, foot)
        ),
        [lighter(pot, 0.05), darker(pot, 0.14)],
    )
    canvas.shape(
        box(x - size * 0.56, rim - size * 0.05, x + size * 0.56, rim + size * 0.12), lighter(pot, 0.08)
    )
    canvas.shape(
        points(
            (x + size * 0.16, rim), (x + size * 0.5, rim), (x + size * 0.36, foot), (x + size * 0.12, foot)
        ),
        darker(pot, 0.35),
        0.25,
    )


def _picture(stage: Stage, x: float, y: float) -> None:
    wide, tall = stage.unit * 16, stage.unit * 20
    stage.canvas.shape(
        box(x - wide / 2 + 3, y - tall / 2 + 4, x + wide / 2 + 3, y + tall / 2 + 4),
        (0.0, 0.0, 0.0),
        0.18,
        stage.unit * 0.5,
    )
    stage.canvas.shape(
        box(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), stage.tone(hexed("#6b4a36"))
    )
    stage.canvas.shape(
        box(x - wide * 0.44, y - tall * 0.45, x + wide * 0.44, y + tall * 0.45), stage.tone(_TRIM)
    )
    one, two = stage.tone(stage.pick(_CLOTH)), stage.tone(stage.pick(_CLOTH))
    stage.canvas.shape(
        box(x - wide * 0.36, y - tall * 0.38, x + wide * 0.36, y + tall * 0.38), lighter(one, 0.7)
    )
    stage.canvas.disc(x + stage.pick([-0.14, 0.14]) * wide, y - tall * 0.16, wide * 0.12, one)
    low = y + tall * 0.38
    for rise, tone in ((0.02, lighter(two, 0.35)), (0.16, two)):
        top = y + tall * rise
        hill = curve(
            (x - wide * 0.36, top + tall * 0.08),
            (x, top - tall * 0.12),
            (x + wide * 0.1, top + tall * 0.16),
            (x + wide * 0.36, top),
        )
        stage.canvas.shape(path(hill, points((x + wide * 0.36, low), (x - wide * 0.36, low))), tone)


def _shelf(stage: Stage, x: float, floor: float, wide: float) -> None:
    wood = stage.tone(hexed("#7a5138"))
    tall = stage.unit * 62
    left, top = x - wide / 2, floor - tall
    stage.canvas.shape(box(left, top, left + wide, floor + stage.unit * 3), darker(wood, 0.35))
    rows = 5
    for row in range(rows):
        y = top + tall * (row + 1) / rows
        at = left + stage.unit * 1.4
        while at < left + wide - stage.unit * 3:
            thick, high = stage.unit * stage.between(1, 2.4), tall / rows * stage.between(0.55, 0.85)
            tone = stage.tone(stage.pick(_CLOTH))
            stage.canvas.shape(box(at, y - high, at + thick, y), tone)
            stage.canvas.shape(box(at, y - high * 0.8, at + thick, y - high * 0.7), lighter(tone, 0.35), 0.8)
            at += thick + stage.unit * 0.12
            if stage.flip(0.06):
                at += stage.unit * 4
        stage.canvas.shape(box(left, y, left + wide, y + stage.unit * 1.3), wood)
    for side in (left, left + wide - stage.unit * 1.4):
        stage.canvas.shape(box(side, top, side + stage.unit * 1.4, floor + stage.unit * 3), wood)


def _chair(stage: Stage, x: float, foot: float) -> None:
    size, cloth = stage.unit * 11, stage.tone(stage.pick(_CLOTH))
    wood = stage.tone(hexed("#5b3a28"))
    stage.canvas.mist(x, foot, size * 1.7, size * 0.22, (0.0, 0.0, 0.0), 0.34)
    for over in (-0.78, 0.78):
        stage.canvas.shape(
            points(
                (x + over * size - size * 0.08, foot - size * 0.5),
                (x + over * size + size * 0.08, foot - size * 0.5),
                (x + over * size * 1.1, foot),
            ),
            wood,
        )
    back = path(
        curve(
            (x - size * 0.85, foot - size * 0.6),
            (x - size * 0.95, foot - size * 2.4),
            (x, foot - size * 2.45),
            count=20,
        ),
        curve(
            (x, foot - size * 2.45),
            (x + size * 0.95, foot - size * 2.4),
            (x + size * 0.85, foot - size * 0.6),
            count=20,
        ),
    )
    stage.canvas.shape(back, [lighter(cloth, 0.1), cloth])
    stage.canvas.shape(ellipse(x, foot - size * 0.72, size * 0.95, size * 0.36), lighter(cloth, 0.14))
    for over in (-1, 1):
        stage.canvas.shape(
            ellipse(x + over * size * 0.92, foot - size * 0.86, size * 0.24, size * 0.46), darker(cloth, 0.12)
        )
