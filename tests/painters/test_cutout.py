import cv2
import numpy as np
import pytest
from skimage import data

from limner.core.adapter import Artifact
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.painters.embedded.cutout import matte
from limner.painters.embedded.rasters import Pixels, decode


def _pixels(artifact: Artifact) -> Pixels:
    assert isinstance(artifact.source, bytes)
    return decode(artifact.source)


@pytest.fixture
def ball() -> tuple[Pixels, Pixels]:
    """A blue ball on textured orange ground, and where it is."""
    noise = np.random.default_rng(3).normal(0, 9, (220, 300, 3))
    picture = np.full((220, 300, 3), (214, 140, 70), np.float32) + noise
    truth = np.zeros((220, 300), np.uint8)
    cv2.circle(truth, (160, 112), 62, 255, -1, cv2.LINE_AA)
    part = truth[..., None] / 255
    picture = picture * (1 - part) + (np.array((40, 80, 190)) + noise) * part
    return np.clip(picture, 0, 255).astype(np.uint8), truth


def _overlap(found: Pixels, truth: Pixels) -> float:
    """Intersection over union."""
    one, other = found > 127, truth > 127
    return float((one & other).sum() / max((one | other).sum(), 1))


@pytest.mark.row("D4")
def test_the_subject_is_cut_out_with_a_soft_clean_edge(paint, ball):
    picture, truth = ball
    cut = _pixels(paint("cutout", Operation.REMOVE_BACKGROUND, picture).artifacts[0])
    assert cut.shape == (220, 300, 4)
    assert _overlap(cut[..., 3], truth) > 0.95
    edge = (cut[..., 3] > 20) & (cut[..., 3] < 235)
    assert edge.any()
    assert float(cut[edge][:, 2].mean()) > float(cut[edge][:, 0].mean()), (
        "the orange ground is left in the edge"
    )


@pytest.mark.parametrize(
    ("photo", "inside", "outside"),
    [(data.coffee, (200, 300), (20, 560)), (data.camera, (300, 120), (100, 450))],
)
def test_photographs_are_told_apart(photo, inside, outside):
    picture = photo()
    picture = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    alpha = matte.matte(picture)
    assert alpha[inside] > 0.9
    assert alpha[outside] < 0.1


def test_transparency_that_is_there_is_believed(ball):
    picture, truth = ball
    alpha = matte.matte(np.dstack([picture, truth]))
    assert np.abs(alpha - truth / 255).max() < 0.01


def test_a_mask_says_where_the_background_is(paint, ball):
    picture, truth = ball
    cut = _pixels(paint("cutout", Operation.REMOVE_BACKGROUND, picture, mask=255 - truth).artifacts[0])
    assert np.abs(cut[..., 3].astype(int) - truth).max() <= 1


def test_another_background_is_put_behind_an_unchanged_subject(paint, ball):
    picture, truth = ball
    beach = _pixels(
        paint("cutout", Operation.REPLACE_BACKGROUND, picture, prompt="the sea at noon", seed=1).artifacts[0]
    )
    green = _pixels(
        paint("cutout", Operation.REPLACE_BACKGROUND, picture, prompt="plain green", seed=1).artifacts[0]
    )
    core = cv2.erode(truth, np.ones((9, 9), np.uint8)) > 250
    assert float(np.abs(beach[core].astype(int) - picture[core]).mean()) < 12
    corner = green[5:25, 5:25].reshape(-1, 3).mean(0)
    assert corner[1] > corner[0] + 20
    assert float(np.abs(beach[:40].astype(int) - picture[:40]).mean()) > 20


def test_a_click_and_a_box_select_the_thing(paint, ball):
    picture, truth = ball
    clicked = _pixels(
        paint(
            "cutout", Operation.TOOL, picture, tool="limner/select", options={"point": [160, 112]}
        ).artifacts[0]
    )
    boxed = _pixels(
        paint(
            "cutout", Operation.TOOL, picture, tool="limner/select", options={"box": [80, 35, 240, 190]}
        ).artifacts[0]
    )
    whole = _pixels(paint("cutout", Operation.TOOL, picture, tool="limner/select").artifacts[0])
    for mask in (clicked, boxed, whole):
        assert set(np.unique(mask)) <= {0, 255}
        assert _overlap(mask[..., 0] if mask.ndim == 3 else mask, truth) > 0.93


@pytest.mark.parametrize("options", [{"point": [160, 112]}, {"box": [80, 35, 240, 190]}])
@pytest.mark.parametrize("operation", [Operation.REMOVE_BACKGROUND, Operation.REPLACE_BACKGROUND])
def test_what_is_cut_out_can_be_clicked_or_boxed(paint, ball, operation, options):
    picture, truth = ball
    picture[20:60, 20:60] = (20, 200, 30)
    out = _pixels(paint("cutout", operation, picture, options=options, seed=1).artifacts[0])
    if operation is Operation.REMOVE_BACKGROUND:
        assert _overlap(out[..., 3], truth) > 0.93
    else:
        assert np.abs(out[20:60, 20:60].astype(int) - (20, 200, 30)).mean() > 40


def test_a_click_on_the_ground_selects_the_ground(paint, ball):
    picture, truth = ball
    mask = _pixels(
        paint("cutout", Operation.TOOL, picture, tool="limner/select", options={"point": [10, 10]}).artifacts[
            0
        ]
    )
    assert _overlap(mask[..., 0] if mask.ndim == 3 else mask, 255 - truth) > 0.9


@pytest.mark.parametrize("options", [{"point": [999, 0]}, {"point": [1]}, {"box": [1, 2, 3]}, {"amount": 7}])
def test_impossible_options_are_refused(paint, ball, options):
    with pytest.raises(UserError):
        paint("cutout", Operation.TOOL, ball[0], tool="limner/select", options=options)


def test_where_nothing_stands_out_it_says_so_and_cuts_nothing(paint):
    flat = np.full((80, 100, 3), 128, np.uint8)
    artifact = paint("cutout", Operation.REMOVE_BACKGROUND, flat).artifacts[0]
    cut = _pixels(artifact)
    assert artifact.note is None or "nothing was cut out" in artifact.note
    assert cut.shape[:2] == (80, 100)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (64, 2)])
def test_any_size_is_survived(paint, chance, size):
    picture = chance.integers(0, 256, (*size, 3), dtype=np.uint8)
    assert _pixels(paint("cutout", Operation.REMOVE_BACKGROUND, picture).artifacts[0]).shape[:2] == size
