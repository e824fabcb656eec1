"""How large: the size to ask the model for, and the size to deliver."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from limner.catalog.say import Say
from limner.catalog.sizes import cut, makes, nearest, nearest_ratio, of_ratio, parse_ratio
from limner.core.models import Ability, Model, Sizes
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.requests import Request

_PASTED: Final = frozenset({Operation.INPAINT, Operation.ERASE, Operation.OUTPAINT})


@dataclass(frozen=True, slots=True)
class Frame:
    """What goes on the wire, and what comes out in the end."""

    size: Size | None = None
    """To ask for. Absent: the model decides."""
    aspect_ratio: str | None = None
    """To ask for. Absent: the size says it, or the model decides."""
    deliver: Size | None = None
    """To deliver, where it is not simply what comes."""
    scale: float | None = None
    """To ask for, in `upscale`. Absent: the model's own."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What decides besides the wish itself."""

    model: Model
    ability: Ability
    canvas: Size | None
    say: Say

    @property
    def sizes(self) -> Sizes:
        return self.model.sizes

    @property
    def in_pixels(self) -> bool:
        """Whether a size in pixels can be asked for."""
        return self.ability.size and bool(self.sizes.fixed or self.sizes.free)

    @property
    def by_name(self) -> bool:
        """Whether an aspect ratio can be asked for."""
        return self.ability.size and bool(self.sizes.ratios)

    @property
    def follows(self) -> bool:
        """Whether an edit has the shape of its source unless told otherwise."""
        return self.sizes.follows_source or self.sizes.follows_shape

    @property
    def alone(self) -> Size | None:
        """What comes when nothing can be asked for. Absent: not known."""
        return self.canvas if self.sizes.follows_source and self.canvas else self.sizes.default


def pasted(request: Request) -> bool:
    """Whether the answer goes back into the picture it came from."""
    return request.mask is not None or request.operation in _PASTED


def frame(request: Request, model: Model, ability: Ability, canvas: Size | None, *, say: Say) -> Frame:
    """Decide on sizes.

    Args:
        request: as asked.
        model: that serves it.
        ability: how the model does it.
        canvas: the region of the picture that is sent. Absent: none is.
        say: where to note what differs.

    Raises:
        UserError: in `strict`, when the size asked for is not made; or the ratio cannot be read.
    """
    case = _Case(model, ability, canvas, say)
    ratio = _ratio(request, say)
    if pasted(request):
        return _region(case, request.size)
    if request.operation is Operation.UPSCALE:
        return _enlarged(case, request)
    if request.size is not None:
        return _exact(case, request.size)
    if ratio is not None:
        return _shaped(case, ratio, request.aspect_ratio or "")
    if canvas is not None:
        return _like_source(case, canvas)
    return Frame()


def _ratio(request: Request, say: Say) -> Fraction | None:
    """The shape asked for, where nothing else says it."""
    if request.aspect_ratio is None:
        return None
    ratio = parse_ratio(request.aspect_ratio)
    if pasted(request) or request.operation is Operation.UPSCALE:
        say.dropped("aspect_ratio", request.aspect_ratio, "The picture keeps its own shape.")
        return None
    if request.size is not None:
        if request.size.ratio != ratio:
            say.dropped("aspect_ratio", request.aspect_ratio, f"The size {request.size} says the shape.")
        return None
    return ratio


def _region(case: _Case, whole: Size | None) -> Frame:
    """A region may come back in any size, and is put in its place; `whole` is what is delivered then."""
    if case.canvas is None or case.follows:
        return Frame(deliver=whole)
    if case.in_pixels:
        return Frame(nearest(case.sizes, case.canvas), deliver=whole)
    if case.by_name:
        return Frame(aspect_ratio=nearest_ratio(case.sizes.ratios, case.canvas.ratio), deliver=whole)
    return Frame(deliver=whole)


def _enlarged(case: _Case, request: Request) -> Frame:
    """The smallest factor the model has that is enough, else its largest."""
    canvas, factors = case.canvas, case.model.limits.scales
    asked, whole = request.scale, request.size
    if whole is not None and canvas is not None:
        if asked is not None:
            case.say.dropped("scale", asked, f"The size {whole} says how large.")
        asked = max(whole.width / canvas.width, whole.height / canvas.height)
    if asked is None:
        return Frame(deliver=whole)
    if not case.ability.size and not factors:
        return _brought(case, asked, whole)
    used = _factor(asked, factors)
    if whole is not None and canvas is not None:
        case.say.chose("scale", f"{used:g} times larger is enough for {whole}.", f"{used:g}")
        comes = Size(round(canvas.width * used), round(canvas.height * used))
        if comes == whole:
            return Frame(scale=used)
        then = f"What comes is brought to {whole}."
        case.say.adapted("size", whole, comes, f"{case.model.label} enlarges by {used:g}.", then=then)
        return Frame(deliver=whole, scale=used)
    if used == asked:
        return Frame(deliver=whole, scale=used)
    listed = ", ".join(f"{factor:g}" for factor in factors)
    case.say.adapted("scale", f"{asked:g}", f"{used:g}", f"{case.model.label} enlarges by {listed}.")
    return Frame(deliver=_enlarged_size(canvas, asked), scale=used)


def _enlarged_size(canvas: Size | None, factor: float) -> Size | None:
    return canvas and Size(ceil(canvas.width * factor), ceil(canvas.height * factor))


def _brought(case: _Case, asked: float, whole: Size | None) -> Frame:
    """The model decides how large; what comes is brought to the size."""
    if whole is None:
        text = f"{case.model.label} decides how far it enlarges; what comes is brought to the size."
        case.say.adapted("scale", f"{asked:g}", "its own", text)
    return Frame(deliver=whole or _enlarged_size(case.canvas, asked))


def _factor(asked: float, factors: tuple[float, ...]) -> float:
    if not factors:
        return asked
    return min((factor for factor in factors if factor >= asked), default=max(factors))


def _exact(case: _Case, wanted: Size) -> Frame:
    """A size in pixels was asked for, and is delivered in any case."""
    label, brought = case.model.label, f"What comes is brought to {wanted}."
    if case.in_pixels:
        if makes(case.sizes, wanted):
            return Frame(wanted)
        made = nearest(case.sizes, wanted)
        case.say.adapted("size", wanted, made, f"{label} does not make this size.", then=brought)
        return Frame(made, deliver=wanted)
    if case.by_name:
        name = nearest_ratio(case.sizes.ratios, wanted.ratio)
        case.say.adapted("size", wanted, name, f"{label} takes a shape only.", then=brought)
        return Frame(aspect_ratio=name, deliver=wanted)
    if case.alone == wanted:
        return Frame()
    alone = case.alone or "its own size"
    case.say.adapted("size", wanted, alone, f"{label} cannot be asked for a size.", then=brought)
    return Frame(deliver=wanted)


def _shaped(case: _Case, ratio: Fraction, asked: str) -> Frame:
    """Only a shape was asked for: by name where the model knows it, else in pixels, else cut out."""
    label = case.model.label
    if case.by_name:
        name = nearest_ratio(case.sizes.ratios, ratio)
        if parse_ratio(name) == ratio:
            return Frame(aspect_ratio=name)
        if not case.in_pixels:
            case.say.adapted("aspect_ratio", asked, name, f"{label} does not make this shape.")
            return Frame(aspect_ratio=name)
    comes = of_ratio(case.sizes, ratio) if case.in_pixels else case.alone
    size = comes if case.in_pixels else None
    if comes is None:
        case.say.dropped("aspect_ratio", asked, f"{label} cannot be asked for a shape.")
        return Frame()
    if comes.ratio == ratio:
        return Frame(size)
    deliver = cut(comes, ratio)
    then = f"What comes is cut to {deliver}."
    case.say.adapted("aspect_ratio", asked, comes, f"{label} does not make this shape.", then=then)
    return Frame(size, deliver=deliver)


def _like_source(case: _Case, canvas: Size) -> Frame:
    """Nobody asked for a size, and the picture that is sent has one."""
    if case.follows:
        return Frame()
    label = case.model.label
    if case.in_pixels:
        made = nearest(case.sizes, canvas)
        if made == canvas:
            return Frame(made)
        text = f"{label} does not make the source's {canvas}: {made} is asked for and brought to it."
        case.say.chose("size", text, made)
        return Frame(made, deliver=canvas)
    if case.by_name:
        name = nearest_ratio(case.sizes.ratios, canvas.ratio)
        if parse_ratio(name) != canvas.ratio:
            text = f"Of the shapes {label} makes, {name} is nearest to the source's {canvas}."
            case.say.chose("aspect_ratio", text, name)
        return Frame(aspect_ratio=name)
    return Frame()
