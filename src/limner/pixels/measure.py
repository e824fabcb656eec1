"""What a picture turned out to be: measured in the pixels, never believed."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from limner.pixels.arrays import OPAQUE, Coverage, Pixels, size_of, words
from limner.pixels.mask import bounds
from limner.pixels.raster import Raster

_NEARLY_THE_SAME: Final = 8
"""Levels between the darkest and the lightest pixel of a picture with nothing on it."""


def changed_outside(original: Raster | Pixels, result: Pixels, coverage: Coverage) -> tuple[int, int]:
    """Count the pixels that the mask protects and that differ nevertheless.

    Args:
        original: the whole picture.
        result: of the same size.
        coverage: of the same size, as `mask.read` makes it.

    Returns:
        How many differ in RGBA, and how many are protected.

    Raises:
        ValueError: the sizes differ, so that no pixel has a counterpart.
    """
    pixels = _same_size(original, result, coverage)
    kept = coverage == 0
    changed = (words(pixels) != words(result)) & kept
    return int(np.count_nonzero(changed)), int(np.count_nonzero(kept))


def seam(original: Raster | Pixels, result: Pixels, coverage: Coverage) -> float | None:
    """How much more colour changes across the mask's edge than it did in the original.

    Args:
        original: the whole picture.
        result: of the same size.
        coverage: of the same size, as `mask.read` makes it.

    Returns:
        The mean step between neighbours on both sides of the edge, 0..255, less the original's, and at
        least 0. `None`: the mask has no edge inside the picture.

    Raises:
        ValueError: the sizes differ.
    """
    pixels = _same_size(original, result, coverage)
    box = bounds(coverage)
    if box is None:
        return None
    size = size_of(coverage)
    around = (
        slice(max(box.top - 1, 0), min(box.bottom + 1, size.height)),
        slice(max(box.left - 1, 0), min(box.right + 1, size.width)),
    )
    covered = coverage[around] > 0
    steps, count = 0.0, 0
    for one, other in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        edge = covered[one] != covered[other]
        found = int(np.count_nonzero(edge))
        if found:
            steps += _step(result[around], one, other, edge) - _step(pixels[around], one, other, edge)
            count += found
    return max(0.0, steps / count) if count else None


_Slices = tuple[slice, slice]


def _step(pixels: Pixels, one: _Slices, other: _Slices, edge: NDArray[np.bool_]) -> float:
    """The sum, over an edge, of the mean difference of the three colours as they show on black."""
    shown = [_shown(pixels[side][edge]) for side in (one, other)]
    return float(np.abs(shown[0] - shown[1]).mean(axis=1).sum())


def _shown(pixels: Pixels) -> NDArray[np.float32]:
    share = np.divide(pixels[:, 3:], OPAQUE, dtype=np.float32)
    return np.multiply(pixels[:, :3], share, dtype=np.float32)


def blank(pixels: Pixels) -> bool:
    """Whether every pixel is nearly the same: perhaps a refusal in disguise.

    Args:
        pixels: the picture. Fully transparent ones are blank, whatever colours they hide.
    """
    if not pixels[..., 3].any():
        return True
    rows = np.ascontiguousarray(pixels)
    most, least = (cv2.reduce(rows, 0, how) for how in (cv2.REDUCE_MAX, cv2.REDUCE_MIN))
    spread = most.max(axis=(0, 1)).astype(np.int16) - least.min(axis=(0, 1))
    return bool((spread <= _NEARLY_THE_SAME).all())


_LOOKED_AT: Final = 512
"""Longer side, in pixels, at which sharpness is judged."""
_SHARP_FROM: Final = 8.0
"""Variance of the Laplacian under which not even an edge is in focus."""


def sharpness(pixels: Pixels) -> float:
    """The variance of the Laplacian of a small copy: the usual measure of focus.

    Args:
        pixels: the picture.
    """
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGBA2GRAY)
    longest = max(height, width)
    if longest > _LOOKED_AT:
        small = (max(1, width * _LOOKED_AT // longest), max(1, height * _LOOKED_AT // longest))
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    return float(cast("NDArray[np.float64]", cv2.Laplacian(grey, cv2.CV_64F)).var())


def blurred(pixels: Pixels) -> bool:
    """Whether nothing is in focus: some vendors blur what they refuse to show.

    Args:
        pixels: the picture.
    """
    return not blank(pixels) and sharpness(pixels) < _SHARP_FROM


def _same_size(original: Raster | Pixels, result: Pixels, coverage: Coverage) -> Pixels:
    pixels = original.pixels if isinstance(original, Raster) else original
    if not size_of(pixels) == size_of(result) == size_of(coverage):
        raise ValueError(f"{size_of(result)} and {size_of(coverage)} against {size_of(pixels)}")
    return pixels
