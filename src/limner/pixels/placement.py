"""Which part of a picture is sent, in which size, and how the answer goes back in its place.

Pure geometry, but for `prepare` and `restore`, which apply it.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from limner.core.pictures import Size
from limner.pixels.arrays import OPAQUE, Coverage, Pixels, size_of
from limner.pixels.box import Box
from limner.pixels.mask import snapped
from limner.pixels.raster import Raster
from limner.pixels.resize import fitted, scale

__all__ = ["Box", "Placement", "crop_for", "place", "prepare", "prepare_coverage", "restore"]


@dataclass(frozen=True, slots=True)
class Placement:
    """A part of the source, and where it lies in the picture that is sent."""

    box: Box
    """The part of the source."""
    sent: Size
    """Of the picture sent."""
    content: Box
    """Where the part lies in it. The rest is padding: the edge's pixels go on."""


def crop_for(
    bounds: Box,
    size: Size,
    *,
    context: float = 0.25,
    ratio: Fraction | None = None,
    least: int = 64,
) -> Box:
    """Choose the part of a picture to send so that a region can be repainted with what surrounds it.

    Args:
        bounds: what must be inside.
        size: the picture's.
        context: how much to add at each side, as a part of the region's longer side.
        ratio: width over height that the part should have; it is reached as far as the picture
            allows. Absent: any.
        least: the shortest side to choose, as far as the picture allows.

    Returns:
        A box inside the picture that contains `bounds`.

    Example:
        >>> crop_for(Box(40, 40, 60, 60), Size(100, 100), context=0.5, least=1)
        Box(left=30, top=30, right=70, bottom=70)
    """
    margin = round(max(bounds.width, bounds.height) * context)
    width = max(bounds.width + 2 * margin, least)
    height = max(bounds.height + 2 * margin, least)
    if ratio is not None:
        width, height = max(width, round(height * ratio)), max(height, round(width / ratio))
    left, right = _span(bounds.left, bounds.right, width, size.width)
    top, bottom = _span(bounds.top, bounds.bottom, height, size.height)
    return Box(left, top, right, bottom)


def _span(start: int, end: int, length: int, most: int) -> tuple[int, int]:
    """A stretch of `length` around a smaller one, moved inside 0..most."""
    length = min(length, most)
    first = start - (length - (end - start)) // 2
    first = min(max(first, 0), most - length)
    return first, first + length


def place(box: Box, sent: Size) -> Placement:
    """Put a part of the source into the middle of the size that is sent, as large as it fits.

    Args:
        box: the part of the source.
        sent: the size to send.

    Example:
        >>> place(Box(0, 0, 200, 100), Size(100, 100)).content
        Box(left=0, top=25, right=100, bottom=75)
    """
    inner = fitted(box.size, sent)
    left, top = (sent.width - inner.width) // 2, (sent.height - inner.height) // 2
    return Placement(box, sent, Box(left, top, left + inner.width, top + inner.height))


def prepare(source: Raster | Pixels, placement: Placement) -> Pixels:
    """Cut out, scale and pad: the picture to send.

    Args:
        source: the whole picture.
        placement: as `place` made it.
    """
    pixels = source.pixels if isinstance(source, Raster) else source
    inner = scale(pixels, placement.content.size, box=placement.box)
    content, sent = placement.content, placement.sent
    if content == Box.of(sent):
        return inner
    around = (
        (content.top, sent.height - content.bottom),
        (content.left, sent.width - content.right),
        (0, 0),
    )
    return np.pad(inner, around, mode="edge")


def prepare_coverage(coverage: Coverage, placement: Placement) -> Coverage:
    """The mask over the picture that is sent. What is covered in part counts as covered; padding is kept.

    Args:
        coverage: of the whole picture, as `mask.read` makes it.
        placement: as `place` made it.
    """
    inner = snapped(coverage[placement.box.slices], placement.content.size)
    sent = np.zeros((placement.sent.height, placement.sent.width), np.uint8)
    sent[placement.content.slices] = np.where(inner, np.uint8(OPAQUE), np.uint8(0))
    return sent


def restore(result: Pixels, placement: Placement) -> Pixels:
    """Take the content out of the answer and scale it back to the part's own size.

    Args:
        result: the answer; when its size is not the one sent, the content is looked for in proportion.
        placement: as it was sent.
    """
    return scale(result, placement.box.size, box=_in_proportion(placement, size_of(result)))


def _in_proportion(placement: Placement, came: Size) -> Box:
    content, sent = placement.content, placement.sent
    if came == sent:
        return content
    across, down = Fraction(came.width, sent.width), Fraction(came.height, sent.height)
    left, top = round(content.left * across), round(content.top * down)
    right, bottom = round(content.right * across), round(content.bottom * down)
    return Box(
        min(left, came.width - 1),
        min(top, came.height - 1),
        max(right, min(left, came.width - 1) + 1),
        max(bottom, min(top, came.height - 1) + 1),
    )
