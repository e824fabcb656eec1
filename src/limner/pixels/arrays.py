"""The shapes of arrays that this room hands around, and the ways in and out of Pillow."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.core.pictures import Size

Pixels = NDArray[np.uint8]
"""Height × width × 4: red, green, blue, alpha; not premultiplied."""
Coverage = NDArray[np.uint8]
"""Height × width: 255 repaints fully, 0 keeps."""

OPAQUE: Final = 255
_MIDDLE: Final = 128
_AT_ONCE: Final = 1 << 22
"""Pixels that are copied in one piece. Pillow needs twice the memory of what it hands out."""


def size_of(array: NDArray[np.uint8]) -> Size:
    """Width and height of an array.

    Example:
        >>> str(size_of(np.zeros((2, 3, 4), np.uint8)))
        '3x2'
    """
    return Size(int(array.shape[1]), int(array.shape[0]))


def is_opaque(pixels: Pixels) -> bool:
    """Whether nothing shows through anywhere."""
    return bool(pixels[..., 3].min() == OPAQUE)


def words(pixels: Pixels) -> NDArray[np.uint32]:
    """The same pixels as one number each, so that comparing and copying takes one step.

    Args:
        pixels: any RGBA array; the four samples of a pixel lie together.
    """
    if pixels.strides[-1] != 1:
        pixels = np.ascontiguousarray(pixels)
    return pixels.view(np.uint32)[..., 0]


def on_grey(pixels: Pixels) -> NDArray[np.uint8]:
    """What is seen, as levels of grey; what is not, as the middle one.

    Args:
        pixels: the picture.
    """
    grey = cast("NDArray[np.uint8]", cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGBA2GRAY))
    if is_opaque(pixels):
        return grey
    share = pixels[..., 3].astype(np.float32) / OPAQUE
    return np.rint(grey * share + _MIDDLE * (1 - share)).astype(np.uint8)


def to_pillow(array: NDArray[np.uint8]) -> Image.Image:
    """Lend an array to Pillow: `L`, `RGB` or `RGBA` by its shape. Contiguous arrays are not copied."""
    return Image.fromarray(array)


def from_pillow(picture: Image.Image) -> NDArray[np.uint8]:
    """Take an 8-bit picture's samples. The array is read-only.

    Args:
        picture: in mode `L`, `RGB` or `RGBA`.
    """
    bands = len(picture.getbands())
    shape = (picture.height, picture.width) if bands == 1 else (picture.height, picture.width, bands)
    if picture.width * picture.height <= _AT_ONCE:
        return np.frombuffer(picture.tobytes(), np.uint8).reshape(shape)
    array = np.empty(shape, np.uint8)
    rows = max(1, _AT_ONCE // picture.width)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        array[top : top + rows] = np.frombuffer(strip.tobytes(), np.uint8).reshape(-1, *shape[1:])
    array.flags.writeable = False
    return array
