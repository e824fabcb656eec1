"""Colours as three numbers from 0 to 1, and what painting does with them."""

import colorsys
import re
from typing import Final

Colour = tuple[float, float, float]
"""Red, green and blue, 0..1."""

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$")
BLACK: Final[Colour] = (0.0, 0.0, 0.0)
WHITE: Final[Colour] = (1.0, 1.0, 1.0)


def hexed(text: str) -> Colour:
    """Read `#rrggbb` or `#rgb`.

    Raises:
        ValueError: it has another form.

    Example:
        >>> hexed("#ff0000")
        (1.0, 0.0, 0.0)
    """
    found = _HEX.match(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a colour")
    digits = found[1] if len(found[1]) > len("rgb") else "".join(digit * 2 for digit in found[1])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def written(colour: Colour) -> str:
    """Write it as `#rrggbb`.

    Example:
        >>> written((1.0, 0.5, 0.0))
        '#ff8000'
    """
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in colour)


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Some way from one colour to the other; 0 is the one, 1 the other."""
    return (
        one[0] + (other[0] - one[0]) * part,
        one[1] + (other[1] - one[1]) * part,
        one[2] + (other[2] - one[2]) * part,
    )


def lit(colour: Colour, light: Colour) -> Colour:
    """The colour under a coloured light."""
    return colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]


def brightness(colour: Colour) -> float:
    """How bright it looks, 0..1."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def darker(colour: Colour, part: float) -> Colour:
    """Towards black."""
    return mix(colour, BLACK, part)


def lighter(colour: Colour, part: float) -> Colour:
    """Towards white."""
    return mix(colour, WHITE, part)


def turned(colour: Colour, hue: float, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """Turn the hue by a part of the circle, and scale saturation and value."""
    h, s, v = colorsys.rgb_to_hsv(*(min(1.0, max(0.0, part)) for part in colour))
    return colorsys.hsv_to_rgb((h + hue) % 1.0, min(1.0, s * saturation), min(1.0, v * value))


def hued(colour: Colour, towards: Colour, part: float) -> Colour:
    """Take on another colour's hue while keeping about the same brightness."""
    goal = brightness(colour)
    own = brightness(towards)
    if goal > own:
        return mix(colour, mix(towards, WHITE, (goal - own) / (1 - own)), part)
    dim = goal / max(own, 1e-6)
    return mix(colour, lit(towards, (dim, dim, dim)), part)
