"""AVIF and HEIC: boxes within boxes (ISO base media file format) that hold items.

Metadata are items of their own. They are blanked where they lie, so that no offset changes.
Source: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items), AV1 Image File Format 1.1.0 (2022-04-15).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from limner.pixels import faults
from limner.pixels.containers.facts import Facts, counted

_PICTURE_ITEMS: Final = frozenset(
    {b"av01", b"hvc1", b"grid", b"iovl", b"iden", b"tmap", b"lhv1", b"sato", b"skip"}
)
_ROOT_KEPT: Final = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip"})


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies."""

    kind: bytes
    at: int
    """Its first byte."""
    start: int
    """Of its content."""
    end: int


def boxes(data: bytes | bytearray, at: int, end: int) -> Iterator[Box]:
    """Walk the boxes between two places.

    Args:
        data: the whole file.
        at: where the first one begins.
        end: where the last one ends.

    Returns:
        Each box; the last may be cut off by `end`.

    Raises:
        ImageProcessing: `damaged_image` when there are too many.
    """
    return counted(_walk(data, at, end))


def _walk(data: bytes | bytearray, at: int, end: int) -> Iterator[Box]:
    while at + 8 <= end:
        length, kind, head = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8]), 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif length == 0:
            length = end - at
        if length < head:
            return
        yield Box(kind, at, at + head, min(at + length, end))
        at += length


def facts(data: bytes, name: str | None = None) -> Facts:
    """Read the bits of a sample and whether there is metadata.

    Args:
        data: the whole file.
        name: what the caller calls it. Absent: it has no name.

    Raises:
        ImageProcessing: `truncated_image` when a box reaches beyond the end.
    """
    metadata = False
    meta: Box | None = None
    for box in boxes(data, 0, len(data)):
        length = int.from_bytes(data[box.at : box.at + 4], "big")
        if length > 1 and box.at + length > len(data):
            raise faults.truncated(name, f"it ends after {len(data):,} bytes, in the middle of a box")
        metadata = metadata or box.kind not in _ROOT_KEPT
        meta = box if box.kind == b"meta" else meta
    if meta is not None:
        metadata = metadata or any(kind not in _PICTURE_ITEMS for kind, *_ in _items(data, meta))
    return Facts(bits=_bits(data), has_metadata=metadata)


def _bits(data: bytes) -> int:
    at = data.find(b"av1C", 0, 1 << 16)
    if at < 0 or at + 7 > len(data):
        return 8
    flags = data[at + 6]
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


def _items(data: bytes | bytearray, meta: Box) -> Iterator[tuple[bytes, int, int, int]]:
    """The items' type, identifier, and where the type and the rest of the entry lie."""
    for table in boxes(data, meta.start + 4, meta.end):
        if table.kind != b"iinf":
            continue
        for entry in boxes(data, table.start + (6 if data[table.start] == 0 else 8), table.end):
            version = data[entry.start]
            if entry.kind != b"infe" or version < 2:  # noqa: PLR2004 - older entries have no type
                continue
            wide = 2 if version == 2 else 4  # noqa: PLR2004 - version 3 has longer identifiers
            at = entry.start + 4
            kind_at = at + wide + 2
            yield (
                bytes(data[kind_at : kind_at + 4]),
                int.from_bytes(data[at : at + wide], "big"),
                kind_at,
                entry.end,
            )


def exif(data: bytes) -> bytes:
    """The EXIF block, or nothing when there is none.

    Args:
        data: the whole file, probed before.
    """
    for meta in boxes(data, 0, len(data)):
        if meta.kind != b"meta":
            continue
        wanted = {identifier for kind, identifier, *_ in _items(data, meta) if kind == b"Exif"}
        inner = Box(meta.kind, 0, meta.start - meta.at, meta.end - meta.at)
        for start, end in _extents(data[meta.at : meta.end], inner, wanted, meta.at):
            skip = int.from_bytes(data[start : start + 4], "big")  # where the block itself begins
            return data[start + 4 + skip : end]
    return b""


def strip(data: bytes) -> bytes:
    """Blank every item, box and name that is not the picture, where it lies.

    Args:
        data: the whole file, probed before.
    """
    clean = bytearray(data)
    for box in list(boxes(data, 0, len(data))):
        if box.kind not in _ROOT_KEPT:
            _blank_box(clean, box)
        elif box.kind == b"meta":
            _clean_meta(clean, box)
        elif box.kind == b"moov":
            _clean_movie(clean, box)
    return bytes(clean)


def _blank_box(clean: bytearray, box: Box) -> None:
    """Make it free space of the same length."""
    clean[box.at + 4 : box.at + 8] = b"free"
    _blank(clean, box.start, box.end)


def _blank(clean: bytearray, start: int, end: int) -> None:
    clean[start:end] = bytes(max(0, min(end, len(clean)) - start))


def _clean_meta(clean: bytearray, meta: Box) -> None:
    """Blank the data of items that are no picture, and make their type one that nobody reads."""
    data = bytes(clean[meta.at : meta.end])
    inner = Box(meta.kind, 0, meta.start - meta.at, meta.end - meta.at)
    unwanted: set[int] = set()
    for kind, identifier, kind_at, entry_end in _items(data, inner):
        if kind in _PICTURE_ITEMS:
            continue
        unwanted.add(identifier)
        clean[meta.at + kind_at : meta.at + kind_at + 4] = b"skip"
        _blank(clean, meta.at + kind_at + 4, meta.at + entry_end)
    blanked = 0
    for start, end in _extents(data, inner, unwanted, meta.at):
        blanked += end - start
        if blanked > len(clean):
            raise faults.damaged(None, "its metadata are larger than the file")
        _blank(clean, start, end)
    for box in boxes(data, inner.start + 4, inner.end):
        if box.kind in {b"udta", b"uuid"}:
            _blank_box(clean, Box(box.kind, meta.at + box.at, meta.at + box.start, meta.at + box.end))


def _clean_movie(clean: bytearray, movie: Box) -> None:
    """An image sequence: its own metadata, and those of each track."""
    for box in list(boxes(clean, movie.start, movie.end)):
        if box.kind in {b"udta", b"uuid"}:
            _blank_box(clean, box)
        elif box.kind == b"meta":
            _clean_meta(clean, box)
        elif box.kind == b"trak":
            _clean_movie(clean, box)


@dataclass(slots=True)
class _Reader:
    """Numbers of varying width, one after another."""

    data: bytes
    at: int

    def number(self, width: int) -> int:
        """The next big-endian number of so many bytes; of none, 0."""
        self.at += width
        return int.from_bytes(self.data[self.at - width : self.at], "big")


def _extents(data: bytes, meta: Box, items: set[int], file_offset: int) -> Iterator[tuple[int, int]]:
    """Where in the file the data of some items lies."""
    inner = {box.kind: box for box in boxes(data, meta.start + 4, meta.end)}
    table = inner.get(b"iloc")
    if table is None:
        return
    stored = inner.get(b"idat")
    reader = _Reader(data, table.start)
    version = reader.number(1)
    reader.number(3)
    widths = reader.number(2)
    offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    index = index if version else 0
    wide = 2 if version < 2 else 4  # noqa: PLR2004 - version 2 has longer identifiers
    for _ in range(reader.number(wide)):
        if reader.at >= table.end:
            return
        identifier = reader.number(wide)
        within = reader.number(2) & 15 if version else 0
        reader.number(2)
        start = reader.number(base)
        if within == 1:
            start += file_offset + (stored.start if stored else 0)
        for _ in range(reader.number(2)):
            reader.number(index)
            first, size = start + reader.number(offset), reader.number(length)
            if identifier in items:
                yield first, first + size
            if reader.at >= table.end:
                return
