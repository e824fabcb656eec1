"""JPEG: segments that begin with a marker, then entropy-coded scans.

Source: ITU-T T.81 (1992-09), JFIF 1.02, and Adobe Technical Note 5116.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

from limner.core.pictures import Size
from limner.pixels import faults
from limner.pixels.containers.facts import Facts, counted
from limner.pixels.orientation import read_orientation

_SOI, _EOI, _SOS, _TEM, _COM = 0xD8, 0xD9, 0xDA, 0x01, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_EXIF: Final = b"Exif\x00\x00"
_ICC: Final = b"ICC_PROFILE\x00"
_MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}
"""By the number of components."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF markers; the three left out are tables."""
_ALONE: Final = frozenset({_SOI, _TEM, *range(0xD0, 0xD8)})
"""Markers without a length."""
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1, 0xC3, 0xC9, 0xCB})
_SCAN: Final = re.compile(rb"\xff\xda")
_MOST_SCANS: Final = 100
"""Of a progressive picture; encoders write about ten."""
_NEXT_MARKER: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""Where a scan ends: a marker that is neither a stuffed zero nor a restart."""


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Walk the segments up to the end of the first picture.

    Args:
        data: the whole file.

    Yields:
        The marker, and where the whole segment starts and ends. A scan's data come as a piece of their
        own, by the marker 0. The walk stops where the file does.
    """
    at = 0
    while at + 2 <= len(data):
        if data[at] != 0xFF:  # noqa: PLR2004 - something between segments: skip to the next marker
            at = data.find(b"\xff", at)
            if at < 0:
                return
        while at + 1 < len(data) and data[at + 1] == 0xFF:  # noqa: PLR2004 - fill bytes
            at += 1
        if at + 1 >= len(data):
            return
        marker = data[at + 1]
        end = at + 2 if marker in _ALONE or marker == _EOI else _end(data, at)
        yield marker, at, min(end, len(data))
        if marker == _EOI:
            return
        if marker == _SOS:  # only now, because who reads headers stops here
            found = _NEXT_MARKER.search(data, end)
            at, end = end, found.start() if found else len(data)
            yield 0, at, end
        at = end


def _end(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        return len(data)
    return at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read size, bits, orientation and whether there is metadata, up to the first scan.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` when there is no scan, or no size before it.
    """
    size, bits, mode, orientation = None, None, None, 1
    metadata, progressive, icc = False, False, False
    for marker, start, end in counted(segments(data)):
        if marker in _FRAMES and size is None and end - start >= 10:  # noqa: PLR2004 - up to the components
            bits, height, width, components = struct.unpack_from(">BHHB", data, start + 4)
            size = Size(width, height)
            mode = _MODES.get(components) if bits == 8 else None  # noqa: PLR2004 - what Pillow decodes
            progressive = marker not in _SEQUENTIAL
        elif marker == _APP1 and data.startswith(_EXIF, start + 4) and orientation == 1:
            orientation = read_orientation(data[start + 4 : end])
        elif marker == _APP2:
            icc = icc or data.startswith(_ICC, start + 4)
        elif marker == _SOS:
            if size is None:
                raise faults.damaged(name, "its pixels come before its size")
            if progressive:
                _check_scans(data, start, name)
            return Facts(size, orientation, bits, 1, mode, has_icc=icc, has_metadata=metadata)
        metadata = metadata or not _is_kept(data, marker, start)
    raise faults.truncated(name, f"it ends after {len(data):,} bytes, before any pixel")


def _check_scans(data: bytes, at: int, name: str | None) -> None:
    """Each scan goes over the whole picture: thousands of empty ones would take minutes."""
    if len(_SCAN.findall(data, at)) > _MOST_SCANS:
        raise faults.damaged(name, f"it has more than {_MOST_SCANS} scans")


def bare(data: bytes) -> bytes:
    """The picture without what comes before its pixels and is not needed to decode them.

    Args:
        data: the whole file, whose facts were read before.
    """
    kept: list[bytes] = []
    for marker, start, end in counted(segments(data)):
        if marker == _SOS:
            kept.append(data[start:])
            break
        if _is_kept(data, marker, start):
            kept.append(data[start:end])
    return b"".join(kept)


def exif(data: bytes) -> bytes:
    """The EXIF block, or nothing when there is none.

    Args:
        data: the whole file, probed before.
    """
    for marker, start, end in counted(segments(data)):
        if marker == _APP1 and data.startswith(_EXIF, start + 4):
            return data[start + 4 : end]
        if marker == _SOS:
            break
    return b""


def with_segment(data: bytes, segment: bytes) -> bytes:
    """Put a segment where readers look for it: behind JFIF's own, which comes first.

    Args:
        data: the whole file, probed before.
        segment: with its marker and length.
    """
    at = 2
    for marker, start, end in segments(data):
        if marker not in {_SOI, _APP0}:
            at = start
            break
        at = end
    return data[:at] + segment + data[at:]


def strip(data: bytes) -> bytes:
    """Leave out EXIF, XMP, IPTC, comments, previews and what follows the picture.

    Args:
        data: the whole file, probed before.
    """
    kept: list[bytes] = []
    for marker, start, end in counted(segments(data)):
        if marker == _APP0 and data[start + 4 : start + 9] == b"JFIF\x00":
            kept.append(_without_preview(data[start:end]))
        elif _is_kept(data, marker, start):
            kept.append(data[start:end])
    return b"".join(kept)


def _is_kept(data: bytes, marker: int, start: int) -> bool:
    """Everything but comments and application segments, of which the first three kinds matter."""
    if marker == _COM:
        return False
    if not _APP0 <= marker <= _APP15:
        return True
    wanted = {_APP0: b"JFIF\x00", _APP2: _ICC, _APP14: b"Adobe"}.get(marker)
    return wanted is not None and data.startswith(wanted, start + 4)


def _without_preview(segment: bytes) -> bytes:
    """JFIF's own segment, with the density and without the thumbnail."""
    head = segment[4:16]
    if len(head) < 12:  # noqa: PLR2004 - identifier, version, unit and two densities
        return b""
    body = head + b"\x00\x00"
    return b"\xff\xe0" + struct.pack(">H", len(body) + 2) + body
