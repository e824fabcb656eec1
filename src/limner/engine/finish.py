"""From the bytes that came to the picture that is delivered: pasted back, sized, encoded, measured."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from limner.core.errors import Billed, ImageProcessing
from limner.core.models import Model
from limner.core.notes import Note, NoteKind
from limner.core.pictures import Format, Picture
from limner.core.requests import Request
from limner.core.results import Measured
from limner.engine.embed import obstacle, settings_of, unwritten
from limner.engine.origin import Provenance
from limner.engine.prepare import Canvas, Prepared
from limner.pixels.arrays import Pixels, size_of
from limner.pixels.kinds import Kind
from limner.pixels.measure import blank, blurred, changed_outside, seam
from limner.pixels.paste import paste_back
from limner.pixels.placement import restore
from limner.pixels.probe import Probed, probe
from limner.pixels.profile import converted
from limner.pixels.raster import decode, encode
from limner.pixels.resize import cover
from limner.pixels.settings_text import write_settings

Finished = tuple[Picture, Measured, tuple[Note, ...]]

_THIN: Final[Mapping[str, float]] = {
    Kind.PNG.media_type: 0.6,
    Kind.JPEG.media_type: 0.13,
    Kind.WEBP.media_type: 0.1,
    Kind.AVIF.media_type: 0.02,
}
"""Bytes for a pixel under which a picture may be of one colour or blurred. Photographs have half as much
again; blurred by a hundredth of their width, they stay under it (scikit-image's, measured 2026-11-21)."""
_WORTH_A_LOOK: Final = 64
"""Pixels of the shorter edge: nobody disguises a refusal as a smaller picture."""


def untouched(data: bytes, prepared: Prepared, request: Request, provenance: Provenance) -> Finished | None:
    """The picture as it came, when it is as asked already. Only its head is read, so no thread is needed.

    Args:
        data: the picture as it came.
        prepared: what was sent.
        request: as asked.
        provenance: what is to be said of its origin.

    Returns:
        `None`: something has to be done to it, or it cannot be read; see `finish`.
    """
    if prepared.canvas is not None:
        return None
    try:
        found = probe(data, drawings=True)
    except ImageProcessing:
        return None
    if provenance.signs(data, found.media_type) or not _as_asked(found, prepared, provenance):
        return None
    notes = _surprises(found, prepared, request)
    if request.embed_settings:
        why = obstacle(data, found)
        if why is None:
            return None
        notes = (*notes, unwritten(why))
    measured = Measured(found.size, found.media_type, len(data))
    kept = provenance.passed(data, found.media_type)
    return Picture(data, found.media_type, found.size), measured, (*notes, kept) if kept else notes


def _as_asked(found: Probed, prepared: Prepared, provenance: Provenance) -> bool:
    """Whether the pixels need nothing: neither another size or format, nor a label."""
    fits = prepared.fitted.deliver in {None, found.size} and prepared.fitted.encode in {None, found.format}
    return fits and provenance.label is None


def doubtful(measured: Measured, model: Model) -> bool:
    """Whether bytes that passed through untouched may hide a refusal: then `looked_at` decodes them."""
    size = measured.size
    if model.procedural:
        return False
    thin = measured.bytes < size.pixels * _THIN.get(measured.media_type, 0)
    return thin and min(size.width, size.height) >= _WORTH_A_LOOK


def looked_at(finished: Finished, model: Model) -> Finished:
    """A picture that passed through untouched, decoded to be judged. It takes a thread.

    Args:
        finished: as `untouched` gave it. Its bytes stay as they are.
        model: who painted it.
    """
    picture, measured, notes = finished
    try:
        pixels = decode(picture.data).pixels
    except ImageProcessing:
        return finished  # it is delivered as it came: whoever opens it sees what is wrong
    return picture, replace(measured, blank=blank(pixels)), (*notes, *_veiled(pixels, model))


def _veiled(pixels: Pixels, model: Model) -> tuple[Note, ...]:
    """A note, no refusal: fog and plain walls are pictures too, and this one is paid for."""
    if model.procedural or not blurred(pixels):
        return ()
    return (Note(NoteKind.WARNING, "Nothing in the picture is in focus: perhaps a refusal in disguise."),)


def finish(data: bytes, prepared: Prepared, request: Request, provenance: Provenance) -> Finished:
    """Turn what a provider delivered into what was asked for. Uses the processor: give it a thread.

    Bytes that are already as asked pass through untouched, with their provenance.

    Args:
        data: the picture as it came. It is kept already.
        prepared: what was sent.
        request: as asked.
        provenance: what is to be said of its origin.

    Raises:
        ImageProcessing: it cannot be decoded or encoded; `kept` has the bytes.
    """
    try:
        if prepared.canvas is not None:
            return _put_back(data, prepared.canvas, prepared, request, provenance)
        return _deliver(data, prepared, request, provenance)
    except ImageProcessing as error:
        raise ImageProcessing(
            f"The picture came, but could not be finished: {error.message}",
            code=error.code,
            remedy="The bytes as they came are in `error.kept`; the command line writes them to a file.",
            billed=Billed.NO if prepared.fitted.free else Billed.YES,
            kept=(data,),
        ) from error


def _put_back(
    data: bytes, canvas: Canvas, prepared: Prepared, request: Request, provenance: Provenance
) -> Finished:
    """The mask is law: only what it covers is taken from the result."""
    came = decode(data)
    painted = converted(restore(came.pixels, canvas.placement), came.icc, canvas.original.icc)
    pixels = paste_back(canvas.original, painted, canvas.placement.box, canvas.coverage)
    step = seam(canvas.original, pixels, canvas.coverage)
    wanted = request.format or Format.PNG
    notes: list[Note] = []
    size = canvas.original.size
    deliver = prepared.fitted.deliver or size
    changed, outside = changed_outside(canvas.original, pixels, canvas.coverage)
    if deliver != size:
        pixels = cover(pixels, deliver)
        notes.append(_redefined(f"in another size ({deliver} instead of {size})", "size"))
    if provenance.label is not None:
        pixels = provenance.labelled(pixels)
        notes.append(_redefined("with a visible label", "format"))
    picture, said = _encoded(
        pixels, wanted, prepared, request, icc=canvas.original.icc, painted=data, provenance=provenance
    )
    notes.extend(said)
    if not _lossless(wanted, request):
        notes.append(_redefined(f"as {wanted.value}, which does not keep every pixel", "format"))
    measured = Measured(
        size=deliver,
        media_type=wanted.media_type,
        bytes=len(picture.data),
        changed_outside_mask=changed,
        outside_mask=outside,
        seam=step,
        blank=blank(pixels),
    )
    return picture, measured, tuple(notes)


def _redefined(how: str, field: str) -> Note:
    text = f"The picture is delivered {how}: outside the mask it was unchanged before that step."
    return Note(NoteKind.MEASURED, text, field=field)


def _deliver(data: bytes, prepared: Prepared, request: Request, provenance: Provenance) -> Finished:
    found = probe(data)
    model = prepared.fitted.model
    notes = _surprises(found, prepared, request)
    if _as_asked(found, prepared, provenance):
        # The pixels are as asked; only settings and a signature are put beside them.
        written, more = _written(data, found, prepared, request)
        notes = (*notes, *more)
        painted = None if written is data else data
        signed, said = provenance.signed(written, found.media_type, model, request, painted=painted)
        picture = Picture(signed, found.media_type, found.size)
        came = Measured(found.size, found.media_type, len(data))
        finished = picture, replace(came, bytes=len(signed)), (*notes, said)
        return looked_at(finished, model) if doubtful(came, model) else finished
    raster = decode(data)
    deliver, wanted = prepared.fitted.deliver or found.size, prepared.fitted.encode
    pixels = raster.pixels if deliver == raster.size else cover(raster.pixels, deliver)
    pixels = provenance.labelled(pixels)
    encoding = wanted or found.format or Format.PNG
    picture, said = _encoded(
        pixels, encoding, prepared, request, icc=raster.icc, painted=data, provenance=provenance
    )
    measured = Measured(deliver, encoding.media_type, len(picture.data), blank=blank(pixels))
    return picture, measured, (*notes, *said, *_veiled(pixels, model))


def _written(
    data: bytes, found: Probed, prepared: Prepared, request: Request
) -> tuple[bytes, tuple[Note, ...]]:
    """A provider's file with its settings, where they are wanted and break nothing in it."""
    if not request.embed_settings:
        return data, ()
    why = obstacle(data, found)
    if why is not None:
        return data, (unwritten(why),)
    return write_settings(data, settings_of(request, prepared, found.size))


def _surprises(found: Probed, prepared: Prepared, request: Request) -> tuple[Note, ...]:
    """What the vendor sent that it was not asked for."""
    notes: list[Note] = []
    sent = prepared.fitted.orders[0]
    if sent.size is not None and found.size != sent.size:
        text = f"{sent.size} was sent for; {found.size} came back."
        notes.append(Note(NoteKind.MEASURED, text, field="size", asked=str(sent.size), used=str(found.size)))
    asked = request.format if prepared.fitted.encode is None else None
    if asked is not None and found.media_type != asked.media_type:
        text = f"{asked.value} was sent for; {found.media_type} came back."
        notes.append(Note(NoteKind.MEASURED, text, field="format", used=found.media_type))
    return tuple(notes)


def _encoded(
    pixels: Pixels,
    wanted: Format,
    prepared: Prepared,
    request: Request,
    *,
    icc: bytes | None,
    painted: bytes,
    provenance: Provenance,
) -> tuple[Picture, tuple[Note, ...]]:
    """The file to deliver: it names its digital source type, and is signed where a key is set up."""
    model = prepared.fitted.model
    data = encode(
        pixels,
        wanted,
        quality=request.compression,
        lossless=_lossless(wanted, request),
        icc=icc,
        xmp=provenance.packet(model, request),
    )
    notes: tuple[Note, ...] = ()
    if request.embed_settings:
        data, notes = write_settings(data, settings_of(request, prepared, size_of(pixels)))
    data, said = provenance.signed(data, wanted.media_type, model, request, painted=painted)
    return Picture(data, wanted.media_type, size_of(pixels)), (*notes, said)


def _lossless(wanted: Format, request: Request) -> bool:
    """WebP is lossless unless a compression is asked for; PNG has no other way."""
    return wanted is Format.PNG or (wanted.lossless and request.compression is None)
