"""Trees and what grows under them."""

import numpy as np

from limner.painters.embedded.canvas import Points, curve, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.stage import Stage

_BARK = hexed("#6a5040")
_BIRCH = hexed("#f3eee3")
_MARK = hexed("#2b2623")


def fir(x: float, foot: float, tall: float) -> list[Points]:
    """The outline of a fir: tiers of branches around a trunk."""
    half = tall * 0.24
    tiers: list[tuple[float, float]] = [(x, foot - tall)]
    for number in range(1, 6):
        y = foot - tall + tall * 0.88 * number / 5
        wide = half * (number / 5) ** 0.85
        tiers.append((x + wide, y))
        tiers.append((x + wide * 0.55, y - tall * 0.035))
    right = points(*tiers)
    left = (right * (-1, 1) + (2 * x, 0))[::-1].astype(np.float32)
    trunk = points(
        (x + tall * 0.028, foot - tall * 0.16),
        (x + tall * 0.035, foot),
        (x - tall * 0.035, foot),
        (x - tall * 0.028, foot - tall * 0.16),
    )
    return [path(right, left), trunk]


def firs(
    stage: Stage, line: Points, count: int, tall: tuple[float, float], away: float, sink: float = 0.0
) -> None:
    """A stand of firs along a skyline, back ones first.

    Args:
        stage: the picture.
        line: where they stand.
        count: how many.
        tall: least and most height in pixels.
        away: how much haze lies before them.
        sink: how far below the line they may stand, in pixels.
    """
    for shade in (0.0, 0.14, 0.28):
        outlines: list[Points] = []
        for _ in range(count // 3 + 1):
            x = stage.between(-0.02, 1.02) * stage.width
            foot = float(np.interp(x, line[:, 0], line[:, 1])) + stage.between(0, 1) * sink + tall[0] * 0.1
            outlines += fir(x, foot, stage.between(*tall))
        colour = stage.tone(darker(stage.pick(stage.colours.needles), shade), away)
        top = lighter(colour, 0.34) if stage.brief.season == "winter" else colour
        stage.canvas.shapes(outlines, [top, colour, colour])


def birch(stage: Stage, x: float, foot: float, wide: float, away: float) -> None:
    """One birch, taller than the picture: white bark with dark marks."""
    lean = stage.between(-0.025, 0.025) * stage.width
    bark = stage.tone(_BIRCH, away)
    shade = mix(bark, stage.tone(_MARK, away), 0.22)
    top = -stage.unit * 4
    outline = points(
        (x - wide / 2, foot),
        (x - wide * 0.34 + lean, top),
        (x + wide * 0.34 + lean, top),
        (x + wide / 2, foot),
    )
    stage.canvas.shape(outline, bark)
    side = points(
        (x + wide * 0.12, foot),
        (x + wide * 0.1 + lean, top),
        (x + wide * 0.34 + lean, top),
        (x + wide / 2, foot),
    )
    stage.canvas.shape(side, shade, 0.55)
    marks: list[Points] = []
    for _ in range(int(7 + foot / max(wide, 1) * 0.9)):
        y = stage.between(0, 1) * foot
        at = x + lean * (1 - y / max(foot, 1))
        start = at + stage.between(-0.46, 0.1) * wide
        length, thick = wide * stage.between(0.14, 0.46), wide * stage.between(0.02, 0.075)
        marks.append(
            path(
                curve(
                    (start, y), (start + length * 0.5, y - thick), (start + length, y + thick * 0.2), count=6
                ),
                curve(
                    (start + length, y + thick * 0.2), (start + length * 0.4, y + thick), (start, y), count=6
                ),
            )
        )
    stage.canvas.shapes(marks, stage.tone(_MARK, away), 0.85 - away * 0.4)
    for _ in range(int(stage.between(1, 4))):
        y, way = stage.between(0.05, 0.6) * foot, 1 if stage.flip() else -1
        at, long = x + lean * (1 - y / max(foot, 1)), wide * stage.between(1.2, 3.2)
        twig = curve(
            (at, y), (at + way * long * 0.5, y - long * 0.25), (at + way * long, y - long * 0.75), count=8
        )
        stage.canvas.strokes([twig], mix(bark, stage.tone(_MARK, away), 0.4), max(1.0, wide * 0.07), 0.9)


def trunk(stage: Stage, x: float, foot: float, wide: float, away: float, colour: Colour = _BARK) -> None:
    """One dark trunk, taller than the picture, flared at its foot."""
    lean = stage.between(-0.03, 0.03) * stage.width
    bark = stage.tone(colour, away)
    top = -stage.unit * 4
    left = curve(
        (x - wide * 0.95, foot), (x - wide * 0.42, foot - wide), (x - wide * 0.38 + lean, top), count=20
    )
    right = curve(
        (x + wide * 0.38 + lean, top), (x + wide * 0.42, foot - wide), (x + wide * 0.95, foot), count=20
    )
    stage.canvas.shape(path(left, right), [darker(bark, 0.08), bark, darker(bark, 0.18)])
    for _ in range(int(4 + wide / max(stage.unit, 1) * 1.5)):
        y, long = stage.between(0, 0.9) * foot, stage.unit * stage.between(3, 10)
        at = x + lean * (1 - y / max(foot, 1)) + stage.between(-0.3, 0.3) * wide
        stage.canvas.strokes(
            [points((at, y), (at + lean * 0.02, y + long))], darker(bark, 0.3), max(1.0, wide * 0.04), 0.5
        )


def crown(
    stage: Stage, x: float, y: float, size: float, away: float, leaves: tuple[Colour, ...] | None = None
) -> None:
    """A heap of foliage, lit from the upper left."""
    tones = leaves or stage.colours.leaves
    base = stage.tone(darker(stage.pick(tones), 0.22), away)
    blobs = [
        _blob(
            stage,
            x + stage.between(-0.55, 0.55) * size,
            y + stage.between(-0.4, 0.4) * size,
            size * stage.between(0.4, 0.62),
        )
        for _ in range(8)
    ]
    stage.canvas.shapes(blobs, [lighter(base, 0.06), base, darker(base, 0.16)])
    for shift, alpha in ((0.0, 0.75), (0.16, 0.7)):
        tone = stage.tone(lighter(stage.pick(tones), shift), away)
        dabs = [
            _blob(
                stage,
                x + stage.between(-0.75, 0.55) * size,
                y + stage.between(-0.75, 0.35) * size,
                size * stage.between(0.1, 0.26),
            )
            for _ in range(9)
        ]
        stage.canvas.shapes(dabs, tone, alpha)


def tree(stage: Stage, x: float, foot: float, tall: float, away: float) -> None:
    """One tree with a round crown, standing free."""
    wide = tall * 0.055
    bark = stage.tone(_BARK, away)
    left = curve(
        (x - wide * 1.4, foot),
        (x - wide * 0.6, foot - tall * 0.16),
        (x - wide * 0.5, foot - tall * 0.6),
        count=10,
    )
    right = curve(
        (x + wide * 0.5, foot - tall * 0.6),
        (x + wide * 0.6, foot - tall * 0.16),
        (x + wide * 1.4, foot),
        count=10,
    )
    stage.canvas.shape(path(left, right), bark)
    if stage.brief.season == "winter":
        _bare(stage, x, foot, tall, bark)
        return
    crown(stage, x, foot - tall * 0.66, tall * 0.33, away)


def _bare(stage: Stage, x: float, foot: float, tall: float, bark: Colour) -> None:
    lines: list[Points] = []
    for number in range(9):
        y = foot - tall * (0.38 + number * 0.035)
        way = 1 if number % 2 else -1
        long = tall * stage.between(0.22, 0.42)
        lines.append(
            curve(
                (x, y),
                (x + way * long * 0.3, y - long * 0.35),
                (x + way * long * stage.between(0.3, 0.75), y - long),
                count=8,
            )
        )
    stage.canvas.strokes(lines, bark, max(1.0, tall * 0.014), 0.95)
    stage.canvas.strokes(
        [points((x, foot - tall * 0.5), (x, foot - tall * 0.98))], bark, max(1.0, tall * 0.02)
    )


def palm(stage: Stage, x: float, foot: float, tall: float, away: float) -> None:
    """A leaning palm."""
    lean = stage.between(-0.28, 0.28) * tall
    wide = tall * 0.045
    stem = curve((x, foot), (x + lean * 0.2, foot - tall * 0.6), (x + lean, foot - tall * 0.9), count=16)
    bark = stage.tone(hexed("#8a6a48"), away)
    edge = np.linspace(wide, wide * 0.45, len(stem), dtype=np.float32)[:, None] * (1, 0)
    stage.canvas.shape(path(stem - edge, (stem + edge)[::-1]).astype(np.float32), bark)
    top_x, top_y = float(stem[-1, 0]), float(stem[-1, 1])
    greens = stage.colours.needles if stage.brief.season == "winter" else stage.colours.leaves
    for angle in np.linspace(-200, 20, 11):
        long = tall * stage.between(0.32, 0.44)
        a = np.deg2rad(angle + stage.between(-8, 8))
        tip = (top_x + np.cos(a) * long, top_y + np.sin(a) * long * 0.5 + long * 0.38)
        high = (top_x + np.cos(a) * long * 0.55, top_y + np.sin(a) * long * 0.55 - long * 0.1)
        low = (high[0], high[1] + long * 0.16)
        frond = path(curve((top_x, top_y), high, tip, count=10), curve(tip, low, (top_x, top_y), count=10))
        stage.canvas.shape(frond, stage.tone(darker(stage.pick(greens), stage.between(0, 0.25)), away))


def leaves(
    stage: Stage, top: float, bottom: float, count: int, size: tuple[float, float], away: float = 0.0
) -> None:
    """Loose leaves in the air, thinning out downwards."""
    for colour in stage.colours.leaves:
        spots = [
            (
                stage.between(0, 1) * stage.width,
                top + float(stage.chance.random()) ** 1.7 * (bottom - top),
                stage.between(*size),
            )
            for _ in range(count // len(stage.colours.leaves))
        ]
        stage.canvas.discs(spots, stage.tone(colour, away), stage.between(0.6, 0.9))


def tufts(
    stage: Stage, top: float, bottom: float, count: int, tall: float, left: float = 0.0, right: float = 1.0
) -> None:
    """Blades of grass, taller towards the foot of the picture."""
    tones = [stage.tone(darker(stage.colours.grass[-1], shade)) for shade in (0.4, 0.2, 0.0)]
    tones.append(stage.tone(lighter(stage.colours.grass[0], 0.08)))
    for number, colour in enumerate(tones):
        lines: list[Points] = []
        for _ in range(count // len(tones)):
            part = (number + float(stage.chance.random())) / len(tones)
            y = top + part * (bottom - top)
            x, long = (
                stage.between(left, right) * stage.width,
                tall * stage.between(0.4, 1.0) * (0.45 + part * 0.7),
            )
            sway = stage.between(-0.45, 0.45) * long
            lines.append(curve((x, y), (x + sway * 0.2, y - long * 0.6), (x + sway, y - long), count=6))
        stage.canvas.strokes(lines, colour, max(1.0, stage.unit * 0.18), 0.85)


def _blob(stage: Stage, x: float, y: float, size: float) -> Points:
    """A roundish, uneven outline."""
    outline = ellipse(0, 0, 1, 0.86, count=18)
    bumps = 1 + (stage.chance.random((18, 1)).astype(np.float32) - 0.5) * 0.34
    return (outline * bumps * size + (x, y)).astype(np.float32)
