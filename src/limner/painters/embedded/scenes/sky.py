"""Above the clouds, or a night of northern lights over a dark land."""

from limner.painters.embedded.canvas import Points, ellipse
from limner.painters.embedded.colours import darker, lighter, mix
from limner.painters.embedded.noise import ridge
from limner.painters.embedded.parts import sky, trees
from limner.painters.embedded.parts.buildings import cottage
from limner.painters.embedded.parts.weather import weather
from limner.painters.embedded.stage import Stage
from limner.painters.embedded.standing import stand


def paint(stage: Stage) -> None:
    """Paint the scene."""
    if stage.has("aurora", "stars"):
        _night(stage)
    else:
        _above(stage)
    weather(stage, stage.height * 0.8)


def _night(stage: Stage) -> None:
    ground = stage.height * 0.8
    sky.sky(stage, ground)
    stand(stage, "air", stage.height * 0.3, stage.unit * 20)
    for number in range(2):
        tone = darker(mix(stage.colours.far, stage.colours.near, 0.5 + number * 0.5), 0.2 + number * 0.2)
        line = ridge(
            stage.chance,
            stage.width,
            ground - stage.height * (0.06 - number * 0.1),
            stage.height * (0.16 - number * 0.1),
            0.5,
            8,
        )
        stage.canvas.land(line, [lighter(tone, 0.06), tone, darker(tone, 0.3)])
        trees.firs(
            stage, line, 36 - number * 8, (stage.unit * 3, stage.unit * (5 + 5 * number)), 0.1, stage.unit * 2
        )
    if not stage.waiting:
        cottage(stage, stage.width * stage.between(0.55, 0.75), stage.height * 0.93, stage.unit * 7)
    stand(stage, "any", stage.height * 0.95, stage.unit * 34, ground="land")


def _above(stage: Stage) -> None:
    horizon = stage.height * 0.74
    sky.sky(stage, horizon)
    stage.canvas.wash([stage.colours.sky[-1], mix(stage.colours.haze, stage.colours.sky[-2], 0.4)], horizon)
    if not stage.waiting:
        sky.birds(stage, stage.width * stage.between(0.3, 0.7), stage.height * 0.34, 7)
    for layer in range(4):
        if layer == 2:
            stand(stage, "any", stage.height * 0.42, stage.unit * 40, ground="none")
        _bank(stage, stage.height * (0.66 + layer * 0.1), layer)


def _bank(stage: Stage, y: float, layer: int) -> None:
    """A bank of cloud from edge to edge."""
    colours = stage.colours
    bright = lighter(mix(colours.haze, colours.sky[-1], 0.4), 0.35)
    shade = mix(bright, colours.sky[1], 0.25 + 0.12 * layer)
    size = stage.unit * (5 + 3.4 * layer)
    puffs: list[Points] = []
    x = -size
    while x < stage.width + size:
        reach = size * stage.between(0.8, 1.5)
        puffs.append(ellipse(x, y + size * stage.between(-0.35, 0.3), reach, reach * 0.72))
        x += size * stage.between(0.7, 1.1)
    puffs.append(ellipse(stage.width / 2, y + stage.height * 0.5, stage.width * 1.5, stage.height * 0.5))
    stage.canvas.shapes(
        puffs, [lighter(bright, 0.2), bright, shade, shade, darker(shade, 0.08)], 0.9, stage.unit * 0.35
    )
