"""Promise 1, the mask is law: whatever a provider paints, where the mask keeps, every RGBA value stays."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from limner.core.pictures import Box, Format, Mask, Picture, Size
from limner.core.placement import crop_for, place
from limner.pixels import mask as masks
from limner.pixels.clean import strip
from limner.pixels.measure import changed_outside
from limner.pixels.paste import paste_back
from limner.pixels.placement import restore
from limner.pixels.raster import decode, encode
from limner.pixels.resize import scale_levels
from tests.pixels.samples import make, noise, saved, seeds, sizes, ways

pytestmark = pytest.mark.row("P1")


def covering(size: Size, seed: int) -> np.ndarray:
    """Some rectangles and some loose pixels, at least one."""
    rng = np.random.default_rng(seed)
    covered = rng.random((size.height, size.width)) < 0.05
    for _ in range(rng.integers(1, 4)):
        left, top = rng.integers(0, size.width), rng.integers(0, size.height)
        covered[top : top + rng.integers(1, 20), left : left + rng.integers(1, 20)] = True
    covered[rng.integers(0, size.height), rng.integers(0, size.width)] = True
    return covered


def written(covered: np.ndarray, convention: str) -> Mask:
    """A mask file that says `covered` in one of the ways people say it."""
    kind, _, sense = convention.partition("/")
    says = covered != (sense == "inverted")
    levels = np.where(says, np.uint8(255), np.uint8(0))
    if kind == "alpha":
        picture = noise(Size(covered.shape[1], covered.shape[0]), 1)
        picture[..., 3] = 255 - levels
        picture_file = saved(Image.fromarray(picture), "PNG")
    elif kind == "1-bit":
        picture_file = saved(Image.fromarray(levels).convert("1"), "PNG")
    elif kind == "rgb":
        picture_file = saved(Image.fromarray(np.dstack([levels] * 3)), "PNG")
    elif kind == "palette":
        palette = Image.fromarray(np.where(says, np.uint8(1), np.uint8(0)), "P")
        palette.putpalette([0, 0, 0, 255, 255, 255])
        picture_file = saved(palette, "GIF")
    else:
        picture_file = saved(Image.fromarray(levels), "PNG")
    return Mask(
        Picture(picture_file), kind="alpha" if kind == "alpha" else "luma", invert=sense == "inverted"
    )


conventions = st.sampled_from(
    ["luma", "luma/inverted", "alpha", "alpha/inverted", "1-bit", "rgb", "palette/inverted"]
)


@settings(max_examples=300)
@given(ways, sizes, seeds, conventions, st.data())
def test_what_the_mask_keeps_is_what_was_there(how, size, seed, convention, data):
    original = decode(make(how, size, seed))
    covered = covering(size, seed)
    mask, feather = written(covered, convention), data.draw(st.floats(0, 30))
    coverage = masks.read(Mask(mask.picture, mask.kind, feather, mask.invert), size)

    sent = data.draw(sizes)
    ratio = data.draw(st.none() | st.just(Fraction(sent.width, sent.height)))
    box = crop_for(
        masks.bounds(coverage) or Box.of(size), size, context=data.draw(st.floats(0, 2)), ratio=ratio, least=8
    )
    came = data.draw(st.just(sent) | sizes)  # some vendors return another size than they were sent
    painted = restore(noise(came, seed + 1), place(box, sent))  # a provider that repaints everything
    result = paste_back(original, painted, box, coverage)

    lossless = data.draw(st.sampled_from([Format.PNG, Format.WEBP]))
    delivered = decode(encode(result, lossless, fast=data.draw(st.booleans()))).pixels
    assert (coverage[~covered] == 0).all(), "the mask reaches outside itself"
    assert (delivered[~covered] == original.pixels[~covered]).all()
    assert changed_outside(original, delivered, coverage) == (0, int((coverage == 0).sum()))
    assert (delivered[coverage == 255] == painted[coverage[box.slices] == 255]).all()


@given(sizes, seeds, conventions)
def test_every_convention_says_the_same(size, seed, convention):
    covered = covering(size, seed)
    coverage = masks.read(written(covered, convention), size)
    assert ((coverage == 255) == covered).all()
    assert ((coverage == 0) == ~covered).all()


@given(sizes, sizes, seeds, conventions)
def test_a_mask_of_another_size_is_scaled_without_new_levels(size, other, seed, convention):
    covered = np.full((other.height, other.width), fill_value=True)
    covered[: other.height // 2] = False
    coverage = masks.read(written(covered, convention), size)
    expected = scale_levels(np.where(covered, np.uint8(255), np.uint8(0)), size, hard=True)
    assert (coverage == expected).all()


@given(sizes, seeds, st.integers(1, 8))
def test_the_original_survives_being_made_ready(size, seed, orientation):
    """A picture that was stripped and turned for a masked edit decodes as before."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "A camera"
    for format_name in ("PNG", "JPEG", "WEBP", "AVIF"):
        picture = Image.fromarray(noise(size, seed, 3))
        data = saved(picture, format_name, exif=exif, **({"speed": 10} if format_name == "AVIF" else {}))
        ready, _ = strip(data, exact=True)
        assert (decode(ready).pixels == decode(data).pixels).all(), format_name
        assert b"A camera" not in ready


def test_between_the_two_the_colours_are_weighed_by_opacity():
    original = np.array([[[255, 0, 0, 0], [200, 100, 0, 255], [10, 20, 30, 0]]], np.uint8)
    painted = np.array([[[0, 0, 255, 255], [0, 100, 200, 255], [30, 40, 50, 0]]], np.uint8)
    coverage = np.array([[51, 51, 51]], np.uint8)
    result = paste_back(original, painted, Box(0, 0, 3, 1), coverage)
    assert result.tolist() == [[[0, 0, 255, 51], [160, 100, 40, 255], [14, 24, 34, 0]]]


def test_sizes_that_do_not_belong_together_are_an_error():
    original = np.zeros((4, 4, 4), np.uint8)
    coverage = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="into 2x2"):
        paste_back(original, np.zeros((3, 3, 4), np.uint8), Box(0, 0, 2, 2), coverage)
    with pytest.raises(ValueError, match="3x4 over 4x4"):
        paste_back(original, np.zeros((2, 2, 4), np.uint8), Box(0, 0, 2, 2), coverage[:, :3])


def test_a_mask_outside_the_region_changes_nothing():
    original = noise(Size(4, 4), 1)
    coverage = np.zeros((4, 4), np.uint8)
    coverage[0, 0] = 255
    result = paste_back(original, noise(Size(2, 2), 2), Box(2, 2, 4, 4), coverage)
    assert (result == original).all()
    assert result is not original
