"""Variations of a picture: another crop, another light, sometimes another side."""

import cv2
import numpy as np

from limner.painters.embedded.rasters import Pixels


def vary(picture: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """A picture like the one given, in its size.

    Args:
        picture: RGB or RGBA.
        strength: 0 keeps it, 1 goes furthest.
        chance: decides.
    """
    if strength <= 0:
        return picture.copy()
    cropped = _crop(picture, strength, chance)
    if chance.random() < 0.35 * strength:
        cropped = cropped[:, ::-1]
    graded = _grade(np.ascontiguousarray(cropped[..., :3]), strength, chance)
    return np.dstack([graded, cropped[..., 3]]) if picture.shape[2] == 4 else graded


def _crop(picture: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """A part of the picture, a little turned, in the picture's size."""
    height, width = picture.shape[:2]
    zoom = 1 + (0.05 + 0.2 * float(chance.random())) * strength
    degrees = float(chance.uniform(-2.2, 2.2)) * strength
    room = (1 - 1 / zoom) / 2
    x, y = (0.5 + float(chance.uniform(-room, room)) * 0.7 for _ in range(2))
    turn = cv2.getRotationMatrix2D((width * x, height * y), degrees, zoom)
    turn[:, 2] += (width * (0.5 - x), height * (0.5 - y))
    moved = cv2.warpAffine(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, np.uint8)


def _grade(picture: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """Another mood: warmer or cooler, brighter or deeper, tinted apart in lights and shades."""
    lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)
    light = lab[..., :1] / 100
    tint = chance.uniform(-1, 1, (2, 2)).astype(np.float32) * (10 * strength)
    lab[..., 1:] = (
        lab[..., 1:] * (1 + float(chance.uniform(-0.25, 0.3)) * strength)
        + tint[0] * light
        + tint[1] * (1 - light)
    )
    curve = 1 + float(chance.uniform(-0.3, 0.3)) * strength
    lab[..., :1] = 100 * np.clip(light, 0, 1) ** curve
    rgb = np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), np.float32)
    return np.asarray(np.clip(rgb * 255 + 0.5, 0, 255), np.uint8)
