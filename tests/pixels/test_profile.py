"""Colours that were meant in one profile, in another."""

import numpy as np
import pytest

from limner.core.errors import ImageProcessing
from limner.core.pictures import Box, Format, Size
from limner.pixels.paste import paste_back
from limner.pixels.profile import converted, usable
from limner.pixels.raster import decode, encode
from tests.pixels.samples import noise, wide_profile

WIDE = wide_profile()


def test_colours_are_converted_there_and_back():
    pixels = noise(Size(16, 16), 1)
    pixels[..., :3] = 60 + pixels[..., :3] // 2  # inside both gamuts
    wide = converted(pixels, None, WIDE)
    assert np.abs(wide.astype(int) - pixels).max() > 5
    assert (wide[..., 3] == pixels[..., 3]).all()
    assert np.abs(converted(wide, WIDE, None).astype(int) - pixels).max() <= 3


def test_where_nothing_is_to_be_converted_nothing_is():
    pixels = noise(Size(4, 4), 1)
    assert converted(pixels, None, None) is pixels
    assert converted(pixels, WIDE, WIDE) is pixels


def test_a_profile_that_is_none_is_refused_or_left_out():
    broken = WIDE[:128] + bytes(len(WIDE) - 128)
    assert usable(WIDE)
    assert not usable(broken)
    with pytest.raises(ImageProcessing) as caught:
        converted(noise(Size(4, 4), 1), broken, None)
    assert caught.value.code == "unusable_profile"
    raster = decode(encode(noise(Size(4, 4), 1), Format.PNG, icc=broken))
    assert raster.icc is None
    assert "left out" in raster.notes[0].text


@pytest.mark.row("P1")
def test_what_is_put_back_has_the_originals_colours_and_the_rest_is_kept():
    """A model that returns what it was sent changes nothing that can be seen, inside the mask or outside."""
    pixels = noise(Size(16, 16), 1)
    pixels[..., :3] = 60 + pixels[..., :3] // 2
    original = decode(encode(converted(pixels, None, WIDE), Format.PNG, icc=WIDE))
    assert original.icc == WIDE
    sent = converted(original.pixels, original.icc, None)
    came = decode(encode(sent, Format.PNG))
    painted = converted(came.pixels, came.icc, original.icc)
    coverage = np.zeros((16, 16), np.uint8)
    coverage[4:12, 4:12] = 255
    result = paste_back(original, painted, Box(0, 0, 16, 16), coverage)
    assert (result[coverage == 0] == original.pixels[coverage == 0]).all()
    assert np.abs(result.astype(int) - original.pixels).max() <= 3
