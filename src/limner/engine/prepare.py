"""From an admitted request to orders: geometry, fitted fields, pictures and mask as the model wants them.

A model that takes a mask gets one. A model that takes none is driven by crop-edit-composite: the
region around the mask is cut out, edited whole, and only the masked part of it is put back.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from limner.catalog.fit import Fitted
from limner.catalog.layout import Layout, lay_out
from limner.core.adapter import Order
from limner.core.errors import ImageProcessing, UserError
from limner.core.ids import new_seed
from limner.core.models import Hosting, Model
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation
from limner.core.pictures import Format, Picture, Reference
from limner.core.placement import Placement
from limner.core.requests import Request
from limner.engine.inputs import suit
from limner.pixels import mask as masks
from limner.pixels import placement as places
from limner.pixels.arrays import Coverage
from limner.pixels.outpaint import extend
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
        layout = lay_out(request, model)
        if layout.placement is None:
            return _whole(layout, options)
        if layout.told is not None:
            return _extended(request, layout, layout.placement, options)
        return _masked(request, layout, layout.placement, options)
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


def _whole(layout: Layout, options: BuildOptions) -> Prepared:
    fitted = layout.fitted
    pictures, notes = _suited(fitted.orders[0].images, fitted)
    orders, more = _orders(layout, options, pictures, None)
    return Prepared(fitted, orders, None, (*fitted.notes, *notes, *more))


def _extended(request: Request, layout: Layout, placement: Placement, options: BuildOptions) -> Prepared:
    """The model is sent the picture and its margins; what it changed of the picture is put back."""
    fitted = layout.fitted
    original, coverage = _roomier(request, layout)
    pictures, notes = _suited(request.images, fitted)
    orders, more = _orders(layout, options, pictures, None)
    canvas = Canvas(original, coverage, placement)
    return Prepared(fitted, orders, canvas, (*fitted.notes, *original.notes, *notes, *more))


def _masked(request: Request, layout: Layout, placement: Placement, options: BuildOptions) -> Prepared:
    fitted, model = layout.fitted, layout.fitted.model
    original, coverage, notes = _place(request, layout)
    region, said = suit(_region_picture(original, placement, model), model.inputs)
    rest, more = _suited(request.images[1:], fitted)
    mask = None
    if layout.takes_mask and model.mask is not None:
        mask = masks.encode(places.prepare_coverage(coverage, placement), model.mask)
    else:
        text = (
            f"{model.label} takes no mask: the region {placement.box} was edited alone, "
            "and only the masked part of it was put back."
        )
        notes = (*notes, Note(NoteKind.EMULATED, text, field="mask"))
    orders, shown = _orders(layout, options, (region, *rest), mask)
    canvas = Canvas(original, coverage, placement)
    return Prepared(fitted, orders, canvas, (*fitted.notes, *notes, *said, *more, *shown))


def _roomier(request: Request, layout: Layout) -> tuple[Raster, Coverage]:
    """The picture with its margins added, and where these are."""
    raster = decode(request.images[0].data, name=request.images[0].name)
    pixels, coverage = extend(raster, layout.margins)
    return replace(raster, pixels=pixels), coverage


def _place(request: Request, layout: Layout) -> tuple[Raster, Coverage, tuple[Note, ...]]:
    """The picture to work on and where it may change."""
    if request.operation is Operation.OUTPAINT:
        roomier, coverage = _roomier(request, layout)
        return roomier, coverage, roomier.notes
    raster = decode(request.images[0].data, name=request.images[0].name)
    mask = request.mask
    if mask is None:
        raise TypeError("only masked requests and outpainting have a place")
    said = masks.notes(mask, raster.size)
    try:
        coverage = masks.read(mask, raster.size)
    except ImageProcessing as error:
        raise UserError(error.message, code=error.code, remedy=error.remedy, field="mask") from error
    return raster, coverage, (*raster.notes, *said)


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
    layout: Layout, options: BuildOptions, pictures: tuple[Picture, ...], mask: bytes | None
) -> tuple[tuple[Order, ...], tuple[Note, ...]]:
    """One order for each call, and a note for each reference that was changed."""
    fitted = layout.fitted
    references, notes = _references(fitted)
    orders = tuple(
        Order(
            request=request.replace(
                images=pictures, references=references, mask=None, margins=layout.told or request.margins
            ),
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
