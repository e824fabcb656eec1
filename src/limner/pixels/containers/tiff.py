"""TIFF: directories of tags. Its metadata is taken out by writing the pixels anew.

Source: TIFF Revision 6.0 (1992-06-03) and its Technical Notes.
"""

import struct
from dataclasses import dataclass
from typing import Final

from limner.pixels import faults
from limner.pixels.containers.facts import MOST_PIECES, Facts
from limner.pixels.orientation import read_orientation

_SHOWING: Final = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 290}
    | {291, 292, 293, 296, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 336, 338, 339, 340, 341}
    | {347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 34675}
)
"""Tags without which the pixels cannot be shown. All others tell of where they come from."""
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one value, by its type."""
_ENTRY: Final = 12


@dataclass(frozen=True, slots=True)
class _Directory:
    at: int
    entries: tuple[tuple[int, int, int, bytes], ...]
    """Each tag, the type and number of its values, and the entry's own bytes."""
    next_at: int


def _order(data: bytes) -> str:
    return "<" if data.startswith(b"II") else ">"


def _directory(data: bytes, at: int) -> _Directory:
    order = _order(data)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entries: list[tuple[int, int, int, bytes]] = []
    for place in range(at + 2, at + 2 + _ENTRY * count, _ENTRY):
        tag, kind, values = struct.unpack_from(f"{order}HHI", data, place)
        entries.append((tag, kind, values, data[place : place + _ENTRY]))
    (next_at,) = struct.unpack_from(f"{order}I", data, at + 2 + _ENTRY * count)
    return _Directory(at, tuple(entries), next_at)


def _first(data: bytes) -> _Directory:
    return _directory(data, struct.unpack_from(f"{_order(data)}I", data, 4)[0])


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read the orientation, count the frames, and say whether there is metadata.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image`, or `damaged_image` when it asks to be read forever.
    """
    try:
        first = _first(data)
    except struct.error as error:
        raise faults.truncated(name, "its directory lies beyond its end") from error
    shown = [entry for entry in first.entries if entry[0] in _SHOWING]
    if sum(_WIDTHS.get(kind, 1) * values for _, kind, values, _ in shown) > len(data):
        raise faults.damaged(name, "its tags are larger than the file")
    return Facts(
        orientation=read_orientation(data),
        frames=_count(data, first, name),
        has_metadata=len(shown) < len(first.entries),
    )


def _count(data: bytes, first: _Directory, name: str | None) -> int:
    order, at, seen = _order(data), first.next_at, {first.at}
    while 0 < at < len(data) - 1 and at not in seen:
        seen.add(at)
        if len(seen) > MOST_PIECES:
            raise faults.damaged(name, f"it has more than {MOST_PIECES:,} directories")
        (count,) = struct.unpack_from(f"{order}H", data, at)
        end = at + 2 + _ENTRY * count
        at = struct.unpack_from(f"{order}I", data, end)[0] if end + 4 <= len(data) else 0
    return len(seen)


def bare(data: bytes) -> bytes:
    """The first picture with only the tags that show it, so that no decoder reads the others.

    Args:
        data: the whole file, whose facts were read before.
    """
    first = _first(data)
    shown = [entry for tag, _, _, entry in first.entries if tag in _SHOWING]
    directory = struct.pack(f"{_order(data)}H", len(shown)) + b"".join(shown) + bytes(4)
    patched = bytearray(data)
    patched[first.at : first.at + len(directory)] = directory
    return bytes(patched)
