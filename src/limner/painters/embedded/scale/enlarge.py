"""Enlarging: Lanczos in steps, then back-projection, then sharper edges without halos.

Back-projection (Irani and Peleg 1991) asks of the large picture that it gives the small one again
when it is scaled down, and adds what is missing.
"""

from typing import Final

import cv2
import numpy as np

from limner.painters.embedded.noise import Floats
from limner.painters.embedded.rasters import Pixels

_STEP: Final = 2.0
_ROUNDS: Final = 2
_SLACK: Final = 0.012
"""How far a sharpened pixel may leave the range of its neighbours, of 1."""


def enlarge(picture: Pixels, width: int, height: int) -> Pixels:
    """Bring a picture to a size; smaller sides are scaled down by area.

    Args:
        picture: RGB or RGBA. Transparent pixels lend nobody their colour.
        width: of the result, in pixels.
        height: of the result.
    """
    small = _weighted(picture.astype(np.float32) / 255)
    large = small
    while large.shape[1] * _STEP < width and large.shape[0] * _STEP < height:
        large = _step(large, round(large.shape[1] * _STEP), round(large.shape[0] * _STEP))
    if (large.shape[1], large.shape[0]) != (width, height):
        large = _step(large, width, height)
    return _plain(np.clip(large, 0, 1))


def sharpen(picture: Pixels, amount: float) -> Pixels:
    """Stronger edges; flat areas and their noise stay.

    Args:
        picture: RGB or RGBA.
        amount: 0 changes nothing, 1 is clear, 2 is the most.
    """
    image = picture.astype(np.float32) / 255
    colour = image[..., :3]
    radius = max(0.8, min(picture.shape[:2]) / 1400)
    crisp = _edges(colour, colour, amount * 0.8, radius * 2.2, 0.03 * amount)
    crisp = _edges(crisp, crisp, amount * 0.8, radius, 0.03 * amount)
    image[..., :3] = np.clip(crisp, 0, 1)
    return np.asarray(np.rint(image * 255), np.uint8)


def _step(small: Floats, width: int, height: int) -> Floats:
    if width <= small.shape[1] and height <= small.shape[0]:
        return _resized(small, width, height, cv2.INTER_AREA)
    large = _resized(small, width, height, cv2.INTER_LANCZOS4)
    rough = _resized(small, width, height, cv2.INTER_LINEAR)
    for _ in range(_ROUNDS):
        lost = small - _resized(large, small.shape[1], small.shape[0], cv2.INTER_AREA)
        large = large + _resized(lost, width, height, cv2.INTER_CUBIC)
    return _edges(large, rough, 0.35, 1.0, _SLACK)


def _edges(picture: Floats, neighbours: Floats, amount: float, radius: float, slack: float) -> Floats:
    """Sharpen where there are edges, kept within what is around each pixel."""
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), radius), np.float32)
    detail = picture - soft
    strength = np.asarray(cv2.GaussianBlur(np.abs(detail).max(2), (0, 0), radius * 1.5), np.float32)
    edge = np.clip((strength - 0.005) / 0.018, 0, 1)[..., None]
    crisp = picture + detail * amount * edge
    square = np.ones((3, 3), np.uint8)
    low = np.asarray(cv2.erode(neighbours, square), np.float32) - slack
    high = np.asarray(cv2.dilate(neighbours, square), np.float32) + slack
    return np.clip(crisp, low, high)


def _resized(picture: Floats, width: int, height: int, way: int) -> Floats:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.float32)


def _weighted(picture: Floats) -> Floats:
    """Colours times alpha, so that what is transparent does not bleed."""
    if picture.shape[2] == 4:
        picture = picture.copy()
        picture[..., :3] *= picture[..., 3:]
    return picture


def _plain(picture: Floats) -> Pixels:
    if picture.shape[2] == 4:
        picture = picture.copy()
        picture[..., :3] = np.clip(picture[..., :3] / np.maximum(picture[..., 3:], 1e-4), 0, 1)
    return np.asarray(np.rint(picture * 255), np.uint8)
