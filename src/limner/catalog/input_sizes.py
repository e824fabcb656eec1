"""In which size a picture goes to a model."""

from math import sqrt

from limner.core.errors import UserError
from limner.core.models import InputNeeds
from limner.core.pictures import Picture, Size


def sent_size(picture: Picture, needs: InputNeeds, wanted: Size | None = None) -> Size:
    """The size that a picture is sent in: its own, where the model takes that.

    Args:
        picture: probed.
        needs: what the model takes.
        wanted: the size that is asked for, which some models want the picture to have. Absent: none is.

    Raises:
        UserError: it is longer than the model takes.

    Example:
        >>> photo = Picture(b"", size=Size(4000, 3000))
        >>> str(sent_size(photo, InputNeeds(most_edge=2048, multiple=16)))
        '2048x1536'
    """
    if picture.size is None:
        raise TypeError("only probed pictures are sent")
    return needs.letterbox or (wanted if needs.same_size_as_result else None) or bounded(picture.size, needs)


def bounded(size: Size, needs: InputNeeds) -> Size:
    """The nearest size that a model takes, the ratio kept as far as whole pixels allow.

    Args:
        size: the picture's.
        needs: the model's edges and pixels.

    Raises:
        UserError: it is longer than the model takes.
    """
    short, long = sorted((size.width, size.height))
    if needs.widest is not None and long > needs.widest * short:
        raise UserError(
            f"The picture is {size}; the model takes {float(needs.widest):g}:1 at most.",
            code="unsupported_shape",
            field="images",
            remedy="Cut it, or choose another model.",
        )
    factor = 1.0
    if needs.most_edge is not None:
        factor = min(factor, needs.most_edge / long)
    if needs.most_pixels is not None:
        factor = min(factor, sqrt(needs.most_pixels / size.pixels))
    if factor == 1.0:
        factor = max(factor, needs.least_edge / short)
        factor = max(factor, sqrt(needs.least_pixels / size.pixels))
    if factor == 1.0 and size.width % needs.multiple == 0 and size.height % needs.multiple == 0:
        return size
    enlarging = factor > 1.0
    return Size(
        _snap(size.width * factor, needs.multiple, up=enlarging),
        _snap(size.height * factor, needs.multiple, up=enlarging),
    )


def _snap(length: float, multiple: int, *, up: bool) -> int:
    steps = -(-length // multiple) if up else length // multiple
    return max(int(steps), 1) * multiple
