"""The colours that a picture is made of."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from limner.core.pictures import Size
from limner.core.placement import fitted
from limner.pixels.arrays import OPAQUE, Pixels, size_of, to_pillow
from limner.pixels.raster import Raster

_COPY: Final = 128
"""Longer side, in pixels, of the copy whose colours are counted."""


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour, and how much of the picture it stands for."""

    hex: str
    """`#rrggbb`."""
    share: float
    """0..1 of what is not transparent."""


def dominant(picture: Raster | Pixels, count: int = 5) -> tuple[Colour, ...]:
    """Find the main colours, the most frequent first.

    Args:
        picture: decoded. What is mostly transparent does not count.
        count: how many to look for, 1..256; a picture of fewer colours has fewer.

    Returns:
        None at all for a picture that is transparent everywhere.

    Example:
        >>> dominant(np.full((4, 4, 4), 255, np.uint8))
        (Colour(hex='#ffffff', share=1.0),)
    """
    pixels = picture.pixels if isinstance(picture, Raster) else picture
    size = size_of(pixels)
    if max(size.width, size.height) > _COPY:
        small = fitted(size, Size(_COPY, _COPY))
        picture_small = to_pillow(np.ascontiguousarray(pixels))
        pixels = np.asarray(picture_small.resize((small.width, small.height), Image.Resampling.BOX))
    seen = pixels[pixels[..., 3] > OPAQUE // 2][:, :3]
    if not seen.size:
        return ()
    row = to_pillow(np.ascontiguousarray(seen[None]))
    grouped = row.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    palette = grouped.getpalette() or []
    counts = np.bincount(np.asarray(grouped).ravel(), minlength=count)
    order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    return tuple(
        Colour("#" + bytes(palette[3 * index : 3 * index + 3]).hex(), float(counts[index] / len(seen)))
        for index in order
    )
