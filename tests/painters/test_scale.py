import cv2
import numpy as np
import pytest
from skimage import data

from limner.core.adapter import Artifact
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.painters.embedded.rasters import Pixels, decode
from limner.painters.embedded.scale.enlarge import enlarge, sharpen


def _pixels(artifact: Artifact) -> Pixels:
    assert isinstance(artifact.source, bytes)
    return decode(artifact.source)


def _miss(one: Pixels, other: Pixels) -> float:
    return float(np.sqrt(((one.astype(np.float32) - other) ** 2).mean()))


@pytest.mark.parametrize("photo", [data.astronaut, data.chelsea, data.coffee])
def test_an_enlargement_is_nearer_to_the_original_than_a_bicubic_one(photo):
    original = photo()
    height, width = (side // 4 * 4 for side in original.shape[:2])
    original = original[:height, :width]
    small = cv2.resize(original, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    bicubic = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    assert _miss(enlarge(small, width, height), original) < 0.99 * _miss(bicubic, original)


def test_edges_get_no_halos():
    step = np.full((60, 60, 3), 60, np.uint8)
    step[:, 30:] = 190
    large = enlarge(step, 240, 240)
    assert large.min() >= 60 - 7
    assert large.max() <= 190 + 7


@pytest.mark.parametrize(
    ("scale", "expected"), [(2.0, (180, 240)), (1.5, (135, 180)), (4.0, (360, 480)), (None, (180, 240))]
)
def test_it_is_enlarged_by_the_factor(paint, scale, expected):
    photo = np.ascontiguousarray(data.chelsea()[:90, :120])
    done = paint("scale", Operation.UPSCALE, photo, scale=scale)
    assert _pixels(done.artifacts[0]).shape[:2] == expected


def test_it_is_enlarged_to_a_size(paint):
    photo = np.ascontiguousarray(data.chelsea()[:90, :120])
    assert _pixels(paint("scale", Operation.UPSCALE, photo, size=Size(250, 200)).artifacts[0]).shape[:2] == (
        200,
        250,
    )


def test_what_is_transparent_lends_nobody_its_colour():
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[..., 1] = 255
    picture[5:15, 5:15] = (200, 0, 0, 255)
    large = enlarge(picture, 80, 80)
    seen = large[large[..., 3] > 128]
    assert seen[:, 1].max() < 40
    assert large[0, 0, 3] == 0


def test_sharpening_strengthens_edges_and_leaves_flat_areas(paint):
    photo = np.zeros((64, 64, 3), np.uint8) + 100
    photo[:, 32:] = 160
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), 2), np.uint8)
    crisp = _pixels(
        paint("scale", Operation.TOOL, photo, tool="limner/sharpen", options={"amount": 1.5}).artifacts[0]
    )
    steepest = [float(np.abs(np.diff(picture[32, :, 0].astype(float))).max()) for picture in (photo, crisp)]
    assert steepest[1] > 1.15 * steepest[0]
    assert np.abs(crisp[:, :20].astype(int) - photo[:, :20]).max() <= 1
    assert np.array_equal(sharpen(photo, 0), photo)
