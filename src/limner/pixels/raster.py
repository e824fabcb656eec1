"""A decoded picture: upright 8-bit RGBA, and where it comes from."""

from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from limner.core.notes import Note, NoteKind
from limner.core.pictures import Format, Size
from limner.pixels import convert, faults
from limner.pixels.arrays import Pixels, size_of
from limner.pixels.encode import encode as encode_array
from limner.pixels.kinds import Kind
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.orientation import TURNS
from limner.pixels.probe import Probed, opened


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels as displayed. The array is not to be written to."""

    pixels: Pixels = field(repr=False)
    """Height × width × 4, upright, not premultiplied."""
    probed: Probed
    icc: bytes | None = field(default=None, repr=False)
    """The RGB profile that the numbers are meant in. Absent: sRGB."""
    notes: tuple[Note, ...] = ()
    """What had to be decided while decoding."""

    @property
    def mode(self) -> str:
        """Pillow's name for how the file held its samples."""
        return self.probed.mode

    @property
    def size(self) -> Size:
        """Width and height, upright."""
        return size_of(self.pixels)


def decode(
    data: bytes, limits: Limits = DEFAULT, *, name: str | None = None, at_least: int | None = None
) -> Raster:
    """Decode a picture fully, which shows whether all of it is there.

    Of an animation the first frame is taken, with a note. How samples become RGBA is told in `convert`.

    Args:
        data: the whole file.
        limits: what is too much.
        name: what the caller calls it, for messages. Absent: it has no name.
        at_least: a smaller copy will do whose longer side is at least so many pixels; it takes a fraction
            of the memory, and of JPEG's time. Absent: the full size.

    Raises:
        ImageProcessing: as `probe.probe` does, and `unsupported_mode`.
    """
    picture, probed = opened(data, name=name, limits=limits)
    notes: list[Note] = []
    with faults.reading(name), picture:
        upright = _loaded(picture, at_least)
        if probed.orientation in TURNS and probed.kind is not Kind.TIFF:  # Pillow turns TIFF by itself
            upright = upright.transpose(TURNS[probed.orientation])
            upright.info = picture.info
        pixels, icc, notes = convert.to_rgba(upright, name)
    if probed.bits > 8 and not notes:  # noqa: PLR2004 - deeper than a byte
        notes.append(convert.reduced(probed.bits))
    if probed.frames > 1:
        text = f"The picture has {probed.frames} frames; the first is used."
        notes.append(Note(NoteKind.ADAPTED, text, "images", f"{probed.frames} frames", "1 frame"))
    if icc is not None and len(icc) > limits.most_icc_bytes:
        notes.append(Note(NoteKind.DROPPED, "The colour profile is too large and was left out.", "images"))
        icc = None
    return Raster(pixels, probed, icc, tuple(notes))


_REDUCIBLE: Final = frozenset({"L", "LA", "RGB", "RGBA"})


def _loaded(picture: ImageFile, at_least: int | None) -> Image.Image:
    """Decode all of it, then make it smaller by a whole factor where that will do."""
    if at_least is not None:
        share = at_least / max(picture.size)
        picture.draft(picture.mode, (ceil(picture.width * share), ceil(picture.height * share)))
    picture.load()
    factor = 1 if at_least is None else max(picture.size) // at_least
    if factor < 2 or picture.mode not in _REDUCIBLE or "transparency" in picture.info:  # noqa: PLR2004 - whole
        return picture
    smaller = picture.reduce(factor)
    smaller.info = picture.info
    return smaller


def encode(
    picture: Raster | NDArray[np.uint8],
    format: Format,  # noqa: A002 - the word of the vocabulary
    *,
    quality: int | None = None,
    lossless: bool | None = None,
    fast: bool = False,
    icc: bytes | None = None,
    xmp: bytes | None = None,
) -> bytes:
    """Encode a picture without metadata but what is given; see `encode.encode`.

    What is fully opaque is written without an alpha channel, unless the original had one.

    Args:
        picture: a raster, or an array of height × width (× 3 or × 4).
        format: how to encode.
        quality: 0..100 for lossy formats. Absent: 90 for JPEG and WebP, 80 for AVIF.
        lossless: of WebP. Absent: lossless unless a quality is given.
        fast: as PNG, hardly compressed: for handing over within this process.
        icc: a profile to embed. Absent: the raster's own; of an array, none.
        xmp: a metadata packet to embed. Absent: none.

    Raises:
        ImageProcessing: `unsupported_format`, or `too_large_for_format`.
    """
    keep_alpha = isinstance(picture, Raster) and picture.probed.has_alpha
    array = picture.pixels if isinstance(picture, Raster) else picture
    if icc is None and isinstance(picture, Raster):
        icc = picture.icc
    return encode_array(
        array, format, quality=quality, lossless=lossless, fast=fast, icc=icc, keep_alpha=keep_alpha, xmp=xmp
    )
