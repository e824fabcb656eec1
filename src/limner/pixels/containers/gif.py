"""GIF: a logical screen, then frames and extensions made of sub-blocks.

Source: Graphics Interchange Format, Version 89a (1990-07-31).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from limner.core.pictures import Size
from limner.pixels import faults
from limner.pixels.containers.facts import Facts, counted

_FRAME, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_HAS_TABLE: Final = 0x80
_MOST_SUB_BLOCKS: Final = 1_000_000
"""Full ones, of 255 bytes, would make 255 MB."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block lies."""

    what: int
    """`0x2C` a frame, `0x21` an extension, `0x3B` the end."""
    label: int
    """Of an extension; 0 for others."""
    start: int
    end: int


def blocks(data: bytes) -> Iterator[Block]:
    """Walk the blocks after the screen descriptor and its colours, up to the end or where the file stops.

    Args:
        data: the whole file.

    Raises:
        ImageProcessing: `damaged_image` when there are too many sub-blocks.
    """
    at = 13 + _table(data, 10)
    steps = 0
    while at < len(data):
        what, label, start = data[at], 0, at
        if what == _TRAILER:
            yield Block(what, 0, start, at + 1)
            return
        if what == _EXTENSION and at + 2 <= len(data):
            label = data[at + 1]
            at += 2
        elif what == _FRAME and at + 10 <= len(data):
            at += 11 + _table(data, at + 9)
        else:
            return
        while at < len(data) and data[at]:
            at += 1 + data[at]
            steps += 1
            if steps > _MOST_SUB_BLOCKS:
                raise faults.damaged(None, f"it has more than {_MOST_SUB_BLOCKS:,} sub-blocks")
        at = min(at + 1, len(data))
        yield Block(what, label, start, at)


def _table(data: bytes, at: int) -> int:
    """Bytes of the colour table that the flags at `at` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 * (2 << (flags & 7)) if flags & _HAS_TABLE else 0


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read the size, count the frames, and say whether there is metadata.

    Args:
        data: the whole file.
        name: unused: a GIF does not say how long it is.
    """
    if len(data) < 13:  # noqa: PLR2004 - header and screen descriptor
        return Facts()
    width, height = struct.unpack_from("<HH", data, 6)
    frames, metadata = 0, False
    for block in counted(blocks(data)):
        if block.what == _FRAME:
            left, top, wide, high = struct.unpack_from("<HHHH", data, block.start + 1)
            width, height = max(width, left + wide), max(height, top + high)
            frames += 1
        metadata = metadata or not _is_kept(data, block)
    return Facts(Size(width, height), 1, 8, max(frames, 1), has_metadata=metadata)


def strip(data: bytes) -> bytes:
    """Leave out comments, text, XMP and other applications' blocks, and what follows the end.

    Args:
        data: the whole file, probed before.
    """
    kept = [data[: 13 + _table(data, 10)]]
    kept += [data[block.start : block.end] for block in counted(blocks(data)) if _is_kept(data, block)]
    return b"".join(kept)


def _is_kept(data: bytes, block: Block) -> bool:
    if block.what != _EXTENSION or block.label == _CONTROL:
        return True
    return block.label == _APPLICATION and data[block.start + 3 : block.start + 14] in _LOOPS
