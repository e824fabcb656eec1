"""Taking out what tells of people and places, before bytes leave.

Only metadata goes: EXIF with its GPS position and serial numbers, XMP, IPTC, text, comments, dates,
previews, provenance, private blocks, and whatever follows the picture. Image data is kept byte for byte.
Colour profiles stay, because without them the picture looks different.

A picture that is stored lying on its side is turned and encoded again, because the note that says so is
metadata too: exactly for lossless formats, with its own quantisation tables for JPEG. Where every pixel
counts, because a mask says what must be kept, ask for `exact`: then what cannot be turned without loss
becomes PNG.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from limner.core.notes import Note, NoteKind
from limner.core.pictures import Format
from limner.pixels import faults
from limner.pixels.containers import gif, isobmff, jpeg, png, webp
from limner.pixels.encode import encode
from limner.pixels.kinds import Kind
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.orientation import TURNS, swaps
from limner.pixels.probe import Probed, opened, probe
from limner.pixels.raster import decode

_STRIPPERS: Final[dict[Kind, Callable[[bytes], bytes]]] = {
    Kind.PNG: png.strip,
    Kind.JPEG: jpeg.strip,
    Kind.WEBP: webp.strip,
    Kind.GIF: gif.strip,
    Kind.AVIF: isobmff.strip,
}
_LOSSY: Final = frozenset({Kind.JPEG, Kind.AVIF})
_NEARLY_LOSSLESS: Final = 95
_SAME_BOTH_WAYS: Final = (0, 2)
"""Pillow's numbers for 4:4:4 and 4:2:0, which stay what they are when turned."""


def strip(
    data: bytes, *, name: str | None = None, limits: Limits = DEFAULT, exact: bool = False
) -> tuple[bytes, tuple[Note, ...]]:
    """Take out all metadata but the colour profile, and store the picture upright.

    Args:
        data: the whole file.
        name: what the caller calls it, for messages. Absent: it has no name.
        limits: what is too much.
        exact: every pixel decodes as before, even where that takes another format.

    Returns:
        The file without metadata, and notes where its pixels had to be encoded again. HEIC and TIFF
        become PNG; all others keep their format, unless `exact` asks for it.

    Raises:
        ImageProcessing: as `raster.decode` does.
    """
    probed = probe(data, name=name, limits=limits)
    turned = probed.orientation in TURNS
    if probed.kind not in _STRIPPERS or (turned and exact and probed.kind in _LOSSY):
        return _as_png(data, name, limits)
    if turned:
        return _upright(data, probed, name, limits)
    with faults.reading(name):
        return _STRIPPERS[probed.kind](data), ()


def _as_png(data: bytes, name: str | None, limits: Limits) -> tuple[bytes, tuple[Note, ...]]:
    raster = decode(data, limits, name=name)
    kind = raster.probed.kind
    why = "to be turned upright without loss" if kind in _LOSSY else f"because {kind.value} is only read"
    text = f"The picture was written anew as PNG, {why}."
    note = Note(NoteKind.ADAPTED, text, "images", kind.value, "png")
    clean = encode(raster.pixels, Format.PNG, icc=raster.icc, keep_alpha=raster.probed.has_alpha)
    return clean, (note, *raster.notes)


def _upright(data: bytes, probed: Probed, name: str | None, limits: Limits) -> tuple[bytes, tuple[Note, ...]]:
    if probed.kind is Kind.JPEG:
        clean, how = _upright_jpeg(data, probed, name, limits), "with its own quantisation tables"
    else:
        raster = decode(data, limits, name=name)
        lossless = probed.kind is not Kind.AVIF
        how = "without loss" if lossless else f"at quality {_NEARLY_LOSSLESS}"
        clean = encode(
            raster.pixels,
            Format(probed.kind.value),
            quality=_NEARLY_LOSSLESS,
            lossless=True,
            icc=raster.icc,
            keep_alpha=probed.has_alpha,
        )
    text = f"The picture was stored lying on its side; it was turned upright and encoded again, {how}."
    return clean, (Note(NoteKind.ADAPTED, text, "images"),)


def _upright_jpeg(data: bytes, probed: Probed, name: str | None, limits: Limits) -> bytes:
    picture, _ = opened(data, name=name, limits=limits)
    with faults.reading(name), picture:
        picture.load()
        turned = picture.transpose(TURNS[probed.orientation])
        out = BytesIO()
        turned.info = {}
        turned.save(out, "JPEG", icc_profile=picture.info.get("icc_profile"), **_tables(picture, probed))
        return out.getvalue()


def _tables(picture: Image.Image, probed: Probed) -> dict[str, object]:
    """What the picture was encoded with, turned as it is: then hardly anything changes."""
    if not isinstance(picture, JpegImageFile):
        return {}
    tables = picture.quantization
    if swaps(probed.orientation):
        tables = {key: [table[i % 8 * 8 + i // 8] for i in range(64)] for key, table in tables.items()}
    sampling = get_sampling(picture)
    same_both_ways = sampling in _SAME_BOTH_WAYS or not swaps(probed.orientation)
    return {"qtables": tables, "subsampling": sampling if sampling >= 0 and same_both_ways else 0}
