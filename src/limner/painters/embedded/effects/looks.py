"""The table of looks, and the plain ones that change colours only."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from limner.painters.embedded.effects import drawn, painted, printed, tones
from limner.painters.embedded.effects.tones import blur, saturated, stretched, to_bytes
from limner.painters.embedded.rasters import Pixels

Look = Callable[[Pixels, np.random.Generator], Pixels]
"""Takes height × width × 3 and a source of chance."""


def sepia(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """An old photograph: brown, soft, lighter in its shadows."""
    grey = tones.grey(picture)
    grey = 0.1 + 0.86 * (grey + blur(grey, _unit(picture) * 0.25)) / 2
    dark, light = np.array((0.2, 0.12, 0.07), np.float32), np.array((1.0, 0.93, 0.8), np.float32)
    return to_bytes(dark + (light - dark) * (grey[..., None] ** 1.05))


def noir(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Black and white with deep shadows and grain."""
    grey = tones.grey(picture)
    grey = stretched(grey)
    grey = grey * grey * (3 - 2 * grey)
    grain = chance.standard_normal(grey.shape, np.float32) * np.float32(0.035)
    return to_bytes(np.repeat((grey + grain)[..., None], 3, 2))


def vivid(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Stronger colours and a little more contrast."""
    strong = saturated(picture, 1.4).astype(np.float32) / 255
    return to_bytes((strong - 0.5) * 1.1 + 0.51)


def pastel(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Pale, chalky colours."""
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.6, _unit(picture) * 0.15)), np.float32) / 255
    grey = soft.mean(2, keepdims=True)
    pale = grey + (soft - grey) * 0.8
    return to_bytes(0.34 + 0.66 * pale)


def _unit(picture: Pixels) -> float:
    return min(picture.shape[:2]) / 100


LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        "blueprint": drawn.blueprint,
        "linocut": printed.linocut,
        "noir": noir,
        "oil": painted.oil,
        "pastel": pastel,
        "pencil": drawn.pencil,
        "pixel": printed.pixel,
        "pop": printed.pop,
        "posterize": printed.posterize,
        "sepia": sepia,
        "vivid": vivid,
        "watercolour": painted.watercolour,
    }
)
"""By name, in the order people are told of them."""
