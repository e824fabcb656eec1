"""Arrays as people hand them in: 8 bits, booleans or fractions, grey or colour."""

from typing import Final

import numpy as np

from limner.core.errors import UserError
from limner.core.pictures import Format
from limner.pixels.encode import encode

_GREY_DIMENSIONS: Final = 2
_BANDS: Final = (1, 3, 4)
_WHITE: Final = 255


def encoded(value: object) -> bytes:
    """Encode an array as a PNG.

    Args:
        value: height × width, or height × width × 1, 3 or 4: `uint8` 0..255, booleans, or floating
            point 0..1.

    Raises:
        UserError: it has another shape or type, or values out of range.

    Example:
        >>> encoded(np.zeros((2, 2), bool))[1:4]
        b'PNG'
    """
    array = np.asarray(value)
    if array.ndim == _GREY_DIMENSIONS:
        array = array[..., None]
    if array.ndim != _GREY_DIMENSIONS + 1 or array.shape[2] not in _BANDS or array.size == 0:
        raise _refusal(f"its shape is {array.shape}")
    if array.dtype == np.bool_:
        array = array * np.uint8(_WHITE)
    elif np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise _refusal("its fractions are not all from 0 to 1")
        array = np.rint(array * _WHITE).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise _refusal(f"its type is {array.dtype}")
    grey = array.shape[2] == 1
    return encode(np.ascontiguousarray(array[..., 0] if grey else array), Format.PNG, keep_alpha=True)


def _refusal(why: str) -> UserError:
    return UserError(
        f"The array is no picture: {why}.",
        code="invalid_array",
        field="images",
        remedy="Give height × width (× 3 or 4) as uint8 0..255, booleans, or fractions 0..1.",
    )
