"""Files that mean harm are refused by name, at once, and without taking memory."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.errors import Billed, ImageProcessing
from limner.core.pictures import Size
from limner.pixels import probe as probing
from limner.pixels.clean import strip
from limner.pixels.kinds import Kind, kind_of
from limner.pixels.limits import Limits
from limner.pixels.probe import probe
from limner.pixels.raster import Raster, decode
from limner.pixels.settings_text import read_settings
from limner.pixels.thumbnail import thumbnail
from tests.pixels import hostile
from tests.pixels.clean_files import FILES
from tests.pixels.samples import WAYS, make
from tests.support.sources import ROOT

HEIC = [(Path(__file__).parent / "data" / "turned.heic").read_bytes] * 2
CODES = {"truncated_image", "damaged_image", "not_an_image", "unsupported_format", "empty_image"}
ENOUGH_SECONDS = 10
"""For one file, on any machine; `bench/pixels.py` has the real figures, which are under one second."""


@pytest.fixture(scope="module")
def outcome() -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pixels.hostile"], cwd=ROOT, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_refused_by_name(outcome, name):
    code, seconds = outcome["cases"][name]
    assert code == hostile.REFUSED[name][1]
    assert seconds < ENOUGH_SECONDS


@pytest.mark.parametrize("name", hostile.ACCEPTED)
def test_what_is_harmless_is_taken_without_the_rest(outcome, name):
    code, seconds = outcome["cases"][name]
    assert code == "accepted"
    assert seconds < ENOUGH_SECONDS


def test_none_of_it_takes_memory(outcome):
    assert outcome["peak_mebibytes"] < 300


def opened(data: bytes) -> Raster | ImageProcessing:
    """Everything that is done to a file that comes in."""
    limits = Limits(most_pixels=1_000_000)
    try:
        decode(strip(data, limits=limits)[0], limits)
        thumbnail(data, 16, limits=limits)
        read_settings(data)
        return decode(data, limits)
    except ImageProcessing as error:
        return error


@pytest.mark.parametrize("how", WAYS)
def test_a_file_cut_off_anywhere_is_refused_or_whole(how):
    data = make(how, Size(40, 30), 7)
    whole = decode(data).pixels
    for part in hostile.cut(data):
        taken = opened(part)
        if isinstance(taken, ImageProcessing):
            assert taken.code in CODES, len(part)
            assert taken.remedy
        else:
            assert (taken.pixels == whole).all(), (
                f"{len(part)} of {len(data)} bytes decode to another picture"
            )


@given(st.sampled_from([*FILES.values(), *HEIC]), st.data())
def test_a_bent_file_is_refused_in_words_or_taken(build, data):
    bent = bytearray(build())
    for _ in range(data.draw(st.integers(1, 8))):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    taken = opened(bytes(bent))
    if isinstance(taken, ImageProcessing):
        assert taken.code
        assert taken.billed is Billed.NO
    else:
        assert taken.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    "name", ["400 megapixels", "a 4-gigapixel JPEG", "a 4-gigapixel GIF", "a WebP canvas of 268 megapixels"]
)
def test_what_is_too_large_never_reaches_a_codec(name, monkeypatch):
    def reached(_: object) -> None:
        raise AssertionError("a codec was asked")

    for kind in Kind:
        monkeypatch.setitem(probing._OPENERS, kind, reached)
    with pytest.raises(ImageProcessing) as caught:
        probe(hostile.REFUSED[name][0]())
    assert caught.value.code == "too_many_pixels"


def test_the_limits_are_named():
    data = make("PNG/RGB", Size(40, 30), 1)
    cases = (
        (Limits(most_bytes=100), "100"),
        (Limits(most_pixels=1000), "0.0 megapixels"),
        (Limits(most_edge=39), "39 pixels"),
    )
    for limits, words in cases:
        with pytest.raises(ImageProcessing, match=words):
            probe(data, name="cat.png", limits=limits)
    with pytest.raises(ImageProcessing, match=r"'cat\.png' has"):
        probe(data, name="cat.png", limits=Limits(most_bytes=100))


@pytest.mark.parametrize("how", WAYS)
def test_bytes_decide_what_a_file_is(how):
    data = make(how, Size(8, 8), 1)
    kind = kind_of(data)
    assert kind is Kind(how.partition("/")[0].lower())
    probed = probe(data, name="lies.gif")
    assert probed.kind is kind
    assert probed.media_type == f"image/{kind}"
    assert probed.size == probed.stored == Size(8, 8)
    assert probed.bytes == len(data)
    assert not probed.has_metadata
    assert probed.has_alpha == (how.partition("/")[2] in {"LA", "LA;16", "P+alpha", "RGBA", "RGB+tRNS"})
