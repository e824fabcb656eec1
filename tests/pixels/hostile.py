"""Files that mean harm. Each is small to make, and would be large, slow or deceptive to open.

`python -m tests.pixels.hostile` opens them all and says how each was refused, how long that took and how
much memory all of it needed.
"""

import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from limner.core.errors import ImageProcessing
from limner.core.pictures import Size
from limner.pixels.clean import strip
from limner.pixels.containers.png import SIGNATURE, chunk
from limner.pixels.raster import decode
from tests.pixels.samples import bomb_png, make, saved

MEGABYTE = 1024 * 1024


def small(format_name: str, **options) -> bytes:
    return saved(Image.effect_noise((64, 48), 50).convert("RGB"), format_name, **options)


def inflating() -> bytes:
    """50 megabytes of nothing."""
    squeeze = zlib.compressobj()
    return b"".join(squeeze.compress(bytes(MEGABYTE)) for _ in range(50)) + squeeze.flush()


def header(width: int, height: int, colour: int = 2) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))


def png_with(*chunks: bytes) -> bytes:
    plain = small("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def jpeg_with(insert: bytes, at: int = 2) -> bytes:
    plain = small("JPEG")
    return plain[:at] + insert + plain[at:]


def resized_jpeg(width: int, height: int, **options) -> bytes:
    """A JPEG whose header claims another size than its pixels have."""
    plain = bytearray(small("JPEG", **options))
    at = max(plain.find(b"\xff\xc0"), plain.find(b"\xff\xc2"))
    plain[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(plain)


def endless_scans() -> bytes:
    """A progressive JPEG of thousands of empty scans: each goes over the whole picture."""
    plain = resized_jpeg(8000, 8000, progressive=True)
    scan = b"\xff\xda" + struct.pack(">HBBB", 8, 1, 1, 0) + b"\x01\x3f\x00" + b"\x00"
    return plain[:-2] + scan * 20_000 + plain[-2:]


def resized_gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + small("GIF")[10:]


def webp_canvas(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes([0x02, 0, 0, 0]) + size
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6) + small("WEBP", lossless=True)[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossless_webp_header(width: int, height: int) -> bytes:
    plain = bytearray(small("WEBP", lossless=True))
    plain[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return bytes(plain)


def nested_webp_frames() -> bytes:
    body = b""
    for _ in range(20_000):
        body = b"ANMF" + struct.pack("<I", 16 + len(body)) + bytes(16) + body
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes([2, 0, 0, 0]) + bytes([9, 0, 0] * 2) + body
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_of(tags: list[tuple[int, int, int, int]], after: bytes = b"", next_at: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", next_at) + after


def tiff_shape(width: int, height: int) -> list[tuple[int, int, int, int]]:
    return [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 10)]  # fmt: skip


def tiff_of_directories(count: int) -> bytes:
    first = tiff_of(tiff_shape(4, 4), next_at=8 + 2 + 12 * 9 + 4)
    start = len(first)
    more = b"".join(struct.pack("<HI", 0, start + 6 * (index + 1)) for index in range(count))
    return first + more + bytes(2)


def tiff_of_greedy_tags() -> bytes:
    """Each of many tags claims a megabyte of the file for itself."""
    tags = [*tiff_shape(4, 4), *[(320 + index % 20, 1, MEGABYTE, 8) for index in range(5000)]]
    return tiff_of(tags, bytes(MEGABYTE))


def avif_of(width: int, height: int) -> bytes:
    plain = bytearray(small("AVIF"))
    at = plain.find(b"ispe")
    plain[at + 8 : at + 16] = struct.pack(">II", width, height)
    return bytes(plain)


def boxes(count: int) -> bytes:
    plain = small("AVIF")
    return plain[:32] + struct.pack(">I4s", 8, b"free") * count + plain[32:]


def nested_boxes() -> bytes:
    body = b""
    for _ in range(5000):
        body = struct.pack(">I4s", len(body) + 8, b"trak") + body
    return small("AVIF") + struct.pack(">I4s", len(body) + 8, b"moov") + body


def many_frames(count: int) -> bytes:
    plain = small("GIF")
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return plain[:-1] + frame * count + b"\x3b"


def sub_blocks(count: int) -> bytes:
    plain = small("GIF")
    return plain[:-1] + b"\x21\xfe" + b"\x01x" * count + b"\x00\x3b"


def swapped_body() -> bytes:
    """The header of a large picture over the pixels of a small one."""
    return header(8000, 8000) + small("PNG")[33:]


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "400 megapixels": (lambda: bomb_png(20_000, 20_000, 0), "too_many_pixels"),
    "a bomb that Pillow only warns of": (lambda: bomb_png(10_500, 10_500, 0), "too_many_pixels"),
    "one row of a million": (lambda: header(1_000_000, 1) + small("PNG")[33:], "too_many_pixels"),
    "two billion pixels a side": (
        lambda: header(2**31 - 1, 2**31 - 1) + small("PNG")[33:],
        "too_many_pixels",
    ),
    "no pixels": (lambda: header(0, 10) + small("PNG")[33:], "damaged_image"),
    "large claim, small body": (swapped_body, "truncated_image"),
    "millions of chunks": (lambda: png_with(chunk(b"teSt", b"") * 1_000_000), "damaged_image"),
    "a profile that inflates forever": (
        lambda: png_with(chunk(b"iCCP", b"a\x00\x00" + inflating())),
        "damaged_image",
    ),
    "a wrong checksum": (lambda: small("PNG")[:-20] + b"XXXX" + small("PNG")[-16:], "damaged_image"),
    "many frames in a PNG": (
        lambda: png_with(chunk(b"acTL", struct.pack(">II", 2**31, 0))),
        "too_many_frames",
    ),
    "text named .png": (lambda: b"<p>hello</p>" * 100, "not_an_image"),
    "a web page": (lambda: b"<!DOCTYPE html><html></html>", "unsupported_format"),
    "a drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format"),
    "a program": (lambda: b"MZ" + bytes(500), "not_an_image"),
    "nothing": (lambda: b"", "empty_image"),
    "a signature alone": (lambda: SIGNATURE, "truncated_image"),
    "a BMP": (lambda: small("BMP"), "unsupported_format"),
    "a 4-gigapixel JPEG": (lambda: resized_jpeg(65_500, 65_500), "too_many_pixels"),
    "a JPEG without pixels": (lambda: small("JPEG")[:150], "truncated_image"),
    "a JPEG of endless scans": (endless_scans, "damaged_image"),
    "a JPEG of millions of segments": (lambda: jpeg_with(b"\xff\xfe\x00\x02" * 2_000_000), "damaged_image"),
    "a 4-gigapixel GIF": (lambda: resized_gif(65_535, 65_535), "too_many_pixels"),
    "a GIF of many frames": (lambda: many_frames(50_000), "too_many_frames"),
    "a GIF of millions of sub-blocks": (lambda: sub_blocks(5_000_000), "damaged_image"),
    "a GIF without pixels": (lambda: small("GIF")[:900], "truncated_image"),
    "a WebP canvas of 268 megapixels": (lambda: webp_canvas(16_384, 16_384), "too_many_pixels"),
    "a WebP canvas over a small frame": (lambda: webp_canvas(8000, 8000), "damaged_image"),
    "a WebP header of 268 megapixels": (lambda: lossless_webp_header(16_384, 16_384), "too_many_pixels"),
    "nested WebP frames": (nested_webp_frames, "damaged_image"),
    "a TIFF of a trillion pixels": (lambda: tiff_of(tiff_shape(10**6, 10**6)), "too_many_pixels"),
    "a TIFF with no pixels": (lambda: tiff_of(tiff_shape(4000, 4000)), "truncated_image"),
    "a TIFF that goes in circles": (
        lambda: tiff_of(tiff_shape(4000, 4000), next_at=8),
        "truncated_image",
    ),
    "a TIFF of many directories": (lambda: tiff_of_directories(150_000), "too_many_frames"),
    "a TIFF of greedy tags": (tiff_of_greedy_tags, "damaged_image"),
    "a TIFF whose directory is elsewhere": (lambda: b"II*\x00\xff\xff\xff\x7f", "truncated_image"),
    "an AVIF of a gigapixel": (lambda: avif_of(32_000, 32_000), "damaged_image"),
    "an AVIF of millions of boxes": (lambda: boxes(1_000_000), "damaged_image"),
    "nested boxes": (nested_boxes, "damaged_image"),
    "a video": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(100), "unsupported_format"),
}
"""What must be refused, and the code it is refused with."""

ACCEPTED: dict[str, Callable[[], bytes]] = {
    "a text that inflates forever": lambda: png_with(chunk(b"zTXt", b"a\x00\x00" + inflating())),
    "a picture and an archive": lambda: small("PNG") + b"PK\x03\x04" + bytes(2000),
    "a picture and a script": lambda: jpeg_with(b"\xff\xfe\x00\x1a<script>alert(1)</script>"[:28]),
    "a JPEG larger than its pixels, which libjpeg fills up": lambda: resized_jpeg(2000, 2000),
    "a TIFF of greedy metadata": lambda: tiff_of(
        [*tiff_shape(4, 4)[:-1], (279, 4, 1, 16), *[(65_000, 1, MEGABYTE, 8)] * 50_000], bytes(MEGABYTE)
    ),
}
"""What is a picture in spite of all: the picture is taken, the rest is not even read."""


def cut(data: bytes) -> list[bytes]:
    """A file cut off at every power of two."""
    return [data[: 2**power] for power in range(len(data).bit_length()) if 2**power < len(data)]


def tried(data: bytes) -> str:
    """How a file is taken or refused."""
    try:
        decode(data)
        decode(strip(data)[0])
    except ImageProcessing as error:
        return error.code
    return "accepted"


def _peak_mebibytes() -> int:
    """The most memory this process has used. `ru_maxrss` would also tell of the parent it was forked from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024  # pyright: ignore[reportOptionalSubscript]


def main() -> None:
    """Open them all; tell how each ended, its seconds, and the most memory in use."""
    decode(make("PNG/RGB", Size(8, 8), 1))
    found: dict[str, tuple[str, float]] = {}
    for name, build in {**{name: case[0] for name, case in REFUSED.items()}, **ACCEPTED}.items():
        data = build()
        start = time.perf_counter()
        code = tried(data)
        found[name] = (code, round(time.perf_counter() - start, 3))
        del data
    peak = _peak_mebibytes()
    json.dump({"cases": found, "peak_mebibytes": peak}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
