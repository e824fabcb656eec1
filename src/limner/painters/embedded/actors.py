"""Painting a subject into a scene: rendered, recoloured, lit, hazed, with its shadow or mirror image."""

import functools
from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np

from limner.painters.embedded.brief import Subject
from limner.painters.embedded.canvas import ellipse
from limner.painters.embedded.colours import BLACK, Colour, darker
from limner.painters.embedded.noise import Floats
from limner.painters.embedded.parts import trees
from limner.painters.embedded.parts.buildings import cottage, lighthouse, rowing_boat, sailing_boat, windmill
from limner.painters.embedded.rasters import Pixels
from limner.painters.embedded.stage import Spot, Stage
from limner.painters.embedded.svg import document, render
from limner.painters.embedded.tables import packed, table

_WIDEST: Final = 0.86
"""Of the picture's width, that one subject may take."""
_TALLEST: Final = 0.72
_TALL_TOGETHER: Final = 0.44
"""Of the picture's height: alone, and beside others."""
_KEPT: Final = 24
"""Rendered subjects kept for the next of the same kind."""


def act(stage: Stage, subject: Subject, spot: Spot) -> None:
    """Paint one subject at its place."""
    tall = spot.tall * float(table("subjects")["size"].get(subject.name, 1.0))
    if subject.name.startswith("@"):
        _OWN[subject.name](stage, spot, min(tall, stage.height * 0.62), subject.colour)
        return
    entry: dict[str, Any] = packed("subjects")[subject.name]
    left, top, right, bottom = entry["box"]
    wide, high = right - left, bottom - top
    alone = len(stage.brief.subjects) == 1 and subject.count == 1
    scale = min(tall / (wide * high) ** 0.5, stage.width * _WIDEST / wide)
    scale = min(scale, stage.height * (_TALLEST if alone else _TALL_TOGETHER) / high)
    size = (max(4, round(wide * scale)), max(4, round(high * scale)))
    picture = _rendered(subject.name, *size)
    if stage.flip():
        picture = picture[:, ::-1]
    if subject.colour:
        picture = recolour(picture, subject.colour)
    _place(stage, _lit(stage, picture, spot), spot)


@functools.lru_cache(_KEPT)
def _rendered(name: str, width: int, height: int) -> Pixels:
    entry: dict[str, Any] = packed("subjects")[name]
    left, top, right, bottom = entry["box"]
    return render(document(entry["svg"], (left, top, right - left, bottom - top), width, height))


def recolour(picture: Pixels, colour: Colour) -> Pixels:
    """Give the main colour of an RGBA picture another tone; the rest stays."""
    solid = picture[..., 3] > 128
    if not solid.any():
        return picture
    lab = _lab(picture[..., :3])
    main = _main(lab[solid])
    goal = _lab(np.array([[colour]], np.float32) * 255)[0, 0]
    apart = (lab - main) * (0.5, 1.0, 1.0)
    part = np.exp(-(apart**2).sum(-1) / (2 * 26.0**2))[..., None]
    moved = np.concatenate(
        [goal[:1] + (lab[..., :1] - main[:1]) * 0.85, goal[1:] + (lab[..., 1:] - main[1:]) * 0.3], -1
    )
    mixed = (lab + (moved - lab) * part).astype(np.float32)
    rgb = np.asarray(cv2.cvtColor(mixed, cv2.COLOR_Lab2RGB), np.float32)
    return np.dstack([np.asarray(np.clip(rgb * 255, 0, 255), np.uint8), picture[..., 3]])


def _lab(rgb: Pixels | Floats) -> Floats:
    return np.asarray(cv2.cvtColor(np.asarray(rgb, np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _main(lab: Floats) -> Floats:
    """The colour that most of it has; near black and near white count less."""
    cells = np.rint(lab / (14, 18, 18)).astype(np.int64)
    keys = cells @ np.array([1_000_000, 1_000, 1])
    names, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = counts.astype(np.float32)
    for number in range(len(names)):
        light = float(lab[where == number, 0].mean())
        weights[number] *= 0.25 if light < 22 or light > 92 else 1.0
    return lab[where == int(weights.argmax())].mean(0)


def _lit(stage: Stage, picture: Pixels, spot: Spot) -> Pixels:
    """The subject in the scene's light: tinted, hazed, brighter towards the sun."""
    height, width = picture.shape[:2]
    shine = np.asarray(stage.colours.shine, np.float32) * 0.72 + 0.28
    colour = picture[..., :3].astype(np.float32) / 255 * shine
    side = 1.0 if stage.sun[0] > spot.x else -1.0
    across = np.linspace(-side, side, width, dtype=np.float32)[None, :, None]
    down = np.linspace(1, -1, height, dtype=np.float32)[:, None, None]
    colour = colour * (1 + 0.07 * across + 0.06 * down)
    haze = np.asarray(stage.colours.haze, np.float32)
    colour += (haze - colour) * min(0.6, spot.away + 0.03)
    return np.dstack([np.asarray(np.clip(colour * 255, 0, 255), np.uint8), picture[..., 3]])


def _place(stage: Stage, picture: Pixels, spot: Spot) -> None:
    height, width = picture.shape[:2]
    left, top = spot.x - width / 2, spot.y - height
    if spot.ground == "none":
        top = spot.y - height / 2
    if spot.ground == "land":
        _shadow(stage, spot, width, height)
    if spot.ground == "water":
        top += height * 0.06
        _mirror(stage, picture, left, spot.y + height * 0.02)
        cut = picture[: max(1, round(height * 0.95))]
        stage.canvas.paste(cut, left, top)
        _ripple(stage, spot, width)
        return
    stage.canvas.paste(picture, left, top)


def _shadow(stage: Stage, spot: Spot, width: float, height: float) -> None:
    shade = darker(stage.tone(stage.colours.grass[-1]), 0.75)
    lean = float(np.clip((spot.x - stage.sun[0]) / stage.width, -0.5, 0.5)) * 0.5
    y, tall = spot.y - height * 0.008, max(2.0, min(width, height) * 0.055)
    stage.canvas.mist(spot.x + lean * width, y, width * 0.72, tall * 2.0, shade, 0.55)
    stage.canvas.shape(ellipse(spot.x, y, width * 0.38, tall * 0.42), shade, 0.4, tall * 0.5)


def _mirror(stage: Stage, picture: Pixels, left: float, top: float) -> None:
    image = picture[::-1][: max(2, round(picture.shape[0] * 0.6))]
    rows = len(image)
    shift = (np.sin(np.arange(rows) * 0.7) * stage.unit * 0.35).astype(int)
    image = np.stack([np.roll(row, move, 0) for row, move in zip(image, shift, strict=True)])
    fade = np.linspace(0.42, 0.04, rows, dtype=np.float32)[:, None]
    image[..., 3] = (image[..., 3] * fade).astype(np.uint8)
    stage.canvas.paste(image, left, top)


def _ripple(stage: Stage, spot: Spot, width: float) -> None:
    lines: list[Floats] = []
    for number in range(6):
        half = width * stage.between(0.2, 0.6)
        x, y = spot.x + stage.between(-0.12, 0.12) * width, spot.y + stage.unit * (number * 0.8 - 0.2)
        lines.append(np.array([(x - half, y), (x + half, y)], np.float32))
    stage.canvas.strokes(lines, stage.colours.haze, stage.unit * 0.22, 0.35)


def _house(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    _shadow(stage, spot, tall * 1.5, tall)
    if colour:
        cottage(stage, spot.x, spot.y, tall, colour, spot.away)
    else:
        cottage(stage, spot.x, spot.y, tall, away=spot.away)


def _tower(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    stage.canvas.mist(spot.x, spot.y, tall * 0.2, tall * 0.03, BLACK, 0.4)
    if colour:
        lighthouse(stage, spot.x, spot.y, tall, colour)
    else:
        lighthouse(stage, spot.x, spot.y, tall)


def _sail(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    if colour:
        sailing_boat(stage, spot.x, spot.y - tall * 0.12, tall * 0.9, colour)
    else:
        sailing_boat(stage, spot.x, spot.y - tall * 0.12, tall * 0.9)


def _oars(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    if colour:
        rowing_boat(stage, spot.x, spot.y, tall * 1.3, colour)
    else:
        rowing_boat(stage, spot.x, spot.y, tall * 1.3)


def _tree(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    trees.tree(stage, spot.x, spot.y, tall, spot.away)


def _fir(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    green = stage.tone(colour or stage.pick(stage.colours.needles), spot.away)
    stage.canvas.shapes(trees.fir(spot.x, spot.y, tall), [green, darker(green, 0.2)])


def _palm(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    trees.palm(stage, spot.x, spot.y, tall, spot.away)


def _mill(stage: Stage, spot: Spot, tall: float, colour: Colour | None) -> None:
    windmill(stage, spot.x, spot.y, tall)


_OWN: Final[dict[str, Callable[[Stage, Spot, float, Colour | None], None]]] = {
    "@cottage": _house,
    "@lighthouse": _tower,
    "@sailing boat": _sail,
    "@rowing boat": _oars,
    "@tree": _tree,
    "@fir": _fir,
    "@palm": _palm,
    "@windmill": _mill,
}
"""Subjects that the scenes' own code draws."""
