"""Cut paper in squares: leaves, suns, flowers, or what is asked for, in few colours."""

import numpy as np

from limner.painters.embedded.brief import Subject
from limner.painters.embedded.canvas import Points, box, ellipse, path, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.stage import Spot, Stage

_SETS = (
    ("#f4ecda", "#c4391f", "#1f4a4a", "#e2b04a", "#efe6d2", "#2b2a33", "#7f9a8a"),
    ("#efe6d2", "#22355a", "#d9a13b", "#b9472b", "#ece2cc", "#5d7f78"),
    ("#f2ebe0", "#3b5b45", "#d98f6a", "#e9cfa8", "#7a3e48", "#8fa58a"),
    ("#f0eee6", "#2f3e63", "#7aa0b8", "#e6b8a0", "#c9574a", "#e9ddc0"),
    ("#22242c", "#e2b04a", "#c4492b", "#7f9a8a", "#efe6d2", "#4a5a7a"),
)


def paint(stage: Stage) -> None:
    """Paint the scene."""
    ground, *inks = (hexed(tone) for tone in stage.pick(list(_SETS)))
    if stage.brief.hues:
        inks = [tone for hue in stage.brief.hues for tone in (hue, lighter(hue, 0.55), darker(hue, 0.45))]
    if stage.has("pastel"):
        inks = [lighter(ink, 0.4) for ink in inks]
    stage.canvas.pixels[...] = ground
    across = 4 if stage.width <= stage.height else max(4, round(4 * stage.width / stage.height))
    down = max(1, round(across * stage.height / stage.width))
    wide, tall = stage.width / across, stage.height / down
    gap = stage.unit * 0.5
    cast = [subject for subject in stage.waiting for _ in range(1)]
    stage.waiting = []
    for row in range(down):
        for column in range(across):
            back = stage.pick(inks)
            front = stage.pick([ink for ink in inks if _apart(ink, back)] or [ground])
            cell = box(
                column * wide + gap, row * tall + gap, (column + 1) * wide - gap, (row + 1) * tall - gap
            )
            stage.canvas.shape(cell, back)
            x, y, size = (column + 0.5) * wide, (row + 0.5) * tall, min(wide, tall) * 0.38
            if cast and (row + column) % 2 == 0:
                _guest(stage, cast[(row * across + column) // 2 % len(cast)], x, y, size, back)
            else:
                _motif(stage, x, y, size, front, back)


def _apart(one: Colour, other: Colour) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.45


def _guest(stage: Stage, subject: Subject, x: float, y: float, size: float, back: Colour) -> None:
    stage.canvas.disc(x, y, size * 1.08, lighter(back, 0.72))
    stage.actor(stage, subject, Spot(x, y + size * 0.72, size * 1.45, 0.0, "none"))


def _motif(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    motifs = (_sun, _leaf, _flower, _branch, _half, _moon, _bird, _waves)
    stage.pick(list(motifs))(stage, x, y, size, colour, back)


def _sun(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    stage.canvas.disc(x, y, size * 0.6, colour)
    for number in range(14):
        angle = number / 14 * 2 * np.pi
        cosine, sine = np.cos(angle), np.sin(angle)
        ray = points(
            (x + cosine * size * 0.7 - sine * size * 0.07, y + sine * size * 0.7 + cosine * size * 0.07),
            (x + cosine * size, y + sine * size),
            (x + cosine * size * 0.7 + sine * size * 0.07, y + sine * size * 0.7 - cosine * size * 0.07),
        )
        stage.canvas.shape(ray, colour)


def _leaf(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    way = 1 if stage.flip() else -1
    corner = size * 0.95
    steps = np.linspace(0, np.pi / 2, 24)
    one = np.stack([-corner + 2 * corner * np.sin(steps), corner - 2 * corner * (1 - np.cos(steps))], 1)
    other = np.stack([corner - 2 * corner * np.sin(steps), -corner + 2 * corner * (1 - np.cos(steps))], 1)
    outline = np.concatenate([one, other]) * (way, 1) + (x, y)
    stage.canvas.shape(outline.astype(np.float32), colour)
    stage.canvas.strokes(
        [points((x - way * size * 0.9, y + size * 0.9), (x + way * size * 0.7, y - size * 0.7))],
        back,
        size * 0.06,
    )


def _flower(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    for number in range(8):
        angle = np.deg2rad(number * 45 - 90)
        stage.canvas.shape(
            ellipse(
                x + np.cos(angle) * size * 0.55,
                y + np.sin(angle) * size * 0.55,
                size * 0.2,
                size * 0.48,
                number * 45,
            ),
            colour,
        )
    stage.canvas.disc(x, y, size * 0.15, back)


def _branch(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    stage.canvas.strokes([points((x, y + size), (x, y - size * 0.8))], colour, size * 0.08)
    blades: list[Points] = [ellipse(x, y - size * 0.9, size * 0.14, size * 0.24)]
    for number in range(5):
        blades.extend(
            ellipse(
                x + side * size * 0.34,
                y + size * (0.66 - number * 0.34),
                size * 0.36,
                size * 0.14,
                side * -32,
            )
            for side in (-1, 1)
        )
    stage.canvas.shapes(blades, colour)


def _half(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    angles = np.linspace(np.pi, 2 * np.pi, 40)
    dome = np.stack([x + np.cos(angles) * size, y + size * 0.1 + np.sin(angles) * size], 1).astype(np.float32)
    stage.canvas.shape(dome, colour)
    for number, wide in enumerate((0.9, 0.62, 0.34)):
        line = y + size * (0.34 + number * 0.24)
        stage.canvas.strokes([points((x - size * wide, line), (x + size * wide, line))], colour, size * 0.09)


def _moon(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    stage.canvas.disc(x, y, size * 0.85, colour)
    stage.canvas.disc(x + size * 0.34, y - size * 0.16, size * 0.72, back)
    for over, down, wide in ((0.42, -0.3, 0.1), (0.66, 0.12, 0.07), (0.3, 0.2, 0.06)):
        stage.canvas.disc(x + over * size, y + down * size, wide * size, colour)


def _bird(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    way = 1 if stage.flip() else -1
    body = np.concatenate([ellipse(0, 0.1, 0.62, 0.4, -12)])
    head = ellipse(0.5, -0.28, 0.26, 0.26)
    tail = points((-0.42, 0.05), (-1.0, -0.28), (-0.9, 0.16))
    beak = points((0.72, -0.34), (0.98, -0.24), (0.72, -0.18))
    stage.canvas.shapes(
        [(part * (way * size, size) + (x, y)).astype(np.float32) for part in (body, head, tail, beak)], colour
    )
    wing = path(ellipse(-0.1, 0.04, 0.36, 0.2, -24))
    stage.canvas.shape((wing * (way * size, size) + (x, y)).astype(np.float32), mix(colour, back, 0.45))
    stage.canvas.disc(x + way * size * 0.56, y - size * 0.34, size * 0.05, back)


def _waves(stage: Stage, x: float, y: float, size: float, colour: Colour, back: Colour) -> None:
    steps = np.linspace(-1, 1, 60, dtype=np.float32)
    for number in range(5):
        line = np.stack(
            [x + steps * size, y + size * (number - 2) * 0.38 + np.sin(steps * 9) * size * 0.1], 1
        )
        stage.canvas.strokes([line.astype(np.float32)], colour, size * 0.11)
