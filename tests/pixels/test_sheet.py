"""Contact sheets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.pictures import Size
from limner.pixels.arrays import size_of
from limner.pixels.sheet import sheet
from tests.pixels.samples import sizes

COLOURS = ((255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255, 255, 0, 255), (0, 255, 255, 255))


def plain(size: Size, colour: tuple[int, int, int, int]) -> np.ndarray:
    return np.full((size.height, size.width, 4), colour, np.uint8)


def test_pictures_lie_in_rows():
    page = sheet([plain(Size(10, 10), colour) for colour in COLOURS], cell=Size(10, 10), gap=2)
    assert size_of(page) == Size(2 + 3 * 12, 2 + 2 * 12)
    centres = [page[7, 7 + 12 * place].tolist() for place in range(3)]
    centres += [page[19, 7 + 12 * place].tolist() for place in range(2)]
    assert centres == [list(colour) for colour in COLOURS]
    assert page[19, 7 + 24].tolist() == [255, 255, 255, 255]
    assert page[1, 1].tolist() == [255, 255, 255, 255]


@given(st.lists(sizes, min_size=1, max_size=7), st.none() | st.integers(1, 4), st.booleans())
def test_each_is_seen_in_full(shapes, columns, labelled):
    page = sheet(
        [plain(size, (0, 0, 0, 255)) for size in shapes],
        columns=columns,
        cell=Size(20, 20),
        gap=4,
        labels=["Ä" * 200] * len(shapes) if labelled else (),
        background=(255, 255, 255, 255),
    )
    assert (page[:4] == 255).all()
    assert (page[-4:] == 255).all()
    dark = (page[..., 0] == 0) & (page[..., 3] == 255)
    assert dark.any()


def test_labels_are_written_and_cut_off():
    picture = [plain(Size(60, 20), (255, 255, 255, 255))]
    unlabelled, labelled, long = (
        sheet(picture, cell=Size(60, 20), gap=5, labels=labels)
        for labels in ((), ("seed 7",), ("an endless description of what there is to see",))
    )
    assert (unlabelled == 255).all()
    assert labelled.shape[0] > unlabelled.shape[0]
    assert (labelled[25:] < 128).any()
    assert (long[25:] < 128).any()
    assert (long[:, :5] == 255).all()
    assert (long[:, -5:] == 255).all()


def test_a_sheet_needs_a_picture():
    with pytest.raises(ValueError, match="needs a picture"):
        sheet([])
