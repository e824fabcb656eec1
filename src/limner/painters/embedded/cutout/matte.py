"""The subject's matte: found by GrabCut on a small copy, made fine along its edge at full size."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from limner.painters.embedded.noise import Floats
from limner.painters.embedded.rasters import Pixels

Bools = npt.NDArray[np.bool_]
Box = tuple[float, float, float, float]

_SMALL: Final = 360
"""Longest side of the copy that GrabCut works on."""
_ROUNDS: Final = 5
_FRAME: Final = 0.04
"""Width of the rim that is taken for background, as a part of the side."""
_WAYS: Final = (0.0, 1.0)
"""How much being enclosed counts beside being of another colour; the better cut is taken."""
_CLEAR: Final = 14.0
"""A slope, in Lab a pixel, that is as clear an edge as any."""
_TINY: Final = 140
"""Longest side of the copy on which colours are compared with the rim's."""
_SAMPLE: Final = 500
_FLAT: Final = 2.5
"""A smaller step between neighbours, in Lab, is no edge."""
_LEVEL: Final = 55.0
"""How unlike, in Lab, one colour is at the top and at the foot: sky is known by the sky beside it."""


def matte(picture: Pixels) -> Floats:
    """How much of each pixel belongs to the chief subject, 0..1.

    Args:
        picture: RGB, or RGBA, whose transparency then tells.
    """
    if picture.shape[2] == 4 and float((picture[..., 3] < 128).mean()) > 0.02:
        return picture[..., 3].astype(np.float32) / 255
    small = _small(picture[..., :3])
    found = [_tidied(_cut(small, _guess(small, enclosed))) for enclosed in _WAYS]
    return fine(picture, max(found, key=lambda cut: _worth(small, cut)))


def _worth(small: Pixels, cut: Bools) -> float:
    """How good a cut looks: how much of its edge lies on edges of the picture."""
    share = float(cut.mean())
    if not 0.005 < share < 0.9:
        return 0.0
    lab = np.asarray(cv2.cvtColor(np.asarray(small, np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.2), np.float32)
    steps = [
        np.asarray(cv2.Sobel(lab, cv2.CV_32F, over, down), np.float32) for over, down in ((1, 0), (0, 1))
    ]
    slope = np.sqrt(sum((step**2).sum(2) for step in steps))
    border = np.asarray(
        cv2.morphologyEx(cut.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.bool_
    )
    border &= ~np.pad(np.zeros((cut.shape[0] - 4, cut.shape[1] - 4), np.bool_), 2, constant_values=True)
    if not border.any():
        return 0.0
    return float(np.minimum(slope[border], _CLEAR).mean())


def around(picture: Pixels, box: Box) -> Floats:
    """The matte of the thing inside a box: left, top, right, bottom in pixels."""
    small = _small(picture[..., :3])
    scale = small.shape[1] / picture.shape[1]
    left, top, right, bottom = (round(edge * scale) for edge in box)
    height, width = small.shape[:2]
    left, top = int(np.clip(left, 0, width - 1)), int(np.clip(top, 0, height - 1))
    right, bottom = int(np.clip(right, left + 1, width)), int(np.clip(bottom, top + 1, height))
    where = np.full((height, width), cv2.GC_BGD, np.uint8)
    where[top:bottom, left:right] = cv2.GC_PR_FGD
    if right - left >= width - 1 and bottom - top >= height - 1:
        where = _guess(small)
    return fine(picture, _tidied(_cut(small, where)))


def at(picture: Pixels, point: tuple[float, float]) -> Floats:
    """The matte of the thing at a point: x and y in pixels."""
    small = _small(picture[..., :3])
    height, width = small.shape[:2]
    scale = width / picture.shape[1]
    x, y = int(np.clip(point[0] * scale, 0, width - 1)), int(np.clip(point[1] * scale, 0, height - 1))
    same = _alike(small, x, y)
    where = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    where[~_near(same, 0.12)] = cv2.GC_BGD
    where[same] = cv2.GC_PR_FGD
    cv2.circle(where, (x, y), max(2, round(min(height, width) * 0.012)), cv2.GC_FGD, -1)
    found = _cut(small, where)
    _, labels = cv2.connectedComponents(found.astype(np.uint8))
    mine = labels == labels[y, x] if found[y, x] else same
    return fine(picture, _closed(mine))


def _small(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA), np.uint8)


def _guess(small: Pixels, enclosed: float = 1.0) -> Pixels:
    """A first map for GrabCut: what is unlike the rim, and rather in the middle, may be the subject."""
    height, width = small.shape[:2]
    unlike, rim = _unlike(small, enclosed), _rim(height, width)
    down, along = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    middle = np.exp(-(down[:, None] ** 2 * 0.9 + along[None] ** 2 * 1.1))
    saliency = unlike / max(float(np.percentile(unlike, 98)), 1e-3) * middle
    split, _ = cv2.threshold(np.clip(saliency * 255, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    bar = split / 255
    where = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    where[saliency > bar * 0.72] = cv2.GC_PR_FGD
    where[saliency > bar * 1.55] = cv2.GC_FGD
    where[rim & (saliency < bar)] = cv2.GC_BGD
    if not (where == cv2.GC_PR_FGD).any():
        where[height // 5 : -height // 5, width // 5 : -width // 5] = cv2.GC_PR_FGD
    return where


def _rim(height: int, width: int) -> Bools:
    edge = max(2, round(min(height, width) * _FRAME))
    rim = np.ones((height, width), np.bool_)
    rim[edge : height - edge, edge : width - edge] = False
    rim[height - edge :, round(width * 0.2) : round(width * 0.8)] = False
    return rim


def _unlike(small: Pixels, enclosed: float) -> Floats:
    """How far each pixel is from the rim, in colour at about its height and by the edges on the way."""
    height, width = small.shape[:2]
    scale = min(1.0, _TINY / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    tiny = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.float32) / 255
    lab = np.asarray(cv2.cvtColor(tiny, cv2.COLOR_RGB2Lab), np.float32) * np.array((0.7, 1, 1), np.float32)
    rim = _rim(size[1], size[0])
    far = _scaled(_strange(lab, rim)) + enclosed * _scaled(_enclosed(lab, rim))
    far = np.asarray(cv2.resize(far, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(cv2.GaussianBlur(far, (0, 0), max(1.0, min(height, width) / 90)), np.float32)


def _scaled(values: Floats) -> Floats:
    return np.clip(values / max(float(np.percentile(values, 98)), 1e-3), 0, 1)


def _strange(lab: Floats, rim: Bools) -> Floats:
    """How unlike each colour is to any on the rim at about the same height."""
    height, width = rim.shape
    level = np.linspace(0, _LEVEL, height, dtype=np.float32)[:, None, None]
    placed = np.concatenate([lab, np.broadcast_to(level, (height, width, 1))], 2)
    known = placed[rim]
    known = known[:: max(1, len(known) // _SAMPLE)]
    flat = placed.reshape(-1, 4)
    squares = (flat**2).sum(1)[:, None] - 2 * flat @ known.T + (known**2).sum(1)[None]
    return np.sqrt(np.clip(squares.min(1), 0, None)).reshape(height, width)


def _enclosed(lab: Floats, rim: Bools) -> Floats:
    """The least sum of edges on any way to the rim (Wei et al. 2012): what is enclosed is no background."""
    down = np.clip(np.sqrt((np.diff(lab, axis=0) ** 2).sum(2)) - _FLAT, 0, None)
    along = np.clip(np.sqrt((np.diff(lab, axis=1) ** 2).sum(2)) - _FLAT, 0, None)
    far = np.where(rim, 0.0, 1e6).astype(np.float32)
    for _ in range(max(rim.shape)):
        before = far.copy()
        np.minimum(far[1:], far[:-1] + down, out=far[1:])
        np.minimum(far[:-1], far[1:] + down, out=far[:-1])
        np.minimum(far[:, 1:], far[:, :-1] + along, out=far[:, 1:])
        np.minimum(far[:, :-1], far[:, 1:] + along, out=far[:, :-1])
        if np.array_equal(before, far):
            break
    return far


def _cut(small: Pixels, where: Pixels) -> Bools:
    """GrabCut. Its random start is OpenCV's own, which is set so that it is the same every time."""
    known = where.copy()
    if not ((known == cv2.GC_FGD) | (known == cv2.GC_PR_FGD)).any():
        return np.zeros(known.shape, np.bool_)
    if not ((known == cv2.GC_BGD) | (known == cv2.GC_PR_BGD)).any():
        return np.ones(known.shape, np.bool_)
    cv2.setRNGSeed(7)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(small), known, (0, 0, 1, 1), *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (known == cv2.GC_FGD) | (known == cv2.GC_PR_FGD)


def _tidied(found: Bools) -> Bools:
    """Without crumbs: only pieces of some size beside the largest; small holes are filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    if count <= 1:
        return found
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = 1 + np.nonzero(areas >= areas.max() * 0.08)[0]
    return _closed(np.isin(labels, keep))


def _closed(found: Bools) -> Bools:
    side = max(3, round(min(found.shape) / 90)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    solid = np.asarray(cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, kernel), np.uint8)
    solid = np.asarray(cv2.morphologyEx(solid, cv2.MORPH_OPEN, kernel), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - solid, connectivity=4)
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] < found.size * 0.004:
            solid[labels == number] = 1
    return solid > 0


def _alike(small: Pixels, x: int, y: int) -> Bools:
    """What is connected to a point in steps of like colour."""
    smooth = np.asarray(cv2.bilateralFilter(small, 7, 40, 7), np.uint8)
    lab = np.asarray(cv2.cvtColor(smooth, cv2.COLOR_RGB2Lab), np.uint8)
    best = np.zeros(small.shape[:2], np.bool_)
    for reach in (4, 7, 11, 16):
        mask = np.zeros((small.shape[0] + 2, small.shape[1] + 2), np.uint8)
        step = (reach, reach, reach)
        cv2.floodFill(
            lab.copy(), mask, (x, y), (0, 0, 0), step, step, cv2.FLOODFILL_MASK_ONLY | (255 << 8) | 4
        )
        found = mask[1:-1, 1:-1] > 0
        if best.any() and found.mean() > max(0.35, 5 * best.mean()):
            break
        best = found
    return best


def _near(found: Bools, part: float) -> Bools:
    """Pixels at most a part of the picture away from some others."""
    reach = max(3, round(max(found.shape) * part))
    far = cv2.distanceTransform((~found).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(far, np.float32) <= reach


def fine(picture: Pixels, found: Bools) -> Floats:
    """A coarse cut made fine at full size.

    The guided filter (He, Sun and Tang 2010) lets it follow the picture's edges.
    """
    height, width = picture.shape[:2]
    coarse = np.asarray(
        cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )
    grey = (
        np.asarray(cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2GRAY), np.float32) / 255
    )
    radius = max(2, round(max(height, width) / found.shape[1] * 2.5))
    alpha = _guided(grey, coarse, radius, 2e-4)
    return np.clip((alpha - 0.12) / 0.76, 0, 1)


def _guided(guide: Floats, target: Floats, radius: int, smooth: float) -> Floats:
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, side), np.float32)

    mean_guide, mean_target = mean(guide), mean(target)
    slope = (mean(guide * target) - mean_guide * mean_target) / (mean(guide * guide) - mean_guide**2 + smooth)
    return mean(slope) * guide + mean(mean_target - slope * mean_guide)
