"""`remove_background`, `replace_background`, and the tool `limner/select`, which gives a mask."""

from typing import Final, cast

import numpy as np

from limner.core.adapter import Artifact, Done, Order
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.painter import Cancelled, Progress
from limner.painters.embedded.cutout import matte
from limner.painters.embedded.cutout.lift import behind, lift
from limner.painters.embedded.noise import Floats
from limner.painters.embedded.options import EmbeddedOptions
from limner.painters.embedded.rasters import Pixels, decode, decode_mask, encode

_NOTHING: Final = "No subject stands out from its surroundings: nothing was cut out."
_FEWEST: Final = 0.002
"""A smaller part of the picture is no subject."""
_HALF: Final = 0.5


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Cut the subject out: what a mask, white on the background, leaves; else what is clicked or boxed."""
    request = order.request
    picture = decode(request.images[0].data)
    cancelled()
    options = cast("EmbeddedOptions", order.options)
    if request.operation is Operation.TOOL:
        selected = np.asarray((_found(picture, options) > _HALF) * np.uint8(255), np.uint8)
        return Done((Artifact(encode(selected), "image/png"),))
    alpha = _found(picture, options) if order.mask is None else _left(order.mask)
    progress(0.5)
    cancelled()
    note = _NOTHING if float(alpha.mean()) < _FEWEST else None
    if note:
        alpha = np.ones_like(alpha)
    if request.operation is Operation.REMOVE_BACKGROUND:
        return Done((Artifact(encode(lift(picture, alpha)), "image/png", note=note),))
    first, made = request.seed or 0, list[Artifact]()
    for number in range(request.n):
        cancelled()
        put = behind(picture, alpha, request.prompt, first + number)
        made.append(Artifact(encode(put), "image/png", seed=first + number, note=note))
        progress(0.5 + 0.5 * (number + 1) / request.n)
    return Done(tuple(made))


def _left(mask: bytes) -> Floats:
    """What a mask, white on the background, leaves."""
    return 1 - decode_mask(mask).astype(np.float32) / 255


def _found(picture: Pixels, options: EmbeddedOptions) -> Floats:
    """The matte of what is clicked, of what is in the box, or of the chief subject."""
    if options.point is not None:
        x, y = options.point
        height, width = picture.shape[:2]
        if not (0 <= x < width and 0 <= y < height):
            raise UserError(
                f"The point {x:g}, {y:g} is outside the picture, which is {width}x{height}.",
                code="out_of_range",
                field="options.point",
                remedy="Give a pixel of the picture.",
            )
        return matte.at(picture, (x, y))
    if options.box is not None:
        return matte.around(picture, cast("matte.Box", options.box))
    return matte.matte(picture)
