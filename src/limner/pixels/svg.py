"""SVG: what a drawing says of its size. It is never rendered here, and no entity of it is expanded.

Source: Scalable Vector Graphics 2, https://www.w3.org/TR/SVG2/ (2018-10-04), 8.
"""

import re
from math import isfinite
from typing import Final

from limner.core.pictures import Size
from limner.pixels import faults

_LOOKED_AT: Final = 65_536
"""Bytes at either end that are read."""
_BEFORE: Final = re.compile(
    rb"\s*(?:<\?[^>]{0,4096}\?>\s*|<!--.{0,16384}?-->\s*|<!DOCTYPE\b[^>\[]{0,4096}>\s*)*", re.DOTALL
)
_ROOT: Final = re.compile(rb"<(?:svg:)?svg\b([^>]{0,16384})>")
_ATTRIBUTE: Final = re.compile(rb"""([\w:.-]{1,64})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LENGTH: Final = re.compile(r"([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)(px|pt|pc|mm|cm|in)?")
_PIXELS: Final = {
    None: 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
}
"""Of one unit, as CSS counts them."""
_DEFAULT: Final = Size(300, 150)
"""What CSS gives a drawing that says nothing of its size."""


def is_svg(data: bytes) -> bool:
    """Whether the bytes begin like a drawing.

    Args:
        data: the file, or at least its first kilobytes.

    Example:
        >>> is_svg(b"<?xml version='1.0'?><!-- a cat --><svg width='3'/>")
        True
    """
    return _root(data) is not None


def _root(data: bytes) -> re.Match[bytes] | None:
    head = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    before = _BEFORE.match(head)
    return _ROOT.match(head, before.end() if before else 0)


def svg_size(data: bytes, name: str | None = None) -> Size:
    """Read the size from the root element: its width and height, or its view box.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` when it is not closed, `damaged_image` when it has no area.

    Example:
        >>> str(svg_size(b"<svg viewBox='0 0 64 32' width='128'></svg>"))
        '128x64'
    """
    root = _root(data)
    closed = data[-_LOOKED_AT:].rstrip().endswith((b"</svg>", b"</svg:svg>"))
    if root is None or not (closed or root[1].endswith(b"/")):
        raise faults.truncated(name, "the drawing is not closed")
    attributes = {
        match[1].decode("latin-1"): (match[2] or match[3] or b"").decode("latin-1")
        for match in _ATTRIBUTE.finditer(root[1])
    }
    width, height = _length(attributes.get("width")), _length(attributes.get("height"))
    box = _box(attributes.get("viewBox", ""))
    if box is not None:
        ratio = box[0] / box[1]
        if width is None:
            width = box[0] if height is None else height * ratio
        height = width / ratio if height is None else height
    size = Size(
        round(_DEFAULT.width if width is None else width),
        round(_DEFAULT.height if height is None else height),
    )
    if min(size.width, size.height) < 1:
        raise faults.damaged(name, f"it claims to be {size}")
    return size


def _length(text: str | None) -> float | None:
    """In pixels; what depends on where it is shown (`100%`, `2em`) says nothing."""
    found = _LENGTH.fullmatch((text or "").strip())
    if found is None:
        return None
    length = float(found[1]) * _PIXELS[found[2]]
    return length if isfinite(length) else None


def _box(text: str) -> tuple[float, float] | None:
    try:
        _, _, width, height = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        return None
    return (width, height) if isfinite(width + height) and min(width, height) > 0 else None
