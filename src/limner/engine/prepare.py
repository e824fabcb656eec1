"""From an admitted request to orders: geometry, fitted fields, pictures and mask as the model wants them.

A model that takes a mask gets one. A model that takes none is driven by crop-edit-composite: the
region around the mask is cut out, edited whole, and only the masked part of it is put back.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from limner.catalog.fit import Fitted, fit
from limner.core.adapter import Order
from limner.core.errors import ImageProcessing, UserError
from limner.core.ids import new_seed
from limner.core.models import Ability, Hosting, Model
from limner.core.notes import Note, NoteKind
from limner.core.operations import Need, Operation
from limner.core.pictures import NO_MARGINS, Format, Margins, Picture, Reference, Size
from limner.core.requests import Mode, Request
from limner.engine.inputs import bounded, suit
from limner.pixels import mask as masks
from limner.pixels import placement as places
from limner.pixels.arrays import Coverage
from limner.pixels.box import Box
from limner.pixels.outpaint import extend, margins_to
from limner.pixels.placement import Placement, crop_for, place
from limner.pixels.profile import converted
from limner.pixels.raster import Raster, decode, encode

BuildOptions = Callable[[Mapping[str, object]], object]
"""Builds the vendor's options out of `Request.options`; raises `UserError` for what it does not know."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a masked or extended picture is put back into."""

    original: Raster
    """Upright; for `outpaint`, with the margins added."""
    coverage: Coverage
    """Where it may change."""
    placement: Placement
    """Which region was sent, and in which size."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is needed to spend: nothing has been sent yet."""

    fitted: Fitted
    orders: tuple[Order, ...]
    canvas: Canvas | None
    """Absent: the result is delivered whole."""
    notes: tuple[Note, ...]

    @property
    def sent(self) -> Fitted:
        """The fitted request with the pictures that really go out: what is paid for."""
        pairs = zip(self.fitted.orders, self.orders, strict=True)
        return replace(
            self.fitted, orders=tuple(order.request.replace(mask=asked.mask) for asked, order in pairs)
        )


async def prepare(request: Request, model: Model, options: BuildOptions) -> Prepared:
    """Make a request ready for a model, off the event loop where pixels are touched.

    Args:
        request: admitted.
        model: that is to serve it.
        options: builds the vendor's options.

    Raises:
        UserError: the model cannot do it, or may not under the request's mode.
    """
    if request.images or request.references or request.mask:
        return await asyncio.to_thread(_prepare, request, model, options)
    return _prepare(request, model, options)


def _prepare(request: Request, model: Model, options: BuildOptions) -> Prepared:
    try:
        if request.operation is Operation.OUTPAINT and _by_margins(request, model):
            return _extended(request, model, options)
        if request.mask is not None or request.operation is Operation.OUTPAINT:
            return _masked(request, model, options)
        return _whole(request, model, options)
    except ImageProcessing as error:
        raise UserError(error.message, code=error.code, remedy=error.remedy, field="images") from error


def seeded(request: Request, model: Model) -> Request:
    """What paints here is given its seed, so that the result can name it; most vendors draw their own."""
    limits, ability = model.limits, model.abilities.get(request.operation)
    if request.seed is not None or limits.seed is None or (ability and "seed" in ability.without):
        return request
    if model.hosting is not Hosting.HERE and not limits.seeded:
        return request
    return request.replace(seed=new_seed(limits.seed[1]))


def _whole(request: Request, model: Model, options: BuildOptions) -> Prepared:
    canvas = request.images[0].size if request.images else None
    fitted = fit(request, model, canvas=canvas)
    pictures, notes = _suited(request.images, fitted)
    orders, more = _orders(fitted, options, pictures, None)
    return Prepared(fitted, orders, None, (*fitted.notes, *notes, *more))


def _by_margins(request: Request, model: Model) -> bool:
    """Whether the model extends a picture itself when it is told how far."""
    ability = model.abilities.get(request.operation)
    return ability is not None and ability.through is None and ability.mask is Need.UNUSED


def _extended(request: Request, model: Model, options: BuildOptions) -> Prepared:
    """The model is sent the picture and its margins; what it changed of the picture is put back."""
    raster = decode(request.images[0].data, name=request.images[0].name)
    margins = _margins(request, raster.size)
    pixels, coverage = extend(raster, margins)
    original = replace(raster, pixels=pixels)
    wide = margins.even() if model.limits.even_margins else margins
    fitted = fit(request.replace(margins=margins), model, canvas=wide.around(raster.size))
    (first,), notes = _suited(request.images, fitted)
    orders, more = _orders(fitted, options, (first,), None)
    told = _scaled(wide, raster.size, first.size or raster.size)
    orders = tuple(replace(order, request=order.request.replace(margins=told)) for order in orders)
    left, top = wide.left - margins.left, wide.top - margins.top
    within = Box(left, top, left + original.size.width, top + original.size.height)
    canvas = Canvas(original, coverage, Placement(Box.of(original.size), wide.around(raster.size), within))
    return Prepared(fitted, orders, canvas, (*fitted.notes, *raster.notes, *notes, *more))


def _scaled(margins: Margins, whole: Size, sent: Size) -> Margins:
    """The margins of a picture that is sent in another size."""
    across, down = sent.width / whole.width, sent.height / whole.height
    left, right = round(margins.left * across), round(margins.right * across)
    return Margins(left, right, round(margins.top * down), round(margins.bottom * down))


def _masked(request: Request, model: Model, options: BuildOptions) -> Prepared:
    ability = model.abilities[request.operation]
    original, coverage, notes = _place(request)
    bounds = masks.bounds(coverage) or Box.of(original.size)
    takes_mask = _takes_mask(request, model, ability)
    box = _region(bounds, original.size, model, whole=takes_mask)
    fitted = fit(request, model, canvas=box.size)
    placement = place(box, fitted.orders[0].size or bounded(box.size, model.inputs))
    region, said = suit(_region_picture(original, placement, model), model.inputs)
    rest, more = _suited(request.images[1:], fitted)
    mask = None
    if takes_mask and model.mask is not None:
        mask = masks.encode(places.prepare_coverage(coverage, placement), model.mask)
    else:
        text = (
            f"{model.label} takes no mask: the region {box} was edited alone, "
            "and only the masked part of it was put back."
        )
        notes = (*notes, Note(NoteKind.EMULATED, text, field="mask"))
    orders, shown = _orders(fitted, options, (region, *rest), mask)
    canvas = Canvas(original, coverage, placement)
    return Prepared(fitted, orders, canvas, (*fitted.notes, *notes, *said, *more, *shown))


def _place(request: Request) -> tuple[Raster, Coverage, tuple[Note, ...]]:
    """The picture to work on and where it may change."""
    raster = decode(request.images[0].data, name=request.images[0].name)
    if request.operation is Operation.OUTPAINT:
        extended, coverage = extend(raster, _margins(request, raster.size))
        return replace(raster, pixels=extended), coverage, raster.notes
    mask = request.mask
    if mask is None:
        raise TypeError("only masked requests and outpainting have a place")
    said = masks.notes(mask, raster.size)
    if request.mode is Mode.STRICT and mask.picture.size != raster.size:
        raise UserError(
            f"The mask is {mask.picture.size}; the picture is {raster.size}.",
            code="mask_size",
            field="mask",
            remedy="Give a mask of the picture's size, or use the mode `adapt`, which scales it.",
        )
    try:
        coverage = masks.read(mask, raster.size)
    except ImageProcessing as error:
        raise UserError(error.message, code=error.code, remedy=error.remedy, field="mask") from error
    return raster, coverage, (*raster.notes, *said)


def _margins(request: Request, size: Size) -> Margins:
    if request.margins != NO_MARGINS or request.size is None:
        return request.margins
    across, down = request.size.width - size.width, request.size.height - size.height
    if across < 0 or down < 0:
        raise UserError(
            f"The picture is {size}; outpainting cannot make it {request.size}.",
            code="invalid_size",
            field="size",
            remedy="Ask for a larger size, or give margins.",
        )
    return margins_to(size, request.size)


def _takes_mask(request: Request, model: Model, ability: Ability) -> bool:
    """Whether the call that is really made has a place for the mask."""
    real = model.abilities.get(ability.through, ability) if ability.through is not None else ability
    return model.mask is not None and real.mask is not Need.UNUSED


def _region(bounds: Box, size: Size, model: Model, *, whole: bool) -> Box:
    """All of the picture where the model can see it in full detail, else the mask's surroundings."""
    free = model.sizes.free
    most = free.most_pixels if free else max((fixed.pixels for fixed in model.sizes.fixed), default=None)
    if whole and (most is None or size.pixels <= most):
        return Box.of(size)
    return crop_for(bounds, size)


def _region_picture(original: Raster, placement: Placement, model: Model) -> Picture:
    wanted = model.inputs.formats
    lossless = Format.PNG if Format.PNG in wanted else wanted[0]
    # Models look at no profile: they take and give sRGB.
    pixels = converted(places.prepare(original, placement), original.icc, None)
    data = encode(pixels, lossless, fast=model.hosting is Hosting.HERE)
    return Picture(data, lossless.media_type, placement.sent)


def _suited(images: tuple[Picture, ...], fitted: Fitted) -> tuple[tuple[Picture, ...], tuple[Note, ...]]:
    suited = [suit(picture, fitted.model.inputs, fitted.orders[0].size) for picture in images]
    return tuple(picture for picture, _ in suited), tuple(note for _, notes in suited for note in notes)


def _orders(
    fitted: Fitted, options: BuildOptions, pictures: tuple[Picture, ...], mask: bytes | None
) -> tuple[tuple[Order, ...], tuple[Note, ...]]:
    """One order for each call, and a note for each reference that was changed."""
    references, notes = _references(fitted)
    orders = tuple(
        Order(
            request=request.replace(images=pictures, references=references, mask=None),
            model=fitted.model,
            options=options(request.options),
            mask=mask,
            quality=fitted.quality,
            stream=request.partial_images > 0,
        )
        for request in fitted.orders
    )
    return orders, notes


def _references(fitted: Fitted) -> tuple[tuple[Reference, ...], tuple[Note, ...]]:
    references: list[Reference] = []
    notes: list[Note] = []
    for reference in fitted.orders[0].references:
        needs = fitted.model.reference_inputs.get(reference.role, fitted.model.inputs)
        picture, said = suit(reference.picture, replace(needs, same_size_as_result=False))
        references.append(replace(reference, picture=picture))
        notes.extend(replace(note, field="references") for note in said)
    return tuple(references), tuple(notes)
