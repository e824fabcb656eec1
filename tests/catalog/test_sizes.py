from contextlib import suppress
from fractions import Fraction
from math import log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from limner.catalog.sizes import cut, legal, makes, nearest, nearest_ratio, of_ratio, parse_ratio, possible
from limner.core.errors import UserError
from limner.core.models import FreeSizes, Sizes
from limner.core.pictures import Size
from tests.catalog.samples import free_sizes, sizes

GPT2 = Sizes(
    free=FreeSizes(
        multiple=16,
        least_edge=16,
        most_edge=3840,
        least_pixels=655_360,
        most_pixels=8_294_400,
        widest=Fraction(3),
    )
)
THREE = Sizes(fixed=(Size(1024, 1024), Size(1536, 1024), Size(1024, 1536)))


def turned(one: Size, other: Size) -> bool:
    return (one.width - one.height) * (other.width - other.height) < 0


@given(free_sizes(), sizes)
def test_a_free_size_is_always_legal(free: tuple[FreeSizes, Size], wanted: Size):
    assert legal(free[0], nearest(Sizes(free=free[0]), wanted))


@given(free_sizes())
def test_a_legal_size_is_its_own_nearest(free: tuple[FreeSizes, Size]):
    bounds, size = free
    assert legal(bounds, size)
    assert nearest(Sizes(free=bounds), size) == size


@given(free_sizes())
def test_bounds_that_allow_a_size_are_possible(free: tuple[FreeSizes, Size]):
    found = possible(free[0])
    assert found is not None
    assert legal(free[0], found)


def test_contradicting_bounds_are_impossible():
    assert possible(FreeSizes(least_edge=100, most_edge=99)) is None
    assert possible(FreeSizes(multiple=64, least_edge=65, most_edge=127)) is None


@given(free_sizes(), sizes)
def test_orientation_is_kept_where_a_legal_size_has_it(free: tuple[FreeSizes, Size], wanted: Size):
    bounds, size = free
    flipped = Size(size.height, size.width)
    assume(not turned(size, wanted) or not turned(flipped, wanted))
    assert not turned(nearest(Sizes(free=bounds), wanted), wanted)


@given(free_sizes(), sizes)
def test_it_is_not_smaller_than_wanted_where_a_legal_size_covers_it(
    free: tuple[FreeSizes, Size], wanted: Size
):
    bounds, size = free
    assume(size.width >= wanted.width and size.height >= wanted.height and not turned(size, wanted))
    found = nearest(Sizes(free=bounds), wanted)
    assert found.width >= wanted.width
    assert found.height >= wanted.height


@given(st.lists(sizes, min_size=1, max_size=8), sizes)
def test_a_fixed_size_is_one_of_them_and_none_is_closer_in_shape(fixed: list[Size], wanted: Size):
    found = nearest(Sizes(fixed=tuple(fixed)), wanted)
    assert found in fixed
    for other in fixed:
        if turned(other, wanted) == turned(found, wanted):
            assert abs(log(found.ratio / wanted.ratio)) <= abs(log(other.ratio / wanted.ratio)) + 1e-6
    if any(not turned(other, wanted) for other in fixed):
        assert not turned(found, wanted)


@given(st.lists(sizes, min_size=1, max_size=8))
def test_a_fixed_size_is_its_own_nearest(fixed: list[Size]):
    for size in fixed:
        assert nearest(Sizes(fixed=tuple(fixed)), size) == size


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("1920x1080", "1920x1088"),  # trimmed, not sampled anew
        ("1500x850", "1504x864"),
        ("300x200", "1008x672"),  # enlarged to the fewest pixels, in shape
        ("4096x2160", "3840x2032"),  # shrunk to the longest edge, in shape
        ("100x4000", "1280x3840"),  # as narrow as allowed
        ("4000x4000", "2880x2880"),  # shrunk to the most pixels
        ("1536x1024", "1536x1024"),
    ],
)
def test_free_sizes_of_openai(wanted: str, expected: str):
    assert str(nearest(GPT2, Size.parse(wanted))) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("1920x1080", "1536x1024"),
        ("1080x1920", "1024x1536"),
        ("900x901", "1024x1024"),
        ("1200x1000", "1024x1024"),
        ("1300x1000", "1536x1024"),
    ],
)
def test_fixed_sizes_of_openai(wanted: str, expected: str):
    assert str(nearest(THREE, Size.parse(wanted))) == expected


def test_of_the_same_shape_the_smallest_that_is_enough_else_the_largest():
    squares = Sizes(fixed=(Size(256, 256), Size(512, 512), Size(1024, 1024)))
    assert nearest(squares, Size(300, 300)) == Size(512, 512)
    assert nearest(squares, Size(2000, 2000)) == Size(1024, 1024)


def test_no_sizes_in_pixels_is_the_callers_mistake():
    with pytest.raises(ValueError, match="pixels"):
        nearest(Sizes(ratios=("1:1",)), Size(10, 10))


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("16:9", Fraction(16, 9)),
        (" 3 : 2".replace(" ", ""), Fraction(3, 2)),
        ("1.91:1", Fraction("1.91")),
        ("16/9", Fraction(16, 9)),
        ("4x5", Fraction(4, 5)),
        ("2", Fraction(2)),
        ("21×9", Fraction(7, 3)),
    ],
)
def test_ratios_are_read(text: str, ratio: Fraction):
    assert parse_ratio(text) == ratio


@pytest.mark.parametrize(
    "text", ["", "wide", "16:", ":9", "0:1", "1:0", "-1:2", "1:2:3", "1e3:1", "²:1", "."]
)
def test_what_is_no_ratio_is_refused(text: str):
    with pytest.raises(UserError) as caught:
        parse_ratio(text)
    assert caught.value.code == "invalid_aspect_ratio"
    assert caught.value.field == "aspect_ratio"


@given(st.text(max_size=12))
def test_reading_a_ratio_only_ever_fails_politely(text: str):
    with suppress(UserError):
        assert parse_ratio(text) > 0


@given(free_sizes(), st.fractions(Fraction(1, 4), 4, max_denominator=32))
def test_a_shape_is_made_exactly_where_some_size_has_it(free: tuple[FreeSizes, Size], ratio: Fraction):
    bounds, size = free
    found = of_ratio(Sizes(free=bounds), ratio)
    assert legal(bounds, found)
    if size.ratio == ratio:
        assert found.ratio == ratio


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [("16:9", "1280x720"), ("1:1", "1024x1024"), ("9:16", "720x1280"), ("3:2", "1248x832")],
)
def test_a_shape_has_about_the_usual_pixels(ratio: str, expected: str):
    assert str(of_ratio(GPT2, parse_ratio(ratio))) == expected


def test_a_shape_of_a_model_with_a_default_has_about_as_many_pixels():
    assert str(of_ratio(Sizes(free=FreeSizes(multiple=8), default=Size(512, 512)), Fraction(2))) == "720x360"
    assert of_ratio(THREE, Fraction(16, 9)) == Size(1536, 1024)


@given(sizes, st.fractions(Fraction(1, 9), 9, max_denominator=32))
def test_a_cut_lies_inside_and_is_as_large_as_it_can_be(size: Size, ratio: Fraction):
    inner = cut(size, ratio)
    assert inner.width <= size.width
    assert inner.height <= size.height
    assert inner.width == size.width or inner.height == size.height


def test_the_nearest_name_keeps_the_orientation():
    assert nearest_ratio(("1:1", "16:9", "9:16"), Fraction(5, 4)) == "1:1"
    assert nearest_ratio(("2:1", "9:10"), Fraction(11, 10)) == "2:1"
    assert nearest_ratio(("9:16", "9:21"), Fraction(2)) == "9:16"


def test_a_model_makes_what_it_lists_or_allows():
    both = Sizes(fixed=(Size(100, 100),), free=FreeSizes(multiple=64))
    assert makes(both, Size(100, 100))
    assert makes(both, Size(128, 64))
    assert not makes(both, Size(100, 64))
