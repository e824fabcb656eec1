"""`generate`: a scene from a prompt."""

from typing import Final

from limner.core.adapter import Artifact, Done, Order
from limner.core.painter import Cancelled, Progress
from limner.core.pictures import Size
from limner.painters.embedded.rasters import encode
from limner.painters.embedded.reading import read
from limner.painters.embedded.sketch.compose import compose

_SIZE: Final = Size(1024, 1024)


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Paint as many variants as asked, each with the next seed."""
    request = order.request
    size = request.size or order.model.sizes.default or _SIZE
    first = request.seed or 0
    made: list[Artifact] = []
    for number in range(request.n):
        cancelled()
        prompt = f"{request.prompt} {request.style or ''}"
        brief = read(prompt, first + number, request.negative_prompt or "")
        picture = compose(brief, size, first + number, cancelled)
        made.append(Artifact(encode(picture), "image/png", seed=first + number))
        progress((number + 1) / request.n)
    return Done(tuple(made))
