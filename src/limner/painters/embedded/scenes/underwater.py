"""Under the surface: shafts of light, weed, coral, bubbles, small fish."""

import numpy as np

from limner.painters.embedded.canvas import Points, curve, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_DEEP = ("#8fd0cf", "#3f9aa8", "#1f6580", "#123a55")
_CORALS = tuple(hexed(tone) for tone in ("#d9604a", "#e89a6a", "#c46a8f", "#e2b85a", "#8f6fb0"))
_WEED = tuple(hexed(tone) for tone in ("#3f7a5a", "#5f9a5f", "#2c5a50", "#8a9a4a"))


def paint(stage: Stage) -> None:
    """Paint the scene."""
    deep = tuple(stage.tone(hexed(tone)) for tone in _DEEP)
    if stage.brief.hues:
        deep = tuple(
            mix(tone, lighter(stage.brief.hues[0], 0.3 - number * 0.1), 0.5)
            for number, tone in enumerate(deep)
        )
    stage.canvas.wash(deep)
    _shafts(stage)
    for layer in range(3):
        _bed(stage, layer, deep[-1])
        if layer == 0:
            _shoal(stage, deep[-1])
        if layer == 1:
            stand(stage, "under", stage.height * 0.66, stage.unit * 40, ground="none")
            stand(stage, "land", stage.height * 0.9, stage.unit * 34, ground="none")
            stand(stage, "any", stage.height * 0.6, stage.unit * 34, ground="none")
    _bubbles(stage)


def _shafts(stage: Stage) -> None:
    top = stage.between(0.3, 0.7) * stage.width
    stage.canvas.glow(top, -stage.unit * 6, stage.unit * 62, (0.95, 1.0, 0.92), 0.55)
    for number in range(7):
        spread = (number - 3) * stage.width * 0.1 + stage.between(-3, 3) * stage.unit
        wide = stage.unit * stage.between(3, 8)
        foot = stage.height * stage.between(0.65, 1.0)
        shaft = points(
            (top + spread * 0.4, -9),
            (top + spread * 0.4 + wide * 0.5, -9),
            (top + spread * 2 + wide * 1.6, foot),
            (top + spread * 2 - wide, foot),
        )
        stage.canvas.shape(shaft, (0.9, 1.0, 0.95), 0.1, stage.unit * 1.6)


def _bed(stage: Stage, layer: int, dark: Colour) -> None:
    away = (0.62, 0.32, 0.0)[layer]
    base = stage.height * (0.82 + layer * 0.07)
    sand = mix(hexed("#c9b48a"), dark, 0.42 + 0.25 * away)
    line = ridge(stage.chance, stage.width, base, stage.height * 0.05, 0.45, 7)
    for _ in range((5, 7, 6)[layer]):
        x = stage.between(0, 1) * stage.width
        if layer == 2 and 0.34 < x / stage.width < 0.66:
            x = x - stage.width * 0.3 if stage.flip() else x + stage.width * 0.3
        y = base + stage.unit * stage.between(0, 4)
        if stage.flip(0.55):
            _weed(
                stage,
                x,
                y,
                stage.unit * stage.between(12, 26) * (0.6 + layer * 0.25),
                mix(stage.pick(_WEED), dark, away),
            )
        else:
            _coral(
                stage,
                x,
                y,
                stage.unit * stage.between(7, 12) * (0.6 + layer * 0.25),
                mix(stage.pick(_CORALS), dark, away * 0.9 + 0.08),
            )
    stage.canvas.land(line, [lighter(sand, 0.08), sand, darker(sand, 0.3)])


def _weed(stage: Stage, x: float, foot: float, tall: float, colour: Colour) -> None:
    for number in range(4):
        at = x + (number - 1.5) * tall * 0.09
        sway, high = stage.between(-0.3, 0.3) * tall, tall * stage.between(0.6, 1.0)
        wide = tall * 0.045
        spine = curve(
            (at, foot),
            (at + sway, foot - high * 0.35),
            (at - sway * 0.8, foot - high * 0.7),
            (at + sway * 0.5, foot - high),
            count=22,
        )
        taper = (np.sin(np.linspace(0.5, np.pi, 22)) * wide)[:, None] * (1, 0)
        stage.canvas.shape(
            path((spine - taper).astype(np.float32), (spine + taper)[::-1].astype(np.float32)),
            [lighter(colour, 0.18), colour, darker(colour, 0.2)],
        )


def _coral(stage: Stage, x: float, foot: float, tall: float, colour: Colour) -> None:
    if stage.flip(0.4):
        for number in range(5):
            angle = np.deg2rad(-150 + number * 30)
            stage.canvas.shape(
                ellipse(
                    x + np.cos(angle) * tall * 0.45,
                    foot + np.sin(angle) * tall * 0.4,
                    tall * 0.3,
                    tall * 0.26,
                ),
                [lighter(colour, 0.2), colour, darker(colour, 0.15)],
            )
        return
    lines: dict[int, list[Points]] = {}
    _branch(stage, lines, (x, foot), -90.0, tall * 0.4, 0)
    for depth, branch in lines.items():
        stage.canvas.strokes(branch, lighter(colour, depth * 0.07), max(1.0, tall * (0.13 - depth * 0.026)))


def _branch(
    stage: Stage,
    lines: dict[int, list[Points]],
    root: tuple[float, float],
    degrees: float,
    long: float,
    depth: int,
) -> None:
    angle = np.deg2rad(degrees)
    tip = (float(root[0] + np.cos(angle) * long), float(root[1] + np.sin(angle) * long))
    lines.setdefault(depth, []).append(points(root, tip))
    if depth < 3:
        for side in (-1, 1):
            _branch(
                stage,
                lines,
                tip,
                degrees + side * stage.between(16, 36),
                long * stage.between(0.62, 0.8),
                depth + 1,
            )


def _shoal(stage: Stage, dark: Colour) -> None:
    tone = mix(hexed("#e8c48a"), dark, 0.4)
    x, y, way = (
        stage.between(0.2, 0.8) * stage.width,
        stage.between(0.25, 0.45) * stage.height,
        1 if stage.flip() else -1,
    )
    fish: list[Points] = []
    for _ in range(16):
        cx, cy, size = (
            x + stage.between(-14, 14) * stage.unit,
            y + stage.between(-7, 7) * stage.unit,
            stage.unit * stage.between(0.8, 1.5),
        )
        fish.append(ellipse(cx, cy, size, size * 0.42))
        fish.append(
            points(
                (cx - way * size * 0.8, cy),
                (cx - way * size * 1.5, cy - size * 0.42),
                (cx - way * size * 1.5, cy + size * 0.42),
            )
        )
    stage.canvas.shapes(fish, tone, 0.85)


def _bubbles(stage: Stage) -> None:
    for _ in range(6):
        x, y = stage.between(0.05, 0.95) * stage.width, stage.between(0.2, 0.9) * stage.height
        for number in range(int(stage.between(3, 7))):
            size = stage.unit * stage.between(0.3, 1.0)
            cx, cy = x + stage.between(-1, 1) * stage.unit * 2, y - number * stage.unit * 3.4
            stage.canvas.disc(cx, cy, size, (0.9, 1.0, 1.0), 0.25)
            stage.canvas.disc(cx - size * 0.3, cy - size * 0.3, size * 0.3, (1.0, 1.0, 1.0), 0.8)
