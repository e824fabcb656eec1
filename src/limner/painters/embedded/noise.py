"""Seeded chance: noise, ridges, scattered points."""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def ridge(
    chance: np.random.Generator, width: float, base: float, height: float, rough: float = 0.5, splits: int = 9
) -> Floats:
    """A skyline by midpoint displacement, from left of the picture to right of it.

    Args:
        chance: decides.
        width: of the picture.
        base: the level it swings about.
        height: how far it swings.
        rough: how fast the swings shrink; 0.4 is rolling, 0.6 is jagged.
        splits: how often it is halved; 9 gives 513 points.
    """
    line = base + (chance.random(2, np.float32) - 0.5) * height
    swing = height
    for _ in range(splits):
        middle = (line[:-1] + line[1:]) / 2 + (chance.random(len(line) - 1, np.float32) - 0.5) * swing
        woven = np.empty(len(line) + len(middle), np.float32)
        woven[::2], woven[1::2] = line, middle
        line, swing = woven, swing * rough
    across = np.linspace(-0.02 * width, 1.02 * width, len(line), dtype=np.float32)
    return np.stack([across, line.astype(np.float32)], 1)


def level(line: Floats, x: float) -> float:
    """The height of a skyline at a place."""
    return float(np.interp(x, line[:, 0], line[:, 1]))


def clouds(
    chance: np.random.Generator, height: int, width: int, cells: tuple[float, float], octaves: int = 3
) -> Floats:
    """Soft noise, mean 0 and about -1..1, made of ever finer random grids.

    Args:
        chance: decides.
        height: rows to make.
        width: columns to make.
        cells: rows and columns of the coarsest grid.
        octaves: grids, each twice as fine and half as strong.
    """
    total = np.zeros((height, width), np.float32)
    rows, columns = cells
    weight, weights = 1.0, 0.0
    for _ in range(octaves):
        grid = chance.random((max(2, round(rows)) + 3, max(2, round(columns)) + 3), np.float32) - 0.5
        grown = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(grown, np.float32) * np.float32(weight)
        weights += weight
        rows, columns, weight = rows * 2, columns * 2, weight / 2
    return total * np.float32(2.2 / weights)


def tile(pattern: Floats, height: int, width: int) -> Floats:
    """Repeat a pattern over a picture."""
    down, along = -(-height // pattern.shape[0]), -(-width // pattern.shape[1])
    return np.tile(pattern, (down, along))[:height, :width]
