"""Which way up a picture is shown."""

from typing import Final

from PIL import Image

from limner.pixels.exif import ORIENTATION, read

TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a stored picture upright, by orientation. 1 needs nothing."""


def swaps(orientation: int) -> bool:
    """Whether width and height change places.

    Example:
        >>> swaps(6), swaps(3)
        (True, False)
    """
    return orientation >= 5  # noqa: PLR2004 - 5..8 are the quarter turns of the EXIF standard


def read_orientation(exif: bytes) -> int:
    """Find the orientation in an EXIF block.

    Args:
        exif: the block. Empty or broken: upright.

    Returns:
        1..8 as the EXIF standard numbers them; 1 is upright.
    """
    found = read(exif, ORIENTATION).get(ORIENTATION)
    number = found.number if found is not None else None
    return number if number in TURNS else 1
