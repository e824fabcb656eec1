"""What an uploaded picture is, read from its first bytes as a vendor's front door does."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from limner.sandbox.codecs.png import SIGNATURE

_WITH_ALPHA: Final = {4: 2, 6: 4}  # PNG colour type: bytes of a pixel at 8 bits
_EIGHT_BITS = 8
_MOST_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Probe:
    """What the bytes are."""

    form: str
    """`png`, `jpeg`, `webp` or `gif`."""
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return f"image/{self.form}"


def probe(data: bytes) -> Probe | None:
    """Read format and size.

    Args:
        data: an uploaded file, whole.

    Returns:
        What it is, or None where it is no PNG, JPEG, WebP or GIF.

    Example:
        >>> probe(b"GIF89a" + bytes((64, 0, 32, 0)))
        Probe(form='gif', width=64, height=32)
        >>> probe(b"not a picture") is None
        True
    """
    for magic, read in _READERS:
        if data.startswith(magic):
            try:
                found = read(data)
            except (struct.error, IndexError, ValueError):
                return None
            return found if found and found.width and found.height else None
    return None


def _png(data: bytes) -> Probe:
    width, height = struct.unpack_from(">II", data, 16)
    return Probe("png", width, height)


def _gif(data: bytes) -> Probe:
    width, height = struct.unpack_from("<HH", data, 6)
    return Probe("gif", width, height)


def _jpeg(data: bytes) -> Probe | None:
    at = 2
    while at < len(data) - 9:
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
            return None
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - the frame headers
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Probe("jpeg", width, height)
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> Probe | None:
    if data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return Probe("webp", width, height)


_READERS: Final[tuple[tuple[bytes, Callable[[bytes], Probe | None]], ...]] = (
    (SIGNATURE, _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"RIFF", _webp),
    (b"GIF8", _gif),
)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def has_alpha(data: bytes) -> bool:
    """Whether a PNG can hold transparency: an alpha channel, or a transparent colour.

    Args:
        data: a PNG, whole.
    """
    return data[25] in _WITH_ALPHA or any(name == b"tRNS" for name, _ in _chunks(data))


def is_opaque(data: bytes) -> bool:
    """Whether every pixel of a PNG is certainly opaque.

    A line is opaque exactly when its filtered alpha bytes are those of an opaque line below opaque
    lines, so nothing is decoded. Interlaced and 16-bit files count as not opaque.

    Args:
        data: a PNG with 8 bits a channel, whole.
    """
    width, height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if kind not in _WITH_ALPHA:
        return not has_alpha(data)
    if depth != _EIGHT_BITS or interlaced or width * height > _MOST_PIXELS:
        return False
    pixel = _WITH_ALPHA[kind]
    packed = b"".join(body for name, body in _chunks(data) if name == b"IDAT")
    try:
        plain = zlib.decompress(packed)
    except zlib.error:
        return False
    stride = width * pixel + 1
    for line in range(height):
        start = line * stride
        alpha = plain[start + pixel : start + stride : pixel]
        if alpha != _opaque_line(plain[start], width, first=line == 0):
            return False
    return True


def _opaque_line(method: int, width: int, *, first: bool) -> bytes:
    """The filtered alpha of an opaque line: by filter type none, sub, up, average, Paeth."""
    if method == 0 or (method == 2 and first):  # noqa: PLR2004 - up, with nothing above
        return b"\xff" * width
    if method == 2:  # noqa: PLR2004 - up
        return bytes(width)
    if method == 1 or (method == 4 and first):  # noqa: PLR2004 - Paeth, with nothing above
        return b"\xff" + bytes(width - 1)
    if method == 4:  # noqa: PLR2004 - Paeth
        return bytes(width)
    return b"\xff" + b"\x80" * (width - 1) if first else b"\x80" + bytes(width - 1)
