"""Animated GIF (GIF89a), its LZW kept at five bits by clearing the table in time."""

import struct
from collections.abc import Sequence

from limner.sandbox.codecs.bits import low_first, pack_low_first
from limner.sandbox.codecs.painting import Painting

_CODE = 5
_CLEAR, _END = low_first(16, _CODE), low_first(17, _CODE)
_BETWEEN_CLEARS = 13  # one more would make the decoder expect six bits
_LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _line(row: bytes, painting: Painting) -> str:
    pixels = b"".join(bytes([index]) * painting.tile for index in row)[: painting.width]
    codes = [low_first(index, _CODE) for index in range(16)]
    return "".join(
        _CLEAR + "".join(codes[index] for index in pixels[start : start + _BETWEEN_CLEARS])
        for start in range(0, len(pixels), _BETWEEN_CLEARS)
    )


def _frame(painting: Painting, hundredths: int) -> bytes:
    bits = "".join(
        _line(row, painting) * painting.lines_of(number) for number, row in enumerate(painting.rows)
    )
    data = pack_low_first(bits + _END)
    blocks = b"".join(
        bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)
    )
    table = b"".join(bytes(colour[:3]) for colour in painting.palette)
    control = b"\x21\xf9\x04\x04" + struct.pack("<H", hundredths) + b"\x00\x00"
    place = b"\x2c" + struct.pack("<HHHHB", 0, 0, painting.width, painting.height, 0x83)
    return control + place + table + b"\x04" + blocks + b"\x00"


def encode(frames: Sequence[Painting], milliseconds: int) -> bytes:
    """Write a GIF that loops for ever. Transparency is dropped.

    Args:
        frames: of one size, in order. At least one.
        milliseconds: how long each is shown, rounded to ten.
    """
    first = frames[0]
    screen = struct.pack("<HHBBB", first.width, first.height, 0x70, 0, 0)
    body = b"".join(_frame(frame, round(milliseconds / 10)) for frame in frames)
    return b"GIF89a" + screen + (_LOOP_FOR_EVER if len(frames) > 1 else b"") + body + b"\x3b"
