"""What scenes are painted on: flat shapes with soft edges on a float picture, quickly.

Shapes are rasterised by OpenCV into a mask of their own bounding box; only that box is
blended. Coordinates are pixels, from the top left.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from limner.painters.embedded.colours import Colour
from limner.painters.embedded.rasters import Pixels

Floats = npt.NDArray[np.floating]
Points = npt.NDArray[np.floating]
"""Number of points × (x, y)."""
Stops = Sequence[Colour]
"""Colours at even distances."""

_SHIFT: Final = 4
"""OpenCV draws at sixteenths of a pixel."""
_ONE: Final = 1 << _SHIFT
_PAD: Final = 2
_COARSE: Final = 4.0
"""Blurs wider than this are computed on a smaller mask."""


def gradient(stops: Stops, count: int) -> Floats:
    """`count` colours from the first stop to the last, one a row."""
    table = np.asarray(stops, np.float32)
    if len(table) == 1:
        return np.repeat(table, count, 0)
    where = np.linspace(0, len(table) - 1, count, dtype=np.float32)
    low = np.minimum(where.astype(np.intp), len(table) - 2)
    part = (where - low)[:, None]
    return table[low] * (1 - part) + table[low + 1] * part


class Canvas:
    """A picture in the making."""

    def __init__(self, width: int, height: int, pulse: Callable[[], object] = lambda: None) -> None:
        """Start with white.

        Args:
            width: in pixels.
            height: in pixels.
            pulse: called for every shape; it may raise to stop.
        """
        self.width, self.height = width, height
        self.pixels: Floats = np.ones((height, width, 3), np.float32)
        self._pulse = pulse

    # --- whole fields ----------------------------------------------------------------------

    def wash(self, stops: Stops, top: float = 0, bottom: float | None = None) -> None:
        """Cover a band from edge to edge with a gradient, first stop on top."""
        start, end = round(top), round(self.height if bottom is None else bottom)
        if end <= start:
            return
        rows = gradient(stops, end - start)
        first, last = max(0, start), min(self.height, end)
        self.pixels[first:last] = rows[first - start : last - start, None]

    def slant(self, stops: Stops, degrees: float) -> None:
        """Cover everything with a gradient that runs at an angle; 0 runs down, 90 to the right."""
        turn = np.deg2rad(degrees)
        rows = np.linspace(0, np.cos(turn), self.height, dtype=np.float32)[:, None]
        columns = np.linspace(0, np.sin(turn), self.width, dtype=np.float32)[None]
        way = rows + columns
        way = (way - way.min()) / max(float(np.ptp(way)), 1e-6)
        self.pixels[...] = gradient(stops, 1024)[(way * 1023).astype(np.intp)]

    def land(self, profile: Points, stops: Stops, bottom: float | None = None, alpha: float = 1.0) -> None:
        """Cover everything below a line, with a gradient from the line's highest point down.

        Args:
            profile: points from left to right; the line between them is straight.
            stops: the gradient.
            bottom: where the gradient ends and nothing more is covered. Absent: the lower edge.
            alpha: opacity.
        """
        line = np.interp(np.arange(self.width), profile[:, 0], profile[:, 1]).astype(np.float32)
        end = min(self.height, round(self.height if bottom is None else bottom))
        top = int(np.clip(np.floor(line.min()), 0, end))
        if top >= end:
            return
        start = int(np.floor(line.min()))
        rows = gradient(stops, max(2, end - start))[top - start :]
        solid = int(np.clip(np.ceil(line.max()) + 1, top, end))
        cover = np.clip(np.arange(top, solid, dtype=np.float32)[:, None] - line[None] + 0.5, 0, 1)
        cover = (cover * alpha)[..., None]
        part = self.pixels[top:solid]
        part += (rows[: solid - top, None] - part) * cover
        if alpha >= 1:
            self.pixels[solid:end] = rows[solid - top : end - top, None]
        else:
            part = self.pixels[solid:end]
            part += (rows[solid - top : end - top, None] - part) * np.float32(alpha)

    # --- shapes ----------------------------------------------------------------------------

    def shape(self, points: Points, fill: Colour | Stops, alpha: float = 1.0, blur: float = 0.0) -> None:
        """Fill one outline."""
        self.shapes([points], fill, alpha, blur)

    def shapes(
        self, outlines: Sequence[Points], fill: Colour | Stops, alpha: float = 1.0, blur: float = 0.0
    ) -> None:
        """Fill several outlines as one: where they overlap, they do not add up.

        Args:
            outlines: each a closed line.
            fill: a colour, or a gradient from the highest point to the lowest.
            alpha: opacity.
            blur: standard deviation in pixels of the softening.
        """
        if not outlines:
            return
        box = self._box(np.concatenate(list(outlines)), blur * 3)
        if box is None:
            return
        left, top, right, bottom = box
        mask = np.zeros((bottom - top, right - left), np.uint8)
        for outline in outlines:
            cv2.fillPoly(mask, [_fixed(outline, left, top)], 255, cv2.LINE_AA, _SHIFT)
        self._blend(box, _softened(mask, blur), fill, alpha)

    def strokes(
        self,
        lines: Sequence[Points],
        colour: Colour | Stops,
        width: float,
        alpha: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """Draw several lines of one width as one."""
        if not lines:
            return
        box = self._box(np.concatenate(list(lines)), width + blur * 3)
        if box is None:
            return
        left, top, right, bottom = box
        mask = np.zeros((bottom - top, right - left), np.uint8)
        thick = max(1, round(width))
        for line in lines:
            cv2.polylines(mask, [_fixed(line, left, top)], False, 255, thick, cv2.LINE_AA, _SHIFT)
        self._blend(box, _softened(mask, blur), colour, alpha * min(1.0, width))

    def disc(self, x: float, y: float, radius: float, colour: Colour | Stops, alpha: float = 1.0) -> None:
        """A filled circle."""
        self.shape(ellipse(x, y, radius, radius), colour, alpha)

    def discs(self, spots: Sequence[tuple[float, float, float]], colour: Colour, alpha: float = 1.0) -> None:
        """Many small filled circles (x, y, radius) of one colour."""
        if not spots:
            return
        table = np.asarray(spots, np.float32)
        reach = float(table[:, 2].max())
        box = self._box(table[:, :2], reach + 1)
        if box is None:
            return
        left, top, right, bottom = box
        mask = np.zeros((bottom - top, right - left), np.uint8)
        for x, y, radius in spots:
            centre = (round((x - left) * _ONE), round((y - top) * _ONE))
            cv2.circle(mask, centre, max(1, round(radius * _ONE)), 255, -1, cv2.LINE_AA, _SHIFT)
        self._blend(box, mask, colour, alpha)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0, flat: float = 1.0
    ) -> None:
        """A light that fades outwards; `flat` below 1 presses it to an ellipse."""
        box = self._box(np.array([[x, y]], np.float32), radius)
        if box is None or radius <= 0:
            return
        left, top, right, bottom = box
        over = (np.arange(left, right, dtype=np.float32) - x) / radius
        down = (np.arange(top, bottom, dtype=np.float32) - y) / (radius * flat)
        fall = np.clip(1 - np.sqrt(over[None] ** 2 + down[:, None] ** 2), 0, 1)
        self._mix(box, fall * fall * (3 - 2 * fall), np.asarray(colour, np.float32), alpha)

    def mist(self, x: float, y: float, across: float, tall: float, colour: Colour, alpha: float) -> None:
        """A soft, wide patch of fog."""
        self.glow(x, y, across, colour, alpha, tall / across)

    def paste(self, picture: Pixels, left: float, top: float, alpha: float = 1.0) -> None:
        """Lay an RGBA picture over this one."""
        x, y = round(left), round(top)
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + width), min(self.height, y + height)
        if x0 >= x1 or y0 >= y1:
            return
        part = picture[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) / 255
        target = self.pixels[y0:y1, x0:x1]
        target += (part[..., :3] - target) * (part[..., 3:] * np.float32(alpha))

    def finished(self) -> Pixels:
        """The picture as bytes."""
        return np.asarray(np.clip(self.pixels * 255 + 0.5, 0, 255), np.uint8)

    # --- how ---------------------------------------------------------------------------------

    def _box(self, points: Points, pad: float) -> tuple[int, int, int, int] | None:
        """The pixels that points and padding can touch. `None`: none of them is on the canvas."""
        low, high = points.min(0) - pad - _PAD, points.max(0) + pad + _PAD
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(self.width, int(high[0]) + 1), min(self.height, int(high[1]) + 1)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _blend(
        self, box: tuple[int, int, int, int], mask: Pixels, fill: Colour | Stops, alpha: float
    ) -> None:
        colours = np.asarray(fill, np.float32)
        if colours.ndim > 1:
            colours = gradient([tuple(stop) for stop in colours.tolist()], box[3] - box[1])[:, None]
        self._mix(box, mask.astype(np.float32), colours, alpha / 255)

    def _mix(self, box: tuple[int, int, int, int], cover: Floats, colours: Floats, alpha: float) -> None:
        self._pulse()
        left, top, right, bottom = box
        part = self.pixels[top:bottom, left:right]
        share = cover * np.float32(alpha)
        rest = np.float32(1) - share
        # Whole planes, merged: broadcasting over three channels takes numpy three times as long.
        part *= cv2.merge((rest, rest, rest))
        part += cv2.merge([share * colours[..., channel] for channel in range(3)])


def _fixed(points: Points, left: int, top: int) -> npt.NDArray[np.int32]:
    """Coordinates as OpenCV takes them. The half puts whole numbers on the edges of pixels."""
    return np.asarray(np.rint((points - (left + 0.5, top + 0.5)) * _ONE), np.int32)


def _softened(mask: Pixels, blur: float) -> Pixels:
    if blur <= 0:
        return mask
    if blur <= _COARSE:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur), np.uint8)
    height, width = mask.shape
    factor = min(blur / 2, 16.0)
    small = (max(1, round(width / factor)), max(1, round(height / factor)))
    soft = cv2.GaussianBlur(cv2.resize(mask, small, interpolation=cv2.INTER_AREA), (0, 0), blur / factor)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def ellipse(x: float, y: float, across: float, tall: float, turn: float = 0.0, count: int = 0) -> Points:
    """The outline of an ellipse; `across` and `tall` are half its axes, `turn` degrees clockwise."""
    number = count or int(np.clip(max(across, tall) * 0.8, 10, 96))
    angles = np.linspace(0, 2 * np.pi, number, endpoint=False, dtype=np.float32)
    points = np.stack([across * np.cos(angles), tall * np.sin(angles)], 1)
    return turned(points, turn) + np.array((x, y), np.float32)


def turned(points: Points, degrees: float) -> Points:
    """Turn points clockwise about the origin."""
    if degrees == 0:
        return points.astype(np.float32, copy=False)
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return (points @ np.array([[cosine, sine], [-sine, cosine]])).astype(np.float32)


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """The outline of a rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def points(*pairs: tuple[float, float]) -> Points:
    """An outline from its corners."""
    return np.array(pairs, np.float32)


def curve(*controls: tuple[float, float], count: int = 16) -> Points:
    """A Bézier curve through its first and last point: two more make a quadratic or cubic one."""
    steps = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    level: list[Points] = [np.asarray(control, np.float32)[None] for control in controls]
    while len(level) > 1:
        level = [one * (1 - steps) + other * steps for one, other in itertools.pairwise(level)]
    return level[0]


def path(*parts: Points) -> Points:
    """Curves joined into one outline."""
    return np.concatenate(parts)
