"""Houses, towers, boats: what people have put into a landscape."""

import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.stage import Stage

_RED = hexed("#a83a28")
_WHITE = hexed("#f3ead8")
_ROOF = hexed("#3a3036")
_SAIL = hexed("#c9472b")
_WOOD = hexed("#5b3526")


def cottage(
    stage: Stage, x: float, foot: float, tall: float, colour: Colour = _RED, away: float = 0.0
) -> None:
    """A wooden house with white corners, a door and lit windows; `tall` is the whole height."""
    canvas, lamp = stage.canvas, stage.colours.lamp
    wall, trim, roof = (stage.tone(tone, away) for tone in (colour, _WHITE, _ROOF))
    high, half = tall * 0.52, tall * 0.62
    top = foot - high
    canvas.shape(box(x - half, top, x + half, foot), [wall, darker(wall, 0.14)])
    boards = [
        points((x - half + number * half / 7, top), (x - half + number * half / 7, foot))
        for number in range(1, 14)
    ]
    canvas.strokes(boards, darker(wall, 0.3), max(1.0, tall * 0.006), 0.35)
    chimney = x + half * 0.42
    canvas.shape(
        box(chimney, top - tall * 0.56, chimney + tall * 0.12, top - tall * 0.18), darker(wall, 0.35)
    )
    eave = tall * 0.09
    canvas.shape(
        points(
            (x - half - eave, top + tall * 0.03),
            (x - half * 0.62, top - tall * 0.42),
            (x + half * 0.62, top - tall * 0.42),
            (x + half + eave, top + tall * 0.03),
        ),
        [lighter(roof, 0.1), roof],
    )
    canvas.shape(box(x - half, top, x + half, top + tall * 0.05), darker(wall, 0.4), 0.45)
    for side in (-1, 1):
        canvas.shape(box(x + side * half - tall * 0.02, top, x + side * half + tall * 0.02, foot), trim)
    _door(stage, x - half * 0.48, foot, tall * 0.36, trim, roof)
    glows = stage.colours.lamps
    for at in (0.06, 0.56):
        window(
            stage,
            x + half * at,
            foot - high * 0.74,
            tall * 0.2,
            tall * 0.22,
            trim,
            lit=stage.flip(max(0.45, glows)) and glows > 0,
        )
    if glows > 0:
        canvas.glow(x + half * 0.4, foot - high * 0.5, tall * 0.9, lamp, 0.28 * glows)


def window(
    stage: Stage, left: float, top: float, wide: float, tall: float, trim: Colour, *, lit: bool
) -> None:
    """A window with a cross in it."""
    glass = stage.colours.lamp if lit else mix(stage.tone(hexed("#2c3a48")), stage.colours.sky[0], 0.3)
    edge = max(1.0, wide * 0.1)
    stage.canvas.shape(box(left - edge, top - edge, left + wide + edge, top + tall + edge), trim)
    stage.canvas.shape(box(left, top, left + wide, top + tall), [lighter(glass, 0.12), glass])
    bars = [
        points((left + wide / 2, top), (left + wide / 2, top + tall)),
        points((left, top + tall / 2), (left + wide, top + tall / 2)),
    ]
    stage.canvas.strokes(bars, trim, edge * 0.7)


def _door(stage: Stage, x: float, foot: float, tall: float, trim: Colour, wood: Colour) -> None:
    half = tall * 0.24
    stage.canvas.shape(box(x - half * 1.25, foot - tall * 1.06, x + half * 1.25, foot), trim)
    stage.canvas.shape(box(x - half, foot - tall, x + half, foot), wood)


def lighthouse(
    stage: Stage, x: float, foot: float, tall: float, colour: Colour = _RED
) -> tuple[float, float]:
    """A white tower with coloured bands. Returns where its lamp is."""
    canvas = stage.canvas
    white, band, dark = stage.tone(_WHITE), stage.tone(colour), stage.tone(_ROOF)
    low, high, top = tall * 0.105, tall * 0.07, foot - tall
    tower = points((x - low, foot), (x - high, top), (x + high, top), (x + low, foot))
    canvas.shape(tower, white)
    for start, end in ((0.16, 0.34), (0.54, 0.72)):
        canvas.shape(_slice(x, top, tall, high, low, start, end), band)
    shade = points((x + low * 0.25, foot), (x + high * 0.25, top), (x + high, top), (x + low, foot))
    canvas.shape(shade, dark, 0.2)
    canvas.shape(box(x - low * 0.32, foot - tall * 0.12, x + low * 0.32, foot), dark)
    canvas.shape(ellipse(x, foot - tall * 0.12, low * 0.32, low * 0.32), dark)
    for part in (0.45, 0.82):
        canvas.shape(
            box(x - high * 0.22, top + tall * part - tall * 0.03, x + high * 0.22, top + tall * part), dark
        )
    canvas.shape(box(x - high * 1.42, top - tall * 0.012, x + high * 1.42, top + tall * 0.014), dark)
    rail = [
        points((x + over * high, top - tall * 0.045), (x + over * high, top))
        for over in (-1.3, -0.8, 0.8, 1.3)
    ]
    rail.append(points((x - high * 1.35, top - tall * 0.045), (x + high * 1.35, top - tall * 0.045)))
    canvas.strokes(rail, dark, max(1.0, tall * 0.008))
    lamp_y = top - tall * 0.05
    canvas.shape(box(x - high * 0.68, top - tall * 0.1, x + high * 0.68, top), stage.colours.lamp)
    canvas.strokes(
        [points((x + over * high, top - tall * 0.1), (x + over * high, top)) for over in (-0.3, 0.3)],
        dark,
        max(1.0, tall * 0.008),
    )
    dome = curve(
        (x - high * 0.95, top - tall * 0.1),
        (x - high * 0.7, top - tall * 0.2),
        (x + high * 0.7, top - tall * 0.2),
        (x + high * 0.95, top - tall * 0.1),
    )
    canvas.shape(dome, band)
    canvas.strokes([points((x, top - tall * 0.17), (x, top - tall * 0.22))], dark, max(1.0, tall * 0.012))
    if stage.colours.lamps > 0:
        canvas.glow(x, lamp_y, tall * 0.42, stage.colours.lamp, 0.62 * max(0.4, stage.colours.lamps))
    return x, lamp_y


def _slice(x: float, top: float, tall: float, high: float, low: float, start: float, end: float) -> Points:
    one, two = high + (low - high) * start, high + (low - high) * end
    return points(
        (x - one, top + tall * start),
        (x + one, top + tall * start),
        (x + two, top + tall * end),
        (x - two, top + tall * end),
    )


def windmill(stage: Stage, x: float, foot: float, tall: float) -> None:
    """A windmill with four sails."""
    wall, wood = stage.tone(hexed("#e8dcc4"), 0.05), stage.tone(hexed("#4a382f"))
    stage.canvas.shape(
        points(
            (x - tall * 0.16, foot),
            (x - tall * 0.1, foot - tall * 0.72),
            (x + tall * 0.1, foot - tall * 0.72),
            (x + tall * 0.16, foot),
        ),
        [wall, darker(wall, 0.15)],
    )
    stage.canvas.shape(
        curve(
            (x - tall * 0.12, foot - tall * 0.72),
            (x, foot - tall * 0.98),
            (x + tall * 0.12, foot - tall * 0.72),
        ),
        wood,
    )
    turn = stage.between(0, 90)
    for number in range(4):
        angle = np.deg2rad(turn + number * 90)
        cosine, sine = np.cos(angle), np.sin(angle)
        hub = (x, foot - tall * 0.74)
        tip = (hub[0] + cosine * tall * 0.46, hub[1] + sine * tall * 0.46)
        stage.canvas.strokes([points(hub, tip)], wood, max(1.0, tall * 0.018))
        side = (-sine * tall * 0.09, cosine * tall * 0.09)
        near = (hub[0] + cosine * tall * 0.1, hub[1] + sine * tall * 0.1)
        stage.canvas.shape(
            points(near, tip, (tip[0] + side[0], tip[1] + side[1]), (near[0] + side[0], near[1] + side[1])),
            lighter(wall, 0.2),
            0.75,
        )
    stage.canvas.shape(box(x - tall * 0.03, foot - tall * 0.14, x + tall * 0.03, foot), wood)


def rowing_boat(stage: Stage, x: float, y: float, long: float, colour: Colour = _WOOD) -> None:
    """A small open boat with oars, on water."""
    wood, rim = stage.tone(colour), stage.tone(hexed("#d8b48a"))
    half = long / 2
    hull = path(
        curve(
            (x - half, y - half * 0.1),
            (x - half * 0.6, y + half * 0.4),
            (x + half * 0.6, y + half * 0.4),
            (x + half, y - half * 0.16),
        ),
        curve(
            (x + half, y - half * 0.16),
            (x + half * 0.3, y + half * 0.12),
            (x - half * 0.4, y + half * 0.12),
            (x - half, y - half * 0.1),
        ),
    )
    stage.canvas.shape(hull, wood)
    stage.canvas.strokes(
        [curve((x - half * 0.9, y + half * 0.02), (x, y + half * 0.24), (x + half * 0.9, y - half * 0.04))],
        rim,
        half * 0.06,
    )
    oars = [
        points((x - half * 0.1, y + half * 0.04), (x - half * 0.72, y + half * 0.42)),
        points((x + half * 0.2, y + half * 0.04), (x + half * 0.84, y + half * 0.4)),
    ]
    stage.canvas.strokes(oars, rim, half * 0.05)
    _mirrored(stage, x, y + half * 0.34, half, (wood, rim))


def sailing_boat(stage: Stage, x: float, y: float, tall: float, colour: Colour = _SAIL) -> None:
    """A sailing boat on water; `tall` is the mast."""
    canvas = stage.canvas
    main, jib, wood = stage.tone(colour), stage.tone(hexed("#f3e5c9")), stage.tone(_WOOD)
    half = tall * 0.5
    canvas.strokes([points((x, y - tall * 0.04), (x, y - tall))], wood, max(1.0, tall * 0.03))
    sail = path(
        curve(
            (x + tall * 0.03, y - tall * 0.97),
            (x + tall * 0.36, y - tall * 0.6),
            (x + tall * 0.42, y - tall * 0.12),
        ),
        points((x + tall * 0.03, y - tall * 0.1)),
    )
    canvas.shape(sail, main)
    canvas.shape(
        path(
            curve(
                (x + tall * 0.03, y - tall * 0.97),
                (x + tall * 0.2, y - tall * 0.6),
                (x + tall * 0.2, y - tall * 0.11),
            ),
            points((x + tall * 0.03, y - tall * 0.1)),
        ),
        lighter(main, 0.22),
        0.6,
    )
    canvas.shape(
        path(
            curve(
                (x - tall * 0.03, y - tall * 0.9),
                (x - tall * 0.2, y - tall * 0.5),
                (x - tall * 0.34, y - tall * 0.13),
            ),
            points((x - tall * 0.03, y - tall * 0.11)),
        ),
        jib,
    )
    hull = path(
        curve(
            (x - half, y - tall * 0.05),
            (x - half * 0.7, y + tall * 0.16),
            (x + half * 0.7, y + tall * 0.16),
            (x + half * 1.06, y - tall * 0.07),
        ),
        curve((x + half, y - tall * 0.06), (x, y - tall * 0.005), (x - half, y - tall * 0.05)),
    )
    canvas.shape(hull, wood)
    canvas.strokes(
        [curve((x - half * 0.86, y - tall * 0.01), (x, y + tall * 0.05), (x + half * 0.9, y - tall * 0.03))],
        stage.tone(hexed("#d8b48a")),
        tall * 0.022,
    )
    _mirrored(stage, x, y + tall * 0.12, half, (wood, main, jib))


def _mirrored(stage: Stage, x: float, y: float, half: float, tones: tuple[Colour, ...]) -> None:
    for number in range(8):
        wide = half * (1.0 - number * 0.09) * stage.between(0.7, 1.0)
        at = x + stage.between(-0.1, 0.1) * half
        line = curve((at - wide, y + number * half * 0.14), (at + wide, y + number * half * 0.14), count=2)
        stage.canvas.strokes([line], tones[number % len(tones)], half * 0.075, 0.45 - number * 0.045)


def rocks(stage: Stage, x: float, foot: float, half: float, tall: float) -> Points:
    """A low island of rock. Returns its upper outline, from left to right."""
    from_noise = np.linspace(0, 1, 97, dtype=np.float32)
    bumps = np.cumsum(stage.chance.standard_normal(97).astype(np.float32)) * 0.03
    bumps = np.asarray(bumps - np.linspace(bumps[0], bumps[-1], 97), np.float32)
    high = np.sin(np.pi * from_noise).clip(0) ** 0.6 * (1 + bumps)
    top = np.stack([x - half + from_noise * 2 * half, foot - high * tall], 1).astype(np.float32)
    light, dark = (stage.tone(tone) for tone in stage.colours.rock)
    foot_line = curve((x + half, foot), (x, foot + tall * 0.3), (x - half, foot), count=30)
    stage.canvas.shape(path(top, foot_line), [mix(light, stage.colours.haze, 0.12), light, dark, dark])
    for tone, alpha in ((mix(light, stage.colours.sky[-1], 0.3), 0.45), (dark, 0.5)):
        chips: list[Points] = []
        for _ in range(16):
            at = stage.between(0.1, 0.9)
            left = x - half + at * 2 * half
            y = foot - float(high[int(at * 96)]) * tall * stage.between(0.1, 0.86)
            long, thick = half * stage.between(0.06, 0.16), tall * stage.between(0.04, 0.1)
            chips.append(
                points(
                    (left, y),
                    (left + long, y - thick * stage.between(0, 1.2)),
                    (left + long * 0.8, y + thick),
                )
            )
        stage.canvas.shapes(chips, tone, alpha)
    return top
