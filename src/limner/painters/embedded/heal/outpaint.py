"""`outpaint`: continue a picture beyond its edges, first to the sides, then up and down.

The new room starts with the colours of the edge drawn out and is then rebuilt from pieces that
lie near it: to the sides mostly from the same height, so that sky stays above and ground below.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from limner.core.pictures import Margins
from limner.painters.embedded.heal import exemplar
from limner.painters.embedded.rasters import Pixels

_REACH: Final = 1.3
"""How many times the margin is looked at for pieces: further in, the chief thing would come twice."""
_LEAST: Final = 96
_EDGE: Final = 24
"""Pixels at the edge whose colours are drawn out."""
_SOFT: Final = 8
"""Standard deviation of their softening along the edge."""
_JOINT: Final = 12
"""Pixels on either side of the edge whose tones are compared."""
_MOST_STEP: Final = 36.0
"""A larger step, of 255, is no matter of tone."""
_SIDES: Final = (4.0, 0.25)
"""To the sides, pieces come from the same height."""
_ENDS: Final = (3.0, 0.25)
"""Up and down, where the picture is turned on its side, they come from above or below."""


def extend(
    picture: Pixels,
    margins: Margins,
    seed: int,
    effort: float = 1.0,
    tick: Callable[[float], object] = lambda _: None,
) -> Pixels:
    """Add room around a picture and paint it.

    Args:
        picture: RGB or RGBA; it comes back unchanged in its place.
        margins: what to add, in pixels.
        seed: the same seed gives the same pixels.
        effort: how many times the usual rounds of search to make.
        tick: called with 0..1 now and then; it may raise to stop.
    """
    sides = (
        ("left", margins.left),
        ("right", margins.right),
        ("top", margins.top),
        ("bottom", margins.bottom),
    )
    todo = [(side, room) for side, room in sides if room > 0]
    for number, (side, room) in enumerate(todo):
        tick(number / len(todo))
        turned = _TURNS[side](picture)
        stay = _SIDES if side in {"left", "right"} else _ENDS

        def inner(part: float, done: int = number) -> None:
            tick((done + part) / len(todo))

        turned = _to_the_right(turned, room, seed + number, stay=stay, effort=effort, tick=inner)
        picture = _BACK[side](turned)
    return np.ascontiguousarray(picture)


def _to_the_right(
    picture: Pixels,
    room: int,
    seed: int,
    *,
    stay: tuple[float, float],
    effort: float,
    tick: Callable[[float], object],
) -> Pixels:
    """Add room at the right edge."""
    width = picture.shape[1]
    seen = min(width, max(round(room * _REACH), _LEAST))
    edge = picture[:, width - min(width, _EDGE) :].astype(np.float32).mean(1)
    soft = np.asarray(cv2.GaussianBlur(edge[:, None], (1, 0), sigmaX=1, sigmaY=_SOFT), np.float32)
    start = np.repeat(soft.reshape(len(edge), 1, -1), room, 1).astype(np.uint8)
    window = np.concatenate([picture[:, width - seen :], start], 1)
    hole = np.zeros(window.shape[:2], np.bool_)
    hole[:, seen:] = True
    painted = exemplar.fill(window, hole, seed, effort=effort, guess=window, stay=stay, tick=tick)
    return np.concatenate([picture, _joined(painted[:, :seen], painted[:, seen:])], 1)


def _joined(before: Pixels, after: Pixels) -> Pixels:
    """What was painted, in tone with the edge it begins at; further out it keeps its own."""
    wide = min(_JOINT, before.shape[1], after.shape[1])
    step = before[:, -wide:].astype(np.float32).mean(1) - after[:, :wide].astype(np.float32).mean(1)
    step = np.asarray(
        cv2.GaussianBlur(step[:, None], (1, 0), sigmaX=1, sigmaY=max(_SOFT, len(before) / 16)), np.float32
    )
    step = step.reshape(len(before), 1, -1).clip(-_MOST_STEP, _MOST_STEP)
    reach = max(4.0, after.shape[1] * 0.3)
    fade = np.exp(-np.arange(after.shape[1], dtype=np.float32) / reach)[None, :, None]
    return np.clip(np.rint(after + step * fade), 0, 255).astype(np.uint8)


def _flipped(picture: Pixels) -> Pixels:
    return picture[:, ::-1]


def _same(picture: Pixels) -> Pixels:
    return picture


def _lying(picture: Pixels) -> Pixels:
    """Columns become rows: the bottom comes to the right."""
    return picture.transpose(1, 0, 2)


def _lying_flipped(picture: Pixels) -> Pixels:
    """The top comes to the right."""
    return picture.transpose(1, 0, 2)[:, ::-1]


def _standing_flipped(picture: Pixels) -> Pixels:
    return picture[:, ::-1].transpose(1, 0, 2)


_TURNS: Final[dict[str, Callable[[Pixels], Pixels]]] = {
    "left": _flipped, "right": _same, "top": _lying_flipped, "bottom": _lying,
}  # fmt: skip
_BACK: Final[dict[str, Callable[[Pixels], Pixels]]] = {
    "left": _flipped, "right": _same, "top": _standing_flipped, "bottom": _lying,
}  # fmt: skip
