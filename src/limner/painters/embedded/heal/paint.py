"""`erase` and `inpaint` fill the mask from what surrounds it; `outpaint` continues the edges."""

from collections.abc import Callable
from typing import Final

import numpy as np

from limner.core.adapter import Artifact, Done, Order
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.painter import Cancelled, Progress
from limner.core.pictures import NO_MARGINS, Margins, Size
from limner.core.requests import Tier
from limner.painters.embedded.heal import exemplar, outpaint, smooth
from limner.painters.embedded.heal.windows import windows
from limner.painters.embedded.rasters import Pixels, decode, decode_mask, hand_over

_FAINT: Final = 12
"""A mask lighter than this, of 255, counts: a feathered edge is healed too."""
_SCRATCH: Final = 2.5
"""Half a hole's width in pixels up to which the fast way cannot be told from the slow one."""
_MARGIN: Final = 0.12
"""Surroundings looked at, as a part of the picture's longer side."""
_MARGINS: Final = (48, 192)
"""Fewest and most pixels of surroundings."""
_TOO_MUCH: Final = 0.97
"""With a larger share of hole there is nothing to take examples from."""
_REACH: Final = 1.0
"""Surroundings looked at, as a part of a spot's smaller side."""
_FAST_MARGIN: Final = 8
_EFFORT: Final = {Tier.HIGH: 2.0, Tier.ULTRA: 3.0}

CANNOT_READ_WORDS: Final = "This painter follows no words here: the prompt was not used."
CANNOT_READ: Final = (
    "The healing painter continues what surrounds the mask. It follows no words: the prompt was not used."
)


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Heal the picture as many times as asked, each with the next seed."""
    request = order.request
    mend = _extension(order) if order.mask is None else _healing(order, order.mask)
    first = request.seed or 0
    note = CANNOT_READ if request.prompt.strip() else None
    made: list[Artifact] = []
    for number in range(request.n):

        def tick(part: float, done: int = number) -> None:
            cancelled()
            progress((done + part) / request.n)

        mended = hand_over(mend(first + number, tick))
        made.append(Artifact(mended, "image/png", seed=first + number, note=note))
    return Done(tuple(made))


Mend = Callable[[int, Progress], Pixels]


def _healing(order: Order, mask: bytes) -> Mend:
    picture, where = decode(order.request.images[0].data), decode_mask(mask)
    return lambda seed, tick: heal(picture, where, seed, order.request.quality or Tier.STANDARD, tick)


def _extension(order: Order) -> Mend:
    """What outpainting does when it is given margins, or a size to reach, instead of a mask."""
    request = order.request
    if request.operation is not Operation.OUTPAINT:
        raise UserError(
            "Healing needs a mask.",
            code="missing_mask",
            field="mask",
            remedy="Give a picture that is white where the image may change and black elsewhere.",
        )
    picture = decode(request.images[0].data)
    margins = request.margins
    if margins == NO_MARGINS and request.size is not None:
        margins = Margins.to(Size(picture.shape[1], picture.shape[0]), request.size)
    effort = _EFFORT.get(request.quality or Tier.STANDARD, 1.0)
    return lambda seed, tick: outpaint.extend(picture, margins, seed, effort, tick)


def heal(
    picture: Pixels,
    mask: Pixels,
    seed: int,
    tier: Tier = Tier.STANDARD,
    tick: Progress = lambda _: None,
) -> Pixels:
    """Fill the white part of a mask.

    Args:
        picture: RGB or RGBA.
        mask: one channel of the same size, 255 where to fill.
        seed: the same seed gives the same pixels.
        tier: `draft` takes the fast way everywhere; better tiers search longer.
        tick: called with 0..1 now and then; it may raise to stop.

    Returns:
        A new picture. Where the mask is black it equals the old one.
    """
    hole = mask > _FAINT
    healed = picture.copy()
    if not hole.any() or hole.all():
        return healed
    fast = tier is Tier.DRAFT or exemplar.thickness(hole) <= _SCRATCH
    if fast:
        spots = windows(hole.astype(np.uint8), _FAST_MARGIN)
    else:
        spots = windows(hole.astype(np.uint8), int(np.clip(max(hole.shape) * _MARGIN, *_MARGINS)), _REACH)
    for number, spot in enumerate(spots):
        gap = hole[spot.cut]

        def inner(part: float, done: int = number) -> None:
            tick((done + part) / len(spots))

        inner(0)
        if fast or gap.mean() > _TOO_MUCH:
            healed[spot.cut] = smooth.fill(picture[spot.cut], gap)
        else:
            healed[spot.cut] = exemplar.fill(
                picture[spot.cut], gap, seed, effort=_EFFORT.get(tier, 1.0), tick=inner
            )
    return healed
