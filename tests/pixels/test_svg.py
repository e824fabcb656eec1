"""Drawings: their size is read, nothing of them is expanded or run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.errors import ImageProcessing
from limner.core.pictures import Format, Size
from limner.pixels.probe import probe
from limner.pixels.raster import decode
from limner.pixels.svg import is_svg


def drawing(attributes: str, before: str = "") -> bytes:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}><path d="M0 0"/></svg>\n'.encode()


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="640" height="480"', "640x480"),
        ("width='640px' height='4.8e2'", "640x480"),
        ('viewBox="0 0 64 32"', "64x32"),
        ('viewBox="0,0,64,32" height="100"', "200x100"),
        ('viewBox="0 0 64 32" width="100%" height="100%"', "64x32"),
        ('width="1in" height="25.4mm"', "96x96"),
        ('width="100%"', "300x150"),
        ('viewBox="0 0 nan -4" width="1e999"', "300x150"),
        ("", "300x150"),
    ],
)
def test_the_size_is_what_a_browser_would_give(attributes, size):
    probed = probe(drawing(attributes), drawings=True)
    assert str(probed.size) == size
    assert probed.media_type == "image/svg+xml"
    assert probed.format is Format.SVG


@pytest.mark.parametrize(
    "before",
    ["\ufeff", "<?xml version='1.0'?>\n", "<!-- a <svg> --> \n", "<!DOCTYPE svg PUBLIC 'a' 'b'>", " \n\t"],
)
def test_what_comes_before_is_skipped(before):
    assert probe(drawing('width="3" height="4"', before), drawings=True).size == Size(3, 4)


def test_entities_are_never_expanded():
    laughs = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    assert not is_svg(drawing('width="3" height="4"', laughs))


def test_a_drawing_is_no_picture_to_work_on():
    for call in (probe, decode):
        with pytest.raises(ImageProcessing, match="an SVG drawing") as caught:
            call(drawing('width="3" height="4"'))
        assert caught.value.code == "unsupported_format"


def test_a_drawing_cut_off_or_without_area_is_refused():
    whole = drawing('width="3" height="4"')
    for part in (whole[:-3], whole[:-10]):
        with pytest.raises(ImageProcessing) as caught:
            probe(part, drawings=True)
        assert caught.value.code == "truncated_image"
    with pytest.raises(ImageProcessing) as caught:
        probe(drawing('width="0" height="4"'), drawings=True)
    assert caught.value.code == "damaged_image"
    assert probe(b"<svg width='3' height='4'/>", drawings=True).size == Size(3, 4)


@given(st.text("<svg !->?=\"'ae0\n", max_size=400))
def test_anything_is_one_or_is_not(text):
    data = ("<svg " + text).encode()
    try:
        size = probe(data, drawings=True).size
    except ImageProcessing as error:
        codes = {error.code}
    else:
        codes = {"read"} if size.pixels else set()
    assert codes <= {"read", "truncated_image", "damaged_image", "not_an_image", "unsupported_format"}
    assert codes


@pytest.mark.parametrize(
    "filler", ["a" * 200_000, " " * 200_000, "<!--" * 50_000, "a=" * 100_000, "<!-- -->" * 25_000]
)
def test_long_ones_are_read_at_once(filler):
    for data in (f"<svg {filler}></svg>", f"{filler}<svg></svg>", f"<svg>{filler}</svg>"):
        is_svg(data.encode())
