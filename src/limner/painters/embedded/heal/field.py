"""One scale of the exemplar healing: which known patch is most like each unknown one.

Patches are compared by their coordinates on a few principal axes of the known patches
(Hertzmann et al. 2001), which makes exact search one matrix product on small scales and a
gather on large ones, where good matches spread to neighbours instead (Barnes et al. 2009).
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

AXES: Final = 16
"""Principal axes kept."""
_TURNS: Final = 5
"""Rounds in which the axes are found."""
_SAMPLE: Final = 1500
"""Patches the axes are computed from."""
_FAR: Final = 0.5
"""How much more a match at the other end of the window costs: near is likelier to belong."""
_STRANGE: Final = 0.35
"""How much it counts that a piece is unlike all that lies at the hole's rim."""
_RIM: Final = 400
"""Pieces of the rim it is compared with."""
_FLOOR: Final = 50.0
"""A difference nobody sees, so that distance decides between equally good matches."""
_FADE: Final = 1.3
"""Trust in a pixel falls by this factor with each pixel of depth in the hole."""
_NEIGHBOURS: Final = ((0, 1), (1, 0), (0, -1), (-1, 0))


def patches(picture: Floats, radius: int, rows: Ints, columns: Ints) -> Floats:
    """The square patches around some pixels, one a row."""
    padded = np.pad(picture, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    side = 2 * radius + 1
    views = sliding_window_view(padded, (side, side), axis=(0, 1))
    return views[rows, columns].reshape(len(rows), -1)


class Field:
    """The patches of one scale, and the search among them.

    Targets are the pixels whose patch touches the hole, sources those whose patch does not.
    A match is an index into the sources for each target.
    """

    def __init__(
        self,
        picture: Floats,
        hole: Bools,
        radius: int,
        chance: np.random.Generator,
        stay: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Prepare the scale.

        Args:
            picture: height × width × channels; the hole's content does not matter.
            hole: what is unknown.
            radius: patches are 2 * radius + 1 pixels wide.
            chance: for the search.
            stay: how much it counts that a match lies in the same row, and in the same column.
        """
        self._stay = stay
        self._strange: Floats | None = None
        self.hole, self.radius = hole, radius
        self.height, self.width = hole.shape
        self._chance = chance
        side = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        target = cv2.dilate(hole.astype(np.uint8), side) > 0
        self.source_rows, self.source_columns = np.nonzero(_whole(~target, radius, ~hole))
        self._source_at = np.full(hole.shape, -1, np.intp)
        self._source_at[self.source_rows, self.source_columns] = np.arange(len(self.source_rows))
        self.rows, self.columns = np.nonzero(target)
        self._target_at = np.full(hole.shape, -1, np.intp)
        self._target_at[self.rows, self.columns] = np.arange(len(self.rows))
        self._learn(patches(picture, radius, self.source_rows, self.source_columns))
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
        self._trust = (_FADE ** -depth[self.rows, self.columns]).astype(np.float32)

    def _learn(self, known: Floats) -> None:
        self._mean = known.mean(0)
        sample = known[:: max(1, len(known) // _SAMPLE)] - self._mean
        self._axes = _principal(sample.T @ sample)
        self._sources = (known - self._mean) @ self._axes
        self._lengths = (self._sources**2).sum(1)

    @property
    def pairs(self) -> int:
        """How many comparisons an exact search takes."""
        return len(self.rows) * len(self.source_rows)

    def project(self, picture: Floats) -> Floats:
        """The targets' patches as they now look, on the principal axes."""
        return (patches(picture, self.radius, self.rows, self.columns) - self._mean) @ self._axes

    def cost(self, targets: Floats, match: Ints) -> Floats:
        """How unlike each target its match is."""
        apart = targets - self._sources[match]
        return np.einsum("ij,ij->i", apart, apart)

    def exact(self, targets: Floats) -> Ints:
        """The best match of all, a little in favour of near ones."""
        unlike = self._lengths[None] - 2 * targets @ self._sources.T
        unlike += (targets**2).sum(1)[:, None] + _FLOOR
        down = (self.rows[:, None] - self.source_rows[None]).astype(np.float32) * self._stay[0]
        along = (self.columns[:, None] - self.source_columns[None]).astype(np.float32) * self._stay[1]
        far = cv2.magnitude(down, along)
        far *= _FAR / float(np.hypot(self.height, self.width))
        unlike *= 1 + far
        unlike += self._strangeness()[None]
        return unlike.argmin(1)

    def _strangeness(self) -> Floats:
        """How unlike each source is to everything at the rim of the hole: a face nearby is no wall."""
        strange = self._strange
        if strange is None:
            reach = np.ones((6 * self.radius + 1,) * 2, np.uint8)
            near = np.asarray(cv2.dilate(self.hole.astype(np.uint8), reach), np.uint8) > 0
            rim = self._sources[near[self.source_rows, self.source_columns]]
            rim = rim[:: max(1, len(rim) // _RIM)] if len(rim) else self._sources[:1]
            apart = self._lengths[:, None] - 2 * self._sources @ rim.T + (rim**2).sum(1)[None]
            strange = self._strange = _STRANGE * np.clip(apart.min(1), 0, None)
        return strange

    def anywhere(self) -> Ints:
        """A random match for each target."""
        return self._chance.integers(0, len(self.source_rows), len(self.rows))

    def at(self, rows: Ints, columns: Ints, otherwise: Ints) -> Ints:
        """The sources at some places, or `otherwise` where there is none."""
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        found = self._source_at[rows.clip(0, self.height - 1), columns.clip(0, self.width - 1)]
        return np.where(inside & (found >= 0), found, otherwise)

    def spread(self, targets: Floats, match: Ints, lenience: float, steps: tuple[int, ...] = (1,)) -> Ints:
        """Let each target take over its neighbours' matches, shifted along.

        Args:
            targets: from `project`.
            match: the matches so far.
            lenience: 1 takes a better match; above 1 also one that is so many times worse,
                because neighbours copied from neighbours make unbroken texture.
            steps: how far away neighbours are, in pixels.
        """
        best = self.cost(targets, match)
        for step in steps:
            for down, along in _NEIGHBOURS:
                offer = self._neighbours(match, down * step, along * step)
                match, best = self._better(targets, match, best, offer, lenience)
        return match

    def _neighbours(self, match: Ints, down: int, along: int) -> Ints:
        """What each target's neighbour would suggest: its own match, one step further."""
        rows, columns = self.rows - down, self.columns - along
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        there = self._target_at[rows.clip(0, self.height - 1), columns.clip(0, self.width - 1)]
        theirs = match[np.where(inside & (there >= 0), there, 0)]
        offer = self.at(self.source_rows[theirs] + down, self.source_columns[theirs] + along, match)
        return np.where(inside & (there >= 0), offer, match)

    def wander(self, targets: Floats, match: Ints, reaches: tuple[int, ...]) -> Ints:
        """Try a random place near each match, within each of some reaches in pixels."""
        best = self.cost(targets, match)
        for reach in reaches:
            offer = self.at(
                self.source_rows[match] + self._chance.integers(-reach, reach + 1, len(match)),
                self.source_columns[match] + self._chance.integers(-reach, reach + 1, len(match)),
                match,
            )
            match, best = self._better(targets, match, best, offer, 1.0)
        return match

    def _better(
        self, targets: Floats, match: Ints, best: Floats, offer: Ints, lenience: float
    ) -> tuple[Ints, Floats]:
        cost = self.cost(targets, offer)
        take = cost < best * lenience
        return np.where(take, offer, match), np.where(take, cost, best)

    def vote(self, picture: Floats, targets: Floats, match: Ints, reach: int) -> Floats:
        """Paint the hole: each pixel is the mean of what the matches around it say.

        Args:
            picture: what the matches point into.
            targets: from `project`; good matches count for more.
            match: the matches.
            reach: how far around a pixel matches have a say; small is sharp.
        """
        cost = self.cost(targets, match)
        say = self._trust * np.exp(-cost / (2 * float(np.percentile(cost, 75)) + 1e-3)) + np.float32(1e-9)
        total = np.zeros((*picture.shape[:2], picture.shape[2] + 1), np.float32)
        padded = np.pad(total, ((reach, reach), (reach, reach), (0, 0)))
        from_rows, from_columns = self.source_rows[match], self.source_columns[match]
        for down in range(-reach, reach + 1):
            for along in range(-reach, reach + 1):
                rows = (from_rows + down).clip(0, self.height - 1)
                columns = (from_columns + along).clip(0, self.width - 1)
                place = (self.rows + down + reach, self.columns + along + reach)
                padded[(*place, slice(0, -1))] += picture[rows, columns] * say[:, None]
                padded[(*place, -1)] += say
        inner = padded[reach : reach + self.height, reach : reach + self.width]
        painted = inner[..., :-1] / np.maximum(inner[..., -1:], np.float32(1e-12))
        return np.where(self.hole[..., None], painted, picture)


def _principal(scatter: Floats) -> Floats:
    """The chief axes of a scatter matrix, by subspace iteration: all that is needed is their span."""
    axes = np.random.default_rng(0).standard_normal((len(scatter), AXES), np.float32)
    for _ in range(_TURNS):
        axes, _ = np.linalg.qr(scatter @ axes)
    return np.ascontiguousarray(axes, np.float32)


def _whole(free: Bools, radius: int, known: Bools) -> Bools:
    """Of the pixels free of the hole, those whose patch lies within the picture; any known one if none."""
    inner = free.copy()
    for edge in (inner[:radius], inner[-radius:], inner[:, :radius], inner[:, -radius:]):
        edge[...] = False
    if inner.any():
        return inner
    return free if free.any() else known
