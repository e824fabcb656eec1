"""What is measured is what is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from skimage import data as photographs

from limner.core.pictures import Size
from limner.pixels.measure import blank, blurred, changed_outside, seam, sharpness
from tests.pixels.samples import noise, seeds, sizes


def photo(name: str) -> np.ndarray:
    return np.asarray(Image.fromarray(getattr(photographs, name)()).convert("RGBA"))


@given(sizes, seeds, st.integers(0, 20))
def test_every_changed_pixel_outside_is_counted(size, seed, changes):
    rng = np.random.default_rng(seed)
    original = noise(size, seed)
    coverage = np.where(rng.random((size.height, size.width)) < 0.5, np.uint8(0), np.uint8(9))
    result = original.copy()
    expected = set()
    for _ in range(changes):
        row, column, band = (int(rng.integers(0, most)) for most in (size.height, size.width, 4))
        result[row, column, band] ^= 1 << int(rng.integers(0, 8))
    for row, column in zip(*np.nonzero(coverage == 0), strict=True):
        if (original[row, column] != result[row, column]).any():
            expected.add((row, column))
    assert changed_outside(original, result, coverage) == (len(expected), int((coverage == 0).sum()))


def test_another_size_cannot_be_compared():
    with pytest.raises(ValueError, match="2x2"):
        changed_outside(
            np.zeros((3, 3, 4), np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((3, 3), np.uint8)
        )


def test_the_seam_is_the_added_step_in_colour():
    original = np.full((20, 20, 4), 255, np.uint8)
    original[..., :3] = 100
    coverage = np.zeros((20, 20), np.uint8)
    coverage[5:15, 5:15] = 255
    result = original.copy()
    assert seam(original, result, coverage) == 0
    result[5:15, 5:15, :3] = 140
    assert seam(original, result, coverage) == pytest.approx(40)
    # The step was there before: nothing was added, and nothing counts as better than invisible.
    assert seam(result, result, coverage) == 0
    assert seam(result, original, coverage) == 0
    # Only seen through: half of it.
    result[..., 3] = original[..., 3] = 51
    assert seam(original, result, coverage) == pytest.approx(8, abs=0.01)


def test_without_an_edge_there_is_no_seam():
    picture = noise(Size(4, 4), 1)
    assert seam(picture, picture, np.full((4, 4), 255, np.uint8)) is None
    assert seam(picture, picture, np.zeros((4, 4), np.uint8)) is None


@pytest.mark.row("B6")
def test_blank_pictures_are_seen():
    picture = np.full((64, 64, 4), 255, np.uint8)
    assert blank(picture)
    picture[..., 1] -= np.random.default_rng(1).integers(0, 6, (64, 64), np.uint8)
    assert blank(picture), "as after compression"
    assert not blank(photo("astronaut"))
    picture[..., :3] = 0
    assert blank(picture)
    picture[30, 30, 0] = 60
    assert not blank(picture)
    picture[..., 3] = 0
    assert blank(picture), "nothing can be seen of it"


@pytest.mark.row("B6")
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "camera"])
def test_a_photograph_is_sharp_until_it_is_blurred(name):
    sharp = photo(name)
    assert not blurred(sharp)
    longest = max(sharp.shape)
    veiled = Image.fromarray(sharp).filter(ImageFilter.GaussianBlur(longest / 40))
    assert blurred(np.asarray(veiled))
    assert sharpness(np.asarray(veiled)) < sharpness(sharp) / 20


def test_a_blank_picture_is_not_called_blurred():
    assert not blurred(np.full((64, 64, 4), 255, np.uint8))
