"""A plate from a herbal: stems, paired leaves with veins, flowers, on paper with a frame."""

import numpy as np

from limner.painters.embedded.canvas import Points, box, curve, path, points
from limner.painters.embedded.colours import Colour, brightness, darker, hexed, lighter, mix
from limner.painters.embedded.scenes.still_life import flower
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_PLATES = (
    ("#f1e8d4", "#3c4a35", ("#4f6b4a", "#6f8a5d", "#2f5148", "#8aa07a"), ("#c4492b", "#e2b04a")),
    ("#20302d", "#9bb59a", ("#5f8a72", "#87a98a", "#3f6b5f"), ("#e9d8b4", "#c98a3a")),
    ("#e9e4dc", "#5a4a3c", ("#7a8f5d", "#9aa86f", "#55704f"), ("#7a6ab0", "#c9b4e0")),
    ("#f4ead8", "#4a3a30", ("#8a9a5c", "#5d7a4a", "#a9ae6f"), ("#d98fa0", "#f0c9c4")),
    ("#1f2a3c", "#a9b8c4", ("#5f86a0", "#87a6b8", "#3f6078"), ("#f0d9a0", "#e9a06a")),
)


def paint(stage: Stage) -> None:
    """Paint the scene."""
    paper, stem, leaves, flowers = stage.pick(list(_PLATES))
    ground, ink = hexed(paper), hexed(stem)
    greens = tuple(hexed(tone) for tone in leaves)
    petals = stage.brief.hues or tuple(hexed(tone) for tone in flowers)
    if stage.has("dark"):
        ground, ink = hexed("#20302d"), hexed("#9bb59a")
    stage.canvas.pixels[...] = ground
    edge = stage.unit * 4.5
    frame = points(
        (edge, edge),
        (stage.width - edge, edge),
        (stage.width - edge, stage.height - edge),
        (edge, stage.height - edge),
        (edge, edge),
    )
    stage.canvas.strokes([frame], ink, stage.unit * 0.25, 0.55)
    if stage.waiting:
        _wreath(stage, ink, greens, petals)
        stand(stage, "any", stage.height * 0.64, stage.unit * 34, 0.3, 0.7, "none")
        return
    count = int(stage.between(3, 6)) + (2 if stage.width > stage.height else 0)
    kind = int(stage.chance.integers(3))
    for number in range(count):
        _plant(stage, number - (count - 1) / 2, count, ink, greens, petals, kind)


def _plant(
    stage: Stage,
    place: float,
    count: int,
    ink: Colour,
    greens: tuple[Colour, ...],
    petals: tuple[Colour, ...],
    kind: int,
) -> None:
    span = min(stage.width, stage.height * 1.1)
    root = (stage.width / 2 + place * span * 0.06, stage.height * 0.93)
    top = (
        stage.width / 2 + place * span * 0.72 / count + stage.between(-2, 2) * stage.unit,
        stage.height * stage.between(0.16, 0.28),
    )
    stem = curve(root, (root[0] + stage.between(-5, 5) * stage.unit, stage.height * 0.55), top, count=40)
    stage.canvas.strokes([stem], ink, stage.unit * 0.5)
    pairs = int(stage.between(6, 9))
    for number in range(pairs):
        part = 0.12 + number * 0.72 / pairs
        x, y = (float(value) for value in stem[int(part * 39)])
        side = 1 if number % 2 else -1
        long = stage.height * (0.13 - part * 0.06) * stage.between(0.8, 1.25)
        leaf(stage, (x, y), -90 + side * stage.between(44, 72), long, 0.24, stage.pick(greens))
    size = stage.unit * stage.between(5, 8)
    if kind == 0:
        flower(stage, top[0], top[1], size, stage.pick(list(petals)))
    elif kind == 1:
        _bell(stage, top, size, stage.pick(list(petals)))
    else:
        _umbel(stage, top, size, stage.pick(list(petals)), ink)


def leaf(
    stage: Stage, root: tuple[float, float], degrees: float, long: float, broad: float, colour: Colour
) -> None:
    """A leaf with its veins, from its root at an angle; 0 points to the right."""
    angle = np.deg2rad(degrees)
    along, across = np.array((np.cos(angle), np.sin(angle))), np.array((-np.sin(angle), np.cos(angle)))

    def at(part: float, side: float) -> tuple[float, float]:
        spot = np.asarray(root) + along * part * long + across * side * broad * long
        return float(spot[0]), float(spot[1])

    upper = curve(at(0, 0), at(0.25, -1), at(0.75, -0.9), at(1, 0))
    lower = curve(at(1, 0), at(0.75, 0.75), at(0.25, 0.85), at(0, 0))
    stage.canvas.shape(path(upper, lower), colour)
    stage.canvas.shape(path(upper, curve(at(1, 0), at(0.5, -0.1), at(0, 0))), lighter(colour, 0.14), 0.6)
    vein = lighter(colour, 0.4) if brightness(colour) < 0.4 else darker(colour, 0.3)
    lines: list[Points] = [curve(at(0, 0), at(0.5, -0.08), at(0.97, 0))]
    for part in (0.2, 0.36, 0.52, 0.68, 0.82):
        room = 0.5 * (1 - abs(part - 0.45))
        lines += [
            curve(at(part, 0), at(part + 0.09, -room), count=2),
            curve(at(part, 0), at(part + 0.09, room * 0.9), count=2),
        ]
    stage.canvas.strokes(lines, vein, max(1.0, stage.unit * 0.13), 0.55)


def _bell(stage: Stage, top: tuple[float, float], size: float, colour: Colour) -> None:
    x, y = top
    for over, down in ((0.0, 0.0), (-0.85, 0.9), (0.85, 1.15), (-0.6, 2.0), (0.7, 2.3)):
        cx, cy, s = x + over * size, y + down * size, size * (0.85 if down else 1.0)
        cup = path(
            curve(
                (cx - s * 0.12, cy - s * 0.6),
                (cx - s * 0.5, cy - s * 0.5),
                (cx - s * 0.34, cy + s * 0.3),
                (cx - s * 0.6, cy + s * 0.55),
            ),
            points((cx - s * 0.2, cy + s * 0.38), (cx, cy + s * 0.62), (cx + s * 0.2, cy + s * 0.38)),
            curve(
                (cx + s * 0.6, cy + s * 0.55),
                (cx + s * 0.34, cy + s * 0.3),
                (cx + s * 0.5, cy - s * 0.5),
                (cx + s * 0.12, cy - s * 0.6),
            ),
        )
        stage.canvas.shape(cup, [lighter(colour, 0.2), colour, darker(colour, 0.1)])
        stage.canvas.strokes(
            [curve((cx, cy - s * 0.4), (cx, cy + s * 0.3), count=3)],
            darker(colour, 0.25),
            max(1.0, s * 0.05),
            0.6,
        )


def _umbel(stage: Stage, top: tuple[float, float], size: float, colour: Colour, ink: Colour) -> None:
    x, y = top
    ends: list[tuple[float, float]] = []
    for number in range(13):
        angle = np.deg2rad(-90 + (number - 6) * 13)
        ends.append((x + np.cos(angle) * size * 1.7, y + size * 0.6 + np.sin(angle) * size * 1.7))
    stage.canvas.strokes(
        [curve((x, y + size * 0.6), end, count=3) for end in ends], ink, max(1.0, size * 0.06)
    )
    for end in ends:
        for _ in range(5):
            spot = (end[0] + stage.between(-0.3, 0.3) * size, end[1] + stage.between(-0.25, 0.25) * size)
            stage.canvas.disc(
                *spot, size * stage.between(0.1, 0.2), mix(colour, lighter(colour, 0.5), stage.between(0, 1))
            )


def _wreath(stage: Stage, ink: Colour, greens: tuple[Colour, ...], petals: tuple[Colour, ...]) -> None:
    x, y, reach = stage.width / 2, stage.height / 2, min(stage.width, stage.height) * 0.36
    ring = np.linspace(0, 2 * np.pi, 90)
    stage.canvas.strokes(
        [np.stack([x + reach * np.cos(ring), y + reach * np.sin(ring)], 1).astype(np.float32)],
        ink,
        stage.unit * 0.5,
    )
    for number in range(44):
        angle = number / 44 * 2 * np.pi
        root = (x + reach * np.cos(angle), y + reach * np.sin(angle))
        turn = float(np.rad2deg(angle)) + 90 + (36 if number % 2 else -36)
        leaf(stage, root, turn, stage.unit * stage.between(6, 9), 0.26, stage.pick(greens))
    for number in range(9):
        angle = number / 9 * 2 * np.pi + stage.between(-0.15, 0.15)
        flower(
            stage,
            x + reach * np.cos(angle),
            y + reach * np.sin(angle),
            stage.unit * stage.between(3, 5),
            stage.pick(list(petals)),
        )
    stage.canvas.shape(box(x, y, x, y), ink)
