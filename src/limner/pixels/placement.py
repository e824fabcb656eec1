"""A part of a picture as it is sent, and the answer back in its place."""

from fractions import Fraction

import numpy as np

from limner.core.pictures import Box, Size
from limner.core.placement import Placement
from limner.pixels.arrays import OPAQUE, Coverage, Pixels, size_of
from limner.pixels.mask import snapped
from limner.pixels.raster import Raster
from limner.pixels.resize import scale


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
