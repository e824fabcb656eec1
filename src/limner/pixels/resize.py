"""Other sizes: scaled with Lanczos, with transparent pixels weighing nothing."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.core.pictures import Box, Size
from limner.core.placement import fitted
from limner.pixels.arrays import Pixels, from_pillow, is_opaque, size_of, to_pillow


def scale(pixels: Pixels, size: Size, *, box: Box | None = None, fast: bool = False) -> Pixels:
    """Scale to an exact size, without keeping the proportions.

    Args:
        pixels: the picture.
        size: the result's.
        box: the part to take. Absent: all of it.
        fast: bicubic, a third quicker: for small copies, where nobody sees the difference.
    """
    if box is not None and box != Box.of(size_of(pixels)):
        pixels = pixels[box.slices]
    if size_of(pixels) == size:
        return pixels
    how = Image.Resampling.BICUBIC if fast else Image.Resampling.LANCZOS
    picture = to_pillow(np.ascontiguousarray(pixels))
    if is_opaque(pixels):  # without alpha there is nothing to weigh
        return from_pillow(picture.convert("RGB").resize((size.width, size.height), how).convert("RGBA"))
    return from_pillow(picture.resize((size.width, size.height), how))


def scale_levels(levels: NDArray[np.uint8], size: Size, *, hard: bool) -> NDArray[np.uint8]:
    """Scale one channel.

    Args:
        levels: height × width.
        size: the result's.
        hard: take the nearest level, so that no new ones appear; otherwise they are averaged.
    """
    if size_of(levels) == size:
        return levels
    how = Image.Resampling.NEAREST if hard else Image.Resampling.BILINEAR
    return from_pillow(to_pillow(np.ascontiguousarray(levels)).resize((size.width, size.height), how))


def cover(pixels: Pixels, size: Size) -> Pixels:
    """Fill an exact size, cutting off what is too long, equally on both sides.

    Args:
        pixels: the picture.
        size: the result's.
    """
    return scale(pixels, size, box=centred(size_of(pixels), size))


def centred(inside: Size, proportions: Size) -> Box:
    """The largest box of given proportions in the middle of a picture.

    Example:
        >>> centred(Size(100, 50), Size(1, 1))
        Box(left=25, top=0, right=75, bottom=50)
    """
    if inside.width * proportions.height >= inside.height * proportions.width:
        width = max(1, round(inside.height * proportions.width / proportions.height))
        left = (inside.width - width) // 2
        return Box(left, 0, left + width, inside.height)
    height = max(1, round(inside.width * proportions.height / proportions.width))
    top = (inside.height - height) // 2
    return Box(0, top, inside.width, top + height)


def contain(pixels: Pixels, size: Size, *, fast: bool = False) -> Pixels:
    """Fit into a size, keeping the proportions; the result is smaller than `size` on one side, or equal.

    Args:
        pixels: the picture.
        size: what it must fit into.
        fast: as in `scale`.
    """
    return scale(pixels, fitted(size_of(pixels), size), fast=fast)


def pad(pixels: Pixels, size: Size, fill: tuple[int, int, int, int] | None = None) -> Pixels:
    """Fit into a size and fill up the rest, equally on both sides.

    Args:
        pixels: the picture.
        size: the result's, exactly.
        fill: RGBA of what is added. Absent: the edge's own pixels go on.
    """
    fit = contain(pixels, size)
    inner = size_of(fit)
    left, top = (size.width - inner.width) // 2, (size.height - inner.height) // 2
    around = (
        (top, size.height - inner.height - top),
        (left, size.width - inner.width - left),
        (0, 0),
    )
    if fill is None:
        return np.pad(fit, around, mode="edge")
    out = np.empty((size.height, size.width, 4), np.uint8)
    out[:] = fill
    out[top : top + inner.height, left : left + inner.width] = fit
    return out
