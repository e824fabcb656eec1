"""The pictures of a comparison side by side, in one picture."""

from limner.core.errors import ImageProcessing
from limner.core.money import Certainty, Cost, dollars
from limner.core.pictures import Format
from limner.engine.compare.comparison import LETTERS, Compared, Comparison
from limner.pixels.encode import encode
from limner.pixels.raster import Raster, decode
from limner.pixels.sheet import sheet as laid_out

_SEEN = 768
"""Pixels of the longer side that are enough for a sheet."""


def sheet(comparison: Comparison) -> bytes:
    """Lay all pictures out, each with its letter, model, cost and time; one that failed has an empty place.

    Args:
        comparison: that is over.

    Returns:
        A PNG.
    """
    pictures: list[Raster | None] = []
    labels: list[str] = []
    for letter, each in zip(LETTERS, comparison.entries, strict=False):
        found = _pictures(each)
        pictures += found
        labels += [f"{letter}  {_label(each)}"] * len(found)
    return encode(laid_out(pictures, labels=labels), Format.PNG)


def _pictures(each: Compared) -> list[Raster | None]:
    if each.result is None:
        return [None]
    return [_decoded(image.picture.data) for image in each.result.images]


def _decoded(data: bytes) -> Raster | None:
    """Its pixels. `None`: it has none, being a drawing."""
    try:
        return decode(data, at_least=_SEEN)
    except ImageProcessing:
        return None


def _label(each: Compared) -> str:
    if each.result is None:
        return f"{each.candidate.title} · failed"
    return f"{each.candidate.title} · {cost_text(each.cost)} · {each.seconds:.1f} s"


def cost_text(cost: Cost) -> str:
    """A cost in a word or two."""
    if cost.usd is None or cost.kind is Certainty.UNKNOWN:
        return "cost unknown" if cost.native is None else str(cost.native)
    if cost.usd == 0:
        return "free"
    return f"{'about ' if cost.kind is Certainty.ESTIMATED else ''}{dollars(cost.usd)}"
