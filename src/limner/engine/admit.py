"""The only door: what comes in is checked, probed and cleaned before anything else sees it.

Permission, classification, moderation and quotas join here, with tenancy. Until then it lets
everybody in, but nothing in unprobed.
"""

import asyncio
from dataclasses import dataclass, replace

from limner.core.errors import ImageProcessing, UserError
from limner.core.notes import Note
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture
from limner.core.requests import Mode, Request, check
from limner.pixels import mask as masks
from limner.pixels.clean import strip
from limner.pixels.probe import probe


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may go on."""

    request: Request
    """Every picture has been probed; location and identity are gone from its bytes."""
    notes: tuple[Note, ...]


async def admit(request: Request) -> Admitted:
    """Check a request and make its pictures safe to send.

    Args:
        request: as the caller made it.

    Raises:
        UserError: the request makes no sense, or a picture is not one, is broken, or is too large.
        Refused: a rule says no.
    """
    check(request)
    if not (request.images or request.references or request.mask):
        return Admitted(request, ())
    return await asyncio.to_thread(_take_in, request)


async def measured(request: Request) -> Request:
    """The request with what its price depends on: the sizes of its pictures, and what its mask covers.

    Args:
        request: as the caller made it. What it says of a size or of a mask's box is believed.

    Raises:
        UserError: what came is no picture, or broken; or the mask covers nothing.
    """
    if not (request.images or request.references or request.mask):
        return request
    return await asyncio.to_thread(_measured, request)


def _measured(request: Request) -> Request:
    images = tuple(_sized(picture, "images") for picture in request.images)
    references = tuple(
        replace(reference, picture=_sized(reference.picture, "references"))
        for reference in request.references
    )
    mask = request.mask and replace(request.mask, picture=_sized(request.mask.picture, "mask"))
    if mask is not None and mask.box is None and mask.picture.data:
        mask = _read(mask, images, request.mode)
    return request.replace(images=images, references=references, mask=mask)


def _read(mask: Mask, images: tuple[Picture, ...], mode: Mode) -> Mask:
    """The mask with the box of what it covers: which region is sent, and so the price, follows from it."""
    over = images[0].size if images else mask.picture.size
    if over is None:
        raise TypeError("only probed pictures have masks read")
    if mode is Mode.STRICT and mask.picture.size != over:
        raise UserError(
            f"The mask is {mask.picture.size}; the picture is {over}.",
            code="mask_size",
            field="mask",
            remedy="Give a mask of the picture's size, or use the mode `adapt`, which scales it.",
        )
    try:
        return replace(mask, box=masks.bounds(masks.read(mask, over)))
    except ImageProcessing as error:
        raise _blame(error, "mask") from error


def _sized(picture: Picture, field: str) -> Picture:
    if picture.size is not None:
        return picture
    try:
        return replace(picture, size=probe(picture.data, name=picture.name).size)
    except ImageProcessing as error:
        raise _blame(error, field) from error


def _take_in(request: Request) -> Admitted:
    notes: list[Note] = []
    kept = request.mask is not None or request.operation is Operation.OUTPAINT
    images = tuple(
        _clean(picture, f"images[{place}]", notes, exact=kept and place == 0)
        for place, picture in enumerate(request.images)
    )
    references = tuple(
        replace(reference, picture=_clean(reference.picture, f"references[{place}]", notes))
        for place, reference in enumerate(request.references)
    )
    mask = request.mask and _read(_mask(request.mask), images, request.mode)
    return Admitted(request.replace(images=images, references=references, mask=mask), tuple(notes))


def _clean(picture: Picture, field: str, notes: list[Note], *, exact: bool = False) -> Picture:
    """`exact`: its pixels are promised to come back unchanged, so not even turning it may cost any."""
    try:
        data, said = strip(picture.data, name=picture.name, exact=exact)
        probed = probe(data, name=picture.name)
    except ImageProcessing as error:
        raise _blame(error, field) from error
    notes.extend(replace(note, field=field) for note in said)
    return Picture(data, probed.media_type, probed.size, picture.name)


def _mask(mask: Mask) -> Mask:
    # A mask never leaves as it came: it is read and encoded anew for each model.
    try:
        probed = probe(mask.picture.data, name=mask.picture.name)
    except ImageProcessing as error:
        raise _blame(error, "mask") from error
    return replace(mask, picture=replace(mask.picture, media_type=probed.media_type, size=probed.size))


def _blame(error: ImageProcessing, field: str) -> UserError:
    """What is wrong with a picture that came in is wrong with the request."""
    return UserError(error.message, code=error.code, field=field, remedy=error.remedy)
