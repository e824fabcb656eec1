"""Baseline JPEG of flat 8 × 8 blocks: a block is its average and nothing else (ITU-T T.81, JFIF 1.02)."""

import struct

from limner.sandbox.codecs.bits import pack_high_first
from limner.sandbox.codecs.painting import Colour, Painting

_BLOCK = 8
_SIZES = 12  # how many bits a difference may need: 0..11
_END_OF_BLOCK = "0"


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _headers(painting: Painting) -> bytes:
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    frame = struct.pack(">BHHB", 8, painting.height, painting.width, 3) + components
    averages = bytes((0x00, 0, 0, 0, _SIZES)) + bytes(12) + bytes(range(_SIZES))  # all codes have 4 bits
    details = bytes((0x10, 1)) + bytes(15) + b"\x00"  # one code: end of block
    scan = b"\x03" + b"".join(bytes((number, 0x00)) for number in (1, 2, 3)) + bytes((0, 63, 0))
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00" + struct.pack(">HBHHBB", 0x0102, 0, 1, 1, 0, 0)),
            _segment(
                0xDB, b"\x00" + bytes([_BLOCK]) * 64
            ),  # makes a coefficient equal the level it stands for
            _segment(0xC0, frame),
            _segment(0xC4, averages),
            _segment(0xC4, details),
            _segment(0xDA, scan),
        )
    )


def _levels(colour: Colour) -> tuple[int, int, int]:
    red, green, blue, _ = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    levels = (luma - 128, (blue - luma) * 0.564, (red - luma) * 0.713)
    return tuple(max(-128, min(127, round(level))) for level in levels)  # pyright: ignore[reportReturnType]


def _difference(value: int) -> str:
    size = abs(value).bit_length()
    if not size:
        return "0000" + _END_OF_BLOCK
    bits = value if value > 0 else value + (1 << size) - 1
    return f"{size:04b}{bits:0{size}b}{_END_OF_BLOCK}"


def _step(before: tuple[int, int, int], after: tuple[int, int, int]) -> str:
    return "".join(_difference(new - old) for old, new in zip(before, after, strict=True))


def encode(painting: Painting) -> bytes:
    """Write a JPEG without chroma subsampling. Transparency is dropped."""
    levels = [_levels(colour) for colour in painting.palette]
    steps = [[_step(before, after) for after in levels] for before in levels]
    still = steps[0][0]
    columns = -(-painting.width // _BLOCK)
    blocks = painting.tile // _BLOCK
    last = None
    scan: list[str] = []
    for number, row in enumerate(painting.rows):
        rest = "".join(
            (steps[row[place - 1]][index] if place else "")
            + still * (min(blocks, columns - place * blocks) - 1)
            for place, index in enumerate(row)
        )
        entry = _step((0, 0, 0), levels[row[0]]) if last is None else steps[last][row[0]]
        lines = -(-painting.lines_of(number) // _BLOCK)
        scan += [entry, rest, (steps[row[-1]][row[0]] + rest) * (lines - 1)]
        last = row[-1]
    body = pack_high_first("".join(scan)).replace(b"\xff", b"\xff\x00")
    return _headers(painting) + body + b"\xff\xd9"
