"""Skies: the gradient, sun or moon, stars, clouds, northern lights, a rainbow."""

import math

import cv2
import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, ellipse
from limner.painters.embedded.colours import Colour, hexed, lighter, mix
from limner.painters.embedded.noise import clouds as noise
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.stage import Stage

_AURORA = tuple(hexed(colour) for colour in ("#4fd6a3", "#7be0b8", "#58b7c9", "#9a7fd1"))
_RAINBOW = tuple(
    hexed(colour) for colour in ("#c8503f", "#e29a45", "#efd66a", "#7fb46a", "#5a8fc0", "#7d6bb0")
)


def sky(stage: Stage, horizon: float, sun_x: float | None = None) -> None:
    """Paint everything above the horizon, and a little below it."""
    colours = stage.colours
    stage.canvas.wash(colours.sky, 0, horizon)
    stage.canvas.wash([colours.sky[-1]], horizon)
    dark = stage.brief.light in {"night", "blue", "dusk"}
    if dark or stage.has("stars"):
        stars(stage, horizon * 0.9, 1.0 if stage.brief.light == "night" or stage.has("stars") else 0.45)
    if stage.has("aurora"):
        aurora(stage, horizon)
    _sun(stage, horizon, sun_x)
    _clouds(stage, horizon)
    if stage.has("rainbow"):
        _rainbow(stage, horizon)


def stars(stage: Stage, bottom: float, many: float = 1.0) -> None:
    """Scatter stars, fewer towards the bottom."""
    number = int(150 * many * stage.width * bottom / (stage.width * stage.height) * 2)
    for bright in (0.9, 0.55, 0.3):
        spots = [
            (
                stage.between(0, stage.width),
                bottom * float(stage.chance.random()) ** 1.4,
                stage.unit * stage.between(0.05, 0.16 if bright > 0.5 else 0.1),
            )
            for _ in range(number // 3)
        ]
        stage.canvas.discs(spots, (1.0, 0.98, 0.93), bright * many)


def aurora(stage: Stage, horizon: float) -> None:
    """Curtains of northern light: a waving line, drawn upwards and fading."""
    height, width = max(2, int(horizon)), stage.width
    rows = np.arange(height, dtype=np.float32)[:, None] / height
    part = stage.canvas.pixels[:height]
    for number, colour in enumerate(_AURORA):
        line = ridge(stage.chance, width, 0.66 - number * 0.1, 0.34, 0.55, 5)
        foot = np.interp(np.arange(width), line[:, 0], line[:, 1])[None].astype(np.float32)
        rays = noise(stage.chance, 2, width, (1, 26), 3)[:1] * 0.5 + 0.6
        above = np.clip(foot - rows, 0, None) / stage.between(0.34, 0.5)
        edge = np.clip(1 - np.abs(foot - rows) * 30, 0, 1) * 0.25
        strength = np.clip(rays * np.exp(-2.6 * above) * (rows < foot) + edge * rays, 0, 1)
        strength = np.asarray(cv2.GaussianBlur(strength, (0, 0), max(0.5, stage.unit * 0.7)), np.float32)
        part += (np.asarray(colour, np.float32) - part) * (strength * 0.62)[..., None]


def _sun(stage: Stage, horizon: float, sun_x: float | None) -> None:
    colours, canvas = stage.colours, stage.canvas
    size = stage.unit * (9.5 if stage.has("huge sun") else stage.between(4.4, 6.2))
    x = stage.width * (stage.between(0.2, 0.8) if sun_x is None else sun_x)
    y = horizon - horizon * colours.sun_height * stage.between(0.9, 1.15)
    stage.sun = (x, y)
    if stage.has("rain", "overcast", "snowfall", "thunder"):
        canvas.glow(x, y, size * 8, colours.sun, 0.35)
        return
    night = stage.brief.light == "night"
    canvas.glow(x, y, size * (6.5 if night else 9), colours.sun, 0.35 if night else 0.6)
    canvas.glow(x, y, size * 2.6, colours.sun, 0.45)
    if stage.has("crescent") and night:
        _crescent(stage, x, y, size)
        return
    canvas.disc(x, y, size, colours.sun)
    if night:
        for over, down, wide in ((-0.3, -0.25, 0.22), (0.32, 0.1, 0.28), (-0.15, 0.42, 0.16)):
            canvas.disc(
                x + over * size, y + down * size, wide * size, mix(colours.sun, colours.sky[1], 0.22), 0.6
            )


def _crescent(stage: Stage, x: float, y: float, size: float) -> None:
    outer = ellipse(x, y, size, size)
    angles = np.linspace(-2.2, 2.2, 40)
    keep = outer[: len(outer)]
    inner = np.stack(
        [x + size * 0.42 + size * 0.86 * np.cos(angles + math.pi), y + size * 0.86 * np.sin(angles)], 1
    )
    left = keep[keep[:, 0] < x + size * 0.62]
    order = np.argsort(np.arctan2(left[:, 1] - y, left[:, 0] - x - size) % (2 * math.pi))
    stage.canvas.shape(np.concatenate([left[order], inner.astype(np.float32)]), stage.colours.sun)


def _clouds(stage: Stage, horizon: float) -> None:
    if stage.has("clear") and not stage.has("clouds"):
        return
    colours = stage.colours
    heavy = stage.has("rain", "overcast", "thunder", "snowfall") or stage.brief.light == "storm"
    if stage.brief.light in {"day", "grey"} and not heavy:
        for _ in range(int(stage.between(3, 6)) + (4 if stage.has("clouds") else 0)):
            heap(
                stage, stage.between(-0.05, 1.05) * stage.width, horizon * stage.between(0.14, 0.74), horizon
            )
        return
    for _ in range(16 if heavy or stage.has("clouds") else 8):
        y = horizon * stage.between(0.1, 0.82)
        base = colours.sky[min(len(colours.sky) - 1, int(y / horizon * len(colours.sky)))]
        colour = mix(base, colours.near if heavy and stage.flip() else colours.haze, stage.between(0.3, 0.6))
        tall = stage.unit * stage.between(1.2, 4.2 if heavy else 2.6)
        stage.canvas.mist(
            stage.between(0, 1) * stage.width, y, stage.width * stage.between(0.2, 0.5), tall, colour, 0.8
        )


def heap(stage: Stage, x: float, y: float, horizon: float) -> None:
    """One fair-weather cloud: a flat foot, a heaped head, its lower half in shade."""
    size = stage.unit * stage.between(5, 11) * (0.45 + 0.75 * (1 - y / horizon))
    white: Colour = mix(lighter(stage.colours.haze, 0.6), stage.colours.sky[-1], 0.1)
    shade = mix(white, stage.colours.sky[1], 0.32)
    puffs: list[Points] = []
    count = int(stage.between(5, 9))
    for number in range(count):
        over = (number / (count - 1) - 0.5) * 2
        high = size * (0.34 + 0.5 * (1 - over * over)) * stage.between(0.75, 1.15)
        puffs.append(ellipse(x + over * size * 1.25, y - high * 0.45, high * 0.95, high * 0.8))
    foot = y + size * 0.02
    flat = [np.minimum(puff, np.array((1e9, foot), np.float32)) for puff in puffs]
    stage.canvas.shapes(flat, [white, white, shade], 0.92, stage.unit * 0.18)


def _rainbow(stage: Stage, horizon: float) -> None:
    x, radius = stage.width * stage.between(0.35, 0.65), min(stage.width * 0.52, horizon * 0.95)
    band = stage.unit * 1.1
    for number, colour in enumerate(_RAINBOW):
        angles = np.linspace(math.pi, 2 * math.pi, 80)
        reach = radius - number * band
        arc = np.stack([x + reach * np.cos(angles), horizon + reach * np.sin(angles)], 1).astype(np.float32)
        stage.canvas.strokes([arc], colour, band * 1.25, 0.42, stage.unit * 0.3)


def birds(stage: Stage, x: float, y: float, count: int = 5) -> None:
    """A few far birds on the wing."""
    lines: list[Points] = []
    for _ in range(count):
        left, top, span = (
            x + stage.between(-9, 9) * stage.unit,
            y + stage.between(-4, 4) * stage.unit,
            stage.unit * stage.between(0.7, 1.5),
        )
        lines.append(
            np.concatenate(
                [
                    curve(
                        (left - span, top - span * 0.2),
                        (left - span * 0.5, top - span * 0.6),
                        (left, top),
                        count=7,
                    ),
                    curve(
                        (left, top),
                        (left + span * 0.5, top - span * 0.6),
                        (left + span, top - span * 0.2),
                        count=7,
                    ),
                ]
            )
        )
    stage.canvas.strokes(lines, mix(stage.colours.near, stage.colours.sky[1], 0.2), stage.unit * 0.2, 0.85)


def beam(stage: Stage, x: float, y: float, length: float, spread: float) -> None:
    """The beam of a lighthouse or lamp, to the left when `length` is negative; it fades on its way."""
    pieces = 24
    for number in range(pieces):
        near, far = number / pieces, (number + 1) / pieces
        piece = [
            (x + length * near, y - spread * near - 1),
            (x + length * far, y - spread * far - 1),
            (x + length * far, y + spread * far * 0.5 + 1),
            (x + length * near, y + spread * near * 0.5 + 1),
        ]
        stage.canvas.shape(np.array(piece, np.float32), stage.colours.lamp, 0.36 * (1 - near) ** 1.3)


def veil(stage: Stage, top: float, bottom: float, alpha: float) -> None:
    """A band of haze from edge to edge, soft above and below."""
    blur = (bottom - top) * 0.35
    stage.canvas.shape(
        box(-stage.width * 0.2, top, stage.width * 1.2, bottom), stage.colours.haze, alpha, max(1.0, blur)
    )
