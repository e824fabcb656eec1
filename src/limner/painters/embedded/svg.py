"""SVG to pixels."""

import io

import numpy as np
import resvg_py
from PIL import Image

from limner.painters.embedded.rasters import Pixels


def document(body: str, view: tuple[float, float, float, float], width: int, height: int) -> str:
    """A whole SVG file around some elements.

    Args:
        body: the elements.
        view: left, top, width and height of what is seen, in the elements' units.
        width: in pixels.
        height: in pixels.
    """
    seen = " ".join(f"{number:g}" for number in view)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{seen}">{body}</svg>'
    )


def render(svg: str) -> Pixels:
    """Render an SVG in its own size, as RGBA."""
    with Image.open(io.BytesIO(png(svg))) as picture:
        return np.array(picture.convert("RGBA"))


def png(svg: str) -> bytes:
    """Render an SVG in its own size. No font of the machine is used."""
    return resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
