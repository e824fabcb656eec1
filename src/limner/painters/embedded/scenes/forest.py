"""Among trees: birches, firs, broad trunks or a jungle, in layers of light."""

from limner.painters.embedded.canvas import points
from limner.painters.embedded.colours import darker, hexed, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import cottage
from limner.painters.embedded.parts.weather import weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_PINE = hexed("#7d5138")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    kind = _kind(stage)
    _light(stage)
    for layer in range(3):
        away = (0.66, 0.36, 0.04)[layer]
        foot = stage.height * (0.8 + layer * 0.055)
        _trunks(stage, kind, layer, foot, away)
        _leaves(stage, kind, layer, away)
        _floor(stage, layer, foot, away)
        if layer == 1:
            if stage.has("cabin", "house"):
                cottage(
                    stage, stage.width * stage.between(0.35, 0.65), foot + stage.unit * 3, stage.unit * 20
                )
            stand(stage, "air", stage.height * 0.36, stage.unit * 22)
    stand(stage, "any", stage.height * 0.94, stage.unit * 42, ground="land")
    trees.tufts(stage, stage.height * 0.95, stage.height * 1.03, 150, stage.unit * 6)
    _undergrowth(stage)
    weather(stage, stage.height * 0.8)


def _kind(stage: Stage) -> str:
    for kind in ("birch", "fir", "jungle", "bamboo", "broadleaf"):
        if stage.has(kind):
            return kind
    return (
        stage.pick(["birch", "fir", "broadleaf"])
        if stage.brief.season != "winter"
        else stage.pick(["birch", "fir"])
    )


def _light(stage: Stage) -> None:
    colours = stage.colours
    glow = mix(colours.haze, colours.sky[-1], 0.4)
    leafy = stage.tone(stage.pick(colours.leaves), 0.5)
    stage.canvas.wash([mix(colours.sky[1], leafy, 0.35), glow, glow, mix(glow, leafy, 0.3)])
    x = stage.width * stage.between(0.3, 0.7)
    stage.sun = (x, stage.height * 0.34)
    if stage.brief.light == "night":
        sky.stars(stage, stage.height * 0.6)
        stage.canvas.disc(x, stage.height * 0.24, stage.unit * 5, colours.sun)
    stage.canvas.glow(
        x, stage.height * 0.42, stage.unit * 55, colours.sun, 0.6 if stage.brief.light != "night" else 0.25
    )


def _trunks(stage: Stage, kind: str, layer: int, foot: float, away: float) -> None:
    count = int((15, 9, 6)[layer] * max(0.8, min(2.0, stage.width / stage.height)))
    wide = stage.unit * (1.1, 2.4, 4.8)[layer]
    if kind == "fir":
        line = ridge(stage.chance, stage.width, foot + stage.unit * 2, stage.unit * 3, 0.45, 6)
        tall = stage.unit * (34, 52, 74)[layer]
        if layer < 2 or stage.flip(0.5):
            trees.firs(stage, line, count + 6 if layer < 2 else 4, (tall * 0.6, tall), away)
        count = count // 2 if layer == 2 else 0
    clear = (0.3, 0.7) if layer == 2 and stage.waiting else (0.5, 0.5)
    for number in range(count):
        x = (number + float(stage.chance.random())) / count
        if clear[0] < x < clear[1]:
            x = x - 0.32 if x < 0.5 else x + 0.32
        _trunk(
            stage,
            kind,
            x * stage.width,
            foot + stage.unit * stage.between(0, 4),
            wide * stage.between(0.75, 1.35),
            away,
        )


def _trunk(stage: Stage, kind: str, x: float, foot: float, wide: float, away: float) -> None:
    if kind == "birch":
        trees.birch(stage, x, foot, wide, away)
    elif kind == "fir":
        trees.trunk(stage, x, foot, wide * 0.8, away, _PINE)
    elif kind == "bamboo":
        _bamboo(stage, x, foot, wide * 0.55, away)
    else:
        trees.trunk(stage, x, foot, wide * (1.1 if kind == "jungle" else 1.0), away)


def _bamboo(stage: Stage, x: float, foot: float, wide: float, away: float) -> None:
    green = stage.tone(hexed("#6f9a52"), away)
    stage.canvas.shape(
        points((x - wide / 2, foot), (x - wide / 2, -9), (x + wide / 2, -9), (x + wide / 2, foot)),
        [lighter(green, 0.1), green],
    )
    y = foot
    while y > 0:
        y -= stage.unit * stage.between(6, 9)
        stage.canvas.strokes(
            [points((x - wide * 0.55, y), (x + wide * 0.55, y))], darker(green, 0.35), max(1.0, wide * 0.12)
        )


def _leaves(stage: Stage, kind: str, layer: int, away: float) -> None:
    if kind == "fir" or (kind == "broadleaf" and stage.brief.season == "winter"):
        return
    size = stage.unit * (0.5, 0.8, 1.15)[layer]
    many = int((110, 120, 90)[layer] * (0.35 if stage.brief.season == "winter" else 1.0))
    trees.leaves(stage, -stage.unit * 3, stage.height * 0.72, many, (size * 0.5, size * 1.4), away)
    if kind in {"broadleaf", "jungle"}:
        for _ in range(int((7, 6, 4)[layer] * stage.width / stage.height) + 1):
            size = stage.unit * stage.between(9, 15) * (0.7 + layer * 0.3)
            trees.crown(
                stage,
                stage.between(-0.05, 1.05) * stage.width,
                stage.between(-0.06, 0.1) * stage.height,
                size,
                away,
            )


def _floor(stage: Stage, layer: int, foot: float, away: float) -> None:
    ground = stage.tone(mix(stage.colours.grass[0], stage.colours.grass[-1], layer / 2), away * 0.8)
    line = ridge(stage.chance, stage.width, foot, stage.height * 0.035, 0.45, 7)
    stage.canvas.land(line, [lighter(ground, 0.05), ground, darker(ground, 0.3)])
    if stage.brief.season == "autumn":
        for colour in stage.colours.leaves[:3]:
            spots = [
                (
                    stage.between(0, 1) * stage.width,
                    foot + stage.between(0.01, 0.16) * stage.height,
                    stage.unit * stage.between(0.2, 0.5),
                )
                for _ in range(26)
            ]
            stage.canvas.discs(spots, stage.tone(colour, away), 0.7)


def _undergrowth(stage: Stage) -> None:
    if stage.has("mushroom"):
        return
    for colour in stage.colours.flowers[:3]:
        spots = [
            (
                stage.between(0, 1) * stage.width,
                stage.height * stage.between(0.93, 1.0),
                stage.unit * stage.between(0.25, 0.55),
            )
            for _ in range(9)
        ]
        stage.canvas.discs(spots, stage.tone(colour), 0.9)
