"""Small copies to look at."""

from typing import Final

from limner.core.pictures import Format, Size
from limner.pixels.encode import encode
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.raster import Raster, decode
from limner.pixels.resize import contain

_GAP: Final = 2
"""How many times larger than the copy a picture is decoded, where its format can do that cheaply."""


def thumbnail(
    source: bytes | Raster,
    edge: int = 512,
    *,
    format: Format = Format.WEBP,  # noqa: A002 - the word of the vocabulary
    quality: int = 80,
    limits: Limits = DEFAULT,
) -> bytes:
    """Make a small copy. A picture that is small already is not enlarged.

    Args:
        source: the file, or its pixels where they are at hand.
        edge: the longer side of the copy, in pixels.
        format: how to encode.
        quality: 0..100 for lossy formats.
        limits: what is too much, of a file.

    Raises:
        ImageProcessing: as `raster.decode` does.
    """
    raster = source if isinstance(source, Raster) else decode(source, limits, at_least=_GAP * edge)
    pixels = raster.pixels
    if max(pixels.shape[:2]) > edge:
        pixels = contain(pixels, Size(edge, edge), fast=True)
    return encode(pixels, format, quality=quality, icc=raster.icc)
