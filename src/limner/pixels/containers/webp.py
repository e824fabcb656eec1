"""WebP: a RIFF file with chunks of even length.

Source: RFC 9649, https://www.rfc-editor.org/rfc/rfc9649 (2024-11).
"""

import struct
from collections.abc import Iterator
from typing import Final

from limner.core.pictures import Size
from limner.pixels import faults
from limner.pixels.containers.facts import Facts, counted
from limner.pixels.orientation import read_orientation

_KEPT: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_IN_FRAME: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_FRAME_HEADER: Final = 16
_HAS_EXIF: Final = 0b0000_1000
_HAS_EXIF_OR_XMP: Final = 0b0000_1100
_HAS_ALPHA: Final = 0b0001_0000
_LOSSLESS_ALPHA: Final = 0b0001_0000
"""In the last of the four bytes that begin a lossless bitstream."""


def chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Walk chunks.

    Args:
        data: the whole file.
        at: where the first one begins.
        end: where the last one ends.

    Yields:
        The chunk's name, and where its data starts and ends.
    """
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, at + 8, min(at + 8 + length, end)
        at += 8 + length + length % 2


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read size, frames, orientation and whether there is metadata.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` when the file is shorter than it says.
    """
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise faults.truncated(name, f"{length + 8:,} bytes were promised and {len(data):,} came")
    size: Size | None = None
    frames, orientation, metadata = 0, 1, False
    for kind, start, end in counted(chunks(data, 12, length + 8), name):
        size = size or _size(data, kind, start, end)
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = read_orientation(data[start:end])
        metadata = metadata or kind not in _KEPT
    return Facts(size, orientation, 8, max(frames, 1), has_metadata=metadata)


def _size(data: bytes, kind: bytes, start: int, end: int) -> Size | None:
    if kind == b"VP8X" and end - start >= 10:  # noqa: PLR2004 - flags and two sizes of three bytes
        return Size(
            1 + int.from_bytes(data[start + 4 : start + 7], "little"),
            1 + int.from_bytes(data[start + 7 : start + 10], "little"),
        )
    if kind == b"VP8L" and end - start >= 5:  # noqa: PLR2004 - a signature and 28 bits
        (bits,) = struct.unpack_from("<I", data, start + 1)
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and end - start >= 10:  # noqa: PLR2004 - frame tag, start code, two sizes
        width, height = struct.unpack_from("<HH", data, start + 6)
        return Size(width & 0x3FFF, height & 0x3FFF)
    return None


def exif(data: bytes) -> bytes:
    """The EXIF block, or nothing when there is none.

    Args:
        data: the whole file, probed before.
    """
    for kind, start, end in counted(chunks(data, 12, len(data))):
        if kind == b"EXIF":
            return data[start:end]
    return b""


def with_exif(data: bytes, block: bytes) -> bytes:
    """Add an EXIF block at the end, and a header that announces it.

    Args:
        data: the whole file, probed before, without EXIF.
        block: the EXIF.
    """
    plain = strip(data)
    body = plain[12:]
    if not body.startswith(b"VP8X"):
        body = _chunk(b"VP8X", _extended_header(plain)) + body
    flags = body[8] | _HAS_EXIF
    body = body[:8] + bytes([flags]) + body[9:] + _chunk(b"EXIF", block)
    return _file(body)


def _extended_header(plain: bytes) -> bytes:
    kind, start, end = next(chunks(plain, 12, len(plain)))
    size = _size(plain, kind, start, end) or Size(1, 1)
    has_alpha = kind == b"VP8L" and plain[start + 4] & _LOSSLESS_ALPHA
    return (
        bytes([_HAS_ALPHA if has_alpha else 0, 0, 0, 0])
        + (size.width - 1).to_bytes(3, "little")
        + (size.height - 1).to_bytes(3, "little")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\x00" * (len(body) % 2)


def _file(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def strip(data: bytes) -> bytes:
    """Leave out EXIF, XMP, unknown chunks and what follows the picture.

    Args:
        data: the whole file, probed before.
    """
    (length,) = struct.unpack_from("<I", data, 4)
    kept = b"".join(_kept(data, 12, min(length + 8, len(data)), _KEPT))
    return _file(kept)


def _kept(data: bytes, at: int, end: int, wanted: frozenset[bytes]) -> Iterator[bytes]:
    for kind, start, stop in counted(chunks(data, at, end)):
        if kind not in wanted:
            continue
        body = data[start:stop]
        if kind == b"VP8X" and body:
            body = bytes([body[0] & ~_HAS_EXIF_OR_XMP]) + body[1:]
        elif kind == b"ANMF":
            body = body[:_FRAME_HEADER] + b"".join(_kept(data, start + _FRAME_HEADER, stop, _IN_FRAME))
        yield _chunk(kind, body)
