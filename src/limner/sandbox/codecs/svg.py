"""SVG: two shapes in the picture's own colours."""

from limner.sandbox.codecs.painting import Colour, Painting


def encode(painting: Painting) -> bytes:
    """Write an SVG of the same size."""
    width, height, palette = painting.width, painting.height, painting.palette
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><rect width="100%" height="100%" fill="{_hex(palette[4])}"/>'
        f'<circle cx="50%" cy="50%" r="{min(width, height) // 3}" fill="{_hex(palette[10])}"/></svg>'
    ).encode()


def _hex(colour: Colour) -> str:
    return f"#{bytes(colour[:3]).hex()}"
