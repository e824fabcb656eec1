"""`generate`: variants of an icon, as PNG or SVG."""

from typing import Final

import numpy as np

from limner.core.adapter import Artifact, Done, Order
from limner.core.painter import Cancelled, Progress
from limner.core.pictures import Format, Size
from limner.painters.embedded.icon.design import design, svg
from limner.painters.embedded.rasters import Pixels, encode
from limner.painters.embedded.svg import png, render

_SIZE: Final = Size(512, 512)


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Draw as many variants as asked. The seed says with which look to begin."""
    request = order.request
    size = request.size or order.model.sizes.default or _SIZE
    first = request.seed or 0
    made: list[Artifact] = []
    for number in range(request.n):
        cancelled()
        icon = design(request.prompt, first + number, filled=request.background == "opaque")
        text = svg(icon, min(size.width, size.height))
        if request.format is Format.SVG:
            data, kind = text.encode(), Format.SVG.media_type
        elif size.width == size.height:
            data, kind = png(text), Format.PNG.media_type
        else:
            data, kind = encode(_centred(render(text), size)), Format.PNG.media_type
        made.append(Artifact(data, kind, seed=first + number))
        progress((number + 1) / request.n)
    return Done(tuple(made))


def _centred(square: Pixels, size: Size) -> Pixels:
    """An icon is square: in a wider or taller picture it stands in the middle, nothing around it."""
    side = square.shape[0]
    canvas = np.zeros((size.height, size.width, 4), np.uint8)
    top, left = (size.height - side) // 2, (size.width - side) // 2
    canvas[top : top + side, left : left + side] = square
    return canvas
