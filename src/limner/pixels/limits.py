"""How much a picture may ask for before any pixel is decoded."""

from dataclasses import dataclass
from typing import Final

_MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that are checked on headers, so that a bomb costs next to nothing.

    Example:
        >>> DEFAULT.most_pixels == 8192 * 8192
        True
    """

    most_bytes: int = 100 * _MEBIBYTE
    """Of the encoded file."""
    most_pixels: int = 8192 * 8192
    """Width times height. A decoded picture takes four bytes for each. Pillow refuses some formats
    above 178 million, whatever stands here."""
    most_edge: int = 65_500
    """Of one side: the longest that JPEG can hold."""
    most_frames: int = 1000
    """Of an animation. Only the first is painted on; the others are counted."""
    most_icc_bytes: int = 4 * _MEBIBYTE
    """Of a colour profile. A longer one is left out, with a note."""


DEFAULT: Final = Limits()
