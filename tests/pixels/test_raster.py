"""Decoding and encoding: every mode to RGBA as `convert` tells, and back without loss where promised."""

import sys
from io import BytesIO
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from skimage import data as photographs

from limner.core.errors import ImageProcessing
from limner.core.notes import NoteKind
from limner.core.pictures import Format, Size
from limner.pixels import arrays
from limner.pixels.clean import strip
from limner.pixels.containers import png, webp
from limner.pixels.encode import encode_within
from limner.pixels.orientation import TURNS
from limner.pixels.probe import probe
from limner.pixels.raster import decode, encode
from tests.pixels import hostile
from tests.pixels.samples import grey_profile, make, noise, palette, png_16, saved, seeds, sizes, ways

HERE = Path(__file__).parent / "data"
"""Made by libheif from a public photograph, with EXIF and XMP that tell of somebody."""


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@given(ways, sizes, seeds)
def test_every_way_decodes_to_upright_rgba_of_its_size(how, size, seed):
    raster = decode(make(how, size, seed))
    assert raster.size == size == raster.probed.size
    assert raster.pixels.dtype == np.uint8
    assert raster.pixels.shape == (size.height, size.width, 4)


@given(sizes, seeds)
def test_what_is_stored_exactly_is_decoded_exactly(size, seed):
    rgba, grey = noise(size, seed), noise(size, seed, 1)[..., 0]
    opaque = np.full((size.height, size.width, 1), 255, np.uint8)
    for format_name in ("PNG", "TIFF"):
        assert (decode(saved(Image.fromarray(rgba), format_name)).pixels == rgba).all()
        expected = np.concatenate([np.repeat(grey[..., None], 3, axis=2), opaque], axis=2)
        assert (decode(saved(Image.fromarray(grey), format_name)).pixels == expected).all()
    assert (decode(saved(Image.fromarray(rgba), "WEBP", lossless=True, exact=True)).pixels == rgba).all()


@given(sizes, seeds)
def test_a_palette_with_transparency_keeps_colour_and_alpha(size, seed):
    picture = palette(size, seed, transparent=True)
    colours = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)[:16]
    alphas = np.frombuffer(picture.info["transparency"], np.uint8)
    index = np.asarray(picture)
    pixels = decode(saved(picture, "PNG")).pixels
    assert (pixels[..., :3] == colours[index]).all()
    assert (pixels[..., 3] == alphas[index]).all()


@given(sizes, seeds, st.sampled_from([1, 2, 3, 4]))
def test_of_16_bits_the_upper_8_are_used(size, seed, bands):
    samples = np.random.default_rng(seed).integers(0, 65536, (size.height, size.width, bands))
    raster = decode(png_16(samples))
    upper = (samples >> 8).astype(np.uint8)
    colour = upper[..., :3] if bands > 2 else np.repeat(upper[..., :1], 3, axis=2)
    assert (raster.pixels[..., :3] == colour).all()
    if bands in {2, 4}:
        assert (raster.pixels[..., 3] == upper[..., -1]).all()
    assert raster.probed.bits == 16
    assert [note.asked for note in raster.notes] == ["16 bits"]


def test_a_transparent_16_bit_grey_is_transparent():
    picture = Image.fromarray(np.array([[0, 4660, 4661]], np.uint16))
    raster = decode(saved(picture, "PNG", transparency=4660))
    assert raster.pixels[0, :, 3].tolist() == [255, 0, 255]
    assert raster.pixels[0, :, 0].tolist() == [0, 0x12, 0x12]


def test_cmyk_without_a_profile_is_converted_plainly_and_says_so():
    picture = Image.frombytes("CMYK", (2, 1), bytes([255, 0, 0, 0, 0, 0, 0, 255]))
    raster = decode(saved(picture, "TIFF"))
    assert raster.pixels[0].tolist() == [[0, 255, 255, 255], [0, 0, 0, 255]]
    assert raster.icc is None
    assert "CMYK" in raster.notes[0].text


def test_grey_with_a_profile_of_its_own_is_converted_to_srgb():
    picture = Image.new("L", (2, 2), 55)  # a fifth of the light, which sRGB writes as about 128
    raster = decode(saved(picture, "PNG", icc_profile=grey_profile()))
    assert raster.icc is None
    assert 120 < raster.pixels[0, 0, 0] < 136
    assert raster.notes[0].used == "sRGB"
    translucent = Image.merge("LA", (picture, Image.new("L", (2, 2), 77)))
    assert decode(saved(translucent, "PNG", icc_profile=grey_profile())).pixels[0, 0, 3] == 77


def test_a_profile_that_cannot_be_used_counts_as_none():
    broken = bytearray(grey_profile())
    broken[132:] = bytes(len(broken) - 132)
    raster = decode(saved(Image.new("L", (2, 2), 55), "PNG", icc_profile=bytes(broken)))
    assert raster.pixels[0, 0].tolist() == [55, 55, 55, 255]
    assert raster.notes[0].kind is NoteKind.WARNING


def test_an_rgb_profile_stays_with_its_numbers():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = noise(Size(5, 4), 1, 3)
    for format_name in (Format.PNG, Format.JPEG, Format.WEBP, Format.AVIF):
        raster = decode(saved(Image.fromarray(picture), "PNG", icc_profile=profile))
        assert (raster.pixels[..., :3] == picture).all()
        for fast in (False, True):
            again = encode(raster, format_name, fast=fast)
            assert decode(again).icc == profile
            assert probe(again).has_icc


def test_32_bit_samples_are_refused():
    for mode in ("I", "F"):
        with pytest.raises(ImageProcessing, match="no black and white") as caught:
            decode(saved(Image.new(mode, (3, 3)), "TIFF"))
        assert caught.value.code == "unsupported_mode"


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "AVIF", "TIFF"]), st.integers(1, 8), sizes, seeds)
def test_every_orientation_is_shown_upright(format_name, orientation, size, seed):
    picture = Image.fromarray(noise(size, seed, 3))
    options = {"WEBP": {"lossless": True}, "AVIF": {"speed": 10}, "JPEG": {"quality": 95}}.get(
        format_name, {}
    )
    data = saved(picture, format_name, exif=exif_of(orientation), **options)
    lying = np.asarray(Image.open(BytesIO(saved(picture, format_name, **options))).convert("RGBA"))
    turn = TURNS.get(orientation)
    upright = lying if turn is None else np.asarray(Image.fromarray(lying).transpose(turn))
    raster = decode(data)
    assert raster.probed.orientation == orientation
    assert raster.probed.stored == size
    assert raster.probed.size == raster.size
    assert (raster.pixels == upright).all()


@given(ways, sizes, seeds, st.integers(1, 8), st.sampled_from([Format.PNG, Format.WEBP]))
def test_whatever_was_decoded_survives_being_written_losslessly(how, size, seed, orientation, wanted):
    data = make(how, size, seed)
    if how.startswith(("JPEG", "WEBP", "PNG")):
        data = turned(data, how, orientation)
    raster = decode(data)
    again = decode(encode(raster, wanted))
    assert (again.pixels == raster.pixels).all()
    assert again.probed.orientation == 1
    assert again.probed.has_alpha == raster.probed.has_alpha
    assert again.icc == raster.icc


def turned(data: bytes, how: str, orientation: int) -> bytes:
    """The same file with an EXIF block that says how it lies, put in without encoding it again."""
    block = exif_of(orientation).tobytes().removeprefix(b"Exif\x00\x00")
    if how.startswith("JPEG"):
        body = b"Exif\x00\x00" + block
        return data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]
    if how.startswith("WEBP"):
        return webp.with_exif(data, block)
    return data[:33] + png.chunk(b"eXIf", block) + data[33:]


def test_of_an_animation_the_first_frame_is_used_and_said():
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "green", "blue")]
    for format_name in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
        options = {"lossless": True} if format_name == "WEBP" else {}
        data = saved(frames[0], format_name, save_all=True, append_images=frames[1:], **options)
        raster = decode(data)
        assert raster.probed.frames == 3, format_name
        assert abs(int(raster.pixels[0, 0, 0]) - 255) < 4, format_name
        assert raster.notes[0].used == "1 frame"


@given(sizes, seeds, st.sampled_from([Format.PNG, Format.WEBP]), st.sampled_from([1, 3, 4]), st.booleans())
def test_lossless_formats_hold_every_value(size, seed, wanted, bands, fast):
    pixels = noise(size, seed, bands)
    array = pixels[..., 0] if bands == 1 else pixels
    back = decode(encode(array, wanted, fast=fast)).pixels
    assert (back[..., :bands] == pixels).all()
    assert bands == 4 or (back[..., 3] == 255).all()


def test_idle_alpha_is_left_out_unless_the_original_had_some():
    opaque = noise(Size(4, 4), 1)
    opaque[..., 3] = 255
    assert probe(encode(opaque, Format.PNG)).mode == "RGB"
    assert probe(encode(decode(saved(Image.fromarray(opaque), "PNG")), Format.PNG)).mode == "RGBA"
    assert probe(encode(decode(saved(Image.fromarray(opaque[..., :3]), "PNG")), Format.PNG)).mode == "RGB"


def test_what_jpeg_cannot_show_is_put_on_white():
    clear = np.zeros((8, 8, 4), np.uint8)
    assert decode(encode(clear, Format.JPEG)).pixels.min() >= 254


def test_quality_is_kept():
    photo = np.asarray(Image.effect_mandelbrot((128, 128), (-2, -1.5, 1, 1.5), 40))
    for wanted in (Format.JPEG, Format.WEBP, Format.AVIF):
        low, high = (encode(photo, wanted, quality=quality) for quality in (10, 95))
        assert len(low) < len(high)
        assert len(encode(photo, wanted, quality=10)) == len(low)


def test_what_a_format_cannot_hold_is_said():
    wide = np.zeros((1, 16384, 4), np.uint8)
    with pytest.raises(ImageProcessing) as caught:
        encode(wide, Format.WEBP)
    assert caught.value.code == "too_large_for_format"
    with pytest.raises(ImageProcessing) as caught:
        encode(wide, Format.SVG)
    assert caught.value.code == "unsupported_format"


def test_an_encoded_picture_has_no_metadata():
    raster = decode(saved(Image.new("RGB", (4, 4)), "JPEG", exif=exif_of(1), comment=b"at home"))
    for wanted in (Format.PNG, Format.JPEG, Format.WEBP, Format.AVIF, Format.GIF):
        assert not probe(encode(raster, wanted)).has_metadata, wanted


@pytest.mark.parametrize("wanted", [Format.JPEG, Format.WEBP, Format.AVIF])
def test_the_highest_quality_that_fits_is_found(wanted):
    photo = np.asarray(Image.fromarray(photographs.astronaut()).resize((200, 200)))
    roomy, quality = encode_within(photo, wanted, 10_000_000)
    assert quality == {Format.JPEG: 90, Format.WEBP: None, Format.AVIF: 80}[wanted]
    tight, quality = encode_within(photo, wanted, 4000)
    assert len(tight) <= 4000 < len(roomy)
    assert quality is not None
    assert tight == encode(photo, wanted, quality=quality, lossless=False)
    assert len(encode(photo, wanted, quality=quality + 1, lossless=False)) > 4000


def test_what_cannot_fit_is_refused():
    photo = photographs.astronaut()
    for wanted in (Format.PNG, Format.JPEG):
        with pytest.raises(ImageProcessing) as caught:
            encode_within(photo, wanted, 2000)
        assert caught.value.code == "too_many_bytes"
    assert encode_within(photo, Format.PNG, 10_000_000)[1] is None


@pytest.mark.parametrize("name", ["upright", "turned"])
def test_pictures_of_telephones_are_read_upright(name):
    data = (HERE / f"{name}.heic").read_bytes()
    photo = Image.fromarray(photographs.astronaut()).resize((64, 48))
    expected = np.asarray(photo.transpose(TURNS[6]) if name == "turned" else photo).astype(int)
    raster = decode(data)
    assert raster.probed.media_type == "image/heic"
    assert raster.probed.format is None
    assert np.abs(raster.pixels[..., :3] - expected).mean() < 4
    clean, notes = strip(data)
    assert b"Ada" in data
    assert b"Ada" not in clean
    assert (decode(clean).pixels == raster.pixels).all()
    assert notes[0].used == "png"


def test_without_the_extra_a_heic_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif.as_plugin", None)
    with pytest.raises(ImageProcessing, match=r"limner\[heic\]") as caught:
        probe((HERE / "upright.heic").read_bytes())
    assert caught.value.code == "unsupported_format"


def test_a_heic_cut_off_is_refused():
    data = (HERE / "upright.heic").read_bytes()
    for part in hostile.cut(data):
        with pytest.raises(ImageProcessing):
            decode(part)


@given(ways, sizes, seeds, st.integers(1, 50))
def test_large_pictures_are_copied_in_strips(how, size, seed, at_once):
    data = make(how, size, seed)
    whole = decode(data).pixels
    with mock.patch.object(arrays, "_AT_ONCE", at_once):
        assert (decode(data).pixels == whole).all()
