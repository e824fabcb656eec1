"""PNG: RGB, or RGBA where a colour is not opaque (W3C PNG, third edition)."""

import struct
import zlib
from collections.abc import Mapping

from limner.sandbox.codecs.painting import Painting

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _RGBA = 2, 6
_NONE, _UP = b"\x00", b"\x02"


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def encode(painting: Painting, texts: Mapping[str, str] | None = None) -> bytes:
    """Write a PNG.

    Args:
        painting: what to encode.
        texts: `tEXt` chunks by keyword. Absent: none.
    """
    channels = 4 if painting.transparent else 3
    colours = [bytes(colour[:channels]) for colour in painting.palette]
    packer = zlib.compressobj(1)
    pieces: list[bytes] = []
    repeat = _UP + bytes(painting.width * channels)  # a line that equals the one above it
    for number, row in enumerate(painting.rows):
        line = b"".join(colours[index] * painting.tile for index in row)[: painting.width * channels]
        pieces.append(packer.compress(_NONE + line))
        pieces.append(packer.compress(repeat * (painting.lines_of(number) - 1)))
    pieces.append(packer.flush())
    kind = _RGBA if painting.transparent else _RGB
    header = struct.pack(">IIBBBBB", painting.width, painting.height, 8, kind, 0, 0, 0)
    notes = [
        chunk(b"tEXt", key.encode("latin-1") + b"\x00" + text.encode("latin-1", "replace"))
        for key, text in (texts or {}).items()
    ]
    body = [chunk(b"IHDR", header), *notes, chunk(b"IDAT", b"".join(pieces)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(body)
