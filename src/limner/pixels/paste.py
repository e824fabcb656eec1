"""Putting what was painted back into the original, and nothing else."""

import numpy as np
from numpy.typing import NDArray

from limner.core.pictures import Box
from limner.pixels.arrays import OPAQUE, Coverage, Pixels, size_of, words
from limner.pixels.mask import bounds
from limner.pixels.raster import Raster


def paste_back(original: Raster | Pixels, painted: Pixels, box: Box, coverage: Coverage) -> Pixels:
    """Take the painted pixels where the mask covers, the original's everywhere else.

    Where the coverage is 0 the RGBA of the result is the original's, bit for bit; where it is 255, the
    painted one's; between, colour is blended by how opaque each of the two is.

    Args:
        original: the whole picture.
        painted: what came back for `box`, in the box's size.
        box: where it lies in the original.
        coverage: of the whole picture, as `mask.read` makes it.

    Returns:
        A new array of the original's size.

    Raises:
        ValueError: the sizes do not belong together.
    """
    pixels = original.pixels if isinstance(original, Raster) else original
    if size_of(painted) != box.size or size_of(coverage) != size_of(pixels):
        raise ValueError(f"{size_of(painted)} into {box.size}, {size_of(coverage)} over {size_of(pixels)}")
    result = pixels.copy()
    covered = bounds(coverage[box.slices])
    if covered is None:
        return result
    place = covered.moved(box.left, box.top)
    levels = coverage[place.slices]
    target, source = words(result[place.slices]), words(painted[covered.slices])
    np.copyto(target, source, where=levels == OPAQUE)
    rows, columns = np.nonzero((levels > 0) & (levels < OPAQUE))
    if rows.size:
        before = pixels[place.slices][rows, columns]
        result[place.slices][rows, columns] = blended(
            before, painted[covered.slices][rows, columns], levels[rows, columns]
        )
    return result


def blended(before: Pixels, after: Pixels, levels: NDArray[np.uint8]) -> Pixels:
    """Blend pixels, colour weighted by opacity.

    Args:
        before: n × 4, taken at level 0.
        after: n × 4, taken at level 255.
        levels: n.
    """
    share = (levels.astype(np.float32) / OPAQUE)[:, None]
    old_alpha, new_alpha = before[:, 3:].astype(np.float32), after[:, 3:].astype(np.float32)
    old_weight, new_weight = old_alpha * (1 - share), new_alpha * share
    alpha = old_weight + new_weight
    # Where both are fully transparent there is nothing to weigh by: colours are mixed plainly.
    nothing = alpha == 0
    old_weight = np.where(nothing, 1 - share, old_weight)
    new_weight = np.where(nothing, share, new_weight)
    colour = (before[:, :3] * old_weight + after[:, :3] * new_weight) / (old_weight + new_weight)
    return np.rint(np.concatenate((colour, alpha), axis=1)).astype(np.uint8)
