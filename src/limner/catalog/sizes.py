"""Which size to ask for when the model does not make exactly the one that is wanted. Pure arithmetic."""

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, isqrt, lcm, log
from typing import Final

from limner.core.errors import UserError
from limner.core.models import FreeSizes, Sizes
from limner.core.pictures import Size

_SHAPE: Final = 8
"""How much more a change of shape weighs than the same change of area."""
_TRIM: Final = 0.02
"""A change of shape so small that cutting it off beats sampling every pixel anew."""
USUAL: Final = Size(1024, 1024)
"""What is meant where nobody says how large."""


def parse_ratio(text: str) -> Fraction:
    """Read an aspect ratio, width over height: `16:9`, `16/9`, `1.91:1`, `1.5`.

    Raises:
        UserError: it has another form, or a side is not positive.

    Example:
        >>> parse_ratio("16:9"), parse_ratio("1.5")
        (Fraction(16, 9), Fraction(3, 2))
    """
    cleaned = text.strip().lower().replace("/", ":").replace("x", ":").replace("×", ":")
    width, colon, height = cleaned.partition(":")
    try:
        if not all(part.isascii() and part.replace(".", "", 1).isdigit() for part in (width, height or "1")):
            raise ValueError(text)  # noqa: TRY301 -- one error for all that is wrong
        ratio = Fraction(width) / Fraction(height if colon else "1")
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if ratio <= 0:
        raise UserError(
            f"The aspect ratio {text!r} cannot be read.",
            code="invalid_aspect_ratio",
            field="aspect_ratio",
            remedy="Write it as WIDTH:HEIGHT, such as 16:9, or leave it out.",
        )
    return ratio


def legal(free: FreeSizes, size: Size) -> bool:
    """Whether a model with free sizes makes exactly this one."""
    short, long = sorted((size.width, size.height))
    return (
        size.width % free.multiple == 0
        and size.height % free.multiple == 0
        and free.least_edge <= short
        and long <= free.most_edge
        and free.least_pixels <= size.pixels <= free.most_pixels
        and long <= free.widest * short
    )


def makes(sizes: Sizes, size: Size) -> bool:
    """Whether a model makes exactly this size."""
    return size in sizes.fixed or (sizes.free is not None and legal(sizes.free, size))


def nearest(sizes: Sizes, wanted: Size) -> Size:
    """The size to ask for, so that as little as possible is lost when the answer is cut to `wanted`.

    A size the model makes is returned as it is. Landscape stays landscape and portrait portrait where
    there is one. Of fixed sizes, the closest in shape, then the smallest that is not smaller. Of
    free ones, `wanted` rounded up when that hardly changes the shape; else one that need not be
    enlarged afterwards, or as little as the bounds allow, close in shape, and no larger than need be.

    Args:
        sizes: the model's, with fixed or free ones.
        wanted: what to come close to.

    Raises:
        ValueError: the model takes no sizes in pixels.

    Example:
        >>> str(nearest(Sizes(free=FreeSizes(multiple=16)), Size(1920, 1080)))
        '1920x1088'
    """
    if makes(sizes, wanted):
        return wanted
    if sizes.free is not None:
        return _nearest_free(sizes.free, wanted)
    if not sizes.fixed:
        raise ValueError("the model takes no sizes in pixels")
    return min(sizes.fixed, key=lambda size: _loss_fixed(size, wanted))


def _loss_fixed(size: Size, wanted: Size) -> tuple[bool, float, bool, int]:
    return (
        _turned(size, wanted),
        round(_change(size.ratio, wanted.ratio), 6),
        size.pixels < wanted.pixels,
        abs(size.pixels - wanted.pixels),
    )


def _nearest_free(free: FreeSizes, wanted: Size) -> Size:
    rounded = Size(_up(wanted.width, free.multiple), _up(wanted.height, free.multiple))
    if legal(free, rounded) and _change(rounded.ratio, wanted.ratio) <= _TRIM:
        return rounded
    # The bounds are the same for both sides, so the closest shape is never turned.
    shape, area = log(wanted.width / wanted.height), log(wanted.pixels)

    def loss(size: Size) -> tuple[float, float]:
        enlarged = max(1.0, wanted.width / size.width, wanted.height / size.height)
        reshaped = abs(log(size.width / size.height) - shape)
        return enlarged, _SHAPE * reshaped + abs(log(size.pixels) - area)

    return min(_near(free, wanted), key=loss)


def possible(free: FreeSizes) -> Size | None:
    """Any size that keeps all the bounds. `None`: they contradict each other."""
    return next(_near(free, USUAL), None)


def _near(free: FreeSizes, wanted: Size) -> Iterator[Size]:
    """For every legal width the legal heights next to the wanted shape, the wanted height and a square."""
    step = free.multiple
    long, short = free.widest.numerator, free.widest.denominator
    for width in range(_up(free.least_edge, step), free.most_edge + 1, step):
        low = _up(max(free.least_edge, -(-width * short // long), -(-free.least_pixels // width)), step)
        high = min(free.most_edge, width * long // short, free.most_pixels // width) // step * step
        if low > high:
            continue
        shaped = width * wanted.height // wanted.width // step * step
        for height in {shaped, shaped + step, _up(wanted.height, step), width}:
            yield Size(width, min(max(height, low), high))


def nearest_ratio(names: tuple[str, ...], wanted: Fraction) -> str:
    """Of the ratios a model takes by name, the closest; landscape stays landscape where there is one.

    Example:
        >>> nearest_ratio(("1:1", "16:9", "9:16"), Fraction(3, 2))
        '16:9'
    """

    def loss(name: str) -> tuple[bool, float]:
        ratio = parse_ratio(name)
        return (ratio - 1) * (wanted - 1) < 0, _change(ratio, wanted)

    return min(names, key=loss)


def of_ratio(sizes: Sizes, ratio: Fraction) -> Size:
    """The size to ask for when only a shape is wanted: about as many pixels as the model makes by default.

    Args:
        sizes: the model's, with fixed or free ones.
        ratio: width over height.

    Example:
        >>> str(of_ratio(Sizes(free=FreeSizes(multiple=16)), Fraction(16, 9)))
        '1280x720'
    """
    pixels = (sizes.default or USUAL).pixels
    if sizes.free is not None:
        exact = list(_exact(sizes.free, ratio))
        if exact:
            return min(exact, key=lambda size: abs(log(size.pixels / pixels)))
    height = max(1, isqrt(int(pixels / ratio)))
    return nearest(sizes, Size(max(1, round(height * ratio)), height))


def _exact(free: FreeSizes, ratio: Fraction) -> Iterator[Size]:
    """All legal sizes of exactly this shape, from small to large."""
    across, down = ratio.numerator, ratio.denominator
    step = lcm(free.multiple // gcd(free.multiple, across), free.multiple // gcd(free.multiple, down))
    for scale in range(step, free.most_edge // max(across, down) + 1, step):
        size = Size(across * scale, down * scale)
        if legal(free, size):
            yield size


def cut(size: Size, ratio: Fraction) -> Size:
    """The largest size of a shape, to the pixel, that can be cut out of another.

    Example:
        >>> str(cut(Size(1536, 1024), Fraction(16, 9)))
        '1536x864'
    """
    if size.ratio > ratio:
        return Size(max(1, round(size.height * ratio)), size.height)
    return Size(size.width, max(1, round(size.width / ratio)))


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _change(one: Fraction, other: Fraction) -> float:
    return abs(log(one / other))


def _turned(size: Size, wanted: Size) -> bool:
    """Whether landscape became portrait or the other way round. A square is neither."""
    return (size.width - size.height) * (wanted.width - wanted.height) < 0
