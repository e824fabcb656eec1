"""Open country: rolling fields, a tree, flowers in the grass; a farm, a road or a garden on request."""

from limner.painters.embedded.canvas import Points, curve, path
from limner.painters.embedded.colours import darker, hexed, lighter, mix
from limner.painters.embedded.noise import level, ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import cottage, windmill
from limner.painters.embedded.parts.weather import lightning, weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand

_WHEAT = hexed("#d9b25a")


def paint(stage: Stage) -> None:
    """Paint the scene."""
    horizon = stage.height * 0.56
    sky.sky(stage, horizon)
    stand(stage, "air", horizon * 0.44, stage.unit * 24)
    if stage.has("thunder"):
        lightning(stage, 0, horizon)
    line = _hills(stage, horizon)
    alone = not stage.waiting
    if alone or stage.has("farm", "cabin", "house", "village"):
        _farm(stage, line, horizon)
    if stage.has("road", "path"):
        _road(stage, horizon + stage.height * 0.1)
    elif stage.has("field"):
        _furrows(stage, horizon + stage.height * 0.12)
    _tree(stage, horizon)
    trees.tufts(stage, stage.height * 0.74, stage.height * 0.93, 170, stage.unit * 3)
    _flowers(stage, stage.height * 0.7, stage.height * 0.93)
    stand(stage, "any", stage.height * 0.92, stage.unit * 42, ground="land")
    trees.tufts(stage, stage.height * 0.93, stage.height * 1.03, 200, stage.unit * 6.5)
    _flowers(stage, stage.height * 0.93, stage.height, 1.6)
    weather(stage, horizon)


def _hills(stage: Stage, horizon: float) -> Points:
    colours = stage.colours
    line = ridge(stage.chance, stage.width, horizon - stage.height * 0.04, stage.height * 0.12, 0.46, 8)
    stage.canvas.land(line, [mix(colours.far, colours.haze, 0.25), colours.far])
    second = line
    for number in range(4):
        part = number / 3
        base = horizon + stage.height * (0.02 + 0.1 * number)
        line = ridge(stage.chance, stage.width, base, stage.height * 0.07, 0.36, 7)
        green = mix(colours.grass[0], colours.grass[-1], part)
        if stage.has("wheat", "field") or (
            stage.brief.season == "summer" and number == 1 and stage.flip(0.4)
        ):
            green = mix(green, _WHEAT, 0.75)
        tone = stage.tone(green, 0.5 * (1 - part))
        stage.canvas.land(line, [lighter(tone, 0.08), tone, darker(tone, 0.22)])
        if number < 2:
            trees.firs(
                stage, line, 16, (stage.unit * 1.6, stage.unit * (2.6 + number * 2)), 0.5 - number * 0.15
            )
            second = line
        sky.veil(stage, base + stage.height * 0.02, base + stage.height * 0.06, 0.12 * (1 - part))
    return second


def _farm(stage: Stage, line: Points, horizon: float) -> None:
    x = stage.width * stage.between(0.2, 0.8)
    size = stage.unit * (7 if stage.has("village") else 11)
    count = 5 if stage.has("village") else 1
    tones = (hexed("#a83a28"), hexed("#d9a13b"), hexed("#e8dcc4"), hexed("#6f8f86"))
    for number in range(count):
        at = x + (number - count / 2) * size * 1.9 if count > 1 else x
        tone = tones[number % len(tones)] if count > 1 else tones[0]
        cottage(stage, at, level(line, at) + stage.unit * 2.5, size * stage.between(0.85, 1.1), tone, 0.08)
    if stage.has("windmill", "farm"):
        windmill(stage, x + stage.unit * 17, level(line, x) + stage.unit * 2, stage.unit * 19)


def _road(stage: Stage, start: float) -> None:
    gravel = stage.tone(hexed("#cbb694"))
    top, middle = stage.width * stage.between(0.4, 0.6), stage.width * stage.between(0.3, 0.7)
    foot = stage.width * stage.between(0.4, 0.6)
    left = curve(
        (top - stage.unit * 0.6, start),
        (middle - stage.unit * 6, start + (stage.height - start) * 0.3),
        (foot - stage.unit * 17, stage.height + 9),
        count=30,
    )
    right = curve(
        (foot + stage.unit * 17, stage.height + 9),
        (middle + stage.unit * 6, start + (stage.height - start) * 0.3),
        (top + stage.unit * 0.6, start),
        count=30,
    )
    stage.canvas.shape(
        path(left, right), [mix(gravel, stage.colours.haze, 0.35), gravel, darker(gravel, 0.12)]
    )


def _furrows(stage: Stage, start: float) -> None:
    tone = darker(stage.tone(_WHEAT), 0.3)
    lines: list[Points] = []
    for number in range(-16, 17):
        top = stage.width * 0.5 + number * stage.unit * 2.2
        lines.append(
            curve((top, start), (stage.width * 0.5 + number * stage.unit * 11, stage.height + 9), count=2)
        )
    stage.canvas.strokes(lines, tone, stage.unit * 0.5, 0.22)


def _tree(stage: Stage, horizon: float) -> None:
    if stage.has("bare"):
        return
    side = stage.pick([0.14, 0.86]) if stage.waiting else stage.pick([0.2, 0.32, 0.7, 0.82])
    tall = stage.unit * stage.between(34, 44)
    foot = horizon + stage.height * 0.19
    stage.canvas.mist(
        side * stage.width + tall * 0.1,
        foot,
        tall * 0.42,
        tall * 0.05,
        darker(stage.tone(stage.colours.grass[-1]), 0.6),
        0.6,
    )
    if stage.has("fir", "christmas"):
        outline = trees.fir(side * stage.width, foot, tall)
        needles = stage.tone(stage.pick(stage.colours.needles))
        stage.canvas.shapes(outline, [lighter(needles, 0.12), needles, darker(needles, 0.2)])
    elif stage.has("palm"):
        trees.palm(stage, side * stage.width, foot, tall, 0.0)
    else:
        trees.tree(stage, side * stage.width, foot, tall, 0.0)


def _flowers(stage: Stage, top: float, bottom: float, size: float = 1.0) -> None:
    if stage.brief.season == "winter":
        return
    many = 60 if stage.has("flowers", "garden", "midsummer") else 16
    for colour in stage.colours.flowers[:4]:
        spots: list[tuple[float, float, float]] = []
        for _ in range(many):
            part = float(stage.chance.random())
            spots.append(
                (
                    stage.between(0, 1) * stage.width,
                    top + part * (bottom - top),
                    stage.unit * size * stage.between(0.25, 0.5) * (0.6 + part),
                )
            )
        stage.canvas.discs(spots, stage.tone(colour), 0.92)
        stage.canvas.discs([(x, y, r * 0.35) for x, y, r in spots], stage.tone(hexed("#e2b04a")), 0.9)
