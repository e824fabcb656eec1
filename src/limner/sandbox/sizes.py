"""Sizes by shape and area, as vendors choose them where they are given no pixels."""

import re
from typing import Final

_RATIO: Final = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")

Size = tuple[int, int]
"""Width and height in pixels."""


def ratio_of(text: str) -> float | None:
    """Width over height, or None where the text is no ratio.

    Example:
        >>> ratio_of("3:2"), ratio_of("auto"), ratio_of("1:0")
        (1.5, None, None)
    """
    found = _RATIO.fullmatch(text)
    if not found or not float(found[1]) or not float(found[2]):
        return None
    return float(found[1]) / float(found[2])


def shaped(ratio: float, area: float, step: int = 16) -> Size:
    """The size of a shape and about an area.

    Args:
        ratio: width over height.
        area: in pixels.
        step: sides are multiples of it.

    Example:
        >>> shaped(16 / 9, 1024 * 1024), shaped(1, 1024 * 1024, 64)
        ((1360, 768), (1024, 1024))
    """
    height = (area / ratio) ** 0.5
    return _stepped(height * ratio, step), _stepped(height, step)


def within(size: Size, area: float, step: int = 16) -> Size:
    """A size, made smaller where it is larger than an area, on the grid.

    Args:
        size: what is wanted.
        area: the most pixels.
        step: sides are multiples of it.

    Example:
        >>> within((641, 479), 1024 * 1024), within((4000, 3000), 1024 * 1024)
        ((640, 480), (1184, 880))
    """
    width, height = size
    if width * height > area:
        return shaped(width / height, area, step)
    return _stepped(width, step), _stepped(height, step)


def _stepped(side: float, step: int) -> int:
    return max(step, round(side / step) * step)
