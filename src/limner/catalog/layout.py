"""Which pictures a model is sent, and in which sizes: what a request costs is known before one is decoded.

request + model ─▶ lay_out ─▶ layout ─▶ quote (of what is sent) and prepare (which touches the pixels)
"""

from dataclasses import dataclass, replace

from limner.catalog.fit import Fitted, fit
from limner.catalog.input_sizes import bounded, sent_size
from limner.core.errors import UserError
from limner.core.models import Ability, Model
from limner.core.operations import Need, Operation
from limner.core.pictures import NO_MARGINS, Box, Margins, Picture, Reference, Size
from limner.core.placement import Placement, crop_for, place
from limner.core.requests import Request


@dataclass(frozen=True, slots=True)
class Layout:
    """A request as a model takes it, and the geometry of its pictures."""

    fitted: Fitted
    sizes: tuple[Size, ...]
    """In which each source picture is sent."""
    margins: Margins = NO_MARGINS
    """What is added to the first picture before a region of it is chosen. Absent: nothing."""
    placement: Placement | None = None
    """Which region of the first picture is sent, and how the answer goes back into it. Absent: all
    pictures are sent whole, and the result is delivered whole."""
    takes_mask: bool = False
    """Whether the call that is made has a place for a mask."""
    told: Margins | None = None
    """The margins that the model is told, in pixels of the picture it is sent. Absent: none are."""

    @property
    def sent(self) -> Fitted:
        """The fitted request with its pictures in the sizes they are sent in: what is paid for."""
        return replace(self.fitted, orders=tuple(self._sent(order) for order in self.fitted.orders))

    def _sent(self, order: Request) -> Request:
        images = zip(order.images, self.sizes, strict=True)
        return order.replace(
            images=tuple(replace(picture, size=size) for picture, size in images),
            references=tuple(self._shown(reference) for reference in order.references),
            margins=self.told or order.margins,
        )

    def _shown(self, reference: Reference) -> Reference:
        size = reference_size(reference, self.fitted.model)
        return replace(reference, picture=replace(reference.picture, size=size))


def lay_out(request: Request, model: Model) -> Layout:
    """Fit a request to a model, and choose what of its pictures is sent.

    A model that takes a mask, and sees the whole picture in full detail, is sent all of it. Else the
    region around the mask is sent, and its answer is put back.

    Args:
        request: as asked; `core.requests.check` has passed it. The sizes of its pictures are known; a mask
            whose box is not known is taken to cover all of the picture.
        model: that is to serve it.

    Raises:
        UserError: it cannot be fitted, or may not be in the request's mode.

    Example:
        >>> from datetime import date
        >>> from limner.catalog.load import load
        >>> from limner.core.pictures import Mask
        >>> photo = Picture(b"", size=Size(2000, 1500))
        >>> mask = Mask(photo, box=Box(100, 100, 300, 200))
        >>> wish = Request(Operation.INPAINT, prompt="a pear", images=(photo,), mask=mask)
        >>> klein = load().find("flux-2-klein-9b", provider="bfl", today=date(2026, 11, 21))
        >>> layout = lay_out(wish, klein)
        >>> layout.placement.box, str(layout.sizes[0])
        (Box(left=50, top=50, right=350, bottom=250), '336x224')
    """
    if request.operation is Operation.OUTPAINT:
        return _extended(request, model) if _by_margins(request, model) else _added(request, model)
    return _whole(request, model) if request.mask is None else _masked(request, model)


def reference_size(reference: Reference, model: Model) -> Size:
    """The size that a reference is sent in: never the result's.

    Args:
        reference: its picture has been probed.
        model: that is shown it.

    Raises:
        UserError: it is longer than the model takes.
    """
    needs = model.reference_inputs.get(reference.role, model.inputs)
    return sent_size(reference.picture, replace(needs, same_size_as_result=False))


def _whole(request: Request, model: Model) -> Layout:
    canvas = request.images[0].size if request.images else None
    fitted = fit(request, model, canvas=canvas)
    return Layout(fitted, _sizes(request.images, fitted))


def _by_margins(request: Request, model: Model) -> bool:
    """Whether the model extends a picture itself when it is told how far."""
    ability = model.abilities.get(request.operation)
    return ability is not None and ability.through is None and ability.mask is Need.UNUSED


def _extended(request: Request, model: Model) -> Layout:
    """The model is sent the picture and its margins; what it changed of the picture is put back."""
    size = _size(request)
    margins = _margins(request, size)
    wide = margins.even() if model.limits.even_margins else margins
    fitted = fit(request.replace(margins=margins), model, canvas=wide.around(size))
    sizes = _sizes(request.images, fitted)
    whole = Box.of(margins.around(size))
    within = whole.moved(wide.left - margins.left, wide.top - margins.top)
    placement = Placement(whole, wide.around(size), within)
    return Layout(fitted, sizes, margins, placement, told=_scaled(wide, size, sizes[0]))


def _scaled(margins: Margins, whole: Size, sent: Size) -> Margins:
    """The margins of a picture that is sent in another size."""
    across, down = sent.width / whole.width, sent.height / whole.height
    left, right = round(margins.left * across), round(margins.right * across)
    return Margins(left, right, round(margins.top * down), round(margins.bottom * down))


def _added(request: Request, model: Model) -> Layout:
    """The new room is a region of the larger picture."""
    size = _size(request)
    margins = _margins(request, size)
    return _region(request, model, margins.around(size), margins.room(size), margins)


def _masked(request: Request, model: Model) -> Layout:
    return _region(request, model, _size(request), request.mask and request.mask.box, NO_MARGINS)


def _region(request: Request, model: Model, size: Size, bounds: Box | None, margins: Margins) -> Layout:
    """All of the picture where the model can see it in full detail, else the mask's surroundings."""
    takes_mask = _takes_mask(request, model)
    bounds = bounds or Box.of(size)
    box = Box.of(size) if takes_mask and _sees(model, size) else crop_for(bounds, size)
    fitted = fit(request, model, canvas=box.size)
    placement = place(box, fitted.orders[0].size or bounded(box.size, model.inputs))
    region = sent_size(Picture(b"", size=placement.sent), model.inputs)
    sizes = (region, *_sizes(request.images[1:], fitted))
    return Layout(fitted, sizes, margins, placement, takes_mask)


def _takes_mask(request: Request, model: Model) -> bool:
    """Whether the call that is really made has a place for the mask."""
    ability = model.abilities.get(request.operation)
    return model.mask is not None and ability is not None and _real(ability, model).mask is not Need.UNUSED


def _real(ability: Ability, model: Model) -> Ability:
    return ability if ability.through is None else model.abilities.get(ability.through, ability)


def _sees(model: Model, size: Size) -> bool:
    free = model.sizes.free
    most = free.most_pixels if free else max((fixed.pixels for fixed in model.sizes.fixed), default=None)
    return most is None or size.pixels <= most


def _sizes(pictures: tuple[Picture, ...], fitted: Fitted) -> tuple[Size, ...]:
    wanted = fitted.orders[0].size
    return tuple(sent_size(picture, fitted.model.inputs, wanted) for picture in pictures)


def _size(request: Request) -> Size:
    size = request.images[0].size
    if size is None:
        raise TypeError("only probed pictures are laid out")
    return size


def _margins(request: Request, size: Size) -> Margins:
    if request.margins != NO_MARGINS or request.size is None:
        return request.margins
    if request.size.width < size.width or request.size.height < size.height:
        raise UserError(
            f"The picture is {size}; outpainting cannot make it {request.size}.",
            code="invalid_size",
            field="size",
            remedy="Ask for a larger size, or give margins.",
        )
    return Margins.to(size, request.size)
