"""Geometry: what is cut out lies inside, holds what it must, and goes back to where it came from."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from limner.core.pictures import Box, Margins, Size
from limner.core.placement import crop_for, place
from limner.pixels.arrays import size_of
from limner.pixels.mask import bounds
from limner.pixels.outpaint import extend
from limner.pixels.placement import prepare, prepare_coverage, restore
from limner.pixels.resize import centred, contain, cover, pad, scale
from tests.pixels.samples import noise, seeds, sizes


@st.composite
def boxes_in_sizes(draw):
    size = draw(sizes)
    left, top = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    return size, Box(
        left,
        top,
        draw(st.integers(left + 1, size.width)),
        draw(st.integers(top + 1, size.height)),
    )


ratios = st.none() | st.builds(Fraction, st.integers(1, 20), st.integers(1, 20))


@given(boxes_in_sizes(), st.floats(0, 3), ratios, st.integers(1, 64))
def test_the_region_is_inside_and_holds_the_bounds(case, context, ratio, least):
    size, inner = case
    box = crop_for(inner, size, context=context, ratio=ratio, least=least)
    assert Box.of(size).contains(box)
    assert box.contains(inner)
    assert box.width >= min(least, size.width)
    assert box.height >= min(least, size.height)


@given(ratios.filter(lambda ratio: ratio is not None))
def test_the_ratio_is_reached_where_there_is_room(ratio):
    box = crop_for(Box(5000, 5000, 5040, 5040), Size(10_000, 10_000), ratio=ratio)
    assert abs(box.width - box.height * ratio) <= max(1, ratio)


@given(boxes_in_sizes(), sizes)
def test_corners_go_to_corners_and_back(case, sent):
    size, box = case
    placement = place(box, sent)
    content = placement.content
    assert Box.of(sent).contains(content)
    assert content.width == sent.width or content.height == sent.height
    prepared = prepare(noise(size, 1), placement)
    assert size_of(prepared) == sent
    assert size_of(restore(prepared, placement)) == box.size


@given(sizes, seeds)
def test_sent_in_its_own_size_a_region_comes_back_as_it_was(size, seed):
    pixels = noise(size, seed)
    box = crop_for(Box(0, 0, 1, 1), size, context=5)
    placement = place(box, box.size)
    assert (restore(prepare(pixels, placement), placement) == pixels[box.slices]).all()


def quarters(size: Size) -> np.ndarray:
    """A picture with another colour in each corner."""
    pixels = np.full((size.height, size.width, 4), 255, np.uint8)
    pixels[: size.height // 2, : size.width // 2, :3] = (255, 0, 0)
    pixels[: size.height // 2, size.width // 2 :, :3] = (0, 255, 0)
    pixels[size.height // 2 :, : size.width // 2, :3] = (0, 0, 255)
    pixels[size.height // 2 :, size.width // 2 :, :3] = (255, 255, 0)
    return pixels


@given(st.integers(20, 60), st.integers(20, 60), st.integers(40, 90), st.integers(40, 90), st.booleans())
def test_each_corner_keeps_its_colour_on_the_way(width, height, sent_width, sent_height, came_larger):
    source = quarters(Size(width, height))
    placement = place(Box(0, 0, width, height), Size(sent_width, sent_height))
    sent = prepare(source, placement)
    came = scale(sent, Size(sent_width * 3, sent_height * 3)) if came_larger else sent
    back = restore(came, placement)
    for row, column in ((1, 1), (1, -2), (-2, 1), (-2, -2)):
        assert (np.abs(back[row, column].astype(int) - source[row, column]) < 64).all()


@given(boxes_in_sizes(), sizes, seeds)
def test_no_coverage_is_lost_on_the_way(case, sent, seed):
    size, box = case
    coverage = np.zeros((size.height, size.width), np.uint8)
    rng = np.random.default_rng(seed)
    row, column = rng.integers(box.top, box.bottom), rng.integers(box.left, box.right)
    coverage[row, column] = 1
    placement = place(box, sent)
    moved = prepare_coverage(coverage, placement)
    assert size_of(moved) == sent
    found = bounds(moved)
    assert found is not None
    assert placement.content.contains(found)
    # The pixel's own centre, in the picture sent, is covered.
    content = placement.content
    across = content.left + int((column - box.left + 0.5) * content.width / box.width)
    down = content.top + int((row - box.top + 0.5) * content.height / box.height)
    assert moved[down, across] == 255


@given(sizes, sizes, seeds)
def test_exact_sizes(size, wanted, seed):
    pixels = noise(size, seed)
    assert size_of(scale(pixels, wanted)) == wanted
    assert size_of(cover(pixels, wanted)) == wanted
    assert size_of(pad(pixels, wanted)) == wanted
    fit = size_of(contain(pixels, wanted))
    assert fit.width == wanted.width or fit.height == wanted.height
    assert fit.width <= wanted.width
    assert fit.height <= wanted.height
    assert Box.of(size).contains(centred(size, wanted))


def test_scaling_does_not_mix_in_what_cannot_be_seen():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :4] = (255, 255, 255, 255)
    pixels[:, 4:] = (255, 0, 0, 0)  # red, and fully transparent
    small = scale(pixels, Size(4, 4))
    seen = small[small[..., 3] > 32]
    assert (seen[:, 1:3] > 250).all(), "the hidden red bleeds into the white"


def test_padding_is_filled_as_asked():
    pixels = np.full((2, 2, 4), 255, np.uint8)
    assert pad(pixels, Size(4, 2), (1, 2, 3, 4))[0].tolist() == [
        [1, 2, 3, 4], [255] * 4, [255] * 4, [1, 2, 3, 4],
    ]  # fmt: skip
    assert (pad(pixels, Size(4, 2)) == 255).all()


@given(sizes, seeds, st.builds(Margins, *[st.integers(0, 9)] * 4))
def test_new_room_is_covered_and_the_original_is_not(size, seed, margins):
    pixels = noise(size, seed)
    extended, coverage = extend(pixels, margins)
    assert size_of(extended) == size_of(coverage) == margins.around(size)
    place_of = (
        slice(margins.top, margins.top + size.height),
        slice(margins.left, margins.left + size.width),
    )
    assert (extended[place_of] == pixels).all()
    assert not coverage[place_of].any()
    assert int((coverage == 255).sum()) == coverage.size - size.pixels


@given(sizes, sizes)
def test_margins_reach_the_wanted_size(size, wanted):
    around = Margins.to(size, wanted).around(size)
    assert around == Size(max(size.width, wanted.width), max(size.height, wanted.height))
