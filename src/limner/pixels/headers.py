"""What each container's headers say; see `containers`."""

from collections.abc import Callable
from typing import Final

from limner.pixels.containers import gif, isobmff, jpeg, png, tiff, webp
from limner.pixels.containers.facts import Facts
from limner.pixels.kinds import Kind

_READERS: Final[dict[Kind, Callable[[bytes, str | None], Facts]]] = {
    Kind.PNG: png.facts,
    Kind.JPEG: jpeg.facts,
    Kind.WEBP: webp.facts,
    Kind.AVIF: isobmff.facts,
    Kind.HEIC: isobmff.facts,
    Kind.GIF: gif.facts,
    Kind.TIFF: tiff.facts,
}
_BARED: Final[dict[Kind, Callable[[bytes], bytes]]] = {
    Kind.PNG: png.strip,
    Kind.JPEG: jpeg.bare,
    Kind.WEBP: webp.strip,
    Kind.AVIF: isobmff.strip,
    Kind.HEIC: isobmff.strip,
    Kind.GIF: gif.strip,
    Kind.TIFF: tiff.bare,
}
_FULLY_READ: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF})
"""Kinds whose headers tell for sure that there is no metadata."""
_BITS: Final = {"1": 1, "I": 32, "F": 32}


def read(kind: Kind, data: bytes, name: str | None) -> Facts:
    """Read the headers.

    Args:
        kind: what the bytes are.
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` or `damaged_image`.
    """
    return _READERS[kind](data, name)


def bare(kind: Kind, data: bytes, facts: Facts) -> bytes:
    """The bytes that a decoder needs. It is given no metadata: those are where it could be kept busy.

    Args:
        kind: what the bytes are.
        data: the whole file.
        facts: what its headers say.
    """
    if kind in _FULLY_READ and not facts.has_metadata:
        return data
    return _BARED[kind](data)


def bits_of(mode: str) -> int:
    """The bits of a sample in one of Pillow's modes.

    Example:
        >>> bits_of("RGB"), bits_of("I;16")
        (8, 16)
    """
    return 16 if mode.startswith("I;16") else _BITS.get(mode, 8)
