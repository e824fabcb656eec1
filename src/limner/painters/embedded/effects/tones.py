"""What the looks share: greys, blurs, and the way back to bytes."""

import cv2
import numpy as np

from limner.painters.embedded.noise import Floats
from limner.painters.embedded.rasters import Pixels


def grey(picture: Pixels) -> Floats:
    """The brightness of an RGB picture, 0..1."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32) / 255


def blur(picture: Floats, sigma: float) -> Floats:
    """Soften by a Gaussian of so many pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def stretched(tone: Floats) -> Floats:
    """Brightness spread from black to white, but for two per cent at either end."""
    low, high = (float(value) for value in np.percentile(tone, (2, 98)))
    return np.clip((tone - low) / max(high - low, 0.05), 0, 1)


def saturated(picture: Pixels, factor: float, lift: float = 0.0) -> Pixels:
    """Stronger or weaker colours: saturation times a factor, brightness plus a lift of 255."""
    hsv = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV_FULL), np.float32)
    hsv[..., 1] = np.clip(hsv[..., 1] * factor, 0, 255)
    hsv[..., 2] = np.clip(hsv[..., 2] + lift, 0, 255)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB_FULL), np.uint8)


def to_bytes(picture: Floats) -> Pixels:
    """0..1 to 0..255."""
    return np.asarray(np.clip(picture * 255 + 0.5, 0, 255), np.uint8)
