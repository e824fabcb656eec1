"""Masks: what they say is read, and written as a model wants it without losing any of it."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from limner.core.errors import ImageProcessing
from limner.core.models import MaskNeeds
from limner.core.pictures import Box, Format, Mask, Picture, Size
from limner.pixels import mask as masks
from limner.pixels.arrays import size_of
from limner.pixels.probe import probe
from tests.pixels.samples import saved, seeds, sizes


def mask_of(levels: np.ndarray, **options) -> Mask:
    return Mask(Picture(saved(Image.fromarray(levels), "PNG")), **options)


def spots(size: Size, seed: int, share: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    levels = rng.integers(1, 256, (size.height, size.width)) * (rng.random((size.height, size.width)) < share)
    levels[rng.integers(0, size.height), rng.integers(0, size.width)] = 7
    return levels.astype(np.uint8)


def test_auto_reads_transparency_where_there_is_any_and_white_elsewhere():
    white = np.full((2, 2, 4), 255, np.uint8)
    assert (masks.read(Mask(Picture(saved(Image.fromarray(white), "PNG"))), Size(2, 2)) == 255).all()
    white[0, 0, 3] = 0
    assert masks.read(Mask(Picture(saved(Image.fromarray(white), "PNG"))), Size(2, 2)).tolist() == [
        [255, 0],
        [0, 0],
    ]


def test_by_luma_what_is_not_there_is_black():
    strokes = np.zeros((2, 2, 4), np.uint8)
    strokes[0, 0] = (255, 255, 255, 255)
    strokes[0, 1] = (255, 255, 255, 0)
    strokes[1, 0] = (255, 255, 255, 128)
    picture = Picture(saved(Image.fromarray(strokes), "PNG"))
    assert masks.read(Mask(picture, kind="luma"), Size(2, 2)).tolist() == [[255, 0], [128, 0]]


def test_an_empty_mask_is_refused():
    with pytest.raises(ImageProcessing, match="covers nothing") as caught:
        masks.read(mask_of(np.zeros((3, 3), np.uint8)), Size(3, 3))
    assert caught.value.code == "empty_mask"
    full = mask_of(np.full((3, 3), 255, np.uint8), invert=True)
    with pytest.raises(ImageProcessing):
        masks.read(full, Size(3, 3))


@pytest.mark.parametrize("format_name", ["JPEG", "WEBP", "AVIF"])
def test_traces_of_compression_are_cleaned(format_name):
    picture = Image.new("L", (64, 64))
    ImageDraw.Draw(picture).rectangle((20, 20, 43, 43), fill=255)
    mask = Mask(Picture(saved(picture, format_name, quality=90)))
    coverage = masks.read(mask, Size(64, 64))
    assert not coverage[:16].any()
    assert (coverage[24:40, 24:40] == 255).all()
    assert any("lossy" in note.text for note in masks.notes(mask, Size(64, 64)))


def test_scaling_is_said():
    mask = mask_of(np.full((2, 2), 255, np.uint8))
    assert masks.notes(mask, Size(2, 2)) == ()
    assert [(note.asked, note.used) for note in masks.notes(mask, Size(4, 6))] == [("2x2", "4x6")]


@given(sizes, seeds, st.floats(0.1, 50))
def test_the_feather_fades_inwards_only(size, seed, feather):
    levels = spots(size, seed, 0.6)
    faded = masks.feathered(levels, feather)
    assert ((faded == 0) == (levels == 0)).all()
    assert (faded <= levels).all()


def test_the_feather_rises_from_the_edge_and_not_from_the_pictures_own():
    levels = np.zeros((9, 20), np.uint8)
    levels[:, 5:] = 255
    faded = masks.feathered(levels, 4)
    assert faded[4, 5:11].tolist() == [51, 102, 153, 204, 255, 255]
    assert (faded[:, 5] == 51).all()
    assert faded[0, 19] == 255
    assert (masks.feathered(np.full((4, 4), 255, np.uint8), 3) == 255).all()


def test_a_feather_wider_than_the_mask_leaves_its_middle():
    levels = np.zeros((20, 20), np.uint8)
    levels[8:13, 2:18] = 255
    assert masks.feathered(levels, 100).max() == 255


@given(sizes, seeds)
def test_bounds_are_the_smallest_box(size, seed):
    levels = spots(size, seed, 0.02)
    box = masks.bounds(levels)
    assert box is not None
    rows, columns = np.nonzero(levels)
    assert box == Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert masks.bounds(np.zeros((3, 3), np.uint8)) is None


needs = st.builds(
    MaskNeeds,
    encoding=st.sampled_from(["alpha", "luma"]),
    polarity=st.sampled_from(["repaint_white", "repaint_black"]),
    grid=st.sampled_from([1, 2, 3, 8, 16, 64]),
    format=st.sampled_from([Format.PNG, Format.WEBP]),
)


def said(data: bytes, wanted: MaskNeeds) -> np.ndarray:
    """Read an encoded mask as the model does: where it repaints."""
    picture = Image.open(BytesIO(data))
    if wanted.encoding == "alpha":
        return np.asarray(picture.getchannel("A")) == 0
    levels = np.asarray(picture.convert("L"))
    assert set(np.unique(levels)) <= {0, 255}
    return levels == (255 if wanted.polarity == "repaint_white" else 0)


@given(sizes, seeds, needs, st.none() | sizes)
def test_no_coverage_is_lost_and_squares_are_whole(size, seed, wanted, other):
    coverage = spots(size, seed)
    target = other or size
    repaint = said(masks.encode(coverage, wanted, other), wanted)
    assert size_of(repaint) == target
    squares = [
        repaint[top : top + wanted.grid, left : left + wanted.grid]
        for top in range(0, target.height, wanted.grid)
        for left in range(0, target.width, wanted.grid)
    ]
    assert all(square.all() or not square.any() for square in squares)
    for row, column in zip(*np.nonzero(coverage), strict=True):
        down = int((row + 0.5) * target.height / size.height)
        across = int((column + 0.5) * target.width / size.width)
        assert repaint[down, across]


@given(sizes, seeds, st.sampled_from([1, 4, 8]))
def test_a_square_is_covered_only_when_something_in_it_is(size, seed, grid):
    coverage = spots(size, seed)
    repaint = masks.snapped(coverage, size, grid)
    for top in range(0, size.height, grid):
        for left in range(0, size.width, grid):
            part = (slice(top, top + grid), slice(left, left + grid))
            assert repaint[part].all() == coverage[part].any()


def test_a_mask_over_the_models_limit_is_refused():
    coverage = spots(Size(64, 64), 1, 0.5)
    with pytest.raises(ImageProcessing) as caught:
        masks.encode(coverage, MaskNeeds(most_bytes=50))
    assert caught.value.code == "mask_too_large"


@pytest.mark.row("A2")
def test_novelai_wants_squares_of_eight():
    coverage = np.zeros((64, 64), np.uint8)
    coverage[9, 17] = 1
    data = masks.encode(coverage, MaskNeeds(grid=8))
    assert masks.bounds(np.asarray(Image.open(BytesIO(data)))) == Box(16, 8, 24, 16)


@pytest.mark.row("A6")
def test_openai_wants_a_png_with_alpha():
    coverage = np.zeros((4, 4), np.uint8)
    coverage[1, 2] = 255
    data = masks.encode(coverage, MaskNeeds(encoding="alpha"))
    probed = probe(data)
    assert (probed.media_type, probed.mode) == ("image/png", "RGBA")
    assert said(data, MaskNeeds(encoding="alpha")).tolist() == (coverage == 255).tolist()
