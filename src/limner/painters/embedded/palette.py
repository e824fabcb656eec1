"""The colours of one picture: its light and its season, bent towards the colours asked for."""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from limner.painters.embedded.brief import Brief
from limner.painters.embedded.colours import Colour, hexed, hued, lighter, mix, turned
from limner.painters.embedded.tables import table

Colours = tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """What everything in a picture takes its colour from; see lights.toml and seasons.toml."""

    sky: Colours
    sun: Colour
    water: Colours
    far: Colour
    near: Colour
    haze: Colour
    shine: Colour
    lamp: Colour
    rock: Colours
    sun_height: float
    lamps: float
    """How many windows are lit, 0..1."""
    leaves: Colours
    needles: Colours
    grass: Colours
    flowers: Colours

    def tone(self, colour: Colour, away: float = 0.0) -> Colour:
        """A thing's own colour as it looks in this light, so far away: 0 is here, 1 lost in the haze."""
        shone = (colour[0] * self.shine[0], colour[1] * self.shine[1], colour[2] * self.shine[2])
        return mix(shone, self.haze, away)

    def tones(self, colours: Colours, away: float = 0.0) -> Colours:
        """Several of them."""
        return tuple(self.tone(colour, away) for colour in colours)


def palette(brief: Brief) -> Palette:
    """Mix the colours of a picture."""
    plain = _mixed(brief.light, brief.season)
    if brief.hues:
        plain = _towards(plain, brief.hues)
    if brief.has("pastel"):
        plain = _each(plain, lambda colour: lighter(turned(colour, 0, 0.75), 0.28))
    if brief.has("vivid"):
        plain = _each(plain, lambda colour: turned(colour, 0, 1.35, 1.05))
    if brief.has("dark"):
        plain = _each(plain, lambda colour: turned(colour, 0, 1.05, 0.66))
    if brief.has("muted"):
        plain = _each(plain, lambda colour: turned(colour, 0, 0.55))
    return plain


@functools.cache
def _mixed(light: str, season: str) -> Palette:
    given = {**table("lights")[light], **table("seasons")[season]}
    return Palette(**cast("dict[str, Any]", {name: _read(value) for name, value in given.items()}))


def _read(value: object) -> object:
    if isinstance(value, str):
        return hexed(value)
    if isinstance(value, list):
        return tuple(hexed(part) for part in cast("list[str]", value))
    return value


def _each(plain: Palette, change: Callable[[Colour], Colour]) -> Palette:
    """Every colour of a palette changed in the same way."""
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(plain):
        value = getattr(plain, field.name)
        if isinstance(value, float | int):
            continue
        several = isinstance(value[0], tuple)
        changed[field.name] = tuple(change(colour) for colour in value) if several else change(value)
    return dataclasses.replace(plain, **changed)


def _towards(plain: Palette, hues: Colours) -> Palette:
    """Sky and distance take the first hue, water and ground the last, what stands out the second."""
    first, last = hues[0], hues[-1]
    accent = hues[1 % len(hues)]
    return dataclasses.replace(
        plain,
        sky=tuple(hued(colour, first, 0.62) for colour in plain.sky),
        far=hued(plain.far, first, 0.6),
        near=hued(plain.near, last, 0.55),
        haze=hued(plain.haze, first, 0.5),
        water=tuple(hued(colour, last, 0.6) for colour in plain.water),
        leaves=tuple(hued(colour, accent, 0.6) for colour in plain.leaves),
        needles=tuple(hued(colour, accent, 0.5) for colour in plain.needles),
        grass=tuple(hued(colour, last, 0.45) for colour in plain.grass),
        flowers=(*hues, *plain.flowers),
    )
