"""Pixels as a file, without any metadata but the colour profile."""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limner.core.pictures import Format
from limner.pixels import faults
from limner.pixels.arrays import is_opaque, size_of, to_pillow
from limner.pixels.stored_png import stored_png

_QUALITY: Final = {Format.JPEG: 90, Format.WEBP: 90, Format.AVIF: 80}
"""Where none is asked. Above these, files grow faster than anybody sees."""
_LONGEST_EDGE: Final = {Format.JPEG: 65_500, Format.WEBP: 16_383, Format.AVIF: 65_535, Format.GIF: 65_535}
_PNG_LEVEL: Final = 4
"""Within a few per cent of the default's size in half of its time."""
_FULL_COLOUR_FROM: Final = 90
"""From this quality on, colour is kept at full resolution."""


def encode(
    array: NDArray[np.uint8],
    format: Format,  # noqa: A002 - the word of the vocabulary
    *,
    quality: int | None = None,
    lossless: bool | None = None,
    fast: bool = False,
    icc: bytes | None = None,
    keep_alpha: bool = False,
    xmp: bytes | None = None,
) -> bytes:
    """Encode pixels.

    PNG, and WebP unless told otherwise, hold every RGBA value exactly, the colour of fully transparent
    pixels included. JPEG has no transparency: the picture is put on white first.

    Args:
        array: height × width × 4, or × 3 without alpha, or height × width for grey.
        format: how to encode.
        quality: 0..100 for lossy formats. Absent: 90 for JPEG and WebP, 80 for AVIF.
        lossless: of WebP. Absent: lossless unless a quality is given.
        fast: as PNG, hardly compressed: for handing over within this process.
        icc: a profile to embed. Absent: none, which means sRGB.
        keep_alpha: write the alpha channel even where everything is opaque.
        xmp: a metadata packet to embed; GIF and the fast PNG take none. Absent: none.

    Raises:
        ImageProcessing: `unsupported_format`, or `too_large_for_format`.
    """
    size = size_of(array)
    most = _LONGEST_EDGE.get(format)
    if most is not None and max(size.width, size.height) > most:
        raise faults.fault(
            f"{size} is too large for {format.value}, which ends at {most} pixels on a side.",
            code="too_large_for_format",
            remedy="Ask for PNG, or for a smaller size.",
        )
    array = _without_idle_alpha(array, keep_alpha=keep_alpha)
    if format is Format.PNG and fast:
        return stored_png(array, icc)
    if format not in _WRITERS:
        raise faults.fault(
            f"Pixels cannot be written as {format.value}.",
            code="unsupported_format",
            remedy="Ask for PNG, JPEG, WebP, AVIF or GIF.",
        )
    picture, options = _WRITERS[format](to_pillow(array), quality, lossless)
    out = BytesIO()
    picture.save(out, format.value, icc_profile=icc, **options, **_packet(format, xmp))
    return out.getvalue()


def _packet(format: Format, xmp: bytes | None) -> dict[str, bytes | PngInfo]:  # noqa: A002 - as above
    if xmp is None or format is Format.GIF:
        return {}
    if format is not Format.PNG:
        return {"xmp": xmp}
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return {"pnginfo": info}


def _without_idle_alpha(array: NDArray[np.uint8], *, keep_alpha: bool) -> NDArray[np.uint8]:
    if array.ndim != 3 or array.shape[2] != 4 or keep_alpha or not is_opaque(array):  # noqa: PLR2004
        return array
    return np.ascontiguousarray(array[..., :3])


Options = dict[str, int | bool | str]
_Writer = Callable[[Image.Image, int | None, bool | None], tuple[Image.Image, Options]]


def _png(picture: Image.Image, quality: int | None, lossless: bool | None) -> tuple[Image.Image, Options]:
    return picture, {"compress_level": _PNG_LEVEL}


def _jpeg(picture: Image.Image, quality: int | None, lossless: bool | None) -> tuple[Image.Image, Options]:
    quality = _QUALITY[Format.JPEG] if quality is None else quality
    subsampling = 0 if quality >= _FULL_COLOUR_FROM else 2
    return on_white(picture), {"quality": quality, "subsampling": subsampling}


def _webp(picture: Image.Image, quality: int | None, lossless: bool | None) -> tuple[Image.Image, Options]:
    if quality is None if lossless is None else lossless:
        return picture, {"lossless": True, "exact": True, "quality": 20, "method": 2}
    return picture, {"quality": _QUALITY[Format.WEBP] if quality is None else quality}


def _avif(picture: Image.Image, quality: int | None, lossless: bool | None) -> tuple[Image.Image, Options]:
    quality = _QUALITY[Format.AVIF] if quality is None else quality
    subsampling = "4:4:4" if quality >= _FULL_COLOUR_FROM else "4:2:0"
    return picture, {"quality": quality, "subsampling": subsampling, "speed": 8}


def _gif(picture: Image.Image, quality: int | None, lossless: bool | None) -> tuple[Image.Image, Options]:
    return picture, {}


_WRITERS: Final[dict[Format, _Writer]] = {
    Format.PNG: _png,
    Format.JPEG: _jpeg,
    Format.WEBP: _webp,
    Format.AVIF: _avif,
    Format.GIF: _gif,
}


_LOWEST: Final = 10
"""Quality below which a picture is no longer one."""


def encode_within(
    array: NDArray[np.uint8],
    format: Format,  # noqa: A002 - the word of the vocabulary
    most_bytes: int,
    *,
    quality: int | None = None,
    icc: bytes | None = None,
) -> tuple[bytes, int | None]:
    """Encode pixels into so many bytes, at the highest quality that fits.

    Args:
        array: height × width × 4, or × 3 without alpha, or height × width for grey.
        format: how to encode. A lossless one fits or does not; WebP becomes lossy where it must.
        most_bytes: the result has at most so many.
        quality: the highest to try. Absent: lossless where the format can, else its usual quality.
        icc: a profile to embed. Absent: none.

    Returns:
        The file, and the quality that it took; `None`: lossless.

    Raises:
        ImageProcessing: `too_many_bytes` when not even the lowest quality fits, and as `encode` does.
    """
    data = encode(array, format, quality=quality, icc=icc)
    if len(data) <= most_bytes:
        lossless = format is Format.PNG or (format is Format.WEBP and quality is None)
        return data, None if lossless else _QUALITY.get(format) if quality is None else quality
    best: tuple[bytes, int] | None = None
    least, most = _LOWEST, (_QUALITY.get(format, _LOWEST) if quality is None else quality)
    while format in _QUALITY and least <= most:
        middle = (least + most) // 2
        data = encode(array, format, quality=middle, lossless=False, icc=icc)
        if len(data) <= most_bytes:
            best, least = (data, middle), middle + 1
        else:
            most = middle - 1
    if best is None:
        raise faults.fault(
            f"The picture cannot be brought under {most_bytes:,} bytes as {format.value}.",
            code="too_many_bytes",
            remedy="Ask for WebP or JPEG, or for a smaller size.",
        )
    return best


def on_white(picture: Image.Image) -> Image.Image:
    """Put a picture on white, where its format has no transparency.

    Args:
        picture: in mode `L`, `RGB` or `RGBA`.
    """
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")
