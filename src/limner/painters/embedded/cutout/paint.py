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


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Cut the subject out. A mask, where one is given, is white on the background."""
    request = order.request
    picture = decode(request.images[0].data)
    cancelled()
    if request.operation is Operation.TOOL:
        return Done(
            (Artifact(encode(_selected(picture, cast("EmbeddedOptions", order.options))), "image/png"),)
        )
    alpha = _alpha(picture, order.mask)
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


def _alpha(picture: Pixels, mask: bytes | None) -> Floats:
    if mask is None:
        return matte.matte(picture)
    return 1 - decode_mask(mask).astype(np.float32) / 255


def _selected(picture: Pixels, options: EmbeddedOptions) -> Pixels:
    """A mask, white on what is selected."""
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
        found = matte.at(picture, (x, y))
    elif options.box is not None:
        found = matte.around(picture, cast("matte.Box", options.box))
    else:
        found = matte.matte(picture)
    return np.asarray((found > 0.5) * np.uint8(255), np.uint8)
