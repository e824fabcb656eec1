"""What there is to know of a picture without asking anybody: its file, its settings, what it looks like."""

from dataclasses import dataclass

from limner.pixels.colours import Colour, dominant
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.measure import blank, blurred
from limner.pixels.phash import phash
from limner.pixels.probe import Probed
from limner.pixels.raster import decode
from limner.pixels.settings_text import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a picture is."""

    file: Probed
    """What its headers say."""
    settings: Settings | None
    """What it was made with. `None`: the file does not say."""
    colours: tuple[Colour, ...]
    """The main ones, the most frequent first. Empty: it is transparent everywhere."""
    phash: int
    """What it looks like, in 64 bits; `phash.distance` compares two."""
    blank: bool
    """Whether every pixel is nearly the same: perhaps a refusal in disguise."""
    blurred: bool
    """Whether nothing is in focus: likewise."""


def inspect(data: bytes, *, name: str | None = None, limits: Limits = DEFAULT) -> Inspection:
    """Look at a picture.

    Args:
        data: the whole file.
        name: what the caller calls it, for messages. Absent: it has no name.
        limits: what is too much.

    Raises:
        ImageProcessing: as `raster.decode` does.

    Example:
        >>> import numpy as np
        >>> from limner.core.pictures import Format
        >>> from limner.pixels.raster import encode
        >>> inspect(encode(np.full((8, 8, 4), 255, np.uint8), Format.PNG)).blank
        True
    """
    raster = decode(data, limits, name=name)
    return Inspection(
        file=raster.probed,
        settings=read_settings(data),
        colours=dominant(raster),
        phash=phash(raster),
        blank=blank(raster.pixels),
        blurred=blurred(raster.pixels),
    )
