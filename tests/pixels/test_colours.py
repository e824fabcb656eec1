"""The colours that a picture is made of."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from limner.pixels.colours import dominant
from tests.pixels.samples import noise, seeds, sizes


def test_the_most_frequent_comes_first():
    pixels = np.full((30, 40, 4), 255, np.uint8)
    pixels[:, :24, :3] = (10, 20, 200)
    pixels[:, 24:36, :3] = (250, 10, 10)
    pixels[:, 36:, :3] = (0, 200, 0)
    assert [(colour.hex, round(colour.share, 3)) for colour in dominant(pixels, 3)] == [
        ("#0a14c8", 0.6),
        ("#fa0a0a", 0.3),
        ("#00c800", 0.1),
    ]


def test_what_is_transparent_does_not_count():
    pixels = np.zeros((10, 10, 4), np.uint8)
    assert dominant(pixels) == ()
    pixels[0, 0] = (1, 2, 3, 255)
    assert [colour.hex for colour in dominant(pixels)] == ["#010203"]


def test_a_large_picture_is_looked_at_from_afar():
    pixels = np.full((2000, 1000, 4), 255, np.uint8)
    pixels[:500, :, :3] = (200, 0, 0)
    assert [(colour.hex, colour.share) for colour in dominant(pixels, 2)] == [
        ("#ffffff", 0.75),
        ("#c80000", 0.25),
    ]


@given(sizes, seeds, st.integers(1, 8))
def test_the_shares_make_a_whole(size, seed, count):
    colours = dominant(noise(size, seed), count)
    assert len(colours) <= count
    assert not colours or abs(sum(colour.share for colour in colours) - 1) < 1e-9
    assert list(colours) == sorted(colours, key=lambda colour: -colour.share)
