"""Looks made of lines."""

import cv2
import numpy as np

from limner.painters.embedded.effects import tones
from limner.painters.embedded.effects.tones import blur, to_bytes
from limner.painters.embedded.noise import Floats, clouds
from limner.painters.embedded.rasters import Pixels


def pencil(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Graphite on paper: outlines by dodging, shade by hatching along two directions."""
    grey = tones.grey(picture)
    height, width = grey.shape
    unit = min(height, width) / 100
    blurred = blur(1 - grey, max(1.0, unit * 0.55))
    line = np.clip(grey / np.maximum(1 - blurred, 0.02), 0, 1) ** 2.2
    tone = blur(grey, max(0.6, unit * 0.25))
    shade = 1 - _hatch(chance, grey.shape, 40) * np.clip(0.72 - tone, 0, 1) * 1.1
    shade -= _hatch(chance, grey.shape, -32) * np.clip(0.38 - tone, 0, 1) * 1.1
    paper = 0.965 + clouds(chance, height, width, (9, 9), 5) * 0.012
    paper += chance.standard_normal(grey.shape, np.float32) * 0.012
    drawn = np.clip(line * np.clip(shade, 0, 1), 0, 1)
    drawn = 0.13 + 0.87 * drawn
    tint = np.array((1.0, 0.985, 0.95), np.float32)
    return to_bytes((drawn * paper)[..., None] * tint)


def blueprint(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """White lines on Prussian blue, over a grid."""
    grey = blur(tones.grey(picture), max(0.6, min(picture.shape[:2]) / 900))
    unit = min(grey.shape) / 100
    fine, broad = blur(grey, max(0.7, unit * 0.1)), blur(grey, max(1.2, unit * 0.24))
    line = np.clip((np.abs(fine - broad) - 0.006) * 26, 0, 1)
    height, width = grey.shape
    ground = (
        np.array((0.08, 0.22, 0.46), np.float32) + clouds(chance, height, width, (4, 4), 4)[..., None] * 0.03
    )
    ground = ground * (0.82 + 0.3 * blur(grey, unit)[..., None])
    step = max(8, round(unit * 4))
    grid = np.zeros_like(grey)
    grid[::step] = grid[:, ::step] = 0.12
    grid[:: step * 5] = grid[:, :: step * 5] = 0.24
    ink = np.maximum(line * 0.94, grid)[..., None]
    return to_bytes(ground + (np.array((0.92, 0.96, 1.0), np.float32) - ground) * ink)


def _hatch(chance: np.random.Generator, shape: tuple[int, ...], degrees: float) -> Floats:
    """Strokes in one direction: noise, smeared along it."""
    height, width = shape[:2]
    noise = chance.random((height, width), np.float32)
    length = max(9, round(min(height, width) / 40)) | 1
    kernel = np.zeros((length, length), np.float32)
    middle, reach = length // 2, length / 2
    angle = np.deg2rad(degrees)
    over, down = round(np.cos(angle) * reach), round(np.sin(angle) * reach)
    cv2.line(kernel, (middle - over, middle - down), (middle + over, middle + down), 1.0, 1)
    smeared = np.asarray(cv2.filter2D(noise, -1, kernel / kernel.sum()), np.float32)
    return np.clip((smeared - 0.5) * 3.4 + 0.62, 0, 1)
