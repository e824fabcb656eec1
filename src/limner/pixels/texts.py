"""Texts inside a file: where each container keeps them, and how one is added without touching a pixel."""

import struct
import zlib
from typing import Final

from limner.pixels.containers import isobmff, jpeg, png, webp
from limner.pixels.exif import MAKE, MODEL, USER_COMMENT, read, with_comment
from limner.pixels.kinds import Kind

PARAMETERS: Final = "parameters"
"""The key under which programs for image generation keep theirs."""
_MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one text, inflated."""
_LONGEST_SEGMENT: Final = 65_533


def read_texts(data: bytes, kind: Kind) -> dict[str, str]:
    """Collect the texts by their keys. A comment in the EXIF goes by the key `parameters`.

    Args:
        data: the whole file, probed before.
        kind: what it is.
    """
    if kind is Kind.PNG:
        return _png_texts(data)
    values = read(_exif(data, kind), USER_COMMENT, MAKE, MODEL)
    texts: dict[str, str] = {}
    for tag, value in values.items():
        if tag == USER_COMMENT:
            texts[PARAMETERS] = value.text
        else:  # ComfyUI puts its graphs here, with their key in front
            key, colon, rest = value.text.partition(":")
            if colon and key in {"prompt", "workflow"}:
                texts[key] = rest
    return texts


def _png_texts(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    for kind, start, end in png.chunks(data):
        body = data[start : min(end, start + _MOST_BYTES)]
        key, _, rest = body.partition(b"\x00")
        if kind == b"tEXt":
            texts[key.decode("latin-1")] = rest.decode("latin-1")
        elif kind == b"zTXt":
            texts[key.decode("latin-1")] = _inflated(rest[1:]).decode("latin-1")
        elif kind == b"iTXt":
            packed, text = rest[:1] == b"\x01", rest[2:].split(b"\x00", 2)[-1]
            texts[key.decode("latin-1")] = (_inflated(text) if packed else text).decode("utf-8", "replace")
    return texts


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MOST_BYTES)
    except zlib.error:
        return b""


def _exif(data: bytes, kind: Kind) -> bytes:
    if kind is Kind.TIFF:
        return data
    if kind in {Kind.AVIF, Kind.HEIC}:
        return isobmff.exif(data)
    if kind is Kind.JPEG:
        return jpeg.exif(data)
    return webp.exif(data) if kind is Kind.WEBP else b""


def add_text(data: bytes, kind: Kind, text: str) -> bytes | None:
    """Add a text under the key `parameters`, where programs for image generation look for it.

    Args:
        data: the whole file, probed before, without EXIF.
        kind: what it is.
        text: of any characters.

    Returns:
        The file with the text, the same pixels in it; `None` when its format has no room for it.
    """
    if kind is Kind.PNG:
        body = PARAMETERS.encode() + b"\x00\x00\x00\x00\x00" + text.encode()
        at = len(png.SIGNATURE) + 25  # after the header, which always has this length
        return data[:at] + png.chunk(b"iTXt", body) + data[at:]
    block = with_comment(text)
    if kind is Kind.JPEG:
        body = b"Exif\x00\x00" + block
        if len(body) > _LONGEST_SEGMENT:
            return None
        segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
        return jpeg.with_segment(data, segment)
    return webp.with_exif(data, block) if kind is Kind.WEBP else None
