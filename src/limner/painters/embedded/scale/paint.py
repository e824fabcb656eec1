"""`upscale`, and the tool `limner/sharpen`."""

from typing import Final, cast

from limner.core.adapter import Artifact, Done, Order
from limner.core.operations import Operation
from limner.core.painter import Cancelled, Progress
from limner.painters.embedded.heal.paint import CANNOT_READ_WORDS
from limner.painters.embedded.options import EmbeddedOptions
from limner.painters.embedded.rasters import decode, encode
from limner.painters.embedded.scale.enlarge import enlarge, sharpen

_FACTOR: Final = 2.0


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Enlarge the picture by `scale`, or to `size`; or sharpen it in its own size."""
    request = order.request
    picture = decode(request.images[0].data)
    height, width = picture.shape[:2]
    cancelled()
    if request.operation is Operation.TOOL:
        options = cast("EmbeddedOptions", order.options)
        return Done((Artifact(encode(sharpen(picture, options.amount)), "image/png"),))
    factor = request.scale or _FACTOR
    wanted = (round(width * factor), round(height * factor))
    if request.size is not None and request.scale is None:
        wanted = (request.size.width, request.size.height)
    large = enlarge(picture, *wanted)
    progress(0.9)
    cancelled()
    note = CANNOT_READ_WORDS if request.prompt.strip() else None
    return Done((Artifact(encode(large), "image/png", note=note),))
