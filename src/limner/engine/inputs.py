"""A picture in the form a model takes: format, edges, pixels, bytes."""

from typing import Final

from limner.catalog.input_sizes import sent_size
from limner.core.errors import ImageProcessing
from limner.core.models import InputNeeds
from limner.core.notes import Note, NoteKind
from limner.core.pictures import Format, Picture, Size
from limner.pixels.arrays import Pixels
from limner.pixels.raster import decode, encode
from limner.pixels.resize import cover, pad, scale

_BLACK: Final = (0, 0, 0, 255)
QUALITIES: Final = (95, 88, 80, 70)
"""JPEG and WebP qualities tried, in order, when a picture has too many bytes."""


def suit(picture: Picture, needs: InputNeeds, wanted: Size | None = None) -> tuple[Picture, tuple[Note, ...]]:
    """Change a picture no more than a model demands.

    Args:
        picture: probed and clean.
        needs: what the model takes.
        wanted: the size that is asked for, which some models want the picture to have. Absent: none is.

    Returns:
        The picture, untouched where it suits already, and a note for each change.

    Raises:
        UserError: it is longer than the model takes.
        ImageProcessing: it cannot be brought under the model's limit of bytes.
    """
    size = sent_size(picture, needs, wanted)
    format_suits = picture.media_type in {wanted.media_type for wanted in needs.formats}
    bytes_suit = needs.most_bytes is None or len(picture.data) <= needs.most_bytes
    if size == picture.size and format_suits and bytes_suit:
        return picture, ()
    raster = decode(picture.data, name=picture.name)
    pixels = _resized(raster.pixels, size, needs)
    for form, quality in _ladder(needs):
        data = encode(pixels, form, quality=quality, lossless=quality is None, icc=raster.icc)
        if needs.most_bytes is None or len(data) <= needs.most_bytes:
            return Picture(data, form.media_type, size, picture.name), _notes(picture, form, size)
    raise ImageProcessing(
        f"The picture cannot be brought under the model's {needs.most_bytes} bytes.",
        code="too_many_bytes",
        remedy="Make it smaller, or choose another model.",
    )


def _resized(pixels: Pixels, size: Size, needs: InputNeeds) -> Pixels:
    if needs.letterbox is not None:
        return pad(pixels, size, _BLACK)
    return cover(pixels, size) if needs.same_size_as_result else scale(pixels, size)


def _ladder(needs: InputNeeds) -> list[tuple[Format, int | None]]:
    """Encodings to try: lossless first, then ever smaller."""
    lossless = [(wanted, None) for wanted in needs.formats if wanted.lossless]
    lossy = [
        (wanted, quality)
        for quality in QUALITIES
        for wanted in needs.formats
        if wanted in {Format.JPEG, Format.WEBP}
    ]
    return [*lossless, *lossy]


def _notes(picture: Picture, used: Format, size: Size) -> tuple[Note, ...]:
    notes: list[Note] = []
    if size != picture.size:
        text = f"A picture was scaled from {picture.size} to {size}, which the model takes."
        notes.append(Note(NoteKind.ADAPTED, text, field="images", asked=str(picture.size), used=str(size)))
    if used.media_type != picture.media_type:
        text = f"A picture was sent as {used.value}, which the model takes."
        notes.append(
            Note(NoteKind.ADAPTED, text, field="images", asked=picture.media_type, used=used.media_type)
        )
    return tuple(notes)
