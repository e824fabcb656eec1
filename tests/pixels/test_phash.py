"""What looks alike has hashes that differ in few bits."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from PIL import Image
from skimage import data as photographs

from limner.core.pictures import Format, Size
from limner.pixels.phash import NEAR, distance, phash
from limner.pixels.raster import decode, encode
from limner.pixels.resize import scale
from tests.pixels.samples import noise, seeds, sizes

NAMES = ("astronaut", "coffee", "chelsea", "rocket", "camera", "cat", "moon", "page", "text", "coins")


def photo(name: str) -> np.ndarray:
    return np.asarray(Image.fromarray(getattr(photographs, name)()).convert("RGBA"))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_in_another_dress_is_near(name):
    pixels = photo(name)
    fingerprint = phash(pixels)
    assert 0 <= fingerprint < 1 << 64
    smaller = scale(pixels, Size(pixels.shape[1] * 3 // 5, pixels.shape[0] * 3 // 5))
    assert distance(fingerprint, phash(smaller)) <= NEAR
    for wanted in (Format.JPEG, Format.WEBP, Format.AVIF):
        again = decode(encode(pixels, wanted, quality=40))
        assert distance(fingerprint, phash(again)) <= NEAR
    brighter = pixels.copy()
    brighter[..., :3] = np.minimum(pixels[..., :3].astype(int) + 15, 255)
    assert distance(fingerprint, phash(brighter)) <= NEAR


def test_other_pictures_are_far():
    hashes = {name: phash(photo(name)) for name in NAMES if name != "cat"}  # cat is chelsea
    for one, other in combinations(hashes, 2):
        assert distance(hashes[one], hashes[other]) > NEAR, (one, other)


@given(sizes, seeds)
def test_every_picture_has_one(size, seed):
    pixels = noise(size, seed)
    assert 0 <= phash(pixels) < 1 << 64
    assert distance(phash(pixels), phash(pixels.copy())) == 0


def test_what_cannot_be_seen_does_not_count():
    pixels = photo("astronaut").copy()
    pixels[100:200, 100:200, 3] = 0
    other = pixels.copy()
    other[100:200, 100:200, :3] = 255 - other[100:200, 100:200, :3]
    assert distance(phash(pixels), phash(other)) == 0
