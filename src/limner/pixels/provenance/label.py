"""A visible label in the corner, where somebody must or wants to say it in the picture itself."""

import numpy as np
from PIL import ImageDraw, ImageFont

from limner.pixels.arrays import Pixels, from_pillow, to_pillow

_SHARE = 36
"""The text is one part in so many of the picture's shorter side high, and at least `_LEAST` pixels."""
_LEAST = 11


def labelled(pixels: Pixels, text: str) -> Pixels:
    """Write a label on a dark ground into the lower right corner.

    Args:
        pixels: the picture; it is not changed.
        text: what to say. What does not fit the width is left out of the picture's left edge.
    """
    picture = to_pillow(np.ascontiguousarray(pixels)).convert("RGBA")
    size = max(min(picture.size) // _SHARE, _LEAST)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(picture, "RGBA")
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    pad = size // 2
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    x, y = picture.width - width, picture.height - height
    draw.rectangle((x, y, picture.width, picture.height), fill=(20, 16, 12, 190))
    draw.text((x + pad - left, y + pad - top), text, font=font, fill=(255, 250, 242, 255))
    return from_pillow(picture)
