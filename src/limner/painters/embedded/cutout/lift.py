"""Lifting a subject off its background, and putting another behind it."""

import dataclasses
from typing import Final

import cv2
import numpy as np

from limner.core.pictures import Size
from limner.painters.embedded.brief import Brief
from limner.painters.embedded.noise import Floats
from limner.painters.embedded.palette import palette
from limner.painters.embedded.rasters import Pixels
from limner.painters.embedded.reading import mentions_place, read
from limner.painters.embedded.sketch.compose import compose

_PEOPLED: Final = frozenset({"coast", "desert", "sea"})
"""Scenes that would bring boats and cacti of their own."""
_SOLID: Final = 0.98
_TINT: Final = 0.22
"""How far the subject takes on the light of its new place."""


def lift(picture: Pixels, alpha: Floats) -> Pixels:
    """The subject alone, as RGBA; colours of the old background are taken out of its edge."""
    colour = _own_colours(picture[..., :3].astype(np.float32), alpha)
    return np.dstack([_bytes(colour), _bytes(alpha * 255)])


def behind(picture: Pixels, alpha: Floats, prompt: str, seed: int) -> Pixels:
    """The subject before something new: a scene in words, or a studio ground in a colour.

    Args:
        picture: RGB or RGBA.
        alpha: the subject's matte.
        prompt: what to put behind it. Empty: a plain ground.
        seed: the same seed gives the same pixels.
    """
    height, width = picture.shape[:2]
    brief = read(prompt, seed)
    ground = (
        _scene(brief, Size(width, height), seed) if mentions_place(prompt) else _studio(brief, height, width)
    )
    subject = _own_colours(picture[..., :3].astype(np.float32), alpha)
    shine = np.asarray(palette(brief).shine, np.float32)
    subject = subject * (1 - _TINT + _TINT * shine)
    ground = ground.astype(np.float32) * (1 - _shade(alpha)[..., None])
    return _bytes(ground + (subject - ground) * alpha[..., None])


def _scene(brief: Brief, size: Size, seed: int) -> Pixels:
    """A scene out of focus, nobody in it."""
    traits = brief.traits | {"bare"} if brief.scene in _PEOPLED else brief.traits
    empty = dataclasses.replace(brief, traits=traits, subjects=(), letter=None)
    painted = compose(empty, size, seed)
    return np.asarray(
        cv2.GaussianBlur(painted, (0, 0), max(0.8, min(size.width, size.height) / 260)), np.uint8
    )


def _studio(brief: Brief, height: int, width: int) -> Pixels:
    """A plain ground, brighter in the middle."""
    colour = np.asarray(brief.hues[0] if brief.hues else (0.94, 0.93, 0.91), np.float32)
    down, along = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    far = np.clip(down[:, None] ** 2 * 0.8 + along[None] ** 2 * 0.6, 0, 1)[..., None]
    return _bytes(np.clip(colour * (1.04 - 0.22 * far), 0, 1) * 255)


def _shade(alpha: Floats) -> Floats:
    """A soft shadow around the subject, strongest below it."""
    height, width = alpha.shape
    reach = max(2.0, min(height, width) / 45)
    moved = np.array([[1, 0, reach * 0.5], [0, 1, reach * 0.9]], np.float32)
    shade = np.asarray(alpha, np.float32)
    cast = np.asarray(
        cv2.warpAffine(shade, moved, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    return np.asarray(cv2.GaussianBlur(cast, (0, 0), reach), np.float32) * 0.32


def _own_colours(colour: Floats, alpha: Floats) -> Floats:
    """The subject's own colour also where it is half seen: carried outwards from where it is solid."""
    solid = (alpha >= _SOLID).astype(np.float32)
    if not solid.any():
        return colour
    spread, weight = colour * solid[..., None], solid
    reach = max(1.5, min(alpha.shape) / 220)
    around = np.asarray(cv2.GaussianBlur(spread, (0, 0), reach), np.float32)
    weights = np.asarray(cv2.GaussianBlur(weight, (0, 0), reach), np.float32)
    near = around / np.maximum(weights, 1e-4)[..., None]
    usable = (weights > 0.004)[..., None] & (alpha < _SOLID)[..., None]
    return np.where(usable, near + (colour - near) * (alpha**2)[..., None], colour)


def _bytes(picture: Floats) -> Pixels:
    return np.asarray(np.clip(picture + 0.5, 0, 255), np.uint8)
