"""Looks made with a wet brush."""

import cv2
import numpy as np

from limner.painters.embedded.effects import tones
from limner.painters.embedded.effects.tones import blur, saturated, to_bytes
from limner.painters.embedded.noise import Floats, clouds
from limner.painters.embedded.rasters import Pixels

_ROOM = 800
"""Longest side at which areas are smoothed; larger pictures are smoothed smaller."""


def watercolour(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Flat washes that bleed, darker at their edges, on rough white paper."""
    height, width = picture.shape[:2]
    unit = min(height, width) / 100
    flat = _smoothed(picture, 4)
    wet = _bleed(flat, chance, unit * 1.1).astype(np.float32) / 255
    grey = wet.mean(2)
    soft = blur(grey, max(0.8, unit * 0.35))
    edge = np.clip((blur(grey, max(1.6, unit * 0.9)) - soft) * 3.2, -0.12, 0.3)
    wash = clouds(chance, height, width, (6, 6), 5) * 0.07
    pigment = np.clip(1 - wet, 0, 1) * (0.86 + wash[..., None]) * (1 + np.clip(edge, 0, 1)[..., None] * 1.3)
    pigment *= _blank(chance, height, width)[..., None]
    grain = chance.standard_normal((height, width), np.float32)
    rough = blur(grain, max(0.7, unit * 0.12)) * 0.05
    paper = np.array((0.985, 0.978, 0.955), np.float32) * (1 + rough[..., None] * 0.35)
    return to_bytes(paper * (1 - pigment * (0.94 + rough[..., None])))


def oil(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Thick strokes that follow the forms, with light on their ridges."""
    flat = _smoothed(picture, 2)
    height, width = flat.shape[:2]
    size = max(3, round(min(height, width) / 110))
    strokes = _along(flat, chance, size)
    grey = tones.grey(strokes)
    bristle = _bristles(flat, chance, size)
    relief = grey * 0.6 + bristle * 0.4
    lit = np.asarray(
        cv2.filter2D(relief, -1, np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32)), np.float32
    )
    rich = saturated(strokes, 1.2).astype(np.float32) / 255
    return to_bytes(rich * (1 + np.clip(lit, -0.3, 0.3)[..., None] * 0.6))


def _smoothed(picture: Pixels, rounds: int) -> Pixels:
    """Flat areas with their edges kept."""
    height, width = picture.shape[:2]
    scale = _ROOM / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for _ in range(rounds):
        picture = np.asarray(cv2.bilateralFilter(picture, 7, 38, 7), np.uint8)
    if scale < 1:
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    return picture


def _bleed(picture: Pixels, chance: np.random.Generator, reach: float) -> Pixels:
    height, width = picture.shape[:2]
    cells = (height / max(reach * 5, 2), width / max(reach * 5, 2))
    along = clouds(chance, height, width, cells, 3) * np.float32(reach * 0.4)
    down = clouds(chance, height, width, cells, 3) * np.float32(reach * 0.4)
    along += np.arange(width, dtype=np.float32)[None]
    down += np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(
        cv2.remap(picture, along, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def _blank(chance: np.random.Generator, height: int, width: int) -> Floats:
    """1 in the picture, falling to bare paper at a ragged margin."""
    down = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None] / min(height, width)
    along = np.minimum(np.arange(width), np.arange(width)[::-1])[None] / min(height, width)
    far = np.minimum(down, along).astype(np.float32) + clouds(chance, height, width, (14, 14), 4) * 0.012
    return np.clip((far - 0.012) * 60, 0, 1)


def _along(picture: Pixels, chance: np.random.Generator, size: int) -> Pixels:
    """Every pixel takes the colour of one nearby along the local direction, in patches like strokes."""
    height, width = picture.shape[:2]
    over, down = _direction(picture, size)
    patches = cv2.resize(
        chance.random((max(2, height // size), max(2, width // size)), np.float32),
        (width, height),
        interpolation=cv2.INTER_NEAREST,
    )
    reach = (np.asarray(patches, np.float32) - 0.5) * 4 * size
    jitter = clouds(chance, height, width, (height / size / 2, width / size / 2), 2) * np.float32(size * 0.5)
    x = np.arange(width, dtype=np.float32)[None] + over * reach + jitter
    y = np.arange(height, dtype=np.float32)[:, None] + down * reach - jitter
    moved = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.medianBlur(moved, 3 if size < 6 else 5), np.uint8)


def _direction(picture: Pixels, size: int) -> tuple[Floats, Floats]:
    """Unit vectors along the edges, from the smoothed structure tensor."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)
    gx, gy = (np.asarray(cv2.Sobel(grey, cv2.CV_32F, a, b), np.float32) for a, b in ((1, 0), (0, 1)))
    xx, yy, xy = (blur(part, size * 1.6) for part in (gx * gx, gy * gy, gx * gy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return np.cos(angle), np.sin(angle)


def _bristles(picture: Pixels, chance: np.random.Generator, size: int) -> Floats:
    """Noise drawn out along the strokes."""
    height, width = picture.shape[:2]
    over, down = _direction(picture, size)
    noise = chance.random((height, width), np.float32)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    total = np.zeros_like(noise)
    for step in np.linspace(-size * 1.5, size * 1.5, 9, dtype=np.float32):
        total += np.asarray(
            cv2.remap(
                noise, x + over * step, y + down * step, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
            ),
            np.float32,
        )
    return (total / 9 - 0.5) * 2.4 + 0.5
