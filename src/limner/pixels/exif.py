"""EXIF blocks, read without trusting them, and written with a single comment.

Source: CIPA DC-008 (Exif 3.0, 2023-05).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ORIENTATION: Final = 0x0112
MAKE: Final = 0x010F
MODEL: Final = 0x0110
USER_COMMENT: Final = 0x9286
_SUB_DIRECTORY: Final = 0x8769

_MOST_ENTRIES: Final = 512
_MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one value."""
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
"""Bytes of one part of a value, by its type."""
_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_UNICODE: Final = b"UNICODE\x00"
_ASCII: Final = b"ASCII\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Value:
    """What a tag holds."""

    kind: int
    """The type, as the standard numbers it."""
    raw: bytes
    order: str
    """`<` little-endian, `>` big-endian."""

    @property
    def number(self) -> int | None:
        """The first number, of a value made of short or long ones."""
        form = {_SHORT: "H", _LONG: "I"}.get(self.kind)
        if form is None or len(self.raw) < struct.calcsize(form):
            return None
        return int(struct.unpack_from(self.order + form, self.raw)[0])

    @property
    def text(self) -> str:
        """The value as text, whichever way it was written."""
        if self.raw.startswith(_UNICODE):
            return _wide(self.raw.removeprefix(_UNICODE))
        return self.raw.removeprefix(_ASCII).rstrip(b"\x00").decode("utf-8", "replace")


def _wide(raw: bytes) -> str:
    """UTF-16, in whichever order makes more of it plain: programs disagree on what the standard means."""
    raw = raw[: len(raw) // 2 * 2]
    if raw[1::2].count(0) > raw[::2].count(0):
        return raw.decode("utf-16-le", "replace").rstrip("\x00")
    return raw.decode("utf-16-be", "replace").rstrip("\x00")


def read(exif: bytes, *wanted: int) -> dict[int, Value]:
    r"""Find some tags, in the main directory and in the one for the photograph's own.

    Args:
        exif: with or without the `Exif\0\0` in front. Empty or broken: nothing is found.
        wanted: the tags.

    Example:
        >>> block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
        >>> read(block, ORIENTATION)[ORIENTATION].number
        6
    """
    block = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(block[:4])
    if order is None:
        return {}
    found: dict[int, Value] = {}
    try:
        (at,) = struct.unpack_from(f"{order}I", block, 4)
        for tag, value in _entries(block, order, at, (*wanted, _SUB_DIRECTORY)):
            found.setdefault(tag, value)
        inner = found.pop(_SUB_DIRECTORY, None)
        if inner is not None and inner.number is not None:
            for tag, value in _entries(block, order, inner.number, wanted):
                found.setdefault(tag, value)
    except struct.error:
        return found
    return found


def _entries(block: bytes, order: str, at: int, wanted: tuple[int, ...]) -> Iterator[tuple[int, Value]]:
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for entry in range(min(count, _MOST_ENTRIES)):
        place = at + 2 + 12 * entry
        tag, kind, parts = struct.unpack_from(f"{order}HHI", block, place)
        if tag not in wanted:
            continue
        length = _WIDTHS.get(kind, 1) * parts
        start = place + 8
        if length > 4:  # noqa: PLR2004 - what does not fit into the entry lies elsewhere
            (start,) = struct.unpack_from(f"{order}I", block, start)
        if length <= _MOST_BYTES:
            yield tag, Value(kind, block[start : start + length], order)


def with_comment(text: str) -> bytes:
    """Build an EXIF block that holds a user comment and nothing else.

    Args:
        text: of any characters.

    Example:
        >>> read(with_comment("a cat"), USER_COMMENT)[USER_COMMENT].text
        'a cat'
    """
    body = _UNICODE + text.encode("utf-16-be")
    main = struct.pack(">HHHIII", 1, _SUB_DIRECTORY, _LONG, 1, 26, 0)
    inner = struct.pack(">HHHIII", 1, USER_COMMENT, _UNDEFINED, len(body), 44, 0)
    return b"MM\x00*" + struct.pack(">I", 8) + main + inner + body
