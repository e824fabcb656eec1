"""Location and identity never leave: what tells of people and places is gone, the picture is the same."""

import zlib
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from limner.pixels.clean import strip
from limner.pixels.containers import isobmff
from limner.pixels.containers.png import chunk
from limner.pixels.probe import probe
from limner.pixels.raster import decode
from tests.pixels.clean_files import FILES, PROFILE, SECRET, TURNABLE, picture, segment
from tests.pixels.samples import saved


def unpacked(data: bytes) -> bytes:
    """The file, and whatever in it was compressed."""
    found, at = [data], 0
    while (at := data.find(b"\x78", at)) >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(data[at:], 1 << 20))
        at += 1
    return b"".join(found)


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_it_survives_and_no_pixel_changes(name):
    data = FILES[name]()
    assert SECRET in unpacked(data)
    assert probe(data).has_metadata
    clean, _ = strip(data)
    assert SECRET not in unpacked(clean)
    assert b"xmpmeta" not in unpacked(clean)
    assert not probe(clean).has_metadata
    assert (decode(clean).pixels == decode(data).pixels).all()
    assert decode(clean).icc == decode(data).icc
    assert probe(clean).frames == probe(data).frames
    with Image.open(BytesIO(clean)) as seen:
        seen.load()
        assert dict(seen.getexif()) == {}
        assert not {"xmp", "comment", "exif", "photoshop"} & seen.info.keys()


@pytest.mark.parametrize("name", TURNABLE)
@pytest.mark.parametrize("orientation", range(2, 9))
def test_what_lies_on_its_side_is_turned_upright(name, orientation):
    data = TURNABLE[name](orientation)
    clean, notes = strip(data)
    before, after = decode(data).pixels.astype(int), decode(clean).pixels.astype(int)
    assert probe(clean).orientation == 1
    assert SECRET not in unpacked(clean)
    assert after.shape == before.shape
    assert notes, "the pixels were encoded again, and nobody said so"
    assert np.abs(after - before).mean() < (3 if name in {"jpeg", "avif"} else 1e-9)
    assert decode(clean).icc == decode(data).icc
    exact, _ = strip(data, exact=True)
    assert (decode(exact).pixels == before).all()


@pytest.mark.parametrize("name", FILES)
def test_what_is_clean_stays_as_it_is(name):
    clean, _ = strip(FILES[name]())
    again, notes = strip(clean)
    assert again == clean
    assert notes == ()


def test_the_profiles_name_tells_nobody_anything():
    plain = saved(picture(), "PNG")
    named = chunk(b"iCCP", SECRET + b"\x00\x00" + zlib.compress(PROFILE))
    clean, _ = strip(plain[:33] + named + plain[33:])
    assert SECRET not in clean
    assert decode(clean).icc == PROFILE


def test_the_density_of_a_jpeg_is_kept_without_its_preview():
    plain = saved(picture(), "JPEG", dpi=(300, 300))
    small = b"JFIF\x00\x01\x01\x01\x01\x2c\x01\x2c\x01\x01" + b"\xab\xcd\xef"
    data = plain[:2] + segment(0xE0, small) + plain[20:]
    clean, _ = strip(data)
    assert b"\xab\xcd\xef" not in clean
    with Image.open(BytesIO(clean)) as seen:
        assert seen.info["dpi"] == (300, 300)


def test_the_header_of_a_webp_promises_nothing_that_is_gone():
    clean, _ = strip(FILES["webp"]())
    assert clean[12:16] == b"VP8X"
    assert clean[20] & 0b0000_1100 == 0


def test_boxes_of_people_inside_other_boxes_are_blanked():
    def box(kind: bytes, body: bytes) -> bytes:
        return (8 + len(body)).to_bytes(4, "big") + kind + body

    told = box(b"udta", SECRET) + box(b"uuid", bytes(16) + SECRET)
    for outer in (
        box(b"meta", bytes(4) + told),
        box(b"moov", told + box(b"trak", told + box(b"meta", bytes(4) + told))),
    ):
        file = box(b"ftyp", b"avif") + outer + box(b"mdat", b"the picture")
        clean = isobmff.strip(file)
        assert SECRET in file
        assert SECRET not in clean
        assert len(clean) == len(file)
        assert clean.endswith(b"the picture")
