"""What the emulators paint: an abstract pattern that follows from a text alone, the same on every machine."""

import colorsys
import hashlib
import math
from typing import Literal

from limner.sandbox.codecs.painting import COLOURS, Colour, Painting

Mood = Literal["clear", "blurred", "black"]
_MOST_TILES = 96  # along the longer edge: more would be slow, fewer would be coarse


def paint(
    subject: str, width: int, height: int, *, transparent: bool = False, mood: Mood = "clear"
) -> Painting:
    """Paint a pattern of waves.

    Args:
        subject: what the pattern follows from: prompt, seed, number. Equal subjects give equal pictures.
        width: in pixels.
        height: in pixels.
        transparent: let the background, about half of the picture, show through.
        mood: `blurred` gives the featureless picture of a provider's filter, `black` the black one.

    Example:
        >>> (
        ...     paint("a kite", 64, 32) == paint("a kite", 64, 32),
        ...     paint("a kite", 64, 32) == paint("a dog", 64, 32),
        ... )
        (True, False)
    """
    seed = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).digest()
    tile = max(8, -(-max(width, height) // _MOST_TILES // 8) * 8)
    columns, lines = -(-width // tile), -(-height // tile)
    rows = _waves(seed, columns, lines) if mood == "clear" else (bytes(columns),) * lines
    return Painting(width, height, tile, _palette(seed, transparent=transparent, mood=mood), rows)


def repaint(subject: str, original: bytes, width: int, height: int, *, transparent: bool = False) -> Painting:
    """Paint over everything: what a model does that takes a mask for a suggestion.

    Args:
        subject: prompt, seed, number.
        original: the encoded picture it was given; another picture gives another pattern.
        width: in pixels.
        height: in pixels.
        transparent: let the background show through.
    """
    digest = hashlib.sha256(original).hexdigest()
    return paint(f"{subject}|{digest}", width, height, transparent=transparent)


def _palette(seed: bytes, *, transparent: bool, mood: Mood) -> tuple[Colour, ...]:
    if mood == "black":
        return ((0, 0, 0, 255),) * COLOURS
    hue, turn = seed[0] / 256, 0.15 + seed[1] / 1024
    colours: list[Colour] = []
    for step in range(COLOURS):
        share = step / (COLOURS - 1)
        red, green, blue = colorsys.hls_to_rgb((hue + turn * share) % 1, 0.15 + 0.7 * share, 0.55)
        alpha = 0 if transparent and step < COLOURS // 2 else 255
        colours.append((round(red * 255), round(green * 255), round(blue * 255), alpha))
    if mood == "blurred":
        return (colours[COLOURS // 2],) * COLOURS
    return tuple(colours)


def _waves(seed: bytes, columns: int, lines: int) -> tuple[bytes, ...]:
    scale = max(columns, lines) or 1
    turns = [(1 + value / 64) * math.tau / scale for value in seed[2:6]]
    shifts = [value / 40 for value in seed[6:10]]
    across = [
        (math.sin(turns[0] * x + shifts[0]), math.sin(turns[1] * x + shifts[1])) for x in range(columns)
    ]
    rows: list[bytes] = []
    for y in range(lines):
        down, lean = math.sin(turns[2] * y + shifts[2]), math.cos(turns[3] * y + shifts[3])
        rows.append(bytes(int((one + down + two * lean + 3) * (COLOURS - 0.01) / 6) for one, two in across))
    return tuple(rows)
