"""The look of an icon as SVG: a shape with its ground, and the glyph on it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from limner.painters.embedded.colours import Colour, brightness, darker, hexed, lighter, mix, turned, written
from limner.painters.embedded.icon.meaning import glyphs, initial, understood
from limner.painters.embedded.svg import document
from limner.painters.embedded.tables import packed, table
from limner.painters.embedded.vocabulary import find

SIDE: Final = 256
"""Units of an icon; those of the glyphs."""
_BASES: Final = tuple(
    hexed(tone)
    for tone in ("#2f6db5", "#c8503f", "#2f8f7a", "#7a5ab0", "#d98a2b", "#b5477a", "#3f8f4f", "#3a5a8c")
)
_PAPER: Final = hexed("#f7f1e6")


@dataclass(frozen=True, slots=True)
class Design:
    """One icon."""

    glyph: str
    """A name of glyphs.json.xz, or a single letter."""
    look: dict[str, Any]
    """A table of icons.toml."""
    colour: Colour


def design(prompt: str, number: int, *, filled: bool = False) -> Design:
    """Design one variant.

    Args:
        prompt: what the icon is for.
        number: which variant; eight in a row differ in shape, ground, weight and hue.
        filled: let the ground reach every edge, for an icon that must be opaque.
    """
    looks: list[dict[str, Any]] = table("icons")["look"]
    look = looks[number % len(looks)]
    if filled:
        look = {**look, "shape": "full"}
    chance = int.from_bytes(hashlib.blake2s(prompt.encode(), digest_size=4).digest(), "big")
    fitting = glyphs(prompt, chance + number // len(looks))
    glyph = fitting[(int(look["choice"]) + number // len(looks)) % len(fitting)]
    letter = initial(prompt)
    if letter and not understood(prompt):
        glyph = letter
    return Design(glyph, look, _colour(prompt, int(look["step"]), chance, number))


def _colour(prompt: str, step: int, chance: int, number: int) -> Colour:
    """The colour that is asked for, in another shade with each variant, or one that the words decide."""
    words = [word.strip(".,;:!?\"'()") for word in prompt.casefold().split()[:200]]
    asked = [meaning.colour for word in words for meaning in find(word, "en") if meaning.colour]
    if asked:
        return turned(asked[number % len(asked)], (step - 3) * 0.018, 1.0, 1.0 + (step % 3 - 1) * 0.12)
    return _BASES[(chance + step + number // 8 * 3) % len(_BASES)]


def svg(icon: Design, size: int) -> str:
    """The whole file, square, so many pixels wide when it is not scaled."""
    ground, ink = _GROUNDS[icon.look["ground"]](icon)
    return document(ground + _mark(icon, ink), (0, 0, SIDE, SIDE), size, size)


def _outline(icon: Design) -> str:
    shapes: dict[str, str] = table("icons")["shape"]
    return shapes.get(icon.look["shape"], f"M0 0H{SIDE}V{SIDE}H0Z")


def _gradient(icon: Design) -> tuple[str, Colour]:
    one = lighter(turned(icon.colour, -0.03, 1.05, 1.1), 0.1)
    other = darker(turned(icon.colour, 0.06, 1.1), 0.22)
    defs = (
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">'
        f'<stop offset="0" stop-color="{written(one)}"/>'
        f'<stop offset="1" stop-color="{written(other)}"/></linearGradient></defs>'
    )
    shine = f'<path d="{_outline(icon)}" fill="none" stroke="#fff" stroke-opacity=".22" stroke-width="3"/>'
    return f'{defs}<path d="{_outline(icon)}" fill="url(#g)"/>{shine}', hexed("#fffdf8")


def _tint(icon: Design) -> tuple[str, Colour]:
    pale = mix(icon.colour, _PAPER, 0.8)
    return f'<path d="{_outline(icon)}" fill="{written(pale)}"/>', darker(turned(icon.colour, 0, 1.15), 0.28)


def _ink(icon: Design) -> tuple[str, Colour]:
    dark = mix(darker(icon.colour, 0.78), hexed("#141822"), 0.5)
    bright = lighter(turned(icon.colour, 0.02, 1.1, 1.5), 0.3)
    return f'<path d="{_outline(icon)}" fill="{written(dark)}"/>', bright


def _split(icon: Design) -> tuple[str, Colour]:
    """Two tones that meet on the diagonal."""
    base = icon.colour if brightness(icon.colour) < 0.5 else darker(icon.colour, 0.18)
    half = (
        f'<defs><clipPath id="c"><path d="{_outline(icon)}"/></clipPath></defs>'
        f'<path d="M{SIDE} 0V{SIDE}H0Z" fill="#000" fill-opacity=".2" clip-path="url(#c)"/>'
    )
    return f'<path d="{_outline(icon)}" fill="{written(base)}"/>{half}', lighter(
        mix(_PAPER, icon.colour, 0.06), 0.4
    )


def _paper(icon: Design) -> tuple[str, Colour]:
    """Cream, with a broad coloured edge."""
    edge = (
        f'<path d="{_outline(icon)}" fill="{written(_PAPER)}" '
        f'stroke="{written(icon.colour)}" stroke-width="13" transform="translate(8 8) scale(.9375)"/>'
    )
    return edge, darker(turned(icon.colour, 0, 1.1), 0.12)


def _line(icon: Design) -> tuple[str, Colour]:
    """Nothing but lines."""
    tone = darker(turned(icon.colour, 0, 1.1), 0.15)
    circle = f'<circle cx="128" cy="128" fill="none" stroke="{written(tone)}" '
    ground = f'<path d="{_outline(icon)}" fill="{written(mix(_PAPER, icon.colour, 0.04))}"/>'
    dots = 'r="101" stroke-opacity=".55" stroke-width="3" stroke-dasharray="2 8" stroke-linecap="round"/>'
    return f'{ground}{circle}r="112" stroke-width="6"/>{circle}{dots}', tone


_GROUNDS: Final = {
    "gradient": _gradient,
    "tint": _tint,
    "ink": _ink,
    "split": _split,
    "paper": _paper,
    "line": _line,
}


def _mark(icon: Design, ink: Colour) -> str:
    """The glyph or letter in the middle, with a soft drop of shade where the ground is full."""
    share = float(icon.look["size"])
    if len(icon.glyph) == 1:
        return _letter(icon.glyph, ink, share)
    entry = packed("glyphs")[icon.glyph]
    body = entry[icon.look["weight"]]
    place = f"translate({SIDE / 2 * (1 - share):.1f} {SIDE / 2 * (1 - share):.1f}) scale({share:g})"
    shade = ""
    if icon.look["ground"] in {"gradient", "split"}:
        shade = f'<g fill="#000" opacity=".16" transform="translate(3 5) {place}">{body}</g>'
    if icon.look["weight"] == "duotone":
        body = body.replace('opacity="0.2"', 'opacity="0.34"')
    if icon.look["weight"] == "thin":
        tone = written(ink)
        return f'<g fill="{tone}" stroke="{tone}" stroke-width="3" transform="{place}">{body}</g>'
    return f'{shade}<g fill="{written(ink)}" transform="{place}">{body}</g>'


def _letter(letter: str, ink: Colour, share: float) -> str:
    glyph = packed("letters")[letter]
    high = 700 if letter.isascii() else 860
    scale = SIDE * share * 0.92 / high
    left, foot = (SIDE - glyph["width"] * scale) / 2, SIDE / 2 + high * scale / 2
    place = f"translate({left:.1f} {foot:.1f}) scale({scale:.4f})"
    return f'<path d="{glyph["path"]}" fill="{written(ink)}" transform="{place}"/>'
