"""PNG without compression, for pictures that only change hands inside this process.

Pillow's lowest level still tries every filter on every row; writing the rows as they are is many
times faster, and every decoder reads it.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from limner.pixels.containers.png import SIGNATURE, chunk

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}


def stored_png(array: NDArray[np.uint8], icc: bytes | None = None) -> bytes:
    r"""Write an array as PNG, as fast as memory allows.

    Args:
        array: height × width (grey), or height × width × 3 or 4.
        icc: a profile to embed. Absent: none.

    Example:
        >>> stored_png(np.zeros((1, 1), np.uint8))[:4]
        b'\x89PNG'
    """
    height, width = array.shape[:2]
    bands = 1 if array.ndim == 2 else array.shape[2]  # noqa: PLR2004 - no third axis: grey
    rows = np.empty((height, 1 + width * bands), np.uint8)
    rows[:, 0] = 0
    rows[:, 1:] = array.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[bands], 0, 0, 0)
    profile = chunk(b"iCCP", b"ICC\x00\x00" + zlib.compress(icc)) if icc else b""
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", header),
            profile,
            chunk(b"IDAT", zlib.compress(rows.data, 0)),
            chunk(b"IEND", b""),
        )
    )
