"""Looks of the printing press and the screen."""

import cv2
import numpy as np

from limner.painters.embedded.effects import tones
from limner.painters.embedded.effects.tones import blur, saturated, stretched, to_bytes
from limner.painters.embedded.noise import Floats, clouds
from limner.painters.embedded.rasters import Pixels

_INKS = 7
_SAMPLE = 6000


def posterize(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """A screen print: few flat inks, a dry edge to each."""
    flat = picture
    for _ in range(2):
        flat = np.asarray(cv2.bilateralFilter(flat, 7, 45, 7), np.uint8)
    inks = _inks(flat, _INKS, chance)
    printed = _nearest(flat, inks)
    printed = np.asarray(cv2.medianBlur(printed, 5 if min(flat.shape[:2]) > 300 else 3), np.uint8)
    height, width = flat.shape[:2]
    dry = 1 + clouds(chance, height, width, (height / 5, width / 5), 2)[..., None] * 0.025
    return np.asarray(np.clip(printed * dry, 0, 255), np.uint8)


def pop(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """A comic panel: loud flat colours, halftone dots in the shade, black outlines."""
    grey = tones.grey(picture)
    unit = min(grey.shape) / 100
    loud = saturated(posterize(picture, chance), 1.9, 24).astype(np.float32) / 255
    dots = _halftone(grey, max(4.0, unit * 1.15))
    loud *= 1 - 0.42 * (dots * (grey < 0.62))[..., None]
    fine, broad = blur(grey, max(0.6, unit * 0.12)), blur(grey, max(1.0, unit * 0.36))
    line = np.clip((broad - fine - 0.022) * 22, 0, 1)[..., None]
    return to_bytes(loud * (1 - line))


def linocut(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """One dark ink cut in strokes that follow the tone, over two tints."""
    grey = tones.grey(picture)
    height, width = grey.shape
    unit = min(height, width) / 100
    tone = stretched(blur(grey, max(0.8, unit * 0.28)))
    bend = clouds(chance, height, width, (3, 3), 2) * 2.2
    rows = np.arange(height, dtype=np.float32)[:, None] / max(unit * 1.25, 2.0)
    groove = 0.5 + 0.5 * np.sin((rows + bend + tone * 3.0) * np.float32(np.pi))
    ragged = clouds(chance, height, width, (height / 4, width / 4), 2) * 0.09
    ink = np.clip((0.68 - tone + (groove - 0.5) * 0.42 + ragged) * 9, 0, 1)
    ink[tone > 0.8] = 0
    paper = np.array((0.945, 0.91, 0.83), np.float32)
    tint = _tint(picture, tone)
    ground = paper + (tint - paper) * (0.55 * (tone < 0.86))[..., None]
    dry = 0.94 + clouds(chance, height, width, (height / 6, width / 6), 2) * 0.05
    dark = np.array((0.11, 0.13, 0.14), np.float32)
    return to_bytes(ground + (dark - ground) * (ink * dry)[..., None])


def pixel(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Large square pixels in few colours."""
    height, width = picture.shape[:2]
    across = 128 if width >= height else max(8, round(128 * width / height))
    down = max(8, round(across * height / width))
    small = np.asarray(
        cv2.resize(picture, (min(across, width), min(down, height)), interpolation=cv2.INTER_AREA), np.uint8
    )
    inks = _inks(small, 24, chance)
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.5
    tiles = np.tile(order, (-(-small.shape[0] // 4), -(-small.shape[1] // 4)))[
        : small.shape[0], : small.shape[1]
    ]
    dithered = np.clip(small + tiles[..., None] * 20, 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.resize(_nearest(dithered, inks), (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )


def _inks(picture: Pixels, count: int, chance: np.random.Generator) -> Floats:
    """The colours that stand for the others best: k-means, started by seeded picks far apart."""
    pixels = picture.reshape(-1, 3)
    sample = pixels[chance.integers(0, len(pixels), min(_SAMPLE, len(pixels)))].astype(np.float32)
    inks = sample[:1]
    for _ in range(count - 1):
        far = ((sample[:, None] - inks[None]) ** 2).sum(2).min(1)
        inks = np.concatenate([inks, sample[int(far.argmax())][None]])
    for _ in range(8):
        mine = ((sample[:, None] - inks[None]) ** 2).sum(2).argmin(1)
        inks = np.stack(
            [
                sample[mine == number].mean(0) if (mine == number).any() else inks[number]
                for number in range(count)
            ]
        )
    return inks


def _nearest(picture: Pixels, inks: Floats) -> Pixels:
    """Each pixel in its nearest ink, by a table of 32 steps a channel."""
    steps = np.arange(4, 256, 8, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    nearest = (cube @ inks.T * -2 + (inks**2).sum(1)[None]).argmin(1)
    key = (picture >> 3).astype(np.int32)
    return np.asarray(np.rint(inks), np.uint8)[
        nearest[(key[..., 0] << 10) | (key[..., 1] << 5) | key[..., 2]]
    ]


def _halftone(grey: Floats, size: float) -> Floats:
    """Dots on a turned grid, larger where it is darker."""
    height, width = grey.shape
    angle = np.deg2rad(45)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    u, v = (x * np.cos(angle) + y * np.sin(angle)) / size, (y * np.cos(angle) - x * np.sin(angle)) / size
    far = np.hypot(u - np.rint(u), v - np.rint(v))
    return np.clip((np.sqrt(np.clip(1 - grey, 0, 1)) * 0.62 - far) * size * 0.9, 0, 1)


def _tint(picture: Pixels, tone: Floats) -> Floats:
    """The picture's two chief colours, laid flat."""
    small = np.asarray(cv2.resize(picture, (48, 48), interpolation=cv2.INTER_AREA), np.float32) / 255
    spread = small.reshape(-1, 3)
    lively = spread[np.argsort(spread.max(1) - spread.min(1))[-600:]]
    warm = lively[lively[:, 0] >= lively[:, 2]]
    cool = lively[lively[:, 0] < lively[:, 2]]
    tones = [part.mean(0) if len(part) else lively.mean(0) for part in (warm, cool)]
    flat = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(1.0, min(tone.shape) / 60)), np.float32) / 255
    is_warm = (flat[..., 0] >= flat[..., 2])[..., None]
    return np.asarray(np.where(is_warm, tones[0], tones[1]), np.float32)
