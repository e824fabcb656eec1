"""The hand-written encoders, judged by Pillow."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from limner.sandbox.codecs import encode, gif, png
from limner.sandbox.paint import paint, repaint
from limner.sandbox.probe import Probe, has_alpha, is_opaque, probe

FORMS = ("png", "jpeg", "webp", "gif")
SIDES = st.integers(1, 700)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("form", FORMS)
@given(width=SIDES, height=SIDES, transparent=st.booleans(), subject=st.text(max_size=8))
def test_every_encoder_writes_what_was_painted(
    form: str, width: int, height: int, transparent: bool, subject: str
):
    painting = paint(subject, width, height, transparent=transparent)
    data = encode(painting, form)
    image = opened(data)
    assert image.format == form.upper()
    assert image.size == (width, height)
    assert probe(data) == Probe(form, width, height)
    keeps_alpha = form in {"png", "webp"}
    tolerance = 3 if form == "jpeg" else 0
    rgba = image.convert("RGBA")
    for x, y in [(0, 0), (width - 1, height - 1), (width // 2, height // 3), (width // 5, height // 2)]:
        wanted = painting.palette[painting.rows[y // painting.tile][x // painting.tile]]
        got = rgba.getpixel((x, y))
        assert isinstance(got, tuple)
        assert got[3] == (wanted[3] if keeps_alpha else 255)
        assert all(abs(one - other) <= tolerance for one, other in zip(got[:3], wanted[:3], strict=True))


def test_a_large_picture_is_small_and_right():
    data = encode(paint("a harbour", 3840, 2160), "png")
    assert opened(data).size == (3840, 2160)
    assert len(data) < 1_000_000


def test_a_gif_moves():
    image = opened(gif.encode([paint(str(number), 96, 64) for number in range(5)], 120))
    assert getattr(image, "n_frames", 1) == 5
    assert image.info["duration"] == 120


def test_repainting_depends_on_the_original_and_leaves_nothing_of_it():
    original = paint("a kite", 256, 256)
    changed = repaint("make it red", encode(original, "png"), 256, 256)
    other = repaint("make it red", encode(paint("a dog", 256, 256), "png"), 256, 256)
    assert changed != other
    before, after = (opened(encode(one, "png")).tobytes() for one in (original, changed))
    assert sum(a == b for a, b in zip(before, after, strict=True)) < len(before) // 10


def test_moods():
    blurred, black = paint("x", 64, 64, mood="blurred"), paint("x", 64, 64, mood="black")
    assert len(set(blurred.palette)) == 1
    assert set(black.palette) == {(0, 0, 0, 255)}


def test_text_chunks_are_read_back():
    image = opened(png.encode(paint("x", 8, 8), {"Software": "NovelAI", "Comment": '{"seed": 1}'}))
    assert image.info == {"Software": "NovelAI", "Comment": '{"seed": 1}'}


def saved(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def test_alpha_is_seen():
    assert not has_alpha(saved(Image.new("RGB", (4, 4))))
    assert has_alpha(saved(Image.new("RGBA", (4, 4))))
    assert has_alpha(saved(Image.new("P", (4, 4)), transparency=0))


@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.binary(min_size=8, max_size=8))
def test_an_opaque_png_is_told_from_one_with_a_hole(width: int, height: int, seed: bytes):
    noise = bytes(seed[(x * 7 + y * 3) % 8] for y in range(height) for x in range(width * 3))
    image = Image.frombytes("RGB", (width, height), noise).convert("RGBA")
    assert is_opaque(saved(image))
    image.putpixel((seed[0] % width, seed[1] % height), (1, 2, 3, 254))
    assert not is_opaque(saved(image))


@pytest.mark.parametrize("method", range(5))
def test_every_png_filter_is_understood(method: int):
    width, height = 5, 4
    colour = (10, 200, 30, 255)

    def line(number: int) -> bytes:
        above = bytes(4) if number == 0 else bytes(colour)
        out = bytearray([method])
        left = corner = bytes(4)
        for _ in range(width):
            for channel in range(4):
                a, b, c = left[channel], above[channel], corner[channel]
                p = a + b - c
                paeth = min((abs(p - one), place) for place, one in enumerate((a, b, c)))[1]
                guess = (0, a, b, (a + b) // 2, (a, b, c)[paeth])[method]
                out.append((colour[channel] - guess) % 256)
            left, corner = bytes(colour), above
        return bytes(out)

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(line(number) for number in range(height)))
    data = png.SIGNATURE + png.chunk(b"IHDR", header) + png.chunk(b"IDAT", body) + png.chunk(b"IEND", b"")
    assert opened(data).getpixel((4, 3)) == colour
    assert is_opaque(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_pillow_writes_is_probed(form: str):
    file = io.BytesIO()
    Image.new("RGB", (321, 123), "red").save(file, form)
    assert probe(file.getvalue()) == Probe(form.lower(), 321, 123)


@given(st.binary(max_size=200))
def test_noise_is_no_picture(data: bytes):
    for magic in (b"", png.SIGNATURE, b"\xff\xd8\xff", b"RIFF0000WEBPVP8 ", b"GIF89a"):
        found = probe(magic + data)
        assert found is None or found.pixels > 0
