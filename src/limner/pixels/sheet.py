"""Contact sheets: several pictures side by side, with what they are called."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from limner.core.pictures import Size
from limner.core.placement import fitted
from limner.pixels.arrays import Pixels, from_pillow, size_of, to_pillow
from limner.pixels.raster import Raster
from limner.pixels.resize import contain

_LETTERS: Final = 14
"""Height of a label's letters in pixels."""
_LINE: Final = 22
_ELLIPSIS: Final = "…"

RGBA = tuple[int, int, int, int]
WHITE: Final[RGBA] = (255, 255, 255, 255)
INK: Final[RGBA] = (40, 40, 40, 255)


def sheet(
    pictures: Sequence[Raster | Pixels | None],
    *,
    labels: Sequence[str] = (),
    columns: int | None = None,
    cell: Size = Size(384, 384),  # noqa: B008 - a frozen value
    gap: int = 12,
    background: RGBA = WHITE,
) -> Pixels:
    """Lay pictures out in rows. Each keeps its proportions; none is enlarged.

    Args:
        pictures: at least one. `None`: the place stays empty.
        labels: a line under each picture, in the same order; too long a one is cut off. Absent: none.
        columns: how many side by side. Absent: as many as make the sheet nearly square.
        cell: the most room that a picture gets.
        gap: pixels between pictures and around them.
        background: RGBA under and between them.

    Raises:
        ValueError: there is no picture.
    """
    if not pictures:
        raise ValueError("a contact sheet needs a picture")
    across = min(columns or ceil(sqrt(len(pictures))), len(pictures))
    down = ceil(len(pictures) / across)
    line = _LINE if labels else 0
    page = Image.new(
        "RGBA",
        (gap + across * (cell.width + gap), gap + down * (cell.height + line + gap)),
        background,
    )
    for place, picture in enumerate(pictures):
        left = gap + place % across * (cell.width + gap)
        top = gap + place // across * (cell.height + line + gap)
        if picture is not None:
            _put(page, picture, cell, (left, top))
        if place < len(labels):
            _write(page, labels[place], cell.width, (left, top + cell.height))
    return from_pillow(page)


def _put(page: Image.Image, picture: Raster | Pixels, cell: Size, corner: tuple[int, int]) -> None:
    pixels = picture.pixels if isinstance(picture, Raster) else picture
    size = size_of(pixels)
    if size.width > cell.width or size.height > cell.height:
        pixels = contain(pixels, cell)
        size = fitted(size, cell)
    left = corner[0] + (cell.width - size.width) // 2
    top = corner[1] + (cell.height - size.height) // 2
    page.alpha_composite(to_pillow(np.ascontiguousarray(pixels)), (left, top))


def _write(page: Image.Image, label: str, width: int, corner: tuple[int, int]) -> None:
    font = ImageFont.load_default(_LETTERS)
    draw = ImageDraw.Draw(page)
    words = label
    while words and draw.textlength(words, font) > width:
        words = words.removesuffix(_ELLIPSIS)[:-1] + _ELLIPSIS if words != _ELLIPSIS else ""
    draw.text((corner[0] + width / 2, corner[1] + _LINE / 2), words, INK, font, "mm")
