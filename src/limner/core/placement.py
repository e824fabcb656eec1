"""Which part of a picture is sent, in which size, and where it lies in what is sent: pure geometry."""

from dataclasses import dataclass
from fractions import Fraction

from limner.core.pictures import Box, Size


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


def fitted(source: Size, into: Size) -> Size:
    """The largest size of the source's proportions that fits.

    Example:
        >>> str(fitted(Size(200, 100), Size(50, 50)))
        '50x25'
    """
    if source.width * into.height >= source.height * into.width:
        return Size(into.width, max(1, round(source.height * into.width / source.width)))
    return Size(max(1, round(source.width * into.height / source.height)), into.height)
