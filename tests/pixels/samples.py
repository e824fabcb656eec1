"""Pictures made for tests: every way of storing samples, and files that mean harm."""

import struct
import zlib
from io import BytesIO

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from limner.core.pictures import Size
from limner.pixels.containers.png import SIGNATURE, chunk

sizes = st.builds(Size, st.integers(1, 40), st.integers(1, 40))
seeds = st.integers(0, 2**32 - 1)


def noise(size: Size, seed: int, bands: int = 4) -> np.ndarray:
    """Random samples; of four bands, the last has every kind of alpha."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (size.height, size.width, bands), np.uint8)
    if bands == 4:
        pixels[..., 3] = rng.choice(np.array([0, 255, 128, 1], np.uint8), (size.height, size.width))
    return pixels


def saved(picture: Image.Image, format_name: str, **options) -> bytes:
    out = BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def png_16(samples: np.ndarray) -> bytes:
    """A PNG with 16 bits a sample: height × width × (1, 2, 3 or 4)."""
    height, width, bands = samples.shape
    rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    raw = b"".join(b"\x00" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[bands], 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def palette(size: Size, seed: int, *, transparent: bool) -> Image.Image:
    picture = Image.fromarray(noise(size, seed, 1)[..., 0] % 16, "P")
    picture.putpalette(np.random.default_rng(seed).integers(0, 256, 48, np.uint8).tobytes())
    if transparent:
        picture.info["transparency"] = bytes(np.random.default_rng(seed).integers(0, 256, 16, np.uint8))
    return picture


def make(how: str, size: Size, seed: int) -> bytes:
    """A file of one of `WAYS`."""
    format_name, _, mode = how.partition("/")
    if how == "PNG/RGB;16":
        return png_16(np.random.default_rng(seed).integers(0, 65536, (size.height, size.width, 3)))
    if how == "PNG/LA;16":
        return png_16(np.random.default_rng(seed).integers(0, 65536, (size.height, size.width, 2)))
    if how == "PNG/RGB+tRNS":
        picture = Image.fromarray(noise(size, seed, 3) & 0xC0)
        return saved(picture, "PNG", transparency=tuple(int(value) for value in np.asarray(picture)[0, 0]))
    if mode in {"P", "P+alpha"}:
        return saved(palette(size, seed, transparent=mode == "P+alpha"), format_name)
    if mode == "I;16":
        grey = np.random.default_rng(seed).integers(0, 65536, (size.height, size.width), np.uint16)
        return saved(Image.fromarray(grey), format_name)
    pixels = noise(size, seed, {"1": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode])
    if mode == "CMYK":
        picture = Image.frombytes("CMYK", (size.width, size.height), pixels.tobytes())
    elif mode in {"1", "L"}:
        picture = Image.fromarray(pixels[..., 0]).convert(mode)
    else:
        picture = Image.fromarray(pixels)
    options = {"WEBP": {"lossless": True, "exact": True}, "AVIF": {"speed": 10}}.get(format_name, {})
    return saved(picture, format_name, **options)


WAYS = (
    "PNG/1", "PNG/L", "PNG/LA", "PNG/P", "PNG/P+alpha", "PNG/RGB", "PNG/RGBA", "PNG/I;16", "PNG/RGB;16",
    "PNG/LA;16", "PNG/RGB+tRNS", "JPEG/L", "JPEG/RGB", "JPEG/CMYK", "WEBP/RGB", "WEBP/RGBA", "GIF/P",
    "TIFF/1", "TIFF/L", "TIFF/RGB", "TIFF/RGBA", "TIFF/CMYK", "TIFF/I;16", "AVIF/RGB", "AVIF/RGBA",
)  # fmt: skip
ways = st.sampled_from(WAYS)


def bomb_png(width: int, height: int, colour: int = 2) -> bytes:
    """A PNG that inflates to as many pixels as it says, from few bytes."""
    row = b"\x00" * (1 + width * {0: 1, 2: 3, 6: 4}[colour])
    squeeze = zlib.compressobj(1)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def wide_profile() -> bytes:
    """An RGB profile with other primaries than sRGB: those of Display P3, and a plain gamma."""
    primaries = {
        b"rXYZ": "000083df00003dbfffffffbb",
        b"gXYZ": "00004abf0000b1370000 0ab9".replace(" ", ""),
        b"bXYZ": "0000283800001 10b0000c8b9".replace(" ", ""),
        b"wtpt": "0000f6d6000100000000d32d",
    }
    bodies = {name: b"XYZ " + bytes(4) + bytes.fromhex(value) for name, value in primaries.items()}
    curve = b"curv" + bytes(4) + (1).to_bytes(4, "big") + (0x0233).to_bytes(2, "big") + bytes(2)
    bodies |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile_of(b"RGB ", bodies)


def grey_profile() -> bytes:
    """A grey profile with gamma 1: as different from sRGB as can be seen."""
    curve = b"curv" + bytes(4) + (1).to_bytes(4, "big") + (256).to_bytes(2, "big") + bytes(2)
    white = b"XYZ " + bytes(4) + bytes.fromhex("0000f6d6000100000000d32d")
    return profile_of(b"GRAY", {b"kTRC": curve, b"wtpt": white})


def profile_of(space: bytes, bodies: dict[bytes, bytes]) -> bytes:
    """A display profile of version 2.4."""
    bodies = {
        b"desc": b"desc" + bytes(4) + (2).to_bytes(4, "big") + b"g\x00" + bytes(78),
        b"cprt": b"text" + bytes(8),
        **bodies,
    }
    at = 128 + 4 + 12 * len(bodies)
    table, rest = len(bodies).to_bytes(4, "big"), b""
    for name, body in bodies.items():
        table += name + (at + len(rest)).to_bytes(4, "big") + len(body).to_bytes(4, "big")
        rest += body + bytes(-len(body) % 4)
    header = bytearray(128)
    header[0:4] = (128 + len(table) + len(rest)).to_bytes(4, "big")
    header[8:12] = bytes.fromhex("02400000")
    header[12:24] = b"mntr" + space + b"XYZ "
    header[36:40] = b"acsp"
    header[68:80] = bytes.fromhex("0000f6d6000100000000d32d")
    return bytes(header) + table + rest
