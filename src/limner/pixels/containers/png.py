"""PNG: a signature and chunks, each with its length, name, data and checksum.

Source: Portable Network Graphics Specification (Third Edition), https://www.w3.org/TR/png-3/ (2025-06-24).
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from limner.core.pictures import Size
from limner.pixels import faults
from limner.pixels.containers.facts import Facts, counted
from limner.pixels.orientation import read_orientation

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"iCCP"}
    | {b"cICP", b"mDCV", b"cLLI", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
)
"""What it takes to show the picture. All others are text, dates, EXIF, provenance or private."""


def chunks(data: bytes, name: str | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Walk the chunks up to `IEND`.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Yields:
        The chunk's name, and where its data starts and ends.

    Raises:
        ImageProcessing: `truncated_image` when the file ends first.
    """
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        if end + 4 > len(data):
            break
        yield kind, start, end
        if kind == b"IEND":
            return
        at = end + 4
    raise faults.truncated(name, f"it ends after {len(data):,} bytes, in the middle of a chunk")


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read size, bits, frames and whether there is metadata.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` or `damaged_image`.
    """
    size, bits, frames, orientation = None, None, 1, 1
    metadata = False
    for kind, start, end in counted(chunks(data, name), name):
        if size is None:
            if kind != b"IHDR" or end - start != 13:  # noqa: PLR2004 - IHDR's fixed length
                raise faults.damaged(name, "the PNG does not begin with its header")
            width, height, bits, colour = struct.unpack_from(">IIBB", data, start)
            size = Size(width, height)
            bits = 8 if colour == 3 else bits  # noqa: PLR2004 - 3 is a palette: its entries have 8
        elif kind == b"acTL" and end - start >= 8:  # noqa: PLR2004 - two numbers
            (frames,) = struct.unpack_from(">I", data, start)
        elif kind == b"eXIf":
            orientation = read_orientation(data[start:end])
        metadata = metadata or kind not in _KEPT
    return Facts(size, orientation, bits, max(frames, 1), has_metadata=metadata)


def strip(data: bytes) -> bytes:
    """Leave out every chunk that is not needed to show the picture, and what follows `IEND`.

    Args:
        data: the whole file, probed before.

    Raises:
        ImageProcessing: `truncated_image`.
    """
    kept = [SIGNATURE]
    for kind, start, end in counted(chunks(data)):
        if kind == b"iCCP":
            kept.append(_unnamed_profile(data[start:end]))
        elif kind in _KEPT:
            kept.append(data[start - 8 : end + 4])
    return b"".join(kept)


def chunk(kind: bytes, body: bytes) -> bytes:
    """Build one chunk, with its checksum."""
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def _unnamed_profile(body: bytes) -> bytes:
    """The profile chunk without the name that its maker gave it."""
    _, _, rest = body.partition(b"\x00")
    return chunk(b"iCCP", b"ICC\x00" + rest)
