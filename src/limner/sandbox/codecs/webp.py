"""Lossless WebP through its palette transform (RFC 9649, section 3): two pixels a symbol, four bits each."""

import struct

from limner.sandbox.codecs.bits import low_first, pack_low_first
from limner.sandbox.codecs.painting import COLOURS, Colour, Painting

_LENGTH_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8)
_ONLY_ZERO = "1" + "0" + "0" + "0"  # a code of one symbol, 0, which then takes no bits
_PALETTE_TRANSFORM = 3
_GREEN_ALPHABET = 280
_PAIR = 0x11  # both pixels of a symbol have the same index


def _lengths_header(used: tuple[int, ...]) -> str:
    last = max(_LENGTH_ORDER.index(length) for length in used)
    entries = (low_first(int(length in used), 3) for length in _LENGTH_ORDER[: last + 1])
    return "0" + low_first(last + 1 - 4, 4) + "".join(entries)


def _byte_code(alphabet: int) -> str:
    """A code in which each of the symbols 0..255 has eight bits."""
    header = _lengths_header((8,))
    if alphabet == 256:  # noqa: PLR2004 - the alphabet of a byte
        return header + "0"
    return header + "1" + low_first(3, 3) + low_first(254, 8)  # lengths are given for 256 symbols only


def _palette(colours: tuple[Colour, ...]) -> str:
    bits = ["0", _byte_code(_GREEN_ALPHABET), *[_byte_code(256)] * 3, _ONLY_ZERO]
    before = (0, 0, 0, 0)
    for colour in colours:
        red, green, blue, alpha = ((new - old) % 256 for old, new in zip(before, colour, strict=True))
        bits += [f"{value:08b}" for value in (green, red, blue, alpha)]
        before = colour
    return "".join(bits)


def _pair_code() -> str:
    pairs = {index * _PAIR for index in range(COLOURS)}
    return _lengths_header((0, 4)) + "0" + "".join("01"[symbol in pairs] for symbol in range(_GREEN_ALPHABET))


def encode(painting: Painting) -> bytes:
    """Write a lossless WebP, with alpha where a colour is not opaque."""
    bits = [
        low_first(painting.width - 1, 14),
        low_first(painting.height - 1, 14),
        low_first(int(painting.transparent), 1),
        low_first(0, 3),
        "1" + low_first(_PALETTE_TRANSFORM, 2) + low_first(COLOURS - 1, 8),
        _palette(painting.palette),
        "0" + "0" + "0",  # no further transform, no colour cache, one group of codes
        _pair_code() + _ONLY_ZERO * 4,
    ]
    pairs = (painting.width + 1) // 2
    for number, row in enumerate(painting.rows):
        line = "".join(f"{index:04b}" * (painting.tile // 2) for index in row)[: pairs * 4]
        bits.append(line * painting.lines_of(number))
    body = b"\x2f" + pack_low_first("".join(bits))
    padded = body + b"\x00" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", 12 + len(padded)) + b"WEBPVP8L" + struct.pack("<I", len(body)) + padded
