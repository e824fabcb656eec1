"""Where a scene is painted: canvas, colours, chance, and the subjects waiting to come on."""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from limner.painters.embedded.brief import Brief, Subject
from limner.painters.embedded.canvas import Canvas
from limner.painters.embedded.colours import Colour
from limner.painters.embedded.finish import Paper
from limner.painters.embedded.palette import Palette, palette

T = TypeVar("T")


class Actor(Protocol):
    """Paints one subject standing somewhere; given to the stage by the composer."""

    def __call__(self, stage: "Stage", subject: Subject, spot: "Spot") -> None:
        """Paint it."""
        ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a subject."""

    x: float
    """Its middle."""
    y: float
    """What it stands on; for `air` and `wall`, its middle."""
    tall: float
    """How high it may be, in pixels."""
    away: float = 0.0
    """How much haze lies before it, 0..1."""
    ground: str = "land"
    """What it stands on: `land` throws a shadow, `water` mirrors, `none` does neither."""


@dataclass(slots=True)
class Stage:
    """One picture in the making."""

    canvas: Canvas
    brief: Brief
    chance: np.random.Generator
    actor: Actor
    colours: Palette = field(init=False)
    waiting: list[Subject] = field(init=False)
    """Subjects that have not come on yet."""
    sun: tuple[float, float] = (0.0, 0.0)
    """Where the sun or moon is, once the sky is painted."""
    paper: Paper = field(default_factory=Paper)

    def __post_init__(self) -> None:
        """Mix the colours."""
        self.colours = palette(self.brief)
        self.waiting = list(self.brief.subjects)

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return self.canvas.height

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side."""
        return min(self.width, self.height) / 100

    def has(self, *traits: str) -> bool:
        """Whether any of these is asked for."""
        return self.brief.has(*traits)

    def tone(self, colour: Colour, away: float = 0.0) -> Colour:
        """A thing's own colour in this light and distance."""
        return self.colours.tone(colour, away)

    def between(self, low: float, high: float) -> float:
        """A random number."""
        return low + float(self.chance.random()) * (high - low)

    def pick(self, options: "tuple[T, ...] | list[T]") -> T:
        """One of several."""
        return options[int(self.chance.integers(len(options)))]

    def flip(self, odds: float = 0.5) -> bool:
        """Whether it happens."""
        return float(self.chance.random()) < odds
