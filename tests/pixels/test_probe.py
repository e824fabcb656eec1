"""What a JPEG's headers say is what Pillow says of the opened picture."""

import pytest

from limner.core.pictures import Size
from limner.pixels.probe import opened, probe
from tests.pixels.clean_files import FILES, jpeg
from tests.pixels.samples import WAYS, make


@pytest.mark.parametrize("how", [way for way in WAYS if way.startswith("JPEG")])
@pytest.mark.parametrize("size", [Size(1, 1), Size(40, 30)])
def test_headers_alone_say_the_same(how, size):
    data = make(how, size, 5)
    assert probe(data) == opened(data)[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_with_every_orientation_profile_and_metadata(orientation):
    data = jpeg(orientation)
    told = probe(data)
    assert told == opened(data)[1]
    assert (told.orientation, told.has_icc, told.has_metadata) == (orientation, True, True)


@pytest.mark.parametrize("name", FILES)
def test_every_kind_is_what_it_is_when_opened(name):
    data = FILES[name]()
    assert probe(data) == opened(data)[1]
