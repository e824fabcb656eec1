"""The hand and the paper: wavering edges, washes, a vignette, and grain."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from limner.painters.embedded.noise import Floats, clouds, tile
from limner.painters.embedded.rasters import Pixels

_TILE: Final = 512
"""The grain repeats after so many pixels; nobody sees it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """How strongly the hand and the paper show. All at 0: none."""

    waver: float = 1.0
    """How far edges waver; 1 is about half a per cent of the picture."""
    grain: float = 1.0
    wash: float = 1.0
    """Uneven paint."""
    vignette: float = 1.0
    """Darker corners."""


def finish(picture: Floats, chance: np.random.Generator, paper: Paper) -> Pixels:
    """Put a painted picture, 0..1, on paper."""
    height, width = picture.shape[:2]
    size = min(height, width)
    light = np.ones((height, width), np.float32)
    if paper.wash > 0:
        light += clouds(chance, height, width, (7, 4), 4) * np.float32(0.032 * paper.wash)
    if paper.vignette > 0:
        light *= _vignette(height, width, paper.vignette)
    if paper.grain > 0:
        light += _grain(chance, height, width) * np.float32(0.017 * paper.grain)
    picture = picture * light[..., None]
    flat = np.asarray(np.clip(picture * 255 + 0.5, 0, 255), np.uint8)
    if paper.waver > 0 and size >= 64:
        flat = _waver(flat, chance, paper.waver * size / 1024)
    return flat


def _vignette(height: int, width: int, strength: float) -> Floats:
    down = np.linspace(-1, 1, height, dtype=np.float32) ** 2
    along = np.linspace(-1, 1, width, dtype=np.float32) ** 2
    far = (down[:, None] + along[None]) / 2
    return 1 - np.clip(far - 0.3, 0, 1) * np.float32(0.3 * strength)


def _grain(chance: np.random.Generator, height: int, width: int) -> Floats:
    fine = chance.standard_normal((min(_TILE, height), min(_TILE, width)), np.float32)
    soft = np.asarray(cv2.GaussianBlur(fine, (0, 0), 0.9), np.float32) * 2.2
    return tile(fine * np.float32(0.5) + soft, height, width)


def _waver(picture: Pixels, chance: np.random.Generator, strength: float) -> Pixels:
    """Shift every pixel a little, neighbours nearly alike, as a brush does."""
    height, width = picture.shape[:2]
    unit = min(height, width) / 26
    cells = (height / unit, width / unit)
    along = clouds(chance, height, width, cells, 3) * np.float32(3.2 * strength)
    down = clouds(chance, height, width, cells, 3) * np.float32(3.2 * strength)
    along += np.arange(width, dtype=np.float32)[None]
    down += np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(picture, along, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)
