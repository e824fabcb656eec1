import numpy as np
import pytest
from skimage import data

from limner.core.adapter import Artifact
from limner.core.operations import Operation
from limner.painters.embedded.effects.looks import LOOKS
from limner.painters.embedded.rasters import Pixels, decode


def _pixels(artifact: Artifact) -> Pixels:
    assert isinstance(artifact.source, bytes)
    return decode(artifact.source)


def _apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.float32) - other).mean())


@pytest.fixture
def photo() -> Pixels:
    return np.ascontiguousarray(data.astronaut()[:200, 60:320])


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_every_look_changes_the_picture_and_keeps_its_size(paint, photo, look):
    styled = _pixels(paint("restyle", Operation.RESTYLE, photo, prompt=f"make it {look}").artifacts[0])
    assert styled.shape == photo.shape
    assert _apart(styled, photo) > 3


@pytest.mark.parametrize(
    ("words", "look"),
    [
        ("som en blyertsteckning", "pencil"),
        ("in akvarell", "watercolour"),
        ("svartvitt", "noir"),
        ("popkonst", "pop"),
    ],
)
def test_looks_are_known_by_their_swedish_names(paint, photo, words, look):
    one = _pixels(paint("restyle", Operation.RESTYLE, photo, prompt=words).artifacts[0])
    other = _pixels(paint("restyle", Operation.RESTYLE, photo, prompt="", style=look).artifacts[0])
    assert np.array_equal(one, other)


def test_strength_goes_from_nothing_to_all(paint, photo):
    steps = [
        _pixels(paint("restyle", Operation.RESTYLE, photo, prompt="noir", strength=part).artifacts[0])
        for part in (0.0, 0.5, 1.0)
    ]
    assert np.array_equal(steps[0], photo)
    assert 0 < _apart(steps[1], photo) < _apart(steps[2], photo)


def test_without_a_look_it_chooses_one_and_says_so(paint, photo):
    artifact = paint("restyle", Operation.RESTYLE, photo, prompt="").artifacts[0]
    assert "watercolour was used" in (artifact.note or "")


def test_a_mask_limits_the_look(paint, photo):
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[:, :100] = 255
    styled = _pixels(paint("restyle", Operation.RESTYLE, photo, prompt="noir", mask=mask).artifacts[0])
    assert np.array_equal(styled[:, 100:], photo[:, 100:])
    assert _apart(styled[:, :100], photo[:, :100]) > 3


def test_what_has_a_colour_gets_another(paint):
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:, :45], picture[:, 45:] = (200, 40, 30), (60, 140, 70)
    done = paint("restyle", Operation.RECOLOR, picture, search="the red car", prompt="blue")
    changed = _pixels(done.artifacts[0]).astype(int)
    assert changed[30, 20, 2] > changed[30, 20, 0] + 30
    assert np.abs(changed[:, 60:] - picture[:, 60:]).max() <= 3
    assert done.artifacts[0].note is None


def test_a_mask_says_what_to_recolour(paint, photo):
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[50:150, 50:150] = 255
    changed = _pixels(
        paint("restyle", Operation.RECOLOR, photo, prompt="make it green", mask=mask).artifacts[0]
    )
    assert np.array_equal(changed[mask == 0], photo[mask == 0])
    assert _apart(changed[mask > 0], photo[mask > 0]) > 5


def test_without_a_known_colour_nothing_is_changed_and_it_says_so(paint, photo):
    artifact = paint("restyle", Operation.RECOLOR, photo, prompt="zorgblatt").artifacts[0]
    assert np.array_equal(_pixels(artifact), photo)
    assert "nothing was changed" in (artifact.note or "")


def test_variations_differ_from_the_picture_and_from_each_other(paint, photo):
    done = paint("restyle", Operation.VARIATION, photo, n=3)
    made = [_pixels(artifact) for artifact in done.artifacts]
    assert all(picture.shape == photo.shape for picture in made)
    assert min(_apart(made[0], photo), _apart(made[0], made[1]), _apart(made[1], made[2])) > 4
    assert np.array_equal(
        _pixels(paint("restyle", Operation.VARIATION, photo, strength=0.0).artifacts[0]), photo
    )


def test_transparency_stays(paint, photo):
    seen = np.dstack([photo, np.full(photo.shape[:2], 90, np.uint8)])
    for operation, words in (
        (Operation.RESTYLE, "sepia"),
        (Operation.RECOLOR, "blue"),
        (Operation.VARIATION, ""),
    ):
        assert np.all(_pixels(paint("restyle", operation, seen, prompt=words).artifacts[0])[..., 3] == 90)
