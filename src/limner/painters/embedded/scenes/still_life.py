"""Things on a table: a vase of flowers, fruit in a bowl, and whatever is asked for."""

import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand
from limner.painters.embedded.vocabulary import subject_kind

_SETS = (
    ("#d9c7a8", "#b69a78", "#3f6f7a", "#efe3cb", "#8a4a34"),
    ("#2f3b42", "#16202a", "#efe6d6", "#a8482f", "#3d4a4c"),
    ("#c9d3c4", "#93a98f", "#b9472b", "#e8dcc4", "#7a5138"),
    ("#e8d2c4", "#c99f8c", "#4f5f7a", "#d9a13b", "#9c6a4a"),
    ("#3b3047", "#221a2b", "#d9a13b", "#7a8fa8", "#57404a"),
)
_FRUIT = tuple(hexed(tone) for tone in ("#d98a2b", "#c4492b", "#e2b04a", "#8fa05a", "#9c4a5c"))
_PETALS = tuple(
    hexed(tone) for tone in ("#c4492b", "#e07a52", "#f0c9a0", "#efe0c0", "#d9b57a", "#b05a7a", "#7f8fc0")
)
_STEM = hexed("#4d6b45")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    wall, edge, vase, bowl, wood = (hexed(tone) for tone in stage.pick(_SETS))
    if stage.brief.hues:
        wall, edge = stage.brief.hues[0], darker(stage.brief.hues[0], 0.25)
        vase = stage.brief.hues[-1] if len(stage.brief.hues) > 1 else vase
    shine = stage.colours.shine
    stage.canvas.slant([mix(wall, _lit(wall, shine), 0.6), mix(edge, _lit(edge, shine), 0.6)], 35)
    _window_light(stage)
    table = stage.height * 0.68
    top = mix(wood, _lit(wood, shine), 0.6)
    stage.canvas.wash([lighter(top, 0.06), darker(top, 0.28)], table)
    stage.canvas.strokes(
        [points((0, table), (stage.width, table))], lighter(top, 0.25), stage.unit * 0.3, 0.6
    )
    if stage.has("vase", "flowers"):
        stage.waiting = [one for one in stage.waiting if subject_kind(one.name) != "plant"]
    asked = bool(stage.waiting)
    right = stage.flip()
    if not stage.has("bare") and (not asked or stage.has("flowers", "vase")):
        _vase(stage, stage.width * (0.4 if right else 0.6), table + stage.unit * 9, vase, lighter(bowl, 0.1))
    if not asked and not stage.has("bare"):
        _bowl(stage, stage.width * (0.7 if right else 0.3), table + stage.unit * 15, bowl)
        _fruit(
            stage,
            stage.width * (0.2 if right else 0.8),
            table + stage.unit * 17,
            stage.unit * 5.4,
            stage.pick(_FRUIT),
        )
    stand(
        stage,
        "any",
        table + stage.unit * 15,
        stage.unit * (34 if len(stage.waiting) < 2 else 27),
        0.12,
        0.88,
        "land",
    )
    if asked:
        _fruit(
            stage,
            stage.width * (0.16 if right else 0.84),
            table + stage.unit * 19,
            stage.unit * 4.4,
            stage.pick(_FRUIT),
        )


def _lit(colour: Colour, light: Colour) -> Colour:
    return colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]


def _window_light(stage: Stage) -> None:
    """Slanting light through a window nobody sees."""
    x, width = stage.between(0.1, 0.5) * stage.width, stage.width
    for part in (0.0, 0.24):
        left = x + part * width
        pane = points(
            (left, -9),
            (left + width * 0.2, -9),
            (left + width * 0.02, stage.height * 0.68),
            (left - width * 0.18, stage.height * 0.68),
        )
        stage.canvas.shape(pane, stage.colours.sun, 0.13, stage.unit * 1.2)


def _shadow(stage: Stage, x: float, y: float, wide: float) -> None:
    stage.canvas.mist(x + wide * 0.55, y, wide * 1.7, wide * 0.26, (0.02, 0.01, 0.03), 0.42)


def _vase(stage: Stage, x: float, foot: float, colour: Colour, band: Colour) -> None:
    u, canvas = stage.unit, stage.canvas
    _shadow(stage, x, foot, 15 * u)
    _bouquet(stage, x, foot - 36 * u)
    left = path(
        curve(
            (x - 5 * u, foot - 40 * u),
            (x - 7 * u, foot - 32 * u),
            (x - 17 * u, foot - 28 * u),
            (x - 16 * u, foot - 14 * u),
        ),
        curve((x - 16 * u, foot - 14 * u), (x - 15 * u, foot - 3 * u), (x - 9 * u, foot), (x, foot)),
    )
    right = (left * (-1, 1) + (2 * x, 0))[::-1].astype(np.float32)
    body = path(left, right)
    tone = mix(colour, stage.tone(colour), 0.6)
    canvas.shape(body, [lighter(tone, 0.08), tone, darker(tone, 0.18)])
    shade = path(
        curve((x + 2 * u, foot - 40 * u), (x + 6 * u, foot - 26 * u), (x + 9 * u, foot - 6 * u), (x, foot)),
        right[: len(right)],
    )
    canvas.shape(shade, darker(tone, 0.55), 0.3, u * 1.2)
    canvas.shape(ellipse(x - 9 * u, foot - 20 * u, 2 * u, 6 * u, 12), lighter(tone, 0.6), 0.35, u * 0.8)
    canvas.strokes(
        [curve((x - 15.6 * u, foot - 17 * u), (x, foot - 12 * u), (x + 15.6 * u, foot - 17 * u))],
        mix(band, stage.tone(band), 0.6),
        1.8 * u,
    )
    canvas.shape(ellipse(x, foot - 40 * u, 5 * u, 1.1 * u), darker(tone, 0.5))


def _bouquet(stage: Stage, x: float, y: float) -> None:
    u = stage.unit
    petals = stage.brief.hues or (stage.pick(_PETALS), stage.pick(_PETALS), stage.pick(_PETALS))
    room = y - 7 * u
    for number in range(11):
        angle = np.deg2rad(-90 + (number - 5) * 13 + stage.between(-6, 6))
        long = min(room, stage.between(22, 40) * u)
        tip = (x + np.cos(angle) * long, y + np.sin(angle) * long)
        stem = curve((x, y + 4 * u), ((x + tip[0]) / 2, tip[1] + 9 * u), tip, count=14)
        green = stage.tone(darker(_STEM, stage.between(0, 0.25)))
        stage.canvas.strokes([stem], green, u * 0.7)
        if number % 3 == 1:
            stage.canvas.shape(
                ellipse(tip[0], tip[1], 1.9 * u, 5.6 * u, float(np.rad2deg(angle)) + 90), green
            )
            stage.canvas.strokes(
                [points(tip, (tip[0] - np.cos(angle) * 5 * u, tip[1] - np.sin(angle) * 5 * u))],
                lighter(green, 0.2),
                u * 0.2,
            )
        else:
            flower(stage, tip[0], tip[1], u * stage.between(3.4, 6.0), stage.tone(stage.pick(list(petals))))


def flower(stage: Stage, x: float, y: float, size: float, colour: Colour) -> None:
    """A flower seen from the front: two rings of petals about a heart."""
    count, start = int(stage.between(6, 10)), stage.between(0, 60)
    for ring, tone in ((1.0, darker(colour, 0.12)), (0.68, lighter(colour, 0.12))):
        petals: list[Points] = []
        for number in range(count):
            turn = start + ring * 20 + number * 360 / count
            angle = np.deg2rad(turn - 90)
            petals.append(
                ellipse(
                    x + np.cos(angle) * size * 0.56 * ring,
                    y + np.sin(angle) * size * 0.56 * ring,
                    size * 0.3 * ring,
                    size * 0.54 * ring,
                    turn,
                )
            )
        for petal in petals:
            stage.canvas.shape(petal, tone, 0.88)
    stage.canvas.disc(x, y, size * 0.22, stage.tone(hexed("#e2b04a")))
    stage.canvas.disc(x, y, size * 0.11, stage.tone(hexed("#8a5a2b")), 0.8)


def _bowl(stage: Stage, x: float, foot: float, colour: Colour) -> None:
    u, canvas = stage.unit, stage.canvas
    tone = mix(colour, stage.tone(colour), 0.6)
    _shadow(stage, x, foot, 13 * u)
    for number in range(5):
        _fruit(
            stage,
            x + (number - 2) * 5.4 * u,
            foot - (9.5 if number % 2 else 11.5) * u,
            stage.between(4.4, 5.4) * u,
            _FRUIT[number % len(_FRUIT)],
            shadow=False,
        )
    body = path(
        curve((x - 15 * u, foot - 12 * u), (x - 13 * u, foot), (x - 3 * u, foot)),
        curve((x + 3 * u, foot), (x + 13 * u, foot), (x + 15 * u, foot - 12 * u)),
    )
    canvas.shape(body, [lighter(tone, 0.06), darker(tone, 0.16)])
    canvas.shape(
        path(
            curve((x + 4 * u, foot - 12 * u), (x + 7 * u, foot - 4 * u), (x + 3 * u, foot)),
            curve((x + 3 * u, foot), (x + 13 * u, foot), (x + 15 * u, foot - 12 * u)),
        ),
        darker(tone, 0.5),
        0.22,
        u * 0.8,
    )
    canvas.strokes(
        [points((x - 15 * u, foot - 12 * u), (x + 15 * u, foot - 12 * u))], lighter(tone, 0.3), u * 1.1
    )


def _fruit(stage: Stage, x: float, foot: float, size: float, colour: Colour, *, shadow: bool = True) -> None:
    tone = mix(colour, stage.tone(colour), 0.6)
    if shadow:
        _shadow(stage, x, foot, size)
    y = foot - size * 0.92
    stage.canvas.shape(ellipse(x, y, size, size * 0.94), [lighter(tone, 0.1), tone, darker(tone, 0.22)])
    stage.canvas.glow(x - size * 0.34, y - size * 0.36, size * 0.55, lighter(tone, 0.6), 0.6)
    stage.canvas.strokes(
        [
            curve(
                (x, y - size * 0.86),
                (x + size * 0.12, y - size * 1.2),
                (x + size * 0.4, y - size * 1.34),
                count=6,
            )
        ],
        stage.tone(_STEM),
        size * 0.13,
    )
    stage.canvas.shape(box(x, y, x, y), tone)
