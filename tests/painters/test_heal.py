import numpy as np
import pytest
from skimage import data

from limner.core.adapter import Artifact, Done
from limner.core.errors import Cancelled, UserError
from limner.core.operations import Operation
from limner.core.pictures import Margins, Size
from limner.core.requests import Tier
from limner.painters.embedded.heal.paint import heal
from limner.painters.embedded.heal.windows import windows
from limner.painters.embedded.rasters import Pixels, decode


def _bytes(artifact: Artifact) -> bytes:
    assert isinstance(artifact.source, bytes)
    return artifact.source


def _pixels(done: Done, index: int = 0) -> Pixels:
    return decode(_bytes(done.artifacts[index]))


def _hole(picture: Pixels, top: int, bottom: int, left: int, right: int) -> Pixels:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def _roughness(pixels: Pixels) -> float:
    """How much neighbouring pixels differ: near nothing where a hole was smeared over."""
    values = pixels.astype(np.float32)
    return float(np.abs(np.diff(values, axis=0)).mean() + np.abs(np.diff(values, axis=1)).mean())


@pytest.mark.row("D4")
def test_it_changes_nothing_outside_the_mask(paint):
    photo = data.astronaut()
    mask = _hole(photo, 150, 190, 300, 340)
    healed = _pixels(paint("heal", Operation.ERASE, photo, mask=mask))
    assert healed.shape == photo.shape
    assert np.array_equal(healed[mask == 0], photo[mask == 0])
    assert not np.array_equal(healed[mask > 0], photo[mask > 0])


def test_texture_is_continued_and_not_smeared():
    grass = np.dstack([data.grass()] * 3)
    mask = _hole(grass, 200, 280, 200, 280)
    around = _roughness(grass[200:280, 100:180])
    continued = _roughness(heal(grass, mask, 1)[205:275, 205:275])
    smeared = _roughness(heal(grass, mask, 1, Tier.DRAFT)[205:275, 205:275])
    assert continued > 0.7 * around
    assert smeared < 0.4 * around


def test_a_post_in_front_of_bricks_comes_out_as_bricks():
    """The bricks are painted back nearly as they were, far nearer than by smearing."""
    bricks = np.dstack([data.brick()] * 3)
    mask = _hole(bricks, 60, 460, 240, 275)

    def miss(tier: Tier) -> float:
        healed = heal(bricks, mask, 1, tier)
        return float(np.abs(healed[mask > 0].astype(float) - bricks[mask > 0]).mean())

    assert miss(Tier.STANDARD) < miss(Tier.DRAFT)
    assert miss(Tier.STANDARD) < 14


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others(paint):
    photo = data.coffee()
    mask = _hole(photo, 100, 160, 420, 500)
    first = paint("heal", Operation.INPAINT, photo, mask=mask, seed=5, n=2, prompt="wood")
    again = paint("heal", Operation.INPAINT, photo, mask=mask, seed=6, prompt="wood")
    assert [artifact.seed for artifact in first.artifacts] == [5, 6]
    assert _bytes(first.artifacts[1]) == _bytes(again.artifacts[0])
    assert _bytes(first.artifacts[0]) != _bytes(first.artifacts[1])


def test_words_that_cannot_be_followed_are_said_to_be_unused(paint):
    photo = data.chelsea()
    mask = _hole(photo, 10, 30, 10, 30)
    spoken = paint("heal", Operation.INPAINT, photo, mask=mask, prompt="a red hat")
    silent = paint("heal", Operation.ERASE, photo, mask=mask)
    assert "the prompt was not used" in (spoken.artifacts[0].note or "")
    assert silent.artifacts[0].note is None


def test_transparency_is_healed_too():
    picture = np.dstack([data.chelsea(), np.full(data.chelsea().shape[:2], 200, np.uint8)])
    mask = _hole(picture, 100, 130, 100, 130)
    picture[100:130, 100:130] = 0
    for tier in (Tier.DRAFT, Tier.STANDARD):
        healed = heal(picture, mask, 1, tier)
        assert abs(int(healed[100:130, 100:130, 3].min()) - 200) <= 1


@pytest.mark.parametrize(
    ("height", "width", "box"),
    [
        (1, 1, (0, 1, 0, 1)),
        (2, 40, (0, 1, 3, 9)),
        (30, 30, (0, 30, 0, 29)),
        (64, 64, (0, 64, 0, 64)),
        (9, 9, (3, 6, 3, 6)),
    ],
)
def test_any_hole_in_any_picture_is_survived(chance, height, width, box):
    picture = chance.integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = _hole(picture, *box)
    for tier in (Tier.DRAFT, Tier.STANDARD):
        healed = heal(picture, mask, 3, tier)
        assert np.array_equal(healed[mask == 0], picture[mask == 0])


def test_an_empty_mask_changes_nothing():
    photo = data.chelsea()
    assert np.array_equal(heal(photo, np.zeros(photo.shape[:2], np.uint8), 1), photo)


def test_it_stops_when_told_to(paint):
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    photo = data.astronaut()
    with pytest.raises(Cancelled):
        paint("heal", Operation.ERASE, photo, mask=_hole(photo, 100, 300, 100, 300), cancelled=stop)


def test_it_tells_how_far_it_is(paint):
    photo, told = data.chelsea(), []
    paint("heal", Operation.ERASE, photo, mask=_hole(photo, 50, 90, 50, 90), n=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3


def test_a_missing_mask_is_the_callers_error(paint):
    with pytest.raises(UserError, match="needs a mask"):
        paint("heal", Operation.ERASE, data.chelsea())


def test_a_model_that_names_no_painter_is_refused(paint):
    with pytest.raises(UserError, match=r"wire\.painter"):
        paint("levitate", Operation.ERASE, data.chelsea())


def test_outpainting_keeps_the_picture_and_continues_it(paint):
    photo = data.camera()[100:260, 250:450]
    photo = np.dstack([photo] * 3)
    margins = Margins(left=40, right=30, top=20, bottom=10)
    wider = _pixels(paint("heal", Operation.OUTPAINT, photo, margins=margins))
    assert wider.shape == (190, 270, 3)
    assert np.array_equal(wider[20:180, 40:240], photo)
    assert abs(float(wider[20:180, :40].mean()) - float(photo[:, :40].mean())) < 25
    assert _roughness(wider[120:170, 245:]) > 0.5 * _roughness(photo[100:150, 170:])


def test_outpainting_to_a_size_spreads_the_room_evenly(paint):
    photo = data.chelsea()[:90, :120]
    wider = _pixels(paint("heal", Operation.OUTPAINT, photo, size=Size(140, 101)))
    assert wider.shape == (101, 140, 3)
    assert np.array_equal(wider[5:95, 10:130], photo)


def test_far_apart_spots_get_windows_of_their_own_and_near_ones_share():
    hole = np.zeros((200, 200), np.uint8)
    hole[10:20, 10:20] = hole[180:190, 180:190] = 255
    assert len(windows(hole, 8)) == 2
    hole[24:30, 10:20] = 255
    assert len(windows(hole, 8)) == 2
    assert len(windows(hole, 200)) == 1
