"""The archipelago: calm water, far islands, a skerry with a lighthouse, a cottage, a boat."""

from limner.painters.embedded.colours import darker, mix
from limner.painters.embedded.noise import level, ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import cottage, lighthouse, rocks, rowing_boat, sailing_boat
from limner.painters.embedded.parts.water import glints, shore, water
from limner.painters.embedded.parts.weather import lightning, weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand


def paint(stage: Stage) -> None:
    """Paint the scene."""
    horizon = stage.height * stage.between(0.54, 0.62)
    right = stage.flip(0.65)
    sky.sky(stage, horizon, stage.between(0.16, 0.36) if right else stage.between(0.64, 0.84))
    sky.birds(
        stage,
        stage.width * stage.between(0.3, 0.7),
        horizon * stage.between(0.3, 0.6),
        int(stage.between(3, 7)),
    )
    stand(stage, "air", horizon * 0.4, stage.unit * 20)
    if stage.has("thunder"):
        lightning(stage, stage.height * 0.04, horizon)
    _islands(stage, horizon)
    water(stage, horizon)
    stand(stage, "under", horizon + stage.height * 0.24, stage.unit * 24, ground="water")
    _skerry(stage, horizon, right)
    busy = any(one.habitat == "water" for one in stage.waiting)
    stand(stage, "water", horizon + stage.height * 0.27, stage.unit * 26)
    if not busy:
        _boat(stage, horizon, right)
    _reeds(stage)
    stand(stage, "any", stage.height * 0.97, stage.unit * 38)
    weather(stage, horizon)


def _islands(stage: Stage, horizon: float) -> None:
    colours = stage.colours
    for number in range(3):
        colour = mix(colours.far, colours.near, number * 0.28)
        base = horizon - stage.height * (0.075 - number * 0.028)
        line = ridge(stage.chance, stage.width, base, stage.height * (0.09 - number * 0.022), 0.5, 8)
        stage.canvas.land(line, [mix(colour, colours.haze, 0.1), colour], horizon + 2)
        sky.veil(stage, horizon - stage.height * 0.045, horizon - stage.height * 0.01, 0.22)


def _skerry(stage: Stage, horizon: float, right: bool) -> None:
    x = stage.width * (stage.between(0.58, 0.7) if right else stage.between(0.3, 0.42))
    half = max(stage.width * 0.25, stage.unit * 30)
    foot, tall = horizon + stage.height * 0.125, stage.unit * 12
    top = rocks(stage, x, foot, half, tall)
    shore(stage, top[[0, -1]])
    side = 1 if right else -1
    towers = stage.has("lighthouse") or not stage.has("cabin", "house", "bare")
    homes = not stage.has("bare") and (
        stage.has("cabin", "house") or not stage.has("lighthouse") or stage.flip(0.8)
    )
    if stage.has("trees", "forest"):
        trees.firs(stage, top[20:76], 14, (stage.unit * 8, stage.unit * 15), 0.0)
    if homes:
        at = x - side * half * 0.24
        cottage(stage, at, level(top, at) + stage.unit * 1.6, stage.unit * 14.5)
    if towers:
        at = x + side * half * 0.3
        tall = min(stage.unit * 38, horizon * 0.62)
        lamp = lighthouse(stage, at, level(top, at) + stage.unit * 1.4, tall)
        if stage.colours.lamps > 0.4:
            sky.beam(stage, *lamp, -side * stage.width * 0.62, stage.height * 0.06)
    if stage.colours.lamps > 0.3:
        glints(
            stage,
            x + side * half * 0.1,
            foot + stage.unit * 3,
            foot + stage.height * 0.24,
            stage.colours.lamp,
            0.7,
            30,
        )


def _boat(stage: Stage, horizon: float, right: bool) -> None:
    x = stage.width * (stage.between(0.18, 0.3) if right else stage.between(0.7, 0.82))
    if stage.has("sailing boat") or (not stage.has("rowing boat") and stage.flip(0.35)):
        sailing_boat(stage, x, horizon + stage.height * 0.2, stage.unit * 17)
    elif not stage.has("bare"):
        rowing_boat(stage, x, horizon + stage.height * 0.23, stage.unit * 13)


def _reeds(stage: Stage) -> None:
    foot = ridge(stage.chance, stage.width, stage.height * 0.975, stage.height * 0.06, 0.5, 7)
    rock = stage.tone(stage.colours.rock[-1])
    stage.canvas.land(foot, [rock, darker(rock, 0.3)])
    left = stage.between(0.0, 0.5)
    trees.tufts(stage, stage.height * 0.96, stage.height * 1.02, 70, stage.unit * 11, left, left + 0.45)
