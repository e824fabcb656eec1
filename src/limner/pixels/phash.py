"""A perceptual hash: pictures that look alike have hashes that differ in few bits.

The DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
https://www.phash.org/docs/pubs/thesis_zauner.pdf: a grey 32 × 32 copy, its 8 × 8 lowest frequencies
without the mean, one bit for each: above their median or not.
"""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from limner.pixels.arrays import Pixels, on_grey
from limner.pixels.raster import Raster

_COPY: Final = 32
_KEPT: Final = 8

NEAR: Final = 10
"""Bits in which pictures differ that a person calls the same: scaled, compressed, slightly recoloured."""


def phash(picture: Raster | Pixels) -> int:
    """Hash what a picture looks like.

    Args:
        picture: decoded. Transparency shows grey.

    Returns:
        64 bits, as 0..2⁶⁴−1.
    """
    pixels = picture.pixels if isinstance(picture, Raster) else picture
    small = cv2.resize(on_grey(pixels), (_COPY, _COPY), interpolation=cv2.INTER_AREA)
    low = cast("NDArray[np.float32]", cv2.dct(small.astype(np.float32)))[: _KEPT + 1, : _KEPT + 1]
    low = low[1:, 1:].ravel()  # the first row and column are the mean, which says nothing of the shape
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ.

    Example:
        >>> distance(0b1010, 0b0110)
        2
    """
    return (one ^ other).bit_count()
