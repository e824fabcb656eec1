"""Small copies."""

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from limner.core.pictures import Format, Size
from limner.pixels.probe import probe
from limner.pixels.raster import decode
from limner.pixels.thumbnail import thumbnail
from tests.pixels.samples import WAYS, make, saved


@pytest.mark.parametrize("how", WAYS)
def test_every_way_has_a_small_copy(how):
    data = make(how, Size(40, 30), 1)
    for source in (data, decode(data)):
        small = probe(thumbnail(source, 20))
        assert small.size == Size(20, 15)
        assert small.format is Format.WEBP


def test_what_is_small_is_not_enlarged():
    assert probe(thumbnail(make("PNG/RGB", Size(10, 30), 1), 64)).size == Size(10, 30)


def test_a_large_jpeg_is_decoded_small_and_looks_the_same():
    photo = Image.fromarray(photographs.astronaut()).resize((2048, 2048))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(photo, "JPEG", quality=95, exif=exif)
    assert decode(data, at_least=256).size == Size(256, 256)
    small = decode(thumbnail(data, 128)).pixels.astype(int)
    expected = np.asarray(photo.rotate(-90).resize((128, 128)).convert("RGBA")).astype(int)
    assert np.abs(small - expected).mean() < 4


@pytest.mark.parametrize("how", WAYS)
def test_a_smaller_copy_is_decoded_where_one_will_do(how):
    raster = decode(make(how, Size(40, 30), 1), at_least=10)
    assert raster.probed.size == Size(40, 30)
    assert max(raster.size.width, raster.size.height) >= 10
    assert abs(raster.size.width / raster.size.height - 4 / 3) < 0.1
    reducible = how.startswith("JPEG") or how.partition("/")[2] in {
        "L",
        "LA",
        "RGB",
        "RGBA",
        "LA;16",
        "RGB;16",
    }
    assert reducible == (raster.size < Size(40, 30))
