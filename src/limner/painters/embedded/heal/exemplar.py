"""Healing by example: fill a hole with pieces of what surrounds it, coarse to fine.

In the end every patch of the result is like some patch of the photograph (Wexler, Shechtman and
Irani 2007).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from limner.painters.embedded.heal import smooth
from limner.painters.embedded.heal.field import Bools, Field, Floats, Ints
from limner.painters.embedded.rasters import Pixels

_THIN: Final = 3.0
"""Half the width in pixels at which a hole is guessed well enough to start from."""
_SMALLEST: Final = 28
"""The coarsest scale is at least so many pixels wide and high."""
_ROOMY: Final = 40
"""Pixels across from which a scale is compared by patches of seven, else of five."""
_SPARE: Final = 0.25
"""A hole of a smaller share leaves enough for patches of seven at any scale."""
_EXACT: Final = 16_000_000
"""Comparisons up to which the search is exact."""
_EXACTLY: Final = 2
"""Rounds of a scale that search exactly, where they may."""
_TOO_MUCH: Final = 0.8
"""A coarse scale with a larger share of hole has too little left to copy."""
_KNOWN: Final = 0.999
"""A coarse pixel is known when, but for rounding, all of it was."""
_MOST: Final = 220_000
"""Pixels up to which a scale is searched; finer ones copy detail along the matches found."""
_ROUNDS: Final = (6, 4, 3, 2)
"""Rounds of search and vote, from the coarsest scale on; the last number goes on."""
_LENIENCE: Final = 1.2
"""How much worse a neighbour's match may be and still be taken over."""
Scale = tuple[Floats, Bools]
"""A picture and its hole."""
Offsets = tuple[Ints, Ints]
"""How far down and along each pixel of the hole was copied from."""


def thickness(hole: Bools) -> float:
    """Half the width of the widest part of the hole, in pixels."""
    return float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max())


def fill(
    picture: Pixels,
    hole: Bools,
    seed: int,
    *,
    effort: float = 1.0,
    guess: Pixels | None = None,
    stay: tuple[float, float] = (1.0, 1.0),
    tick: Callable[[float], object] = lambda _: None,
) -> Pixels:
    """Fill the hole of an RGB or RGBA picture; known pixels stay as they are.

    Args:
        picture: the window around the hole.
        hole: what to fill. It must leave something known.
        seed: the same seed gives the same pixels.
        effort: how many times the usual rounds of search to make.
        guess: a picture of the same size to start from. Absent: the hole is smoothed over.
        stay: how much it counts that a piece comes from the same row, and from the same column.
        tick: called with 0..1 between rounds; it may raise to stop.
    """
    scales = _scales(picture.astype(np.float32), hole)
    searched = [scale for scale in scales if scale[1].size <= _MOST] or scales[-1:]
    copied = scales[: len(scales) - len(searched)]
    start = _guess(*searched[-1]) if guess is None else _shrunk(guess, searched[-1][1])
    plan = _Plan(start, len(copied) == 0, np.random.default_rng(seed), effort, stay, tick)
    filled, offsets = _search(searched, plan)
    for coarse, scale in zip(reversed(scales[1 : len(copied) + 1]), reversed(copied), strict=True):
        filled, offsets = _copy_detail(scale, coarse, filled, offsets)
    return np.clip(np.rint(filled), 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to search."""

    start: Floats
    """The coarsest scale, filled somehow."""
    finest: bool
    """Whether the last scale searched is the picture itself."""
    chance: np.random.Generator
    effort: float
    stay: tuple[float, float]
    tick: Callable[[float], object]


def _search(scales: list[Scale], plan: _Plan) -> tuple[Floats, Offsets]:
    """Fill from the coarsest scale to the first; also say where each pixel came from."""
    field, match = Field(*scales[-1], _radius(scales[-1][1]), plan.chance, plan.stay), None
    filled = np.where(scales[-1][1][..., None], plan.start, scales[-1][0])
    for number, (scale, gap) in enumerate(reversed(scales)):
        plan.tick(number / len(scales))
        last = plan.finest and number == len(scales) - 1
        if match is not None:
            radius = 2 if last and number > 1 else _radius(gap)
            finer = Field(scale, gap, radius, plan.chance, plan.stay)
            match = _carry(_offsets(field, match), finer)
            filled = np.where(gap[..., None], _enlarge(filled, gap), scale)
            targets = finer.project(filled)
            match = finer.spread(targets, match, 1.0)
            filled, field = finer.vote(filled, targets, match, finer.radius), finer
        rounds = max(1, round(_ROUNDS[min(number, len(_ROUNDS) - 1)] * plan.effort))
        filled, match = _refine(field, filled, match, rounds, last)
    assert match is not None  # noqa: S101 - there is at least one scale
    return filled, _offsets(field, match)


def _radius(hole: Bools) -> int:
    """Of the patches: in what little is left around a large hole, large ones would all hold edges."""
    return 3 if min(hole.shape) >= _ROOMY or float(hole.mean()) < _SPARE else 2


def _refine(
    field: Field, filled: Floats, match: Ints | None, rounds: int, finest: bool
) -> tuple[Floats, Ints]:
    """Search and vote in turn: each makes the other's work easier."""
    exactly = field.pairs <= _EXACT
    for turn in range(rounds):
        targets = field.project(filled)
        if match is None or (exactly and turn < _EXACTLY):
            found = field.exact(targets) if exactly else field.anywhere()
            if match is not None:
                keep = field.cost(targets, match) <= field.cost(targets, found) * _LENIENCE
                found = np.where(keep, match, found)
            match = field.spread(targets, field.spread(targets, found, _LENIENCE), _LENIENCE)
        else:
            match = field.spread(targets, match, 1.0, steps=(1, 3))
            match = field.wander(targets, match, (8, 4, 2))
            match = field.spread(targets, match, _LENIENCE)
        sharp = finest and turn == rounds - 1
        filled = field.vote(filled, targets, match, 1 if sharp else field.radius)
    assert match is not None  # noqa: S101 - there is at least one round
    return filled, match


def _scales(picture: Floats, hole: Bools) -> list[Scale]:
    """The picture and its hole at full size, half, a quarter … until the hole is thin."""
    scales = [(picture, hole)]
    while (
        thickness(scales[-1][1]) > _THIN
        and min(scales[-1][1].shape) >= _SMALLEST
        and not scales[-1][1].mean() > _TOO_MUCH
    ):
        scales.append(_halve(*scales[-1]))
    return scales


def _halve(picture: Floats, hole: Bools) -> Scale:
    """Half as large. A pixel is known when all four were; the hole's colours leak nowhere."""
    height, width = hole.shape
    rows, columns = (height + 1) // 2, (width + 1) // 2
    extra = ((0, rows * 2 - height), (0, columns * 2 - width))
    weight = np.pad((~hole).astype(np.float32), extra, mode="edge")
    colour = np.pad(picture * ~hole[..., None], (*extra, (0, 0)), mode="edge")
    weights = weight.reshape(rows, 2, columns, 2).mean((1, 3))
    means = colour.reshape(rows, 2, columns, 2, -1).mean((1, 3))
    return means / np.maximum(weights, np.float32(1e-6))[..., None], weights < _KNOWN


def _enlarge(picture: Floats, like: Bools) -> Floats:
    height, width = like.shape
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def _guess(picture: Floats, hole: Bools) -> Floats:
    """A first, smooth filling of the coarsest scale."""
    flat = np.clip(picture, 0, 255).astype(np.uint8)
    return np.where(hole[..., None], smooth.fill(flat, hole).astype(np.float32), picture)


def _offsets(field: Field, match: Ints) -> Offsets:
    """How far down and along each target's match lies, as maps of the scale."""
    down, along = np.zeros(field.hole.shape, np.intp), np.zeros(field.hole.shape, np.intp)
    down[field.rows, field.columns] = field.source_rows[match] - field.rows
    along[field.rows, field.columns] = field.source_columns[match] - field.columns
    return down, along


def _shrunk(picture: Pixels, like: Bools) -> Floats:
    height, width = like.shape
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _carry(offsets: Offsets, fine: Field) -> Ints:
    """The matches of one scale, brought to the next finer one."""
    down, along = offsets
    rows = np.minimum(fine.rows // 2, down.shape[0] - 1)
    columns = np.minimum(fine.columns // 2, down.shape[1] - 1)
    return fine.at(
        fine.rows + 2 * down[rows, columns], fine.columns + 2 * along[rows, columns], fine.anywhere()
    )


def _copy_detail(scale: Scale, coarse: Scale, filled: Floats, offsets: Offsets) -> tuple[Floats, Offsets]:
    """One scale finer without a search: the detail comes from where the coarse filling came from."""
    picture, hole = scale
    height, width = hole.shape
    down, along = (2 * np.repeat(np.repeat(way, 2, 0), 2, 1)[:height, :width] for way in offsets)
    rows, columns = np.nonzero(hole)
    from_rows = (rows + down[rows, columns]).clip(0, height - 1)
    from_columns = (columns + along[rows, columns]).clip(0, width - 1)
    smoothed = _enlarge(np.where(coarse[1][..., None], filled, coarse[0]), hole)
    detail = picture[from_rows, from_columns] - smoothed[from_rows, from_columns]
    detail[hole[from_rows, from_columns]] = 0
    finer = picture.copy()
    finer[rows, columns] = smoothed[rows, columns] + detail
    return finer, (down, along)
