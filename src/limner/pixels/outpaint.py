"""Room around a picture, and the mask that says that only the room may be painted."""

import numpy as np

from limner.core.pictures import Margins
from limner.pixels.arrays import OPAQUE, Coverage, Pixels
from limner.pixels.raster import Raster


def extend(original: Raster | Pixels, margins: Margins) -> tuple[Pixels, Coverage]:
    """Add margins. The new room continues the edge's pixels, so that a model has colours to start from.

    Args:
        original: the picture.
        margins: what to add, in pixels.

    Returns:
        The larger picture, and its coverage: 255 in the new room, 0 where the original lies.
    """
    pixels = original.pixels if isinstance(original, Raster) else original
    around = ((margins.top, margins.bottom), (margins.left, margins.right))
    extended = np.pad(pixels, (*around, (0, 0)), mode="edge")
    coverage = np.pad(np.zeros(pixels.shape[:2], np.uint8), around, constant_values=OPAQUE)
    return extended, coverage
