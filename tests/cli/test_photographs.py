"""Real photographs: the mask is law, by a count of our own."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Limner, draw_mask


def decoded(path: Path, mode: str = "RGBA") -> np.ndarray:
    """The pixels of a file, decoded here by Pillow."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert(mode))


def changed(before: Path, after: Path, where: np.ndarray) -> int:
    """Pixels that differ there."""
    return int((decoded(before) != decoded(after)).any(axis=2)[where].sum())


@pytest.mark.row("F3")
@pytest.mark.parametrize("photo", ["astronaut", "coffee"])
def test_nothing_outside_the_mask_changes(
    limner: Limner, folder: Path, photo: str, request: pytest.FixtureRequest
):
    path: Path = request.getfixturevalue(photo)
    height, width, _ = decoded(path).shape
    mask = draw_mask(folder / "mask.png", (width, height), (180, 150, 300, 260))
    keep = decoded(mask, "L") == 0
    ran = limner("erase", path, "--mask", mask, "-o", "out.png", "--json")
    assert ran.code == 0
    [image] = ran.json["images"]
    assert image["path"] == "out.png"
    assert image["measured"]["changed_outside_mask"] == 0
    assert image["measured"]["outside_mask"] == keep.sum()
    assert changed(path, folder / "out.png", keep) == 0
    assert changed(path, folder / "out.png", ~keep) > 1000


def test_a_mask_of_another_size_is_scaled_and_said(limner: Limner, astronaut: Path, folder: Path):
    mask = draw_mask(folder / "mask.png", (256, 256), (90, 75, 150, 130))
    ran = limner("erase", astronaut, "--mask", mask, "-o", "out.png", "--json")
    assert ran.code == 0
    notes = [note for note in ran.json["notes"] if note["field"] == "mask"]
    assert [(note["kind"], note["asked"], note["used"]) for note in notes] == [
        ("adapted", "256x256", "512x512")
    ]
    assert "256x256" in limner("erase", astronaut, "--mask", mask, "-o", "again.png").err


def test_a_lossy_output_is_said(limner: Limner, coffee: Path, folder: Path):
    mask = draw_mask(folder / "mask.png", (600, 400), (180, 150, 300, 260))
    ran = limner("erase", coffee, "--mask", mask, "-o", "out.jpg")
    assert ran.code == 0
    assert (folder / "out.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert "does not keep every pixel" in ran.err
