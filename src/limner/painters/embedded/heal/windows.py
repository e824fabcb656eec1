"""Which parts of a picture the healing has to look at."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from limner.painters.embedded.rasters import Pixels

MOST_WINDOWS: Final = 64
"""More spots than this are healed in one window; each costs a set-up of its own."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the picture: top, bottom, left, right in pixels, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def cut(self) -> tuple[slice, slice]:
        """Index an array with it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def meets(self, other: "Window") -> bool:
        """Whether they share a pixel."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def with_(self, other: "Window") -> "Window":
        """The smallest window that holds both."""
        return Window(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )


def windows(hole: Pixels, margin: int, reach: float = 0.0) -> list[Window]:
    """Find the rectangles that hold every hole with its surroundings, none overlapping another.

    Args:
        hole: non-zero where the picture is to be healed.
        margin: how many pixels of surroundings each gets at least, where the picture has them.
        reach: how many times its smaller side it gets at least.

    Example:
        >>> hole = np.zeros((100, 100), np.uint8)
        >>> hole[10:20, 10:20] = 255
        >>> windows(hole, 8)
        [Window(top=2, bottom=28, left=2, right=28)]
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats((hole > 0).astype(np.uint8), connectivity=8)
    spots = stats[1:]
    if count - 1 > MOST_WINDOWS:
        left, top, width, height = cv2.boundingRect((hole > 0).astype(np.uint8))
        spots = np.array([[left, top, width, height, 0]])
    found: list[Window] = []
    for left, top, width, height, _ in spots.tolist():
        around = max(margin, int(reach * min(width, height)))
        fresh = Window(
            max(0, top - around),
            min(hole.shape[0], top + height + around),
            max(0, left - around),
            min(hole.shape[1], left + width + around),
        )
        while overlapping := [other for other in found if other.meets(fresh)]:
            for other in overlapping:
                found.remove(other)
                fresh = fresh.with_(other)
        found.append(fresh)
    return found
