"""An illuminated initial: a gilt letter on a coloured field among vines."""

import numpy as np

from limner.painters.embedded.canvas import box, curve, points
from limner.painters.embedded.colours import Colour, darker, hexed, lighter, mix
from limner.painters.embedded.scenes.botanical import leaf
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.svg import document, render
from limner.painters.embedded.tables import packed

_PAGE = hexed("#efe5cd")
_GILT = (hexed("#f0d48a"), hexed("#c89a3c"), hexed("#e9c877"))
_FIELDS = (
    ("#1f3f5c", "#5f8f6a", ("#c4391f", "#e8dcc4", "#b05a7a"), "#2a1a10"),
    ("#8f2a20", "#d9b56a", ("#1f4a5c", "#e8dcc4", "#3f6b53"), "#2a1a10"),
    ("#24513c", "#a9bf86", ("#d9a13b", "#f0e4c8", "#c4492b"), "#1c1a12"),
    ("#4a2f5c", "#a08fc0", ("#e2b04a", "#efe0e8", "#c46a8f"), "#1a1020"),
    ("#2b2a33", "#8fa58a", ("#c4492b", "#e2b04a", "#efe6d2"), "#120e0c"),
)
_RED = hexed("#c4391f")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    field, vine, flowers, edge = stage.pick(list(_FIELDS))
    ground = darker(stage.brief.hues[0], 0.35) if stage.brief.hues else hexed(field)
    stage.canvas.pixels[...] = _PAGE
    x, y, side = stage.width / 2, stage.height / 2, min(stage.width, stage.height) * 0.37
    stage.canvas.shape(box(x - side, y - side, x + side, y + side), list(_GILT))
    inset = side * 0.95
    stage.canvas.shape(
        box(x - inset, y - inset, x + inset, y + inset), [lighter(ground, 0.06), darker(ground, 0.1)]
    )
    bounds = (x - inset * 0.96, y - inset * 0.96, x + inset * 0.96, y + inset * 0.96)
    petals = tuple(hexed(tone) for tone in flowers)
    for _ in range(11):
        root = (x + stage.between(-0.8, 0.8) * inset, y + stage.between(-0.8, 0.8) * inset)
        _vine(stage, bounds, root, stage.between(0, 6.28), side * 0.3, 0, hexed(vine), petals)
    _letter(stage, stage.brief.letter or "L", x, y, side, hexed(edge))
    _border(stage, x, y, side, ground)


def _letter(stage: Stage, letter: str, x: float, y: float, side: float, edge: Colour) -> None:
    """The letter, as large as the field allows, in gold with a dark edge."""
    glyph = packed("letters").get(letter) or packed("letters")["L"]
    high = 720 if letter.isascii() else 900
    size = round(side * 1.62)
    scale = size / high
    wide = max(1, round((glyph["width"] + 120) * scale))
    from_top = -high - 50
    stops = "".join(
        f'<stop offset="{place}" stop-color="{tone}"/>'
        for place, tone in ((0, "#f6e0a0"), (0.5, "#c89a3c"), (1, "#ecd08a"))
    )
    rim = "#{:02x}{:02x}{:02x}".format(*(round(part * 255) for part in edge))
    body = (
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">{stops}</linearGradient></defs>'
        f'<path d="{glyph["path"]}" fill="{rim}" opacity=".45" transform="translate(14 16)"/>'
        f'<path d="{glyph["path"]}" fill="url(#g)" stroke="{rim}" stroke-width="13" stroke-linejoin="round"/>'
    )
    picture = render(
        document(body, (-60, from_top, glyph["width"] + 120, high + 100), wide, round((high + 100) * scale))
    )
    stage.canvas.paste(picture, x - wide / 2, y - picture.shape[0] / 2)


def _vine(
    stage: Stage,
    bounds: tuple[float, float, float, float],
    root: tuple[float, float],
    angle: float,
    long: float,
    depth: int,
    green: Colour,
    petals: tuple[Colour, ...],
) -> None:
    tip = (root[0] + float(np.cos(angle)) * long, root[1] + float(np.sin(angle)) * long)
    left, top, right, bottom = bounds
    margin = stage.unit * 1.6
    if depth > 4 or not (left + margin < tip[0] < right - margin and top + margin < tip[1] < bottom - margin):
        return
    bow = (
        (root[0] + tip[0]) / 2 - float(np.sin(angle)) * long * 0.4,
        (root[1] + tip[1]) / 2 + float(np.cos(angle)) * long * 0.4,
    )
    stage.canvas.strokes([curve(root, bow, tip)], green, stage.unit * (0.85 - depth * 0.12))
    size = stage.unit * stage.between(0.9, 1.7)
    if stage.flip():
        _rosette(stage, tip, size, stage.pick(petals))
    else:
        leaf(stage, tip, float(np.rad2deg(angle)) + stage.between(-30, 30), size * 2.6, 0.3, green)
    for side in (1, -1):
        _vine(
            stage, bounds, tip, angle + side * stage.between(0.5, 1.1), long * 0.82, depth + 1, green, petals
        )


def _rosette(stage: Stage, at: tuple[float, float], size: float, colour: Colour) -> None:
    spots: list[tuple[float, float, float]] = []
    for number in range(6):
        angle = number / 6 * 6.283
        spots.append(
            (
                at[0] + float(np.cos(angle)) * size * 0.62,
                at[1] + float(np.sin(angle)) * size * 0.62,
                size * 0.5,
            )
        )
    stage.canvas.discs(spots, colour)
    stage.canvas.disc(*at, size * 0.42, _GILT[0])


def _border(stage: Stage, x: float, y: float, side: float, ground: Colour) -> None:
    """Dots and a fine line around the field."""
    for reach, width in ((1.07, 0.16), (1.16, 0.3)):
        far = side * reach
        frame = points(
            (x - far, y - far), (x + far, y - far), (x + far, y + far), (x - far, y + far), (x - far, y - far)
        )
        stage.canvas.strokes([frame], mix(ground, _PAGE, 0.25), stage.unit * width, 0.8)
    reds: list[tuple[float, float, float]] = []
    others: list[tuple[float, float, float]] = []
    for number, place in enumerate(np.linspace(-1.07, 1.07, 33)):
        for spot in ((place, -1.115), (place, 1.115), (-1.115, place), (1.115, place)):
            (reds if number % 2 else others).append(
                (x + spot[0] * side, y + spot[1] * side, stage.unit * 0.42)
            )
    stage.canvas.discs(reds, _RED)
    stage.canvas.discs(others, _GILT[1])
